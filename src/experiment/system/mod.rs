//! The kind of one's own equations: `system`.

mod analysis_figures;
#[cfg(test)]
mod analysis_tests;
mod checks;
mod cycle;
mod diagnose;
mod events;
mod exponents;
mod figures;
mod findings;
mod formulas;
mod input;
mod late;
#[cfg(test)]
mod mistake_tests;
mod numbers;
mod path_events;
#[cfg(test)]
mod path_tests;
mod paths;
pub mod run;
mod settings;
mod shown;
mod steady;

#[cfg(test)]
mod tests;
