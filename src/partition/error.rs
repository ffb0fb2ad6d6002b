//! What stands in the way of a plan.

use thiserror::Error;

/// A chain that is none, or one that cannot be cut as asked.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// A layer that does not fit what stands before it.
    #[error("layer {layer} ({name}): {reason}")]
    Layer {
        /// Its place, counted from 0.
        layer: usize,
        /// What it is.
        name: String,
        /// What does not fit, and what would.
        reason: String,
    },
    /// Numbers of ranks that no plan can serve.
    #[error("{what} of the ranks: {reason}")]
    Ranks {
        /// Which numbers.
        what: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A layer that leaves a rank without work.
    #[error(
        "layer {layer} ({name}) cannot be shared by {ranks} ranks: cut by its {inputs} inputs or its {outputs} outputs, \
         a rank would get nothing; give fewer ranks, more equal shares, or let whole layers stay on rank 0"
    )]
    TooManyRanks {
        /// Its place.
        layer: usize,
        /// What it is.
        name: String,
        /// How many there are.
        ranks: usize,
        /// Channels of its input.
        inputs: usize,
        /// Channels of its output.
        outputs: usize,
    },
    /// A rank that cannot hold its part.
    #[error(
        "layer {layer} ({name}) does not fit on rank {rank}: weights and maps up to it take {} MB of the {} MB that this \
         rank has, and {} MB with all layers; give that rank a smaller share or more memory, or use more ranks",
        megabytes(*needed), megabytes(*there), megabytes(*whole)
    )]
    DoesNotFit {
        /// The first layer that does not fit.
        layer: usize,
        /// What it is.
        name: String,
        /// The rank.
        rank: usize,
        /// Bytes that it would need up to this layer.
        needed: f64,
        /// Bytes that it would need for all layers.
        whole: f64,
        /// Bytes that it has.
        there: f64,
    },
    /// Letters that are no plan of this chain.
    #[error("letter {letter:?} at layer {layer} ({name}): {reason}")]
    Letter {
        /// Its place.
        layer: usize,
        /// What it is.
        name: String,
        /// What was written.
        letter: char,
        /// Why it cannot stand there.
        reason: &'static str,
    },
    /// A plan for another number of layers.
    #[error("a plan of {found} letters for {layers} layers; give one letter a layer")]
    Length {
        /// Letters.
        found: usize,
        /// Layers.
        layers: usize,
    },
    /// Weights that do not fit the chain.
    #[error("weights of layer {layer} ({name}): {found} numbers where the layer has {expected}")]
    Weights {
        /// The layer.
        layer: usize,
        /// What it is.
        name: String,
        /// Numbers that were given.
        found: usize,
        /// Numbers that it has.
        expected: usize,
    },
    /// More trade-offs than can be listed.
    #[error(
        "more than {most} plans of this chain are better than each other in memory or communication; plan a shorter chain, \
         or without whole layers"
    )]
    LongFront {
        /// How many are allowed.
        most: usize,
    },
    /// An integer program without a solution.
    #[error("the integer program has no solution: {reason}")]
    Program {
        /// What the solver says.
        reason: String,
    },
}

/// With two digits behind the point.
fn megabytes(bytes: f64) -> String {
    format!("{:.2}", bytes / 1e6)
}
