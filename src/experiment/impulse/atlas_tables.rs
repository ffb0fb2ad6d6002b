//! An atlas as tables and arrays.

use super::atlas::{Explored, LISTED};
use crate::analysis::PatternRecord;
use crate::experiment::{Array, Block, Table};

/// Period, silent maximum and multiplier as arrays whose entry `n` is the pattern with the binary
/// number `n`, lowest bit first; NaN where there is none. Entry 0, the empty pattern, is NaN.
pub(super) fn by_code(part: &Explored) -> Vec<(String, Array)> {
    let records = &part.atlas.patterns;
    let engine = &records[0].engine;
    let array = |name: &str, value: fn(&PatternRecord) -> Option<f64>| {
        let known = records
            .iter()
            .map(|record| value(record).unwrap_or(f64::NAN));
        let values: Vec<f64> = std::iter::once(f64::NAN).chain(known).collect();
        (
            format!("{name}-{engine}"),
            Array {
                name: String::new(),
                shape: vec![values.len()],
                values,
            },
        )
    };
    vec![
        array("period", |record| record.period.filter(|_| record.recalled)),
        array("silent-maximum", |record| {
            record.silent_maximum.filter(|_| record.recalled)
        }),
        array("leading-multiplier", |record| record.leading_multiplier),
        array("multiplier", |record| {
            record.synchrony_multiplier.filter(|_| record.recalled)
        }),
    ]
}

/// The measured multiplier, or the leading one of a certified cycle.
pub(super) fn shown_multiplier(record: &PatternRecord) -> Option<f64> {
    record.synchrony_multiplier.or(record.leading_multiplier)
}

/// How a record reads in a table.
fn fate(record: &PatternRecord) -> String {
    match &record.settles_in {
        _ if record.recalled => "memory".into(),
        _ if record.stability.as_deref() == Some("unstable") => "unstable".into(),
        Some(end) if *end != record.pattern => format!("lost to {end}"),
        _ => record.verdict.clone(),
    }
}

/// The terminal's view: the count, then every pattern, or every `k` where they are many.
pub(super) fn summary(explored: &[Explored]) -> Vec<Block> {
    let mut blocks: Vec<Block> = explored
        .iter()
        .map(|part| {
            let (found, all) = (part.atlas.memories(), part.atlas.patterns.len());
            Block::Line(format!(
                "{}: {found} of {all} patterns are memories",
                part.column
            ))
        })
        .collect();
    let table = if explored[0].atlas.patterns.len() <= LISTED {
        by_pattern(explored)
    } else {
        by_k(explored)
    };
    blocks.push(Block::Table(table));
    blocks
}

fn by_pattern(explored: &[Explored]) -> Table {
    let periods = explored.iter().map(|part| format!("T, {}", part.column));
    let forms = [
        "T, formula",
        "silent max",
        "formula",
        "multiplier",
        "formula",
    ];
    let differs = |index: usize| {
        let fates = explored
            .iter()
            .map(|part| fate(&part.atlas.patterns[index]));
        fates.collect::<std::collections::BTreeSet<_>>().len() > 1
    };
    let agree = !(0..explored[0].atlas.patterns.len()).any(differs);
    let told = if agree { &explored[..1] } else { explored };
    let fates = told.iter().map(|part| {
        if agree {
            "fate".to_owned()
        } else {
            format!("fate, {}", part.column)
        }
    });
    let heads = ["pattern".to_owned(), "k".to_owned()].into_iter();
    let heads = heads
        .chain(periods)
        .chain(forms.map(String::from))
        .chain(fates);
    let mut table = Table::new(heads);
    let reference = &explored[0].atlas.patterns;
    for (index, record) in reference.iter().enumerate() {
        let same = || explored.iter().map(|part| &part.atlas.patterns[index]);
        let start = [(&record.pattern).into(), record.k.into()];
        let periods = same().map(|record| record.period.into());
        let forms = [
            record.period_formula.into(),
            record.silent_maximum.into(),
            record.silent_maximum_formula.into(),
            shown_multiplier(record).into(),
            record.synchrony_multiplier_formula.into(),
        ];
        let fates = told
            .iter()
            .map(|part| fate(&part.atlas.patterns[index]).into());
        table.push(start.into_iter().chain(periods).chain(forms).chain(fates));
    }
    table
}

fn by_k(explored: &[Explored]) -> Table {
    let mut table = Table::new([
        "k",
        "engine",
        "patterns",
        "memories",
        "shortest period",
        "longest",
        "closed form",
        "largest silent max",
        "leading multiplier",
    ]);
    let largest = explored[0]
        .atlas
        .patterns
        .iter()
        .map(|record| record.k)
        .max()
        .unwrap_or(0);
    for k in 1..=largest {
        for part in explored {
            let of_k = || {
                part.atlas
                    .patterns
                    .iter()
                    .filter(move |record| record.k == k)
            };
            let recalled = || of_k().filter(|record| record.recalled);
            let periods = || recalled().filter_map(|record| record.period);
            table.push([
                k.into(),
                part.column.as_str().into(),
                of_k().count().into(),
                recalled().count().into(),
                periods().reduce(f64::min).into(),
                periods().reduce(f64::max).into(),
                of_k().find_map(|record| record.period_formula).into(),
                recalled()
                    .filter_map(|record| record.silent_maximum)
                    .reduce(f64::max)
                    .into(),
                recalled()
                    .filter_map(|record| record.leading_multiplier)
                    .reduce(f64::max)
                    .into(),
            ]);
        }
    }
    table
}

/// Every record as a row of `patterns.csv`.
pub(super) fn listing(records: &[&PatternRecord]) -> Table {
    let mut table = Table::new([
        "pattern",
        "k",
        "engine",
        "verdict",
        "settles_in",
        "recalled",
        "period",
        "period_error",
        "period_formula",
        "silent_maximum",
        "silent_maximum_formula",
        "synchrony_multiplier",
        "synchrony_multiplier_formula",
        "spread",
        "residual",
        "time",
        "stability",
        "leading_multiplier",
        "multipliers",
        "crossing_margin",
        "failure",
    ]);
    for record in records {
        table.push([
            (&record.pattern).into(),
            record.k.into(),
            record.engine.as_str().into(),
            record.verdict.as_str().into(),
            record.settles_in.as_ref().into(),
            record.recalled.into(),
            record.period.into(),
            record.period_error.into(),
            record.period_formula.into(),
            record.silent_maximum.into(),
            record.silent_maximum_formula.into(),
            record.synchrony_multiplier.into(),
            record.synchrony_multiplier_formula.into(),
            record.spread.into(),
            record.residual.into(),
            record.time.into(),
            record.stability.clone().into(),
            record.leading_multiplier.into(),
            multipliers(record).into(),
            record.crossing_margin.into(),
            record.failure.clone().into(),
        ]);
    }
    table
}

/// The Floquet multipliers of a certified cycle, blanks between them.
fn multipliers(record: &PatternRecord) -> Option<String> {
    let text = |(re, im): &(f64, f64)| {
        if *im == 0.0 {
            format!("{re}")
        } else {
            format!("{re}{im:+}i")
        }
    };
    let all: Vec<String> = record.multipliers.as_ref()?.iter().map(text).collect();
    Some(all.join(" "))
}
