//! The panel engine where it may be chosen.

use super::{PanelField, PanelSolver};
use crate::solver::{DelayField, DelaySolver, Engine, History, Options, SolverError};

/// The panel engine for a field that offers it, or the general one if the options name a method:
/// what [`DelayField::engine`] of such a field returns.
///
/// # Errors
/// Those of the engine's constructor.
pub fn panel_or_general<'a, F, const LAGS: usize, const PARAMETERS: usize>(
    field: &'a F,
    history: History<'a>,
    begin: f64,
    options: Options,
) -> Result<Box<dyn Engine + 'a>, SolverError>
where
    F: DelayField + PanelField<LAGS, PARAMETERS>,
{
    Ok(if options.method.is_some() {
        Box::new(DelaySolver::new(field, history, begin, options)?)
    } else {
        Box::new(PanelSolver::new(field, history, begin, options)?)
    })
}
