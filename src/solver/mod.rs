//! Trajectories of ordinary, delay and relay equations. Knows nothing of neurons or of training.
//!
//! Every engine is an [`Engine`]: it advances by one smooth [`Piece`] at a time and the caller
//! owns time. What watches a trajectory (an analysis, a recorder) sees pieces and need not know
//! which engine made them. [`solve`] is a loop over any engine that saves states and finds events.
//!
//! [`integrate`] is the one entry point for a delay equation: it takes the engine that the field
//! offers ([`DelayField::engine`]) and says which one has run.
//!
//! [`DelaySolver`] is the general engine, for any right-hand side, stiff or not, with lags that are
//! constant or depend on time and state, neutral or not; [`PanelSolver`], many times faster, takes
//! a [`PanelField`], nonlinear only in delayed states, and [`PanelEnsemble`] many of them;
//! [`solve_ordinary`] serves smooth equations without lags, [`StochasticSolver`] equations driven by
//! noise. One's own equation takes ten lines:
//!
//! ```
//! use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
//!
//! // the relay neuron x' = 1 while x(t - 1) <= 0, else -2: it switches in the delayed state
//! let neuron = closure_field(1, &[1.0], |_, _, delayed, dx| {
//!     dx[0] = if delayed.state(0)[0] <= 0.0 { 1.0 } else { -2.0 };
//! })
//! .with_switches(1, |_, _, delayed, values| values[0] = delayed.state(0)[0]);
//!
//! let history = History::constant(&[-1.0]);
//! let mut engine = DelaySolver::new(&neuron, history, 0.0, Options::with_tolerance(1e-9))?;
//! let rises = Event::new(|_, x| x[0]).rising();
//! let trajectory = solve(&mut engine, 50.0, &Save::Last, &[rises])?;
//! let period = trajectory.events[2].time - trajectory.events[1].time;
//! assert!((period - (2.0 + 2.0 + 0.5)).abs() < 1e-12);
//! # Ok::<(), pulsatrix::solver::SolverError>(())
//! ```

mod backward;
mod closure;
mod collocation;
mod dense;
mod distributed;
mod engine;
mod error;
mod event;
mod event_memory;
mod field;
mod general;
mod history;
mod instant;
mod moment;
mod options;
mod ordinary;
mod ordinary_field;
mod panel;
mod pulses;
mod reads;
mod relay;
mod requirements;
mod search;
mod stochastic;
mod trajectory;
mod watch;

pub use backward::{Backward, integrate_backward};
pub use closure::{ClosureField, closure_field};
pub(crate) use collocation::gauss_rule;
pub use collocation::{
    CollocationError, CollocationOptions, OrbitPiece, PeriodicOrbit, periodic_orbit,
};
pub use dense::Dense;
pub use distributed::{DistributedLag, gamma_chain};
pub use engine::{Engine, Piece, Statistics};
pub use error::SolverError;
pub use event::{Direction, Event, Occurrence};
pub use event_memory::EventMemory;
pub use field::{AsDelayField, DelayField, Delayed};
pub use general::{DelaySolver, Method, SavedRun};
pub use history::History;
pub use moment::{Moment, Past};
pub use options::{BreakTracking, Options};
pub use ordinary::{OrdinaryMethod, solve_ordinary};
pub use ordinary_field::{OrdinaryClosure, OrdinaryField, WithoutLags, ordinary_field};
pub use panel::{
    Affine, Chart, Input, LANES, PanelEnsemble, PanelField, PanelSolver, panel_or_general,
};
pub use pulses::{Pulse, Pulses};
pub use reads::{DelayTable, Read};
pub use relay::{
    LEAST_LAG, MeanField, MeanFieldSolver, Positive, RelayEvent, RelayField, RelayPiece,
    RelaySolver, RelayState, RelayTangent, RelayUnit, SparseRelay, SparseSolver, Switch,
};
pub use stochastic::{
    BrownianPath, Increments, LEAST_REFINED, Noise, NoisyField, StochasticField, StochasticMethod,
    StochasticOptions, StochasticSolver, additive_noise, common_step, diagonal_noise, noisy,
    stochastic_paths,
};
pub use trajectory::{Save, Termination, Trajectory, integrate, solve};
