//! What `run` and `sweep` have in common: a folder, threads, ranks, an orderly end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use pulsatrix::cluster::Crew;
use pulsatrix::experiment::{Block, Ending, Outcome, Progress, Provenance, RunDirectory, RunError};

use crate::crew::{self, CrewOption};
use crate::failure::Failure;
use crate::options::Format;
use crate::table;
use crate::terminal::{self, Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct SessionOption {
    /// Folder for the results [default: runs/MODEL]; a used one is never overwritten, but gets -2
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Continue the interrupted run in this folder; its model need not be given again
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub resume: Option<PathBuf>,
    /// Threads of parallel parts [default: all cores, under mpirun one a rank]; results do not depend on it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024), value_name = "N")]
    threads: Option<u16>,
    /// Validate and say what would run, as `check` does
    #[arg(long)]
    pub dry_run: bool,
    /// No progress and no prose
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// What would run first, and the cost afterwards
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    crew: CrewOption,
}

impl SessionOption {
    /// Does the work with the crew that this process was started in, if it was.
    pub fn with_crew(
        &self,
        work: impl FnOnce(Option<&Arc<Crew>>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let crew = crew::join(self.crew)?;
        let result = self
            .start_threads(crew.is_some())
            .and_then(|()| work(crew.as_ref()));
        crew::leave(crew, result)
    }

    fn start_threads(&self, shared: bool) -> Result<(), Failure> {
        // A rank a core is what launchers are asked for.
        let threads = self.threads.or(shared.then_some(1));
        let Some(threads) = threads else {
            return Ok(());
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into());
        pool.build_global()
            .map_err(|error| Failure::Write(format!("cannot start {threads} threads: {error}")))
    }

    pub fn verbosity(&self, format: Format) -> Verbosity {
        match (format, self.quiet, self.verbose) {
            (_, true, _) => Verbosity::Quiet,
            (_, _, true) => Verbosity::Verbose,
            (Format::Json, ..) => Verbosity::Brief,
            _ => Verbosity::Normal,
        }
    }

    /// Whether the run to be resumed is complete. Then there is nothing to do, which is no error: a script that resumes until all
    /// is done need not ask first. The report is printed as at the end of a run.
    pub fn resumes_complete(&self, format: Format) -> Result<bool, Failure> {
        let complete = self
            .resume
            .as_deref()
            .filter(|run| RunDirectory::is_complete(run));
        let Some(folder) = complete else {
            return Ok(false);
        };
        if self.verbosity(format) > Verbosity::Quiet {
            terminal::say(&format!("the run in {} is complete", folder.display()));
        }
        if format == Format::Json {
            let report = std::fs::read_to_string(folder.join("report.json"));
            terminal::print(&report.map_err(|error| {
                Failure::Write(format!("cannot read {}: {error}", folder.display()))
            })?)?;
        }
        Ok(true)
    }

    /// The folder that is asked for, or a new one for a model.
    pub fn create(&self, model: &str) -> Result<RunDirectory, Failure> {
        let default = Path::new("runs").join(model);
        let wanted = self.out.as_deref().unwrap_or(&default);
        Ok(RunDirectory::create(wanted, self.out.is_some())?)
    }
}

/// A text of rank 0, on every rank; all must be the same build.
pub fn tell(
    crew: &Crew,
    text: impl Fn() -> Result<String, String> + Sync,
) -> Result<String, Failure> {
    let here = Provenance::here();
    let (build, machine) = (
        format!("{} {:?} {:?}", here.version, here.commit, here.dirty),
        format!("{}, {}", here.target, here.cpu),
    );
    let words = || Ok(format!("{build}\n{machine}\n{}", text()?).into_bytes());
    let told = crew.tell(words).map_err(crew::failure)?;
    let told = String::from_utf8_lossy(&told);
    let mut parts = told.splitn(3, '\n');
    let [told_build, told_machine, text] = [(); 3].map(|()| parts.next().unwrap_or_default());
    if told_build != build {
        return Err(Failure::Usage(
            format!("it is another build ({build}) than rank 0 ({told_build})"),
            "start the same program everywhere".into(),
        ));
    }
    if told_machine != machine {
        terminal::say(&format!(
            "rank {} has another processor ({machine}) than rank 0 ({told_machine}): last bits may depend on where a part is \
             computed",
            crew.rank()
        ));
    }
    Ok(text.to_owned())
}

/// Waits until every rank is ready to begin; the error of one that is not ends all.
pub fn agree(crew: Option<&Arc<Crew>>) -> Result<(), Failure> {
    let ready = crew.map(|crew| crew.tell(|| Ok(Vec::new())));
    ready.transpose().map(|_| ()).map_err(crew::failure)
}

/// A run in its folder.
pub struct Session<'a> {
    pub directory: Arc<RunDirectory>,
    /// What `run.json` calls it.
    pub kind: &'static str,
    pub seed: u64,
    pub overrides: &'a [String],
    /// The subcommand that resumes it.
    pub verb: &'static str,
    pub format: Format,
    pub verbosity: Verbosity,
}

impl Session<'_> {
    /// Who watches it.
    pub fn watcher(&self, crew: Option<&Arc<Crew>>) -> Watcher {
        Watcher::new(self.verbosity, Some(self.directory.checkpoint())).with_crew(crew)
    }

    /// Runs, saves everything, prints.
    pub fn carry_out(
        &self,
        watcher: &Watcher,
        run: impl FnOnce(&dyn Progress) -> Result<Outcome, RunError>,
        report: impl FnOnce(&Outcome) -> String,
    ) -> Result<(), Failure> {
        let place = self.directory.path().display().to_string();
        self.stop_well();
        let result = run(watcher);
        watcher.finish();
        let outcome = result.map_err(|error| {
            let ending = Ending::Failed {
                error: error.to_string(),
            };
            match self.finish(&ending) {
                Ok(_) => Failure::Run(error, Some(place.clone())),
                Err(unwritten) => unwritten,
            }
        })?;
        let report = report(&outcome);
        for note in self.directory.save_outcome(&report, &outcome)? {
            watcher.note(&note);
        }
        if self.verbosity == Verbosity::Verbose && !outcome.statistics.is_null() {
            watcher.note(&format!("cost: {}", outcome.statistics));
        }
        let ending = Ending::Done {
            statistics: outcome.statistics,
            seconds: outcome.seconds,
        };
        let elapsed = self.finish(&ending)?;
        watcher.kept(&place, elapsed);
        let text = match self.format {
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

    fn finish(&self, ending: &Ending) -> Result<std::time::Duration, Failure> {
        let finished = self
            .directory
            .finish(self.kind, self.seed, self.overrides, ending);
        Ok(finished?)
    }

    /// Ctrl-C ends the program with a word on what is kept; parts that are done appear whole or not at all,
    /// so that it may come at any time.
    fn stop_well(&self) {
        let (directory, overrides) = (Arc::clone(&self.directory), self.overrides.to_vec());
        let (kind, seed, verb) = (self.kind, self.seed, self.verb);
        let stopped = move || {
            // Whatever can still be said is said; there is nobody left to tell of a failure.
            let _ = directory.finish(kind, seed, &overrides, &Ending::Interrupted);
            let place = directory.path().display();
            terminal::interrupted(&format!(
                "interrupted; what is done is kept: simulate {verb} --resume {place}"
            ));
        };
        // Without a handler, Ctrl-C ends the program as it always does.
        let _ = ctrlc::set_handler(stopped);
    }
}
