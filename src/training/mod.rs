//! Learning: weights as the state of a slower flow.

pub(crate) mod adam;
pub mod flow;
pub(crate) mod order;
pub mod predictive;
pub mod readout;
pub mod recurrent;

/// A loss this many times that of the start, or of an answer of zeros if that is larger, is taken for
/// divergence; a catapult at the start stays far below. Chosen.
const DIVERGED: f64 = 1e4;
