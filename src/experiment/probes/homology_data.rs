//! Sections `[data]` and `[homology]`, and the complexes that they name.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::experiment::Diagnostic;
use crate::experiment::data::files::{matrix_at, refuse_file};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Placed, require, settings,
};
use crate::probes::homology::{
    Diagram, FilteredGraph, HomologyError, Levels, RelevanceOptions, Relevances, Triangles,
    graph_diagrams, relevance_diagrams, relevances,
};

settings! {
    /// Section `[data]`: one of the three.
    pub struct DataSettings {
        /// Points, one a row.
        pub points: Option<Numbers>,
        /// A symmetric matrix of distances; infinite where two points are never joined.
        pub distances: Option<Numbers>,
        /// Weights of layers, each outputs x inputs, the first layer first; or, for the clique
        /// complex, the one symmetric matrix of a weighted graph, whose diagonal is not looked at.
        pub weights: Option<Vec<Numbers>>,
    }

    /// Section `[homology]`.
    pub struct HomologySettings {
        /// What is made of the data.
        pub complex: Choice<Complex>,
        /// Largest distance, or least weight or relevance, of a simplex; without it distances go on until
        /// one point sees all others, and weights down to 0.
        pub threshold: Option<NonNegative>,
        /// Highest dimension: 0 components, 1 loops, 2 voids.
        pub dimension: Count<0> = 1,
        /// When the triangles of relevances enter.
        pub triangles: Choice<Triangles> = Triangles::default(),
        /// The levels of relevances.
        pub levels: Choice<Levels> = Levels::default(),
    }
}

/// Which complex is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Complex {
    /// All cliques of points within a distance.
    Rips,
    /// All cliques of a weighted graph, strongest edge first; of layers, that of the graph of relevances.
    Clique,
    /// Relevances of layers of weights.
    Relevance,
}

impl Complex {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rips => "Vietoris-Rips",
            Self::Clique => "clique",
            Self::Relevance => "relevance",
        }
    }
}

/// Data that a complex can be built of.
pub enum Source {
    /// A graph, whose cliques are the simplices.
    Graph(FilteredGraph),
    /// Relevances of layers.
    Layers(Vec<Relevances>),
}

impl Source {
    pub(super) fn vertices(&self) -> usize {
        match self {
            Self::Graph(graph) => graph.vertices(),
            Self::Layers(_) => self.layers().unwrap_or_default().iter().sum(),
        }
    }

    /// Units of every layer, that of the inputs first.
    pub(super) fn layers(&self) -> Option<Vec<usize>> {
        let Self::Layers(layers) = self else {
            return None;
        };
        let inputs = layers.first().map_or(0, Relevances::inputs);
        let units = layers.iter().map(Relevances::outputs);
        Some([inputs].into_iter().chain(units).collect())
    }

    pub(super) fn diagrams(
        &self,
        homology: &HomologySettings,
    ) -> Result<Vec<Diagram>, HomologyError> {
        match self {
            Self::Graph(graph) => graph_diagrams(graph, *homology.dimension),
            Self::Layers(layers) => {
                let triangles = match *homology.complex {
                    Complex::Clique => Triangles::Clique,
                    _ => *homology.triangles,
                };
                let options = RelevanceOptions {
                    triangles,
                    levels: *homology.levels,
                    threshold: homology.threshold.map_or(0.0, |threshold| *threshold),
                };
                let mut diagrams = relevance_diagrams(layers, options)?.to_vec();
                diagrams.truncate(*homology.dimension + 1);
                Ok(diagrams)
            }
        }
    }
}

impl HomologySettings {
    /// What the levels of relevances are.
    pub(super) fn level_words(&self) -> &'static str {
        match *self.levels {
            Levels::Exact => "-ln R of the relevances R",
            Levels::Decades => "thresholds of the relevances, counted from 1",
        }
    }
}

const SHAPES: &str = "give every layer as a matrix of outputs x inputs, the first layer first";

impl DataSettings {
    /// Reads the data, and builds what the complex is made of.
    ///
    /// # Errors
    /// At the file or the key that is wrong.
    pub(super) fn read(&self, homology: &HomologySettings) -> Result<Source, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &homology.dimension,
            *homology.dimension <= 2,
            format!("no classes of dimension {} are found", homology.dimension),
            "too high",
            "choose 0 for components, 1 for loops or 2 for voids",
        ));
        let given = [
            self.points.is_some(),
            self.distances.is_some(),
            self.weights.is_some(),
        ];
        let complex = *homology.complex;
        mistakes.note(require(
            &homology.complex,
            given.iter().filter(|given| **given).count() == 1,
            "one kind of data is needed",
            "of which data?",
            "give one of `points`, `distances` and `weights` in [data]",
        ));
        mistakes.note(require(
            &homology.complex,
            match complex {
                Complex::Rips => self.weights.is_none(),
                Complex::Clique => true,
                Complex::Relevance => self.weights.is_some(),
            },
            format!("a {} complex is not made of these data", complex.name()),
            "another complex",
            "choose \"rips\" for points and distances, \"clique\" or \"relevance\" for weights",
        ));
        mistakes.note(require(
            &homology.complex,
            self.weights.as_ref().is_none_or(|names| !names.is_empty()),
            "`weights` is empty",
            "of no layers?",
            "give `weights` at least one file, as in [\"w1.npy\"]",
        ));
        mistakes.end()?;
        let threshold = homology.threshold.map(|threshold| *threshold);
        if let Some(name) = &self.points {
            let points = matrix_at(name, true, "give one point a row")?;
            weigh(name, points.nrows())?;
            let graph = FilteredGraph::of_points(&points, threshold);
            return Ok(Source::Graph(graph.map_err(|error| refused(name, &error))?));
        }
        if let Some(name) = &self.distances {
            let distances = matrix_at(name, false, "give a square matrix of distances")?;
            weigh(name, distances.nrows())?;
            let graph = FilteredGraph::of_distances(&distances, threshold);
            return Ok(Source::Graph(graph.map_err(|error| refused(name, &error))?));
        }
        let names: &[Numbers] = self.weights.as_deref().unwrap_or_default();
        layers(names, complex, threshold)
    }
}

/// Four bytes for every pair of vertices, and an edge with its classes for most of them.
fn weigh(name: &Numbers, vertices: usize) -> Result<(), Diagnostic> {
    let bytes = 4.0 * NUMBER * (vertices as f64).powi(2);
    require_memory(name, "the edges", bytes)
}

fn refused(name: &Numbers, error: &HomologyError) -> Diagnostic {
    refuse_file(
        name,
        error,
        "see the place that is named, and save the array again",
    )
}

fn layers(names: &[Numbers], complex: Complex, threshold: Option<f64>) -> Result<Source, Mistakes> {
    let mut mistakes = Mistakes::default();
    let read = names
        .iter()
        .map(|name| mistakes.note(matrix_at(name, false, SHAPES)));
    let read: Vec<Option<DMatrix<f64>>> = read.collect();
    mistakes.end()?;
    let weights: Vec<DMatrix<f64>> = read.into_iter().flatten().collect();
    if let ([name], [graph], Complex::Clique) = (names, &weights[..], complex)
        && graph.is_square()
    {
        weigh(name, graph.nrows())?;
        let graph = FilteredGraph::of_weights(graph, threshold).map_err(|error| {
            let remedy = "a graph's matrix is symmetric; for the clique complex of a layer's relevances set \
                          `complex = \"relevance\"` and `triangles = \"clique\"`";
            refuse_file(name, &error, remedy)
        });
        return Ok(Source::Graph(graph?));
    }
    if let Err(error) = relevances(&weights) {
        let whole = |layer: &DMatrix<f64>| layer.iter().all(|weight| weight.is_finite());
        let place = weights.iter().position(|layer| !whole(layer));
        let name = &names[place.unwrap_or_default()];
        return Err(refuse_file(name, &error, "save weights that are finite numbers").into());
    }
    let weights = chained(names, weights)?;
    if let Some(above) = threshold.filter(|threshold| *threshold > 1.0) {
        let message = format!("no relevance reaches the threshold {above}");
        return Err(Diagnostic::new(message)
            .at(names[0].place().bytes())
            .label("relevances are between 0 and 1")
            .help("choose `threshold` from 0 to 1")
            .into());
    }
    for pair in weights.windows(2) {
        let ways = pair[0].ncols() as f64 * pair[0].nrows() as f64 * pair[1].nrows() as f64;
        require_memory(&names[0], "the triangles", 4.0 * NUMBER * ways)?;
    }
    Ok(Source::Layers(
        weights.iter().map(Relevances::dense).collect(),
    ))
}

/// Layers of outputs x inputs, as given; where only the transposes chain, those.
fn chained(names: &[Numbers], weights: Vec<DMatrix<f64>>) -> Result<Vec<DMatrix<f64>>, Diagnostic> {
    let break_of = |weights: &[DMatrix<f64>]| {
        weights
            .windows(2)
            .position(|pair| pair[0].nrows() != pair[1].ncols())
    };
    let Some(place) = break_of(&weights) else {
        return Ok(weights);
    };
    let transposed: Vec<DMatrix<f64>> = weights.iter().map(DMatrix::transpose).collect();
    if break_of(&transposed).is_none() {
        return Ok(transposed);
    }
    let (before, here) = (&weights[place], &weights[place + 1]);
    let problem = format!(
        "a layer of {} x {} weights does not follow one of {} x {}",
        here.nrows(),
        here.ncols(),
        before.nrows(),
        before.ncols()
    );
    Err(refuse_file(&names[place + 1], &problem, SHAPES))
}
