//! Networks that tell pairs that belong together from pairs that do not.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::InformationError;
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Initialisation, Parameterisation, Pass,
};
use crate::networks::{Activation, NetworkError};
use crate::numerics::in_order::in_order;
use crate::numerics::matrix::{View, gemm};
use crate::numerics::random::member;
use crate::training::adam::Adam;

/// Numbers that a separable critic makes of each side (chosen: twice what a Gaussian pair of ten
/// dimensions needs).
const EMBEDDING: usize = 32;

/// Rows of a batch that are computed together: two pieces for each of two threads in a batch of 1,024 rows, whose
/// matrices of 64 columns stay in a core's own cache (chosen). Sums over pieces are taken in their order, whatever the number of threads.
const PIECE: usize = 256;

/// One network in training: weights, and the moments of Adam.
///
/// Passes are in single precision, twice as fast: a critic is a random search for a bound, whose scatter is far
/// above 1e-7. Weights, moments and all means of scores are in double precision.
struct Learner {
    network: DeepNetwork,
    weights: Vec<f64>,
    /// The weights as the passes see them.
    single: Vec<f32>,
    moments: (Vec<f64>, Vec<f64>),
    steps: u64,
    rate: f64,
}

/// A forward pass in pieces.
struct Forward<'a> {
    passes: Vec<Pass<'a, f32>>,
    outputs: DMatrix<f64>,
}

impl Learner {
    /// Rectifiers, with the variance 2 / fan-in that keeps the size of signals (K. He et al., ICCV 2015).
    fn new(
        inputs: usize,
        widths: &[usize],
        outputs: usize,
        rate: f64,
        seed: u64,
    ) -> Result<Self, NetworkError> {
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Relu,
            parameterisation: Parameterisation::Standard,
            sigma_w: std::f64::consts::SQRT_2,
            sigma_b: 0.1,
            ..Architecture::fully_connected(inputs, widths, outputs)
        })?;
        let weights = network.initial(Initialisation::Gaussian, seed)?;
        let zeros = vec![0.0; weights.len()];
        Ok(Self {
            network,
            moments: (zeros.clone(), zeros),
            single: single(&weights),
            weights,
            steps: 0,
            rate,
        })
    }

    fn forward(&self, inputs: &DMatrix<f64>) -> Result<Forward<'_>, NetworkError> {
        let rows = inputs.nrows();
        let passes = (0..rows.div_ceil(PIECE)).into_par_iter().map(|piece| {
            let first = piece * PIECE;
            let inputs = inputs.rows(first, PIECE.min(rows - first));
            self.network
                .pass(&self.single, &inputs.map(|value| value as f32))
        });
        let passes: Vec<Pass<'_, f32>> = in_order(passes)?;
        let pieces = passes.iter().map(Pass::outputs);
        let outputs = stacked(rows, self.network.output_count(), pieces);
        Ok(Forward { passes, outputs })
    }

    fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.forward(inputs)?.outputs)
    }

    /// What a refusal of the network means at the present step.
    fn failed(&self) -> impl Fn(NetworkError) -> InformationError + use<> {
        diverged(self.rate, self.steps as usize)
    }

    fn step(&mut self, gradient: &[f64]) {
        self.steps += 1;
        let (first, second) = (&mut self.moments.0[..], &mut self.moments.1[..]);
        let slope = |index: usize, _| gradient[index];
        Adam::new(self.rate).step(self.steps, &mut self.weights, slope, (first, second));
        self.single = single(&self.weights);
    }

    fn put_back(&mut self, weights: Vec<f64>) {
        self.single = single(&weights);
        self.weights = weights;
    }
}

impl<'a> Forward<'a> {
    /// `find` for every pass with its rows of the slopes by the outputs, in order.
    fn backward<F: Send>(
        &self,
        slopes: &DMatrix<f64>,
        find: impl Fn(&Pass<'a, f32>, &DMatrix<f32>) -> Result<F, NetworkError> + Sync,
    ) -> Result<Vec<F>, NetworkError> {
        let passes = self.passes.par_iter().enumerate();
        let found = passes.map(|(piece, pass)| {
            let slopes = slopes.rows(piece * PIECE, pass.examples());
            find(pass, &slopes.map(|slope| slope as f32))
        });
        found.collect()
    }

    /// The gradient by the weights.
    fn vjp(&self, slopes: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError> {
        let gradients = self.backward(slopes, Pass::vjp)?;
        Ok(summed(&gradients))
    }

    /// The gradients by the weights and by the inputs.
    fn vjp_with_inputs(
        &self,
        slopes: &DMatrix<f64>,
    ) -> Result<(Vec<f64>, DMatrix<f64>), NetworkError> {
        let found = self.backward(slopes, Pass::vjp_with_inputs)?;
        let (gradients, by_inputs): (Vec<Vec<f32>>, Vec<DMatrix<f32>>) = found.into_iter().unzip();
        let columns = by_inputs.first().map_or(0, DMatrix::ncols);
        let by_inputs = stacked(slopes.nrows(), columns, by_inputs.iter());
        Ok((summed(&gradients), by_inputs))
    }
}

fn single(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|number| *number as f32).collect()
}

/// The sum of lists of equal length.
fn summed(lists: &[Vec<f32>]) -> Vec<f64> {
    let mut sum = vec![0.0; lists.first().map_or(0, Vec::len)];
    for list in lists {
        for (sum, number) in sum.iter_mut().zip(list) {
            *sum += f64::from(*number);
        }
    }
    sum
}

/// Pieces of [`PIECE`] rows, the last one of the rest, one below the other.
fn stacked<'a>(
    rows: usize,
    columns: usize,
    pieces: impl Iterator<Item = &'a DMatrix<f32>>,
) -> DMatrix<f64> {
    let mut all = DMatrix::zeros(rows, columns);
    for (piece, numbers) in pieces.enumerate() {
        let mut place = all.rows_mut(piece * PIECE, numbers.nrows());
        place.copy_from(&numbers.map(f64::from));
    }
    all
}

/// A product of embeddings, over the root of their length: scores are of order 1 at the start.
fn scaled(a: View<'_, f64>, b: View<'_, f64>) -> DMatrix<f64> {
    let mut product = DMatrix::zeros(a.rows(), b.columns());
    gemm((EMBEDDING as f64).sqrt().recip(), a, b, 0.0, &mut product);
    product
}

/// What a critic is made of.
#[derive(Debug, Clone)]
pub(super) struct Form<'a> {
    pub widths: &'a [usize],
    pub rate: f64,
    pub seed: u64,
}

fn diverged(rate: f64, step: usize) -> impl Fn(NetworkError) -> InformationError {
    move |_| InformationError::Diverged { step, rate }
}

/// A critic of pairs: one network of both sides.
pub(super) struct JointCritic {
    learner: Learner,
}

impl JointCritic {
    pub fn new(form: &Form<'_>, columns: usize) -> Result<Self, InformationError> {
        let seed = member(form.seed, "critic", 0);
        let learner = Learner::new(columns, form.widths, 1, form.rate, seed);
        let learner = learner.map_err(diverged(form.rate, 0))?;
        Ok(Self { learner })
    }

    /// The scores of pairs, one a row.
    pub fn scores(&self, pairs: &DMatrix<f64>) -> Result<Vec<f64>, InformationError> {
        let scores = self.learner.outputs(pairs);
        let scores = scores.map_err(self.learner.failed())?;
        Ok(scores.as_slice().to_vec())
    }

    /// A step down a loss, given by its slopes with respect to the scores.
    pub fn learn(
        &mut self,
        pairs: &DMatrix<f64>,
        slopes: impl FnOnce(&[f64]) -> Vec<f64>,
    ) -> Result<(), InformationError> {
        let learner = &mut self.learner;
        let failed = learner.failed();
        let pass = learner.forward(pairs).map_err(&failed)?;
        let slopes = DMatrix::from_vec(pairs.nrows(), 1, slopes(pass.outputs.as_slice()));
        let gradient = pass.vjp(&slopes).map_err(&failed)?;
        learner.step(&gradient);
        Ok(())
    }

    /// The same step; returns the slopes of the loss by the pairs before it.
    pub fn learn_and_pull(
        &mut self,
        pairs: &DMatrix<f64>,
        slopes: impl FnOnce(&[f64]) -> Vec<f64>,
    ) -> Result<DMatrix<f64>, InformationError> {
        let learner = &mut self.learner;
        let failed = learner.failed();
        let pass = learner.forward(pairs).map_err(&failed)?;
        let slopes = DMatrix::from_vec(pairs.nrows(), 1, slopes(pass.outputs.as_slice()));
        let (gradient, by_pairs) = pass.vjp_with_inputs(&slopes).map_err(&failed)?;
        learner.step(&gradient);
        Ok(by_pairs)
    }

    pub fn weights(&self) -> Vec<f64> {
        self.learner.weights.clone()
    }

    pub fn put_back(&mut self, weights: Vec<f64>) {
        self.learner.put_back(weights);
    }
}

/// A critic that scores every `x` with every `y` of a batch: the product of what one network makes of
/// each side.
pub(super) struct SeparableCritic {
    sides: [Learner; 2],
}

impl SeparableCritic {
    pub fn new(form: &Form<'_>, columns: [usize; 2]) -> Result<Self, InformationError> {
        let side = |index: usize| {
            let seed = member(form.seed, "critic", index);
            Learner::new(columns[index], form.widths, EMBEDDING, form.rate, seed)
                .map_err(diverged(form.rate, 0))
        };
        let sides = [side(0)?, side(1)?];
        Ok(Self { sides })
    }

    /// The scores of every `x` (columns) with every `y` (rows).
    pub fn scores(
        &self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, InformationError> {
        let failed = self.sides[0].failed();
        let [of_x, of_y] = &self.sides;
        let x = of_x.outputs(x).map_err(&failed)?;
        let y = of_y.outputs(y).map_err(&failed)?;
        Ok(scaled(View::from(&y), View::from(&x).transposed()))
    }

    /// A step down a loss, given by its slopes with respect to the scores.
    pub fn learn(
        &mut self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
        slopes: impl Fn(DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(), InformationError> {
        let failed = self.sides[0].failed();
        let [of_x, of_y] = &mut self.sides;
        let x = of_x.forward(x).map_err(&failed)?;
        let y = of_y.forward(y).map_err(&failed)?;
        let (made_of_x, made_of_y) = (View::from(&x.outputs), View::from(&y.outputs));
        let slopes = slopes(scaled(made_of_y, made_of_x.transposed()));
        let slopes = View::from(&slopes);
        let to_x = x
            .vjp(&scaled(slopes.transposed(), made_of_y))
            .map_err(&failed)?;
        let to_y = y.vjp(&scaled(slopes, made_of_x)).map_err(&failed)?;
        of_x.step(&to_x);
        of_y.step(&to_y);
        Ok(())
    }

    pub fn weights(&self) -> [Vec<f64>; 2] {
        [self.sides[0].weights.clone(), self.sides[1].weights.clone()]
    }

    pub fn put_back(&mut self, weights: [Vec<f64>; 2]) {
        let [x, y] = weights;
        self.sides[0].put_back(x);
        self.sides[1].put_back(y);
    }
}
