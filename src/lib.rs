//! A network is a vector field, a memory is an attractor.

pub mod numerics;
pub mod solver;
