//! `simulate check MODEL`: validates, says what would run, writes nothing.

use clap::Args;
use pulsatrix::experiment::{ModelFile, Prepared};
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::options::{Format, ModelOption};
use crate::terminal;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Path of a model file, a shipped name, or `-`
    name: String,
    #[command(flatten)]
    pub model: ModelOption,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let overrides = arguments.model.overrides(None);
    let (model, prepared) = ModelOption::prepare(ModelFile::open(&arguments.name)?, &overrides)?;
    report(&model, &prepared, arguments.model.format())
}

/// Prints what would run.
pub fn report(model: &ModelFile, prepared: &Prepared, format: Format) -> Result<(), Failure> {
    let header = prepared.header();
    let mut lines = vec![
        ("model".to_owned(), model.origin().to_owned()),
        ("title".to_owned(), header.title.to_string()),
        (
            "experiment".to_owned(),
            format!("{} ({})", prepared.kind().name, prepared.kind().summary),
        ),
        ("seed".to_owned(), header.seed.to_string()),
    ];
    lines.extend(prepared.experiment().plan());
    let text = match format {
        Format::Text => {
            let width = lines.iter().map(|(name, _)| name.chars().count()).max();
            let width = width.unwrap_or(0);
            lines
                .iter()
                .map(|(name, value)| format!("{name:width$}  {value}\n"))
                .collect()
        }
        Format::Json => {
            let resolved = prepared.resolved();
            let plan: Map<String, Value> = prepared
                .experiment()
                .plan()
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect();
            let text = json!({
                "model": model.origin(),
                "title": &*header.title,
                "experiment": prepared.kind().name,
                "seed": header.seed,
                "plan": plan,
                "resolved": resolved,
            });
            format!("{text:#}\n")
        }
    };
    terminal::print(&text)
}
