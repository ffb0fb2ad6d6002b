//! `simulate run MODEL`, and the same for one kind of experiment: `simulate atlas MODEL`, ...

use std::path::{Path, PathBuf};

use clap::Args;
use pulsatrix::experiment::{Block, Ending, RunDirectory, RunError};

use crate::check;
use crate::failure::Failure;
use crate::options::{Format, ModelOption};
use crate::table;
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    pub model: ModelOption,
    /// Folder for the results [default: runs/MODEL]; a used one is never overwritten, but gets -2
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue the interrupted run in this folder: the same model, the same overrides
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    resume: Option<PathBuf>,
    /// Threads of parallel parts [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), value_name = "N")]
    threads: Option<u16>,
    /// Validate and say what would run, as `check` does
    #[arg(long)]
    dry_run: bool,
    /// No progress and no prose
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// What would run first, and the cost afterwards
    #[arg(short, long)]
    verbose: bool,
}

/// Runs a model; `first` is an override that comes before those of the command line.
pub fn run(arguments: &Arguments, first: Option<&str>) -> Result<(), Failure> {
    let overrides = arguments.model.overrides(first);
    let format = arguments.model.format();
    let (model, prepared) = arguments.model.prepare(&overrides)?;
    if arguments.dry_run {
        return check::report(&model, &prepared, format);
    }
    if let Some(threads) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
        pool.build_global()
            .map_err(|error| Failure::Write(format!("cannot start {threads} threads: {error}")))?;
    }
    let verbosity = match (format, arguments.quiet, arguments.verbose) {
        (_, true, _) | (Format::Json, _, false) => Verbosity::Quiet,
        (_, _, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let resolved = prepared.resolved()?;
    let default = Path::new("runs").join(model.name());
    let wanted = arguments.out.as_deref().unwrap_or(&default);
    let directory = match &arguments.resume {
        Some(interrupted) => RunDirectory::resume(interrupted, &resolved)?,
        None => {
            let directory = RunDirectory::create(wanted, arguments.out.is_some())?;
            directory.save_text("model.toml", model.given())?;
            directory.save_text("resolved.toml", &resolved)?;
            directory
        }
    };
    let watcher = Watcher::new(verbosity, Some(directory.checkpoint()));
    let place = directory.path().display().to_string();
    let header = prepared.header();
    watcher.note(&format!("{}: {}", prepared.kind().name, header.title));
    if verbosity == Verbosity::Verbose {
        for (name, value) in prepared.experiment().plan() {
            watcher.note(&format!("  {name}: {value}"));
        }
    }

    let result = prepared.experiment().run(&watcher);
    watcher.finish();
    let finish =
        |ending: &Ending| directory.finish(prepared.kind().name, header.seed, &overrides, ending);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(error) => {
            finish(&Ending::Failed {
                error: error.to_string(),
            })?;
            return Err(numerical(error, place));
        }
    };
    let report = prepared.report(&outcome);
    directory.save_outcome(&report, &outcome)?;
    if verbosity == Verbosity::Verbose && !outcome.statistics.is_null() {
        watcher.note(&format!("cost: {}", outcome.statistics));
    }
    let elapsed = finish(&Ending::Done {
        statistics: outcome.statistics,
    })?;
    watcher.note(&format!("kept in {place} ({:.2} s)", elapsed.as_secs_f64()));
    let text = match format {
        Format::Json => report,
        Format::Text => outcome
            .summary
            .iter()
            .map(|block| match block {
                Block::Line(line) => format!("{line}\n"),
                Block::Table(table) => table::render(table),
            })
            .collect(),
    };
    terminal::print(&text)
}

fn numerical(error: RunError, place: String) -> Failure {
    Failure::Run(error, Some(place))
}
