//! What the atlas of orders finds.

use serde::{Deserialize, Serialize};

use crate::analysis::{CoexistingWave, OrderRecord, RingOrder, Staggered};
use crate::experiment::Array;
use crate::experiment::course::Course;
use crate::networks::ImpulseParameters;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Number of neurons.
    pub neurons: usize,
    /// What defines the network.
    pub parameters: ImpulseParameters,
    /// How orders were started.
    pub start: Staggered,
    /// Number of orders,
    pub orders: usize,
    /// and of those that are memories.
    pub memories: usize,
    /// The waves that theory finds in the homogeneous relay network, sets among them; empty for another network.
    pub waves: Vec<CoexistingWave>,
    /// The orders that theory finds around the homogeneous relay ring; `None` for another network.
    #[serde(default)]
    pub ring: Option<Vec<RingOrder>>,
    /// Impulses of a packet and period of one neuron alone, where neurons fire packets.
    #[serde(default)]
    pub packets: Option<(usize, f64)>,
    /// The orders one by one, unless they are too many.
    pub records: Vec<OrderRecord>,
    /// Of every order in the order of their numbers: place of what becomes of it in [`Fate::ALL`](crate::analysis::Fate::ALL),
    pub fate: Array,
    /// number of the order in which it ends, NaN for none,
    pub settles_in: Array,
    /// period,
    pub period: Array,
    /// largest relative deviation from equal distances,
    pub unevenness: Array,
    /// and modulus of the leading multiplier.
    pub leading_multiplier: Array,
    /// The order that is drawn, and what became of it.
    pub drawn: OrderRecord,
    /// Its trajectory from the start.
    pub course: Course,
}
