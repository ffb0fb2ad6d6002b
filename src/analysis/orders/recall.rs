//! Recall of sequences: which order comes of a start that is not quite right.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand::seq::index::sample;
use rand_distr::StandardNormal;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::explorer::{Staggered, order_of};
use crate::analysis::{Cycle, NORMAL_95, Settling, settle, wilson_interval};
use crate::networks::{CyclicOrder, ImpulseNetwork};
use crate::numerics::random::stream;
use crate::solver::Options;

/// How the start of an order is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderCorruption {
    /// Normal noise of that many distances between neighbours is added to the time of every neuron.
    Jitter,
    /// That many neurons, chosen at random, begin anywhere in a period.
    Missing,
    /// That many pairs of neurons, drawn one after the other, change places.
    Swapped,
    /// The network runs in the order until it has settled; then, at any moment of a period, the state of all neurons is
    /// moved by that much in a random direction, and what they still feel of the past stays.
    Displaced,
}

impl OrderCorruption {
    /// In words, for the axis of a figure.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Jitter => "noise on the phases (distances of neighbours)",
            Self::Missing => "neurons without a phase",
            Self::Swapped => "pairs that changed places",
            Self::Displaced => "distance of the state from the order's cycle",
        }
    }
}

/// How often orders come back from starts that are spoilt to one degree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderRecall {
    /// The degree.
    pub strength: f64,
    /// Starts.
    pub trials: usize,
    /// Those that end in the order that was meant,
    pub recalled: usize,
    /// as a share,
    pub share: f64,
    /// with its 95 % interval after Wilson;
    pub interval: (f64, f64),
    /// those that end in another order, in which the spoilt start began,
    pub as_started: usize,
    /// and those that end in no order of all neurons, do not settle, or cannot be followed.
    pub lost: usize,
}

/// A network whose orders are started and spoilt.
#[derive(Debug, Clone, Copy)]
pub struct OrderCues<'n> {
    /// The network.
    pub network: &'n ImpulseNetwork,
    /// How an order is written into its history.
    pub start: Staggered,
    /// When it counts as settled.
    pub settling: Settling,
    /// Tolerances, where the engine is not exact.
    pub options: Options,
    /// Seed of the orders and of what spoils them.
    pub seed: u64,
}

impl OrderCues<'_> {
    /// Starts `trials` random orders, each spoilt to the degree `strength`, and follows them until they settle.
    ///
    /// Parallel; the same for any number of threads. Trial `n` meets the same order and draws at every strength.
    #[must_use]
    pub fn recall(&self, corruption: OrderCorruption, strength: f64, trials: usize) -> OrderRecall {
        let one = |trial| self.trial(corruption, strength, trial);
        let ends: Vec<End> = (0..trials as u64).into_par_iter().map(one).collect();
        let count = |end| ends.iter().filter(|found| **found == end).count();
        let recalled = count(End::Meant);
        OrderRecall {
            strength,
            trials,
            recalled,
            share: recalled as f64 / trials.max(1) as f64,
            interval: wilson_interval(recalled, trials, NORMAL_95),
            as_started: count(End::Begun),
            lost: count(End::Lost),
        }
    }

    /// One start and its end.
    fn trial(&self, corruption: OrderCorruption, strength: f64, trial: u64) -> End {
        let mut random = stream(self.seed, "orders to recall", trial);
        let neurons = self.network.neurons();
        let mut order: Vec<usize> = (0..neurons).collect();
        order.shuffle(&mut random);
        let meant = CyclicOrder::new(order.clone()).ok();
        if corruption == OrderCorruption::Displaced {
            let phase = random.random();
            let mut normal = || random.sample::<f64, _>(StandardNormal);
            let mut direction: Vec<f64> = (0..neurons).map(|_| normal()).collect();
            let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
            direction.iter_mut().for_each(|x| *x *= strength / length);
            return match meant
                .as_ref()
                .map(|meant| self.displaced(meant, phase, &direction))
            {
                None | Some(None) => End::Lost,
                Some(reached) if reached == meant => End::Meant,
                Some(_) => End::Other,
            };
        }
        if corruption == OrderCorruption::Swapped {
            for _ in 0..strength as usize {
                let one = random.random_range(0..neurons);
                let other = (one + random.random_range(1..neurons.max(2))) % neurons;
                order.swap(one, other);
            }
        }
        let mut times = vec![0.0; neurons];
        for (rank, neuron) in order.into_iter().enumerate() {
            times[neuron] = rank as f64;
        }
        match corruption {
            OrderCorruption::Jitter => {
                for time in &mut times {
                    *time += strength * random.sample::<f64, _>(StandardNormal);
                }
            }
            OrderCorruption::Missing => {
                for neuron in sample(&mut random, neurons, (strength as usize).min(neurons)) {
                    times[neuron] = random.random_range(0.0..neurons as f64);
                }
            }
            OrderCorruption::Swapped | OrderCorruption::Displaced => {}
        }
        let earliest = times.iter().copied().fold(f64::INFINITY, f64::min);
        let Staggered { first, apart } = self.start;
        let level = |time: &f64| first - apart * (time - earliest);
        let reached = self.reached(&times.iter().map(level).collect::<Vec<_>>());
        let begun = CyclicOrder::of_onsets(&times);
        match reached {
            None => End::Lost,
            Some(_) if reached == meant => End::Meant,
            Some(reached) if reached == begun => End::Begun,
            Some(_) => End::Other,
        }
    }

    /// Where the network ends that has settled in an order, and whose state is moved `phase` periods after an onset of its
    /// first neuron by a `displacement`, one number a neuron; `None` unless all neurons fire, once a period and one by
    /// one, and for an order in which it does not settle.
    ///
    /// For relay networks of at most 32 neurons, whose engine can jump.
    #[must_use]
    pub fn displaced(
        &self,
        order: &CyclicOrder,
        phase: f64,
        displacement: &[f64],
    ) -> Option<CyclicOrder> {
        let state = self.start.state(order, 0);
        let mut engine = self.network.engine(&state, self.options).ok()?;
        let settled = settle(engine.as_mut(), self.settling).ok()?;
        let cycle = settled.outcome.ok()?;
        in_order(&cycle).filter(|reached| reached == order)?;
        let onset = settled.activity.impulses(0).last()?.onset + phase * cycle.period;
        let passed = ((engine.time() - onset) / cycle.period).ceil().max(0.0);
        let moment = onset + passed * cycle.period;
        while engine.time() < moment {
            engine.advance(moment).ok()?;
        }
        let moved = engine.state().iter().zip(displacement);
        let moved: Vec<f64> = moved.map(|(x, by)| x + by).collect();
        engine.jump(engine.time(), &moved).ok()?;
        in_order(&settle(engine.as_mut(), self.settling).ok()?.outcome.ok()?)
    }

    /// The order in which the network fires once it has settled; `None` unless all neurons fire, once a period and one
    /// by one.
    fn reached(&self, state: &[f64]) -> Option<CyclicOrder> {
        let mut engine = self.network.engine(state, self.options).ok()?;
        in_order(&settle(engine.as_mut(), self.settling).ok()?.outcome.ok()?)
    }
}

/// The order of a cycle in which all neurons fire, once a period and one by one.
fn in_order(cycle: &Cycle) -> Option<CyclicOrder> {
    let phases: Vec<f64> = cycle.phases.iter().copied().collect::<Option<_>>()?;
    let once = cycle.impulses_per_period.iter().all(|count| *count == 1);
    order_of(&phases, cycle.period).filter(|_| once)
}

/// Where a spoilt start ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Meant,
    Begun,
    Other,
    Lost,
}
