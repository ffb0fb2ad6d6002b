//! Starting the orders of a network one by one, and telling which are memories.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::analysis::{Certificate, Fate, NotCertified, Stability, certify_any, certify_relays};
use crate::networks::{CyclicOrder, DelayedRelays, ImpulseNetwork, Pattern};

/// A cycle that repels is believed only if the trajectory is still there after this many times more returns: on
/// its way to one that attracts it may pass close by (chosen).
const PATIENCE: usize = 10;

/// Neurons that are nearer than this part of the even distance fire together: of unequal neurons of one set some fire
/// a little before the others (chosen).
const TOGETHER: f64 = 0.1;

/// Multipliers kept of each certified cycle.
const KEPT: usize = 4;

/// Most impulses of a packet that are taken for one: the bursting neurons of the literature fire some few.
const LONGEST: usize = 16;

/// How an order is written into the initial history: each neuron constant, the later the deeper.
///
/// A neuron rises by 1 in a unit of time, so that one which starts at `first - r apart` fires `r apart` after the first,
/// as long as it is not inhibited.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Staggered {
    /// Start of the first neuron, below zero.
    pub first: f64,
    /// Distance between neurons that follow each other.
    pub apart: f64,
}

impl Staggered {
    /// Distances at which free neurons would fire evenly: the free period of a neuron with the mean `a`, over their
    /// number.
    #[must_use]
    pub fn even(network: &ImpulseNetwork, first: f64) -> Self {
        let a = &network.parameters().a;
        let mean = a.iter().sum::<f64>() / a.len() as f64;
        Self {
            first,
            apart: (2.0 + mean + 1.0 / mean) / a.len() as f64,
        }
    }

    /// The history of an order that begins with its neuron at place `begin`: one constant a neuron.
    #[must_use]
    pub fn state(&self, order: &CyclicOrder, begin: usize) -> Vec<f64> {
        let count = order.len();
        let level = |rank: usize| self.first - self.apart * ((rank + count - begin) % count) as f64;
        order.ranks().into_iter().map(level).collect()
    }
}

/// What becomes of one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The order that is started.
    pub order: CyclicOrder,
    /// Place in the order of the neuron that began.
    pub begin: usize,
    /// What becomes of it.
    pub fate: Fate,
    /// The order in which all neurons fire in the end, if they do, once a period and one by one.
    pub settles_in: Option<CyclicOrder>,
    /// The neurons that fire in the end.
    pub pattern: Option<Pattern>,
    /// Impulses of each neuron in a period, if they are as many: those of a packet.
    #[serde(default)]
    pub impulses: Option<usize>,
    /// Period of the cycle that is reached.
    pub period: Option<f64>,
    /// Largest deviation of a distance between two neurons that follow each other from `period / m`, in parts of that.
    pub unevenness: Option<f64>,
    /// Modulus of its largest Floquet multiplier but the trivial one.
    pub leading_multiplier: Option<f64>,
    /// Its largest multipliers `(re, im)` but the trivial one, at most four.
    pub multipliers: Vec<(f64, f64)>,
    /// Smallest slope at which a neuron passes the threshold.
    pub crossing_margin: Option<f64>,
    /// First onset of each neuron in the period, the first one of its packet.
    pub onsets: Vec<Option<f64>>,
    /// Why there is no cycle, where none is found.
    pub failure: Option<String>,
}

impl OrderRecord {
    /// Whether the order is a memory: a cycle of its own that attracts.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.fate == Fate::Memory
    }
}

/// Certifies the orders of a network, range by range.
#[derive(Debug)]
pub struct OrderExplorer<'n> {
    network: Followed<'n>,
    start: Staggered,
    returns: usize,
}

/// Whose orders are followed.
#[derive(Debug, Clone, Copy)]
enum Followed<'n> {
    Network(&'n ImpulseNetwork),
    Relays(&'n DelayedRelays),
}

impl Followed<'_> {
    fn neurons(self) -> usize {
        match self {
            Self::Network(network) => network.neurons(),
            Self::Relays(relays) => relays.neurons(),
        }
    }

    fn is_exchangeable(self) -> bool {
        match self {
            Self::Network(network) => network.is_exchangeable(),
            Self::Relays(relays) => relays.is_exchangeable(),
        }
    }

    fn is_relay(self) -> bool {
        match self {
            Self::Network(network) => network.is_relay(),
            Self::Relays(_) => true,
        }
    }

    fn certify(self, state: &[f64], returns: usize) -> Result<Certificate, NotCertified> {
        match self {
            Self::Network(network) => certify_any(network, state, returns),
            Self::Relays(relays) => {
                let most = if relays.has_packets() { LONGEST } else { 1 };
                certify_relays(relays, state, relays.patience(), returns, most)
            }
        }
    }

    /// Whether neurons may fire packets.
    fn has_packets(self) -> bool {
        matches!(self, Self::Relays(relays) if relays.has_packets())
    }
}

impl<'n> OrderExplorer<'n> {
    /// An explorer that follows each order for `returns` returns before its cycle is closed.
    #[must_use]
    pub fn new(network: &'n ImpulseNetwork, start: Staggered, returns: usize) -> Self {
        Self {
            network: Followed::Network(network),
            start,
            returns,
        }
    }

    /// The same for relays with delays of their own; where they fire packets, an order is one of packets, and a return one
    /// of them.
    #[must_use]
    pub fn of_relays(relays: &'n DelayedRelays, start: Staggered, returns: usize) -> Self {
        Self {
            network: Followed::Relays(relays),
            start,
            returns,
        }
    }

    /// Certifies the orders with these numbers, in parallel; the same for any number of threads.
    ///
    /// # Panics
    /// If there is no order with one of the numbers, or there are more than 21 neurons.
    #[must_use]
    pub fn follow(&self, numbers: Range<u64>) -> Vec<OrderRecord> {
        let neurons = self.network.neurons();
        let one = |number| self.explore(&CyclicOrder::from_number(number, neurons));
        numbers.into_par_iter().map(one).collect()
    }

    /// Starts one order, and certifies what it leads to. Where neurons differ it matters who begins, so that each of them
    /// does, until the order is shown to be a memory; else the best of what is found stands.
    ///
    /// # Panics
    /// If the order has not the neurons of the network.
    #[must_use]
    pub fn explore(&self, order: &CyclicOrder) -> OrderRecord {
        let neurons = self.network.neurons();
        assert_eq!(order.len(), neurons, "an order of all neurons");
        let begins = if self.network.is_exchangeable() {
            1
        } else {
            neurons
        };
        let mut best = self.begin(order, 0);
        for begin in 1..begins {
            if best.is_memory() {
                break;
            }
            let other = self.begin(order, begin);
            if worth(other.fate) > worth(best.fate) {
                best = OrderRecord { begin, ..other };
            }
        }
        best
    }

    /// Starts an order with its neuron at place `begin`.
    fn begin(&self, order: &CyclicOrder, begin: usize) -> OrderRecord {
        let state = self.start.state(order, begin);
        let certify = |returns| self.network.certify(&state, returns);
        let mut found = certify(self.returns);
        let attracts = |found: &Result<Certificate, NotCertified>| {
            found
                .as_ref()
                .is_ok_and(|found| found.stability == Stability::Stable)
        };
        if !attracts(&found) && self.network.is_relay() {
            let later = certify(PATIENCE.saturating_mul(self.returns));
            if later.is_ok() || found.is_err() {
                found = later;
            }
        }
        match found {
            Ok(found) => OrderRecord::of(order.clone(), found, self.network.has_packets()),
            Err(reason) => OrderRecord::none(order.clone(), &reason),
        }
    }
}

/// Which of two ends of an order says more of it: its own cycle first, then another one.
fn worth(fate: Fate) -> usize {
    match fate {
        Fate::Memory => 4,
        Fate::Neutral => 3,
        Fate::Unstable => 2,
        Fate::Lost => 1,
        _ => 0,
    }
}

impl OrderRecord {
    fn none(order: CyclicOrder, reason: &NotCertified) -> Self {
        Self {
            order,
            begin: 0,
            fate: Fate::NotFound,
            settles_in: None,
            pattern: None,
            impulses: None,
            period: None,
            unevenness: None,
            leading_multiplier: None,
            multipliers: Vec::new(),
            crossing_margin: None,
            onsets: Vec::new(),
            failure: Some(reason.to_string()),
        }
    }

    /// With `packets` all neurons may fire more than once a period, each as often.
    fn of(order: CyclicOrder, found: Certificate, packets: bool) -> Self {
        let counts = &found.impulses_per_period;
        let alike = counts.iter().all(|count| *count == counts[0]);
        let once = counts.iter().all(|count| *count <= 1) || packets && alike;
        let impulses = counts.first().copied().filter(|_| alike);
        let onsets: Option<Vec<f64>> = found.onsets.iter().copied().collect();
        let onsets = onsets.filter(|_| once);
        let settles_in = onsets
            .as_ref()
            .and_then(|onsets| order_of(onsets, found.period));
        let fate = match (&settles_in, found.stability) {
            (None, _) if !once => Fate::OtherMode,
            (None, _) => Fate::Lost,
            (Some(reached), _) if *reached != order => Fate::Lost,
            (Some(_), Stability::Stable) => Fate::Memory,
            (Some(_), Stability::Neutral) => Fate::Neutral,
            (Some(_), Stability::Unstable) => Fate::Unstable,
        };
        let mut multipliers = found.multipliers;
        multipliers.truncate(KEPT);
        Self {
            order,
            begin: 0,
            fate,
            settles_in,
            pattern: Some(found.pattern),
            impulses,
            unevenness: onsets.map(|onsets| unevenness(&onsets, found.period)),
            period: Some(found.period),
            leading_multiplier: Some(found.leading),
            multipliers,
            crossing_margin: Some(found.crossing_margin),
            onsets: found.onsets,
            failure: None,
        }
    }
}

/// The distances between onsets around a period, in those of an even order.
fn gaps(onsets: &[f64], period: f64) -> Vec<f64> {
    let mut phases: Vec<f64> = onsets
        .iter()
        .map(|onset| onset.rem_euclid(period))
        .collect();
    phases.sort_by(f64::total_cmp);
    let even = period / phases.len() as f64;
    let around = phases[0] + period - phases[phases.len() - 1];
    let gaps = phases.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.chain([around]).map(|gap| gap / even).collect()
}

/// The order in which neurons with these onsets fire; `None` if some of them fire together, as in a set.
pub(super) fn order_of(onsets: &[f64], period: f64) -> Option<CyclicOrder> {
    let apart = gaps(onsets, period).iter().all(|gap| *gap > TOGETHER);
    apart.then(|| CyclicOrder::of_onsets(onsets))
}

/// Largest relative deviation of the distances between onsets from even ones.
fn unevenness(onsets: &[f64], period: f64) -> f64 {
    let off = gaps(onsets, period)
        .into_iter()
        .map(|gap| (gap - 1.0).abs());
    off.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::ImpulseParameters;

    #[test]
    fn a_start_is_staggered_by_rank() {
        let order: CyclicOrder = "1-3-2".parse().unwrap();
        let start = Staggered {
            first: -0.5,
            apart: 1.0,
        };
        assert_eq!(start.state(&order, 0), [-0.5, -2.5, -1.5]);
        assert_eq!(start.state(&order, 1), [-2.5, -1.5, -0.5]); // neuron 3 begins
        let parameters = ImpulseParameters::homogeneous(4, 1.0, 0.3, -1.0, 3.3);
        let network = ImpulseNetwork::new(parameters).unwrap();
        assert_eq!(Staggered::even(&network, -0.5).apart, 1.0);
    }

    #[test]
    fn gaps_are_held_against_equal_ones() {
        assert!(unevenness(&[0.0, 1.0, 2.0, 3.0], 4.0) < 1e-15);
        assert!((unevenness(&[0.5, 1.0, 2.0, 3.0], 4.0) - 0.5).abs() < 1e-15);
        assert_eq!(order_of(&[0.0, 2.0, 1.0, 3.0], 4.0), "1-3-2-4".parse().ok());
        assert_eq!(order_of(&[0.0, 2.0, 1.0, 3.95], 4.0), None); // 1 and 4 fire together
    }
}
