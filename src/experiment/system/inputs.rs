//! Inputs: functions of time from files, or written out.

use std::path::Path;

use super::numbers::REMEDY;
use crate::experiment::files::{bytes, locate, read_array};
use crate::experiment::settings::{Choice, Placed, Real, Words, settings};
use crate::experiment::{DataError, Diagnostic};
use crate::language::{Between, Data, TimeCourse};

settings! {
    /// An input in a file: a column of times, and one or more of values.
    pub struct InputSettings {
        /// The file.
        pub file: Words,
        /// `lines` from point to point, or `steps`.
        pub between: Choice<Between> = Between::Lines,
    }
}

/// The input in a file, and its numbers.
pub(super) fn from_file(file: &Words, between: Between) -> Result<(TimeCourse, Data), Diagnostic> {
    let wrong = |words: String, help: &str| {
        Diagnostic::new(words)
            .at(file.place().bytes())
            .label("this file")
            .help(help)
    };
    let path = locate(file);
    let rows =
        rows(&path).map_err(|error| wrong(error.to_string(), "give a file that can be read"))?;
    let numbers: Vec<Vec<f64>> = rows.iter().map(|(_, row)| row.clone()).collect();
    let course = TimeCourse::new(&numbers, between).map_err(|error| {
        let line = error.row().map(|row| rows[row].0);
        let line = line.map_or(String::new(), |line| format!("line {line} of "));
        let words = format!("{line}{}: {error}", path.display());
        wrong(
            words,
            "mend the file: a time and one or more values a line, in order of time",
        )
    })?;
    let data = Data::matrix(numbers[0].len(), numbers.concat());
    Ok((course, data))
}

/// The input that is written out.
pub(super) fn written(name: &Words, rows: &[Vec<Real>]) -> Result<TimeCourse, Diagnostic> {
    let numbers: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|number| **number).collect())
        .collect();
    TimeCourse::new(&numbers, Between::Lines).map_err(|error| {
        let place = error.row().and_then(|row| rows[row].first());
        let place = place.map_or(name.place(), Placed::place);
        Diagnostic::new(error.to_string())
            .at(place.bytes())
            .label("here")
            .help("give a time and one or more values a row, in order of time")
    })
}

/// Rows of numbers with their lines. A first line of names, empty lines and those that begin with `#` are left out.
fn rows(path: &Path) -> Result<Vec<(usize, Vec<f64>)>, DataError> {
    if path.extension().is_some_and(|extension| extension == "npy") {
        let (shape, values) = read_array(path, REMEDY)?;
        let columns = if shape.len() == 2 { shape[1] } else { 1 };
        let rows = values.chunks(columns.max(1)).map(<[f64]>::to_vec);
        return Ok(rows
            .enumerate()
            .map(|(row, numbers)| (row + 1, numbers))
            .collect());
    }
    let text = bytes(path).map_err(|source| DataError::Unreadable {
        path: path.to_owned(),
        source,
        remedy: REMEDY,
    })?;
    lines(&String::from_utf8_lossy(&text)).map_err(|problem| DataError::Malformed {
        path: path.to_owned(),
        problem,
    })
}

fn lines(text: &str) -> Result<Vec<(usize, Vec<f64>)>, String> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let signs: &[char] = if line.contains([',', ';']) {
            &[',', ';']
        } else {
            &[' ', '\t']
        };
        let words = line.split(signs).map(str::trim);
        // between commas a value may be missing, between blanks there are only more blanks
        let blank = signs.contains(&' ');
        let words: Vec<&str> = words.filter(|word| !(blank && word.is_empty())).collect();
        let row: Result<Vec<f64>, &str> = words
            .iter()
            .map(|word| word.parse().map_err(|_| *word))
            .collect();
        match row {
            Ok(row) => rows.push((number + 1, row)),
            Err(_) if rows.is_empty() && words.iter().all(|word| word.parse::<f64>().is_err()) => {}
            Err("") => return Err(format!("a value is missing in line {}", number + 1)),
            Err(word) => return Err(format!("`{word}` in line {} is no number", number + 1)),
        }
    }
    Ok(rows)
}

/// Whether a formula reads a name as a function: `I(t)`, `I[k](t)`.
pub(super) fn is_called(formula: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    formula.match_indices(name).any(|(at, _)| {
        let before = formula[..at].chars().next_back();
        let mut rest = formula[at + name.len()..].trim_start();
        if before.is_some_and(inside) || rest.starts_with(inside) {
            return false;
        }
        if rest.starts_with('[')
            && let Some(end) = rest.find(']')
        {
            rest = rest[end + 1..].trim_start();
        }
        rest.starts_with('(')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_and_refuse_gaps() {
        let text = "time,current\n# from the rig\n0,1\n\n1.5,2\n";
        let found = lines(text).unwrap();
        assert_eq!(found, [(3, vec![0.0, 1.0]), (5, vec![1.5, 2.0])]);
        assert_eq!(lines("0  1\n1\t2").unwrap().len(), 2);
        assert_eq!(
            lines("0,1\n1,\n").unwrap_err(),
            "a value is missing in line 2"
        );
        assert_eq!(
            lines("0,1\n1,x\n").unwrap_err(),
            "`x` in line 2 is no number"
        );
        assert!(lines("0,1\n1,NaN\n").unwrap()[1].1[1].is_nan());
    }

    #[test]
    fn calls_are_told_from_other_names() {
        assert!(is_called("a*I (t) - x", "I"));
        assert!(is_called("I[k](t)", "I"));
        assert!(!is_called("II(t) + I2(t) + I[k]*(t)", "I"));
    }
}
