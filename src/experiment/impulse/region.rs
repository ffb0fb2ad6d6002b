//! Kind `region`: how many patterns are stable memories, over two parameters.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::parameter::{Family, Parameter};
use super::settings::{CouplingSettings, NetworkSettings};
use crate::analysis::{LARGEST_ATLAS, ReferenceNetwork, Stability, certify};
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, require, unwritten};
use crate::experiment::{
    Array, Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError,
};
use crate::experiment::{Table, part};
use crate::figures::{Axis, Look, RegionMap, Series};
use crate::networks::{Cue, ImpulseNetwork, patterns_of_size};
use crate::numerics::contour::zero_contours;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "region",
    summary: "how many patterns of a relay network are stable memories, over two parameters",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Returns of a trajectory before its cycle is closed.
const RETURNS: usize = 4;

/// Time within which neurons that are alike fire together.
const SYNCHRONY: f64 = 1e-6;

/// Stretches of both axes between which the closed-form boundary is traced.
const FINE: usize = 200;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    network: NetworkSettings,
    #[serde(default)]
    coupling: CouplingSettings,
    region: RegionSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionSettings {
    horizontal: AxisSettings,
    vertical: AxisSettings,
    /// Most patterns of each size that are certified in a network whose neurons differ.
    #[serde(default = "sixteen")]
    patterns: Spanned<usize>,
}

fn sixteen() -> Spanned<usize> {
    unwritten(16)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AxisSettings {
    parameter: Spanned<Parameter>,
    from: Spanned<f64>,
    to: Spanned<f64>,
    points: Spanned<usize>,
}

impl AxisSettings {
    fn check(&self) -> Result<(), Diagnostic> {
        let ends = [self.from.clone(), self.to.clone()];
        self.parameter.get_ref().check(&ends)?;
        at_least("points", &self.points, 2)?;
        require(
            &self.to,
            self.from.get_ref() < self.to.get_ref(),
            "`to` is not above `from`",
            "this end",
            "choose `from` < `to`",
        )
    }

    fn parameter(&self) -> Parameter {
        *self.parameter.get_ref()
    }

    fn points(&self) -> usize {
        *self.points.get_ref()
    }

    /// The number `n` of `count + 1` equidistant values.
    fn at(&self, n: usize, count: usize) -> f64 {
        let (from, to) = (*self.from.get_ref(), *self.to.get_ref());
        from + (to - from) * (n as f64 / count as f64)
    }

    fn centre(&self, n: usize) -> f64 {
        self.at(n, self.points() - 1)
    }
}

struct Region {
    settings: Settings,
    family: Family,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let family = Family::read(model, &settings.network, &settings.coupling)?;
    let neurons = family.neurons();
    require(
        &settings.network.neurons,
        neurons <= LARGEST_ATLAS,
        format!("{neurons} neurons have too many patterns"),
        "too many neurons",
        format!("choose `neurons` <= {LARGEST_ATLAS}"),
    )?;
    let RegionSettings {
        horizontal,
        vertical,
        patterns,
    } = &settings.region;
    horizontal.check()?;
    vertical.check()?;
    at_least("patterns", patterns, 1)?;
    require(
        &vertical.parameter,
        horizontal.parameter() != vertical.parameter(),
        "both axes vary the same parameter",
        "varied twice",
        "choose two parameters of a, b, c, h and mismatch",
    )?;
    let seed = model.seed()?;
    Ok(Box::new(Region {
        settings,
        family,
        seed,
    }))
}

/// What is known of one cell: for each size `k`, from 1, the patterns certified and those stable.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cell {
    certified: Vec<usize>,
    stable: Vec<usize>,
    /// What the closed form expects of each size, where it applies.
    formula: Vec<Option<bool>>,
}

/// Patterns of `neurons` neurons with `k` active ones.
fn binomial(neurons: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |count, j| {
        count * (neurons - j) as f64 / (j + 1) as f64
    })
}

/// What the closed form says of size `n + 1`, where it applies.
fn expected(cell: &Cell, n: usize) -> Option<bool> {
    cell.formula.get(n).copied().flatten()
}

impl Region {
    fn changes(&self, x: f64, y: f64) -> [(Parameter, f64); 2] {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        [(horizontal.parameter(), x), (vertical.parameter(), y)]
    }

    fn cell(&self, x: f64, y: f64) -> Result<Cell, RunError> {
        let network = self.family.network(&self.changes(x, y));
        let network = network.map_err(RunError::numerical)?;
        let neurons = network.neurons();
        let most = if network.is_uniform() {
            1
        } else {
            *self.settings.region.patterns.get_ref()
        };
        // Silent neurons that start at their lowest stay below their course on the cycle.
        let cue = Cue {
            spread: 0.0,
            silent: (1.0, 1.0),
            ..Cue::default()
        };
        let mut cell = Cell {
            certified: vec![0; neurons],
            stable: vec![0; neurons],
            formula: Vec::new(),
        };
        for k in 1..=neurons {
            for pattern in patterns_of_size(neurons, k, most, self.seed) {
                let state = cue.state(&pattern, &network.parameters().c, self.seed, 0);
                let found = certify(&network, &state, RETURNS);
                let kept = found.is_ok_and(|found| {
                    found.stability == Stability::Stable
                        && found.pattern == pattern
                        && found.is_dominance(&network, SYNCHRONY)
                });
                cell.certified[k - 1] += 1;
                cell.stable[k - 1] += usize::from(kept);
            }
        }
        if let Some(margin) = closed_form(&network) {
            let holds = |k| margin(k).map(|margin| margin > 0.0);
            cell.formula = (1..=neurons).map(holds).collect();
        }
        Ok(cell)
    }

    /// Stable patterns of a cell by the share of those certified.
    fn count(&self, cell: &Cell) -> f64 {
        let neurons = self.family.neurons();
        let sizes = cell.stable.iter().zip(&cell.certified).enumerate();
        sizes
            .map(|(n, (stable, all))| binomial(neurons, n + 1) * *stable as f64 / *all as f64)
            .sum()
    }

    /// The closed-form boundary of every size: where its margin changes sign.
    fn boundaries(&self) -> Vec<Series> {
        let neurons = self.family.neurons();
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let grid =
            |axis: &AxisSettings| -> Vec<f64> { (0..=FINE).map(|n| axis.at(n, FINE)).collect() };
        let (across, up) = (grid(horizontal), grid(vertical));
        let mut curves = Vec::new();
        for k in 1..=neurons {
            let margin = |x: f64, y: f64| {
                let network = self.family.network(&self.changes(x, y)).ok();
                let margin = network.as_ref().and_then(closed_form);
                margin.and_then(|margin| margin(k)).unwrap_or(f64::NAN)
            };
            for (n, points) in zero_contours(margin, &across, &up).into_iter().enumerate() {
                let label = if n == 0 {
                    format!("k = {k}")
                } else {
                    String::new()
                };
                curves.push(Series {
                    style: Some(k - 1),
                    ..Series::new(label, points, Look::Line)
                });
            }
        }
        curves
    }
}

/// The margin of each size in closed form, of a homogeneous network.
fn closed_form(network: &ImpulseNetwork) -> Option<impl Fn(usize) -> Option<f64>> {
    let (a, b, c, h) = network.as_homogeneous()?;
    let neurons = network.neurons();
    let reference = ReferenceNetwork::new(a, b, c, h)?;
    Some(move |k| reference.margin(k, neurons))
}

impl Experiment for Region {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let axis = |axis: &AxisSettings| {
            format!(
                "{} from {} to {}, {} points",
                axis.parameter().name(),
                axis.from,
                axis.to,
                axis.points()
            )
        };
        vec![
            ("neurons".into(), self.family.neurons().to_string()),
            ("horizontal".into(), axis(&self.settings.region.horizontal)),
            ("vertical".into(), axis(&self.settings.region.vertical)),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let neurons = self.family.neurons();
        let (rows, columns) = (vertical.points(), horizontal.points());
        progress.begin("certifying rows", rows as u64);
        let mut cells = Vec::with_capacity(rows);
        for row in 0..rows {
            let y = vertical.centre(row);
            cells.push(part(progress, &format!("row-{row}"), || {
                let row: Result<Vec<Cell>, RunError> = (0..columns)
                    .into_par_iter()
                    .map(|column| self.cell(horizontal.centre(column), y))
                    .collect();
                row
            })?);
            progress.advance(1);
        }

        let (x_name, y_name) = (horizontal.parameter().name(), vertical.parameter().name());
        let sizes = (1..=neurons).flat_map(|k| {
            [
                format!("stable_{k}"),
                format!("certified_{k}"),
                format!("formula_{k}"),
            ]
        });
        let heads = [x_name.to_owned(), y_name.to_owned(), "memories".to_owned()];
        let mut table = Table::new(heads.into_iter().chain(sizes));
        let mut counts = vec![(0, 0, 0); neurons];
        let mut values = DMatrix::zeros(rows, columns);
        for (row, line) in cells.iter().enumerate() {
            for (column, cell) in line.iter().enumerate() {
                values[(row, column)] = self.count(cell);
                let place = [
                    horizontal.centre(column).into(),
                    vertical.centre(row).into(),
                    values[(row, column)].into(),
                ];
                let of_size = (0..neurons).flat_map(|n| {
                    let formula = expected(cell, n).map(|holds| usize::from(holds) as f64);
                    [
                        cell.stable[n].into(),
                        cell.certified[n].into(),
                        formula.into(),
                    ]
                });
                table.push(place.into_iter().chain(of_size));
                for (n, (whole, formula, differ)) in counts.iter_mut().enumerate() {
                    let all = cell.stable[n] == cell.certified[n];
                    *whole += usize::from(all);
                    if let Some(holds) = expected(cell, n) {
                        *formula += usize::from(holds);
                        *differ += usize::from(holds != all);
                    }
                }
            }
        }
        let mut summary = Table::new(["k", "cells", "all stable", "closed form", "they differ"]);
        for (n, (whole, formula, differ)) in counts.iter().enumerate() {
            let known = cells.iter().flatten().any(|cell| !cell.formula.is_empty());
            let known = |count: usize| known.then_some(count as f64);
            summary.push([
                (n + 1).into(),
                (rows * columns).into(),
                (*whole).into(),
                known(*formula).into(),
                known(*differ).into(),
            ]);
        }
        let report = json!({
            "neurons": neurons,
            "horizontal": x_name,
            "vertical": y_name,
            "cells": rows * columns,
            "by_size": counts.iter().enumerate().map(|(n, (whole, formula, differ))| json!({
                "k": n + 1, "cells_all_stable": whole, "cells_of_the_formula": formula,
                "cells_that_differ": differ,
            })).collect::<Vec<_>>(),
        });
        let varied = [horizontal.parameter(), vertical.parameter()];
        let label = |name: &str| match name {
            "mismatch" => "mismatch".to_owned(),
            name => format!("parameter {name}"),
        };
        let figure = RegionMap {
            title: format!("Where the 2^{neurons} − 1 patterns are memories"),
            subtitle: format!(
                "{}; lines: boundaries in closed form",
                self.family.describe(&varied)
            ),
            x: Axis::linear(label(x_name)),
            y: Axis::linear(label(y_name)),
            centres: [
                (horizontal.centre(0), horizontal.centre(columns - 1)),
                (vertical.centre(0), vertical.centre(rows - 1)),
            ],
            values: values.clone(),
            value_axis: Axis {
                range: Some((0.0, ((1_u64 << neurons) - 1) as f64)),
                ..Axis::linear("stable patterns")
            },
            curves: self.boundaries(),
        };
        Ok(Outcome {
            report,
            summary: vec![Block::Table(summary)],
            tables: vec![("region".into(), table)],
            arrays: crate::experiment::array::named(vec![(
                "memories".into(),
                Array {
                    name: String::new(),
                    shape: vec![rows, columns],
                    values: values.transpose().as_slice().to_vec(),
                },
            )]),
            figures: vec![drawing("region", figure)],
            ..Outcome::default()
        })
    }
}
