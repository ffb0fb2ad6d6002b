//! One layer of a block-tridiagonal elimination, with a few rows where they are enough.

use nalgebra::DMatrix;
use rayon::prelude::*;

use crate::numerics::matrix::{Packed, View, add_gram, factorise, gram, multiply};

/// Least own term of a moving value, in units of the mean of what the layer below adds: where nothing
/// holds a value, as a pixel that is neither known nor decays, the metric must still be one. Chosen:
/// the root of the precision of `f32`, so that the inverse keeps half of its digits.
const FLOOR: f64 = 3e-4;

/// Mean of `G^T q G` in units of the own terms up to which it is taken for a multiple of the identity: what
/// a small decay leaves of a layer then costs no matrix of its size. Chosen: the largest eigenvalue of a
/// square matrix of chance is four times the mean, so that the Hessian is wrong by a tenth at most.
const NEGLIGIBLE: f64 = 0.025;

/// A matrix in `f32`, packed to be applied to many batches from both sides.
pub(super) struct Operator {
    rows: usize,
    columns: usize,
    forward: Packed<f32>,
    transposed: Packed<f32>,
}

impl Operator {
    /// `None` where a number leaves the range of `f32`; what would be denormal there is set to zero.
    pub fn new(matrix: &DMatrix<f64>) -> Option<Self> {
        let single = matrix.map(|x| {
            if x.abs() < f64::from(f32::MIN_POSITIVE) {
                0.0
            } else {
                x as f32
            }
        });
        single.iter().all(|x| x.is_finite()).then(|| Self {
            rows: single.nrows(),
            columns: single.ncols(),
            forward: Packed::new(View::from(&single)),
            transposed: Packed::new(View::from(&single).transposed()),
        })
    }

    /// `out = alpha A b + beta out`.
    pub fn forward(&self, alpha: f32, b: &[f32], beta: f32, out: &mut [f32]) {
        let b = View::column_major(b, self.columns, b.len() / self.columns);
        self.forward.multiply_into(alpha, b, beta, out);
    }

    /// `out = alpha A^T b + beta out`.
    pub fn transposed(&self, alpha: f32, b: &[f32], beta: f32, out: &mut [f32]) {
        let b = View::column_major(b, self.rows, b.len() / self.rows);
        self.transposed.multiply_into(alpha, b, beta, out);
    }
}

/// `T^-1`.
pub(super) enum Inverse {
    /// `diag(c) - Z^T Z`, without `Z` where nothing is below.
    Rows(Vec<f32>, Option<Operator>),
    Whole(Operator),
}

/// `S`, the precision that is left of a layer.
pub(super) enum Left {
    /// `diag(q) + F^T F`.
    Rows(Vec<f64>, DMatrix<f64>),
    Whole(DMatrix<f64>),
}

impl Inverse {
    /// Multiplies every column by `T^-1`.
    pub fn apply(&self, columns: &mut [f32], room: &mut Vec<f32>) {
        match self {
            Self::Rows(diagonal, rows) => {
                let count = columns.len() / diagonal.len();
                if let Some(rows) = rows {
                    room.resize(rows.rows * count, 0.0);
                    rows.forward(1.0, columns, 0.0, room);
                }
                columns
                    .par_chunks_mut(diagonal.len())
                    .for_each(|column| column.iter_mut().zip(diagonal).for_each(|(y, c)| *y *= c));
                if let Some(rows) = rows {
                    rows.transposed(-1.0, room, 1.0, columns);
                }
            }
            Self::Whole(matrix) => {
                room.resize(columns.len(), 0.0);
                matrix.forward(1.0, columns, 0.0, room);
                columns.copy_from_slice(room);
            }
        }
    }
}

/// One step of the elimination: `T^-1` of a layer with `own = C`, and the precision it has left.
pub(super) fn eliminate(
    below: &Left,
    forth: &DMatrix<f64>,
    mut own: Vec<f64>,
    precision: f64,
    mobile: &[f64],
) -> Option<(Inverse, Left)> {
    let size = own.len();
    // `G^T S G` as `V^T V` with few rows, or whole.
    let mut whole = DMatrix::zeros(0, 0);
    let mut rows = DMatrix::zeros(0, size);
    match below {
        Left::Rows(diagonal, factor) => {
            let mut kept: Vec<usize> = (0..diagonal.len()).filter(|i| diagonal[*i] > 0.0).collect();
            let terms = kept
                .iter()
                .map(|i| diagonal[*i] * forth.row(*i).norm_squared());
            let mean = terms.sum::<f64>() / size as f64;
            let least = own.iter().copied().fold(f64::INFINITY, f64::min);
            let many = 2 * (kept.len() + factor.nrows()) > size;
            if many && mean <= NEGLIGIBLE * least {
                own.iter_mut().for_each(|own| *own += mean);
                kept.clear();
            }
            rows = forth.select_rows(&kept);
            for column in rows.as_mut_slice().chunks_mut(kept.len().max(1)) {
                for (entry, i) in column.iter_mut().zip(&kept) {
                    *entry *= diagonal[*i].sqrt();
                }
            }
            if factor.nrows() > 0 {
                let more = multiply(View::from(factor), View::from(forth));
                let count = rows.nrows();
                rows = rows.resize_vertically(count + more.nrows(), 0.0);
                rows.rows_mut(count, more.nrows()).copy_from(&more);
            }
            if 2 * rows.nrows() > size {
                whole = gram(1.0, View::from(&rows).transposed());
            }
        }
        Left::Whole(precision) => {
            let half = multiply(View::from(precision), View::from(forth));
            whole = multiply(View::from(forth).transposed(), View::from(&half));
        }
    }
    let total = if whole.is_empty() {
        rows.norm_squared()
    } else {
        whole.trace()
    };
    let floor = FLOOR * total / size as f64;
    for own in &mut own {
        *own = own.max(floor);
        if *own == 0.0 {
            // Nothing depends on this value.
            *own = 1.0;
        }
    }
    if whole.is_empty() {
        let rank = rows.nrows();
        let mut scaled = rows.clone();
        for (column, own) in scaled.as_mut_slice().chunks_mut(rank.max(1)).zip(&own) {
            column.iter_mut().for_each(|v| *v /= own.sqrt());
        }
        let mut core = DMatrix::identity(rank, rank);
        add_gram(1.0, View::from(&scaled), 1.0, &mut core);
        let mut short = DMatrix::zeros(0, size);
        if rank > 0 {
            short = multiply(
                View::from(&factorise(core).ok()?.inverse_lower()),
                View::from(&scaled),
            );
        }
        for (column, own) in short.as_mut_slice().chunks_mut(rank.max(1)).zip(&own) {
            column.iter_mut().for_each(|z| *z /= own.sqrt());
        }
        let diagonal: Vec<f32> = own.iter().map(|own| (1.0 / own) as f32).collect();
        if !diagonal.iter().all(|c| c.is_finite()) {
            return None;
        }
        let rows = if rank > 0 {
            Some(Operator::new(&short)?)
        } else {
            None
        };
        let inverse = Inverse::Rows(diagonal, rows);
        for (column, mobile) in short.as_mut_slice().chunks_mut(rank.max(1)).zip(mobile) {
            column.iter_mut().for_each(|z| *z *= precision * mobile);
        }
        let left = own.iter().zip(mobile).map(|(own, mobile)| {
            let left = precision * (1.0 - mobile * precision / own);
            // Rounding alone, where a value has no decay.
            if left > 4.0 * f64::EPSILON * precision {
                left
            } else {
                0.0
            }
        });
        return Some((inverse, Left::Rows(left.collect(), short)));
    }
    for (i, own) in own.iter().enumerate() {
        whole[(i, i)] += own;
    }
    let half = factorise(whole).ok()?.inverse_lower();
    let mut inverse = gram(1.0, View::from(&half).transposed());
    let coarse = Operator::new(&inverse)?;
    for (j, column) in inverse.as_mut_slice().chunks_mut(size).enumerate() {
        let factor = -precision * precision * mobile[j];
        for (entry, mobile) in column.iter_mut().zip(mobile) {
            *entry *= factor * mobile;
        }
        column[j] += precision;
    }
    Some((Inverse::Whole(coarse), Left::Whole(inverse)))
}
