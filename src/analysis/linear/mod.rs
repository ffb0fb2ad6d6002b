//! Neighbours of a trajectory: how a delay equation leaves a steady state, and how fast trajectories
//! part.

mod characteristic_roots;
mod crossing;
mod linearisation;
mod lyapunov;
mod perturbation;

pub use characteristic_roots::CharacteristicRoot;
pub use crossing::{AxisCrossing, axis_crossings, rightmost_roots};
pub use linearisation::{
    LinearDelay, LinearError, linearise, steady_residual, steady_response, steady_state,
};
pub use lyapunov::{LyapunovSettings, LyapunovSpectrum, lyapunov_exponents};
