//! Looking patterns and orders up in the atlas that a run has kept.

use std::path::Path;

use thiserror::Error;

use super::impulse::atlas::{self, Atlas};
use super::orders::atlas::{self as orders, Orders};
use super::{KeptRun, KeptRunError, Study, Table};
use crate::networks::{CyclicOrder, CyclicOrderError, Pattern, PatternError};

/// Why something cannot be looked up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The folder holds no atlas.
    #[error("{0}; give the folder of a finished run of the kind `atlas` or `orders`")]
    Unreadable(#[from] KeptRunError),
    /// The text is no pattern.
    #[error(transparent)]
    NoPattern(#[from] PatternError),
    /// The text is no order.
    #[error(transparent)]
    NoOrder(#[from] CyclicOrderError),
    /// The atlas does not know the pattern.
    #[error(
        "the atlas has no pattern `{pattern}`; its patterns have {neurons} neurons, not all silent"
    )]
    Unknown {
        /// The pattern asked for.
        pattern: Pattern,
        /// Neurons of the atlas.
        neurons: usize,
    },
    /// The atlas does not know the order.
    #[error("the atlas has no order `{order}`; its orders have {neurons} neurons")]
    UnknownOrder {
        /// The order asked for.
        order: CyclicOrder,
        /// Neurons of the atlas.
        neurons: usize,
    },
}

/// What the atlas of a run knows of the given patterns (`"1011"`, neuron 1 first), one row for each of its networks, or
/// of the given orders (`"1-3-2-4"`) if it is one of orders.
///
/// # Errors
/// [`QueryError`] if there is no atlas, or not that pattern or order.
pub fn query_atlas(folder: &Path, names: &[String]) -> Result<Table, QueryError> {
    let run = KeptRun::open(folder)?;
    let is_of_orders = run
        .model()
        .header()
        .is_ok_and(|header| &*header.experiment == Orders::NAME);
    if is_of_orders {
        let (_, findings) = run.findings::<Orders>()?;
        return query_orders(&findings, names);
    }
    let (_, findings) = run.findings::<Atlas>()?;
    query_patterns(&findings, names)
}

fn query_patterns(findings: &atlas::Findings, names: &[String]) -> Result<Table, QueryError> {
    let mut table = atlas::lookup_table();
    for text in names {
        let pattern: Pattern = text.parse()?;
        let neurons = findings.neurons;
        let number = pattern
            .code()
            .filter(|number| *number > 0 && pattern.len() == neurons);
        let number = number.ok_or(QueryError::Unknown { pattern, neurons })?;
        for row in atlas::lookup(findings, number as usize) {
            table.push(row);
        }
    }
    Ok(table)
}

fn query_orders(findings: &orders::Findings, names: &[String]) -> Result<Table, QueryError> {
    let mut table = orders::lookup_table();
    for text in names {
        let order: CyclicOrder = text.parse()?;
        let neurons = findings.neurons;
        if order.len() != neurons {
            return Err(QueryError::UnknownOrder { order, neurons });
        }
        table.push(orders::lookup(findings, order.number() as usize));
    }
    Ok(table)
}
