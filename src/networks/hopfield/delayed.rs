//! The Hopfield network with graded neurons and transmission delays.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::networks::NetworkError;
use crate::numerics::matrix::symmetric_spectrum;
use crate::solver::{DelayField, Delayed};

/// What defines a network of graded neurons with delays; lists have one entry per neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DelayedHopfieldParameters {
    /// Time constants `tau_j > 0`.
    pub time_constants: Vec<f64>,
    /// Neuron `j` hears neuron `s` with weight `weights[(j, s)]`,
    pub weights: DMatrix<f64>,
    /// later by `delays[(j, s)] >= 0`.
    pub delays: DMatrix<f64>,
    /// Slope of the sigmoid at the origin.
    pub gain: f64,
    /// Constant inputs `I_j`.
    pub inputs: Vec<f64>,
}

/// Graded neurons that hear each other late:
///
/// ```text
/// x_j' = -x_j / tau_j + sum_s w_js tanh(gain x_s(t - tau_js)) + I_j
/// ```
///
/// Its resting states do not depend on the delays, their stability does: J. J. Hopfield, "Neurons
/// with graded response have collective computational properties like those of two-state neurons",
/// PNAS 81(10), 3088-3092 (1984), doi:10.1073/pnas.81.10.3088, with the delays of C. M. Marcus, R. M.
/// Westervelt, "Stability of analog neural networks with delay", Phys. Rev. A 39(1), 347-359 (1989),
/// doi:10.1103/PhysRevA.39.347. Evaluating it costs `O(N^2)`.
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::networks::{DelayedHopfield, DelayedHopfieldParameters};
///
/// // One neuron that inhibits itself twice as strongly as it leaks.
/// let network = DelayedHopfield::new(DelayedHopfieldParameters {
///     time_constants: vec![1.0],
///     weights: DMatrix::from_element(1, 1, -2.0),
///     delays: DMatrix::from_element(1, 1, 1.0),
///     gain: 1.0,
///     inputs: vec![0.0],
/// })?;
/// let onset = network.oscillation_onset().expect("it inhibits itself strongly enough");
/// assert!((onset.delay - 1.209_199_6).abs() < 1e-7); // 2 pi / (3 sqrt 3)
/// assert!((onset.period - 3.627_598_7).abs() < 1e-7); // 2 pi / sqrt 3
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DelayedHopfield {
    parameters: DelayedHopfieldParameters,
    /// The distinct positive delays, ascending.
    lags: Vec<f64>,
    /// Each synapse of weight other than zero: listener, speaker, weight, and the number of its lag,
    /// `None` for the present.
    synapses: Vec<(usize, usize, f64, Option<usize>)>,
}

/// Where the state of rest at the origin begins to oscillate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OscillationOnset {
    /// Smallest delay at which a small oscillation along that eigenvector neither grows nor shrinks.
    pub delay: f64,
    /// Its period.
    pub period: f64,
}

impl DelayedHopfield {
    /// A network from its parameters.
    ///
    /// # Errors
    /// [`NetworkError`], naming the parameter that is out of range or does not fit.
    pub fn new(parameters: DelayedHopfieldParameters) -> Result<Self, NetworkError> {
        let neurons = parameters.time_constants.len();
        if neurons == 0 {
            return Err(NetworkError::Empty);
        }
        if parameters.inputs.len() != neurons {
            return Err(NetworkError::WrongLength {
                name: "inputs",
                found: parameters.inputs.len(),
                neurons,
            });
        }
        for matrix in [&parameters.weights, &parameters.delays] {
            let (rows, columns) = matrix.shape();
            if (rows, columns) != (neurons, neurons) {
                return Err(NetworkError::WeightShape {
                    rows,
                    columns,
                    neurons,
                });
            }
        }
        let rule = |name, values: &[f64], requirement, holds: fn(f64) -> bool| {
            let wrong = values.iter().find(|value| !holds(**value));
            wrong.map_or(Ok(()), |&value| {
                Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement,
                })
            })
        };
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        let DelayedHopfieldParameters {
            time_constants,
            weights,
            delays,
            gain,
            inputs,
        } = &parameters;
        rule(
            "tau",
            time_constants,
            "a time constant is positive",
            positive,
        )?;
        rule(
            "weight",
            weights.as_slice(),
            "a weight is finite",
            f64::is_finite,
        )?;
        rule(
            "delay",
            delays.as_slice(),
            "a delay is not negative",
            not_negative,
        )?;
        rule("gain", &[*gain], "a gain is positive", positive)?;
        rule("input", inputs, "an input is finite", f64::is_finite)?;

        let used = |j: usize, s: usize| weights[(j, s)] != 0.0;
        let pairs = || (0..neurons).flat_map(|j| (0..neurons).map(move |s| (j, s)));
        let mut lags: Vec<f64> = pairs()
            .filter(|(j, s)| used(*j, *s) && delays[(*j, *s)] > 0.0)
            .map(|pair| delays[pair])
            .collect();
        lags.sort_by(f64::total_cmp);
        lags.dedup();
        let synapses = pairs()
            .filter(|(j, s)| used(*j, *s))
            .map(|(j, s)| {
                let lag = lags.iter().position(|lag| *lag == delays[(j, s)]);
                (j, s, weights[(j, s)], lag)
            })
            .collect();
        Ok(Self {
            parameters,
            lags,
            synapses,
        })
    }

    /// What defines the network.
    #[must_use]
    pub fn parameters(&self) -> &DelayedHopfieldParameters {
        &self.parameters
    }

    /// Where the origin begins to oscillate along the eigenvector of the lowest eigenvalue, as one delay
    /// common to all synapses grows.
    ///
    /// With `g = gain lambda_min tau` for the lowest eigenvalue of symmetric weights and one time
    /// constant, a perturbation along its eigenvector obeys `tau s + 1 = g e^{-s delay}` and turns
    /// into an oscillation at `delay = tau arccos(1/g) / sqrt(g^2 - 1)` with the angular frequency
    /// `sqrt(g^2 - 1) / tau` (Marcus and Westervelt 1989). `None` if `g >= -1`, where no delay makes
    /// that direction oscillate, and where the form does not apply: inputs, unequal time constants, weights that
    /// are not symmetric.
    #[must_use]
    pub fn oscillation_onset(&self) -> Option<OscillationOnset> {
        let DelayedHopfieldParameters {
            time_constants,
            weights,
            gain,
            inputs,
            ..
        } = &self.parameters;
        let tau = time_constants[0];
        let applies = time_constants.iter().all(|other| *other == tau)
            && inputs.iter().all(|input| *input == 0.0)
            && *weights == weights.transpose();
        let lowest = symmetric_spectrum(weights).ok().filter(|_| applies)?;
        let loop_gain = gain * lowest.values[0] * tau;
        (loop_gain < -1.0).then(|| {
            let turn = (loop_gain * loop_gain - 1.0).sqrt() / tau;
            OscillationOnset {
                delay: (1.0 / loop_gain).acos() / turn,
                period: std::f64::consts::TAU / turn,
            }
        })
    }
}

impl DelayField for DelayedHopfield {
    fn dimension(&self) -> usize {
        self.parameters.time_constants.len()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let DelayedHopfieldParameters {
            time_constants,
            gain,
            inputs,
            ..
        } = &self.parameters;
        for (j, slope) in derivative.iter_mut().enumerate() {
            *slope = inputs[j] - state[j] / time_constants[j];
        }
        for &(j, s, weight, lag) in &self.synapses {
            let heard = lag.map_or(state, |lag| delayed.state(lag))[s];
            derivative[j] += weight * (gain * heard).tanh();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> DelayedHopfieldParameters {
        DelayedHopfieldParameters {
            time_constants: vec![1.0, 2.0],
            weights: DMatrix::from_row_slice(2, 2, &[0.0, 1.5, -0.5, 0.25]),
            delays: DMatrix::from_row_slice(2, 2, &[9.0, 0.7, 0.0, 0.3]),
            gain: 2.0,
            inputs: vec![0.1, -0.2],
        }
    }

    #[test]
    fn every_synapse_reads_its_own_delay() {
        let network = DelayedHopfield::new(parameters()).unwrap();
        // The delay 9 belongs to a weight of zero and is not kept.
        assert_eq!(network.lags(), [0.3, 0.7]);
        let (state, late) = ([0.4, -0.6], [0.11, 0.12, 0.21, 0.22]);
        let mut slope = [0.0; 2];
        network.derivative(0.0, &state, Delayed::new(&late, 2), &mut slope);
        let first = -0.4 + 1.5 * (2.0_f64 * 0.22).tanh() + 0.1;
        let second = 0.3 - 0.5 * (2.0_f64 * 0.4).tanh() + 0.25 * (2.0_f64 * 0.12).tanh() - 0.2;
        assert!((slope[0] - first).abs() < 1e-15 && (slope[1] - second).abs() < 1e-15);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut wrong = parameters();
        wrong.delays[(0, 1)] = -1.0;
        assert!(DelayedHopfield::new(wrong).is_err());
        let mut wrong = parameters();
        wrong.inputs.pop();
        assert!(DelayedHopfield::new(wrong).is_err());
        assert!(
            DelayedHopfield::new(parameters())
                .unwrap()
                .oscillation_onset()
                .is_none()
        );
    }
}
