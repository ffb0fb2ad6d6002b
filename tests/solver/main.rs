//! The solver room: engines against known answers, and on their promises.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod delay_matrices;
mod discontinuities;
mod engine;
mod events;
mod general;
mod known_answers;
mod methods;
mod panel;
mod relay;
mod simultaneous;
mod spiking;
mod stochastic;
mod whole_trajectories;
