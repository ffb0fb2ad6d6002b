//! Kind `partition`: one network on several ranks, planned and run.

use super::planned::least;
use super::settings::{NetworkSettings, Numbers, refused};
use super::shown::Shown;
use super::trained::Learning;
use super::{figures, tables};
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::image_networks::require_tests;
use crate::experiment::settings::{Mistakes, Placed, require};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::partition::{Chain, PartitionError, Plan, PlanOptions, Ranks};

pub use super::findings::{Classified, Findings, LayerFinding, RunFinding, Tiled, TimeFinding};
pub use super::settings::Settings;

/// A chain and the ranks that share it.
pub struct PartitionStudy {
    pub(super) settings: Settings,
    pub(super) plan: Plan,
    /// The same with tiles.
    pub(super) tiled: Option<Plan>,
    /// What is run: the plan, and that with tiles, of the chain at the size of the run.
    runs: Vec<Plan>,
    /// The network that learns first.
    learning: Option<Learning>,
    pub(super) shown: Shown,
    pub(super) seed: u64,
}

/// The chain, and the network behind it if one learns first.
fn network(
    settings: &Settings,
    data: Option<&ImageData>,
) -> Result<(Option<Learning>, Chain), Mistakes> {
    let Some(trained) = &settings.trained else {
        return Ok((None, settings.chain()?));
    };
    let NetworkSettings { name, layers, .. } = &settings.network;
    require(
        &trained.epochs,
        name.is_none() && layers.is_none(),
        "a section `[trained]` beside `name` or `layers` in `[network]`",
        "one network is needed",
        "remove one of them",
    )?;
    if let (Some(images), Some(data)) = (&settings.data, data) {
        require_tests(&images.training, data)?;
    }
    let (learning, chain) = trained.network(data)?;
    Ok((Some(learning), chain))
}

/// The plan, that with tiles, and those that are run.
type Plans = (Plan, Option<Plan>, Vec<Plan>);

/// All of them. With tiles, the plan without is there to compare, and is not run if it does not fit into memory.
fn plans(settings: &Settings, chain: Chain, ranks: &Ranks) -> Result<Plans, Mistakes> {
    let cluster = &settings.cluster;
    let free = PlanOptions {
        topology: *cluster.topology,
        ..PlanOptions::default()
    };
    let fitting = PlanOptions {
        bytes: Some(settings.run.numbers.bytes()),
        ..free
    };
    let with_tiles = settings.tiling().map(|tiling| PlanOptions {
        tiling: Some(tiling),
        ..fitting
    });
    let place = cluster.ranks.place();
    let refuse = |error: PartitionError| match (&error, &cluster.memory_bytes, &settings.tiles) {
        (PartitionError::DoesNotFit { .. }, Some(memory), _) => {
            refused(&error, memory.place(), "the memory of the ranks")
        }
        (PartitionError::TooManyRanks { .. }, ..) | (_, _, None) => {
            refused(&error, place, "these ranks")
        }
        (_, _, Some(tiles)) => refused(&error, tiles.breakpoint.place(), "these tiles"),
    };
    let of = |chain: &Chain| -> Result<(Plan, bool, Option<Plan>), PartitionError> {
        let plan = least(chain, ranks, fitting);
        let tiled = with_tiles.map(|options| least(chain, ranks, options));
        match (plan, tiled) {
            (Err(PartitionError::DoesNotFit { .. }), Some(Ok(tiled))) => {
                Ok((least(chain, ranks, free)?, false, Some(tiled)))
            }
            (plan, tiled) => Ok((plan?, true, tiled.transpose()?)),
        }
    };
    let (plan, _, tiled) = of(&chain).map_err(refuse)?;
    let mut runs = Vec::new();
    if settings.run.execute {
        let chain = match settings.network.name {
            Some(name) if *settings.run.divisor > 1 => {
                let scaled = name.scaled(*settings.run.divisor);
                let place = settings.run.divisor.place();
                scaled.map_err(|error| refused(&error, place, "this divisor"))?
            }
            _ => chain,
        };
        settings.require_memory(&chain)?;
        let (plan, fits, tiled) = of(&chain).map_err(refuse)?;
        runs.extend(fits.then_some(plan));
        runs.extend(tiled);
    }
    Ok((plan, tiled, runs))
}

impl Study for PartitionStudy {
    const NAME: &'static str = "partition";
    const SUMMARY: &'static str = "one network on several ranks: slices of weights and tiles, their messages, memory and time, and the run";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let data = settings.data.as_mut().map(ImageSettings::read);
        let data = mistakes.note(data.transpose()).flatten();
        // Images that cannot be read are one mistake, and not two.
        mistakes.end()?;
        let mut mistakes = Mistakes::default();
        let chain = mistakes.note(network(&settings, data.as_ref()));
        let ranks = mistakes.note(settings.ranks());
        let (Some((learning, chain)), Some(ranks)) = (chain, ranks) else {
            return Err(mistakes);
        };
        mistakes.end()?;
        let shown = Shown::read(&settings, data, &chain)?;
        let (plan, tiled, runs) = plans(&settings, chain, &ranks)?;
        Ok(Self {
            settings,
            plan,
            tiled,
            runs,
            learning,
            shown,
            seed: header.seed,
        })
    }

    fn data(&self) -> Option<u32> {
        self.shown
            .checksum(self.learning.as_ref().map(Learning::images))
    }

    fn ranks(&self) -> Option<usize> {
        self.runs.first().map(|plan| plan.ranks().count())
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let cluster = &self.settings.cluster;
        let sizes = self.plan.chain().sizes();
        let weights: u64 = sizes.iter().map(|size| size.weights).sum();
        let runs: Vec<String> = self.runs.iter().map(Plan::letters).collect();
        vec![
            (
                "network".into(),
                format!("{} layers, {weights} weights", sizes.len()),
            ),
            (
                "ranks".into(),
                format!(
                    "{}, {} Mbit/s, {} s a message",
                    cluster.ranks, cluster.link_mbit_s, cluster.latency_s
                ),
            ),
            ("plan".into(), self.plan.letters()),
            (
                "run".into(),
                if runs.is_empty() {
                    "nothing".into()
                } else {
                    runs.join(", ")
                },
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("plans and runs", 1 + self.runs.len() as u64);
        let mut findings = self.planned().map_err(RunError::numerical)?;
        progress.advance(1);
        let learnt = match (&self.learning, &self.shown.images) {
            (Some(learning), Some(images)) if !self.runs.is_empty() => {
                Some(learning.learn(progress, self.seed, images)?)
            }
            _ => None,
        };
        for (index, plan) in self.runs.iter().enumerate() {
            let run = match *self.settings.run.numbers {
                Numbers::F32 => self.run::<f32>(progress, index, plan, learnt.as_ref()),
                Numbers::F64 => self.run::<f64>(progress, index, plan, learnt.as_ref()),
            }?;
            progress.advance(1);
            match plan.tiling() {
                None => findings.run = Some(run),
                Some(_) => findings.run_tiled = Some(run),
            }
        }
        Ok(findings)
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        tables::all(findings)
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        tables::summary(settings, findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures::all(settings, findings)
    }
}
