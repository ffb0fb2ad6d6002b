//! Predictive-coding networks: equilibria, dynamics, learning, memories, experiments.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod alternatives;
mod dynamics;
mod equilibria;
#[cfg(feature = "experiment")]
mod experiments;
mod kinks;
mod learning;
mod memories;
#[cfg(feature = "experiment")]
mod own_data;
mod preconditioned;
mod problems;
#[cfg(feature = "experiment")]
mod published;
