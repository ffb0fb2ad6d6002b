//! One network on several ranks: plans with known answers, and their run beside the single one.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod answers;
mod caps;
#[cfg(feature = "experiment")]
mod experiment;
mod failures;
mod paths;
mod ranks;
mod run;
#[cfg(feature = "experiment")]
mod weights;
