//! A network is a vector field, a memory is an attractor.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod experiment;
pub mod networks;
pub mod numerics;
pub mod solver;
