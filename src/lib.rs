//! A network is a vector field, a memory is an attractor.

pub mod analysis;
pub mod networks;
pub mod numerics;
pub mod solver;
