//! `simulate gallery`: the first picture of every shipped model, redrawn.

use std::path::{Path, PathBuf};

use clap::Args;
use pulsatrix::experiment::{Drawing, KeptRun, ModelFile, Prepared, draw, read, shipped_models};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for the pictures, which are replaced
    #[arg(long, default_value = "plots", value_name = "DIR")]
    out: PathBuf,
    /// Only these models [default: all that are shipped]
    models: Vec<String>,
    /// Models, titles and pictures as JSON on standard output
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let shipped = shipped_models();
    let given: Vec<&str> = arguments.models.iter().map(String::as_str).collect();
    let mut drawn: Vec<Value> = Vec::new();
    for name in if given.is_empty() { &shipped } else { &given } {
        let watcher = Watcher::new(Verbosity::Normal, None);
        let prepared = match read(&ModelFile::open_shipped(name)?) {
            // Data that do not ship: the picture stays as it is, unless it was asked for by name.
            Err(error) if given.is_empty() => {
                watcher.note(&format!("{name} is left out: {error}"));
                drawn.push(json!({ "model": name, "left_out": error.to_string() }));
                continue;
            }
            prepared => prepared?,
        };
        watcher.note(&format!("{name}: {}", prepared.header().title));
        let figures = match kept(name, &prepared) {
            Some(figures) => figures,
            None => {
                let result = prepared.experiment().run(&watcher);
                watcher.finish();
                result.map_err(|error| Failure::Run(error, None))?.figures
            }
        };
        if let Some(mut picture) = figures.into_iter().next() {
            (*name).clone_into(&mut picture.name);
            if let Some(note) = draw(&[picture], &arguments.out)?.into_iter().next() {
                return Err(Failure::Write(note));
            }
            let pictures =
                ["svg", "png"].map(|ending| arguments.out.join(format!("{name}.{ending}")));
            let title = prepared.header().title.to_string();
            drawn.push(json!({ "model": name, "title": title, "pictures": pictures }));
        }
    }
    match arguments.format() {
        Format::Text => Ok(()),
        Format::Json => terminal::print(&format!("{:#}\n", Value::from(drawn))),
    }
}

/// The pictures of the run in `runs/NAME`, if this very build would draw the same.
fn kept(name: &str, prepared: &Prepared) -> Option<Vec<Drawing>> {
    let run = KeptRun::open(&Path::new("runs").join(name)).ok()?;
    let outcome = run.is_still_true(prepared).then(|| run.show())?;
    Some(outcome.ok()?.figures)
}
