//! Backward passes of functions that see more of a network than its outputs.

use nalgebra::DMatrix;

use super::Pass;
use super::pass::check_shape;
use crate::networks::NetworkError;
use crate::numerics::matrix::{Real, recycle};

impl<T: Real> Pass<'_, T> {
    /// The gradient by the parameters of the sum of `c o f` and `d o a`, for the outputs `f` and the activations
    /// `a` behind the hidden layer `layer`: [`Pass::vjp`] with one more place at which slopes enter. `hidden`
    /// holds the `d`, one row an example and one column a unit, as
    /// [`HiddenLayers::activations`](super::HiddenLayers::activations) gives the `a`. Cost as [`Pass::vjp`].
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if a cotangent is not shaped as what it belongs to; also for a layer that
    /// there is not, whose activations have no columns.
    pub fn vjp_hidden(
        &self,
        cotangent: &DMatrix<T>,
        (layer, hidden): (usize, &DMatrix<T>),
    ) -> Result<Vec<T>, NetworkError> {
        self.check_outputs("cotangent", cotangent)?;
        let layers = self.network().layers();
        let last = layers.len() - 1;
        let units = layers[..last]
            .get(layer)
            .map_or(0, |layer| layer.outputs * layer.pixels);
        check_shape(
            "cotangent of a hidden layer",
            hidden.shape(),
            (self.examples(), units),
        )?;
        let add = |index: usize, slopes: &mut DMatrix<T>| {
            if index == layer {
                // The same numbers in the same order: all examples of a pixel, all pixels of a channel.
                for (slope, more) in slopes.iter_mut().zip(hidden.iter()) {
                    *slope += *more;
                }
            }
        };
        let parameters = layers[last].biases.end;
        let mut gradient = vec![T::zero(); parameters];
        self.backward_with(cotangent.clone(), add, |index, slopes| {
            self.write_layer(index, &slopes, &mut gradient);
            recycle(slopes);
        });
        Ok(gradient)
    }

    /// The gradients of the sum of `c o f` by the parameters and by the batch, the latter one row an example.
    /// Cost: one product of the first layer's size more than [`Pass::vjp`].
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the cotangent is not shaped as the outputs.
    pub fn vjp_with_inputs(
        &self,
        cotangent: &DMatrix<T>,
    ) -> Result<(Vec<T>, DMatrix<T>), NetworkError> {
        self.check_outputs("cotangent", cotangent)?;
        let layers = self.network().layers();
        let mut gradient = vec![T::zero(); layers[layers.len() - 1].biases.end];
        let mut by_inputs = DMatrix::zeros(0, 0);
        self.backward(cotangent.clone(), |index, slopes| {
            self.write_layer(index, &slopes, &mut gradient);
            if index == 0 {
                by_inputs = self.leave_batch(&slopes);
            }
            recycle(slopes);
        });
        Ok((gradient, by_inputs))
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use crate::networks::Activation;
    use crate::networks::deep::{
        Architecture, Convolutions, DeepNetwork, DifferentiableModel, HiddenLayers, Image,
        Initialisation,
    };

    fn networks() -> [DeepNetwork; 2] {
        let dense = Architecture {
            activation: Activation::Tanh,
            sigma_b: 0.3,
            ..Architecture::fully_connected(16, &[5, 4], 2)
        };
        let convolutional = Architecture {
            input: Image {
                channels: 1,
                height: 4,
                width: 4,
            },
            convolutions: Some(Convolutions::blocks(&[vec![3, 2]], 3, 2)),
            ..dense.clone()
        };
        [dense, convolutional].map(|form| DeepNetwork::new(form).unwrap())
    }

    fn wave(rows: usize, columns: usize, phase: f64) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| {
            (phase + 1.3 * i as f64 + 0.7 * j as f64).sin()
        })
    }

    /// `c o f` and `d o a` of a layer, summed.
    fn value(network: &DeepNetwork, weights: &[f64], batch: &DMatrix<f64>, layer: usize) -> f64 {
        let outputs = network.outputs(weights, batch).unwrap();
        let hidden = &network.activations(weights, batch).unwrap()[layer];
        outputs.dot(&wave(outputs.nrows(), outputs.ncols(), 0.2))
            + hidden.dot(&wave(hidden.nrows(), hidden.ncols(), 0.9))
    }

    #[test]
    fn slopes_that_enter_at_a_hidden_layer_are_those_of_central_differences() {
        for network in networks() {
            let batch = wave(3, 16, 0.0);
            let weights = network.initial(Initialisation::Gaussian, 4).unwrap();
            let shapes: Vec<_> = network.activations(&weights, &batch).unwrap();
            for (layer, activations) in shapes.iter().enumerate() {
                let pass = network.pass(&weights, &batch).unwrap();
                let hidden = wave(3, activations.ncols(), 0.9);
                let gradient = pass.vjp_hidden(&wave(3, 2, 0.2), (layer, &hidden)).unwrap();
                for place in (0..weights.len()).step_by(3) {
                    let moved = |step: f64| {
                        let mut weights = weights.clone();
                        weights[place] += step;
                        value(&network, &weights, &batch, layer)
                    };
                    let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                    assert!((gradient[place] - slope).abs() < 1e-8, "{layer} {place}");
                }
            }
        }
    }

    #[test]
    fn slopes_by_the_batch_are_those_of_central_differences() {
        for network in networks() {
            let batch = wave(3, 16, 0.0);
            let weights = network.initial(Initialisation::Gaussian, 4).unwrap();
            let pass = network.pass(&weights, &batch).unwrap();
            let cotangent = wave(3, 2, 0.2);
            let (gradient, by_inputs) = pass.vjp_with_inputs(&cotangent).unwrap();
            assert_eq!(gradient, pass.vjp(&cotangent).unwrap());
            for place in 0..batch.len() {
                let moved = |step: f64| {
                    let mut batch = batch.clone();
                    batch[place] += step;
                    network.outputs(&weights, &batch).unwrap().dot(&cotangent)
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((by_inputs[place] - slope).abs() < 1e-8, "{place}");
            }
        }
    }

    #[test]
    fn a_layer_that_is_none_is_refused() {
        let [network, _] = networks();
        let weights = network.initial(Initialisation::Gaussian, 4).unwrap();
        let batch = wave(3, 16, 0.0);
        let pass = network.pass(&weights, &batch).unwrap();
        let refused = pass.vjp_hidden(&wave(3, 2, 0.2), (2, &wave(3, 2, 0.0)));
        assert!(refused.is_err());
        assert!(
            pass.vjp_hidden(&wave(3, 2, 0.2), (0, &wave(3, 4, 0.0)))
                .is_err()
        );
    }
}
