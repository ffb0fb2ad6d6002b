//! Probes along training, and their experiments.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod along;
#[cfg(feature = "experiment")]
mod veca;
