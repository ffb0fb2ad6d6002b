//! What happens inside a network while it learns: known answers.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod along;
mod homology;
#[cfg(feature = "cli")]
mod homology_experiments;
mod information;
#[cfg(feature = "cli")]
mod information_experiments;
mod symmetry;
#[cfg(feature = "cli")]
mod symmetry_experiments;
#[cfg(feature = "experiment")]
mod veca;
