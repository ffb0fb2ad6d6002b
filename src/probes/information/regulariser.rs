//! The mutual information of a hidden layer as a term of the loss.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::critic::{Form, JointCritic};
use super::neural::{log_mean_exp, slopes};
use super::{Bound, InformationError};
use crate::networks::deep::{DeepNetwork, DifferentiableModel};
use crate::numerics::random::{Stream, stream};
use crate::probes::ProbeError;
use crate::training::flow::{FlowError, MiniBatches};

/// What the hidden layer is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partner {
    /// The inputs of the network: `I(X; T)`, what the layer remembers.
    Input,
    /// The targets: `I(T; Y)`, what it says about them.
    Label,
}

/// What is added to the loss of the outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct RegulariserOptions {
    /// Hidden layer, counted from 0 at the input.
    pub layer: usize,
    /// What it is held against.
    pub partner: Partner,
    /// Factor of the information in the loss: above 0 the layer is to know less, below 0 more.
    pub weight: f64,
    /// Standard deviation of the noise on the activations, in units of their root mean square deviation over a
    /// batch: without noise the information is infinite.
    pub noise: f64,
    /// Widths of the critic's hidden layers.
    pub widths: Vec<usize>,
    /// Rate of the critic's Adam.
    pub rate: f64,
    /// Seed of the critic, of its noise and of the pairs that do not belong together.
    pub seed: u64,
}

/// A critic that learns beside a network, and pulls at one of its layers.
///
/// The loss of a mini-batch is `L + weight * I`, with the bound of [`Bound::Mine`],
/// `I = E T(x, t) - ln F e^T(x, t)`, of the layer's noisy activations `t = a / s + noise * n`, where `s` is the
/// root mean square deviation of the activations over the batch. Each step the critic goes one step of Adam up
/// its bound, and the slopes of the same bound by `a` enter the backward pass of the network at the layer
/// ([`Pass::vjp_hidden`](crate::networks::deep::Pass::vjp_hidden)); `s` is taken as a constant there.
///
/// That a mutual information found by a critic may be a term of the loss is from H. Jonsson, G. Cherubini,
/// E. Eleftheriou, Entropy 22(7), 727 (2020), doi:10.3390/e22070727; the form above is ours.
pub struct Regulariser<'a> {
    network: &'a DeepNetwork,
    options: RegulariserOptions,
    critic: JointCritic,
    log_mean: Option<f64>,
    random: Stream,
}

impl<'a> Regulariser<'a> {
    /// For a network whose targets have one column an output.
    ///
    /// # Errors
    /// [`InformationError::OutOfRange`] for a layer that is none, and for a noise, rate or weight that is no
    /// number of its kind.
    pub fn new(
        network: &'a DeepNetwork,
        options: RegulariserOptions,
    ) -> Result<Self, InformationError> {
        let refuse = |name, value, requirement| InformationError::OutOfRange {
            name,
            value,
            requirement,
        };
        let layers = network.layers();
        let layer = layers[..layers.len() - 1].get(options.layer);
        let layer = layer.ok_or(refuse(
            "layer",
            options.layer as f64,
            "it is a hidden one, counted from 0",
        ))?;
        for (name, value) in [("noise", options.noise), ("rate", options.rate)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(refuse(name, value, "it is positive and finite"));
            }
        }
        if !options.weight.is_finite() {
            return Err(refuse("weight", options.weight, "it is finite"));
        }
        if options.widths.contains(&0) {
            return Err(refuse("widths", 0.0, "they are at least 1"));
        }
        let partner = match options.partner {
            Partner::Input => network.architecture().input.numbers(),
            Partner::Label => network.output_count(),
        };
        let form = Form {
            widths: &options.widths,
            rate: options.rate,
            seed: options.seed,
        };
        Ok(Self {
            critic: JointCritic::new(&form, partner + layer.outputs * layer.pixels)?,
            log_mean: None,
            random: stream(options.seed, "pairs of a layer", 0),
            network,
            options,
        })
    }

    /// One epoch of a training of the network; the mean of the bound over its batches, in nats, each on the
    /// pairs that the critic learns next.
    ///
    /// # Errors
    /// Those of [`MiniBatches::epoch`], and [`InformationError::Diverged`] of the critic.
    pub fn epoch(&mut self, training: &mut MiniBatches<'_>) -> Result<f64, ProbeError> {
        let (mut bounds, mut failure) = (Vec::new(), None);
        let done = training.epoch_by(|training| {
            let step = usize::try_from(training.steps()).unwrap_or(usize::MAX);
            training.step_by(&mut |parameters, inputs, targets, slope| {
                let pass = self.network.pass(parameters, inputs)?;
                let activations = pass.activations(self.options.layer);
                let examples = inputs.nrows();
                // One row an example: the examples of a pixel stand together.
                let columns = activations.len() / examples;
                let activations =
                    DMatrix::from_column_slice(examples, columns, activations.as_slice());
                let partner = match self.options.partner {
                    Partner::Input => inputs,
                    Partner::Label => targets,
                };
                let (bound, pull) = match self.pull(partner, &activations) {
                    Ok(found) => found,
                    Err(error) => {
                        failure = Some(error);
                        return Err(FlowError::Stopped { step });
                    }
                };
                bounds.push(bound);
                let place = (self.options.layer, &(pull * self.options.weight));
                let gradient = pass.vjp_hidden(&slope(pass.outputs()), place)?;
                Ok((pass.into_outputs(), gradient))
            })
        });
        if let Some(error) = failure {
            return Err(error.into());
        }
        done?;
        Ok(bounds.iter().sum::<f64>() / bounds.len() as f64)
    }

    /// The bound on a batch, and its slopes by the activations; the critic learns the batch.
    fn pull(
        &mut self,
        partner: &DMatrix<f64>,
        activations: &DMatrix<f64>,
    ) -> Result<(f64, DMatrix<f64>), InformationError> {
        let (count, units) = activations.shape();
        let mean_variance = activations.row_variance().mean();
        let none = (0.0, DMatrix::zeros(count, units));
        // A single example has no stranger, and a dead layer says nothing.
        if count < 2 || mean_variance <= 0.0 {
            return Ok(none);
        }
        let (scale, noise) = (mean_variance.sqrt(), self.options.noise);
        let noisy = activations
            .map(|value| value / scale + noise * self.random.sample::<f64, _>(StandardNormal));
        let shift = self.random.random_range(1..count);
        let of_partner = partner.ncols();
        let pairs = DMatrix::from_fn(2 * count, of_partner + units, |row, column| {
            // The second half has the activations of other examples.
            let (example, other) = (row % count, row / count * shift);
            match column.checked_sub(of_partner) {
                None => partner[(example, column)],
                Some(unit) => noisy[((example + other) % count, unit)],
            }
        });
        let mut bound = 0.0;
        let log_mean = &mut self.log_mean;
        let by_pairs = self.critic.learn_and_pull(&pairs, |scores| {
            let (together, apart) = scores.split_at(count);
            bound = together.iter().sum::<f64>() / count as f64 - log_mean_exp(apart);
            slopes(Bound::Mine, log_mean, scores)
        })?;
        // The critic's loss is the bound with its sign turned.
        let mut pull = DMatrix::zeros(count, units);
        for unit in 0..units {
            for row in 0..2 * count {
                let example = (row % count + row / count * shift) % count;
                pull[(example, unit)] -= by_pairs[(row, of_partner + unit)] / scale;
            }
        }
        Ok((bound, pull))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::deep::{Architecture, Initialisation};
    use crate::training::flow::{BatchOptions, CrossEntropy, GradientFlow};

    fn points() -> (DMatrix<f64>, DMatrix<f64>) {
        let inputs = DMatrix::from_fn(64, 2, |row, column| {
            let angle = 0.1 * row as f64;
            [angle.cos(), angle.sin()][column]
        });
        let class = |row: usize| usize::from(inputs[(row, 0)] > 0.0);
        let targets = DMatrix::from_fn(64, 2, |row, column| {
            f64::from(u8::from(class(row) == column))
        });
        (inputs.clone(), targets)
    }

    fn options(weight: f64) -> RegulariserOptions {
        RegulariserOptions {
            layer: 0,
            partner: Partner::Input,
            weight,
            noise: 0.5,
            widths: vec![16],
            rate: 1e-3,
            seed: 3,
        }
    }

    /// A critic without weight watches and changes nothing, bit for bit; one with weight does.
    #[test]
    fn a_term_without_weight_leaves_the_training_as_it_is() {
        let (inputs, targets) = points();
        let network = DeepNetwork::new(Architecture::fully_connected(2, &[8], 2)).unwrap();
        let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy).unwrap();
        let start = network.initial(Initialisation::Gaussian, 1).unwrap();
        let train = |weight: Option<f64>| {
            let batch = BatchOptions::default();
            let mut training = MiniBatches::new(&flow, start.clone(), batch).unwrap();
            let mut term =
                weight.map(|weight| Regulariser::new(&network, options(weight)).unwrap());
            for _ in 0..5 {
                match &mut term {
                    Some(term) => term.epoch(&mut training).unwrap(),
                    None => training.epoch().unwrap(),
                };
            }
            training.parameters().to_vec()
        };
        assert_eq!(train(Some(0.0)), train(None));
        assert_ne!(train(Some(1.0)), train(None));
    }

    /// The slopes by the activations are those of the bound with the critic, the noise and the scale as they are:
    /// a step of the activations along them makes the bound larger by the square of their length.
    #[test]
    fn the_pull_is_the_slope_of_the_bound() {
        let (inputs, _) = points();
        let network = DeepNetwork::new(Architecture::fully_connected(2, &[3], 2)).unwrap();
        let activations =
            DMatrix::from_fn(64, 3, |row, unit| (0.1 * row as f64 + unit as f64).sin());
        // The same seed gives the same critic, noise and strangers.
        let pull = |activations: &DMatrix<f64>| {
            let mut term = Regulariser::new(&network, options(1.0)).unwrap();
            term.pull(&inputs, activations).unwrap()
        };
        let (_, slopes) = pull(&activations);
        // Moves of a unit's mean leave the scale, a deviation, as it is.
        for unit in 0..3 {
            let moved = |step: f64| {
                let mut activations = activations.clone();
                activations.column_mut(unit).add_scalar_mut(step);
                pull(&activations).0
            };
            let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
            let expected = slopes.column(unit).sum();
            // rounding of single precision over the step, and kinks of rectifiers
            assert!((slope - expected).abs() < 1e-3, "{slope} {expected}");
        }
    }

    #[test]
    fn a_layer_that_is_none_is_refused() {
        let network = DeepNetwork::new(Architecture::fully_connected(2, &[3], 2)).unwrap();
        let refused = |options| {
            Regulariser::new(&network, options)
                .err()
                .unwrap()
                .to_string()
        };
        assert!(
            refused(RegulariserOptions {
                layer: 1,
                ..options(1.0)
            })
            .contains("layer = 1")
        );
        assert!(
            refused(RegulariserOptions {
                noise: 0.0,
                ..options(1.0)
            })
            .contains("noise = 0")
        );
    }
}
