//! Kind `sets-and-orders`: how many sets and how many orders of its neurons a network holds, over two parameters.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::sets_figures;
use super::start::StartSettings;
use crate::analysis::{
    CoexistingWave, OrderExplorer, Stability, Staggered, WaveLoss, WaveNetwork, best_wave,
    certify_from, continue_cycle, count_memories, size_margin,
};
use crate::experiment::ensemble::ensemble;
use crate::experiment::impulse::axis::AxisSettings;
use crate::experiment::impulse::network::{CouplingSettings, NetworkSettings};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Mistakes, require, settings};
use crate::experiment::{Array, Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::{CyclicOrder, ImpulseFamily, ImpulseNetwork, ImpulseParameter};
use crate::numerics::contour::zero_contours;

/// Most neurons: of every size of set one is certified in every cell.
const LARGEST: usize = 12;

/// Stretches of both axes between which boundaries are traced: a few pixels; crossings are found exactly.
const FINE: usize = 48;

/// Steps from the network of the model file to the ends of the axes, in which an order is followed.
const STEPS: usize = 40;

/// Returns before the order that is followed is certified, as in the kind `orders`.
const RETURNS: usize = 60;

/// Width to which the end of an order is found: ten digits, near the rounding of a certificate.
const SHARP: f64 = 1e-10;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The network that is varied, and from which orders are followed to where they are lost.
        pub network: NetworkSettings,
        /// Who hears whom in it.
        pub coupling: CouplingSettings,
        /// How an order begins that is followed to where it is lost.
        pub start: StartSettings,
        /// Over what.
        pub region: RegionSettings,
    }

    /// Section `[region]`.
    pub struct RegionSettings {
        /// The parameter along the picture.
        pub horizontal: AxisSettings,
        /// The parameter up the picture.
        pub vertical: AxisSettings,
    }
}

/// Counts over a grid.
pub struct SetsAndOrders {
    settings: Settings,
    family: ImpulseFamily,
    start: Staggered,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// Number of sets, `2^m - 1`,
    pub sets: f64,
    /// and of orders of all neurons, `(m - 1)!`.
    pub orders: f64,
    /// Stable sets of every cell, rows from the lowest value of the vertical parameter; one of each size is certified, and
    /// by symmetry stands for all.
    pub stable_sets: Array,
    /// Stable orders of every cell; one is certified, on the wave of theory.
    pub stable_orders: Array,
    /// What the theory of waves expects of them.
    pub expected_orders: Array,
    /// Cells by what lives in them.
    pub cells: Cells,
    /// Boundaries by theory: of the orders (0), and of the sets of each size.
    pub boundaries: Vec<Boundary>,
    /// How the orders of the network in the model file are lost along each axis.
    pub losses: Vec<Loss>,
}

/// How many cells hold what.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cells {
    /// All sets and all orders.
    pub all_of_both: usize,
    /// Some sets, and all orders.
    pub orders_and_some_sets: usize,
    /// All orders and no set.
    pub orders_alone: usize,
    /// Sets alone.
    pub sets_alone: usize,
    /// Neither.
    pub neither: usize,
    /// Cells in which the certified order and the theory of waves differ.
    pub that_differ: usize,
}

/// A stretch of a boundary.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Boundary {
    /// Size of the sets that are lost there; 0 for the orders.
    pub k: usize,
    /// Points along it.
    pub points: Vec<(f64, f64)>,
}

/// How an order is lost along a parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Loss {
    /// The parameter,
    pub parameter: ImpulseParameter,
    /// where the way begins,
    pub from: f64,
    /// and where it would end.
    pub to: f64,
    /// Where the order is lost on the way; `None` if it is there up to the end.
    pub boundary: Option<f64>,
    /// How it is lost, by the theory of waves.
    pub how: Option<WaveLoss>,
    /// Its largest multiplier `(re, im)` but the trivial one, at the last point where it is there.
    pub multiplier: (f64, f64),
}

/// Sets, orders and expected orders of a cell.
type Counts = [f64; 3];

impl SetsAndOrders {
    fn network(&self, x: f64, y: f64) -> Result<ImpulseNetwork, RunError> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let changes = [(*horizontal.parameter, x), (*vertical.parameter, y)];
        Ok(self.family.network(&changes)?)
    }

    /// The wave of the orders in theory.
    fn wave(network: &ImpulseNetwork) -> Result<Option<CoexistingWave>, RunError> {
        let Some(theory) = WaveNetwork::of(network) else {
            return Ok(None);
        };
        let neurons = network.neurons();
        best_wave(&theory, neurons, 1, neurons).map_err(RunError::numerical)
    }

    fn cell(&self, x: f64, y: f64) -> Result<Counts, RunError> {
        let network = self.network(x, y)?;
        let neurons = network.neurons();
        let sizes = count_memories(&network, 1, self.seed);
        let sets: f64 = sizes.iter().map(|size| size.memories(neurons)).sum();
        let wave = Self::wave(&network)?;
        let expected = wave.is_some_and(|found| found.is_stable());
        let stable = |found: CoexistingWave| {
            let theory = WaveNetwork::of(&network)?;
            let on_it = theory.state(&found.wave, &CyclicOrder::from_number(0, neurons));
            let certificate = certify_from(&network, on_it, found.wave.period).ok()?;
            Some(certificate.stability == Stability::Stable)
        };
        let certified = wave.and_then(stable).unwrap_or(false);
        let all = orders_of(neurons);
        let count = |there: bool| if there { all } else { 0.0 };
        Ok([sets, count(certified), count(expected)])
    }

    fn boundaries(&self) -> Vec<Boundary> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let (across, up) = (
            horizontal.varied().divided(FINE),
            vertical.varied().divided(FINE),
        );
        let of_kind = |k: usize| {
            let margin = |x: f64, y: f64| {
                let Ok(network) = self.network(x, y) else {
                    return f64::NAN;
                };
                if k == 0 {
                    // Where there is no wave, orders are lost for good.
                    let wave = Self::wave(&network).ok().flatten();
                    wave.map_or(-1.0, |found| found.margin().0)
                } else {
                    size_margin(&network, k).unwrap_or(f64::NAN)
                }
            };
            let curves = zero_contours(margin, &across, &up);
            curves
                .into_iter()
                .map(|points| Boundary { k, points })
                .collect::<Vec<_>>()
        };
        let kinds = (0..=self.family.neurons()).into_par_iter().map(of_kind);
        kinds.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// Follows an order of the network in the model file along each axis to both ends; empty where the start leads to no
    /// order.
    fn losses(&self) -> Result<Vec<Loss>, RunError> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let state = self
            .start
            .state(&CyclicOrder::from_number(0, self.family.neurons()), 0);
        let base = self.family.network(&[])?;
        let first = CyclicOrder::from_number(0, self.family.neurons());
        let explorer = OrderExplorer::new(&base, self.start, RETURNS);
        if !explorer.explore(&first).is_memory() {
            return Ok(Vec::new());
        }
        let mut losses = Vec::new();
        for axis in [horizontal, vertical] {
            let parameter = *axis.parameter;
            let family = |value| self.family.network(&[(parameter, value)]);
            let from = value_of(&base, parameter);
            for to in [*axis.from, *axis.to] {
                if to == from {
                    continue;
                }
                let followed = continue_cycle(&family, &state, (from, to), STEPS, SHARP);
                let followed = followed.map_err(RunError::numerical)?;
                let Some((last, certificate)) = followed.points.last() else {
                    continue;
                };
                let boundary = followed.boundary.as_ref().map(|boundary| boundary.value);
                let there = Self::wave(&family(*last)?)?;
                let how = there
                    .filter(|_| boundary.is_some())
                    .map(|found| found.margin().1);
                let multiplier = certificate.multipliers.first().copied().unwrap_or_default();
                losses.push(Loss {
                    parameter,
                    from,
                    to,
                    boundary,
                    how,
                    multiplier,
                });
            }
        }
        Ok(losses)
    }
}

/// `(m - 1)!` as a number.
fn orders_of(neurons: usize) -> f64 {
    CyclicOrder::count(neurons).map_or(f64::INFINITY, |count| count as f64)
}

/// A parameter of a homogeneous network.
fn value_of(network: &ImpulseNetwork, parameter: ImpulseParameter) -> f64 {
    let parameters = network.parameters();
    match parameter {
        ImpulseParameter::A => parameters.a[0],
        ImpulseParameter::B => parameters.b[0],
        ImpulseParameter::C => parameters.c[0],
        ImpulseParameter::H => parameters.h,
        ImpulseParameter::Mismatch => 0.0,
    }
}

impl Study for SetsAndOrders {
    const NAME: &'static str = "sets-and-orders";
    const SUMMARY: &'static str = "how many sets and how many orders of its neurons a relay network holds, over two parameters";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let neurons = &settings.network.neurons;
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &settings.region;
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            neurons,
            (2..=LARGEST).contains(&**neurons),
            format!("{neurons} neurons"),
            "from 2 to 12 neurons",
            format!("choose `neurons` from 2 to {LARGEST}"),
        ));
        for axis in [horizontal, vertical] {
            axis.check(&mut mistakes);
            mistakes.note(require(
                &axis.parameter,
                *axis.parameter != ImpulseParameter::Mismatch,
                "orders of unequal neurons differ, and one cannot stand for all",
                "unequal neurons",
                "vary a, b, c or h; for unequal neurons see the kind `orders`",
            ));
        }
        mistakes.note(require(
            &vertical.parameter,
            horizontal.parameter != vertical.parameter,
            "both axes vary the same parameter",
            "varied twice",
            "choose two parameters of a, b, c and h",
        ));
        let bytes = 3.0 * NUMBER * *horizontal.points as f64 * *vertical.points as f64;
        mistakes.note(require_memory(&horizontal.points, "the cells", bytes));
        mistakes.end()?;
        let varied = [&horizontal.parameter, &vertical.parameter];
        let family = settings
            .network
            .family(&settings.coupling, &varied, header.seed)?;
        let network = settings.network.network(&settings.coupling, header.seed)?;
        require(
            neurons,
            network.as_homogeneous().is_some(),
            "one order stands for all only among neurons that are alike, all coupled to all",
            "unequal neurons, or another coupling",
            "leave `mismatch`, lists of parameters and [coupling] out, or see the kind `orders`",
        )?;
        Ok(Self {
            start: settings.start.staggered(&network, None)?,
            settings,
            family,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        vec![
            ("neurons".into(), self.family.neurons().to_string()),
            ("horizontal".into(), horizontal.describe()),
            ("vertical".into(), vertical.describe()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        let (across, up) = (horizontal.values(), vertical.values());
        progress.begin("certifying rows", up.len() as u64);
        let names: Vec<String> = (0..up.len()).map(|row| format!("row-{row}")).collect();
        let row = |row: usize| -> Result<Vec<Counts>, RunError> {
            across.par_iter().map(|x| self.cell(*x, up[row])).collect()
        };
        let cells: Vec<Counts> = ensemble(progress, &names, row)?
            .into_iter()
            .flatten()
            .collect();
        let neurons = self.family.neurons();
        let sets = ((1_u64 << neurons) - 1) as f64;
        let mut counted = Cells::default();
        for [here, orders, expected] in &cells {
            let place = match (*here, *orders > 0.0) {
                (here, true) if here == sets => &mut counted.all_of_both,
                (here, true) if here > 0.0 => &mut counted.orders_and_some_sets,
                (_, true) => &mut counted.orders_alone,
                (here, false) if here > 0.0 => &mut counted.sets_alone,
                (_, false) => &mut counted.neither,
            };
            *place += 1;
            counted.that_differ += usize::from(orders != expected);
        }
        let columns = across.len();
        let map = |name: &str, n: usize| {
            Array::rows(name, columns, cells.iter().map(|cell| cell[n]).collect())
                .along(["vertical parameter", "horizontal parameter"], "number")
        };
        Ok(Findings {
            neurons,
            sets,
            orders: orders_of(neurons),
            stable_sets: map("stable-sets", 0),
            stable_orders: map("stable-orders", 1),
            expected_orders: map("expected-orders", 2),
            cells: counted,
            boundaries: self.boundaries(),
            losses: self.losses()?,
        })
    }

    fn tables(settings: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &settings.region;
        let heads = [horizontal, vertical].map(|axis| axis.parameter.name().to_owned());
        let counts = ["stable_sets", "stable_orders", "expected_orders"].map(str::to_owned);
        let mut table = Table::new(heads.into_iter().chain(counts));
        let (across, up) = (horizontal.values(), vertical.values());
        for cell in 0..findings.stable_sets.values.len() {
            let place = [across[cell % across.len()], up[cell / across.len()]];
            let maps = [
                &findings.stable_sets,
                &findings.stable_orders,
                &findings.expected_orders,
            ];
            let row = place.into_iter().chain(maps.map(|map| map.values[cell]));
            table.push(row.map(Cell::from));
        }
        vec![("cells".into(), table), ("losses".into(), losses(findings))]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let Cells {
            all_of_both,
            orders_and_some_sets,
            orders_alone,
            sets_alone,
            neither,
            that_differ,
        } = findings.cells;
        let mut table = Table::new(["what is stable", "cells"]);
        for (words, cells) in [
            ("all sets and all orders", all_of_both),
            ("all orders and some sets", orders_and_some_sets),
            ("all orders, no set", orders_alone),
            ("sets, no order", sets_alone),
            ("neither", neither),
            ("orders: certificate and theory differ", that_differ),
        ] {
            table.push([words.into(), cells.into()]);
        }
        let mut summary = vec![Block::Table(table)];
        if findings.losses.is_empty() {
            let words = "The start leads to no order of the model's network: none is followed.";
            summary.push(Block::Line(words.into()));
        } else {
            let words = "Orders of the model's network, followed to where they are lost:";
            summary.extend([Block::Line(words.into()), Block::Table(losses(findings))]);
        }
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        sets_figures::figures(settings, findings)
    }
}

/// How orders are lost, way by way.
fn losses(findings: &Findings) -> Table {
    let mut table = Table::new([
        "parameter",
        "from",
        "to",
        "lost at",
        "how",
        "multiplier",
        "imaginary part",
    ]);
    for loss in &findings.losses {
        let how = match (loss.boundary, loss.how) {
            (None, _) => "not lost",
            (_, Some(WaveLoss::Grazing)) => "a neuron grazes the threshold",
            (_, Some(WaveLoss::Multiplier)) => "a multiplier leaves the unit circle",
            (Some(_), None) => "no wave in theory",
        };
        table.push([
            loss.parameter.name().into(),
            loss.from.into(),
            loss.to.into(),
            loss.boundary.into(),
            how.into(),
            loss.multiplier.0.into(),
            loss.multiplier.1.into(),
        ]);
    }
    table
}
