//! Kind `region`: how many patterns are stable memories, over two parameters.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::axis::AxisSettings;
use super::network::{CouplingSettings, NetworkSettings};
pub use super::region_findings::{Boundary, Findings, SizeSummary};
use super::region_findings::{boundaries, gather};
use crate::analysis::{LARGEST_ATLAS, SizeCount, count_memories};
use crate::experiment::ensemble::ensemble;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Count, Mistakes, require, settings};
use crate::experiment::{Block, Cell, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Look, MapKey, RegionMap, Series};
use crate::networks::{ImpulseFamily, ImpulseParameter};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The network that is varied.
        pub network: NetworkSettings,
        /// Who hears whom in it.
        pub coupling: CouplingSettings,
        /// Over what.
        pub region: RegionSettings,
    }

    /// Section `[region]`.
    pub struct RegionSettings {
        /// The parameter along the picture.
        pub horizontal: AxisSettings,
        /// The parameter up the picture.
        pub vertical: AxisSettings,
        /// Most patterns of each size that are certified where neurons differ; 16 tell a share of
        /// one half to 13 % of all.
        pub patterns: Count = 16,
    }
}

/// Counts over a grid.
pub struct Region {
    settings: Settings,
    family: ImpulseFamily,
    seed: u64,
}

impl Region {
    fn changes(&self, x: f64, y: f64) -> [(ImpulseParameter, f64); 2] {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &self.settings.region;
        [(*horizontal.parameter, x), (*vertical.parameter, y)]
    }

    fn cell(&self, x: f64, y: f64) -> Result<Vec<SizeCount>, RunError> {
        let network = self.family.network(&self.changes(x, y))?;
        Ok(count_memories(
            &network,
            *self.settings.region.patterns,
            self.seed,
        ))
    }
}

impl Study for Region {
    const NAME: &'static str = "region";
    const SUMMARY: &'static str =
        "how many patterns of a relay network are stable memories, over two parameters";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let (neurons, seed) = (&settings.network.neurons, header.seed);
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &settings.region;
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            neurons,
            **neurons <= LARGEST_ATLAS,
            format!("{neurons} neurons have too many patterns"),
            "too many neurons",
            format!("choose `neurons` <= {LARGEST_ATLAS}"),
        ));
        horizontal.check(&mut mistakes);
        vertical.check(&mut mistakes);
        mistakes.note(require(
            &vertical.parameter,
            horizontal.parameter != vertical.parameter,
            "both axes vary the same parameter",
            "varied twice",
            "choose two parameters of a, b, c, h and mismatch",
        ));
        // A cell counts the patterns of every size.
        let cells = *horizontal.points as f64 * *vertical.points as f64;
        let bytes = NUMBER * cells * **neurons as f64;
        mistakes.note(require_memory(&horizontal.points, "the cells", bytes));
        mistakes.end()?;
        let varied = [&horizontal.parameter, &vertical.parameter];
        Ok(Self {
            family: settings.network.family(&settings.coupling, &varied, seed)?,
            settings,
            seed,
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
        let settings = &self.settings.region;
        let across = settings.horizontal.values();
        progress.begin("certifying rows", *settings.vertical.points as u64);
        let up = settings.vertical.values();
        let names: Vec<String> = (0..up.len()).map(|row| format!("row-{row}")).collect();
        let row = |row: usize| -> Result<Vec<Vec<SizeCount>>, RunError> {
            across.par_iter().map(|x| self.cell(*x, up[row])).collect()
        };
        let rows = ensemble(progress, &names, row)?;
        let sides = [settings.horizontal.varied(), settings.vertical.varied()];
        let cells: Vec<Vec<SizeCount>> = rows.into_iter().flatten().collect();
        Ok(Findings {
            boundaries: boundaries(&self.family, sides),
            ..gather(settings, self.family.neurons(), &cells)
        })
    }

    fn tables(settings: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &settings.region;
        let heads = [horizontal, vertical].map(|axis| axis.parameter.name().to_owned());
        let of_size = |k| ["stable", "certified", "formula"].map(|name| format!("{name}_{k}"));
        let heads = heads.into_iter().chain(["memories".into()]);
        let mut table = Table::new(heads.chain((1..=findings.neurons).flat_map(of_size)));
        let (across, up) = (horizontal.values(), vertical.values());
        for cell in 0..findings.cells {
            let place = [across[cell % across.len()], up[cell / across.len()]];
            let sizes = (0..findings.neurons).flat_map(|n| {
                let at = cell * findings.neurons + n;
                let formula = Some(findings.formula.values[at]).filter(|value| !value.is_nan());
                [
                    findings.stable.values[at].into(),
                    findings.certified.values[at].into(),
                    Cell::from(formula),
                ]
            });
            let place = place.into_iter().chain([findings.memories.values[cell]]);
            table.push(place.map(Cell::from).chain(sizes));
        }
        vec![("region".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new([
            "k",
            "cells",
            "all stable",
            "not closed",
            "closed form",
            "they differ",
        ]);
        for size in &findings.by_size {
            table.push([
                size.k.into(),
                findings.cells.into(),
                size.cells_all_stable.into(),
                size.cells_open.into(),
                size.cells_of_the_formula.into(),
                size.cells_that_differ.into(),
            ]);
        }
        let mut blocks = vec![Block::Table(table)];
        if !findings.exact {
            let line = "counts are estimated: of each size, a sample of the patterns was certified";
            blocks.push(Block::Line(line.into()));
        }
        blocks
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let RegionSettings {
            horizontal,
            vertical,
            ..
        } = &settings.region;
        let varied = [*horizontal.parameter, *vertical.parameter];
        let neurons = findings.neurons;
        let mut subtitle = settings.network.describe(&varied);
        if !findings.boundaries.is_empty() {
            subtitle.push_str("; lines: boundaries in closed form");
        }
        let mut named = 0;
        let curves = findings.boundaries.iter().map(|Boundary { k, points }| {
            // A size whose boundary is in several pieces is named once.
            let label = if named < *k {
                format!("k = {k}")
            } else {
                String::new()
            };
            named = *k;
            Series {
                style: Some(k - 1),
                ..Series::new(label, points.clone(), Look::Line)
            }
        });
        let counted = if findings.exact {
            "stable patterns"
        } else {
            "stable patterns, estimated"
        };
        let (rows, columns) = (*vertical.points, *horizontal.points);
        let map = RegionMap {
            title: format!("Where the 2^{neurons} − 1 patterns are memories"),
            subtitle,
            curves: curves.collect(),
            x: Axis::linear(horizontal.label()),
            y: Axis::linear(vertical.label()),
            centres: [horizontal, vertical].map(|axis| (*axis.from, *axis.to)),
            values: DMatrix::from_row_slice(rows, columns, &findings.memories.values),
            key: MapKey::Scale(Axis {
                range: Some((0.0, ((1_u64 << neurons) - 1) as f64)),
                ..Axis::linear(counted)
            }),
        };
        vec![Drawing::of("region", map)]
    }
}
