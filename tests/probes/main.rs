//! What happens inside a network while it learns.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod symmetry;
#[cfg(feature = "cli")]
mod symmetry_experiments;
