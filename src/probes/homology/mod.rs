//! Persistent homology of filtered complexes over Z/2: which components, loops and voids a network, its
//! weights or its attractor have, and over which range of levels each of them lives.
//!
//! - [`graph_diagrams`]: the clique complex of a [`FilteredGraph`]: Vietoris-Rips complexes of points or
//!   distances, weighted graphs. Never lists its triangles.
//! - [`relevance_diagrams`]: the complex of [`Relevances`] of a layered network.
//! - [`FilteredComplex`]: any other complex of vertices, edges and triangles.
//! - [`bottleneck_distance`], [`wasserstein_distance`]: of two [`Diagram`]s.
//! - [`delay_embedding`], [`landmarks`]: points of a trajectory.
//!
//! ```
//! use nalgebra::DMatrix;
//! use pulsatrix::probes::homology::{FilteredGraph, graph_diagrams};
//!
//! // Twelve points on a circle: one loop, from the side of the polygon to that of a triangle in it.
//! let angle = |i: usize| std::f64::consts::TAU * i as f64 / 12.0;
//! let points = DMatrix::from_fn(12, 2, |i, j| [angle(i).cos(), angle(i).sin()][j]);
//! let graph = FilteredGraph::of_points(&points, None)?;
//! let diagrams = graph_diagrams(&graph, 1)?;
//! let [circle] = diagrams[1].intervals[..] else { panic!("one loop") };
//! assert!((circle.birth - 2.0 * (angle(1) / 2.0).sin()).abs() < 1e-12);
//! assert!((circle.death - 3.0_f64.sqrt()).abs() < 1e-12);
//! # Ok::<(), pulsatrix::probes::homology::HomologyError>(())
//! ```

mod clique;
mod complex;
mod components;
mod diagram;
mod distance;
mod embedding;
mod error;
mod graph;
mod probe;
mod relevance;
mod voids;

pub use complex::FilteredComplex;
pub use diagram::{Diagram, Interval};
pub use distance::{bottleneck_distance, wasserstein_distance};
pub use embedding::{delay_embedding, landmarks};
pub use error::HomologyError;
pub use graph::{Edge, FilteredGraph, MOST_VERTICES};
pub use probe::RelevanceProbe;
pub use relevance::{
    Levels, RelevanceOptions, Relevances, Triangles, relevance_diagrams, relevances,
};

/// Diagrams of the clique complex of a graph, one for every dimension up to `dimension`, 0, 1 or 2.
///
/// Components and loops cost a look at every triangle while a class of loops is alive, and one word of
/// 64 classes each; voids in addition one look at every triangle and at the tetrahedra of those that
/// start a void of their own.
///
/// # Errors
/// [`HomologyError::OutOfRange`] for a dimension above 2, [`HomologyError::TooMany`] for voids of more
/// than 65,536 vertices.
pub fn graph_diagrams(
    graph: &FilteredGraph,
    dimension: usize,
) -> Result<Vec<Diagram>, HomologyError> {
    if dimension > 2 {
        return Err(HomologyError::OutOfRange {
            name: "dimension",
            value: dimension as f64,
            requirement: "components 0, loops 1 and voids 2 are found",
        });
    }
    let (loops, entered) = clique::loops(graph);
    let mut diagrams = Vec::new();
    if dimension == 2 {
        diagrams.push(voids::voids(graph, &loops, &entered)?);
    }
    if dimension >= 1 {
        diagrams.push(loops.loops);
    }
    diagrams.push(loops.components);
    diagrams.reverse();
    Ok(diagrams)
}
