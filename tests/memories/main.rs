//! Memories of impulse networks: how they are settled on, certified, recalled and lost.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod bursting_orders;
mod certificates;
mod dominance;
mod large_waves;
mod lifetimes;
mod orders;
mod recall;
mod regions;
mod relatives;
mod ring_orders;
mod sixteen_neurons;
mod smooth_certificates;
mod stored_orders;
