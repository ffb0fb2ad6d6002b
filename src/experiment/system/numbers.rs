//! Settings that are numbers by name: parameters, sizes, vectors and matrices.

use std::path::Path;

use toml_edit::{Item, Table};

use super::formulas::key;
use crate::experiment::files::{bytes, locate, read_array};
use crate::experiment::settings::{Count, Given, Mistakes, Placed, Real, Setting, Words};
use crate::experiment::{DataError, Diagnostic};
use crate::language::Data;

/// Where a file has to be put.
const REMEDY: &str = "put a vector or a matrix there, as an array of NumPy (.npy) or as lines of numbers (.csv); \
    paths are those of the folder that the command is called in, or of the folder that PULSATRIX_DATA names";

/// Settings of one kind by name, in the order of the file.
#[derive(Debug, Clone)]
pub struct Named<T>(pub(super) Vec<(Words, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Setting> Setting for Named<T> {
    fn expected() -> String {
        format!("a section, each key {}", T::expected())
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let table = given.expect(given.section(), "a section", mistakes)?;
        let read = |(name, item): (&str, &Item)| {
            let value = T::read(&Given::new(name, item), mistakes)?;
            Some((key(table, name), value))
        };
        let all: Vec<Option<(Words, T)>> = table.iter().map(read).collect();
        all.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Item {
        let mut table = Table::new();
        for (key, value) in &self.0 {
            table.insert(key, value.write());
        }
        Item::Table(table)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// Parameters.
pub type Parameters = Named<Real>;
/// Sizes that indices run over.
pub type Sizes = Named<Count>;

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
    pub(super) fn data(&self) -> Result<Data, Diagnostic> {
        match self {
            Self::List(numbers) => Ok(Data::vector(
                numbers.iter().map(|number| **number).collect(),
            )),
            Self::Rows(rows) => {
                let values = rows.iter().flatten().map(|number| **number).collect();
                Ok(Data::matrix(rows[0].len(), values))
            }
            Self::File(name) => read(&locate(name)).map_err(|error| {
                Diagnostic::new(error.to_string())
                    .at(name.place().bytes())
                    .label("this file")
                    .help("give a file of numbers that can be read")
            }),
        }
    }

    /// Whether they are in a file.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

/// An array of NumPy, or lines of numbers.
fn read(path: &Path) -> Result<Data, DataError> {
    if path.extension().is_some_and(|extension| extension == "npy") {
        let (shape, values) = read_array(path, REMEDY)?;
        return Ok(Data { shape, values });
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

/// Numbers in lines, between commas, semicolons or blanks; a first line of names is left out. One line
/// or one column is a vector.
fn lines(text: &str) -> Result<Data, String> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words = line.split([',', ';', ' ', '\t']).map(str::trim);
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        if words.is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let row: Result<Vec<f64>, _> = words.iter().map(|word| word.parse()).collect();
        match row {
            Ok(row) => rows.push(row),
            // names of columns
            Err(_) if rows.is_empty() && words.iter().all(|word| word.parse::<f64>().is_err()) => {}
            Err(_) => return Err(format!("line {} is no list of numbers", number + 1)),
        }
    }
    let Some(columns) = rows.first().map(Vec::len) else {
        return Err("it holds no numbers".into());
    };
    if let Some(row) = rows.iter().position(|row| row.len() != columns) {
        return Err(format!(
            "row {} has {} numbers, the first one {columns}",
            row + 1,
            rows[row].len()
        ));
    }
    let vector = rows.len() == 1 || columns == 1;
    let values = rows.concat();
    Ok(if vector {
        Data::vector(values)
    } else {
        Data::matrix(columns, values)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_numbers_are_vectors_and_matrices() {
        assert_eq!(lines("1\n2\n3\n"), Ok(Data::vector(vec![1.0, 2.0, 3.0])));
        assert_eq!(lines("1, 2;3"), Ok(Data::vector(vec![1.0, 2.0, 3.0])));
        let table = "a,b\n1,2\n# more\n3,4\n";
        assert_eq!(lines(table), Ok(Data::matrix(2, vec![1.0, 2.0, 3.0, 4.0])));
        assert!(
            lines("1,2\n3\n")
                .unwrap_err()
                .contains("row 2 has 1 numbers")
        );
        assert!(lines("1,2\n3,x\n").unwrap_err().contains("line 2"));
        assert!(lines("").is_err());
    }
}
