//! One network on several ranks.

mod executed;
mod figures;
mod findings;
mod layers;
mod per_rank;
mod planned;
mod settings;
mod shown;
pub mod study;
mod tables;
mod trained;
