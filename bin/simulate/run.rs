//! `simulate run MODEL`, and the same for one kind of experiment: `simulate atlas MODEL`, ...

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use pulsatrix::experiment::{Block, Ending, ModelFile, Prepared, RunDirectory};

use crate::check;
use crate::failure::Failure;
use crate::options::{Format, ModelOption};
use crate::table;
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Path of a model file, a shipped name, or `-`
    #[arg(required_unless_present = "resume")]
    name: Option<String>,
    #[command(flatten)]
    pub model: ModelOption,
    /// Folder for the results [default: runs/MODEL]; a used one is never overwritten, but gets -2
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Continue the interrupted run in this folder; its model need not be given again
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    resume: Option<PathBuf>,
    /// Threads of parallel parts [default: all cores]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
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
    let (model, prepared) = ModelOption::prepare(arguments.open()?, &overrides)?;
    if arguments.dry_run {
        return check::report(&model, &prepared, format);
    }
    if let Some(threads) = arguments.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
        pool.build_global()
            .map_err(|error| Failure::Write(format!("cannot start {threads} threads: {error}")))?;
    }
    let directory = Arc::new(arguments.directory(&model, &prepared)?);
    let place = directory.path().display().to_string();
    let verbosity = arguments.verbosity();
    let watcher = Watcher::new(verbosity, Some(directory.checkpoint()));
    let (kind, seed) = (prepared.kind().name, prepared.header().seed);
    watcher.note(&format!("{kind}: {}", prepared.header().title));
    if verbosity == Verbosity::Verbose {
        for (name, value) in prepared.experiment().plan() {
            watcher.note(&format!("  {name}: {value}"));
        }
    }
    stop_well(&directory, kind, seed, &overrides);

    let result = prepared.experiment().run(&watcher);
    watcher.finish();
    let outcome = result.map_err(|error| {
        let ending = Ending::Failed {
            error: error.to_string(),
        };
        match directory.finish(kind, seed, &overrides, &ending) {
            Ok(_) => Failure::Run(error, Some(place.clone())),
            Err(unwritten) => unwritten.into(),
        }
    })?;
    let report = prepared.report(&outcome);
    for note in directory.save_outcome(&report, &outcome)? {
        watcher.note(&note);
    }
    if verbosity == Verbosity::Verbose && !outcome.statistics.is_null() {
        watcher.note(&format!("cost: {}", outcome.statistics));
    }
    let ending = Ending::Done {
        statistics: outcome.statistics,
        seconds: outcome.seconds,
    };
    let elapsed = directory.finish(kind, seed, &overrides, &ending)?;
    watcher.kept(&place, elapsed);
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

impl Arguments {
    /// The model that is named, or that of the run to be resumed.
    fn open(&self) -> Result<ModelFile, Failure> {
        if let Some(name) = &self.name {
            return Ok(ModelFile::open(name)?);
        }
        let folder = self.resume.as_deref().unwrap_or(Path::new("."));
        let resolved = folder.join("resolved.toml");
        if !resolved.is_file() {
            return Err(Failure::Usage(
                format!("there is no run in {}", folder.display()),
                "give the folder of an interrupted run".into(),
            ));
        }
        Ok(ModelFile::open(&resolved.to_string_lossy())?)
    }

    /// The folder of the run: a new one, or that of the run to be resumed.
    fn directory(&self, model: &ModelFile, prepared: &Prepared) -> Result<RunDirectory, Failure> {
        let resolved = prepared.resolved();
        if let Some(interrupted) = &self.resume {
            return Ok(RunDirectory::resume(interrupted, &resolved)?);
        }
        let default = Path::new("runs").join(model.name());
        let wanted = self.out.as_deref().unwrap_or(&default);
        let directory = RunDirectory::create(wanted, self.out.is_some())?;
        directory.save_text("model.toml", model.given())?;
        directory.save_text("resolved.toml", &resolved)?;
        Ok(directory)
    }

    fn verbosity(&self) -> Verbosity {
        match (self.model.format(), self.quiet, self.verbose) {
            (_, true, _) => Verbosity::Quiet,
            (_, _, true) => Verbosity::Verbose,
            (Format::Json, ..) => Verbosity::Brief,
            _ => Verbosity::Normal,
        }
    }
}

/// Ctrl-C ends the program with a word on what is kept; parts that are done appear whole or not at all,
/// so that it may come at any time.
fn stop_well(directory: &Arc<RunDirectory>, kind: &'static str, seed: u64, overrides: &[String]) {
    let (directory, overrides) = (Arc::clone(directory), overrides.to_vec());
    let stopped = move || {
        // Whatever can still be said is said; there is nobody left to tell of a failure.
        let _ = directory.finish(kind, seed, &overrides, &Ending::Interrupted);
        let place = directory.path().display();
        terminal::interrupted(&format!(
            "interrupted; what is done is kept: simulate run --resume {place}"
        ));
    };
    // Without a handler, Ctrl-C ends the program as it always does.
    let _ = ctrlc::set_handler(stopped);
}
