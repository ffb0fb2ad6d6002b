//! Networks with a context, what they learn, and the drift that they identify.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

mod continuous;
mod derivatives;
mod drift;
#[cfg(feature = "experiment")]
mod experiments;
mod learning;
