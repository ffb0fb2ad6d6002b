//! A predictive-coding network beside the read-out: what it sees, how well it explains it, and what it draws.

use nalgebra::DMatrix;

use super::MachinesError;
use super::api::Predicted;
use super::classifier::{USUAL, largest, quantile};
use crate::experiment::predictive::images::{Findings, Images};
use crate::experiment::{LabelledImages, ModelFile, Progress, RunError, Study};
use crate::networks::predictive::{
    Activation, Clamp, Dynamics, PredictiveFlow, PredictiveNetwork, RelaxOptions, State, relax,
};

/// Tests whose energies say what is usual: a few seconds of relaxations would be too long a start. Chosen.
const CALIBRATION: usize = 200;

/// Residual at which image and class count as being at equilibrium, enough for three digits of the energy.
const TOLERANCE: f64 = 1e-3;

/// A predictive-coding network that has learnt digits.
pub struct Predictor {
    network: PredictiveNetwork,
    usual_energy: f64,
    /// What it draws for every class, one column a class.
    drawn: DMatrix<f64>,
    /// Level of a pixel of full ink.
    ink: f64,
    /// Images that it has learnt.
    pub training: usize,
    /// Share of the tests that it classifies right by a forward pass.
    pub test_accuracy: Option<f64>,
    /// Neurons of its layers, from the class to the image.
    pub sizes: Vec<usize>,
}

impl Predictor {
    /// Trains the network of a model of the kind `predictive-images`, and looks at its tests.
    ///
    /// # Errors
    /// What the study reports.
    pub fn train(model: &ModelFile, progress: &dyn Progress) -> Result<Self, MachinesError> {
        let study: Images = model.study()?;
        let findings = study.find(progress)?;
        let tests = study.tests();
        Ok(Self::of(&findings, tests, tests.images.max())?)
    }

    fn of(findings: &Findings, tests: &LabelledImages, ink: f64) -> Result<Self, RunError> {
        let matrices: Vec<DMatrix<f64>> = findings
            .weights
            .iter()
            .map(|array| {
                let (rows, columns) = (array.shape[1], array.shape[0]);
                DMatrix::from_column_slice(rows, columns, &array.values)
            })
            .collect();
        let activations = vec![Activation::default(); matrices.len()];
        let network = PredictiveNetwork::from_matrices(matrices, activations)?;
        let member = findings.networks.first().ok_or(RunError::DataChanged)?;
        let drawn = member.generation[0].columns();
        let mut predictor = Self {
            sizes: network.sizes().to_vec(),
            training: findings.training,
            test_accuracy: member.test_accuracy,
            usual_energy: f64::INFINITY,
            network,
            drawn,
            ink,
        };
        let some = tests.range(0, CALIBRATION);
        let least = some.images.column_iter().map(|image| {
            let (energies, _) = predictor.energies(image.as_slice())?;
            Ok(energies.into_iter().fold(f64::INFINITY, f64::min))
        });
        let least = least.collect::<Result<Vec<f64>, RunError>>()?;
        predictor.usual_energy = quantile(least, USUAL);
        Ok(predictor)
    }

    /// What it draws when a class is held: grey levels cut to 0 to 1.
    #[must_use]
    pub fn drawing(&self, class: usize) -> Vec<f64> {
        let levels = self.drawn.column(class);
        levels
            .iter()
            .map(|level| (level / self.ink).clamp(0.0, 1.0))
            .collect()
    }

    /// The classes that it knows.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.network.class_size()
    }

    /// Scores and energies of one image of grey levels from 0 to 1.
    ///
    /// # Errors
    /// For another number of pixels.
    pub fn predict(&self, image: &[f64]) -> Result<Predicted, RunError> {
        let levels: Vec<f64> = image.iter().map(|level| level * self.ink).collect();
        let column = DMatrix::from_column_slice(levels.len(), 1, &levels);
        let scores: Vec<f64> = self.network.forward(&column)?[0].iter().copied().collect();
        let (energies, converged) = self.energies(&levels)?;
        Ok(Predicted {
            class: largest(&scores),
            scores,
            energies,
            usual_energy: self.usual_energy,
            converged,
        })
    }

    /// Energies at equilibrium with the image and each class held, and whether all relaxations converged.
    fn energies(&self, levels: &[f64]) -> Result<(Vec<f64>, bool), RunError> {
        let classes = self.network.class_size();
        let images = DMatrix::from_fn(levels.len(), classes, |row, _| levels[row]);
        let state = State::forward(&self.network, &images)?;
        let mut state = state.with_class(&DMatrix::identity(classes, classes))?;
        let clamp = Clamp::learn(&self.network);
        let flow = PredictiveFlow::new(&self.network, clamp, Dynamics::default(), images)?;
        let options = RelaxOptions {
            tolerance: TOLERANCE,
            maximum_evaluations: 1000,
            keep_unconverged: true,
            ..RelaxOptions::default()
        };
        let found = relax(&flow, &mut state, &options)?;
        let energies = found.samples.iter().map(|sample| sample.energy).collect();
        Ok((energies, found.converged()))
    }
}
