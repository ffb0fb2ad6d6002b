//! `simulate gallery`: the first picture of every shipped model, redrawn.

use std::path::{Path, PathBuf};

use clap::Args;
use pulsatrix::experiment::{Drawing, KeptRun, ModelFile, Prepared, draw, read, shipped_models};

use crate::failure::Failure;
use crate::terminal::{Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for the pictures, which are replaced
    #[arg(long, default_value = "plots", value_name = "DIR")]
    out: PathBuf,
    /// Only these models [default: all that are shipped]
    models: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let shipped = shipped_models();
    let given: Vec<&str> = arguments.models.iter().map(String::as_str).collect();
    for name in if given.is_empty() { &shipped } else { &given } {
        let watcher = Watcher::new(Verbosity::Normal, None);
        let prepared = match read(&ModelFile::open_shipped(name)?) {
            // Data that do not ship: the picture stays as it is, unless it was asked for by name.
            Err(error) if given.is_empty() => {
                watcher.note(&format!("{name} is left out: {error}"));
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
        }
    }
    Ok(())
}

/// The pictures of the run in `runs/NAME`, if this very build would draw the same.
fn kept(name: &str, prepared: &Prepared) -> Option<Vec<Drawing>> {
    let run = KeptRun::open(&Path::new("runs").join(name)).ok()?;
    let outcome = run.is_still_true(prepared).then(|| run.show())?;
    Some(outcome.ok()?.figures)
}
