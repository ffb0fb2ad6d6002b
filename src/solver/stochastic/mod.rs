//! Equations driven by noise, `dy = f(t, y(t), y(t - lag), ...) dt + g(t, y(t), ...) dW`, in the sense of Ito.
//!
//! The drift is any [`DelayField`](crate::solver::DelayField) with constant lags, the noise a
//! [`StochasticField`] around it. Steps are all equal and divide the lags, so that the points to which lags
//! carry a jump are ends of steps and the past is read where it was computed. The [path](BrownianPath) of the noise
//! is one object at every step: halving the step refines the path that was there.

mod corners;
mod field;
mod grid;
mod line;
mod method;
mod path;
mod paths;
mod solver;

pub use field::{Noise, NoisyField, StochasticField, additive_noise, diagonal_noise, noisy};
pub use grid::common_step;
pub use method::StochasticMethod;
pub use path::{BrownianPath, Increments, LEAST_REFINED};
pub use paths::stochastic_paths;
pub use solver::{StochasticOptions, StochasticSolver};
