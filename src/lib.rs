//! A network is a vector field, a memory is an attractor.

#[cfg(feature = "figures")]
pub mod figures;
pub mod numerics;
pub mod solver;
