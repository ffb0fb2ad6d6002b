//! A network is a vector field, a memory is an attractor.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
#[cfg(feature = "experiment")]
pub mod experiment;
#[cfg(feature = "figures")]
pub mod figures;
pub mod networks;
pub mod numerics;
pub mod solver;
