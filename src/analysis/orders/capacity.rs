//! How many orders weights or delays can hold, and what else they hold then.

use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::explorer::{OrderExplorer, Staggered};
use crate::analysis::{NORMAL_95, wilson_interval};
use crate::networks::{
    Coupling, CyclicOrder, DelayedRelays, ImpulseNetwork, ImpulseParameters, NetworkError,
    SequenceMemory, programmed_order_delays, programmed_order_weights, random_patterns,
};
use crate::numerics::random::{member, stream};

/// Into what orders are written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderProgramme {
    /// Into weights: how much weaker than others the synapse from a predecessor is
    /// ([`programmed_order_weights`]).
    Weights {
        /// Parts of a synapse, from 0 to 1.
        contrast: f64,
    },
    /// Into delays: how much later than others the synapse from a predecessor is heard ([`programmed_order_delays`]).
    Delays {
        /// In delays of a neuron; negative for earlier.
        shift: f64,
    },
}

/// Orders drawn at random and programmed into the weights or delays of an impulse network.
#[derive(Debug, Clone)]
pub struct StoredOrders {
    /// The network, but its coupling.
    pub parameters: ImpulseParameters,
    /// Level of the first neuron at the start of an order.
    pub first: f64,
    /// Returns before an order is certified.
    pub returns: usize,
    /// Neurons of the asymmetric Hopfield network beside it, in which a random pattern stands for each neuron.
    pub pattern_neurons: usize,
    /// Seed of the orders and patterns.
    pub seed: u64,
}

/// What a number of stored orders comes to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderCapacity {
    /// Orders stored at once.
    pub stored: usize,
    /// Into what.
    pub programme: OrderProgramme,
    /// Networks, each with orders of its own.
    pub draws: usize,
    /// Stored orders that are memories, of `stored * draws`,
    pub held: usize,
    /// as a share,
    pub share: f64,
    /// with its 95 % interval after Wilson (of single orders, not of networks).
    pub interval: (f64, f64),
    /// Memories of a network beside the stored ones, on average.
    pub others: f64,
    /// Share of the stored orders through which the asymmetric Hopfield network steps without a wrong bit.
    pub hopfield: f64,
}

impl StoredOrders {
    /// Stores `stored` different orders at a time in `draws` networks, and follows every order of each.
    ///
    /// Parallel; the same for any number of threads. The same orders for every programme.
    ///
    /// # Errors
    /// Those of the networks; [`NetworkError::OutOfRange`] for more orders than there are.
    pub fn measure(
        &self,
        stored: usize,
        programme: OrderProgramme,
        draws: usize,
    ) -> Result<OrderCapacity, NetworkError> {
        let neurons = self.parameters.a.len();
        let all = CyclicOrder::count(neurons).unwrap_or(u64::MAX);
        if stored as u64 > all {
            return Err(NetworkError::OutOfRange {
                name: "stored",
                value: stored as f64,
                requirement: "there are only (m - 1)! orders to store",
            });
        }
        let one = |draw: usize| self.draw(stored, programme, draw as u64, all);
        let drawn: Vec<_> = (0..draws).into_par_iter().map(one).collect();
        let (mut held, mut others, mut stepped) = (0, 0, 0);
        for found in drawn {
            let found = found?;
            held += found.0;
            others += found.1;
            stepped += found.2;
        }
        let trials = (stored * draws).max(1);
        Ok(OrderCapacity {
            stored,
            programme,
            draws,
            held,
            share: held as f64 / trials as f64,
            interval: wilson_interval(held, trials, NORMAL_95),
            others: others as f64 / draws.max(1) as f64,
            hopfield: stepped as f64 / trials as f64,
        })
    }

    /// Of one network: stored orders that are memories, other memories, and orders that the Hopfield network holds.
    fn draw(
        &self,
        stored: usize,
        programme: OrderProgramme,
        draw: u64,
        all: u64,
    ) -> Result<(usize, usize, usize), NetworkError> {
        let neurons = self.parameters.a.len();
        let mut random = stream(self.seed, "orders to store", draw);
        let mut orders: Vec<CyclicOrder> = Vec::new();
        while orders.len() < stored {
            let mut order: Vec<usize> = (0..neurons).collect();
            order.shuffle(&mut random);
            orders.extend(
                CyclicOrder::new(order)
                    .ok()
                    .filter(|order| !orders.contains(order)),
            );
        }
        let mut parameters = self.parameters.clone();
        let records = match programme {
            OrderProgramme::Weights { contrast } => {
                let weights = programmed_order_weights(&orders, contrast)?;
                parameters.coupling = Coupling::Weights(weights);
                let network = ImpulseNetwork::new(parameters)?;
                let start = Staggered::even(&network, self.first);
                OrderExplorer::new(&network, start, self.returns).follow(0..all)
            }
            OrderProgramme::Delays { shift } => {
                let delays = programmed_order_delays(&orders, parameters.h, shift)?;
                let network = ImpulseNetwork::new(parameters)?;
                let start = Staggered::even(&network, self.first);
                let relays = DelayedRelays::of(&network)?.with_delays(&delays)?;
                OrderExplorer::of_relays(&relays, start, self.returns).follow(0..all)
            }
        };
        let memories = || records.iter().filter(|record| record.is_memory());
        let held = memories()
            .filter(|record| orders.contains(&record.order))
            .count();
        Ok((
            held,
            memories().count() - held,
            self.stepped(&orders, draw)?,
        ))
    }

    /// Orders through which an asymmetric Hopfield network steps as they say.
    fn stepped(&self, orders: &[CyclicOrder], draw: u64) -> Result<usize, NetworkError> {
        let neurons = self.parameters.a.len();
        let seed = member(self.seed, "patterns of neurons", draw as usize);
        let patterns = random_patterns(self.pattern_neurons, neurons, 0.5, seed);
        let cycle = |order: &CyclicOrder| {
            order
                .neurons()
                .iter()
                .map(|place| patterns[*place].clone())
                .collect()
        };
        let memory = SequenceMemory::cycles(&orders.iter().map(cycle).collect::<Vec<Vec<_>>>())?;
        let holds = |order: &&CyclicOrder| {
            let mut state: Vec<f64> = patterns[order.neurons()[0]].levels().collect();
            order
                .neurons()
                .iter()
                .cycle()
                .skip(1)
                .take(neurons)
                .all(|next| {
                    state = memory.next(&state);
                    state.iter().copied().eq(patterns[*next].levels())
                })
        };
        Ok(orders.iter().filter(holds).count())
    }
}
