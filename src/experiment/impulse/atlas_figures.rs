//! An atlas as pictures.

use super::atlas::Findings;
use super::atlas_tables::LISTED;
use crate::analysis::{Fate, ProofVerdict};
use crate::experiment::Drawing;
use crate::figures::{
    AtlasCell, AtlasOverview, AtlasRow, AtlasTable, MeasuredPeriods, PeriodByK, grouped,
};

/// The pictures of an atlas: all patterns at a glance, then the periods by size.
pub(super) fn figures(findings: &Findings, subtitle: &str) -> Vec<Drawing> {
    let codes = 1..=findings.count();
    let memories = codes
        .clone()
        .filter(|code| fate(findings, *code) == Fate::Memory);
    let (found, all) = (memories.count(), findings.count());
    let mut title = format!(
        "{} of {} patterns are memories",
        grouped(found),
        grouped(all)
    );
    if findings.networks[0].proof.is_some() {
        let is_proved = |code: &usize| {
            let row = findings.networks[0].row(*code, findings.neurons);
            row.fate == Fate::Memory && row.verdict == Some(ProofVerdict::ProvedStable)
        };
        let proved = codes.clone().filter(is_proved).count();
        title.push_str(&format!(", {} of them proved", grouped(proved)));
    }
    let mut figures = Vec::new();
    if findings.count() <= LISTED {
        let mut rows: Vec<AtlasRow> = codes.map(|code| row(findings, code)).collect();
        rows.sort_by_key(|row| row.pattern.k());
        let table = AtlasTable {
            title,
            subtitle: subtitle.to_owned(),
            period_columns: findings.networks.iter().map(|n| n.name.clone()).collect(),
            rows,
        };
        figures.push(Drawing::of("atlas", table));
    } else {
        let cells = codes.map(|code| {
            let row = findings.networks[0].row(code, findings.neurons);
            AtlasCell {
                k: row.k,
                period: row.period,
                fate: fate(findings, code),
            }
        });
        let overview = AtlasOverview {
            title,
            subtitle: subtitle.to_owned(),
            cells: cells.collect(),
        };
        figures.push(Drawing::of("atlas", overview));
    }
    let periods = period_by_k(findings, subtitle);
    if periods
        .measured
        .iter()
        .any(|measured| !measured.points.is_empty())
    {
        figures.push(Drawing::of("period-by-k", periods));
    }
    figures
}

/// What becomes of a pattern: a memory is one of every network, else the first that is none tells.
fn fate(findings: &Findings, code: usize) -> Fate {
    let fates = findings
        .networks
        .iter()
        .map(|n| n.row(code, findings.neurons).fate);
    fates
        .into_iter()
        .find(|fate| *fate != Fate::Memory)
        .unwrap_or(Fate::Memory)
}

fn row(findings: &Findings, code: usize) -> AtlasRow {
    let rows = findings
        .networks
        .iter()
        .map(|n| n.row(code, findings.neurons));
    let rows: Vec<_> = rows.collect();
    let first = &rows[0];
    AtlasRow {
        periods: rows.iter().map(|row| row.period).collect(),
        closed_form: findings.formula(first.k).and_then(|formula| formula.period),
        silent_maximum: first.silent_maximum,
        multiplier: first.multiplier.or(first.leading_multiplier),
        fate: fate(findings, code),
        pattern: first.pattern.clone(),
    }
}

fn period_by_k(findings: &Findings, subtitle: &str) -> PeriodByK {
    let closed = findings.formulas.iter();
    let measured = findings.networks.iter().map(|network| {
        let memories = network
            .rows(findings.neurons)
            .filter(|row| row.fate == Fate::Memory);
        MeasuredPeriods {
            label: network.name.clone(),
            points: memories
                .filter_map(|row| Some((row.k, row.period?)))
                .collect(),
        }
    });
    PeriodByK {
        title: "Period of the dominance cycles".into(),
        subtitle: subtitle.to_owned(),
        closed_form: closed
            .filter_map(|form| Some((form.k, form.period?)))
            .collect(),
        measured: measured.collect(),
    }
}
