//! The description of one's own data that all kinds share, and how its files become rows.

use nalgebra::DMatrix;

use super::Scaling;
use super::files::refuse_file;
use super::formats::{Found, by_rows, flawed, one, open};
use super::numbers::Numbers;
use super::text_table::TextTable;
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Choice, Count, Place, Placed, Words, require, settings};

settings! {
    /// One's own data, the same keys in the section `[data]` of every kind.
    pub struct OwnSettings {
        /// Inputs, one example a row: a file (.npy, .csv with named columns, idx, lines of 0 and 1), a folder with a folder of pictures for each class, or rows of numbers.
        pub inputs: Option<Numbers>,
        /// Targets, one a row: numbers or classes, as a file or written out; of one CSV file with the inputs, name `target_columns` instead.
        pub targets: Option<Numbers>,
        /// Columns of a CSV file that are inputs; without it all that are no targets.
        pub input_columns: Option<Vec<Words>>,
        /// Columns of a CSV file that are targets.
        pub target_columns: Option<Vec<Words>>,
        /// Inputs for tests, in the form of `inputs`; without it, the examples behind those for training.
        pub test_inputs: Option<Numbers>,
        /// Their targets.
        pub test_targets: Option<Numbers>,
        /// Height and width of images that a file holds as rows.
        pub shape: Option<Vec<Count>>,
        /// How inputs are scaled.
        pub scaling: Choice<Scaling> = Scaling::None,
    }
}

/// Inputs, one row an example.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    pub rows: DMatrix<f64>,
    /// Shape of one.
    pub shape: Vec<usize>,
    /// Names of the columns, where there are any.
    pub columns: Vec<String>,
    /// Whether these are grey levels 0 to 255.
    pub levels: bool,
    /// Classes, where folders of pictures or the same table say them.
    pub classes: Option<Vec<String>>,
    /// Targets, where the same table has them.
    pub targets: Option<Result<DMatrix<f64>, Diagnostic>>,
}

impl OwnSettings {
    /// Whether own data are given; keys that make no sense without them are refused.
    pub fn is_given(&self) -> Result<bool, Diagnostic> {
        let others = [&self.targets, &self.test_inputs, &self.test_targets];
        let mut others = others.into_iter().flatten().map(Placed::place);
        let columns = [&self.input_columns, &self.target_columns];
        let mut columns = columns.into_iter().flatten().flatten().map(Placed::place);
        let shape = self.shape.iter().flatten().map(Placed::place).next();
        let idle = others.next().or_else(|| columns.next()).or(shape);
        let place = idle.unwrap_or(Place::NOWHERE);
        require(
            &place,
            self.inputs.is_some() || idle.is_none(),
            "this belongs to `inputs`, which are not given",
            "without inputs",
            "give `inputs = \"x.npy\"` as well, or leave it out",
        )?;
        Ok(self.inputs.is_some())
    }

    /// The inputs of a part.
    pub(super) fn rows(&self, numbers: &Numbers) -> Result<Inputs, Diagnostic> {
        let plain = |rows, shape, levels| Inputs {
            rows,
            shape,
            columns: Vec::new(),
            levels,
            classes: None,
            targets: None,
        };
        let found = match open(numbers)? {
            Found::Array(shape, values) => {
                let (count, shape) = one(&shape);
                plain(by_rows(count, &shape, &values), shape, false)
            }
            Found::Bytes(idx) => {
                let (count, shape) = one(&idx.sizes);
                let values: Vec<f64> = idx.bytes.iter().map(|byte| f64::from(*byte)).collect();
                plain(by_rows(count, &shape, &values), shape, true)
            }
            Found::Pictures(found) => {
                let shape = vec![found.shape.0, found.shape.1];
                let classes = found
                    .labels
                    .iter()
                    .map(|label| found.classes[*label].clone());
                let rows = by_rows(found.levels.len(), &shape, &found.levels.concat());
                Inputs {
                    classes: Some(classes.collect()),
                    ..plain(rows, shape, true)
                }
            }
            Found::Table(table) => self.of_table(numbers, &table)?,
        };
        let refuse = |problem: String, help: &str| {
            Diagnostic::new(problem)
                .at(numbers.place().bytes())
                .label("these inputs")
                .help(help)
        };
        if found.rows.is_empty() {
            return Err(refuse(
                format!("{numbers}: there are no numbers"),
                "give at least one example",
            ));
        }
        if let Some(bad) = found.rows.iter().position(|value| !value.is_finite()) {
            let (row, column) = (bad % found.rows.nrows(), bad / found.rows.nrows());
            let problem = format!(
                "{numbers}: number {column} of example {row} (from 0) is {}",
                found.rows[(row, column)]
            );
            return Err(refuse(
                problem,
                "give finite numbers, or leave the example out",
            ));
        }
        Ok(found)
    }

    /// Inputs, targets and classes of the columns of a table.
    fn of_table(&self, numbers: &Numbers, table: &TextTable) -> Result<Inputs, Diagnostic> {
        let index = |name: &Words| {
            table.column(name).ok_or_else(|| {
                let names: Vec<&str> = table.names.iter().map(String::as_str).collect();
                Diagnostic::unknown("column", name, name.place().bytes(), &names)
            })
        };
        let of = |names: &Option<Vec<Words>>| -> Result<Option<Vec<usize>>, Diagnostic> {
            names
                .as_ref()
                .map(|names| names.iter().map(index).collect())
                .transpose()
        };
        // targets in a file of their own have columns of their own
        let here = self.targets.is_none();
        let targets = if here {
            of(&self.target_columns)?
        } else {
            None
        };
        let rest = |column: &usize| {
            !targets
                .as_ref()
                .is_some_and(|targets| targets.contains(column))
        };
        let inputs = of(&self.input_columns)?;
        let inputs = inputs.unwrap_or_else(|| (0..table.names.len()).filter(rest).collect());
        let Numbers::File(name) = numbers else {
            return Err(Diagnostic::new("a table that is no file").at(numbers.place().bytes()));
        };
        let values = table.numbers(&inputs).map_err(|flaw| flawed(name, &flaw))?;
        let count = table.rows.len();
        let classes = targets
            .as_ref()
            .filter(|targets| targets.len() == 1)
            .map(|targets| {
                let words = table
                    .rows
                    .iter()
                    .map(|(_, words)| words[targets[0]].clone());
                words.collect()
            });
        // words are classes and no numbers: whoever needs numbers refuses them
        let targets = targets.map(|targets| {
            let values = table
                .numbers(&targets)
                .map_err(|flaw| flawed(name, &flaw))?;
            Ok(DMatrix::from_row_slice(count, targets.len(), &values))
        });
        Ok(Inputs {
            rows: DMatrix::from_row_slice(count, inputs.len(), &values),
            shape: vec![inputs.len()],
            columns: inputs
                .iter()
                .filter(|_| table.named)
                .map(|n| table.names[*n].clone())
                .collect(),
            levels: false,
            classes,
            targets,
        })
    }

    /// Targets of a file of their own as numbers, one row an example.
    pub(in crate::experiment) fn numbers(
        &self,
        numbers: &Numbers,
    ) -> Result<DMatrix<f64>, Diagnostic> {
        let found = match open(numbers)? {
            Found::Array(shape, values) => {
                let (count, shape) = one(&shape);
                by_rows(count, &shape, &values)
            }
            Found::Bytes(idx) => {
                let (count, shape) = one(&idx.sizes);
                let values: Vec<f64> = idx.bytes.iter().map(|byte| f64::from(*byte)).collect();
                by_rows(count, &shape, &values)
            }
            Found::Table(table) => {
                let own = Self {
                    input_columns: self.target_columns.clone(),
                    target_columns: None,
                    ..self.clone()
                };
                own.of_table(numbers, &table)?.rows
            }
            Found::Pictures(_) => {
                return Err(
                    Diagnostic::new(format!("{numbers}: pictures are no targets"))
                        .at(numbers.place().bytes())
                        .label("a folder")
                        .help("give a file of numbers or classes"),
                );
            }
        };
        if let Some(bad) = found.iter().position(|value| !value.is_finite()) {
            let (row, column) = (bad % found.nrows(), bad / found.nrows());
            let problem = format!(
                "{numbers}: target {column} of example {row} (from 0) is {}",
                found[(row, column)]
            );
            return Err(Diagnostic::new(problem)
                .at(numbers.place().bytes())
                .label("these targets")
                .help("give finite numbers, or leave the example out"));
        }
        Ok(found)
    }

    /// Targets of a file of their own as the names of classes.
    pub(super) fn classes(&self, numbers: &Numbers) -> Result<Vec<String>, Diagnostic> {
        if let (Numbers::File(name), Found::Table(table)) = (numbers, open(numbers)?) {
            let column = match self.target_columns.as_deref() {
                Some([one]) => table.column(one),
                None if table.names.len() == 1 => Some(0),
                _ => None,
            };
            if let Some(column) = column {
                return Ok(table
                    .rows
                    .iter()
                    .map(|(_, words)| words[column].clone())
                    .collect());
            }
            if table.names.len() == 1
                || self
                    .target_columns
                    .as_ref()
                    .is_some_and(|names| names.len() == 1)
            {
                return Err(refuse_file(
                    name,
                    &"the column of `target_columns` is not there",
                    "name a column of the file",
                ));
            }
        }
        let found = self.numbers(numbers)?;
        let refuse = |row: usize| {
            let row_of = found.row(row);
            let problem = format!(
                "{numbers}: {:?} of example {row} (from 0) is no class",
                row_of.iter().collect::<Vec<_>>()
            );
            Diagnostic::new(problem)
                .at(numbers.place().bytes())
                .label("these targets")
                .help("give one whole number or word for each example, or one column a class with a single 1 in every row")
        };
        let class = |row: usize| {
            let marks = found.row(row);
            let class = if found.ncols() == 1 {
                marks[0]
            } else {
                let one = marks
                    .iter()
                    .position(|mark| *mark == 1.0)
                    .ok_or_else(|| refuse(row))?;
                let rest = marks.iter().filter(|mark| **mark != 0.0).count();
                if rest != 1 {
                    return Err(refuse(row));
                }
                one as f64
            };
            let whole = class == class.trunc() && class.abs() < 1e9;
            if whole {
                Ok(format!("{class}"))
            } else {
                Err(refuse(row))
            }
        };
        (0..found.nrows()).map(class).collect()
    }
}
