//! What the kind `ntk-width` finds, and its words for it.

use serde::{Deserialize, Serialize};

use super::ntk_width::law_name;
use super::power_series::power;
use crate::analysis::{PowerLaw, Spread};
use crate::experiment::{Array, Block, Table};
use crate::networks::deep::Initialisation;
use crate::numerics::worst::worst;

/// Distances below this are rounding: the kernel is the limit.
const ROUNDING: f64 = 1e-11;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// What the model shows, for the pictures.
    pub shows: String,
    /// The inputs in words.
    pub inputs: String,
    /// The inputs themselves, one row an example: what every kernel is of.
    pub points_used: Array,
    /// Inputs of the tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests_used: Option<Array>,
    /// Every depth, width and law, in this order.
    pub points: Vec<Point>,
    /// How the distance falls with the width, for every depth and law.
    pub slopes: Vec<Slope>,
    /// Limits and kernels of the widest networks at the last depth.
    pub kernels: Vec<ShownKernel>,
}

/// All networks of one width, depth and law.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// Hidden layers.
    pub depth: usize,
    /// Units or channels of each.
    pub width: usize,
    /// Law of the weights.
    pub law: Initialisation,
    /// Relative distance of every network's kernel from the limit.
    pub distances: Vec<f64>,
    /// Distance of their mean kernel.
    pub mean_kernel_distance: f64,
    /// Standard deviation of `Theta(x, x)` over its mean.
    pub variation: f64,
}

/// A law at one depth, and how its distance falls with the width.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Slope {
    /// Hidden layers.
    pub depth: usize,
    /// Law of the weights.
    pub law: Initialisation,
    /// `distance ~ width^exponent`.
    pub power: PowerLaw,
}

/// One kernel in full.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShownKernel {
    /// In words.
    pub title: String,
    /// Examples x examples.
    pub kernel: Array,
    /// Tests x examples, where there are tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross: Option<Array>,
    /// Its eigenvalues, ascending.
    pub spectrum: Vec<f64>,
}

/// How distances fall with the width at every depth, where they are not rounding.
pub(super) fn slopes(points: &[Point]) -> Vec<Slope> {
    groups(points)
        .into_iter()
        .filter_map(|(depth, law)| {
            let here = points.iter();
            let here = here.filter(|point| point.depth == depth && point.law == law);
            let widths: Vec<f64> = here.clone().map(|point| point.width as f64).collect();
            let distances: Vec<Vec<f64>> = here.map(|point| point.distances.clone()).collect();
            let exact = distances.iter().flatten().any(|d| *d < ROUNDING);
            let power = power(&widths, &distances).filter(|_| !exact)?;
            Some(Slope { depth, law, power })
        })
        .collect()
}

/// Every law at every depth, in the order of the points.
pub(super) fn groups(points: &[Point]) -> Vec<(usize, Initialisation)> {
    let mut groups = Vec::new();
    for point in points {
        if !groups.contains(&(point.depth, point.law)) {
            groups.push((point.depth, point.law));
        }
    }
    groups
}

impl Findings {
    /// All points.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new([
            "depth",
            "width",
            "law",
            "distance",
            "error",
            "mean_kernel",
            "variation",
        ]);
        for point in &self.points {
            let distance = Spread::of(&point.distances);
            table.push([
                point.depth.into(),
                point.width.into(),
                law_name(point.law).into(),
                distance.mean.into(),
                distance.error.into(),
                point.mean_kernel_distance.into(),
                point.variation.into(),
            ]);
        }
        table
    }

    /// The table, the powers, and what is exact.
    pub(super) fn summary(&self) -> Vec<Block> {
        let mut summary = vec![Block::Table(self.table())];
        for Slope { depth, law, power } in &self.slopes {
            summary.push(Block::Line(format!(
                "{} weights, {depth} hidden layers: distance from the limit ~ width^({:.3} ± {:.3})",
                law_name(*law),
                power.exponent,
                power.error
            )));
        }
        let rounding = |point: &&Point| point.distances.iter().all(|d| *d < ROUNDING);
        for point in self.points.iter().filter(rounding) {
            summary.push(Block::Line(format!(
                "{} weights, {} hidden layers of width {}: the limit itself, to {:.0e}",
                law_name(point.law),
                point.depth,
                point.width,
                worst(point.distances.iter().copied())
            )));
        }
        summary
    }
}
