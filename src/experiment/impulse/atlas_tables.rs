//! An atlas as tables.

use super::atlas::Findings;
use super::atlas_columns::{Row, SizeFormula};
use super::proof_columns;
use crate::analysis::{Evidence, Fate, PatternRecord, ProofVerdict, Stability};
use crate::experiment::{Block, Cell, Table};

/// Most patterns that are listed one by one on a terminal and in a figure: what fits on a page.
pub(super) const LISTED: usize = 63;

impl Findings {
    /// The closed form of the patterns of one size.
    pub(super) fn formula(&self, k: usize) -> Option<&SizeFormula> {
        self.formulas.iter().find(|formula| formula.k == k)
    }

    /// Number of patterns.
    pub(super) fn count(&self) -> usize {
        self.networks[0].fate.values.len() - 1
    }
}

/// The terminal's view: the count, then every pattern, or every `k` where they are many, then what
/// counts as a memory.
pub(super) fn summary(findings: &Findings) -> Vec<Block> {
    let all = findings.count();
    let counts = findings.networks.iter().map(|network| {
        let (name, found) = (&network.name, network.memories);
        Block::Line(format!("{name}: {found} of {all} patterns are memories"))
    });
    let proofs = findings.networks.iter().filter_map(|network| {
        let proof = network.proof.as_ref()?;
        let (stable, unstable) = (proof.stable, proof.unstable);
        let open = all - stable - unstable;
        Some(Block::Line(format!(
            "{}: {stable} proved stable, {unstable} proved unstable, {open} not proved",
            network.name
        )))
    });
    let first_open = findings.networks.iter().find_map(|network| {
        let (code, reason) = network.proof.as_ref()?.reasons.first_key_value()?;
        let pattern = network.row(*code, findings.neurons).pattern;
        Some(Block::Line(format!(
            "not proved, first {pattern}: {reason}"
        )))
    });
    let listed = all <= LISTED;
    let table = if listed {
        by_pattern(findings)
    } else {
        by_size(findings)
    };
    let criterion = Block::Line(format!("A memory: {}.", findings.criterion));
    counts
        .chain(proofs)
        .chain(first_open)
        .chain([Block::Table(table), criterion])
        .collect()
}

fn by_pattern(findings: &Findings) -> Table {
    let networks = &findings.networks;
    let rows = |code: usize| networks.iter().map(move |n| n.row(code, findings.neurons));
    let codes = 1..=findings.count();
    let agree = codes.clone().all(|code| {
        let fates: Vec<String> = rows(code).map(|row| row.words()).collect();
        fates.iter().all(|fate| *fate == fates[0])
    });
    let first = &networks[0].name;
    let known = |value: &dyn Fn(&Row) -> Option<f64>| {
        codes
            .clone()
            .any(|code| value(&networks[0].row(code, findings.neurons)).is_some())
    };
    let (measured, leading) = (
        known(&|row| row.multiplier),
        known(&|row| row.leading_multiplier),
    );

    let mut heads = vec!["pattern".to_owned(), "k".to_owned()];
    heads.extend(
        networks
            .iter()
            .map(|network| format!("T, {}", network.name)),
    );
    heads.extend([
        "T, formula".to_owned(),
        format!("silent max, {first}"),
        "formula".into(),
    ]);
    if measured {
        heads.extend([format!("multiplier, {first}"), "formula".into()]);
    }
    if leading {
        heads.push(format!("|leading multiplier|, {first}"));
    }
    let proved = networks[0].proof.is_some();
    if proved {
        heads.extend(["proof".to_owned(), "T lies within".to_owned()]);
    }
    let trapped = known(&|row| row.cue_spread);
    if trapped {
        heads.push("cues within".into());
    }
    if agree {
        heads.push("fate".into());
    } else {
        heads.extend(
            networks
                .iter()
                .map(|network| format!("fate, {}", network.name)),
        );
    }
    let mut table = Table::new(heads);
    for code in codes {
        let all: Vec<Row> = rows(code).collect();
        let row = &all[0];
        let formula = findings.formula(row.k);
        let mut cells: Vec<Cell> = vec![row.pattern.to_string().into(), row.k.into()];
        cells.extend(all.iter().map(|row| Cell::from(row.period)));
        cells.push(formula.and_then(|formula| formula.period).into());
        cells.push(row.silent_maximum.into());
        cells.push(formula.and_then(|formula| formula.silent_maximum).into());
        if measured {
            cells.push(row.multiplier.into());
            cells.push(
                formula
                    .and_then(|formula| formula.synchrony_multiplier)
                    .into(),
            );
        }
        if leading {
            cells.push(row.leading_multiplier.into());
        }
        if proved {
            cells.push(row.verdict.map(ProofVerdict::words).into());
            cells.push(row.enclosures.map(|known| known.period.width()).into());
        }
        if trapped {
            cells.push(row.cue_spread.into());
        }
        let told = if agree { &all[..1] } else { &all[..] };
        cells.extend(told.iter().map(|row| Cell::from(row.words())));
        table.push(cells);
    }
    table
}

fn by_size(findings: &Findings) -> Table {
    let proved = findings
        .networks
        .iter()
        .any(|network| network.proof.is_some());
    let mut heads = vec![
        "k",
        "engine",
        "patterns",
        "memories",
        "shortest period",
        "longest",
        "closed form",
        "largest silent max",
        "largest |leading multiplier|",
    ];
    if proved {
        heads.extend(["proved stable", "T lies within"]);
    }
    let all = findings.networks.iter();
    let mut all = all.flat_map(|network| network.rows(findings.neurons));
    let trapped = all.any(|row| row.cue_spread.is_some());
    if trapped {
        heads.push("cues within, at least");
    }
    let mut table = Table::new(heads);
    for k in 1..=findings.neurons {
        for network in &findings.networks {
            let of_size = || network.rows(findings.neurons).filter(move |row| row.k == k);
            let memories = || of_size().filter(|row| row.fate == Fate::Memory);
            let periods = || memories().filter_map(|row| row.period);
            let largest = |value: fn(&Row) -> Option<f64>| {
                memories().filter_map(|row| value(&row)).reduce(f64::max)
            };
            let mut cells: Vec<Cell> = vec![
                k.into(),
                network.name.as_str().into(),
                of_size().count().into(),
                memories().count().into(),
                periods().reduce(f64::min).into(),
                periods().reduce(f64::max).into(),
                findings
                    .formula(k)
                    .and_then(|formula| formula.period)
                    .into(),
                largest(|row| row.silent_maximum).into(),
                largest(|row| row.leading_multiplier).into(),
            ];
            if proved {
                let stable = |row: &Row| row.verdict == Some(ProofVerdict::ProvedStable);
                let widths = of_size().filter_map(|row| Some(row.enclosures?.period.width()));
                cells.push(
                    network
                        .proof
                        .as_ref()
                        .map(|_| of_size().filter(stable).count())
                        .into(),
                );
                cells.push(widths.reduce(f64::max).into());
            }
            if trapped {
                let spreads = of_size().filter_map(|row| row.cue_spread);
                cells.push(spreads.reduce(f64::min).into());
            }
            table.push(cells);
        }
    }
    table
}

/// What is known of a pattern, column by column; what is proved of it follows.
const COLUMNS: [&str; 20] = [
    "number",
    "pattern",
    "k",
    "engine",
    "fate",
    "settles_in",
    "period",
    "period_error",
    "period_formula",
    "silent_maximum",
    "silent_maximum_formula",
    "synchrony_multiplier",
    "synchrony_multiplier_formula",
    "leading_multiplier",
    "spread",
    "residual",
    "evidence",
    "stability",
    "multipliers",
    "failure",
];

/// A table of patterns, with what is proved of them.
pub(super) fn table() -> Table {
    Table::new(COLUMNS.into_iter().chain(proof_columns::COLUMNS))
}

/// A pattern, by its number, in the network at a place.
pub(super) fn row(findings: &Findings, place: usize, number: usize) -> Vec<Cell> {
    let network = &findings.networks[place];
    let row = network.row(number, findings.neurons);
    let formula = findings.formula(row.k);
    let record = findings.patterns.get(place * findings.count() + number - 1);
    let mut cells: Vec<Cell> = vec![
        number.into(),
        row.pattern.to_string().into(),
        row.k.into(),
        network.engine.as_str().into(),
        row.fate.word().into(),
        row.settles_in.map(|pattern| pattern.to_string()).into(),
        row.period.into(),
        row.period_error.into(),
        formula.and_then(|formula| formula.period).into(),
        row.silent_maximum.into(),
        formula.and_then(|formula| formula.silent_maximum).into(),
        row.multiplier.into(),
        formula
            .and_then(|formula| formula.synchrony_multiplier)
            .into(),
        row.leading_multiplier.into(),
        row.spread.into(),
        row.residual.into(),
        record
            .and_then(|record| record.evidence)
            .map(Evidence::words)
            .into(),
        record
            .and_then(|record| record.stability)
            .map(Stability::name)
            .into(),
        record.and_then(multipliers).into(),
        record.and_then(|record| record.failure.clone()).into(),
    ];
    cells.extend(proof_columns::cells(
        row.verdict,
        row.enclosures,
        row.cue_spread,
        row.reason,
    ));
    cells
}

/// Every pattern of every network as a row of `patterns.csv`.
pub(super) fn listing(findings: &Findings) -> Table {
    let mut table = table();
    for place in 0..findings.networks.len() {
        for number in 1..=findings.count() {
            table.push(row(findings, place, number));
        }
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
