//! The information plane: what every hidden layer knows of the inputs and of their labels.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Estimate, Estimator, InformationError, with_noise};
use crate::numerics::in_order::in_order;
use crate::numerics::random::member;
use crate::probes::{Probe, ProbeError, Snapshot};

/// What a layer knows, by one estimator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LayerInformation {
    /// `I(X; T)`, about the inputs.
    pub of_inputs: Estimate,
    /// `I(T; Y)`, about the labels.
    pub of_labels: Estimate,
    /// Whether `I(X; T)` is, within two standard errors, the most that the estimator can say about so many
    /// samples: then neither number tells anything about the layer.
    pub saturated: bool,
}

/// What every hidden layer knows about inputs and labels, by several estimators beside each other; for one layer
/// and estimator the finding is a [`LayerInformation`], and they come layer by layer.
///
/// A deterministic layer of continuous numbers has an infinite `I(X; T)`. Estimators of continuous samples
/// therefore look at the layer with normal noise of `noise` times the deviation of each unit, which is part of
/// what they measure; binning looks at the layer as it is. A layer that never varies knows nothing. Labels are
/// discrete and are taken as such. R. Shwartz-Ziv, N. Tishby, arXiv:1703.00810, drew the plane; that what it
/// shows depends on the estimator is from A. M. Saxe et al., ICLR 2018.
///
/// Cost: two estimates a layer and estimator, on all threads.
#[derive(Debug, Clone, PartialEq)]
pub struct InformationPlane {
    /// Inputs, one row an example.
    pub inputs: DMatrix<f64>,
    /// Their labels.
    pub labels: Vec<usize>,
    /// The estimators.
    pub estimators: Vec<Estimator>,
    /// Standard deviation of the noise, over that of each unit.
    pub noise: f64,
    /// Seed of the noise; the same layer of every snapshot gets the same.
    pub seed: u64,
}

impl InformationPlane {
    fn look(
        &self,
        layer: &DMatrix<f64>,
        noisy: &DMatrix<f64>,
        estimator: &Estimator,
    ) -> Result<LayerInformation, InformationError> {
        let seen = match estimator {
            Estimator::Binning { .. } => layer,
            _ => noisy,
        };
        let known = |found: Result<Estimate, InformationError>| match found {
            Err(InformationError::Constant { .. }) => Ok(Estimate {
                nats: 0.0,
                standard_error: 0.0,
            }),
            found => found,
        };
        let of_inputs = known(estimator.estimate(&self.inputs, seen))?;
        let reach = of_inputs.nats + 2.0 * of_inputs.standard_error;
        Ok(LayerInformation {
            of_inputs,
            of_labels: known(estimator.estimate_labels(seen, &self.labels))?,
            // The logarithm of the samples is a sum of roundings.
            saturated: reach >= (1.0 - 1e-12) * estimator.ceiling(self.labels.len()),
        })
    }
}

impl Probe for InformationPlane {
    /// By layer, then by estimator.
    type Finding = Vec<Vec<LayerInformation>>;

    fn find(&self, snapshot: &dyn Snapshot) -> Result<Self::Finding, ProbeError> {
        let layers = snapshot.activations(&self.inputs)?;
        let noisy = layers.iter().enumerate().map(|(index, layer)| {
            let seed = member(self.seed, "noise of a layer", index);
            with_noise(layer, self.noise, seed)
        });
        let noisy: Vec<DMatrix<f64>> = noisy.collect();
        let each = self.estimators.len();
        let looks = (0..layers.len() * each).into_par_iter().map(|job| {
            let (layer, estimator) = (job / each, &self.estimators[job % each]);
            self.look(&layers[layer], &noisy[layer], estimator)
        });
        let looks: Vec<LayerInformation> = in_order(looks)?;
        Ok(looks.chunks(each.max(1)).map(<[_]>::to_vec).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::Activations;
    use crate::probes::information::Bins;

    /// A layer of signs knows one bit of its inputs, and all of a label that is the sign; a dead one nothing;
    /// one that tells all inputs apart is saturated.
    #[test]
    fn a_sign_is_one_bit_and_a_dead_layer_none() {
        let inputs = DMatrix::from_fn(400, 1, |row, _| (row as f64 + 0.5) / 400.0 - 0.5);
        let probe = InformationPlane {
            labels: inputs.iter().map(|x| usize::from(*x > 0.0)).collect(),
            estimators: vec![Estimator::Binning {
                bins: 1000,
                borders: Bins::EqualWidth,
            }],
            noise: 0.1,
            seed: 1,
            inputs: inputs.clone(),
        };
        let layers = vec![
            inputs.map(f64::signum),
            DMatrix::zeros(400, 2),
            inputs.clone(),
        ];
        let found = probe.find(&Activations(layers)).unwrap();
        let bit = 2.0_f64.ln();
        for (layer, [x, y], saturated) in [
            (0, [bit, bit], false),
            (1, [0.0, 0.0], false),
            (2, [400.0_f64.ln(), bit], true),
        ] {
            let look = found[layer][0];
            // the correction of Miller is of the order of 1 / N
            assert!((look.of_inputs.nats - x).abs() < 1e-12, "{look:?}");
            assert!((look.of_labels.nats - y).abs() < 3e-3, "{look:?}");
            assert_eq!(look.saturated, saturated, "{look:?}");
        }
    }
}
