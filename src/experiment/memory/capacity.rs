//! Kind `capacity`: how many random patterns four memories hold, against the number of neurons.

use serde::{Deserialize, Serialize};

use super::impulse::ImpulseSettings;
use super::memories::{Memories, ModernSettings, NAMES};
use crate::analysis::{AssociativeMemory, Corruption, RecallPoint, Settling, Spread, recall};
use crate::experiment::ensemble::in_turn;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::sections::{SettlingSettings, SolverSettings};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, Placed, UnitInterval, require, settings,
};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::{is_maximal_clique, maximal_cliques, sparse_patterns};
use crate::numerics::random::member;

/// Most active sets of the programmed inhibition that are counted.
const MOST_SETS: usize = 2000;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The loads.
        pub capacity: CapacitySettings,
        /// The impulse network.
        pub impulse: ImpulseSettings,
        /// The modern Hopfield network.
        pub modern: ModernSettings,
        /// How the impulse network is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
    }

    /// Section `[capacity]`.
    pub struct CapacitySettings {
        /// Numbers of neurons.
        pub neurons: NonEmpty<Count<2>>,
        /// Numbers of patterns, ascending.
        pub patterns: NonEmpty<Count>,
        /// Share of the neurons that each pattern makes active.
        pub active: UnitInterval,
        /// How cues are corrupted.
        pub corruption: Choice<Corruption>,
        /// Share of the bits that are corrupted.
        pub amount: UnitInterval,
        /// Cues for each draw of patterns, and memory.
        pub cues: Count,
        /// Draws of patterns for each number of neurons and patterns: three tell a standard error.
        pub draws: Count = 3,
        /// Recall probability from which the patterns count as held.
        pub required: UnitInterval,
    }
}

/// Loads of random patterns.
pub struct Capacity {
    settings: Settings,
    settling: Settling,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Names of the memories, in the order of the recall of a load.
    pub memories: Vec<String>,
    /// Every number of neurons and patterns, and draw, in this order.
    pub loads: Vec<Load>,
    /// What each memory holds.
    pub held: Vec<Held>,
}

/// What has been measured with one draw of patterns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Load {
    /// Number of neurons.
    pub neurons: usize,
    /// Number of patterns.
    pub patterns: usize,
    /// Number of the draw, from 0.
    pub draw: usize,
    /// Recall by each memory; `None` for one that these patterns do not make.
    pub recall: Vec<Option<RecallPoint>>,
    /// Stored patterns among the active sets of the programmed inhibition.
    pub kept: usize,
    /// Sets never stored, if they could be counted.
    pub spurious: Option<usize>,
}

/// How many patterns one memory holds: the most of the list up to which it holds all fewer as well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    /// Its name.
    pub memory: String,
    /// Number of neurons.
    pub neurons: usize,
    /// That number for every draw.
    pub patterns: Vec<usize>,
    /// Whether a draw has reached the end of the list, so that the memory may hold more.
    pub at_least: bool,
}

impl Held {
    fn mean(&self) -> Spread {
        let patterns: Vec<f64> = self.patterns.iter().map(|count| *count as f64).collect();
        Spread::of(&patterns)
    }

    /// `12.0 ± 0.7`, or `at least 40`.
    fn words(&self) -> String {
        let Spread { mean, error, .. } = self.mean();
        let least = if self.at_least { "at least " } else { "" };
        if error > 0.0 {
            format!("{least}{mean:.1} ± {error:.1}")
        } else {
            format!("{least}{mean:.0}")
        }
    }
}

impl Capacity {
    fn load(&self, neurons: usize, patterns: usize, draw: usize) -> Result<Load, RunError> {
        let CapacitySettings {
            active,
            corruption,
            amount,
            cues,
            ..
        } = &self.settings.capacity;
        let count = (**active * neurons as f64).round() as usize;
        let seed = member(self.seed, "draw of patterns", draw);
        let stored = sparse_patterns(neurons, patterns, count, seed);
        let memories = Memories::new(&stored, &self.settings.impulse, &self.settings.modern)?;
        let bits = (**amount * neurons as f64).round();
        let measure = |_: &str, memory: Option<&dyn AssociativeMemory>| {
            memory.map(|memory| recall(memory, &stored, **corruption, bits, **cues, seed))
        };
        let options = self.settings.solver.options();
        let recall = memories.each(self.settling, options, measure);
        let sets = maximal_cliques(&stored, MOST_SETS)?;
        let counted = sets.len() < MOST_SETS;
        Ok(Load {
            neurons,
            patterns,
            draw,
            recall: recall.to_vec(),
            kept: stored
                .iter()
                .filter(|p| is_maximal_clique(&stored, p))
                .count(),
            spurious: counted.then(|| sets.iter().filter(|set| !stored.contains(set)).count()),
        })
    }

    /// Most patterns that memory `index` holds in networks of `neurons`, draw by draw.
    fn held(&self, loads: &[Load], index: usize, neurons: usize) -> Held {
        let settings = &self.settings.capacity;
        let holds = |load: &&Load| {
            let point = load.recall[index].as_ref();
            point.is_some_and(|point| point.probability >= *settings.required)
        };
        let of_draw = |draw: usize| {
            let own = loads
                .iter()
                .filter(|load| load.neurons == neurons && load.draw == draw);
            own.take_while(holds).last().map_or(0, |load| load.patterns)
        };
        let patterns: Vec<usize> = (0..*settings.draws).map(of_draw).collect();
        let end = settings.patterns.iter().map(|count| **count).max();
        Held {
            memory: NAMES[index].to_owned(),
            neurons,
            at_least: patterns.iter().copied().max() == end,
            patterns,
        }
    }
}

impl Study for Capacity {
    const NAME: &'static str = "capacity";
    const SUMMARY: &'static str =
        "how many random patterns four memories hold, against the number of neurons";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let CapacitySettings {
            patterns,
            corruption,
            ..
        } = &settings.capacity;
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &patterns.place(),
            patterns.is_sorted_by(|a, b| **a < **b),
            "`patterns` does not ascend",
            "this list",
            "list the numbers of patterns in ascending order",
        ));
        mistakes.note(require(
            corruption,
            !matches!(**corruption, Corruption::Noise | Corruption::Phase),
            "the amount is a share of bits",
            "not a matter of bits",
            "choose \"flipped\", \"missing\" or \"hidden\"",
        ));
        let neurons = largest(&settings.capacity.neurons);
        // Hebb's rule, the pseudo-inverse, and the weights of the impulse network.
        let weights = 3.0 * NUMBER * (*neurons as f64).powi(2);
        mistakes.note(require_memory(
            &neurons,
            "the weights of the networks",
            weights,
        ));
        // A cue and its answer, as numbers of 0 and 1 and of levels.
        let cues = &settings.capacity.cues;
        let shown = NUMBER * **cues as f64 * *neurons as f64;
        mistakes.note(require_memory(cues, "the cues", shown));
        let stored = largest(patterns);
        let bits = *neurons as f64 * *stored as f64;
        mistakes.note(require_memory(&stored, "the patterns", bits));
        mistakes.end()?;
        let exact = settings.impulse.lambda.is_relay();
        let tolerance = *settings.solver.tolerance;
        Ok(Self {
            settling: settings.analysis.settling(exact, tolerance, 1e-4),
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let wanted = &self.settings.capacity;
        let corruption = format!("{:?}, {} of the bits", *wanted.corruption, wanted.amount);
        vec![
            ("neurons".into(), format!("{:?}", wanted.neurons)),
            ("patterns".into(), format!("{:?}", wanted.patterns)),
            ("active share".into(), wanted.active.to_string()),
            ("corruption".into(), corruption),
            (
                "cues".into(),
                format!("{}, in each of {} draws", wanted.cues, wanted.draws),
            ),
            ("required".into(), wanted.required.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let CapacitySettings {
            neurons,
            patterns,
            draws,
            ..
        } = &self.settings.capacity;
        progress.begin(
            "loading memories",
            (neurons.len() * patterns.len() * **draws) as u64,
        );
        let mut jobs = Vec::new();
        for neurons in neurons.iter().map(|count| **count) {
            for patterns in patterns.iter().map(|count| **count) {
                jobs.extend((0..**draws).map(|draw| (neurons, patterns, draw)));
            }
        }
        let name = |(neurons, patterns, draw): &_| format!("load-{neurons}-{patterns}-{draw}");
        let names: Vec<String> = jobs.iter().map(name).collect();
        let loads: Vec<Load> = in_turn(progress, &names, |job| {
            let (neurons, patterns, draw) = jobs[job];
            self.load(neurons, patterns, draw)
        })?;
        let of_size = |neurons: &Count<2>| {
            let neurons = **neurons;
            let loads = &loads;
            (0..NAMES.len()).map(move |index| self.held(loads, index, neurons))
        };
        Ok(Findings {
            memories: NAMES.map(String::from).to_vec(),
            held: neurons.iter().flat_map(of_size).collect(),
            loads,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "neurons",
            "patterns",
            "draw",
            "memory",
            "probability",
            "low",
            "high",
            "spurious_answers",
            "mean_time",
            "sets_stored",
            "sets_spurious",
        ]);
        for load in &findings.loads {
            for (name, point) in NAMES.iter().zip(&load.recall) {
                let point = point.as_ref();
                table.push([
                    load.neurons.into(),
                    load.patterns.into(),
                    load.draw.into(),
                    (*name).into(),
                    point.map(|point| point.probability).into(),
                    point.map(|point| point.interval.0).into(),
                    point.map(|point| point.interval.1).into(),
                    point.map(|point| point.spurious).into(),
                    point.and_then(|point| point.mean_time).into(),
                    load.kept.into(),
                    load.spurious.into(),
                ]);
            }
        }
        vec![("capacity".into(), table)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(std::iter::once("neurons").chain(NAMES));
        for held in findings.held.chunks(NAMES.len()) {
            let words = held.iter().map(|held| held.words().into());
            table.push(std::iter::once(held[0].neurons.into()).chain(words));
        }
        let draws = settings.capacity.draws;
        let line = format!("patterns held, by number of neurons, over {draws} draws:");
        vec![Block::Line(line), Block::Table(table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let wanted = &settings.capacity;
        let middle = 0.5 * (NAMES.len() as f64 - 1.0);
        let series = NAMES.iter().enumerate().map(|(n, name)| {
            let own = findings.held.iter().filter(|held| held.memory == *name);
            let points = own
                .clone()
                .map(|held| (held.neurons as f64, held.mean().mean));
            Series {
                shift: 4.0 * (n as f64 - middle),
                ..Series::new(*name, points.collect(), Look::LineAndMarkers)
                    .with_errors(own.map(|held| held.mean().error))
            }
        });
        let most = wanted
            .patterns
            .iter()
            .map(|count| **count)
            .max()
            .unwrap_or(0);
        let lines = Lines {
            title: "Random patterns that four memories hold".into(),
            subtitle: format!(
                "{} of the neurons active, {} of the bits {}, recalled with probability {}; \
                 at most {most} tried: those at the top may hold more",
                wanted.active,
                wanted.amount,
                format!("{:?}", *wanted.corruption).to_lowercase(),
                wanted.required,
            ),
            x: Axis::linear("neurons"),
            y: Axis::linear("patterns held"),
            series: series.collect(),
            ..Lines::default()
        };
        vec![Drawing::of("capacity", lines)]
    }
}
