//! Matrix products of a whole batch.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use rayon::prelude::*;

/// Samples in one piece of parallel work.
const PIECE: usize = 100;

/// Multiplications below which threads cost more than they save.
const SMALL: usize = 1 << 18;

/// `out = gain * a * b`; `out` must have the rows of `a` and the columns of `b`.
///
/// The columns are cut into pieces of a fixed width, so that the result does not depend on the
/// number of threads.
pub(crate) fn multiply(gain: f64, a: &DMatrix<f64>, b: &DMatrix<f64>, out: &mut DMatrix<f64>) {
    let (rows, inner) = a.shape();
    if rows * inner * b.ncols() < SMALL {
        out.gemm(gain, a, b, 0.0);
        return;
    }
    out.as_mut_slice()
        .par_chunks_mut(rows * PIECE)
        .zip(b.as_slice().par_chunks(inner * PIECE))
        .for_each(|(out, b)| {
            let columns = out.len() / rows;
            let b = DMatrixView::from_slice(b, inner, columns);
            DMatrixViewMut::from_slice(out, rows, columns).gemm(gain, a, &b, 0.0);
        });
}

/// `gain * a * b^T`: the sum over the batch of the outer products of two columns.
pub(crate) fn outer(gain: f64, a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(a.nrows(), b.nrows());
    multiply(gain, a, &b.transpose(), &mut out);
    out
}
