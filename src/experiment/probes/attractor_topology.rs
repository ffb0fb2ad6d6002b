//! Kind `attractor-topology`: the loops of a periodic and of a chaotic attractor, seen through one
//! component each.

use serde::{Deserialize, Serialize};

use super::homology::{array, intervals};
use super::homology_figures;
use crate::analysis::Samples;
use crate::experiment::delay::scalar::{EquationSettings, ScalarField};
use crate::experiment::impulse::history::HistorySettings;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Count, Mistakes, NonNegative, Positive, Tolerance, require, settings,
};
use crate::experiment::{Array, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::ImpulseNetwork;
use crate::probes::homology::{
    Diagram, FilteredGraph, Interval, delay_embedding, graph_diagrams, landmarks,
};
use crate::solver::{Engine, History, Options};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// Impulse neurons that settle on a cycle.
        pub network: NetworkSettings,
        /// Who hears whom.
        pub coupling: CouplingSettings,
        /// How they begin.
        pub history: HistorySettings,
        /// When the cycle is looked at.
        pub cycle: WindowSettings,
        /// A scalar equation.
        pub equation: EquationSettings,
        /// Its past.
        pub past: PastSettings,
        /// When it is looked at.
        pub chaos: WindowSettings,
        /// How points are made of a component.
        pub embedding: EmbeddingSettings,
    }

    /// Sections `[cycle]` and `[chaos]`.
    pub struct WindowSettings {
        /// Time that is left out.
        pub transient: NonNegative,
        /// Time that is looked at after that.
        pub duration: Positive,
        /// From one coordinate of a point to the next.
        pub lag: Positive,
    }

    /// Section `[past]`.
    pub struct PastSettings {
        /// `y(t)` for `t <= 0`.
        pub value: NonNegative,
    }

    /// Section `[embedding]`.
    pub struct EmbeddingSettings {
        /// Coordinates of a point.
        pub dimension: Count<2> = 3,
        /// Equidistant samples of each component.
        pub samples: Count<2> = 4000,
        /// Points of a complex, spread evenly over all: 300 see a loop of a length of 300 covers.
        pub landmarks: Count<3> = 300,
        /// Error of the trajectories, far below the distance of landmarks.
        pub tolerance: Tolerance = 1e-8,
    }
}

/// Two attractors.
pub struct AttractorTopology {
    settings: Settings,
    network: ImpulseNetwork,
    state: Vec<f64>,
    field: ScalarField,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The cycle, then the other.
    pub attractors: Vec<Attractor>,
}

/// One attractor through the delay embedding of one component, in units of that component's standard
/// deviation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attractor {
    /// What it belongs to.
    pub name: String,
    /// The lag of the embedding, a whole number of samples.
    pub lag: f64,
    /// Distance within which every point has a landmark: births and deaths are those of all points up to
    /// twice as much.
    pub cover: f64,
    /// Loops whose life is more than four covers: all points have them, not the landmarks alone.
    pub certain_loops: usize,
    /// The loop that lives longest.
    pub longest: Option<Interval>,
    /// Its life over that of the next; none without a next.
    pub ratio: Option<f64>,
    /// The landmarks.
    pub landmarks: Array,
    /// Births and deaths of the components.
    pub components: Array,
    /// Those of the loops.
    pub loops: Array,
}

impl AttractorTopology {
    fn options(&self) -> Options {
        Options::with_tolerance(*self.settings.embedding.tolerance)
    }

    /// Samples a component, and finds the loops of its embedding.
    fn attractor(
        &self,
        key: &str,
        name: String,
        engine: &mut dyn Engine,
        component: usize,
        window: &WindowSettings,
    ) -> Result<Attractor, RunError> {
        let embedding = &self.settings.embedding;
        let (start, samples) = (*window.transient, *embedding.samples);
        let end = start + *window.duration;
        let dimension = engine.state().len();
        let mut taken = Samples::equidistant(start, end, samples, dimension);
        while engine.time() < end {
            taken.watch(engine.advance(end)?);
        }
        let series = taken
            .values()
            .chunks(dimension)
            .map(|state| state[component]);
        let series = standardised(&series.collect::<Vec<f64>>());
        let step = *window.duration / (samples - 1) as f64;
        let lag = (*window.lag / step).round().max(1.0) as usize;
        let points = delay_embedding(&series, *embedding.dimension, lag);
        let points = points.map_err(RunError::numerical)?;
        let found = landmarks(&points, *embedding.landmarks).map_err(RunError::numerical)?;
        let (chosen, cover) = found;
        let graph = FilteredGraph::of_points(&chosen, None).map_err(RunError::numerical)?;
        let diagrams = graph_diagrams(&graph, 1).map_err(RunError::numerical)?;
        let certain = |class: &&Interval| class.persistence() > 4.0 * cover;
        let longest = diagrams[1].longest();
        let rows = chosen.transpose().as_slice().to_vec();
        Ok(Attractor {
            name,
            lag: lag as f64 * step,
            cover,
            certain_loops: diagrams[1].intervals.iter().filter(certain).count(),
            longest: longest.map(|(class, _)| class),
            ratio: longest
                .map(|(_, ratio)| ratio)
                .filter(|ratio| ratio.is_finite()),
            landmarks: Array::rows(format!("{key}-landmarks"), chosen.ncols(), rows).along(
                ["landmark", "coordinate of the state"],
                "in the units of the state",
            ),
            components: array(&format!("{key}-components"), &diagrams[0]),
            loops: array(&format!("{key}-loops"), &diagrams[1]),
        })
    }
}

/// With mean 0 and variance 1; what never varies stays as it is.
fn standardised(series: &[f64]) -> Vec<f64> {
    let count = series.len() as f64;
    let mean = series.iter().sum::<f64>() / count;
    let variance = series.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    series.iter().map(|x| (x - mean) / scale).collect()
}

impl Attractor {
    fn diagrams(&self) -> [Diagram; 2] {
        [&self.components, &self.loops]
            .map(intervals)
            .map(|intervals| Diagram {
                dimension: 0,
                intervals,
            })
    }
}

impl Study for AttractorTopology {
    const NAME: &'static str = "attractor-topology";
    const SUMMARY: &'static str = "the loops of a cycle of impulse neurons and of a chaotic attractor, by persistent homology";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let embedding = &settings.embedding;
        let bytes = NUMBER * *embedding.samples as f64 * *embedding.dimension as f64;
        mistakes.note(require_memory(&embedding.samples, "the points", bytes));
        let bytes = 4.0 * NUMBER * (*embedding.landmarks as f64).powi(2);
        mistakes.note(require_memory(&embedding.landmarks, "the edges", bytes));
        for window in [&settings.cycle, &settings.chaos] {
            let span = (*embedding.dimension - 1) as f64 * *window.lag;
            mistakes.note(require(
                &window.lag,
                span < *window.duration,
                format!(
                    "a point reaches over {span}, the whole window over {}",
                    *window.duration
                ),
                "too long",
                "choose a smaller `lag` or a longer `duration`",
            ));
        }
        let network = mistakes.note(settings.network.network(&settings.coupling, header.seed));
        let resolved = mistakes.note(settings.equation.resolve());
        let (Some(network), Some((equation, parameters))) = (network, resolved) else {
            return Err(mistakes);
        };
        mistakes.end()?;
        let state = settings.history.state(&network, header.seed)?;
        let bytes = NUMBER * *settings.embedding.samples as f64 * state.len() as f64;
        require_memory(&settings.embedding.samples, "the samples", bytes)?;
        Ok(Self {
            field: settings.equation.field(equation, &parameters)?,
            network,
            state,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let embedding = &self.settings.embedding;
        vec![
            ("cycle".into(), self.settings.network.describe(&[])),
            (
                "equation".into(),
                self.settings.equation.equation().formula.into(),
            ),
            ("parameters".into(), self.settings.equation.subtitle("")),
            ("coordinates".into(), embedding.dimension.to_string()),
            ("landmarks".into(), embedding.landmarks.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("attractors", 2);
        let settings = &self.settings;
        let neurons = self.network.neurons();
        let mut engine = self.network.engine(&self.state, self.options())?;
        // The neuron that begins highest is active.
        let highest = (0..neurons).max_by(|a, b| self.state[*a].total_cmp(&self.state[*b]));
        let name = format!("{neurons} impulse neurons");
        let cycle = (highest.unwrap_or(0), &settings.cycle);
        let cycle = self.attractor("cycle", name, engine.as_mut(), cycle.0, cycle.1)?;
        progress.advance(1);
        let history = History::constant(&[*settings.past.value]);
        let mut engine = self.field.engine(history, 0.0, self.options())?;
        let name = settings.equation.equation().name.to_owned();
        let chaos = self.attractor("chaos", name, engine.as_mut(), 0, &settings.chaos)?;
        progress.advance(1);
        Ok(Findings {
            attractors: vec![cycle, chaos],
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "attractor",
            "loops",
            "certain",
            "longest born",
            "dies",
            "over the next",
            "cover",
        ]);
        for found in &findings.attractors {
            table.push([
                found.name.clone().into(),
                found.loops.shape[0].into(),
                found.certain_loops.into(),
                found.longest.map(|class| class.birth).into(),
                found.longest.map(|class| class.death).into(),
                found.ratio.into(),
                found.cover.into(),
            ]);
        }
        vec![("attractors".into(), table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = format!(
            "{} landmarks of delay embeddings in {} dimensions",
            settings.embedding.landmarks, settings.embedding.dimension
        );
        let group = |found: &Attractor| {
            let [_, loops] = found.diagrams();
            (format!("loops of {}", found.name), loops.intervals)
        };
        let groups: Vec<_> = findings.attractors.iter().map(group).collect();
        let levels = "distance, in standard deviations";
        let mut figures = homology_figures::all(&groups, "loops-", &subtitle, levels);
        let points = |found: &Attractor| {
            let rows = found.landmarks.values.chunks(found.landmarks.shape[1]);
            let points = rows.map(|row| (row[0], row[1])).collect();
            Series::new(found.name.clone(), points, Look::Markers)
        };
        figures.push(Drawing::of(
            "landmarks",
            Lines {
                title: "The two attractors, each through one component".into(),
                subtitle,
                x: Axis::linear("x(t), in standard deviations"),
                y: Axis::linear("x(t + lag)"),
                series: findings.attractors.iter().map(points).collect(),
                square: true,
                ..Lines::default()
            },
        ));
        figures
    }
}
