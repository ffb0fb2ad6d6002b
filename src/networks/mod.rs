//! Vector fields: networks of impulse neurons and their relatives, and the [`Pattern`]s that they
//! remember.

mod activation;
mod cyclic_order;
pub mod deep;
pub mod drift;
mod error;
pub mod features;
mod hopfield;
mod impulse;
pub mod kernels;
mod pattern;
mod patterns;
pub mod predictive;
pub mod recurrent;
mod scalar;
mod spiking;
pub mod text;

pub use activation::{Activation, Order};
pub use cyclic_order::{CyclicOrder, CyclicOrderError};
pub use error::NetworkError;
pub use hopfield::{
    DelayedHopfield, DelayedHopfieldParameters, DenseMemory, Hopfield, ModernHopfield,
    OscillationOnset, Relaxed, SequenceMemory, SoftRelaxed, Synchronous,
};
pub use impulse::{
    BurstingNeuron, Coupling, Cue, DelayedRelays, Feedback, ImpulseFamily, ImpulseNetwork,
    ImpulseParameter, ImpulseParameters, Normalisation, aligned_order_delays, is_maximal_clique,
    maximal_cliques, programmed_order_delays, programmed_order_weights, programmed_weights,
    random_state,
};
pub use pattern::{Pattern, PatternError};
pub use patterns::{patterns_of_size, random_patterns, sparse_patterns};
pub use scalar::{Hutchinson, MackeyGlass};
pub use spiking::{Spike, SpikeTrain, SpikingNetwork, SpikingNeuron, SpikingParameters, Synapse};
