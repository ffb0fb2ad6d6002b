//! Kinds that put associative memories side by side.

pub mod capacity;
pub(super) mod curves;
pub(super) mod figures;
pub mod hopfield;
pub(super) mod impulse;
pub mod lifetime;
mod lifetime_figures;
mod memories;
pub mod recall;
pub(super) mod tables;
