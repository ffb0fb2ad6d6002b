//! Kind `attractor-topology`: the loops of a periodic and of a chaotic attractor, seen through one
//! component each.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

pub use super::attractor_source::{DataSettings, PastSettings, WindowSettings};
use super::attractor_source::{Models, Source, standardised};
use super::homology::{array, intervals};
use super::homology_figures;
use crate::experiment::delay::scalar::EquationSettings;
use crate::experiment::impulse::history::HistorySettings;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Count, Mistakes, Tolerance, settings};
use crate::experiment::{Array, DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::probes::homology::{
    Diagram, FilteredGraph, Interval, delay_embedding, graph_diagrams, landmarks,
};
use crate::solver::{Engine, History, Options};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// One's own points or series, in place of both attractors.
        pub data: DataSettings,
        /// Impulse neurons that settle on a cycle.
        pub network: Option<NetworkSettings>,
        /// Who hears whom.
        pub coupling: Option<CouplingSettings>,
        /// How they begin.
        pub history: Option<HistorySettings>,
        /// When the cycle is looked at.
        pub cycle: Option<WindowSettings>,
        /// A scalar equation.
        pub equation: Option<EquationSettings>,
        /// Its past.
        pub past: Option<PastSettings>,
        /// When it is looked at.
        pub chaos: Option<WindowSettings>,
        /// How points are made of a component.
        pub embedding: EmbeddingSettings,
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

/// Two attractors, or one's own points.
pub struct AttractorTopology {
    settings: Settings,
    source: Source,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The cycle, then the other; or one's own points.
    pub attractors: Vec<Attractor>,
}

/// One attractor through the delay embedding of one component, in units of that component's standard
/// deviation; one's own points in their own unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attractor {
    /// What it belongs to.
    pub name: String,
    /// The lag of the embedding, a whole number of samples; in readings of one's own series, and 0 for points that are none.
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
    /// The loops of points, or of the embedding of a series; `lag` is that of the embedding in time, or in readings.
    fn attractor(
        &self,
        key: &str,
        name: String,
        points: &DMatrix<f64>,
        lag: f64,
    ) -> Result<Attractor, RunError> {
        let embedding = &self.settings.embedding;
        let found = landmarks(points, *embedding.landmarks).map_err(RunError::numerical)?;
        let (chosen, cover) = found;
        let graph = FilteredGraph::of_points(&chosen, None).map_err(RunError::numerical)?;
        let diagrams = graph_diagrams(&graph, 1).map_err(RunError::numerical)?;
        let certain = |class: &&Interval| class.persistence() > 4.0 * cover;
        let longest = diagrams[1].longest();
        let rows = chosen.transpose().as_slice().to_vec();
        Ok(Attractor {
            name,
            lag,
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

    /// The same of a component that is sampled along its trajectory.
    fn sampled(
        &self,
        key: &str,
        name: String,
        engine: &mut dyn Engine,
        component: usize,
        window: &WindowSettings,
    ) -> Result<Attractor, RunError> {
        let embedding = &self.settings.embedding;
        let (samples, dimension) = (*embedding.samples, *embedding.dimension);
        let (series, step) = window.sample(engine, component, samples)?;
        let lag = (*window.lag / step).round().max(1.0) as usize;
        let points = delay_embedding(&standardised(&series), dimension, lag);
        let points = points.map_err(RunError::numerical)?;
        self.attractor(key, name, &points, lag as f64 * step)
    }

    /// The cycle, and the other.
    fn both(&self, models: &Models, progress: &dyn Progress) -> Result<Vec<Attractor>, RunError> {
        progress.begin("attractors", 2);
        let options = Options::with_tolerance(*self.settings.embedding.tolerance);
        let neurons = models.network.neurons();
        let mut engine = models.network.engine(&models.state, options)?;
        let name = format!("{neurons} impulse neurons");
        let component = models.highest();
        let cycle = self.sampled("cycle", name, engine.as_mut(), component, &models.cycle)?;
        progress.advance(1);
        let history = History::constant(&[models.past]);
        let mut engine = models.field.engine(history, 0.0, options)?;
        let name = models.equation.clone();
        let chaos = self.sampled("chaos", name, engine.as_mut(), 0, &models.chaos)?;
        progress.advance(1);
        Ok(vec![cycle, chaos])
    }
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
    const SUMMARY: &'static str = "the loops of a cycle of impulse neurons and of a chaotic attractor, or of one's own points, by persistent homology";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let embedding = &settings.embedding;
        let bytes = NUMBER * *embedding.samples as f64 * *embedding.dimension as f64;
        mistakes.note(require_memory(&embedding.samples, "the points", bytes));
        let bytes = 4.0 * NUMBER * (*embedding.landmarks as f64).powi(2);
        mistakes.note(require_memory(&embedding.landmarks, "the edges", bytes));
        mistakes.end()?;
        let source = Source::read(&mut settings, header.seed)?;
        Ok(Self { settings, source })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let embedding = &self.settings.embedding;
        let mut plan = match &self.source {
            Source::Models(models) => models.plan.clone(),
            Source::Own(own) => vec![
                ("inputs".into(), own.said.inputs.clone()),
                ("points".into(), own.points.nrows().to_string()),
            ],
        };
        let dimension = match &self.source {
            Source::Models(_) => *embedding.dimension,
            Source::Own(own) => own.points.ncols(),
        };
        plan.push(("coordinates".into(), dimension.to_string()));
        plan.push(("landmarks".into(), embedding.landmarks.to_string()));
        plan
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        match &self.source {
            Source::Models(_) => None,
            Source::Own(own) => Some(own.said.clone()),
        }
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let attractors = match &self.source {
            Source::Models(models) => self.both(models, progress)?,
            Source::Own(own) => {
                progress.begin("attractors", 1);
                let name = own.said.inputs.clone();
                let found = self.attractor("own", name, &own.points, own.lag)?;
                progress.advance(1);
                vec![found]
            }
        };
        Ok(Findings { attractors })
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
        let (embedding, data) = (&settings.embedding, &settings.data);
        let own = data.own.inputs.is_some();
        // one's own points are no embedding, and have a unit of their own
        let points_as_they_are = own && data.lag.is_none();
        let subtitle = if points_as_they_are {
            format!("{} landmarks", embedding.landmarks)
        } else {
            let (landmarks, dimension) = (embedding.landmarks, embedding.dimension);
            format!("{landmarks} landmarks of delay embeddings in {dimension} dimensions")
        };
        let group = |found: &Attractor| {
            let [_, loops] = found.diagrams();
            (format!("loops of {}", found.name), loops.intervals)
        };
        let groups: Vec<_> = findings.attractors.iter().map(group).collect();
        let levels = if points_as_they_are {
            "distance, in the unit of the inputs"
        } else {
            "distance, in standard deviations"
        };
        let mut figures = homology_figures::all(&groups, "loops-", &subtitle, levels);
        let points = |found: &Attractor| {
            let rows = found.landmarks.values.chunks(found.landmarks.shape[1]);
            let points = rows.map(|row| (row[0], row[1])).collect();
            Series::new(found.name.clone(), points, Look::Markers)
        };
        figures.push(Drawing::of(
            "landmarks",
            Lines {
                title: match own {
                    true => "The landmarks of one's own points".into(),
                    false => "The two attractors, each through one component".into(),
                },
                subtitle,
                x: Axis::linear(match points_as_they_are {
                    true => "first number of a point",
                    false => "x(t), in standard deviations",
                }),
                y: Axis::linear(match points_as_they_are {
                    true => "second number",
                    false => "x(t + lag)",
                }),
                series: findings.attractors.iter().map(points).collect(),
                square: true,
                ..Lines::default()
            },
        ));
        figures
    }
}
