//! Kinds about read-outs that are solved at once.

mod copies;
mod fit;
mod machine;
pub mod one_shot;
mod one_shot_comparisons;
mod one_shot_figures;
mod one_shot_findings;
mod one_shot_settings;
mod one_shot_tables;
mod source;
pub mod transfer;
mod transfer_settings;

pub use machine::Machine;
pub use source::FeatureSource;
