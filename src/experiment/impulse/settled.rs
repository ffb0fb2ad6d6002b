//! How a settled trajectory is reported, by every kind that settles one.

use serde::Serialize;

use crate::analysis::{Cycle, Settled};
use crate::experiment::{Block, Table};

/// What a closed form says about the mode found; `None` where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Formula {
    /// Its period.
    #[serde(rename = "period_formula")]
    pub period: Option<f64>,
    /// Largest value of a silent neuron.
    #[serde(rename = "silent_maximum_formula")]
    pub silent_maximum: Option<f64>,
    /// Factor by which differences between active neurons shrink in one period.
    #[serde(rename = "synchrony_multiplier_formula")]
    pub synchrony_multiplier: Option<f64>,
}

/// Where a trajectory has settled, beside the closed form.
///
/// Its keys stand among those of the findings around it. [`read_with_settlement`] reads them back from there, since a schema
/// sees nothing of what serde's `flatten` reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settlement {
    /// The mode in words, or `"not settled"`.
    pub verdict: String,
    /// How far a trajectory that has not settled still moves in one period; `None` where no two can
    /// be compared.
    pub still_moves: Option<f64>,
    /// Time that it was followed.
    pub followed_until: f64,
    /// Number of neurons that fire.
    pub k: Option<usize>,
    /// The mode, if it has settled.
    #[serde(flatten)]
    pub cycle: Option<Cycle>,
    /// The closed form.
    #[serde(flatten)]
    pub formula: Formula,
}

/// Reads findings with a `settlement` among whose keys are those of the settlement, every key spelled out; the other fields
/// are named with their types.
macro_rules! read_with_settlement {
    ($findings:ident { $($field:ident: $type:ty,)* }) => {
        impl<'de> serde::Deserialize<'de> for $findings {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                struct Keys {
                    $($field: $type,)*
                    verdict: String,
                    still_moves: Option<f64>,
                    followed_until: f64,
                    k: Option<usize>,
                    mode: Option<crate::analysis::Mode>,
                    period: Option<f64>,
                    period_error: Option<f64>,
                    pattern: Option<crate::networks::Pattern>,
                    impulses_per_period: Option<Vec<usize>>,
                    phases: Option<Vec<Option<f64>>>,
                    spread: Option<f64>,
                    silent_maximum: Option<f64>,
                    synchrony_multiplier: Option<f64>,
                    residual: Option<f64>,
                    period_formula: Option<f64>,
                    silent_maximum_formula: Option<f64>,
                    synchrony_multiplier_formula: Option<f64>,
                }
                let keys = <Keys as serde::Deserialize>::deserialize(deserializer)?;
                // the keys of a cycle are all there, or none
                let cycle = |keys: &Keys| {
                    Some(crate::analysis::Cycle {
                        mode: keys.mode?,
                        period: keys.period?,
                        period_error: keys.period_error?,
                        pattern: keys.pattern.clone()?,
                        impulses_per_period: keys.impulses_per_period.clone()?,
                        phases: keys.phases.clone()?,
                        spread: keys.spread?,
                        silent_maximum: keys.silent_maximum,
                        synchrony_multiplier: keys.synchrony_multiplier,
                        residual: keys.residual?,
                    })
                };
                let cycle = cycle(&keys);
                Ok(Self {
                    $($field: keys.$field,)*
                    settlement: Settlement {
                        verdict: keys.verdict,
                        still_moves: keys.still_moves,
                        followed_until: keys.followed_until,
                        k: keys.k,
                        cycle,
                        formula: Formula {
                            period: keys.period_formula,
                            silent_maximum: keys.silent_maximum_formula,
                            synchrony_multiplier: keys.synchrony_multiplier_formula,
                        },
                    },
                })
            }
        }
    };
}

pub(super) use read_with_settlement;

impl Settlement {
    /// What `settled` says, beside the closed form that `formula` gives for its cycle.
    pub fn of(settled: &Settled, formula: impl FnOnce(&Cycle) -> Formula) -> Self {
        let cycle = settled.outcome.as_ref().ok();
        Self {
            verdict: settled.verdict().to_owned(),
            still_moves: settled
                .outcome
                .as_ref()
                .err()
                .copied()
                .filter(|x| x.is_finite()),
            followed_until: settled.activity.time(),
            k: cycle.map(Cycle::k),
            formula: cycle.map(formula).unwrap_or_default(),
            cycle: cycle.cloned(),
        }
    }

    /// The same for a reader at a terminal.
    pub fn summary(&self) -> Vec<Block> {
        let line = |text: String| vec![Block::Line(text)];
        let until = self.followed_until;
        match (&self.cycle, self.still_moves) {
            (Some(cycle), _) => vec![headline(cycle), Block::Table(self.quantities(cycle))],
            (None, Some(residual)) => line(format!(
                "not settled by t = {until}: it still moves by {residual:.1e} in one period; \
                 raise `analysis.maximum_time`"
            )),
            (None, None) => line(format!(
                "not settled by t = {until}: no two periods alike; \
                 raise `analysis.maximum_time`, or it is not periodic"
            )),
        }
    }

    fn quantities(&self, cycle: &Cycle) -> Table {
        let mut table = Table::new(["quantity", "measured", "closed form"]);
        for (name, measured, formula) in [
            ("period", Some(cycle.period), self.formula.period),
            ("error of the period", Some(cycle.period_error), None),
            (
                "silent maximum",
                cycle.silent_maximum,
                self.formula.silent_maximum,
            ),
            (
                "synchrony multiplier",
                cycle.synchrony_multiplier,
                self.formula.synchrony_multiplier,
            ),
            ("spread of the onsets", Some(cycle.spread), None),
        ] {
            if measured.is_some() {
                table.push([name.into(), measured.into(), formula.into()]);
            }
        }
        let impulses = cycle.impulses_per_period.iter().map(ToString::to_string);
        let impulses: Vec<String> = impulses.collect();
        table.push(["impulses per period".into(), impulses.join(" ").into()]);
        table
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
