//! The kind of one's own equations: `system`.

mod diagnose;
mod figures;
mod formulas;
mod numbers;
pub mod run;
mod settings;
