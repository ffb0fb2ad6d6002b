//! Kinds about the orders of impulse networks: their atlas, sets against orders, and their recall.

pub mod atlas;
mod atlas_figures;
mod atlas_findings;
mod atlas_tables;
pub mod capacity;
mod capacity_figures;
pub mod large;
mod packets;
pub mod recall;
mod recall_figures;
pub mod sets;
mod sets_figures;
mod start;
