//! Learning in predictive-coding networks.
//!
//! A [`Rule`] turns a batch into a [`Gradient`]; a [`Trainer`] runs mini-batches of it through an
//! [`Optimiser`], and can be saved and resumed between any two batches. [`Hold`] integrates values,
//! errors and weights together, as the published networks learn; [`LearningFlow`] is the flow of the
//! weights alone under any rule, for the solvers of the crate.

mod backup;
mod beside;
mod gradient;
mod hold;
mod incremental;
mod learning_flow;
mod optimiser;
mod proximal;
mod rule;
mod store;
mod trainer;

pub use beside::{BesideBackpropagation, Labelled, as_predictive, beside_backpropagation};
pub use gradient::Gradient;
pub use hold::Hold;
pub use incremental::{Incremental, incremental};
pub use learning_flow::LearningFlow;
pub use optimiser::{Optimiser, Stepper};
pub use rule::{Rule, RuleOutcome};
pub use store::{StoreOptions, Stored, store};
pub use trainer::{EpochReport, Trainer, TrainingOptions};
