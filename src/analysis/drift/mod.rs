//! What can be read back from a drift: Allan deviations, least squares, autoregression, Kalman filters.

mod allan;
mod error;
mod kalman;
mod least_squares;

pub use allan::{allan_deviations, allan_variance, expected_allan_variance, walk_allan_variance};
pub use error::DriftError;
pub use kalman::{KalmanFilter, Prediction, SteadyState, steady_filter, steady_scalar_filter};
pub use least_squares::{LeastSquares, autoregression, least_squares};
