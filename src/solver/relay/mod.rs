//! Relay equations, advanced exactly from event to event.
//!
//! Between two switches of a delayed sign every component obeys a scalar linear equation, so its
//! course and the time of its next zero are closed forms; nothing is discretised. Zeros switch
//! signs, and every switch is felt one lag later.
//!
//! Three engines share that idea. [`RelaySolver`] takes any [`RelayField`] and touches every
//! component at every event. [`MeanFieldSolver`] uses that components which hear one common sum
//! follow few shared flows, [`SparseSolver`] that a switch reaches few components; both take
//! [`RelayUnit`]s and cost far less than the number of components an event.

mod calendar;
mod clusters;
mod flow;
mod full;
mod groups;
mod log;
mod mean_field;
mod mean_field_solver;
mod ordered;
mod sparse;
mod sparse_solver;
mod tangent;
mod unit;

/// Shortest lag but 0. A switch must be felt at a later time than its own: times reach 1e4 and more, where
/// one rounding is 1e-12; a thousand of them (chosen).
pub const LEAST_LAG: f64 = 1e-9;

pub use full::{Positive, RelayField, RelayPiece, RelaySolver};
pub use mean_field::MeanField;
pub use mean_field_solver::MeanFieldSolver;
pub use sparse::SparseRelay;
pub use sparse_solver::SparseSolver;
pub use tangent::{RelayState, RelayTangent};
pub use unit::{RelayEvent, RelayUnit, Switch};
