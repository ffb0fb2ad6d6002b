//! Kinds about what happens inside a network while it learns.

pub mod veca;
mod veca_figures;
mod veca_settings;
