//! Matrix products of a whole batch.

use nalgebra::DMatrix;

use crate::numerics::matrix::{View, gemm};

/// Multiplications below which the packing of the fast kernel costs more than it saves.
const SMALL: usize = 1 << 13;

/// Columns up to which it does so at any size: the last samples of a batch to come to rest.
const NARROW: usize = 2;

/// `out = gain * a * b`; `out` must have the rows of `a` and the columns of `b`.
///
/// Every entry is summed in one order, so that the result does not depend on the number of threads.
pub(crate) fn multiply(gain: f64, a: &DMatrix<f64>, b: &DMatrix<f64>, out: &mut DMatrix<f64>) {
    if b.ncols() <= NARROW || a.len() * b.ncols() < SMALL {
        out.gemm(gain, a, b, 0.0);
    } else {
        gemm(gain, View::from(a), View::from(b), 0.0, out);
    }
}

/// `gain * a * b^T`: the sum over the batch of the outer products of two columns.
pub(crate) fn outer(gain: f64, a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(a.nrows(), b.nrows());
    if a.len() * b.nrows() < SMALL {
        out.gemm(gain, a, &b.transpose(), 0.0);
    } else {
        gemm(
            gain,
            View::from(a),
            View::from(b).transposed(),
            0.0,
            &mut out,
        );
    }
    out
}
