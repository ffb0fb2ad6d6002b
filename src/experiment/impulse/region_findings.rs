//! What a region map finds.

use serde::{Deserialize, Serialize};

use super::region::RegionSettings;
use crate::analysis::proof::Varied;
use crate::analysis::{SizeCount, size_margin};
use crate::experiment::Array;
use crate::networks::{ImpulseFamily, ImpulseParameter};
use crate::numerics::contour::zero_contours;

/// Stretches of both axes between which the closed-form boundary is traced: finer than a pixel.
const FINE: usize = 200;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// The parameter along the picture.
    pub horizontal: ImpulseParameter,
    /// The parameter up the picture.
    pub vertical: ImpulseParameter,
    /// Cells of the map.
    pub cells: usize,
    /// Whether every count of the map is exact: each pattern certified, or one that stands for all by
    /// symmetry. Otherwise the counts are estimated from samples.
    pub exact: bool,
    /// Every size of pattern over the whole map, from 1.
    pub by_size: Vec<SizeSummary>,
    /// Memories of every cell, rows from the lowest value of the vertical parameter.
    pub memories: Array,
    /// Patterns certified in every cell, by size: rows x columns x sizes.
    pub certified: Array,
    /// Those of them that are stable.
    pub stable: Array,
    /// What the closed form expects of each size: 1 stable, 0 lost, NaN where there is none.
    pub formula: Array,
    /// Where the closed forms change sign, curve by curve; empty where there is none.
    pub boundaries: Vec<Boundary>,
}

/// One size of pattern over the whole map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SizeSummary {
    /// Active neurons.
    pub k: usize,
    /// Cells in which all certified patterns of the size are stable.
    pub cells_all_stable: usize,
    /// Cells in which the trajectory of one could not be closed to any cycle: nothing is known of it, and it is not counted as stable.
    pub cells_open: usize,
    /// Cells in which the closed form expects that; `None` where there is none.
    pub cells_of_the_formula: Option<usize>,
    /// Cells in which the two differ.
    pub cells_that_differ: Option<usize>,
}

/// A stretch of a boundary in closed form.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Boundary {
    /// Size of the patterns that are lost there.
    pub k: usize,
    /// Points along it.
    pub points: Vec<(f64, f64)>,
}

/// The closed-form boundary of every size over two parameters: where its margin changes sign.
pub(super) fn boundaries(
    family: &ImpulseFamily,
    [horizontal, vertical]: [Varied; 2],
) -> Vec<Boundary> {
    let (across, up) = (horizontal.divided(FINE), vertical.divided(FINE));
    let of_size = |k: usize| {
        let margin = |x: f64, y: f64| {
            let changes = [(horizontal.parameter, x), (vertical.parameter, y)];
            let network = family.network(&changes).ok();
            network
                .and_then(|network| size_margin(&network, k))
                .unwrap_or(f64::NAN)
        };
        let curves = zero_contours(margin, &across, &up);
        curves.into_iter().map(move |points| Boundary { k, points })
    };
    (1..=family.neurons()).flat_map(of_size).collect()
}

/// Counts of all cells by size, and over the whole map.
pub(super) fn gather(
    settings: &RegionSettings,
    neurons: usize,
    cells: &[Vec<SizeCount>],
) -> Findings {
    let by_cell = |name: &str, value: &dyn Fn(&SizeCount) -> f64| Array {
        shape: vec![
            *settings.vertical.points,
            *settings.horizontal.points,
            neurons,
        ],
        ..Array::list(name, cells.iter().flatten().map(value).collect()).along(
            [
                "vertical parameter",
                "horizontal parameter",
                "size k of the pattern, from 1",
            ],
            "number of patterns of this size, or 1 and 0 for yes and no",
        )
    };
    let of_size = |k: usize| {
        let sizes = || cells.iter().map(move |cell| cell[k - 1]);
        let all_stable = |size: &SizeCount| size.stable == size.certified;
        let known = sizes().any(|size| size.formula.is_some());
        SizeSummary {
            k,
            cells_all_stable: sizes().filter(all_stable).count(),
            cells_open: sizes().filter(|size| size.open > 0).count(),
            cells_of_the_formula: known
                .then(|| sizes().filter(|size| size.formula == Some(true)).count()),
            cells_that_differ: known.then(|| {
                let differ = |s: &SizeCount| s.formula.is_some_and(|holds| holds != all_stable(s));
                sizes().filter(differ).count()
            }),
        }
    };
    let memories = |cell: &Vec<SizeCount>| cell.iter().map(|size| size.memories(neurons)).sum();
    let columns = *settings.horizontal.points;
    Findings {
        neurons,
        horizontal: *settings.horizontal.parameter,
        vertical: *settings.vertical.parameter,
        cells: cells.len(),
        exact: cells.iter().flatten().all(|size| size.exact),
        by_size: (1..=neurons).map(of_size).collect(),
        memories: Array::rows("memories", columns, cells.iter().map(memories).collect()).along(
            ["vertical parameter", "horizontal parameter"],
            "number of memories",
        ),
        certified: by_cell("certified", &|size| size.certified as f64),
        stable: by_cell("stable", &|size| size.stable as f64),
        formula: by_cell("formula", &|size| {
            size.formula
                .map_or(f64::NAN, |holds| f64::from(u8::from(holds)))
        }),
        boundaries: Vec::new(),
    }
}
