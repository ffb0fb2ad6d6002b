//! Kernels of many random networks of one kind, against the kernel of their limit.

use nalgebra::DMatrix;

use super::Spread;
use crate::numerics::matrix::relative_distance;

/// Kernels of the same points that differ by the random weights alone. Ours.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelEnsemble {
    kernels: Vec<DMatrix<f64>>,
}

impl KernelEnsemble {
    /// Of at least one kernel, all of one shape.
    ///
    /// # Panics
    /// Without kernels, or if their shapes differ.
    #[must_use]
    pub fn new(kernels: Vec<DMatrix<f64>>) -> Self {
        let shape = kernels[0].shape();
        assert!(kernels.iter().all(|kernel| kernel.shape() == shape));
        Self { kernels }
    }

    /// The kernels.
    #[must_use]
    pub fn kernels(&self) -> &[DMatrix<f64>] {
        &self.kernels
    }

    /// Relative distance of every kernel from the limit, in the Frobenius norm.
    #[must_use]
    pub fn distances(&self, limit: &DMatrix<f64>) -> Vec<f64> {
        let kernels = self.kernels.iter();
        kernels
            .map(|kernel| relative_distance(kernel, limit))
            .collect()
    }

    /// The mean kernel.
    #[must_use]
    pub fn mean(&self) -> DMatrix<f64> {
        let (rows, columns) = self.kernels[0].shape();
        let sum = self
            .kernels
            .iter()
            .fold(DMatrix::zeros(rows, columns), |sum, k| sum + k);
        sum / self.kernels.len() as f64
    }

    /// Relative standard deviation of a diagonal entry over the networks, root mean square over the
    /// points; NaN for a single network.
    #[must_use]
    pub fn variation(&self) -> f64 {
        let points = self.kernels[0].nrows();
        let squares = (0..points).map(|point| {
            let values: Vec<f64> = self.kernels.iter().map(|k| k[(point, point)]).collect();
            let spread = Spread::of(&values);
            (spread.deviation / spread.mean).powi(2)
        });
        (squares.sum::<f64>() / points as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn distances_and_variation_of_two_kernels() {
        let limit = dmatrix![2.0, 0.0; 0.0, 2.0];
        let ensemble = KernelEnsemble::new(vec![
            dmatrix![1.0, 0.0; 0.0, 2.0],
            dmatrix![3.0, 0.0; 0.0, 2.0],
        ]);
        let expected = 1.0 / 8.0_f64.sqrt();
        for distance in ensemble.distances(&limit) {
            assert!((distance - expected).abs() < 1e-15);
        }
        assert_eq!(relative_distance(&ensemble.mean(), &limit), 0.0);
        // deviations sqrt(2) / 2 and 0
        assert!((ensemble.variation() - 0.5).abs() < 1e-15);
    }
}
