//! What happens inside a network while it learns: observables of weights and activations that no
//! trainer needs to know of.
//!
//! [`symmetry`] tells which weights are the same function.

pub mod symmetry;
