//! Matrix products of a whole batch.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use crate::numerics::matrix::{Packed, View, gemm};

/// Multiplications below which the packing of the fast kernel costs more than it saves.
const SMALL: usize = 1 << 13;

/// Columns up to which it does so at any size: the last samples of a batch to come to rest.
const NARROW: usize = 2;

/// `out = gain * a * b`; `out` must have the rows of `a` and the columns of `b`.
///
/// Every entry is summed in one order, so that the result does not depend on the number of threads.
pub(crate) fn multiply(gain: f64, a: &DMatrix<f64>, b: &DMatrix<f64>, out: &mut DMatrix<f64>) {
    assert_eq!(a.ncols(), b.nrows(), "inner lengths of a product");
    Factor::new(a).multiply(gain, b.as_slice(), out.as_mut_slice());
}

/// A matrix that multiplies many batches, packed when the first large one comes.
pub(super) struct Factor<'a> {
    matrix: &'a DMatrix<f64>,
    packed: Option<Packed<f64>>,
}

impl<'a> Factor<'a> {
    pub fn new(matrix: &'a DMatrix<f64>) -> Self {
        Self {
            matrix,
            packed: None,
        }
    }

    /// `out = gain * matrix * b` for columns that follow each other; as [`multiply`].
    pub fn multiply(&mut self, gain: f64, b: &[f64], out: &mut [f64]) {
        let (rows, inner) = self.matrix.shape();
        let columns = b.len() / inner;
        if columns <= NARROW || self.matrix.len() * columns < SMALL {
            let b = DMatrixView::from_slice(b, inner, columns);
            DMatrixViewMut::from_slice(out, rows, columns).gemm(gain, self.matrix, &b, 0.0);
        } else {
            let b = View::column_major(b, inner, columns);
            let pack = || Packed::new(View::from(self.matrix));
            let packed = self.packed.get_or_insert_with(pack);
            packed.multiply_into(gain, b, 0.0, out);
        }
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
