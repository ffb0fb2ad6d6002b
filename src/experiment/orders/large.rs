//! Kind `large-wave`: groups of very many neurons that fire one after the other.

use serde::{Deserialize, Serialize};

use crate::analysis::{LargeStart, LargeWave, WaveNetwork, follow_large_wave};
use crate::experiment::ensemble::in_turn;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::memory_limit::require_memory;
use crate::experiment::settings::{
    Count, Mistakes, NonEmpty, NonNegative, Real, require, settings,
};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series, grouped};
use crate::networks::ImpulseNetwork;

/// Bytes of a neuron: those of the engine, measured, and its parameters.
const NEURON: f64 = 400.0;

/// Deviations below this are roundings, and are drawn as this: a figure of logarithms has no zero.
const FLOOR: f64 = 1e-14;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons and their synapses; how many of them is set below, too.
        pub network: NetworkSettings,
        /// Who hears whom: all others, and the mean of them for networks of several sizes.
        pub coupling: CouplingSettings,
        /// What is followed.
        pub wave: WaveSettings,
    }

    /// Section `[wave]`.
    pub struct WaveSettings {
        /// Numbers of neurons, each a network of its own; by default that of the network.
        pub neurons: Option<NonEmpty<Count>>,
        /// Groups that fire one after the other.
        pub groups: Count<2>,
        /// Level of the first group at the start.
        pub first: Real = -0.5,
        /// Neurons that start off their group, chosen at random.
        pub kicked: Count = 500,
        /// Largest distance at which they start off their group.
        pub kick: NonNegative = 0.05,
        /// Onsets of every neuron that are followed.
        pub returns: Count<3> = 60,
    }
}

/// Networks of several sizes, and where they start.
pub struct LargeWaves {
    settings: Settings,
    /// The neurons of all sizes.
    base: ImpulseNetwork,
    sizes: Vec<usize>,
    seed: u64,
}

/// What is found, size by size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The waves that were followed.
    pub waves: Vec<LargeWave>,
}

impl LargeWaves {
    /// The network of a size.
    fn network(&self, neurons: usize) -> Result<ImpulseNetwork, RunError> {
        let mut parameters = self.base.parameters().clone();
        for list in [&mut parameters.a, &mut parameters.b, &mut parameters.c] {
            *list = vec![list[0]; neurons];
        }
        ImpulseNetwork::new(parameters).map_err(RunError::numerical)
    }
}

impl Study for LargeWaves {
    const NAME: &'static str = "large-wave";
    const SUMMARY: &'static str =
        "groups of very many impulse neurons that fire one after the other, against theory";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let WaveSettings {
            neurons,
            groups,
            first,
            ..
        } = &settings.wave;
        let network = settings.network.network(&settings.coupling, header.seed)?;
        require(
            &settings.network.neurons,
            WaveNetwork::of(&network).is_some(),
            "a wave of groups needs neurons that are alike, all coupled to all, in the relay limit",
            "another network",
            "leave `mismatch`, lists of parameters and `topology` out, and set `lambda = \"infinity\"`",
        )?;
        require(
            first,
            **first < 0.0,
            "`first` is not below the threshold",
            "must be negative",
            "as -0.5",
        )?;
        let sizes: Vec<Count> = match neurons {
            Some(list) => list.to_vec(),
            None => vec![settings.network.neurons],
        };
        for size in &sizes {
            require(
                size,
                size.is_multiple_of(**groups) && **size >= **groups,
                format!("{size} neurons do not make {groups} groups of equal size"),
                "no multiple",
                format!("choose a multiple of `groups`, as {}", **groups * 200),
            )?;
            require_memory(size, "the neurons", NEURON * **size as f64)?;
        }
        Ok(Self {
            sizes: sizes.iter().map(|size| **size).collect(),
            seed: header.seed,
            base: network,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let sizes: Vec<String> = self.sizes.iter().map(|size| grouped(*size)).collect();
        let WaveSettings {
            groups,
            kicked,
            kick,
            returns,
            ..
        } = &self.settings.wave;
        vec![
            ("neurons".into(), sizes.join("; ")),
            ("groups".into(), groups.to_string()),
            (
                "start".into(),
                format!("{kicked} neurons off their group by up to {kick}"),
            ),
            ("onsets of each".into(), returns.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("following waves", self.sizes.len() as u64);
        let names: Vec<String> = self
            .sizes
            .iter()
            .map(|size| format!("wave-{size}"))
            .collect();
        let asked = &self.settings.wave;
        let start = LargeStart {
            groups: *asked.groups,
            first: *asked.first,
            kicked: *asked.kicked,
            kick: *asked.kick,
            returns: *asked.returns,
            seed: self.seed,
        };
        let waves = in_turn(progress, &names, |job: usize| {
            let network = self.network(self.sizes[job])?;
            follow_large_wave(&network, start).map_err(RunError::numerical)
        })?;
        Ok(Findings { waves })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new(["neurons", "onset", "within_groups", "between_groups"]);
        for wave in &findings.waves {
            for (onset, (within, between)) in wave.within.iter().zip(&wave.between).enumerate() {
                let row = [wave.neurons.into(), (onset + 1).into(), (*within).into()];
                table.push(row.into_iter().chain([Cell::from(*between)]));
            }
        }
        vec![
            ("waves".into(), summary(findings)),
            ("deviations".into(), table),
        ]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let words = "Every neuron has fired once in every period. A margin above 0 says that the wave exists, a leading \
                     multiplier below 1 that it attracts; the measured rate is that at which the start is forgotten.";
        vec![Block::Table(summary(findings)), Block::Line(words.into())]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let mut series = Vec::new();
        for (style, wave) in findings.waves.iter().enumerate() {
            let curve = |values: &[f64]| -> Vec<(f64, f64)> {
                let points = values.iter().enumerate();
                points
                    .map(|(n, y)| ((n + 1) as f64, y.max(FLOOR)))
                    .collect()
            };
            let all = wave.within.iter().zip(&wave.between);
            let largest: Vec<f64> = all.map(|(one, other)| one.max(*other)).collect();
            series.push(Series {
                style: Some(style),
                ..Series::new(
                    format!("{} neurons", grouped(wave.neurons)),
                    curve(&largest),
                    Look::Markers,
                )
            });
        }
        // One line for all: multipliers of large networks differ in the third digit.
        if let Some(wave) = findings.waves.last() {
            let factor = wave.leading_multiplier;
            let start = wave.within[0].max(wave.between[0]);
            let at = |n: usize| (n as f64, start * factor.powi(n as i32 - 1));
            let points = (1..=wave.within.len())
                .map(at)
                .take_while(|point| point.1 > 1e-13);
            series.push(Series {
                style: Some(findings.waves.len()),
                ..Series::new(
                    format!("theory: the multiplier {factor:.4}"),
                    points.collect(),
                    Look::Line,
                )
            });
        }
        let groups = *settings.wave.groups;
        let figure = Lines {
            title: format!(
                "Neurons come back to their group, and {groups} groups to even distances"
            ),
            subtitle: settings.network.describe_each(&[]),
            x: Axis::linear("onsets of every neuron"),
            y: Axis::logarithmic("largest deviation (delays of a neuron)"),
            series,
            ..Lines::default()
        };
        vec![Drawing::of("deviations", figure)]
    }
}

/// The waves one by one.
fn summary(findings: &Findings) -> Table {
    let mut table = Table::new([
        "neurons",
        "period",
        "by theory",
        "|m Delta - T|",
        "margin",
        "|leading multiplier|",
        "measured rate",
        "last deviation",
        "events",
    ]);
    for found in &findings.waves {
        let last = |list: &[f64]| list.last().copied().unwrap_or(f64::NAN);
        table.push([
            found.neurons.into(),
            found.period.into(),
            found.theory.period.into(),
            found.closing.into(),
            found.theory.margin.into(),
            found.leading_multiplier.into(),
            found.rate.into(),
            last(&found.within).max(last(&found.between)).into(),
            Cell::from(found.events as usize),
        ]);
    }
    table
}
