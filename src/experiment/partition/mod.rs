//! One network on several ranks.

mod figures;
mod findings;
mod settings;
pub mod study;
mod tables;
