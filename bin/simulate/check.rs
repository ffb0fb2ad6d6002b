//! `simulate check MODEL`: validates, says what would run, writes nothing.

use std::fs;
use std::path::PathBuf;

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
    let cost = cost(model, prepared);
    lines.extend(
        cost.iter()
            .map(|(seconds, run)| ("cost".to_owned(), format!("{seconds:.1} s in {run}"))),
    );
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
                "seconds_before": cost.map(|(seconds, _)| seconds),
            });
            format!("{text:#}\n")
        }
    };
    terminal::print(&text)
}

/// What the same model cost when it was last run here, and in which folder: the best estimate there is.
fn cost(model: &ModelFile, prepared: &Prepared) -> Option<(f64, String)> {
    let resolved = prepared.resolved();
    let runs = fs::read_dir("runs")
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let same = runs.filter(|run| {
        let name = run
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with(model.name())
            && fs::read_to_string(run.join("resolved.toml")).is_ok_and(|text| text == resolved)
    });
    let cost = |run: PathBuf| {
        let record = fs::read_to_string(run.join("run.json")).ok()?;
        let record: Value = serde_json::from_str(&record).ok()?;
        let done = record["ending"]["status"] == "done";
        let seconds = record["elapsed_seconds"].as_f64().filter(|_| done)?;
        Some((seconds, run.display().to_string()))
    };
    let mut all: Vec<(f64, String)> = same.filter_map(cost).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all.pop()
}
