//! Networks of integrate-and-fire neurons with synaptic delays: by the general engine, or exactly from
//! spike to spike.

mod course;
mod exact;
mod network;
mod neuron;
mod parameters;
mod synapse;

pub use exact::{Spike, SpikeTrain};
pub use network::SpikingNetwork;
pub use neuron::SpikingNeuron;
pub use parameters::SpikingParameters;
pub use synapse::Synapse;
