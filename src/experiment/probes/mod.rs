//! Kinds about what is inside a network: which weights are one function.

pub mod network_equality;
pub mod relu_symmetries;
mod symmetry_figures;
mod symmetry_settings;
mod weight_files;
