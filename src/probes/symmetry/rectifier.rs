//! Rectifier networks of any depth, as lists of matrices.

use nalgebra::{DMatrix, DVector};

use super::SymmetryError;
use crate::networks::Activation;
use crate::networks::deep::{DeepNetwork, DifferentiableModel, Layer};

/// A fully connected network `x_l = relu(W_l x_{l-1} + b_l)` with a linear last layer.
///
/// Every layer is its weights (units x inputs) and its biases.
#[derive(Debug, Clone, PartialEq)]
pub struct RectifierNetwork {
    pub(super) layers: Vec<(DMatrix<f64>, DVector<f64>)>,
}

impl RectifierNetwork {
    /// A network from its layers, from the input on.
    ///
    /// # Errors
    /// [`SymmetryError::Empty`] without layers or with one of no units, [`SymmetryError::Shape`] where
    /// layers do not chain, [`SymmetryError::NotFinite`] for the first entry that is not.
    ///
    /// ```
    /// use nalgebra::{dmatrix, dvector};
    /// use pulsatrix::probes::symmetry::RectifierNetwork;
    ///
    /// let absolute = RectifierNetwork::new(vec![
    ///     (dmatrix![1.0; -1.0], dvector![0.0, 0.0]),
    ///     (dmatrix![1.0, 1.0], dvector![0.0]),
    /// ])?;
    /// assert_eq!(absolute.outputs(&dmatrix![-2.0; 3.0])?, dmatrix![2.0; 3.0]);
    /// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
    /// ```
    pub fn new(layers: Vec<(DMatrix<f64>, DVector<f64>)>) -> Result<Self, SymmetryError> {
        let empty = |what| Err(SymmetryError::Empty { what });
        let Some((first, _)) = layers.first() else {
            return empty("the number of layers");
        };
        let mut inputs = first.ncols();
        if inputs == 0 {
            return empty("the number of inputs");
        }
        for (index, (weights, biases)) in layers.iter().enumerate() {
            let units = weights.nrows();
            if units == 0 {
                return empty("the number of units of a layer");
            }
            let shape = |array, found, expected| SymmetryError::Shape {
                array,
                found,
                expected,
            };
            if weights.ncols() != inputs {
                return Err(shape(2 * index, weights.shape(), (units, inputs)));
            }
            if biases.len() != units {
                return Err(shape(2 * index + 1, (biases.len(), 1), (units, 1)));
            }
            require_finite(2 * index, weights.shape(), weights.as_slice())?;
            require_finite(2 * index + 1, (units, 1), biases.as_slice())?;
            inputs = units;
        }
        Ok(Self { layers })
    }

    /// The network of a deep network with these parameters, the factors of its parameterisation
    /// multiplied in; a layer without biases gets zeros.
    ///
    /// # Errors
    /// [`SymmetryError::NoRectifier`] for convolutions, another activation or a list of another length,
    /// and those of [`RectifierNetwork::new`].
    pub fn of(network: &DeepNetwork, parameters: &[f64]) -> Result<Self, SymmetryError> {
        require_rectifier(network)?;
        if parameters.len() != network.parameter_count() {
            let reason = "has another number of parameters";
            return Err(SymmetryError::NoRectifier { reason });
        }
        let layer = |layer: &Layer| {
            let weights = layer.weight_matrix(parameters) * layer.weight_factor;
            let biases = layer.bias_vector(parameters) * layer.bias_factor;
            let none = biases.is_empty();
            let biases = if none {
                DVector::zeros(layer.outputs)
            } else {
                biases
            };
            (weights, biases)
        };
        Self::new(network.layers().iter().map(layer).collect())
    }

    /// The parameters with which a deep network is this one: the inverse of [`RectifierNetwork::of`].
    ///
    /// # Errors
    /// [`SymmetryError::NoRectifier`] if the deep network has convolutions, another activation, other
    /// layers, or no place for biases that are not zero.
    pub fn parameters(&self, network: &DeepNetwork) -> Result<Vec<f64>, SymmetryError> {
        require_rectifier(network)?;
        let refuse = |reason| Err(SymmetryError::NoRectifier { reason });
        let shapes = network.layers().iter().map(|l| (l.outputs, l.fan_in));
        if !shapes.eq(self.layers.iter().map(|(weights, _)| weights.shape())) {
            return refuse("has other layers");
        }
        let mut parameters = vec![0.0; network.parameter_count()];
        for (layer, (weights, biases)) in network.layers().iter().zip(&self.layers) {
            let scaled = weights / layer.weight_factor;
            parameters[layer.weights.clone()].copy_from_slice(scaled.as_slice());
            if !layer.biases.is_empty() {
                let scaled = biases / layer.bias_factor;
                parameters[layer.biases.clone()].copy_from_slice(scaled.as_slice());
            } else if biases.amax() > 0.0 {
                return refuse("has no biases");
            }
        }
        Ok(parameters)
    }

    /// The layers, from the input on: weights (units x inputs) and biases.
    #[must_use]
    pub fn layers(&self) -> &[(DMatrix<f64>, DVector<f64>)] {
        &self.layers
    }

    /// Numbers of an input.
    #[must_use]
    pub fn input_count(&self) -> usize {
        self.layers
            .first()
            .map_or(0, |(weights, _)| weights.ncols())
    }

    /// The outputs, one row an example, for inputs with one row an example.
    ///
    /// # Errors
    /// [`SymmetryError::Unlike`] for inputs of another length.
    pub fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, SymmetryError> {
        require_alike("inputs", self.input_count(), inputs.ncols())?;
        let mut values = inputs.transpose();
        for (index, (weights, biases)) in self.layers.iter().enumerate() {
            values = weights * values;
            for mut column in values.column_iter_mut() {
                column += biases;
            }
            if index + 1 < self.layers.len() {
                values.apply(|value| *value = value.max(0.0));
            }
        }
        Ok(values.transpose())
    }

    /// Euclidean distance of all weights and biases as they stand.
    ///
    /// # Errors
    /// [`SymmetryError::Unlike`] for networks of other layers.
    pub fn parameter_distance(&self, other: &Self) -> Result<f64, SymmetryError> {
        require_alike("layers", self.layers.len(), other.layers.len())?;
        require_alike("inputs", self.input_count(), other.input_count())?;
        let mut squares = 0.0;
        for ((weights, biases), (others, theirs)) in self.layers.iter().zip(&other.layers) {
            require_alike("units of a layer", weights.nrows(), others.nrows())?;
            squares += (weights - others).norm_squared() + (biases - theirs).norm_squared();
        }
        Ok(squares.sqrt())
    }
}

/// Refuses two networks that differ in a count.
pub(super) fn require_alike(
    what: &'static str,
    first: usize,
    second: usize,
) -> Result<(), SymmetryError> {
    if first == second {
        return Ok(());
    }
    Err(SymmetryError::Unlike {
        what,
        first,
        second,
    })
}

fn require_rectifier(network: &DeepNetwork) -> Result<(), SymmetryError> {
    let refuse = |reason| Err(SymmetryError::NoRectifier { reason });
    if network.architecture().convolutions.is_some() {
        return refuse("has convolutions");
    }
    if network.architecture().activation != Activation::Relu {
        return refuse("has another activation");
    }
    Ok(())
}

fn require_finite(
    array: usize,
    shape: (usize, usize),
    column_major: &[f64],
) -> Result<(), SymmetryError> {
    match column_major.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(SymmetryError::NotFinite {
            array,
            row: index % shape.0,
            column: index / shape.0,
            value: column_major[index],
        }),
    }
}
