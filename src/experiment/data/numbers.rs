//! A setting that is a vector or a matrix: written out, or in a file.

use std::fmt;

use toml_edit::Item;

use super::files::{ArraySource, bytes, locate, refuse_file};
use super::text_table::{Flaw, TextTable};
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Given, Mistakes, Place, Placed, Real, Setting, Words};
use crate::language::Data;

/// Where a file has to be put.
const REMEDY: &str = "put a vector or a matrix there, as an array of NumPy (.npy) or as lines of numbers (.csv); \
    paths are those of the folder that the command is called in, or of the folder that PULSATRIX_DATA names";

/// A vector or a matrix: written out, or in a file.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// In a file.
    File(Words),
    /// Written out.
    List(Vec<Real>),
    /// Written out, row after row.
    Rows(Vec<Vec<Real>>),
}

impl Setting for Numbers {
    fn expected() -> String {
        "the name of a file in quotes, a list of numbers, or a list of such lists".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": ["number", "array"] } }] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if given.text().is_some() {
            return Words::read(given, mistakes).map(Self::File);
        }
        let list = given.expect(given.list(), &Self::expected(), mistakes)?;
        if list.first().is_some_and(|first| first.list().is_some()) {
            let rows = Vec::<Vec<Real>>::read(given, mistakes)?;
            let even = rows.iter().all(|row| row.len() == rows[0].len());
            let words = "a list of rows of one length";
            return given.obey(Self::Rows(rows), even, words, mistakes);
        }
        Vec::<Real>::read(given, mistakes).map(Self::List)
    }

    fn write(&self) -> Item {
        match self {
            Self::File(name) => name.write(),
            Self::List(numbers) => numbers.write(),
            Self::Rows(rows) => rows.write(),
        }
    }
}

impl Numbers {
    /// The numbers.
    pub(in crate::experiment) fn data(&self) -> Result<Data, Diagnostic> {
        match self {
            Self::List(numbers) => Ok(Data::vector(
                numbers.iter().map(|number| **number).collect(),
            )),
            Self::Rows(rows) => {
                let values = rows.iter().flatten().map(|number| **number).collect();
                Ok(Data::matrix(rows[0].len(), values))
            }
            Self::File(name) => read(name),
        }
    }

    /// Whether they are in a file.
    pub(in crate::experiment) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl Placed for Numbers {
    fn place(&self) -> Place {
        match self {
            Self::File(name) => name.place(),
            Self::List(numbers) => numbers.first().map_or(Place::NOWHERE, Placed::place),
            Self::Rows(rows) => rows
                .first()
                .and_then(|row| row.first())
                .map_or(Place::NOWHERE, Placed::place),
        }
    }
}

impl ArraySource for Numbers {
    fn file(&self) -> Option<std::path::PathBuf> {
        match self {
            Self::File(name) => Some(locate(name)),
            Self::List(_) | Self::Rows(_) => None,
        }
    }

    fn array(&self) -> Result<(Vec<usize>, Vec<f64>), Diagnostic> {
        let found = self.data()?;
        Ok((found.shape, found.values))
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) => name.fmt(formatter),
            Self::List(_) | Self::Rows(_) => formatter.write_str("written out in the model"),
        }
    }
}

/// An array of NumPy, or lines of numbers. One line or one column is a vector.
fn read(name: &Words) -> Result<Data, Diagnostic> {
    let path = locate(name);
    if path.extension().is_some_and(|extension| extension == "npy") {
        let (shape, values) = name.array()?;
        return Ok(Data { shape, values });
    }
    let text = bytes(&path).map_err(|error| refuse_file(name, &error, REMEDY))?;
    let table = TextTable::parse(&String::from_utf8_lossy(&text));
    let flaw = |flaw: Flaw| refuse_file(name, &flaw.words(), flaw.remedy);
    lines(&table.map_err(flaw)?).map_err(flaw)
}

fn lines(table: &TextTable) -> Result<Data, Flaw> {
    let columns: Vec<usize> = (0..table.names.len()).collect();
    let values = table.numbers(&columns)?;
    let vector = table.rows.len() == 1 || columns.len() == 1;
    Ok(if vector {
        Data::vector(values)
    } else {
        Data::matrix(columns.len(), values)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_numbers_are_vectors_and_matrices() {
        let lines = |text: &str| lines(&TextTable::parse(text)?);
        assert_eq!(lines("1\n2\n3\n"), Ok(Data::vector(vec![1.0, 2.0, 3.0])));
        assert_eq!(lines("1, 2,3"), Ok(Data::vector(vec![1.0, 2.0, 3.0])));
        let table = "a,b\n1,2\n# more\n3,4\n";
        assert_eq!(lines(table), Ok(Data::matrix(2, vec![1.0, 2.0, 3.0, 4.0])));
        let words = lines("1,2\n3\n").unwrap_err().words();
        assert!(words.contains("line 2: 1 numbers"), "{words}");
        assert_eq!(lines("1,2\n3,x\n").unwrap_err().line, 2);
        assert!(lines("").is_err());
    }
}
