//! An atlas as pictures.

use super::atlas::{Explored, LISTED};
use super::atlas_tables::shown_multiplier;
use crate::analysis::PatternRecord;
use crate::experiment::Drawing;
use crate::experiment::course::drawing;
use crate::figures::{
    AtlasCell, AtlasOverview, AtlasRow, AtlasTable, MeasuredPeriods, PeriodByK, Verdict,
};

/// The pictures of an atlas: all patterns at a glance, then the periods by size.
pub(super) fn figures(explored: &[Explored], subtitle: &str) -> Vec<Drawing> {
    let first = &explored[0].atlas.patterns;
    let verdict = |index: usize| {
        let mut records = explored.iter().map(|part| &part.atlas.patterns[index]);
        let unstable = |record: &PatternRecord| record.stability.as_deref() == Some("unstable");
        if records.clone().all(|record| record.recalled) {
            Verdict::Stable
        } else if records.any(unstable) {
            Verdict::Unstable
        } else {
            Verdict::NotFound
        }
    };
    let found = (0..first.len())
        .filter(|index| verdict(*index) == Verdict::Stable)
        .count();
    let title = format!("{found} of {} patterns are memories", first.len());
    let mut figures = Vec::new();
    if first.len() <= LISTED {
        let row = |index: usize| AtlasRow {
            pattern: first[index].pattern.clone(),
            periods: explored
                .iter()
                .map(|part| part.atlas.patterns[index].period)
                .collect(),
            closed_form: first[index].period_formula,
            silent_maximum: first[index].silent_maximum,
            multiplier: shown_multiplier(&first[index]),
            verdict: verdict(index),
        };
        let mut rows: Vec<AtlasRow> = (0..first.len()).map(row).collect();
        rows.sort_by_key(|row| row.pattern.k());
        let period_columns = explored.iter().map(|part| part.column.clone()).collect();
        let table = AtlasTable {
            title,
            subtitle: subtitle.to_owned(),
            period_columns,
            rows,
        };
        figures.push(drawing("atlas", table));
    } else {
        let cell = |index: usize| AtlasCell {
            k: first[index].k,
            period: first[index].period,
            verdict: verdict(index),
        };
        let cells = (0..first.len()).map(cell).collect();
        figures.push(drawing(
            "atlas",
            AtlasOverview {
                title,
                subtitle: subtitle.to_owned(),
                cells,
            },
        ));
    }
    let periods = period_by_k(explored, subtitle);
    if periods
        .measured
        .iter()
        .any(|measured| !measured.points.is_empty())
    {
        figures.push(drawing("period-by-k", periods));
    }
    figures
}

fn period_by_k(explored: &[Explored], subtitle: &str) -> PeriodByK {
    let mut closed_form: Vec<(usize, f64)> = explored[0]
        .atlas
        .patterns
        .iter()
        .filter_map(|record| Some((record.k, record.period_formula?)))
        .collect();
    closed_form.sort_by_key(|(k, _)| *k);
    closed_form.dedup();
    let measured = explored
        .iter()
        .map(|part| {
            let recalled = part.atlas.patterns.iter().filter(|record| record.recalled);
            let points = recalled
                .filter_map(|record| Some((record.k, record.period?)))
                .collect();
            MeasuredPeriods {
                label: part.column.clone(),
                points,
            }
        })
        .collect();
    PeriodByK {
        title: "Period of the dominance cycles".into(),
        subtitle: subtitle.to_owned(),
        closed_form,
        measured,
    }
}
