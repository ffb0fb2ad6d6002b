//! Networks of integrate-and-fire neurons: `spiking`.

mod figures;
mod findings;
mod per_pair;
mod random;
pub mod run;
mod settings;
mod synapse_list;
mod synapses;

#[cfg(test)]
mod tests;
