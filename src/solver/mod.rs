//! Trajectories of ordinary, delay and relay equations. Knows nothing of neurons or of training.
//!
//! Every engine is an [`Engine`]: it advances by one smooth [`Piece`] at a time and the caller
//! owns time. What watches a trajectory (an analysis, a recorder) sees pieces and need not know
//! which engine made them. [`solve`] is a loop over any engine that saves states and finds events.

mod breaking;
mod closure;
mod control;
mod delay;
mod engine;
mod error;
mod event;
mod field;
mod history;
mod memory;
mod options;
mod quasi_newton;
mod record;
mod relay;
mod step;
mod switch;
mod tableau;
mod trajectory;

pub use closure::{ClosureField, closure_field};
pub use delay::DelaySolver;
pub use engine::{Engine, Piece, Statistics};
pub use error::SolverError;
pub use event::{Direction, Event, Occurrence};
pub use field::{DelayField, Delayed};
pub use history::History;
pub use options::Options;
pub use quasi_newton::{EnergyBatch, Minimum, QuasiNewton, Round, minimise};
pub use relay::{Positive, RelayField, RelayPiece, RelaySolver};
pub use trajectory::{Save, Termination, Trajectory, solve};
