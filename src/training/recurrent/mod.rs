//! Recurrent networks that learn sequences.
//!
//! [`SequenceTrainer`] follows the mean square of the errors down, over whole sequences or pieces of them, with
//! a state that is carried from piece to piece or reset ([`StateRule`]), by a gradient through the past or not
//! ([`Gradient`](crate::networks::recurrent::Gradient)), with momentum and an alterable rate
//! ([`AlterableRate`]) or Adam.

mod alterable_rate;
mod options;
mod trainer;

pub use alterable_rate::{AlterableRate, MomentumForm, RateState};
pub use options::{SequenceOptions, SequenceRule, SequenceTask, StateRule};
pub use trainer::SequenceTrainer;
