//! Networks of impulse neurons: their equation, coupling and cues, what each solver asks of them, and
//! the weights that program memories into them.

mod bursting;
mod coupling;
mod cue;
mod delayed;
mod family;
mod jacobian;
mod large;
mod network;
mod panel;
mod parameters;
mod programmed;
mod programmed_orders;
mod slopes;

pub use bursting::BurstingNeuron;
pub use coupling::Coupling;
pub use cue::{Cue, random_state};
pub use delayed::DelayedRelays;
pub use family::{ImpulseFamily, ImpulseParameter};
pub use network::ImpulseNetwork;
pub use parameters::{Feedback, ImpulseParameters, Normalisation};
pub use programmed::{is_maximal_clique, maximal_cliques, programmed_weights};
pub use programmed_orders::{
    aligned_order_delays, programmed_order_delays, programmed_order_weights,
};
