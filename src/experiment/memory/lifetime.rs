//! Kind `memory-lifetime`: how long memories of each size last under noise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lifetime_figures;
use crate::analysis::{
    Barrier, Criteria, EXPONENTIAL_5, Escape, Lifetime, LifetimeSettings, NoisyMemory, Settling,
};
use crate::experiment::ensemble::in_turn;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::settings::{Count, Mistakes, NonEmpty, Positive, require, settings};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{ImpulseNetwork, Pattern};
use crate::solver::{Options, common_step};

/// Periods that a mean lifetime must exceed to count as rare: the law of a barrier is one of rare escapes (chosen).
const RARE: f64 = 10.0;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons and their synapses.
        pub network: NetworkSettings,
        /// Who hears whom.
        pub coupling: CouplingSettings,
        /// Noise, memories and paths.
        pub lifetime: PathSettings,
    }

    /// Section `[lifetime]`.
    pub struct PathSettings {
        /// Sizes of the memories; of each, the first neurons. All sizes by default.
        pub sizes: Option<NonEmpty<Count>>,
        /// Strengths of the noise on every `x_j`, per root of time.
        pub noise: NonEmpty<Positive>,
        /// Paths for each size and strength.
        pub paths: Count = 200,
        /// Time after which a path is given up that still holds its memory.
        pub horizon: Positive = 4000.0,
        /// Longest step: a thirtieth of the delay moves lifetimes by less than their intervals (measured against a
        /// hundredth).
        pub step: Positive = 0.034,
    }
}

/// A network, and what is to be followed.
pub struct MemoryLifetimes {
    settings: Settings,
    network: ImpulseNetwork,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// By size.
    pub memories: Vec<MemoryFindings>,
}

/// The memory of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemoryFindings {
    /// The memory.
    pub pattern: Pattern,
    /// Its period without noise; nothing else is known of a pattern on whose cycle the network does not settle.
    pub period: Option<f64>,
    /// By strength of the noise.
    pub lifetimes: Vec<LifetimeFindings>,
    /// How the lifetime grows as the noise falls, from lifetimes of more than ten periods.
    pub barrier: Option<Barrier>,
}

/// One memory under one noise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifetimeFindings {
    /// Strength of the noise.
    pub noise: f64,
    /// The lifetime.
    pub lifetime: Lifetime,
    /// All times of escape, ascending.
    pub times: Vec<f64>,
    /// What is read after the escape, with the number of paths; `apart` where its neurons do not fire as a group.
    pub reached: BTreeMap<String, usize>,
}

impl MemoryLifetimes {
    fn sizes(&self) -> Vec<usize> {
        let all = || (1..=*self.settings.network.neurons).collect();
        let given = self.settings.lifetime.sizes.as_ref();
        given.map_or_else(all, |sizes| sizes.iter().map(|size| **size).collect())
    }
}

impl Study for MemoryLifetimes {
    const NAME: &'static str = "memory-lifetime";
    const SUMMARY: &'static str =
        "how long memories of an impulse network last under noise, by their size and its strength";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let network = settings.network.network(&settings.coupling, header.seed)?;
        require(
            &settings.network.neurons,
            network.is_relay(),
            format!("noise on a network of lambda {}", settings.network.lambda),
            "neurons that are not in the relay limit",
            "set `network.lambda` to \"infinity\"",
        )?;
        require(
            &settings.network.h,
            network.parameters().h > 0.0,
            "a synapse without delay".to_owned(),
            "no delay",
            "choose a positive `h`",
        )?;
        let neurons = *settings.network.neurons;
        for size in settings
            .lifetime
            .sizes
            .iter()
            .flat_map(|sizes| sizes.iter())
        {
            require(
                size,
                **size <= neurons,
                format!("{size} of {neurons} neurons"),
                "more than there are",
                format!("choose sizes from 1 to {neurons}"),
            )?;
        }
        let step = &settings.lifetime.step;
        if common_step(&[1.0, network.parameters().h], **step).is_err() {
            require(
                &settings.network.h,
                false,
                format!(
                    "no step from {step} down to a tenth of it divides the delays 1 and {}",
                    network.parameters().h
                ),
                "no step for these delays",
                "round `h` to some hundredths of the delay 1, or shorten the step",
            )?;
        }
        Ok(Self {
            settings,
            network,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let PathSettings {
            noise,
            paths,
            horizon,
            ..
        } = &self.settings.lifetime;
        let sizes = self.sizes();
        let steps = sizes.len() as f64 * noise.len() as f64 * **paths as f64 * **horizon
            / *self.settings.lifetime.step;
        vec![
            ("memories".into(), sizes.len().to_string()),
            ("strengths of noise".into(), noise.len().to_string()),
            ("paths for each".into(), paths.to_string()),
            ("steps at most".into(), format!("{steps:.1e}")),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let asked = &self.settings.lifetime;
        let neurons = self.network.neurons();
        let jobs: Vec<(usize, f64)> = self
            .sizes()
            .iter()
            .flat_map(|size| asked.noise.iter().map(move |noise| (*size, **noise)))
            .collect();
        let settling = Settling {
            // exact engine, equal neurons or nearly so: the defaults of the kind `dominance`
            criteria: Criteria {
                tolerance: 1e-9,
                synchrony: 1e-4,
            },
            maximum_time: 10_000.0,
        };
        progress.begin("following", jobs.len() as u64);
        let names: Vec<String> = (0..jobs.len())
            .map(|job| format!("lifetime-{job}"))
            .collect();
        let found = in_turn(progress, &names, |job: usize| {
            let (size, noise) = jobs[job];
            let pattern = first(size, neurons);
            let Some(memory) =
                NoisyMemory::new(&self.network, &pattern, settling, Options::default())?
            else {
                return Ok(None);
            };
            let settings = LifetimeSettings {
                noise,
                step: *asked.step,
                horizon: *asked.horizon,
                seed: self.seed,
            };
            let escapes = memory.escapes(settings, *asked.paths)?;
            Ok(Some((memory.period(), summed_up(noise, &escapes))))
        })?;
        let mut memories: Vec<MemoryFindings> = Vec::new();
        for ((size, _), found) in jobs.iter().zip(found) {
            let pattern = first(*size, neurons);
            if memories.last().is_none_or(|last| last.pattern != pattern) {
                memories.push(MemoryFindings {
                    pattern,
                    period: found.as_ref().map(|(period, _)| *period),
                    lifetimes: Vec::new(),
                    barrier: None,
                });
            }
            if let (Some(memory), Some((_, lifetime))) = (memories.last_mut(), found) {
                memory.lifetimes.push(lifetime);
            }
        }
        for memory in &mut memories {
            let rare = |found: &&LifetimeFindings| {
                let periods = found.lifetime.mean.zip(memory.period);
                periods.is_some_and(|(mean, period)| mean > RARE * period)
            };
            let points = memory.lifetimes.iter().filter(rare);
            let points = points.map(|found| (found.noise, found.lifetime));
            memory.barrier = Barrier::of(&points.collect::<Vec<_>>());
        }
        Ok(Findings { neurons, memories })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut lifetimes = Table::new([
            "pattern",
            "period",
            "noise",
            "paths",
            "escapes",
            "lifetime",
            "low",
            "high",
            "variation",
            "distance",
        ]);
        let mut escapes = Table::new(["pattern", "noise", "time"]);
        for memory in &findings.memories {
            for LifetimeFindings {
                noise,
                lifetime,
                times,
                ..
            } in &memory.lifetimes
            {
                lifetimes.push([
                    Cell::from(&memory.pattern),
                    memory.period.into(),
                    (*noise).into(),
                    lifetime.paths.into(),
                    lifetime.escapes.into(),
                    lifetime.mean.into(),
                    lifetime.interval.0.into(),
                    lifetime.interval.1.into(),
                    lifetime.variation.into(),
                    lifetime.distance.into(),
                ]);
                for time in times {
                    escapes.push([Cell::from(&memory.pattern), (*noise).into(), (*time).into()]);
                }
            }
        }
        vec![("lifetimes".into(), lifetimes), ("escapes".into(), escapes)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new([
            "memory",
            "noise",
            "escapes",
            "lifetime",
            "95 % interval",
            "in periods",
            "exponential law",
        ]);
        let mut barriers = Table::new(["memory", "period", "barrier", "standard error"]);
        for memory in &findings.memories {
            for found in &memory.lifetimes {
                let Lifetime {
                    paths,
                    escapes,
                    mean,
                    interval,
                    distance,
                    ..
                } = found.lifetime;
                let law = match distance {
                    None => "paths still there",
                    Some(distance) if distance > EXPONENTIAL_5 => "refused (5 %)",
                    Some(_) => "kept",
                };
                let high = interval.1.map_or("...".into(), |high| format!("{high:.0}"));
                table.push([
                    Cell::from(&memory.pattern),
                    found.noise.into(),
                    format!("{escapes} of {paths}").into(),
                    mean.map(|mean| format!("{mean:.0}")).into(),
                    format!("{:.0} to {high}", interval.0).into(),
                    mean.zip(memory.period)
                        .map(|(mean, period)| format!("{:.1}", mean / period))
                        .into(),
                    law.into(),
                ]);
            }
            barriers.push([
                Cell::from(&memory.pattern),
                memory.period.map_or("no cycle".into(), |period| {
                    Cell::from(format!("{period:.4}"))
                }),
                memory
                    .barrier
                    .map(|law| format!("{:.2e}", law.barrier))
                    .into(),
                memory
                    .barrier
                    .map(|law| format!("{:.0e}", law.error))
                    .into(),
            ]);
        }
        vec![Block::Table(table), Block::Table(barriers)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        lifetime_figures::draw(&settings.network.describe(&[]), findings)
    }
}

/// The pattern of the first so many neurons.
fn first(size: usize, neurons: usize) -> Pattern {
    (0..neurons).map(|neuron| neuron < size).collect()
}

/// What the ends of paths come to.
fn summed_up(noise: f64, escapes: &[Escape]) -> LifetimeFindings {
    let mut reached = BTreeMap::new();
    for reading in escapes.iter().filter_map(|end| end.reading.as_ref()) {
        let apart = if reading.together { "" } else { " apart" };
        *reached
            .entry(format!("{}{apart}", reading.pattern))
            .or_insert(0) += 1;
    }
    let lost = escapes.iter().filter(|end| end.reading.is_some());
    let mut times: Vec<f64> = lost.map(|end| end.time).collect();
    times.sort_by(f64::total_cmp);
    LifetimeFindings {
        noise,
        lifetime: Lifetime::of(escapes),
        times,
        reached,
    }
}
