//! The kind of one's own equations: `system`.

mod analysis_figures;
mod checks;
mod cycle;
mod diagnose;
mod events;
mod exponents;
mod figures;
mod findings;
mod formulas;
mod input;
mod numbers;
mod paths;
pub mod run;
mod settings;
mod shown;
mod steady;

#[cfg(test)]
mod tests;
