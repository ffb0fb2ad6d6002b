//! Kinds that put associative memories side by side.

pub(super) mod capacity;
pub(super) mod figures;
pub(super) mod hopfield;
pub(super) mod impulse;
mod memories;
pub(super) mod recall;
pub(super) mod tables;
