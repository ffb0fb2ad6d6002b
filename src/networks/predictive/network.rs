//! The network itself: layers, matrices in both directions, biases, variances.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::Activation;
use super::product::multiply;
use crate::networks::NetworkError;
use crate::numerics::matrix::transpose_into;
use crate::numerics::random::stream;

/// Whether errors travel back through matrices of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// `W_l = M_l^T` always.
    #[default]
    Tied,
    /// `W_l` is independent of `M_l` and learns by itself.
    Free,
}

/// A predictive-coding network; see the [module](super) for its equations.
///
/// A sample is a column. `M_l` is `n_l x n_{l+1}` (from the image side to the class side), `W_l` is
/// `n_{l+1} x n_l`. Both are kept, so that a relaxation never transposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictiveNetwork {
    sizes: Vec<usize>,
    activations: Vec<Activation>,
    kind: Feedback,
    prediction: Vec<DMatrix<f64>>,
    feedback: Vec<DMatrix<f64>>,
    bias: Vec<DVector<f64>>,
    variance: Vec<f64>,
    gain: Vec<f64>,
}

impl PredictiveNetwork {
    /// A network from its prediction matrices, class side first, with `W = M^T`, no biases, unit
    /// variances and unit gains; `activations` holds one entry for every layer above the class.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] where neighbouring matrices do not fit,
    /// [`NetworkError::WrongLength`] or [`NetworkError::OutOfRange`] for an entry that is not
    /// finite.
    pub fn from_matrices(
        prediction: Vec<DMatrix<f64>>,
        activations: Vec<Activation>,
    ) -> Result<Self, NetworkError> {
        if prediction.is_empty() {
            return Err(NetworkError::Empty);
        }
        if activations.len() != prediction.len() {
            return Err(NetworkError::WrongLength {
                name: "activations",
                found: activations.len(),
                neurons: prediction.len(),
            });
        }
        let slopes = activations
            .iter()
            .filter_map(|activation| activation.kink());
        if let Some((value, _)) = slopes.into_iter().find(|(slope, _)| !slope.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "slope of leaky-relu",
                value,
                requirement: "it is finite",
            });
        }
        let mut sizes = vec![prediction[0].nrows()];
        for (layer, matrix) in prediction.iter().enumerate() {
            check_shape("M", layer, matrix, (sizes[layer], matrix.ncols()))?;
            sizes.push(matrix.ncols());
        }
        if sizes.contains(&0) {
            return Err(NetworkError::Empty);
        }
        Ok(Self {
            variance: vec![1.0; sizes.len()],
            gain: vec![1.0; prediction.len()],
            feedback: prediction.iter().map(DMatrix::transpose).collect(),
            bias: sizes[..prediction.len()]
                .iter()
                .map(|n| DVector::zeros(*n))
                .collect(),
            kind: Feedback::Tied,
            sizes,
            activations,
            prediction,
        })
    }

    /// A network with random matrices: entries `N(0, 1) / (2 sqrt(n_l))` for `M_l`, as in the code
    /// of Sun and Orchard; `W_l` is drawn independently where the feedback is free.
    ///
    /// `sizes` starts with the class layer. The same seed always gives the same matrices.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] for fewer than two layers or a layer without neurons.
    pub fn random(
        sizes: &[usize],
        activation: Activation,
        feedback: Feedback,
        seed: u64,
    ) -> Result<Self, NetworkError> {
        if sizes.len() < 2 {
            return Err(NetworkError::Empty);
        }
        let draw = |purpose: &str, layer: usize, rows: usize, columns: usize| {
            let mut random = stream(seed, purpose, layer as u64);
            let scale = 0.5 / (sizes[layer] as f64).sqrt();
            DMatrix::from_fn(rows, columns, |_, _| {
                scale * random.sample::<f64, _>(StandardNormal)
            })
        };
        let layers = sizes.len() - 1;
        let prediction = (0..layers).map(|l| draw("prediction weights", l, sizes[l], sizes[l + 1]));
        let network = Self::from_matrices(prediction.collect(), vec![activation; layers])?;
        match feedback {
            Feedback::Tied => Ok(network),
            Feedback::Free => {
                let w = (0..layers).map(|l| draw("feedback weights", l, sizes[l + 1], sizes[l]));
                network.with_feedback(w.collect())
            }
        }
    }

    /// The same network with feedback matrices of its own.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] or [`NetworkError::OutOfRange`].
    pub fn with_feedback(mut self, feedback: Vec<DMatrix<f64>>) -> Result<Self, NetworkError> {
        if feedback.len() != self.prediction.len() {
            return Err(NetworkError::WrongLength {
                name: "feedback matrices",
                found: feedback.len(),
                neurons: self.prediction.len(),
            });
        }
        for (layer, matrix) in feedback.iter().enumerate() {
            let shape = (self.sizes[layer + 1], self.sizes[layer]);
            check_shape("W", layer, matrix, shape)?;
        }
        self.kind = Feedback::Free;
        self.feedback = feedback;
        Ok(self)
    }

    /// The same network with biases `b_l`, one vector for every layer but the image.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] if a vector does not fit its layer, [`NetworkError::OutOfRange`]
    /// for an entry that is not finite.
    pub fn with_bias(mut self, bias: Vec<DVector<f64>>) -> Result<Self, NetworkError> {
        let lengths = bias.iter().map(DVector::len);
        if !lengths.eq(self.sizes[..self.prediction.len()].iter().copied()) {
            return Err(NetworkError::WrongLength {
                name: "biases",
                found: bias.iter().map(DVector::len).sum(),
                neurons: self.sizes[..self.prediction.len()].iter().sum(),
            });
        }
        if let Some(&value) = bias.iter().flatten().find(|b| !b.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "b",
                value,
                requirement: "every entry is finite",
            });
        }
        self.bias = bias;
        Ok(self)
    }

    /// The same network with variances `Sigma_l` (inverse precisions), one for every layer; that
    /// of the image belongs to its expectation `x`.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] or [`NetworkError::OutOfRange`].
    pub fn with_variances(mut self, variance: &[f64]) -> Result<Self, NetworkError> {
        Self::check_positive("variance", variance, self.sizes.len())?;
        self.variance = variance.to_vec();
        Ok(self)
    }

    /// The same network with gains `a_l` in `mu_l = a_l M_l sigma(v_{l+1}) + b_l`.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] or [`NetworkError::OutOfRange`].
    pub fn with_gains(mut self, gain: &[f64]) -> Result<Self, NetworkError> {
        Self::check_positive("gain", gain, self.prediction.len())?;
        self.gain = gain.to_vec();
        Ok(self)
    }

    fn check_positive(
        name: &'static str,
        values: &[f64],
        neurons: usize,
    ) -> Result<(), NetworkError> {
        if values.len() != neurons {
            return Err(NetworkError::WrongLength {
                name,
                found: values.len(),
                neurons,
            });
        }
        match values.iter().find(|x| !(**x > 0.0 && x.is_finite())) {
            None => Ok(()),
            Some(&value) => Err(NetworkError::OutOfRange {
                name,
                value,
                requirement: "it is positive and finite",
            }),
        }
    }

    /// Neurons in every layer, class first.
    #[must_use]
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Index `L` of the image layer.
    #[must_use]
    pub fn last(&self) -> usize {
        self.prediction.len()
    }

    /// Neurons of the class layer.
    #[must_use]
    pub fn class_size(&self) -> usize {
        self.sizes[0]
    }

    /// Neurons of the image layer.
    #[must_use]
    pub fn image_size(&self) -> usize {
        self.sizes[self.last()]
    }

    /// Activation of layer `l >= 1`; the class layer feeds nothing.
    #[must_use]
    pub fn activation(&self, layer: usize) -> Activation {
        self.activations[layer - 1]
    }

    /// Whether errors travel back through `M^T` or through matrices of their own.
    #[must_use]
    pub fn feedback_kind(&self) -> Feedback {
        self.kind
    }

    /// `M_l`.
    #[must_use]
    pub fn prediction(&self, layer: usize) -> &DMatrix<f64> {
        &self.prediction[layer]
    }

    /// `W_l`.
    #[must_use]
    pub fn feedback(&self, layer: usize) -> &DMatrix<f64> {
        &self.feedback[layer]
    }

    /// `b_l`.
    #[must_use]
    pub fn bias(&self, layer: usize) -> &DVector<f64> {
        &self.bias[layer]
    }

    /// `Sigma_l`.
    #[must_use]
    pub fn variance(&self, layer: usize) -> f64 {
        self.variance[layer]
    }

    /// `a_l`.
    #[must_use]
    pub fn gain(&self, layer: usize) -> f64 {
        self.gain[layer]
    }

    /// Changes matrices and bias of one layer: the closure gets `M_l`, `W_l` and `b_l`. With tied
    /// feedback `W_l` is set to `M_l^T` afterwards.
    pub fn update(
        &mut self,
        layer: usize,
        change: impl FnOnce(&mut DMatrix<f64>, &mut DMatrix<f64>, &mut DVector<f64>),
    ) {
        let (m, w) = (&mut self.prediction[layer], &mut self.feedback[layer]);
        change(m, w, &mut self.bias[layer]);
        if self.kind == Feedback::Tied {
            transpose_into(m, w);
        }
    }

    /// Sets every weight smaller than `floor` in absolute value to zero and returns their number.
    ///
    /// Decay drives unused weights into denormal numbers, which make products ten times slower.
    pub fn flush(&mut self, floor: f64) -> usize {
        let mut flushed = 0;
        for matrix in self.prediction.iter_mut().chain(&mut self.feedback) {
            for x in matrix.iter_mut() {
                if *x != 0.0 && x.abs() < floor {
                    *x = 0.0;
                    flushed += 1;
                }
            }
        }
        flushed
    }

    /// `mu = a_l M_l s + b_l` for the activated values `s` of layer `l + 1`.
    pub(crate) fn predict(&self, layer: usize, s: &DMatrix<f64>, mu: &mut DMatrix<f64>) {
        multiply(self.gain[layer], &self.prediction[layer], s, mu);
        if self.bias[layer].iter().any(|b| *b != 0.0) {
            for mut column in mu.column_iter_mut() {
                column += &self.bias[layer];
            }
        }
    }

    /// The forward pass: values of every layer for a batch of images (`n_L x B`), class first.
    ///
    /// With the image clamped, the class free and no decay this is the equilibrium, of energy 0.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] if the images do not fit, [`NetworkError::NotFinite`] if values
    /// overflow.
    pub fn forward(&self, image: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, NetworkError> {
        check_shape(
            "image",
            self.last(),
            image,
            (self.image_size(), image.ncols()),
        )?;
        let mut values = vec![image.clone()];
        for layer in (0..self.last()).rev() {
            let mut s = values[values.len() - 1].clone();
            self.activation(layer + 1).apply(&mut s);
            let mut mu = DMatrix::zeros(self.sizes[layer], image.ncols());
            self.predict(layer, &s, &mut mu);
            values.push(mu);
        }
        if !values.iter().flatten().all(|v| v.is_finite()) {
            let name = "values of the forward pass";
            return Err(NetworkError::NotFinite { name });
        }
        values.reverse();
        Ok(values)
    }

    /// Index of the largest class value of every sample of a forward pass.
    ///
    /// # Errors
    /// As [`PredictiveNetwork::forward`].
    pub fn classify(&self, image: &DMatrix<f64>) -> Result<Vec<usize>, NetworkError> {
        let values = self.forward(image)?;
        Ok(values[0].column_iter().map(|c| c.argmax().0).collect())
    }
}

/// Checks shape and finiteness of a matrix at the border of the library.
pub(crate) fn check_shape(
    name: &'static str,
    layer: usize,
    matrix: &DMatrix<f64>,
    expected: (usize, usize),
) -> Result<(), NetworkError> {
    if matrix.shape() != expected {
        return Err(NetworkError::MatrixShape {
            name,
            layer,
            found: matrix.shape(),
            expected,
        });
    }
    let numbers = matrix.as_slice();
    // No early end, so that the test takes a register at a time.
    if numbers.iter().fold(true, |all, x| all & x.is_finite()) {
        return Ok(());
    }
    match numbers.iter().find(|x| !x.is_finite()) {
        None => Ok(()),
        Some(&value) => Err(NetworkError::OutOfRange {
            name,
            value,
            requirement: "every entry is finite",
        }),
    }
}
