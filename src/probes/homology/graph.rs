//! Graphs whose edges enter one after the other; their clique complexes are Vietoris-Rips complexes.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::HomologyError;

/// Most vertices: the table of edges takes four bytes a pair, 1.6 GB at this size (chosen).
pub const MOST_VERTICES: usize = 20_000;

/// An edge and the level at which it enters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// Level at which it enters.
    pub level: f64,
    /// Its smaller vertex.
    pub a: u32,
    /// Its larger vertex.
    pub b: u32,
}

/// A graph whose vertices enter together, and whose edges enter in order of their levels.
#[derive(Debug, Clone, PartialEq)]
pub struct FilteredGraph {
    pub(super) vertices: usize,
    pub(super) entry: f64,
    pub(super) edges: Vec<Edge>,
}

impl FilteredGraph {
    /// A graph from its edges `(level, a, b)`; all vertices enter at the level `entry`.
    ///
    /// # Errors
    /// [`HomologyError`] for no or too many vertices, an edge that enters before its vertices or is
    /// none, or levels that are no numbers.
    pub fn new(
        vertices: usize,
        entry: f64,
        edges: impl IntoIterator<Item = (f64, usize, usize)>,
    ) -> Result<Self, HomologyError> {
        check_vertices(vertices)?;
        let mut list = Vec::new();
        for (place, (level, a, b)) in edges.into_iter().enumerate() {
            let refuse = |problem| HomologyError::NoSimplex {
                dimension: 1,
                simplex: place,
                problem,
            };
            if a == b || a.max(b) >= vertices {
                return Err(refuse("it does not join two vertices of the graph"));
            }
            if level.is_nan() || level < entry {
                return Err(refuse("it enters before its vertices"));
            }
            list.push(Edge {
                level,
                a: a.min(b) as u32,
                b: a.max(b) as u32,
            });
        }
        let mut pairs: Vec<(u32, u32)> = list.iter().map(|edge| (edge.a, edge.b)).collect();
        pairs.par_sort_unstable();
        if pairs.windows(2).any(|two| two[0] == two[1]) {
            return Err(HomologyError::NoSimplex {
                dimension: 1,
                simplex: list.len() - 1,
                problem: "an edge stands twice in the list",
            });
        }
        Ok(Self::ordered(vertices, entry, list))
    }

    /// Puts edges that are known to be sound in the order in which they enter.
    fn ordered(vertices: usize, entry: f64, mut edges: Vec<Edge>) -> Self {
        edges.par_sort_unstable_by(|x, y| {
            let levels = x.level.total_cmp(&y.level);
            levels.then_with(|| (x.a, x.b).cmp(&(y.a, y.b)))
        });
        Self {
            vertices,
            entry,
            edges,
        }
    }

    /// The graph of points (one a row) whose edges enter at their Euclidean length, up to `threshold`.
    ///
    /// Without a threshold it ends at the *enclosing radius*, the smallest distance within which one
    /// point sees all others: from there on the clique complex is a cone, and nothing is born or lives.
    ///
    /// # Errors
    /// [`HomologyError`] for no or too many points, or numbers that are none.
    pub fn of_points(points: &DMatrix<f64>, threshold: Option<f64>) -> Result<Self, HomologyError> {
        finite("the list of points", points)?;
        let unit = unit(points);
        let rows: Vec<Vec<f64>> = points
            .row_iter()
            .map(|row| row.iter().map(|x| x / unit).collect())
            .collect();
        let rows = &rows;
        let distance = move |i: usize, j: usize| {
            let squares = rows[i].iter().zip(&rows[j]).map(|(x, y)| (x - y).powi(2));
            unit * squares.sum::<f64>().sqrt()
        };
        Self::of_metric(points.nrows(), threshold, distance)
    }

    /// The graph of a symmetric matrix of distances, up to `threshold`; pairs at an infinite distance
    /// are never joined. Without a threshold it ends at the enclosing radius.
    ///
    /// # Errors
    /// [`HomologyError`] for a matrix that is not square or symmetric, has a negative distance, one that
    /// is not a number, or a diagonal other than 0.
    pub fn of_distances(
        distances: &DMatrix<f64>,
        threshold: Option<f64>,
    ) -> Result<Self, HomologyError> {
        symmetric("the matrix of distances", distances)?;
        for (row, column) in pairs(distances.nrows(), 0) {
            let value = distances[(row, column)];
            if value.is_nan() || value < 0.0 || (row == column && value != 0.0) {
                return Err(HomologyError::NoDistance { row, column, value });
            }
        }
        let distance = |i: usize, j: usize| distances[(i, j)];
        Self::of_metric(distances.nrows(), threshold, distance)
    }

    fn of_metric(
        vertices: usize,
        threshold: Option<f64>,
        distance: impl Fn(usize, usize) -> f64 + Copy + Sync,
    ) -> Result<Self, HomologyError> {
        if let Some(value) = threshold.filter(|threshold| threshold.is_nan() || *threshold < 0.0) {
            return Err(HomologyError::OutOfRange {
                name: "threshold",
                value,
                requirement: "a distance is not negative",
            });
        }
        check_vertices(vertices)?;
        let farthest = |i: usize| {
            let others = (0..vertices).filter(|j| i != *j);
            others.map(|j| distance(i, j)).fold(0.0, f64::max)
        };
        let radii = (0..vertices).into_par_iter().map(farthest);
        let radius = radii.reduce(|| f64::INFINITY, f64::min);
        let last = threshold.map_or(radius, |threshold| threshold.min(radius));
        let from = |a: usize| {
            let near = move |b: usize| {
                let level = distance(a, b);
                let (a, b) = (a as u32, b as u32);
                (level <= last && level.is_finite()).then_some(Edge { level, a, b })
            };
            (a + 1..vertices).filter_map(near).collect::<Vec<_>>()
        };
        let edges = (0..vertices).into_par_iter().flat_map_iter(from).collect();
        Ok(Self::ordered(vertices, 0.0, edges))
    }

    /// The graph of a symmetric matrix of weights, strongest edge first: an edge of weight `w` enters at
    /// the level `-ln |w|`, edges of weight 0 or below `threshold` never do, and vertices enter at the
    /// level 0, or with the strongest edge if that is stronger than 1. The diagonal is not looked at.
    ///
    /// # Errors
    /// [`HomologyError`] for a matrix that is not square or symmetric, or holds numbers that are none.
    pub fn of_weights(
        weights: &DMatrix<f64>,
        threshold: Option<f64>,
    ) -> Result<Self, HomologyError> {
        symmetric("the matrix of weights", weights)?;
        finite("the matrix of weights", weights)?;
        let least = threshold.unwrap_or(0.0);
        let edges = pairs(weights.nrows(), 1).map(|(i, j)| (weights[(i, j)].abs(), i, j));
        let strong = edges.filter(|(weight, ..)| *weight > 0.0 && *weight >= least);
        let edges: Vec<_> = strong.map(|(weight, i, j)| (level(weight), i, j)).collect();
        let entry = edges.iter().map(|(level, ..)| *level).fold(0.0, f64::min);
        Self::new(weights.nrows(), entry, edges)
    }

    /// Number of vertices.
    #[must_use]
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// The edges in the order in which they enter.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }
}

/// Level of a weight or a relevance, strongest first; 0 for 1, without the sign of `-0`.
pub(super) fn level(weight: f64) -> f64 {
    0.0 - weight.ln()
}

fn check_vertices(vertices: usize) -> Result<(), HomologyError> {
    match vertices {
        0 => Err(HomologyError::TooFew {
            what: "vertices",
            found: 0,
            least: 1,
        }),
        1..=MOST_VERTICES => Ok(()),
        found => Err(HomologyError::TooMany {
            found,
            most: MOST_VERTICES,
        }),
    }
}

/// Pairs `i <= j` of different (`gap` 1) or all (`gap` 0) vertices.
fn pairs(vertices: usize, gap: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..vertices).flat_map(move |i| (i + gap..vertices).map(move |j| (i, j)))
}

/// The power of two below the largest coordinate: in its units no square overflows, and no other bit changes.
pub(super) fn unit(points: &DMatrix<f64>) -> f64 {
    let largest = points.amax();
    if largest >= f64::MIN_POSITIVE {
        largest.log2().floor().exp2()
    } else {
        1.0
    }
}

pub(super) fn finite(name: &str, matrix: &DMatrix<f64>) -> Result<(), HomologyError> {
    match matrix.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(place) => Err(HomologyError::NotFinite {
            name: name.to_owned(),
            row: place % matrix.nrows(),
            column: place / matrix.nrows(),
            value: matrix[place],
        }),
    }
}

fn symmetric(name: &'static str, matrix: &DMatrix<f64>) -> Result<(), HomologyError> {
    let (rows, columns) = matrix.shape();
    if rows != columns {
        return Err(HomologyError::NotSquare {
            name,
            rows,
            columns,
        });
    }
    let differ = |(i, j): &(usize, usize)| {
        let (value, other) = (matrix[(*i, *j)], matrix[(*j, *i)]);
        value != other && !(value.is_nan() && other.is_nan())
    };
    match pairs(rows, 1).find(differ) {
        None => Ok(()),
        Some((row, column)) => Err(HomologyError::NotSymmetric {
            name,
            row,
            column,
            value: matrix[(row, column)],
            other: matrix[(column, row)],
        }),
    }
}
