//! An atlas of orders as tables.

use super::atlas::Findings;
use crate::analysis::{Fate, RingOrder};
use crate::experiment::{Array, Block, Cell, Table};
use crate::figures::grouped;
use crate::networks::CyclicOrder;

/// Most orders that are listed on a terminal: what fits on a page.
const LISTED: usize = 24;

/// What is known of an order, column by column.
pub(super) const COLUMNS: [&str; 10] = [
    "number",
    "order",
    "fate",
    "settles_in",
    "fires",
    "period",
    "unevenness",
    "leading_multiplier",
    "multipliers",
    "failure",
];

/// The terminal's view: the count, the orders or what becomes of how many, and the waves of theory.
pub(super) fn summary(findings: &Findings) -> Vec<Block> {
    let (found, all) = (grouped(findings.memories), grouped(findings.orders));
    let mut blocks = vec![Block::Line(format!("{found} of {all} orders are memories"))];
    blocks.push(Block::Table(if findings.orders <= LISTED {
        brief(findings)
    } else {
        by_fate(findings)
    }));
    let what = match findings.packets {
        None => "all neurons fire once a period".to_owned(),
        Some((count, period)) => format!(
            "all neurons fire one packet a period, each of as many impulses (one alone: of {count}, period {period:.6})"
        ),
    };
    blocks.push(Block::Line(format!(
        "A memory: {what} in the order that was started, and every Floquet multiplier but the trivial one lies inside \
         the unit circle."
    )));
    if !findings.waves.is_empty() {
        blocks.push(Block::Line(
            "Waves by theory, sets (one cluster) among them:".into(),
        ));
        blocks.push(Block::Table(waves(findings)));
    }
    if let Some(found) = &findings.ring {
        blocks.push(Block::Line(format!(
            "Around a ring all neurons can do the same only if each is as late behind the one that it hears: {} of the \
             {all} orders have such equal steps. Of these there are, by theory:",
            equal_steps(findings.neurons)
        )));
        blocks.push(Block::Table(ring(found)));
    }
    blocks
}

/// Every order of a few.
fn brief(findings: &Findings) -> Table {
    let mut table = Table::new([
        "order",
        "period",
        "uneven by",
        "|leading multiplier|",
        "impulses",
        "fate",
    ]);
    for record in &findings.records {
        let fate = match (record.fate, &record.settles_in, &record.pattern) {
            (Fate::Lost, Some(order), _) => format!("lost to {order}"),
            (Fate::Lost, None, Some(pattern)) if pattern.k() < findings.neurons => {
                format!("lost: {pattern} fires")
            }
            (Fate::Lost, None, _) => "lost: some fire together".to_owned(),
            (fate, ..) => fate.word().to_owned(),
        };
        table.push([
            record.order.to_string().into(),
            record.period.into(),
            record.unevenness.into(),
            record.leading_multiplier.into(),
            record.impulses.into(),
            Cell::from(fate),
        ]);
    }
    table
}

/// What becomes of how many.
fn by_fate(findings: &Findings) -> Table {
    let mut table = Table::new([
        "fate",
        "orders",
        "shortest period",
        "longest",
        "most uneven by",
        "largest |leading multiplier|",
    ]);
    for fate in Fate::ALL {
        let places: Vec<usize> = (0..findings.orders)
            .filter(|n| findings.fate.values[*n] as usize == fate.number())
            .collect();
        if places.is_empty() {
            continue;
        }
        let known = |array: &Array| -> Vec<f64> {
            let values = places.iter().map(|n| array.values[*n]);
            values.filter(|value| !value.is_nan()).collect()
        };
        let largest = |array: &Array| known(array).into_iter().reduce(f64::max);
        table.push([
            fate.word().into(),
            places.len().into(),
            known(&findings.period).into_iter().reduce(f64::min).into(),
            largest(&findings.period).into(),
            largest(&findings.unevenness).into(),
            Cell::from(largest(&findings.leading_multiplier)),
        ]);
    }
    table
}

/// The waves that live in the homogeneous network.
pub(super) fn waves(findings: &Findings) -> Table {
    let mut table = Table::new([
        "clusters",
        "neurons each",
        "cycles",
        "period",
        "spacing",
        "silent max",
        "|leading multiplier|",
        "verdict",
    ]);
    for found in &findings.waves {
        let wave = &found.wave;
        let silent = (wave.firing() < findings.neurons).then_some(wave.silent_maximum);
        table.push([
            wave.clusters.into(),
            wave.size.into(),
            (found.cycles as usize).into(),
            wave.period.into(),
            wave.spacing().into(),
            silent.into(),
            found.leading_multiplier.into(),
            Cell::from(if found.is_stable() {
                "stable"
            } else {
                "unstable"
            }),
        ]);
    }
    table
}

/// How many orders of a ring have equal steps: Euler's function.
fn equal_steps(neurons: usize) -> usize {
    (1..neurons)
        .filter(|step| CyclicOrder::of_steps(neurons, *step).is_some())
        .count()
}

/// The orders that theory finds around a ring.
pub(super) fn ring(found: &[RingOrder]) -> Table {
    let mut table = Table::new(["step", "order", "period", "|leading multiplier|", "verdict"]);
    for order in found {
        table.push([
            order.step.into(),
            order.order.to_string().into(),
            order.period.into(),
            order.leading_multiplier.into(),
            Cell::from(if order.is_stable() {
                "stable"
            } else {
                "unstable"
            }),
        ]);
    }
    table
}

/// Every order as a row of `orders.csv`.
pub(super) fn listing(findings: &Findings) -> Table {
    let mut table = Table::new(COLUMNS);
    for number in 0..findings.orders {
        table.push(row(findings, number));
    }
    table
}

/// One order by its number.
pub(super) fn row(findings: &Findings, number: usize) -> Vec<Cell> {
    let known = |array: &Array| Some(array.values[number]).filter(|value| !value.is_nan());
    let order = |number: u64| CyclicOrder::from_number(number, findings.neurons).to_string();
    let fate = Fate::ALL.get(findings.fate.values[number] as usize);
    let record = findings.records.get(number);
    let multipliers = record.map(|record| {
        let text = |(re, im): &(f64, f64)| match im {
            0.0 => format!("{re}"),
            im => format!("{re}{im:+}i"),
        };
        let all: Vec<String> = record.multipliers.iter().map(text).collect();
        all.join(" ")
    });
    vec![
        number.into(),
        order(number as u64).into(),
        fate.map(|fate| fate.word()).into(),
        known(&findings.settles_in)
            .map(|number| order(number as u64))
            .into(),
        record
            .and_then(|record| record.pattern.as_ref())
            .map(ToString::to_string)
            .into(),
        known(&findings.period).into(),
        known(&findings.unevenness).into(),
        known(&findings.leading_multiplier).into(),
        multipliers.filter(|text| !text.is_empty()).into(),
        record.and_then(|record| record.failure.clone()).into(),
    ]
}
