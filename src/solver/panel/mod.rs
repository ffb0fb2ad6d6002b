//! The panel engine, for delay fields that are affine in the present state.
//!
//! [`PanelField`] is the opt-in trait, [`PanelSolver`] the engine. `collocation` holds the numbers
//! of the method, `clock` the ticks that time is counted in, `layout` the order of components in memory,
//! `numbers` the precision that they are kept in, `history` the panels that the lags reach; of the coming
//! panels `calendar` knows the breaking points, and `passage`, `search` and `poles` where the gates that they
//! read are steep; `step` makes one panel, with the arithmetic of `listen` and `solve` on each tile, or of
//! `alone` for a single component. Components are solved by `elimination`, by way of an `average` one, by
//! a ready-made `propagator`, or share the solution of those whose gates are `standing`.
//! [`PanelEnsemble`] runs many small systems side by side.

#![allow(clippy::needless_range_loop)] // stages, lags and points are numbered as in the formulas

mod alone;
mod attempt;
mod average;
mod calendar;
mod choice;
mod clock;
mod collocation;
mod course;
mod effort;
mod elimination;
mod ensemble;
mod field;
mod foresight;
mod history;
mod layout;
mod listen;
mod numbers;
mod order;
mod passage;
mod poles;
mod propagator;
mod search;
mod solve;
mod solver;
mod sources;
mod standing;
mod step;
mod task;

pub use choice::panel_or_general;
pub use ensemble::PanelEnsemble;
pub use field::{Affine, Chart, Input, PanelField};
pub use solver::PanelSolver;

/// Components to a block of vector instructions.
pub const LANES: usize = 8;
