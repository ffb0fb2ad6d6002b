//! Networks of integrate-and-fire neurons with synaptic delays: by the general engine, or exactly from
//! spike to spike.

mod exact;
mod network;
mod neuron;

pub use exact::{Spike, SpikeTrain};
pub use network::{SpikingNetwork, SpikingParameters};
pub use neuron::SpikingNeuron;
