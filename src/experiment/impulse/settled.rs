//! How a settled trajectory is reported, by every kind that settles one.

use serde_json::{Map, Value, json};

use crate::analysis::{Cycle, Settled};
use crate::experiment::{Block, Table};

/// What a closed form says about the mode found; `None` where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Formula {
    pub period: Option<f64>,
    pub silent_maximum: Option<f64>,
    pub synchrony_multiplier: Option<f64>,
}

/// The part of the report that says where a trajectory has settled.
pub(super) fn report(settled: &Settled, formula: Formula) -> Map<String, Value> {
    let mut report = Map::new();
    let mut put = |key: &str, value: Value| report.insert(key.to_owned(), value);
    put("verdict", settled.verdict().into());
    put("residual", finite(settled.residual()));
    put("followed_until", settled.activity.time().into());
    if let Ok(cycle) = &settled.outcome {
        put("pattern", json!(cycle.pattern));
        put("k", cycle.k().into());
        put("period", cycle.period.into());
        put("period_error", cycle.period_error.into());
        put("period_formula", json!(formula.period));
        put("silent_maximum", json!(cycle.silent_maximum));
        put("silent_maximum_formula", json!(formula.silent_maximum));
        put("synchrony_multiplier", json!(cycle.synchrony_multiplier));
        put(
            "synchrony_multiplier_formula",
            json!(formula.synchrony_multiplier),
        );
        put("spread", cycle.spread.into());
        put("impulses_per_period", json!(cycle.impulses_per_period));
        put("phases", json!(cycle.phases));
    }
    report
}

/// The same for a reader at a terminal.
pub(super) fn summary(settled: &Settled, formula: Formula) -> Vec<Block> {
    match &settled.outcome {
        Ok(cycle) => vec![headline(cycle), Block::Table(quantities(cycle, formula))],
        Err(residual) if residual.is_finite() => vec![Block::Line(format!(
            "not settled by t = {}: it still moves by {residual:.1e} in one period; \
             raise `analysis.maximum_time`",
            settled.activity.time()
        ))],
        Err(_) => vec![Block::Line(format!(
            "not settled by t = {}: no two periods alike; \
             raise `analysis.maximum_time`, or it is not periodic",
            settled.activity.time()
        ))],
    }
}

fn headline(cycle: &Cycle) -> Block {
    Block::Line(format!(
        "{}: pattern {}, k = {}",
        cycle.mode.name(),
        cycle.pattern,
        cycle.k()
    ))
}

fn quantities(cycle: &Cycle, formula: Formula) -> Table {
    let mut table = Table::new(["quantity", "measured", "closed form"]);
    let mut row = |name: &str, measured: Option<f64>, formula: Option<f64>| {
        if measured.is_some() {
            table.push([name.into(), measured.into(), formula.into()]);
        }
    };
    row("period", Some(cycle.period), formula.period);
    row("error of the period", Some(cycle.period_error), None);
    row(
        "silent maximum",
        cycle.silent_maximum,
        formula.silent_maximum,
    );
    row(
        "synchrony multiplier",
        cycle.synchrony_multiplier,
        formula.synchrony_multiplier,
    );
    row("spread of the onsets", Some(cycle.spread), None);
    let impulses: Vec<String> = cycle
        .impulses_per_period
        .iter()
        .map(ToString::to_string)
        .collect();
    table.push(["impulses per period".into(), impulses.join(" ").into()]);
    table
}

/// A number as JSON, `null` where it is infinite.
fn finite(value: f64) -> Value {
    json!(Some(value).filter(|value| value.is_finite()))
}
