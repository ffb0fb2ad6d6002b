//! Learning: weights as the state of a slower flow.

pub mod flow;
pub mod predictive;
