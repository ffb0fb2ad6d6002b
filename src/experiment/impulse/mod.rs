//! Kinds about impulse networks, and such a network as a model file gives it.

pub mod atlas;
mod atlas_columns;
mod atlas_figures;
mod atlas_tables;
pub(super) mod axis;
pub mod boundary;
pub mod bursting;
pub mod dominance;
pub mod electrical;
mod experiment;
pub(super) mod history;
pub(super) mod network;
mod proof_columns;
pub mod proved_region;
pub mod region;
mod region_findings;
mod settled;
