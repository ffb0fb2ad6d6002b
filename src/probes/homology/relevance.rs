//! Relevances of a layered network of rectifiers, and the complex that they filter.
//!
//! S. Watanabe, H. Yamana, "Topological measurement of deep neural networks using persistent homology",
//! Annals of Mathematics and Artificial Intelligence 90, 75-92 (2022), arXiv:2106.03016; the construction
//! is that of the same authors' program for "Overfitting measurement of deep neural networks using no data"
//! (DSAA 2021), where edges over two layers take the largest product.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::graph::{finite, level};
use super::{Diagram, FilteredComplex, HomologyError};

/// How much of every unit is due to each unit of the layer before: `R_ij = w+_ij / sum_i w+_ij` for
/// weights from `i` to `j`, `w+ = max(w, 0)` (the `z+` rule of deep Taylor decomposition); biases are
/// ignored, and a unit without a positive weight owes nothing to anyone.
#[derive(Debug, Clone, PartialEq)]
pub struct Relevances {
    inputs: usize,
    /// For every unit, the units before that it owes something to, and how much; these sum to 1 for a
    /// fully connected unit.
    units: Vec<Vec<(u32, f64)>>,
}

impl Relevances {
    /// Those of a fully connected layer, from its weights, `outputs x inputs`.
    #[must_use]
    pub fn dense(weights: &DMatrix<f64>) -> Self {
        let of = |row: usize| {
            let weights = weights.row(row);
            let positive = weights.iter().map(|weight| weight.max(0.0));
            let sum: f64 = positive.clone().sum();
            let owed = positive.enumerate().filter(|(_, weight)| *weight > 0.0);
            owed.map(|(input, weight)| (input as u32, weight / sum))
                .collect()
        };
        Self {
            inputs: weights.ncols(),
            units: (0..weights.nrows()).map(of).collect(),
        }
    }

    /// Those of a layer whose units see a few of the units before, like a convolution: `weights` are the
    /// filters, `channels x fan-in`, and `patches` says for every pixel which unit before stands at each
    /// place of the filter (`None` beyond the border). Units are counted pixel after pixel within a channel.
    /// As in the source, a weight is divided by the sum over the whole filter at the border, too.
    #[must_use]
    pub fn filters(weights: &DMatrix<f64>, inputs: usize, patches: &[Vec<Option<u32>>]) -> Self {
        let filters = Self::dense(weights);
        let at = |filter: &Vec<(u32, f64)>, patch: &Vec<Option<u32>>| {
            let owed = filter.iter().filter_map(|(place, relevance)| {
                let unit = patch.get(*place as usize).copied().flatten();
                unit.map(|unit| (unit, *relevance))
            });
            owed.collect::<Vec<_>>()
        };
        let units = filters.units.iter();
        let units = units.flat_map(|filter| patches.iter().map(move |patch| at(filter, patch)));
        Self {
            inputs,
            units: units.collect(),
        }
    }

    /// Number of units before.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of units.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.units.len()
    }
}

/// When a triangle of three units, one a layer, enters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Triangles {
    /// At its own product `R_ij R_jk`: later than its edge over two layers, unless `j` is the best way
    /// from `i` to `k`. That of the source.
    #[default]
    OwnProduct,
    /// With the last of its edges: the clique complex of the graph of edges.
    Clique,
}

/// The levels of a diagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// `-ln R`, strongest first.
    #[default]
    Exact,
    /// The 64 thresholds 1, 0.9, ..., 0.1, 0.09, ..., 1e-7 of the source, counted from 1: a simplex enters
    /// at the first one that it reaches, and below the last one never.
    Decades,
}

/// What the complex of relevances is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RelevanceOptions {
    /// When triangles enter.
    pub triangles: Triangles,
    /// The levels of the diagrams.
    pub levels: Levels,
    /// Relevances and products below it do not enter.
    pub threshold: f64,
}

impl Levels {
    /// What simplices of a relevance are ordered by, ascending; infinite if they never enter.
    fn order(self, relevance: f64) -> f64 {
        match self {
            // The negative itself: a product is never above its factors, while the logarithm may round.
            Self::Exact => -relevance,
            Self::Decades => decade(relevance),
        }
    }

    fn name(self, diagram: Diagram) -> Diagram {
        let Self::Exact = self else {
            return diagram;
        };
        let name = |order: f64| match order {
            f64::INFINITY => order,
            order => level(-order),
        };
        let mut intervals = diagram.intervals;
        for class in &mut intervals {
            class.birth = name(class.birth);
            class.death = name(class.death);
        }
        Diagram::new(diagram.dimension, intervals)
    }
}

/// Place among the thresholds, from 1; infinite below the last.
fn decade(relevance: f64) -> f64 {
    let thresholds = (0..=7).flat_map(|decade| {
        let digits = if decade == 0 { 10..=10 } else { 1..=9 };
        digits.rev().map(move |digit| {
            // 1 = 10/10, then nine digits of every decade: exact powers, so the decimals are the nearest.
            f64::from(digit) / 10_f64.powi(decade.max(1))
        })
    });
    let place = { thresholds }.position(|threshold| relevance >= threshold);
    place.map_or(f64::INFINITY, |place| (place + 1) as f64)
}

/// Components, loops and voids of the complex of relevances of a layered network.
///
/// Vertices are the units of all layers and enter first; an edge of neighbouring layers enters at `R_ij`,
/// one over two layers at the largest product `R_ij R_jk`, and triangles as [`Triangles`] says. For more
/// than two layers of weights every three neighbouring layers of units have their triangles (ours).
/// Voids never die, as nothing of dimension 3 is there.
///
/// With [`Triangles::OwnProduct`], without a threshold and with levels that all differ (so that no unit has a
/// single positive weight, of relevance 1), an edge over two layers is filled at once by its best way, and no triangle comes with an edge of neighbouring layers: the loops are
/// those of the graph of positive weights, and their number `E - V + C` counts these (ours). What is learnt beyond
/// the signs of weights shows in the lives of loops, not in their number.
///
/// Cost: one triangle for each way over two layers. 512-512-10 units with half of the weights positive
/// have 655,000.
///
/// # Errors
/// [`HomologyError`] for no layers, layers that do not chain, more than 2^32 triangles, or a threshold
/// that is not in [0, 1].
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::probes::homology::{RelevanceOptions, Relevances, relevance_diagrams};
///
/// // All weights positive: a join of discrete sets of 3, 4 and 5 points.
/// let layers = [DMatrix::from_element(4, 3, 1.0), DMatrix::from_element(5, 4, 1.0)];
/// let layers: Vec<_> = layers.iter().map(Relevances::dense).collect();
/// let diagrams = relevance_diagrams(&layers, RelevanceOptions::default())?;
/// assert_eq!(diagrams.map(|diagram| diagram.betti()), [1, 0, 2 * 3 * 4]);
/// # Ok::<(), pulsatrix::probes::homology::HomologyError>(())
/// ```
pub fn relevance_diagrams(
    layers: &[Relevances],
    options: RelevanceOptions,
) -> Result<[Diagram; 3], HomologyError> {
    let complex = relevance_complex(layers, options)?;
    Ok(complex
        .diagrams()
        .map(|diagram| options.levels.name(diagram)))
}

fn relevance_complex(
    layers: &[Relevances],
    options: RelevanceOptions,
) -> Result<FilteredComplex, HomologyError> {
    let Some(first) = layers.first() else {
        return Err(HomologyError::TooFew {
            what: "layers of weights",
            found: 0,
            least: 1,
        });
    };
    if !(0.0..=1.0).contains(&options.threshold) {
        return Err(HomologyError::OutOfRange {
            name: "threshold",
            value: options.threshold,
            requirement: "a relevance is between 0 and 1",
        });
    }
    // Where the units of every layer begin.
    let mut starts = vec![0, first.inputs as u32];
    for (place, layer) in layers.iter().enumerate() {
        let before = starts[place + 1] - starts[place];
        if layer.inputs != before as usize {
            return Err(HomologyError::Unchained {
                layer: place + 1,
                rows: layer.outputs(),
                columns: layer.inputs,
                before: before as usize,
            });
        }
        starts.push(starts[place + 1] + layer.outputs() as u32);
    }
    let enters = |relevance: f64| {
        let order = options.levels.order(relevance);
        (relevance >= options.threshold && order < f64::INFINITY).then_some(order)
    };
    let mut edges = Vec::new();
    // For every layer and unit: places of the edges that enter it, with their relevances.
    let mut into: Vec<Vec<Vec<(u32, f64, u32)>>> = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        let mut add = |unit: usize, owed: &[(u32, f64)]| {
            let edge = |(input, relevance): &(u32, f64)| {
                let order = enters(*relevance)?;
                let ends = [starts[place] + input, starts[place + 1] + unit as u32];
                edges.push((order, ends));
                Some((*input, *relevance, edges.len() as u32 - 1))
            };
            owed.iter().filter_map(edge).collect()
        };
        let units = layer.units.iter().enumerate();
        into.push(units.map(|(unit, owed)| add(unit, owed)).collect());
    }
    let mut triangles = Vec::new();
    for (place, pair) in into.windows(2).enumerate() {
        for (unit, direct) in pair[1].iter().enumerate() {
            // The best way from every unit two layers before, and its edge.
            let mut best = vec![0.0_f64; layers[place].inputs];
            for (middle, relevance, _) in direct {
                for (input, first, _) in &pair[0][*middle as usize] {
                    let best = &mut best[*input as usize];
                    *best = best.max(first * relevance);
                }
            }
            let mut over = vec![None; best.len()];
            for (input, best) in best.iter().enumerate() {
                if *best > 0.0
                    && let Some(order) = enters(*best)
                {
                    let ends = [
                        starts[place] + input as u32,
                        starts[place + 2] + unit as u32,
                    ];
                    over[input] = Some(edges.len() as u32);
                    edges.push((order, ends));
                }
            }
            for (middle, relevance, second) in direct {
                for (input, first_relevance, first) in &pair[0][*middle as usize] {
                    let product = match options.triangles {
                        Triangles::OwnProduct => first_relevance * relevance,
                        Triangles::Clique => best[*input as usize],
                    };
                    if let (Some(over), Some(order)) = (over[*input as usize], enters(product)) {
                        // With own relevances below 1 the edge over two layers may still be the stronger.
                        let last = order
                            .max(edges[*first as usize].0)
                            .max(edges[*second as usize].0);
                        triangles.push((last, [*first, *second, over]));
                    }
                }
            }
        }
    }
    let vertices = starts[layers.len() + 1] as usize;
    if triangles.len() >= u32::MAX as usize {
        return Err(HomologyError::TooMany {
            found: vertices,
            most: vertices - 1,
        });
    }
    let entry = options.levels.order(1.0);
    Ok(FilteredComplex::ordered(
        vec![entry; vertices],
        &edges,
        triangles,
    ))
}

/// Checks weights that chain into layers, each `outputs x inputs`, and reads their relevances.
///
/// # Errors
/// [`HomologyError`] for weights that are no numbers or widths that do not meet.
pub fn relevances(weights: &[DMatrix<f64>]) -> Result<Vec<Relevances>, HomologyError> {
    for (place, layer) in weights.iter().enumerate() {
        finite(&format!("layer {}", place + 1), layer)?;
    }
    Ok(weights.iter().map(Relevances::dense).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_those_of_the_source() {
        let places = [1.0, 0.95, 0.9, 0.1, 0.0999, 0.09, 0.3, 1e-7, 0.99e-7];
        let found = places.map(decade);
        let expected = [1.0, 2.0, 2.0, 10.0, 11.0, 11.0, 8.0, 64.0, f64::INFINITY];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_unit_without_positive_weights_owes_nothing() {
        let relevances = Relevances::dense(&nalgebra::dmatrix![1.0, -2.0, 3.0; -1.0, -1.0, 0.0]);
        assert_eq!(relevances.units, [vec![(0, 0.25), (2, 0.75)], vec![]]);
    }
}
