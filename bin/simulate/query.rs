//! `simulate query RUN NAME...`: patterns or orders looked up in a finished atlas.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{Cell, Table, query_atlas};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::{table, terminal};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run of the kind `atlas` or `orders`
    run: PathBuf,
    /// Patterns, neuron 1 first: `1011`; of an atlas of orders, orders: `1-3-2-4`
    #[arg(required = true)]
    patterns: Vec<String>,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let found = query_atlas(&arguments.run, &arguments.patterns)
        .map_err(|error| Failure::Usage(error.to_string(), "see `simulate help query`".into()))?;
    let text = match arguments.format() {
        Format::Json => {
            let rows: Vec<Value> = found.rows().iter().map(|row| object(&found, row)).collect();
            format!("{:#}\n", Value::from(rows))
        }
        Format::Text => table::render(&upright(&found)),
    };
    terminal::print(&text)
}

fn object(found: &Table, row: &[Cell]) -> Value {
    let entries = found.columns().iter().zip(row).map(|(name, cell)| {
        let value = match cell {
            Cell::Empty => Value::Null,
            Cell::Text(text) => json!(text),
            Cell::Integer(count) => json!(*count as i64),
            Cell::Number(value) => json!(value),
        };
        (name.clone(), value)
    });
    Value::Object(entries.collect::<Map<_, _>>())
}

/// One row a quantity and one column a pattern, without the quantities that are unknown of all.
fn upright(found: &Table) -> Table {
    let heads = found.rows().iter().map(|row| match &row[0] {
        Cell::Text(pattern) => pattern.clone(),
        _ => String::new(),
    });
    let mut upright = Table::new(std::iter::once("quantity".to_owned()).chain(heads));
    for (column, name) in found.columns().iter().enumerate().skip(1) {
        let cells: Vec<Cell> = found.rows().iter().map(|row| row[column].clone()).collect();
        if cells.iter().any(|cell| *cell != Cell::Empty) {
            upright.push(std::iter::once(name.as_str().into()).chain(cells));
        }
    }
    upright
}
