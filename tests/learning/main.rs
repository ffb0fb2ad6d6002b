//! Deep networks, their kernels, gradient flow and its experiments.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod deep;
#[cfg(feature = "experiment")]
mod experiments;
mod flow;
#[cfg(feature = "experiment")]
mod kernel_regression;
mod linearised;
mod readout;
#[cfg(feature = "experiment")]
mod readout_experiments;
mod text;
