//! Inputs and targets as deep linear networks learn them: whitened, with the modes of their correlation.

use nalgebra::{DMatrix, DVector};

/// Whitened inputs, and targets in the same unit: what is left of data for a linear network whose inputs are uncorrelated.
///
/// With `n` examples, inputs `X` (`n x p`) of rank `k` and targets `Y` (`n x q`), the inputs are `k` orthonormal columns `U` that
/// span those of `X`, the targets are `Y / sqrt(n)`. A linear map `W` then has the loss
/// `1/2 |U W^T - Y / sqrt(n)|^2 = 1/2 |S - W|^2 + ...` with the correlation `S = Y^T U / sqrt(n)`, and the rest is what least
/// squares leave. Whitening as in A. M. Saxe, J. L. `McClelland`, S. Ganguli, ICLR 2014, arXiv:1312.6120.
#[derive(Debug, Clone, PartialEq)]
pub struct WhitenedData {
    /// Orthonormal columns, one row an example.
    pub inputs: DMatrix<f64>,
    /// Targets over the root of the number of examples.
    pub targets: DMatrix<f64>,
    /// Singular values of the correlation that are not rounding, the largest first: the modes.
    pub singular_values: Vec<f64>,
    /// Their vectors on the side of the targets, one column a mode.
    pub left: DMatrix<f64>,
    /// Those on the side of the inputs.
    pub right: DMatrix<f64>,
}

/// Columns of `U`, values and columns of `V` whose values are above rounding of the largest.
fn modes(matrix: DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>, DMatrix<f64>) {
    let (rows, columns) = matrix.shape();
    let tolerance = rows.max(columns) as f64 * f64::EPSILON;
    let found = matrix.svd(true, true);
    let values = found.singular_values;
    let floor = tolerance * values.max();
    let rank = values.iter().filter(|value| **value > floor).count();
    let left = found.u.map(|u| u.columns(0, rank).into_owned());
    let right = found.v_t.map(|v| v.rows(0, rank).transpose());
    (
        left.unwrap_or_default(),
        values.iter().take(rank).copied().collect(),
        right.unwrap_or_default(),
    )
}

impl WhitenedData {
    /// Whitens inputs and targets, one row an example each. No modes are left of inputs or targets that are zero.
    ///
    /// ```
    /// use nalgebra::dmatrix;
    /// use pulsatrix::training::flow::WhitenedData;
    ///
    /// // orthogonal inputs, of which the targets are twice the one and half the other
    /// let inputs = dmatrix![1.0, 1.0; 1.0, -1.0; -1.0, 1.0; -1.0, -1.0];
    /// let targets = &inputs * dmatrix![2.0, 0.0; 0.0, 0.5];
    /// let data = WhitenedData::new(&inputs, &targets);
    /// assert!((data.singular_values[0] - 2.0).abs() < 1e-14);
    /// assert!((data.singular_values[1] - 0.5).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn new(inputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> Self {
        let root = (inputs.nrows() as f64).sqrt();
        let (inputs, _, _) = modes(inputs.clone());
        let targets = targets / root;
        let (left, singular_values, right) = modes(targets.tr_mul(&inputs));
        Self {
            inputs,
            targets,
            singular_values,
            left,
            right,
        }
    }

    /// Mean square that no linear map of the inputs explains, of all numbers of an example together.
    #[must_use]
    pub fn unexplained(&self) -> f64 {
        let explained = &self.inputs * self.inputs.tr_mul(&self.targets);
        (&self.targets - explained).norm_squared()
    }

    /// The least-squares map from inputs to targets, `q x p` and of least norm: what a network has learnt in the end, for the
    /// inputs that were whitened.
    #[must_use]
    pub fn least_squares(&self, inputs: &DMatrix<f64>) -> DMatrix<f64> {
        let root = (inputs.nrows() as f64).sqrt();
        // X = U s V^T, and the map is Y^T U s^-1 V^T
        let (left, values, right) = modes(inputs.clone());
        let inverse = DVector::from_iterator(values.len(), values.iter().map(|s| root / s));
        self.targets.tr_mul(&left) * DMatrix::from_diagonal(&inverse) * right.transpose()
    }
}
