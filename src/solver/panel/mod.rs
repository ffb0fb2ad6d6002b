//! The panel engine, for delay fields that are affine in the present state.
//!
//! [`PanelField`] is the opt-in trait, [`PanelSolver`] the engine. `collocation` holds the numbers
//! of the method, `clock` the ticks that time is counted in, `history` the panels that the lags
//! reach, `calendar` and `layer` what is known of the coming panels; `step` makes one panel, with
//! the arithmetic of `kernel` on each tile. [`PanelEnsemble`] runs many small systems side by side.

#![allow(clippy::needless_range_loop)] // stages, lags and points are numbered as in the formulas

mod attempt;
mod calendar;
mod choice;
mod clock;
mod collocation;
mod course;
mod ensemble;
mod field;
mod history;
mod kernel;
mod layer;
mod propagator;
mod solver;
mod step;

pub use choice::panel_or_general;
pub use ensemble::PanelEnsemble;
pub use field::{Affine, Chart, Input, PanelField};
pub use solver::PanelSolver;

/// Components to a block of vector instructions.
pub const LANES: usize = 8;
