//! Learning in predictive-coding networks.
//!
//! A [`Rule`] turns a batch into a [`Gradient`]; a [`Trainer`] runs mini-batches of it through an
//! [`Optimiser`], and can be saved and resumed between any two batches. [`Hold`] integrates values,
//! errors and weights together, as the published networks learn.

mod gradient;
mod hold;
mod optimiser;
mod proximal;
mod rule;
mod trainer;

pub use gradient::Gradient;
pub use hold::Hold;
pub use optimiser::{Optimiser, Stepper};
pub use rule::{Rule, RuleOutcome};
pub use trainer::{EpochReport, Trainer, TrainingOptions};
