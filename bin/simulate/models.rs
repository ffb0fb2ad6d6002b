//! `simulate models`: the shipped models.

use clap::Args;
use pulsatrix::experiment::{ModelFile, Table, read, shipped_models, shipped_text};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::{table, terminal};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print this model file, to start one of your own: `simulate models hutchinson > my.toml`
    name: Option<String>,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(name) = &arguments.name {
        let text = shipped_text(name).ok_or_else(|| {
            Failure::Usage(
                format!("no model `{name}` is shipped"),
                format!("one of {}", shipped_models().join(", ")),
            )
        })?;
        return terminal::print(text);
    }
    let mut rows = Vec::new();
    for name in shipped_models() {
        let prepared = read(&ModelFile::open_shipped(name)?)?;
        rows.push((
            name,
            prepared.kind().name,
            prepared.header().title.to_string(),
        ));
    }
    let text = match arguments.format() {
        Format::Json => {
            let rows: Vec<Value> = rows
                .iter()
                .map(
                    |(name, kind, title)| json!({"name": name, "experiment": kind, "title": title}),
                )
                .collect();
            format!("{:#}\n", Value::from(rows))
        }
        Format::Text => {
            let mut list = Table::new(["name", "experiment", "title"]);
            for (name, kind, title) in rows {
                list.push([name.into(), kind.into(), title.into()]);
            }
            table::render(&list)
        }
    };
    terminal::print(&text)
}
