//! Formats of files, told by their names and first bytes, and patterns of 0 and 1.

use nalgebra::DMatrix;

use super::files::{ArraySource, bytes, locate, refuse_file};
use super::idx::Idx;
use super::numbers::Numbers;
use super::pictures::Pictures;
use super::text_table::{Flaw, TextTable};
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Placed, Words};

/// What may be given as inputs.
const FORMATS: &str = "give an array of NumPy (.npy), a CSV file, an idx file, lines of 0 and 1, or a folder with a folder of \
    pictures (.png, .pgm) for each class; paths are those of the folder that the command is called in, or of the folder \
    that PULSATRIX_DATA names";

/// What was found under a name.
pub(super) enum Found {
    Array(Vec<usize>, Vec<f64>),
    Table(TextTable),
    Pictures(Pictures),
    Bytes(Idx),
}

/// Opens a file, and tells its format by its name and its first bytes.
pub(super) fn open(numbers: &Numbers) -> Result<Found, Diagnostic> {
    let Numbers::File(name) = numbers else {
        let data = numbers.data()?;
        return Ok(Found::Array(data.shape, data.values));
    };
    let path = locate(name);
    if path.is_dir() {
        let pictures = Pictures::open(&path).map_err(|error| refused(name, &error))?;
        return Ok(Found::Pictures(pictures));
    }
    if path.extension().is_some_and(|kind| kind == "npy") {
        let (shape, values) = name.array()?;
        return Ok(Found::Array(shape, values));
    }
    let bytes = bytes(&path).map_err(|error| refuse_file(name, &error, FORMATS))?;
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0, 0, 8]) {
        let idx = Idx::parse(&bytes, None, &path).map_err(|error| refused(name, &error))?;
        return Ok(Found::Bytes(idx));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| refuse_file(name, &"this is no text", FORMATS))?;
    let csv = path.extension().is_some_and(|kind| kind == "csv");
    if let Some(found) = bits(&text).filter(|_| !csv) {
        let (shape, values) = found.map_err(|flaw| flawed(name, &flaw))?;
        return Ok(Found::Array(shape, values));
    }
    TextTable::parse(&text)
        .map(Found::Table)
        .map_err(|flaw| flawed(name, &flaw))
}

/// The words of a file that cannot be read, which has its path in them.
fn refused(name: &Words, error: &impl ToString) -> Diagnostic {
    Diagnostic::new(error.to_string())
        .at(name.place().bytes())
        .label("this file")
        .help(FORMATS)
}

/// A refusal of a line of a file.
pub(super) fn flawed(name: &Words, flaw: &Flaw) -> Diagnostic {
    refuse_file(name, &flaw.words(), flaw.remedy)
}

/// Patterns of a file, one a row, every number 0 or 1.
pub(in crate::experiment) fn bit_rows(file: &Words) -> Result<DMatrix<f64>, Diagnostic> {
    let help = "write one pattern a line, 1 or # for an active neuron, 0 or . for a silent one; or save an array of 0 and 1";
    let (shape, values) = match open(&Numbers::File(file.clone()))? {
        Found::Array(shape, values) => (shape, values),
        Found::Table(table) => {
            let columns: Vec<usize> = (0..table.names.len()).collect();
            let values = table.numbers(&columns).map_err(|flaw| {
                flawed(
                    file,
                    &Flaw {
                        remedy: help,
                        ..flaw
                    },
                )
            })?;
            (vec![table.rows.len(), columns.len()], values)
        }
        Found::Bytes(_) | Found::Pictures(_) => {
            return Err(refuse_file(file, &"these are no patterns", help));
        }
    };
    let (count, one) = one(&shape);
    if let Some(bad) = values
        .iter()
        .position(|value| *value != 0.0 && *value != 1.0)
    {
        let length = one.iter().product::<usize>().max(1);
        let problem = format!(
            "bit {} of pattern {} (from 1) is {}",
            bad % length + 1,
            bad / length + 1,
            values[bad]
        );
        return Err(refuse_file(file, &problem, help));
    }
    Ok(by_rows(count, &one, &values))
}

/// The shape of an array, and its numbers, the last index fastest.
type Shaped = (Vec<usize>, Vec<f64>);

/// Lines of 0 and 1 (or `.` and `#`), one pattern a line, if a text is of that form.
fn bits(text: &str) -> Option<Result<Shaped, Flaw>> {
    let bit = |c: char| match c {
        '1' | '#' => Some(1.0),
        '0' | '.' => Some(0.0),
        _ => None,
    };
    let mut rows: Vec<(usize, Vec<f64>)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let bits: Option<Vec<f64>> = line.chars().map(bit).collect();
        match bits {
            Some(bits) if bits.len() > 1 => rows.push((index + 1, bits)),
            Some(bits) if bits.is_empty() => {}
            // a remark
            None if line.starts_with('#') => {}
            _ => return None,
        }
    }
    let length = rows.first()?.1.len();
    if let Some((line, row)) = rows.iter().find(|(_, row)| row.len() != length) {
        let problem = format!("{} bits among patterns of {length}", row.len());
        let remedy = "give every line as many bits";
        return Some(Err(Flaw::new(*line, problem, remedy)));
    }
    let values = rows
        .iter()
        .flat_map(|(_, row)| row.iter().copied())
        .collect();
    Some(Ok((vec![rows.len(), length], values)))
}

/// Number of examples, and the shape of one.
pub(super) fn one(shape: &[usize]) -> (usize, Vec<usize>) {
    match shape {
        [] => (1, vec![1]),
        [count] => (*count, vec![1]),
        [count, rest @ ..] => (*count, rest.to_vec()),
    }
}

/// Rows of numbers that stand one after the other.
pub(super) fn by_rows(count: usize, shape: &[usize], values: &[f64]) -> DMatrix<f64> {
    DMatrix::from_row_slice(count, shape.iter().product(), values)
}
