//! What the kind `partition` finds out.

use serde::{Deserialize, Serialize};

use crate::partition::{FrontPoint, Prediction};

/// What is found. Elements are numbers; bytes that are sent by a plan are four an element, as in the source.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Ranks.
    pub ranks: usize,
    /// The plan: one letter a layer.
    pub plan: String,
    /// Elements that it sends, by the source's formulas where slices are equal.
    pub communication: f64,
    /// The same with every layer cut by outputs, nothing reused; none where a rank would get nothing.
    pub communication_all_lop: Option<f64>,
    /// The same with reuse between neighbours.
    pub communication_all_lop_reuse: Option<f64>,
    /// Elements that the plan sends with slices of whole channels: what a run counts.
    pub communication_of_slices: u64,
    /// Bytes of the fullest of equal devices where tiles end at `breakpoint`.
    pub memory_bytes: f64,
    /// Where tiles would end for least memory.
    pub breakpoint: usize,
    /// Bytes of one device alone.
    pub memory_bytes_alone: f64,
    /// Bytes of every rank under the plan, in the numbers of the run.
    pub memory_bytes_of_ranks: Vec<f64>,
    /// Every layer.
    pub layers: Vec<LayerFinding>,
    /// Least communication by training steps on one example, forwards and backwards: plan and elements.
    pub training: Option<(String, f64)>,
    /// Tiles of the first layers.
    pub tiled: Option<Tiled>,
    /// Predicted times.
    pub times: Vec<TimeFinding>,
    /// Every plan that is not beaten in memory and communication, of equal devices.
    pub front: Vec<FrontPoint>,
    /// What the ranks have found with the plan.
    pub run: Option<RunFinding>,
    /// The same with tiles.
    pub run_tiled: Option<RunFinding>,
}

/// One layer of the plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerFinding {
    /// In short.
    pub name: String,
    /// How it is run.
    pub kind: String,
    /// Elements that it sends.
    pub cost: f64,
    /// Bytes that it sends.
    pub bytes: f64,
    /// Its weights.
    pub weights: u64,
}

/// Tiles of the first layers, slices behind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tiled {
    /// The layers before this one are tiled.
    pub breakpoint: usize,
    /// Elements of the inputs of all tiles, and of the map that they make.
    pub tiles: (u64, u64),
    /// Elements that the layers behind send, at best and all cut by outputs with reuse.
    pub behind: (f64, f64),
    /// Share of the bytes that this saves, tiles counted on both sides.
    pub saved: f64,
    /// The plan.
    pub plan: String,
    /// Elements that a run of it sends: tiles on rank 0 are not sent.
    pub communication_of_slices: u64,
    /// Bytes on the fullest device by the source's formula.
    pub memory_bytes: f64,
}

/// The time of the plan on so many ranks behind such links.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimeFinding {
    /// Megabits a second.
    pub mbit_s: f64,
    /// The plan of least communication.
    pub plan: Prediction,
    /// What bounds it.
    pub bound: crate::partition::Bound,
    /// How much faster than one rank.
    pub speed_up: f64,
    /// How much faster than all layers cut by outputs, with reuse and without; none where they cannot be.
    pub over_outputs: Option<(f64, f64)>,
    /// Letters and speed-up of the plan that the model finds fastest, where the ranks can hold it; layers may stay whole on
    /// rank 0.
    pub fastest: Option<(String, f64)>,
}

/// A run of a plan beside the network on one rank.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunFinding {
    /// Name of the numbers.
    pub numbers: String,
    /// What was run.
    pub plan: String,
    /// How many inputs, one after the other.
    pub inputs: usize,
    /// Largest difference of an output from the single run, over the largest output.
    pub difference: f64,
    /// Bytes that each layer has sent, of all inputs together.
    pub sent: Vec<u64>,
    /// Bytes that each layer sends by the formulas.
    pub planned: Vec<u64>,
    /// Bytes of weights and maps of every rank by the plan.
    pub planned_memory: Vec<f64>,
    /// Most bytes that every rank held: also biases, patches and messages.
    pub held: Vec<f64>,
    /// The output of the first input, at most its first ten numbers.
    pub output: Vec<f64>,
    /// What became of images with classes.
    pub classified: Option<Classified>,
}

/// Images that the ranks have classified together.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Classified {
    /// How many of them rightly.
    pub right: usize,
    /// How many as the network on one rank does.
    pub as_alone: usize,
    /// Largest difference of an output from that of the network of the crate which has learnt.
    pub off_network: Option<f64>,
}
