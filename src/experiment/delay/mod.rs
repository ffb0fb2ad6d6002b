//! Kinds about scalar delay equations.

pub mod equation;
mod scalar;
pub mod stability;
