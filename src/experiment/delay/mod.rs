//! Kinds about scalar delay equations.

pub mod equation;
pub(super) mod scalar;
pub mod stability;
