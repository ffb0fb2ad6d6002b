//! One network whose outputs are scaled: how far from lazy it learns.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{
    Descent, FlowError, FlowMethod, GradientFlow, Linearised, ScaledModel, Schedule, Squared,
    descend, follow,
};
use crate::networks::deep::DifferentiableModel;
use crate::numerics::matrix::relative_distance;
use crate::numerics::worst::worst;
use crate::solver::{Options, Save};

/// What is learnt, what is tested, and how a flow is followed.
#[derive(Debug, Clone, PartialEq)]
pub struct RegimeTask {
    /// Inputs to learn, one row an example.
    pub inputs: DMatrix<f64>,
    /// Their targets.
    pub targets: DMatrix<f64>,
    /// Inputs to be tested on.
    pub test_inputs: DMatrix<f64>,
    /// Their targets.
    pub test_targets: DMatrix<f64>,
    /// Times at which losses are compared, ascending, in units of `1 / lambda_max` of the scaled
    /// kernel at the start.
    pub times: Vec<f64>,
    /// How the flow is followed.
    pub method: FlowMethod,
    /// Relative tolerance of the flow; the absolute one is a hundredth of it.
    pub tolerance: f64,
    /// Rate of the descent beside the flow, in units of `1 / lambda_max`.
    pub rate: f64,
}

/// One network at one scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regime {
    /// Relative change of the kernel: near 0 where learning is lazy.
    pub drift: f64,
    /// `|theta(end) - theta(0)| / |theta(0)|`.
    pub moved: f64,
    /// Largest distance of the outputs from the linearised ones over the times, over `|y|`.
    pub nonlinear: f64,
    /// Root of the mean squared error on the tests, of the flow.
    pub test_error: f64,
    /// The same of the linearised flow.
    pub linearised_test_error: f64,
    /// Losses of flow, linearised flow and descent over that of the start, at the times.
    pub losses: [Vec<f64>; 3],
}

impl RegimeTask {
    /// Learns from `start` with outputs scaled by `scale` about their start: L. Chizat, E. Oyallon,
    /// F. Bach, "On lazy training in differentiable programming", `NeurIPS` 2019, arXiv:1812.07956.
    ///
    /// # Errors
    /// Those of the model, of [`follow`] and of [`descend`].
    pub fn learn(
        &self,
        network: &dyn DifferentiableModel,
        start: &[f64],
        scale: f64,
    ) -> Result<Regime, FlowError> {
        let model = ScaledModel::new(network, start, scale);
        let flow = GradientFlow::new(&model, &self.inputs, &self.targets, &Squared)?;
        let kernel = flow.kernel(start)?;
        let before = flow.outputs(start)?;
        let linear = Linearised::new(&kernel, &before, &self.targets)?;
        let unit = 1.0 / linear.rates().max();
        let end = self.times.last().copied().unwrap_or(0.0);
        let options = Options {
            absolute_tolerance: 1e-2 * self.tolerance,
            ..Options::with_tolerance(self.tolerance)
        };
        let save = Save::At(self.times.iter().map(|time| time * unit).collect());
        let run = follow(&flow, start, end * unit, self.method, &options, &save)?;

        let first = linear.loss(0.0);
        let mut losses = [Vec::new(), Vec::new(), Vec::new()];
        let mut distances = Vec::new();
        for (index, time) in self.times.iter().enumerate() {
            let outputs = flow.outputs(run.state(index))?;
            losses[0].push(flow.loss().value(&outputs, &self.targets) / first);
            losses[1].push(linear.loss(time * unit) / first);
            distances.push((outputs - linear.outputs(time * unit)).norm() / self.targets.norm());
        }
        let mut parameters = start.to_vec();
        let step = |time: f64| (time / self.rate).round() as usize;
        let schedule = Schedule::steps(step(end) + 1);
        let rule = Descent::Plain {
            rate: self.rate * unit,
        };
        let descended = descend(&flow, &mut parameters, rule, schedule, |_| Ok(()))?;
        losses[2].extend(self.times.iter().map(|time| descended[step(*time)] / first));

        let last = run.last();
        let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let moved = norm(&mut last.iter().zip(start).map(|(a, b)| a - b));
        let cross = model.ntk(start, &self.test_inputs, Some(&self.inputs))?;
        let test_before = model.outputs(start, &self.test_inputs)?;
        let coefficients = linear.coefficients(end * unit);
        let predicted = linear.predict(&cross, &test_before, &coefficients)?;
        let found = model.outputs(last, &self.test_inputs)?;
        let root = (self.test_targets.len() as f64).sqrt();
        let error = |outputs: &DMatrix<f64>| (outputs - &self.test_targets).norm() / root;
        Ok(Regime {
            drift: relative_distance(&flow.kernel(last)?, &kernel),
            moved: moved / norm(&mut start.iter().copied()),
            nonlinear: worst(distances),
            test_error: error(&found),
            linearised_test_error: error(&predicted),
            losses,
        })
    }
}
