//! How long a run would take, and what bounds it.
//!
//! Ours. Layers follow each other, and nothing overlaps: a layer takes the time of its slowest rank, then the bytes through
//! the busiest link, then a latency for every message through the busiest rank:
//!
//! ```text
//! T = sum_l  max_p operations_p / speed_p  +  bytes / bandwidth  +  messages * latency
//! ```
//!
//! In the root topology all bytes and messages pass rank 0; in the ring every rank carries its `N`-th part. Not in the model:
//! copying and reading on rank 0, caches, layers without weights.

use serde::{Deserialize, Serialize};

use super::formulas::Price;
use super::{
    Chain, CostOptions, Costs, Cut, LayerSize, PartitionError, Plan, PlanOptions, Ranks, Tiling,
    Topology,
};

/// The links between the ranks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Links {
    /// Bytes a second through one link.
    pub bandwidth: f64,
    /// Seconds that a message takes beside its bytes.
    pub latency: f64,
    /// Bytes of an element.
    pub bytes: usize,
}

/// What takes most of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The operations.
    Operations,
    /// The bytes.
    Bandwidth,
    /// The number of messages.
    Latency,
}

/// Seconds of one inference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Ranks.
    pub ranks: usize,
    /// Of the operations.
    pub operations: f64,
    /// Of the bytes.
    pub bandwidth: f64,
    /// Of the messages.
    pub latency: f64,
}

impl Prediction {
    /// All of it.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.operations + self.bandwidth + self.latency
    }

    /// What takes most.
    #[must_use]
    pub fn bound(&self) -> Bound {
        if self.operations >= self.bandwidth.max(self.latency) {
            Bound::Operations
        } else if self.bandwidth >= self.latency {
            Bound::Bandwidth
        } else {
            Bound::Latency
        }
    }
}

impl Links {
    /// The time of a plan.
    #[must_use]
    pub fn predict(&self, plan: &Plan) -> Prediction {
        let ranks = plan.ranks().count();
        let work: Vec<Vec<u64>> = (0..ranks).map(|rank| plan.work(rank)).collect();
        let breakpoint = plan.tiling().map_or(0, |tiling| tiling.breakpoint);
        let slowest = |layers: std::ops::Range<usize>| {
            let each = work.iter().zip(plan.ranks().speeds());
            let each =
                each.map(|(work, speed)| work[layers.clone()].iter().sum::<u64>() as f64 / speed);
            each.fold(0.0, f64::max)
        };
        // Tiles go through their layers without waiting for each other.
        let layers = (breakpoint..plan.cuts().len()).map(|layer| slowest(layer..layer + 1));
        let operations = slowest(0..breakpoint) + layers.sum::<f64>();
        let links = match plan.topology() {
            Topology::Root => 1.0,
            Topology::Ring => ranks as f64,
        };
        let elements = plan.communication() as f64 / links;
        Prediction {
            ranks,
            operations,
            bandwidth: elements * self.bytes as f64 / self.bandwidth,
            latency: messages(plan) as f64 / links * self.latency,
        }
    }

    /// The plan that this model finds fastest, in picoseconds: layers may stay whole on rank 0.
    ///
    /// # Errors
    /// As [`Plan::cheapest`].
    pub fn fastest(&self, chain: Chain, ranks: Ranks) -> Result<Plan, PartitionError> {
        let options = CostOptions {
            whole: true,
            ..CostOptions::default()
        };
        let price = Seconds {
            links: *self,
            sizes: chain.sizes(),
            made: (0..chain.layers().len())
                .map(|l| chain.made(l).channels)
                .collect(),
            seen: (0..chain.layers().len())
                .map(|l| chain.seen(l).channels)
                .collect(),
            ranks: ranks.clone(),
        };
        let costs = Costs::sliced_at(&chain, &ranks, options, 0, &price)?;
        let cuts = costs.cheapest().map(|cheapest| cheapest.cuts);
        let options = PlanOptions {
            whole: true,
            ..PlanOptions::default()
        };
        Plan::with_cuts(chain, ranks, cuts.unwrap_or_default(), options)
    }
}

/// Time as a cost, in picoseconds.
struct Seconds {
    links: Links,
    sizes: Vec<LayerSize>,
    made: Vec<usize>,
    seen: Vec<usize>,
    ranks: Ranks,
}

const PICOSECONDS: f64 = 1e12;

impl Price for Seconds {
    fn sent(&self, units: i128, messages: i128) -> i128 {
        let bytes = units as f64 * self.links.bytes as f64 / self.links.bandwidth;
        let seconds = bytes + messages as f64 * self.links.latency;
        (PICOSECONDS * seconds).round() as i128
    }

    fn work(&self, layer: usize, cut: Cut) -> i128 {
        let work = self.sizes[layer].work as f64;
        let speeds = self.ranks.speeds();
        let shared = |channels: usize| {
            let slices = super::slices(channels, self.ranks.shares());
            let each = slices.iter().zip(speeds);
            let each = each.map(|(slice, speed)| slice.len() as f64 / channels as f64 / speed);
            work * each.fold(0.0, f64::max)
        };
        let seconds = match cut {
            Cut::Outputs | Cut::First => shared(self.made[layer]),
            Cut::Inputs | Cut::Second => shared(self.seen[layer]),
            _ => work / speeds[0],
        };
        (PICOSECONDS * seconds).round() as i128
    }
}

/// Messages that a plan sends, all ranks together.
fn messages(plan: &Plan) -> usize {
    let ranks = plan.ranks().count();
    let others = ranks - 1;
    let ring = plan.topology() == Topology::Ring;
    // A step of a ring is a message of every rank.
    let step = if ring { others * ranks } else { others };
    let mut sum = 0;
    let mut before = None;
    for (layer, cut) in plan.cuts().iter().copied().enumerate() {
        let next = plan.next(layer);
        sum += match (cut, ring) {
            (Cut::Outputs, false) => {
                let reused = usize::from(cut.reused_by(next));
                let reuses = usize::from(before.is_some_and(|b: Cut| b.reused_by(Some(cut))));
                step * (2 + reused - reuses)
            }
            (Cut::First, false) => {
                let reuses = before.is_some_and(|b: Cut| b.reused_by(Some(cut)));
                step * usize::from(!reuses)
            }
            (Cut::Inputs, false) => 2 * step,
            (Cut::Second, false) | (Cut::Outputs, true) => step,
            (Cut::Inputs | Cut::Second, true) => step * if cut.scattered_to(next) { 1 } else { 2 },
            _ => 0,
        };
        before = Some(cut);
    }
    let tiles = plan.tiling().map_or(0, |tiling| {
        let tiles = tiling.rows * tiling.columns;
        let elsewhere = (0..tiles).filter(|tile| Tiling::owner(*tile, ranks) != 0);
        2 * elsewhere.count()
    });
    sum + tiles + if ring { others } else { 0 }
}
