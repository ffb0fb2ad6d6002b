//! The network: its sizes, where its weights stand in one flat list, and how they start.

use std::ops::Range;

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::{ElmanPass, ElmanState, Node, Sequences};
use crate::networks::NetworkError;
use crate::numerics::matrix::View;
use crate::numerics::random::stream;

/// What an Elman network looks like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ElmanShape {
    /// Numbers of `u`.
    pub inputs: usize,
    /// Units of `x`.
    pub hidden: usize,
    /// Numbers of `y`.
    pub outputs: usize,
    /// What a hidden unit does.
    pub node: Node,
    /// Self-connection `a` of the context, from 0 to below 1.
    pub context: f64,
    /// Share `e` of the activation that is new, above 0 and up to 1.
    pub leak: f64,
}

impl ElmanShape {
    /// Elman's own: tanh, no self-connection, no leak.
    #[must_use]
    pub fn new(inputs: usize, hidden: usize, outputs: usize) -> Self {
        Self {
            inputs,
            hidden,
            outputs,
            node: Node::default(),
            context: 0.0,
            leak: 1.0,
        }
    }
}

/// How large the weights are at the start; all are normal with mean 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StartWeights {
    /// Standard deviation of the weights of inputs, times the root of their number.
    pub input: f64,
    /// The same of the context: the radius of its spectrum for many units.
    pub context: f64,
    /// The same of the outputs.
    pub output: f64,
}

impl Default for StartWeights {
    /// 1 for inputs and outputs, which keeps variances of one; 0.5 for the context, which forgets: chosen.
    fn default() -> Self {
        Self {
            input: 1.0,
            context: 0.5,
            output: 1.0,
        }
    }
}

/// An Elman network without its weights, which the caller keeps in one flat list: `W_i` (hidden x inputs),
/// `W_c` (hidden x hidden), `b`, of extended nodes `A`, `B` and `D`, `W_o` (outputs x hidden), `d`; matrices
/// column after column.
#[derive(Debug, Clone, PartialEq)]
pub struct ElmanNetwork {
    shape: ElmanShape,
}

/// Where the weights stand.
pub(super) struct Places {
    pub input: Range<usize>,
    pub context: Range<usize>,
    pub bias: Range<usize>,
    pub node: Range<usize>,
    pub output: Range<usize>,
    pub offset: Range<usize>,
}

impl ElmanNetwork {
    /// A network of this shape.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without inputs, units or outputs, [`NetworkError::OutOfRange`] for a context
    /// or leak that is none, [`NetworkError::Contradiction`] for softmax.
    pub fn new(shape: ElmanShape) -> Result<Self, NetworkError> {
        if shape.inputs * shape.hidden * shape.outputs == 0 {
            return Err(NetworkError::Empty);
        }
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        if !(0.0..1.0).contains(&shape.context) {
            return refuse(
                "context",
                shape.context,
                "the self-connection of the context is at least 0 and below 1",
            );
        }
        if !(shape.leak > 0.0 && shape.leak <= 1.0) {
            return refuse("leak", shape.leak, "the leak is above 0 and at most 1");
        }
        shape.node.check()?;
        Ok(Self { shape })
    }

    /// What it looks like.
    #[must_use]
    pub fn shape(&self) -> &ElmanShape {
        &self.shape
    }

    /// Number of weights.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.places().offset.end
    }

    pub(super) fn places(&self) -> Places {
        let ElmanShape {
            inputs,
            hidden,
            outputs,
            node,
            ..
        } = self.shape;
        let mut end = 0;
        let mut next = |length: usize| {
            let start = end;
            end += length;
            start..end
        };
        Places {
            input: next(hidden * inputs),
            context: next(hidden * hidden),
            bias: next(hidden),
            node: next(node.weights() * hidden),
            output: next(outputs * hidden),
            offset: next(outputs),
        }
    }

    /// `W_i` in a list of parameters.
    ///
    /// # Panics
    /// If the list is too short; so for the other two.
    #[must_use]
    pub fn input_weights<'a>(&self, parameters: &'a [f64]) -> View<'a, f64> {
        let ElmanShape { inputs, hidden, .. } = self.shape;
        View::column_major(&parameters[self.places().input], hidden, inputs)
    }

    /// `W_c` in a list of parameters.
    #[must_use]
    pub fn context_weights<'a>(&self, parameters: &'a [f64]) -> View<'a, f64> {
        let hidden = self.shape.hidden;
        View::column_major(&parameters[self.places().context], hidden, hidden)
    }

    /// `W_o` in a list of parameters.
    #[must_use]
    pub fn output_weights<'a>(&self, parameters: &'a [f64]) -> View<'a, f64> {
        let ElmanShape {
            hidden, outputs, ..
        } = self.shape;
        View::column_major(&parameters[self.places().output], outputs, hidden)
    }

    /// Weights drawn at random; biases 0, and nodes that are tanh. The same seed gives the same numbers.
    #[must_use]
    pub fn initial(&self, start: StartWeights, seed: u64) -> Vec<f64> {
        let mut parameters = vec![0.0; self.parameter_count()];
        let ElmanShape { inputs, hidden, .. } = self.shape;
        let places = self.places();
        for (index, (place, deviation, fan_in)) in [
            (places.input, start.input, inputs),
            (places.context, start.context, hidden),
            (places.output, start.output, hidden),
        ]
        .into_iter()
        .enumerate()
        {
            let mut random = stream(seed, "recurrent weights", index as u64);
            let factor = deviation / (fan_in as f64).sqrt();
            for weight in &mut parameters[place] {
                *weight = factor * random.sample::<f64, _>(StandardNormal);
            }
        }
        let node = &mut parameters[places.node];
        let two_thirds = 2 * node.len() / 3;
        node[..two_thirds].fill(1.0);
        parameters
    }

    /// Runs all sequences from a state, from zero if none is given; one matrix product a step.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`], [`NetworkError::BatchShape`], and [`NetworkError::NotFinite`] if
    /// inputs or outputs are not finite.
    pub fn pass<'a>(
        &'a self,
        parameters: &'a [f64],
        inputs: &'a Sequences,
        start: Option<&ElmanState>,
    ) -> Result<ElmanPass<'a>, NetworkError> {
        ElmanPass::new(self, parameters, inputs, start)
    }
}
