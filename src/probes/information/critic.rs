//! Networks that tell pairs that belong together from pairs that do not.

use nalgebra::DMatrix;

use super::InformationError;
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation, Parameterisation};
use crate::networks::{Activation, NetworkError};
use crate::numerics::random::member;
use crate::training::adam::Adam;

/// Numbers that a separable critic makes of each side (chosen: twice what a Gaussian pair of ten
/// dimensions needs).
const EMBEDDING: usize = 32;

/// One network in training: weights, and the moments of Adam.
struct Learner {
    network: DeepNetwork,
    weights: Vec<f64>,
    moments: (Vec<f64>, Vec<f64>),
    steps: u64,
    rate: f64,
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
            weights,
            steps: 0,
            rate,
        })
    }

    fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.network.pass(&self.weights, inputs)?.into_outputs())
    }

    fn step(&mut self, gradient: &[f64]) {
        self.steps += 1;
        let (first, second) = (&mut self.moments.0[..], &mut self.moments.1[..]);
        let slope = |index: usize, _| gradient[index];
        Adam::new(self.rate).step(self.steps, &mut self.weights, slope, (first, second));
    }
}

/// What a critic is made of.
#[derive(Debug, Clone)]
pub(super) struct Form<'a> {
    pub widths: &'a [usize],
    pub rate: f64,
    pub seed: u64,
}

fn diverged(form: &Form<'_>, step: usize) -> impl Fn(NetworkError) -> InformationError {
    let rate = form.rate;
    move |_| InformationError::Diverged { step, rate }
}

/// A critic of pairs: one network of both sides.
pub(super) struct JointCritic<'a> {
    form: Form<'a>,
    learner: Learner,
}

impl<'a> JointCritic<'a> {
    pub fn new(form: Form<'a>, columns: usize) -> Result<Self, InformationError> {
        let seed = member(form.seed, "critic", 0);
        let learner = Learner::new(columns, form.widths, 1, form.rate, seed);
        let learner = learner.map_err(diverged(&form, 0))?;
        Ok(Self { form, learner })
    }

    /// The scores of pairs, one a row.
    pub fn scores(&self, pairs: &DMatrix<f64>) -> Result<Vec<f64>, InformationError> {
        let scores = self.learner.outputs(pairs);
        let scores = scores.map_err(diverged(&self.form, self.learner.steps as usize))?;
        Ok(scores.as_slice().to_vec())
    }

    /// A step down a loss, given by its slopes with respect to the scores.
    pub fn learn(
        &mut self,
        pairs: &DMatrix<f64>,
        slopes: &mut dyn FnMut(&[f64]) -> Vec<f64>,
    ) -> Result<(), InformationError> {
        let learner = &mut self.learner;
        let failed = diverged(&self.form, learner.steps as usize);
        let pass = learner
            .network
            .pass(&learner.weights, pairs)
            .map_err(&failed)?;
        let slopes = DMatrix::from_vec(pairs.nrows(), 1, slopes(pass.outputs().as_slice()));
        let gradient = pass.vjp(&slopes).map_err(&failed)?;
        learner.step(&gradient);
        Ok(())
    }

    pub fn weights(&self) -> Vec<f64> {
        self.learner.weights.clone()
    }

    pub fn put_back(&mut self, weights: Vec<f64>) {
        self.learner.weights = weights;
    }
}

/// A critic that scores every `x` with every `y` of a batch: the product of what one network makes of
/// each side.
pub(super) struct SeparableCritic<'a> {
    form: Form<'a>,
    sides: [Learner; 2],
}

impl<'a> SeparableCritic<'a> {
    pub fn new(form: Form<'a>, columns: [usize; 2]) -> Result<Self, InformationError> {
        let side = |index: usize| {
            let seed = member(form.seed, "critic", index);
            Learner::new(columns[index], form.widths, EMBEDDING, form.rate, seed)
                .map_err(diverged(&form, 0))
        };
        let sides = [side(0)?, side(1)?];
        Ok(Self { form, sides })
    }

    fn embeddings(
        &self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
    ) -> Result<[DMatrix<f64>; 2], InformationError> {
        let failed = diverged(&self.form, self.sides[0].steps as usize);
        let [of_x, of_y] = &self.sides;
        Ok([
            of_x.outputs(x).map_err(&failed)?,
            of_y.outputs(y).map_err(&failed)?,
        ])
    }

    /// The scores of every `x` (rows) with every `y`.
    pub fn scores(
        &self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, InformationError> {
        let [x, y] = self.embeddings(x, y)?;
        Ok(x * y.transpose() / (EMBEDDING as f64).sqrt())
    }

    /// A step down a loss, given by its slopes with respect to the scores.
    pub fn learn(
        &mut self,
        x: &DMatrix<f64>,
        y: &DMatrix<f64>,
        slopes: impl Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(), InformationError> {
        let failed = diverged(&self.form, self.sides[0].steps as usize);
        let scale = (EMBEDDING as f64).sqrt();
        let [of_x, of_y] = &mut self.sides;
        let x = of_x.network.pass(&of_x.weights, x).map_err(&failed)?;
        let y = of_y.network.pass(&of_y.weights, y).map_err(&failed)?;
        let slopes = slopes(&(x.outputs() * y.outputs().transpose() / scale)) / scale;
        let to_x = x.vjp(&(&slopes * y.outputs())).map_err(&failed)?;
        let to_y = y
            .vjp(&(slopes.transpose() * x.outputs()))
            .map_err(&failed)?;
        of_x.step(&to_x);
        of_y.step(&to_y);
        Ok(())
    }

    pub fn weights(&self) -> [Vec<f64>; 2] {
        [self.sides[0].weights.clone(), self.sides[1].weights.clone()]
    }

    pub fn put_back(&mut self, weights: [Vec<f64>; 2]) {
        let [x, y] = weights;
        self.sides[0].weights = x;
        self.sides[1].weights = y;
    }
}
