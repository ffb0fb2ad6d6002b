//! `simulate sweep MODEL --over KEY=VALUES`: a model at many values of some of its keys.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use pulsatrix::cluster::Crew;
use pulsatrix::experiment::sweep::{Definition, Sampling, Sweep};
use pulsatrix::experiment::{ModelFile, RunDirectory};

use crate::failure::Failure;
use crate::options::{Format, ModelOption};
use crate::session::{self, Session, SessionOption};
use crate::terminal::{self, Verbosity, Watcher};

const EXAMPLES: &str = "\
Values of a key:
  --over network.b=0.1:1.0:20       a grid of 20 points, both ends included
  --over network.b=log:0.01:10:7    the same, even in the logarithm
  --over network.h=2.1,2.5,3.3      a list
  --over network.b=0.1:1.0          a range, for --random N or --latin N

Several keys are crossed; ranges are drawn together. DIR/sweep.csv has one row a point: the keys, then every
scalar of its report, or in the column `error` why there is none. Rows are appended as they come, and stand in
order at the end.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Path of a model file, a shipped name, or `-`
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    name: Option<String>,
    /// A key and its values; repeatable
    #[arg(
        long,
        value_name = "KEY=VALUES",
        required_unless_present = "resume",
        conflicts_with = "resume"
    )]
    over: Vec<String>,
    /// So many independent random points of the ranges
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with_all = ["latin", "resume"])]
    random: Option<u32>,
    /// A Latin hypercube of so many points of the ranges
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with = "resume")]
    latin: Option<u32>,
    /// Seed of the drawn points [default: 1]; that of the model is `--seed`
    #[arg(long, value_name = "SEED", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64), conflicts_with = "resume")]
    sweep_seed: Option<u64>,
    /// A number of the report to draw [default: the first three that vary]; repeatable
    #[arg(long, value_name = "SCALAR")]
    draw: Vec<String>,
    #[command(flatten)]
    pub model: ModelOption,
    #[command(flatten)]
    session: SessionOption,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.session.with_crew(|crew| arguments.run(crew))
}

impl Arguments {
    fn run(&self, crew: Option<&Arc<Crew>>) -> Result<(), Failure> {
        if let Some(crew) = crew.filter(|crew| crew.rank() > 0) {
            return help(crew, self.session.dry_run);
        }
        let overrides = self.model.overrides(None);
        let sweep = self.sweep(&overrides)?;
        let format = self.model.format();
        if self.session.resumes_complete(format)? {
            return Ok(());
        }
        let refused = sweep.check()?;
        if let Some(crew) = crew {
            session::tell(crew, || Ok(sweep.text()))?;
        }
        if self.session.dry_run {
            return report(&sweep, refused, format);
        }
        session::agree(crew)?;
        let seed = sweep.model().header().map_or(0, |header| header.seed);
        let session = Session {
            directory: Arc::new(self.directory(&sweep)?),
            kind: "sweep",
            seed,
            overrides: &overrides,
            verb: "sweep",
            format,
            verbosity: self.session.verbosity(format),
        };
        let watcher = session.watcher(crew);
        watcher.note(&format!("sweep: {} points", sweep.points().len()));
        if refused > 0 {
            watcher.note(&format!(
                "the model refuses {refused} of them; their rows will say why"
            ));
        }
        let folder = session.directory.path().to_owned();
        session.carry_out(
            &watcher,
            |progress| sweep.run(progress, Some(&folder)),
            |outcome| format!("{:#}\n", outcome.report),
        )
    }

    /// The sweep that is asked for, or that of the folder to be resumed.
    fn sweep(&self, overrides: &[String]) -> Result<Sweep, Failure> {
        if let Some(folder) = &self.session.resume {
            if !overrides.is_empty() {
                return Err(Failure::Usage(
                    "a resumed sweep has its settings already".into(),
                    "leave out `--set` and `--seed`, or start a new sweep".into(),
                ));
            }
            let text = fs::read_to_string(folder.join("sweep.toml")).map_err(|_| {
                Failure::Usage(
                    format!("there is no sweep in {}", folder.display()),
                    "give the folder of an interrupted sweep".into(),
                )
            })?;
            return Ok(Sweep::from_text(&text)?.drawing(&self.draw));
        }
        let mut model = ModelFile::open(self.name.as_deref().unwrap_or_default())?;
        for assignment in overrides {
            model.set(assignment)?;
        }
        let random = self.random.map(|count| Sampling::Random(count as usize));
        let latin = self.latin.map(|count| Sampling::Latin(count as usize));
        let definition = Definition {
            over: self.over.clone(),
            sampling: random.or(latin),
            seed: self.sweep_seed.unwrap_or(1),
            draw: self.draw.clone(),
        };
        let sweep = Sweep::new(model, definition)?;
        let set = |key: &str| {
            let keys = overrides.iter().filter_map(|text| text.split_once('='));
            keys.map(|(key, _)| key.trim()).any(|other| other == key)
        };
        match sweep.axes().iter().find(|axis| set(&axis.key)) {
            Some(axis) => Err(Failure::Usage(
                format!("`{}` is set and swept", axis.key),
                "leave out its `--set` or its `--over`".into(),
            )),
            None => Ok(sweep),
        }
    }

    fn directory(&self, sweep: &Sweep) -> Result<RunDirectory, Failure> {
        let text = sweep.text();
        if let Some(interrupted) = &self.session.resume {
            // It was read from there, and may be drawn otherwise now.
            let kept = fs::read_to_string(interrupted.join("sweep.toml")).unwrap_or_default();
            let directory = RunDirectory::resume_by(interrupted, "sweep.toml", &kept)?;
            directory.save_text("sweep.toml", &text)?;
            return Ok(directory);
        }
        let directory = self
            .session
            .create(&format!("{}-sweep", sweep.model().name()))?;
        directory.save_text("model.toml", sweep.model().given())?;
        directory.save_text("sweep.toml", &text)?;
        Ok(directory)
    }
}

/// What would run.
fn report(sweep: &Sweep, refused: usize, format: Format) -> Result<(), Failure> {
    let points = sweep.points().len();
    let axes = sweep.axes().iter().map(|axis| axis.key.as_str());
    let axes: Vec<&str> = axes.collect();
    let text = match format {
        Format::Json => {
            let found = serde_json::json!({
                "model": sweep.model().origin(),
                "keys": axes,
                "points": sweep.points(),
                "refused": refused,
            });
            format!("{found:#}\n")
        }
        Format::Text => format!(
            "model    {}\nkeys     {}\npoints   {points}\nrefused  {refused}\n",
            Path::new(sweep.model().origin()).display(),
            axes.join(", ")
        ),
    };
    terminal::print(&text)
}

/// Another rank than the first: computes points, and writes nothing.
fn help(crew: &Arc<Crew>, dry_run: bool) -> Result<(), Failure> {
    let text = session::tell(crew, || Err("rank 0 alone has the sweep".into()))?;
    if dry_run {
        return Ok(());
    }
    let sweep = Sweep::from_text(&text)?;
    session::agree(Some(crew))?;
    let watcher = Watcher::new(Verbosity::Quiet, None).with_crew(Some(crew));
    let result = sweep.run(&watcher, None);
    result
        .map(|_| ())
        .map_err(|error| Failure::Run(error, None))
}
