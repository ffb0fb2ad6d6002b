//! What read-outs of random features are compared with: infinitely many features, a network that learns by steps,
//! and gradient flow.

use nalgebra::DMatrix;

use super::one_shot::OneShot;
use super::one_shot_findings::{Flow, KernelPoint, Learnt};
use super::one_shot_settings::{FlowSettings, NetworkSettings};
use super::source::FeatureSource;
use crate::experiment::flow::course::geometric;
use crate::experiment::image_networks::{Learner, train_to};
use crate::experiment::{LabelledImages, RunError};
use crate::networks::deep::{Architecture, DifferentiableModel, Parameterisation};
use crate::numerics::random::member;
use crate::training::readout::{SpectralFilter, SpectralReadout, accuracy, class_targets};

impl OneShot {
    /// Covariance and tangent kernels of one infinitely wide hidden layer with these features and weights of
    /// variance `1/L` behind it; among the training images, and from the tests to them.
    fn kernels(&self) -> Result<[[DMatrix<f64>; 2]; 2], RunError> {
        let features = &self.settings.features;
        let kernel = features.kernel()?;
        let inputs = features.kernel_inputs(&self.data.training);
        let tests = features.kernel_inputs(&self.data.test);
        let (train, cross) = (kernel.train(&inputs)?, kernel.cross(&tests, &inputs)?);
        Ok([[train.nngp, cross.nngp], [train.ntk, cross.ntk]])
    }

    /// The read-out of infinitely many Gaussian features, at the ridge with the least leave-one-out error.
    pub(super) fn kernel(&self) -> Result<Option<KernelPoint>, RunError> {
        if !self.settings.features.has_kernel(self.data.training.len()) {
            return Ok(None);
        }
        let [[train, cross], _] = self.kernels()?;
        let targets = class_targets(&self.data.training.labels, self.data.classes)?;
        let all = SpectralReadout::of_kernel(&train, &targets)?;
        let neurons = self.settings.readout.neurons.iter().map(|n| **n).max();
        let ridges = self.ridges().into_iter();
        let ridges = ridges.map(|ridge| ridge / neurons.unwrap_or(1) as f64);
        let Some((ridge, left_out)) = all.least_left_out(ridges)? else {
            return Ok(None);
        };
        let outputs = &cross * all.coefficients(SpectralFilter::Ridge { ridge })?;
        Ok(Some(KernelPoint {
            ridge,
            test_accuracy: accuracy(&outputs, &self.data.test.labels),
            leave_one_out: accuracy(&left_out.outputs, &self.data.training.labels),
        }))
    }

    /// A network of one hidden layer that learns the same images by steps.
    pub(super) fn network(&self, settings: &NetworkSettings) -> Result<Learnt, RunError> {
        let (pixels, classes) = (self.data.training.images.nrows(), self.data.classes);
        let architecture = Architecture {
            activation: *self.settings.features.activation,
            parameterisation: Parameterisation::Standard,
            sigma_w: *settings.sigma_w,
            // small beside sums of order 1; chosen
            sigma_b: 0.1,
            ..Architecture::fully_connected(pixels, &[*settings.hidden], classes)
        };
        let learner = Learner {
            architecture: &architecture,
            images: &self.data.training,
            classes,
            steps: &settings.steps,
            dropout: 0.0,
            seed: &|purpose| member(self.seed, purpose, 1),
        };
        learner.train(|network, batches| {
            train_to(batches, *settings.epochs)?;
            let right = |images: &LabelledImages| {
                let outputs = network.outputs(batches.parameters(), &images.images.transpose())?;
                Ok::<_, RunError>(accuracy(&outputs, &images.labels))
            };
            Ok(Learnt {
                hidden: *settings.hidden,
                epochs: *settings.epochs,
                train_accuracy: right(&self.data.training)?,
                test_accuracy: right(&self.data.test)?,
            })
        })
    }

    /// Test errors along the gradient flow of the read-out, of infinitely many features, and of all layers.
    pub(super) fn flow(&self, settings: &FlowSettings) -> Result<Flow, RunError> {
        let features = self.features(FeatureSource::Gaussian, settings.neurons, 1)?;
        let count = *settings.neurons as f64;
        let hidden = features.evaluate(self.data.training.examples().inputs)? / count.sqrt();
        let tests = features.evaluate(self.data.test.examples().inputs)? / count.sqrt();
        let targets = class_targets(&self.data.training.labels, self.data.classes)?;
        let times = geometric(*settings.start, *settings.end, *settings.times);
        let wrong = |outputs: &DMatrix<f64>| 1.0 - accuracy(outputs, &self.data.test.labels);
        let finite = SpectralReadout::new(&hidden, &targets)?;
        let at = |time: &f64| {
            Ok(wrong(
                &(&tests * finite.weights(SpectralFilter::Flow { time: *time })?),
            ))
        };
        let readout = times.iter().map(at).collect::<Result<_, RunError>>()?;
        let ridges = self.ridges().into_iter().map(|ridge| ridge / count);
        let chosen = finite.least_left_out(ridges)?;
        let largest = self.ridges().into_iter().fold(0.0, f64::max) / count;
        let ridge = chosen.map_or(largest, |(ridge, _)| ridge);
        let [covariance, tangent] = self.kernels()?;
        let follow = |[train, cross]: [DMatrix<f64>; 2]| {
            let all = SpectralReadout::of_kernel(&train, &targets)?;
            let at = |time: &f64| {
                let filter = SpectralFilter::Flow { time: *time };
                Ok(wrong(&(&cross * all.coefficients(filter)?)))
            };
            times.iter().map(at).collect::<Result<Vec<f64>, RunError>>()
        };
        Ok(Flow {
            neurons: *settings.neurons,
            readout,
            infinite: follow(covariance)?,
            all_layers: follow(tangent)?,
            solved: wrong(&(&tests * finite.weights(SpectralFilter::Ridge { ridge })?)),
            ridge: ridge * count,
            times,
        })
    }
}
