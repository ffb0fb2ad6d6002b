//! Named columns of numbers and words: one form for the terminal and for CSV files.

use std::io::{self, Write};

use crate::networks::Pattern;

/// A table of a result.
///
/// ```
/// use pulsatrix::experiment::Table;
///
/// let mut table = Table::new(["neuron", "period", "stable"]);
/// table.push([1.into(), 4.5.into(), true.into()]);
/// assert_eq!(table.to_csv(), "neuron,period,stable\n1,4.5,true\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One entry of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say here.
    Empty,
    /// Words.
    Text(String),
    /// A count.
    Integer(i128),
    /// A number.
    Number(f64),
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; what is missing at its end stays empty, what is too much is cut off.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        let mut row: Vec<Cell> = row.into_iter().take(self.columns.len()).collect();
        row.resize(self.columns.len(), Cell::Empty);
        self.rows.push(row);
    }

    /// Names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows, each as long as `columns()`.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Writes CSV (RFC 4180 with line feeds): numbers in the shortest form that reads back exactly.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_csv(&self, mut output: impl Write) -> io::Result<()> {
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<String> = cells.collect();
            writeln!(output, "{}", cells.join(","))
        };
        line(&mut self.columns.iter().map(|name| quoted(name)))?;
        for row in &self.rows {
            line(&mut row.iter().map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Text(text) => quoted(text),
                Cell::Integer(count) => count.to_string(),
                Cell::Number(value) => format!("{value:?}"),
            }))?;
        }
        output.flush()
    }

    /// The CSV text.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut bytes = Vec::new();
        // Writing into memory does not fail, and what is written came from strings.
        let _ = self.write_csv(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A CSV field, in quotes where the format needs them.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&Pattern> for Cell {
    fn from(pattern: &Pattern) -> Self {
        Self::Text(pattern.to_string())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Cell {
            fn from(value: $integer) -> Self {
                Self::Integer(value as i128)
            }
        }
    )*};
}
integers!(i32, i64, u32, u64, usize);

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_reads_back_exactly() {
        let mut table = Table::new(["a", "b, c"]);
        table.push([0.1.into(), "say \"x\"".into()]);
        table.push([1e300.into(), None::<f64>.into()]);
        table.push([7usize.into()]);
        assert_eq!(
            table.to_csv(),
            "a,\"b, c\"\n0.1,\"say \"\"x\"\"\"\n1e300,\n7,\n"
        );
    }
}
