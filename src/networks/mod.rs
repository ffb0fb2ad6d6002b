//! Vector fields: networks of impulse neurons and their relatives.

mod activation;
mod bursting;
mod coupling;
mod cue;
pub mod deep;
mod error;
mod hopfield;
mod hopfield_delayed;
mod hopfield_modern;
mod impulse;
mod impulse_jacobian;
mod impulse_panel;
pub mod kernels;
mod large;
mod patterns;
pub mod predictive;
mod programmed;
mod scalar;

pub use activation::{Activation, Order};
pub use bursting::BurstingNeuron;
pub use coupling::Coupling;
pub use cue::{Cue, random_state};
pub use error::NetworkError;
pub use hopfield::{Hopfield, Relaxed};
pub use hopfield_delayed::{DelayedHopfield, DelayedHopfieldParameters, OscillationOnset};
pub use hopfield_modern::{ModernHopfield, SoftRelaxed};
pub use impulse::{Feedback, ImpulseNetwork, ImpulseParameters, Normalisation};
pub use patterns::{patterns_of_size, random_patterns, sparse_patterns};
pub use programmed::{is_maximal_clique, maximal_cliques, programmed_weights};
pub use scalar::{Hutchinson, MackeyGlass};
