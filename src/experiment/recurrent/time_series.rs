//! Series of readings at even times, from a file of a user.

use crate::experiment::Diagnostic;
use crate::experiment::data::files::{bytes, locate, refuse_file};
use crate::experiment::data::text_table::{Flaw, TextTable};
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
        Self::parse(&text).map_err(|flaw| refuse_file(name, &flaw.words(), flaw.remedy))
    }

    fn parse(text: &str) -> Result<Self, Flaw> {
        let table = TextTable::parse(text)?;
        let names = &table.names;
        for (wanted, found, which) in [
            ("time", names.first(), "first"),
            ("drift", names.last(), "last"),
        ] {
            let found = found.map_or("", String::as_str);
            if found != wanted {
                let problem = format!(
                    "the column `{wanted}` is missing: the {which} of the columns is `{found}`"
                );
                return Err(Flaw::new(table.head, problem, FORM));
            }
        }
        let last = names.len() - 1;
        let mut series = Self {
            interval: 0.0,
            inputs: names[1..last].to_vec(),
            rows: Vec::new(),
            drift: Vec::new(),
        };
        let mut before = f64::NAN;
        for (row, (line, _)) in table.rows.iter().enumerate() {
            let time = table.number(row, 0)?;
            let step = time - before;
            let refuse = |problem: String, help| Err(Flaw::new(*line, problem, help));
            match row {
                0 => {}
                1 if step > 0.0 && step.is_finite() => series.interval = step,
                1 if step > 0.0 => {
                    let problem = format!("the time from {before} to {time} overflows");
                    return refuse(problem, "give times in another unit");
                }
                1 => {
                    let problem = format!("the time {time} does not come after {before}");
                    return refuse(problem, "sort the readings by time");
                }
                _ if (step - series.interval).abs() > EVEN * series.interval => {
                    let problem = format!(
                        "the time goes from {before} to {time}, where the first readings are {} apart",
                        series.interval
                    );
                    let help = "give readings at even times: interpolate them, or keep an unbroken stretch";
                    return refuse(problem, help);
                }
                _ => {}
            }
            before = time;
            let inputs = (1..last).map(|column| table.number(row, column));
            series.rows.push(inputs.collect::<Result<_, _>>()?);
            series.drift.push(table.number(row, last)?);
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
            let flaw = TimeSeries::parse(text).err().unwrap();
            assert!(
                flaw.line == line && flaw.problem.contains(what),
                "{text:?}: {flaw:?}"
            );
        }
    }
}
