//! `simulate gallery`: the first picture of every shipped model, redrawn.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{ModelFile, RunError, read, shipped_models};

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
        let prepared = read(&ModelFile::open_shipped(name)?)?;
        watcher.note(&format!("{name}: {}", prepared.header().title));
        let result = prepared.experiment().run(&watcher);
        watcher.finish();
        let outcome = match result {
            // Data that do not ship: the picture stays as it is, unless it was asked for by name.
            Err(RunError::Data(error)) if given.is_empty() => {
                watcher.note(&format!("{name} is left out: {error}"));
                continue;
            }
            result => result.map_err(|error| Failure::Run(error, None))?,
        };
        if let Some(mut picture) = outcome.figures.into_iter().next() {
            (*name).clone_into(&mut picture.name);
            picture
                .draw(&arguments.out)
                .map_err(|error| Failure::Write(format!("cannot draw {name}: {error}")))?;
        }
    }
    Ok(())
}
