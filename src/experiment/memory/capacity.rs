//! Kind `capacity`: how many random patterns four memories hold, against the number of neurons.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::impulse::ImpulseSettings;
use super::memories::{self, Memories, ModernSettings, NAMES};
use crate::analysis::{AssociativeMemory, Corruption, RecallPoint, Settling, recall};
use crate::experiment::course::drawing;
use crate::experiment::impulse::settings::{AnalysisSettings, SolverSettings};
use crate::experiment::rules::{at_least, between, require};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError,
};
use crate::experiment::{Table, part};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::{is_maximal_clique, maximal_cliques, sparse_patterns};
use crate::solver::Options;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "capacity",
    summary: "how many random patterns four memories hold, against the number of neurons",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Most active sets of the programmed inhibition that are counted.
const MOST_SETS: usize = 2000;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    capacity: CapacitySettings,
    impulse: ImpulseSettings,
    #[serde(default)]
    modern: ModernSettings,
    #[serde(default)]
    solver: SolverSettings,
    #[serde(default)]
    analysis: AnalysisSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CapacitySettings {
    /// Numbers of neurons.
    neurons: Spanned<Vec<Spanned<usize>>>,
    /// Numbers of patterns, ascending.
    patterns: Spanned<Vec<Spanned<usize>>>,
    /// Share of the neurons that each pattern makes active.
    active: Spanned<f64>,
    corruption: Spanned<Corruption>,
    /// Share of the bits that are corrupted.
    amount: Spanned<f64>,
    /// Cues for each number of neurons and patterns, and memory.
    cues: Spanned<usize>,
    /// Recall probability from which the patterns count as held.
    required: Spanned<f64>,
}

struct Capacity {
    settings: Settings,
    settling: Settling,
    options: Options,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    memories::check(&settings.impulse, &settings.modern)?;
    let CapacitySettings {
        neurons,
        patterns,
        active,
        corruption,
        amount,
        cues,
        required,
    } = &settings.capacity;
    for (list, name, least) in [(neurons, "neurons", 2), (patterns, "patterns", 1)] {
        require(
            list,
            !list.get_ref().is_empty(),
            format!("`{name}` is an empty list"),
            "no numbers",
            "list at least one",
        )?;
        for number in list.get_ref() {
            at_least(name, number, least)?;
        }
    }
    let ascending = patterns
        .get_ref()
        .is_sorted_by(|a, b| a.get_ref() < b.get_ref());
    require(
        patterns,
        ascending,
        "`patterns` does not ascend",
        "this list",
        "list the numbers of patterns in ascending order",
    )?;
    between("active", active, 0.0, 1.0)?;
    between("amount", amount, 0.0, 1.0)?;
    between("required", required, 0.0, 1.0)?;
    at_least("cues", cues, 1)?;
    require(
        corruption,
        !matches!(corruption.get_ref(), Corruption::Noise | Corruption::Phase),
        "the amount is a share of bits",
        "not a matter of bits",
        "choose \"flipped\", \"missing\" or \"hidden\"",
    )?;
    let options = settings.solver.options()?;
    let exact = settings.impulse.lambda.is_relay();
    let settling = settings
        .analysis
        .settling(exact, options.relative_tolerance, 1e-4)?;
    let seed = model.seed()?;
    Ok(Box::new(Capacity {
        settings,
        settling,
        options,
        seed,
    }))
}

/// What has been measured at one number of neurons and patterns.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Load {
    neurons: usize,
    patterns: usize,
    /// Recall by each memory; `None` for one that these patterns do not make.
    recall: Vec<Option<RecallPoint>>,
    /// Stored patterns among the active sets of the programmed inhibition,
    kept: usize,
    /// and sets never stored, if they could be counted.
    spurious: Option<usize>,
}

impl Capacity {
    fn load(&self, neurons: usize, patterns: usize) -> Result<Load, RunError> {
        let CapacitySettings {
            active,
            corruption,
            amount,
            cues,
            ..
        } = &self.settings.capacity;
        let count = (active.get_ref() * neurons as f64).round() as usize;
        let stored = sparse_patterns(neurons, patterns, count, self.seed);
        let memories = Memories::new(&stored, &self.settings.impulse, &self.settings.modern)
            .map_err(RunError::numerical)?;
        let bits = (amount.get_ref() * neurons as f64).round();
        let measure = |_: &str, memory: Option<&dyn AssociativeMemory>| {
            let (corruption, cues) = (*corruption.get_ref(), *cues.get_ref());
            memory.map(|memory| recall(memory, &stored, corruption, bits, cues, self.seed))
        };
        let recall = memories.each(self.settling, self.options, measure);
        let sets = maximal_cliques(&stored, MOST_SETS).map_err(RunError::numerical)?;
        Ok(Load {
            neurons,
            patterns,
            recall: recall.to_vec(),
            kept: stored
                .iter()
                .filter(|p| is_maximal_clique(&stored, p))
                .count(),
            spurious: (sets.len() < MOST_SETS)
                .then(|| sets.iter().filter(|set| !stored.contains(set)).count()),
        })
    }

    /// Most patterns that memory `index` holds in networks of `neurons`, and all fewer as well.
    fn held(&self, loads: &[Load], index: usize, neurons: usize) -> usize {
        let required = *self.settings.capacity.required.get_ref();
        let own = loads.iter().filter(|load| load.neurons == neurons);
        let holds = |load: &&Load| {
            let point = load.recall[index].as_ref();
            point.is_some_and(|point| point.probability >= required)
        };
        own.take_while(holds).last().map_or(0, |load| load.patterns)
    }

    fn sizes(&self) -> Vec<usize> {
        let neurons = self.settings.capacity.neurons.get_ref().iter();
        neurons.map(|count| *count.get_ref()).collect()
    }
}

impl Experiment for Capacity {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let wanted = &self.settings.capacity;
        let list = |list: &[Spanned<usize>]| -> String {
            let all: Vec<String> = list.iter().map(ToString::to_string).collect();
            all.join(", ")
        };
        vec![
            ("neurons".into(), list(wanted.neurons.get_ref())),
            ("patterns".into(), list(wanted.patterns.get_ref())),
            ("active share".into(), wanted.active.to_string()),
            (
                "corruption".into(),
                format!("{:?}, {} of the bits", wanted.corruption, wanted.amount),
            ),
            ("cues".into(), wanted.cues.to_string()),
            ("required".into(), wanted.required.to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let sizes = self.sizes();
        let patterns = self.settings.capacity.patterns.get_ref();
        progress.begin("loading memories", (sizes.len() * patterns.len()) as u64);
        let mut loads: Vec<Load> = Vec::new();
        for &neurons in &sizes {
            for count in patterns {
                let count = *count.get_ref();
                let name = format!("load-{neurons}-{count}");
                loads.push(part(progress, &name, || self.load(neurons, count))?);
                progress.advance(1);
            }
        }

        let mut table = Table::new([
            "neurons",
            "patterns",
            "memory",
            "probability",
            "low",
            "high",
            "spurious_answers",
            "mean_time",
            "sets_stored",
            "sets_spurious",
        ]);
        for load in &loads {
            for (name, point) in NAMES.iter().zip(&load.recall) {
                let point = point.as_ref();
                table.push([
                    load.neurons.into(),
                    load.patterns.into(),
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
        let heads = std::iter::once("neurons").chain(NAMES);
        let mut summary = Table::new(heads);
        let mut series: Vec<Series> = NAMES
            .iter()
            .map(|name| Series::new(*name, Vec::new(), Look::LineAndMarkers))
            .collect();
        let middle = 0.5 * (NAMES.len() as f64 - 1.0);
        for &neurons in &sizes {
            let held: Vec<usize> = (0..NAMES.len())
                .map(|index| self.held(&loads, index, neurons))
                .collect();
            let counts = held.iter().map(|count| (*count).into());
            summary.push(std::iter::once(neurons.into()).chain(counts));
            for (n, (series, count)) in series.iter_mut().zip(held).enumerate() {
                series.points.push((neurons as f64, count as f64));
                series.shift = 4.0 * (n as f64 - middle);
            }
        }
        let wanted = &self.settings.capacity;
        let most = patterns.last().map_or(0, |count| *count.get_ref());
        let figure = Lines {
            title: "Random patterns that four memories hold".into(),
            subtitle: format!(
                "{} of the neurons active, {} of the bits {}, recalled with probability {}; at most {most} tried",
                wanted.active,
                wanted.amount,
                format!("{:?}", wanted.corruption.get_ref()).to_lowercase(),
                wanted.required,
            ),
            x: Axis::linear("neurons"),
            y: Axis::linear("patterns held"),
            series,
            ..Lines::default()
        };
        Ok(Outcome {
            report: json!({ "memories": NAMES, "loads": loads }),
            summary: vec![
                Block::Line("patterns held, by number of neurons:".into()),
                Block::Table(summary),
            ],
            tables: vec![("capacity".into(), table)],
            figures: vec![drawing("capacity", figure)],
            ..Outcome::default()
        })
    }
}
