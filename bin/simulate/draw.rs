//! `simulate draw RUN`: the pictures of a finished run, redrawn from its report without computing.

use std::path::PathBuf;

use clap::Args;
use pulsatrix::experiment::{Drawing, KeptRun, draw};

use crate::failure::Failure;
use crate::terminal::{Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder of a finished run
    run: PathBuf,
    /// Folder for the pictures, which are replaced [default: RUN/plots]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Leave titles and subtitles out, for a paper whose captions say it all
    #[arg(long)]
    untitled: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut figures = KeptRun::open(&arguments.run)?.show()?.figures;
    if arguments.untitled {
        figures = figures.into_iter().map(Drawing::untitled).collect();
    }
    let folder = arguments.out.clone();
    let folder = folder.unwrap_or_else(|| arguments.run.join("plots"));
    let watcher = Watcher::new(Verbosity::Normal, None);
    for note in draw(&figures, &folder)? {
        watcher.note(&note);
    }
    watcher.note(&format!("drawn in {}", folder.display()));
    Ok(())
}
