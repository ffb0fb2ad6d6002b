//! Series of readings at even times, from a file of a user.

use crate::experiment::Diagnostic;
use crate::experiment::files::{bytes, locate, refuse_file};
use crate::experiment::settings::Words;

/// Share of the interval by which two times may differ from it: what decimals leave of an even clock.
const EVEN: f64 = 1e-3;

const FORM: &str = "write a first line `time,` names of inputs `,drift`, then a line of numbers for every reading, \
    at even times";

/// A table with even times in its first column.
pub(super) struct TimeSeries {
    /// From one reading to the next.
    pub interval: f64,
    /// Names of the columns between the first and the last.
    pub inputs: Vec<String>,
    /// Their numbers, one list a reading.
    pub rows: Vec<Vec<f64>>,
    /// The last column.
    pub drift: Vec<f64>,
}

impl TimeSeries {
    /// Reads the CSV file that a model names. Refusals name the file and the line.
    pub fn read(name: &Words) -> Result<Self, Diagnostic> {
        let path = locate(name);
        let unreadable = |error: std::io::Error| {
            let help = "give the path of a CSV file; paths are those of the folder that the command is called in, \
                or of the folder that PULSATRIX_DATA names";
            refuse_file(name, &error, help)
        };
        let text = bytes(&path).map_err(unreadable)?;
        let text =
            String::from_utf8(text).map_err(|_| refuse_file(name, &"this is no text", FORM))?;
        Self::parse(&text).map_err(|(line, problem, help)| {
            let problem = match line {
                0 => problem,
                line => format!("line {line}: {problem}"),
            };
            refuse_file(name, &problem, help)
        })
    }

    fn parse(text: &str) -> Result<Self, (usize, String, &'static str)> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()));
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let (line, head) = lines.next().ok_or((0, "the file is empty".into(), FORM))?;
        let names: Vec<&str> = head.split(',').map(str::trim).collect();
        for (wanted, found, which) in [
            ("time", names.first(), "first"),
            ("drift", names.last(), "last"),
        ] {
            if found != Some(&wanted) {
                let problem = format!(
                    "the column `{wanted}` is missing: the {which} of the columns is `{}`",
                    found.unwrap_or(&"")
                );
                return Err((line, problem, FORM));
            }
        }
        let twice =
            (1..names.len()).find(|&n| names[n].is_empty() || names[..n].contains(&names[n]));
        if let Some(n) = twice {
            let problem = format!(
                "column {} is named `{}`, like another or not at all",
                n + 1,
                names[n]
            );
            return Err((line, problem, "give every column a name of its own"));
        }
        let mut series = Self {
            interval: 0.0,
            inputs: names[1..names.len() - 1]
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            rows: Vec::new(),
            drift: Vec::new(),
        };
        let mut before = f64::NAN;
        for (line, text) in lines {
            let words: Vec<&str> = text.split(',').map(str::trim).collect();
            if words.len() != names.len() {
                let problem = format!("{} numbers for {} columns", words.len(), names.len());
                return Err((line, problem, "give every reading one number a column"));
            }
            let mut numbers = Vec::with_capacity(words.len());
            for (word, name) in words.iter().zip(&names) {
                match word.parse::<f64>() {
                    Ok(number) if number.is_finite() => numbers.push(number),
                    _ => {
                        let problem =
                            format!("`{word}` in the column `{name}` is no finite number");
                        let help =
                            "leave out readings that are missing, and keep an unbroken stretch";
                        return Err((line, problem, help));
                    }
                }
            }
            let time = numbers[0];
            let step = time - before;
            match series.drift.len() {
                0 => {}
                1 if step > 0.0 && step.is_finite() => series.interval = step,
                1 if step > 0.0 => {
                    let problem = format!("the time from {before} to {time} overflows");
                    return Err((line, problem, "give times in another unit"));
                }
                1 => {
                    let problem = format!("the time {time} does not come after {before}");
                    return Err((line, problem, "sort the readings by time"));
                }
                _ if (step - series.interval).abs() > EVEN * series.interval => {
                    let problem = format!(
                        "the time goes from {before} to {time}, where the first readings are {} apart",
                        series.interval
                    );
                    let help = "give readings at even times: interpolate them, or keep an unbroken stretch";
                    return Err((line, problem, help));
                }
                _ => {}
            }
            before = time;
            series.drift.extend(numbers.pop());
            numbers.remove(0);
            series.rows.push(numbers);
        }
        Ok(series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_read_and_its_mistakes_are_placed() {
        let good = "\u{feff}time,a,drift\n# remark\n0, 1, 2\n\n0.5,3,4\n1.0,5,6e-1\n";
        let series = TimeSeries::parse(good).ok().unwrap();
        assert_eq!(
            (series.interval, series.inputs),
            (0.5, vec!["a".to_owned()])
        );
        assert_eq!(series.rows, [[1.0], [3.0], [5.0]]);
        assert_eq!(series.drift, [2.0, 4.0, 0.6]);
        for (text, line, what) in [
            ("", 0, "empty"),
            ("t,a,drift\n", 1, "`time` is missing"),
            ("time,a,rate\n", 1, "`drift` is missing"),
            ("time,a,a,drift\n", 1, "like another"),
            ("time,a,drift\n0,1\n", 2, "2 numbers for 3"),
            ("time,a,drift\n0,1,NaN\n", 2, "no finite number"),
            ("time,a,drift\n0,1,2\n0,1,2\n", 3, "does not come after"),
            ("time,a,drift\n-1e308,1,2\n1e308,1,2\n", 3, "overflows"),
            ("time,a,drift\n0,1,2\n1,1,2\n3,1,2\n", 4, "goes from 1 to 3"),
        ] {
            let (at, said, _) = TimeSeries::parse(text).err().unwrap();
            assert!(at == line && said.contains(what), "{text:?}: {at} {said}");
        }
    }
}
