//! What makes a network impossible to build.

use thiserror::Error;

use crate::numerics::quasi_newton::MinimiseError;
use crate::solver::SolverError;

/// A parameter that does not make a network.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A network has at least one neuron.
    #[error("a network needs at least one neuron")]
    Empty,
    /// A parameter is out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    OutOfRange {
        /// Name of the parameter, as in the equations.
        name: &'static str,
        /// The value given.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// A list that must have one entry per neuron has not.
    #[error("{name} has {found} entries for {neurons} neurons")]
    WrongLength {
        /// What the list holds.
        name: &'static str,
        /// Entries found.
        found: usize,
        /// Neurons of the network.
        neurons: usize,
    },
    /// Weights that no network of their kind can have.
    #[error("weights at row {row}, column {column} (counted from 0): {problem}")]
    MalformedWeights {
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// What is wrong, and what helps.
        problem: &'static str,
    },
    /// The weight matrix does not fit the network.
    #[error("the weight matrix is {rows} x {columns} for {neurons} neurons; it must be square")]
    WeightShape {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
        /// Neurons of the network.
        neurons: usize,
    },
    /// Two settings exclude each other.
    #[error("{first} cannot be combined with {second}: {reason}")]
    Contradiction {
        /// The first setting.
        first: &'static str,
        /// The second setting.
        second: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A matrix of a layered network does not fit its neighbours or its batch.
    #[error(
        "{name} of layer {layer} is {} x {}, but must be {} x {}",
        found.0, found.1, expected.0, expected.1
    )]
    MatrixShape {
        /// What the matrix holds.
        name: &'static str,
        /// Index of the layer, class layer 0.
        layer: usize,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns needed.
        expected: (usize, usize),
    },
    /// The flat list of parameters of a deep network has the wrong length.
    #[error("{found} {name} for a network of {expected} parameters")]
    ParameterCount {
        /// What the list holds.
        name: &'static str,
        /// Entries found.
        found: usize,
        /// Parameters of the network.
        expected: usize,
    },
    /// Not one pooling for every convolution.
    #[error(
        "{found} poolings for {convolutions} convolutions; give one for each, 1 for none behind it, or \
         an empty list"
    )]
    Poolings {
        /// Entries found.
        found: usize,
        /// Convolutions of the network.
        convolutions: usize,
    },
    /// A batch does not fit its network: one row an example.
    #[error(
        "the {name} are {} x {}, but must be {} x {}: one row an example",
        found.0, found.1, expected.0, expected.1
    )]
    BatchShape {
        /// What the batch holds.
        name: &'static str,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns needed.
        expected: (usize, usize),
    },
    /// More memory than was allowed.
    #[error(
        "{name} needs {} MiB, and {} MiB are allowed: {remedy}",
        needed >> 20, allowed >> 20
    )]
    Memory {
        /// What needs it.
        name: &'static str,
        /// Bytes needed, about.
        needed: usize,
        /// Bytes allowed.
        allowed: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// NaN or infinity where numbers must be.
    #[error("the {name} are not finite; look for weights that have grown beyond all bounds")]
    NotFinite {
        /// What holds the numbers.
        name: &'static str,
    },
    /// An explicit scheme whose step is beyond its stability limit.
    #[error(
        "{scheme} with step {step} is unstable: the limit of the linearised network is {limit:.6}; \
         choose a smaller step, or a method that goes for the equilibrium itself"
    )]
    UnstableStep {
        /// Name of the scheme.
        scheme: &'static str,
        /// The step chosen.
        step: f64,
        /// The largest stable step.
        limit: f64,
    },
    /// Weights that learn faster than errors follow, and run away.
    #[error(
        "the errors have run away while weights learn with gamma {gamma}, and not for the step of the \
         values; choose a larger `gamma`; network and state are as they were"
    )]
    UnstableWeights {
        /// Time constant of the weights.
        gamma: f64,
    },
    /// Learning that makes a network worse instead of better.
    #[error(
        "learning diverges: the loss rose from {start:.3e} to {loss:.3e} within {batches} batches at \
         the rate {rate:e}; choose a smaller rate; the weights are as they were before the last batch"
    )]
    LearningDiverges {
        /// Loss of the forward pass at the start.
        start: f64,
        /// Loss after the step that was taken back; infinite if it is no number.
        loss: f64,
        /// Batches so far.
        batches: usize,
        /// Rate of the weights.
        rate: f64,
    },
    /// A relaxation that ended away from equilibrium.
    #[error(
        "{samples} of {batch} samples are not at equilibrium after {evaluations} evaluations: \
         residual {residual:.3e}, asked for {tolerance:.1e}; allow more evaluations or a larger tolerance"
    )]
    NotConverged {
        /// Samples that did not converge.
        samples: usize,
        /// Samples of the batch.
        batch: usize,
        /// Evaluations of the worst sample.
        evaluations: u64,
        /// Largest residual reached.
        residual: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// A linear system without a unique solution.
    #[error(
        "the equilibrium is not unique: the Jacobian is singular at layer {layer}; \
         add value decay, or hold more neurons"
    )]
    Singular {
        /// Layer at which the elimination broke down.
        layer: usize,
    },
    /// The solver underneath gave up.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A network cannot relax from where it starts.
    #[error(transparent)]
    Minimise(#[from] MinimiseError),
}
