//! `simulate run MODEL`, and the same for one kind of experiment: `simulate atlas MODEL`, ...

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use pulsatrix::cluster::Crew;
use pulsatrix::experiment::{ModelFile, Prepared, RunDirectory};

use crate::check;
use crate::failure::Failure;
use crate::options::ModelOption;
use crate::session::{self, Session, SessionOption};
use crate::terminal::{Verbosity, Watcher};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Path of a model file, a shipped name, or `-`
    #[arg(required_unless_present = "resume")]
    name: Option<String>,
    #[command(flatten)]
    pub model: ModelOption,
    #[command(flatten)]
    session: SessionOption,
}

/// Runs a model; `first` is an override that comes before those of the command line.
pub fn run(arguments: &Arguments, first: Option<&str>) -> Result<(), Failure> {
    arguments
        .session
        .with_crew(|crew| arguments.run(first, crew))
}

impl Arguments {
    fn run(&self, first: Option<&str>, crew: Option<&Arc<Crew>>) -> Result<(), Failure> {
        let overrides = self.model.overrides(first);
        if let Some(crew) = crew.filter(|crew| crew.rank() > 0) {
            return help(crew, self.session.dry_run);
        }
        let (model, prepared) = ModelOption::prepare(self.open()?, &overrides)?;
        let format = self.model.format();
        // Other settings than those of the folder are refused there.
        let kept = self.session.resume.as_ref();
        let kept = kept.and_then(|folder| fs::read_to_string(folder.join("resolved.toml")).ok());
        if kept.is_some_and(|kept| kept == prepared.resolved())
            && self.session.resumes_complete(format)?
        {
            return Ok(());
        }
        if let Some(crew) = crew {
            enough(crew.ranks(), prepared.experiment().ranks())?;
            // The others need neither the file nor standard input.
            let text = || {
                Ok(format!(
                    "{}\n{}\n{}",
                    model.name(),
                    model.origin(),
                    model.text()
                ))
            };
            session::tell(crew, text)?;
        }
        if self.session.dry_run {
            return check::report(&model, &prepared, format);
        }
        session::agree(crew)?;
        let session = Session {
            directory: Arc::new(self.directory(&model, &prepared)?),
            kind: prepared.kind().name,
            seed: prepared.header().seed,
            overrides: &overrides,
            verb: "run",
            format,
            verbosity: self.session.verbosity(format),
        };
        let watcher = session.watcher(crew);
        let title = &prepared.header().title;
        watcher.note(&match title.is_empty() {
            true => session.kind.to_string(),
            false => format!("{}: {title}", session.kind),
        });
        if session.verbosity == Verbosity::Verbose {
            for (name, value) in prepared.experiment().plan() {
                watcher.note(&format!("  {name}: {value}"));
            }
        }
        session.carry_out(
            &watcher,
            |progress| prepared.experiment().run(progress),
            |outcome| prepared.report(outcome),
        )
    }

    /// The model that is named, or that of the run to be resumed.
    fn open(&self) -> Result<ModelFile, Failure> {
        if let Some(name) = &self.name {
            return Ok(ModelFile::open(name)?);
        }
        let folder = self.session.resume.as_deref().unwrap_or(Path::new("."));
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
        if let Some(interrupted) = &self.session.resume {
            return Ok(RunDirectory::resume(interrupted, &resolved)?);
        }
        let directory = self.session.create(model.name())?;
        directory.save_text("model.toml", model.given())?;
        directory.save_text("resolved.toml", &resolved)?;
        Ok(directory)
    }
}

/// Whether as many processes were started as the run is planned for.
fn enough(started: usize, planned: Option<usize>) -> Result<(), Failure> {
    match planned {
        Some(planned) if planned != started => Err(Failure::Usage(
            format!("the plan is for {planned} ranks, and {started} processes were started"),
            format!(
                "start `mpirun -n {planned} simulate run ...`, or plan for them with `--set cluster.ranks={started}`"
            ),
        )),
        _ => Ok(()),
    }
}

/// Another rank than the first: takes part, and writes nothing.
fn help(crew: &Arc<Crew>, dry_run: bool) -> Result<(), Failure> {
    let told = session::tell(crew, || Err("rank 0 alone has the model".into()))?;
    let mut parts = told.splitn(3, '\n');
    let [name, origin, text] = [(); 3].map(|()| parts.next().unwrap_or_default());
    if dry_run {
        return Ok(());
    }
    let model = ModelFile::from_text(name, origin, text.to_owned())?;
    let (_, prepared) = ModelOption::prepare(model, &[])?;
    session::agree(Some(crew))?;
    let watcher = Watcher::new(Verbosity::Quiet, None).with_crew(Some(crew));
    let result = prepared.experiment().run(&watcher);
    result
        .map(|_| ())
        .map_err(|error| Failure::Run(error, None))
}
