//! Recall as tables.

use super::curves::{Basins, RecallCurve};
use crate::analysis::Basin;
use crate::experiment::Table;
use crate::networks::Pattern;

/// One row a memory and amount of corruption.
pub(in crate::experiment) fn points(curves: &[RecallCurve]) -> Table {
    let mut table = Table::new([
        "memory",
        "amount",
        "cues",
        "recalled",
        "confused",
        "spurious",
        "unsettled",
        "probability",
        "low",
        "high",
        "mean_time",
        "time_unit",
    ]);
    for curve in curves {
        for point in &curve.points {
            table.push([
                curve.memory.as_str().into(),
                point.amount.into(),
                point.cues.into(),
                point.recalled.into(),
                point.confused.into(),
                point.spurious.into(),
                point.unsettled.into(),
                point.probability.into(),
                point.interval.0.into(),
                point.interval.1.into(),
                point.mean_time.into(),
                curve.time_unit.as_str().into(),
            ]);
        }
    }
    table
}

/// Every basin found, and for each memory what they add up to.
pub(super) fn basins(volumes: &[Basins], stored: &[Pattern]) -> (Table, Table) {
    let mut all = Table::new([
        "memory", "pattern", "stored", "starts", "volume", "low", "high",
    ]);
    let mut totals = Table::new([
        "basins of",
        "stored",
        "volume",
        "spurious",
        "volume",
        "unsettled",
    ]);
    for Basins { memory, basins, .. } in volumes {
        let is_stored = |basin: &&Basin| basin.pattern.as_ref().is_some_and(|p| stored.contains(p));
        for basin in basins {
            all.push([
                memory.as_str().into(),
                basin.pattern.as_ref().into(),
                is_stored(&basin).into(),
                basin.starts.into(),
                basin.volume.into(),
                basin.interval.0.into(),
                basin.interval.1.into(),
            ]);
        }
        let volume = |which: &dyn Fn(&&Basin) -> bool| -> (usize, f64) {
            let chosen: Vec<&Basin> = basins.iter().filter(which).collect();
            (
                chosen.len(),
                chosen.iter().fold(0.0, |sum, basin| sum + basin.volume),
            )
        };
        let (right, right_volume) = volume(&is_stored);
        let (wrong, wrong_volume) = volume(&|basin| basin.pattern.is_some() && !is_stored(basin));
        let (_, lost) = volume(&|basin| basin.pattern.is_none());
        totals.push([
            memory.as_str().into(),
            right.into(),
            right_volume.into(),
            wrong.into(),
            wrong_volume.into(),
            lost.into(),
        ]);
    }
    (all, totals)
}
