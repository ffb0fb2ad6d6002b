//! The kind of one's own equations: `system`.

mod analyses;
mod checks;
mod continuation;
mod cycle;
mod diagnose;
mod figures;
mod findings;
mod formulas;
mod inputs;
mod numbers;
mod paths;
mod paths_figures;
mod report;
pub mod run;
mod settings;
mod steady;
#[cfg(test)]
mod tests;
