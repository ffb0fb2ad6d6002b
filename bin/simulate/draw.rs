//! `simulate draw RUN`: the pictures of a finished run, redrawn from its report without computing.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{KeptRun, draw};

use crate::failure::Failure;
use crate::terminal::{Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run
    run: PathBuf,
    /// Folder for the pictures, which are replaced [default: RUN/plots]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let outcome = KeptRun::open(&arguments.run)?.show()?;
    let folder = arguments.out.clone();
    let folder = folder.unwrap_or_else(|| arguments.run.join("plots"));
    let watcher = Watcher::new(Verbosity::Normal, None);
    for note in draw(&outcome.figures, &folder)? {
        watcher.note(&note);
    }
    watcher.note(&format!("drawn in {}", folder.display()));
    Ok(())
}
