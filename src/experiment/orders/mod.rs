//! Kinds about the orders of impulse networks: their atlas, sets against orders, and their recall.

pub mod atlas;
mod atlas_figures;
mod atlas_tables;
pub mod capacity;
pub mod recall;
pub mod sets;
mod sets_figures;
mod start;
