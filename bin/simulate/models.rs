//! `simulate models`: the shipped models.

use clap::Args;
use pulsatrix::experiment::{ModelFile, Table, nearest, shipped_models, shipped_text};
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
                match nearest(name, &shipped_models()) {
                    Some(near) => {
                        format!("did you mean `{near}`? `simulate models` lists those that are")
                    }
                    None => "`simulate models` lists those that are".into(),
                },
            )
        })?;
        return terminal::print(text);
    }
    let mut rows = Vec::new();
    for name in shipped_models() {
        let model = ModelFile::open_shipped(name)?;
        let header = model.header().map_err(|mistakes| model.error(mistakes))?;
        rows.push((
            name,
            header.experiment.to_string(),
            header.title.to_string(),
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
                list.push([name.into(), kind.as_str().into(), title.as_str().into()]);
            }
            table::render(&list)
        }
    };
    terminal::print(&text)
}
