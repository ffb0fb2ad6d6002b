//! Kinds about scalar delay equations.

pub(super) mod equation;
mod scalar;
pub(super) mod stability;
