//! Trajectories of ordinary, delay and relay equations. Knows nothing of neurons or of training.
//!
//! Every engine is an [`Engine`]: it advances by one smooth [`Piece`] at a time and the caller
//! owns time. What watches a trajectory (an analysis, a recorder) sees pieces and need not know
//! which engine made them.

mod engine;
mod error;
mod field;
mod relay;

pub use engine::{Engine, Piece, Statistics};
pub use error::SolverError;
pub use field::{DelayField, Delayed};
pub use relay::{
    MeanField, MeanFieldSolver, Positive, RelayEvent, RelayField, RelayPiece, RelaySolver,
    RelayUnit, SparseRelay, SparseSolver, Switch,
};
