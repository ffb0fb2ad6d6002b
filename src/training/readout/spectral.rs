//! One decomposition of the features, and every read-out that follows from it.

use nalgebra::{DMatrix, DVector};

use super::error::{check, check_kernel, check_ridge};
use super::leave_one_out::defined;
use super::{LeaveOneOut, Readout, ReadoutError, Solver, SpectralFilter};
use crate::numerics::matrix::{SymmetricSpectrum, View, gram, multiply, symmetric_spectrum};
use crate::training::KERNEL_ROUNDING;

/// Features `H = U diag(s) V^T` (or a kernel `K = U diag(s^2) U^T`) with their targets.
///
/// Found from the smaller of the Gram matrices `H^T H` and `H H^T`, so that singular values below
/// `sqrt(max(N, L) epsilon)` of the largest one, about `1e-6`, are lost in rounding and count as zero;
/// [`SpectralReadout::rank`] says how many are left.
///
/// Cost: `N L min(N, L)` operations for the Gram matrix, `9 min(N, L)^3` for its eigenvalues, and twice the
/// former for the other side's vectors; after that, `N r C` for every filter.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::{SpectralFilter, SpectralReadout};
///
/// let features = dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0];
/// let all = SpectralReadout::new(&features, &dmatrix![1.0; 2.0; 3.0])?;
/// let ridge = all.weights(SpectralFilter::Ridge { ridge: 1.0 })?;
/// assert!((ridge - dmatrix![0.875; 1.375]).amax() < 1e-14);
/// let early = all.weights(SpectralFilter::Flow { time: 0.1 })?;
/// assert!((early - dmatrix![0.3411913780; 0.4363539600]).amax() < 1e-10);
/// let late = all.weights(SpectralFilter::PseudoInverse)?;
/// assert!((late - dmatrix![1.0; 2.0]).amax() < 1e-14);
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SpectralReadout {
    /// `s^2`, ascending, without those that count as zero.
    squares: DVector<f64>,
    /// `U`, `N x r`.
    left: DMatrix<f64>,
    /// `V`, `L x r`, unless it was made from a kernel.
    right: Option<DMatrix<f64>>,
    /// `U^T T`, `r x C`.
    modes: DMatrix<f64>,
    targets: DMatrix<f64>,
    /// Largest `s^2` that counted as zero among those of the examples' side, which are not all zero without one of
    /// them; 0 if none did.
    lost: f64,
}

impl SpectralReadout {
    /// Of features `N x L` and targets `N x C`.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`], [`ReadoutError::NotFinite`], [`ReadoutError::DeadFeatures`], and eigenvalues
    /// that do not converge.
    pub fn new(features: &DMatrix<f64>, targets: &DMatrix<f64>) -> Result<Self, ReadoutError> {
        check(features, targets)?;
        let view = View::from(features);
        let (rows, count) = features.shape();
        let narrow = count <= rows;
        let small = gram(1.0, if narrow { view.transposed() } else { view });
        let (squares, vectors, tolerance) = counted(&small, rows.max(count))?;
        if squares.is_empty() {
            return Err(ReadoutError::DeadFeatures {
                examples: rows,
                features: count,
            });
        }
        let lost = if narrow {
            0.0
        } else {
            lost(&squares, rows, tolerance)
        };
        // the vectors of the other side
        let across = if narrow { view } else { view.transposed() };
        let mut others = multiply(across, View::from(&vectors));
        for (mut column, square) in others.column_iter_mut().zip(squares.iter()) {
            column.unscale_mut(square.sqrt());
        }
        let (left, right) = if narrow {
            (others, vectors)
        } else {
            (vectors, others)
        };
        Ok(Self {
            modes: multiply(View::from(&left).transposed(), View::from(targets)),
            squares,
            left,
            right: Some(right),
            targets: targets.clone(),
            lost,
        })
    }

    /// Of a kernel `N x N` in place of `H H^T`.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`], [`ReadoutError::NotFinite`], [`ReadoutError::ZeroKernel`]; [`ReadoutError::Asymmetric`],
    /// [`ReadoutError::NegativeSquare`] and [`ReadoutError::NegativeEigenvalue`] beyond `1e-9` of the largest entry and
    /// eigenvalue; and eigenvalues that do not converge.
    pub fn of_kernel(kernel: &DMatrix<f64>, targets: &DMatrix<f64>) -> Result<Self, ReadoutError> {
        check_kernel(kernel, targets)?;
        let examples = kernel.nrows();
        let spectrum = symmetric_spectrum(kernel)?;
        let (value, top) = (spectrum.values[0], spectrum.values.max());
        if value < -KERNEL_ROUNDING * top {
            return Err(ReadoutError::NegativeEigenvalue { value, top });
        }
        let (squares, left, tolerance) = above_rounding(&spectrum, examples);
        let lost = lost(&squares, examples, tolerance);
        Ok(Self {
            modes: multiply(View::from(&left).transposed(), View::from(targets)),
            squares,
            left,
            right: None,
            targets: targets.clone(),
            lost,
        })
    }

    /// Singular values of the features that count, ascending.
    #[must_use]
    pub fn singular_values(&self) -> DVector<f64> {
        self.squares.map(f64::sqrt)
    }

    /// How many of them there are.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.squares.len()
    }

    /// `U diag(f) U^T T`.
    fn over_examples(&self, factor: impl Fn(f64) -> f64) -> DMatrix<f64> {
        multiply(View::from(&self.left), View::from(&self.scaled(factor)))
    }

    /// `diag(f) U^T T`.
    fn scaled(&self, factor: impl Fn(f64) -> f64) -> DMatrix<f64> {
        let mut modes = self.modes.clone();
        for (mut row, square) in modes.row_iter_mut().zip(self.squares.iter()) {
            row *= factor(*square);
        }
        modes
    }

    /// The weights `B = V diag(g / s) U^T T`, `L x C`, of a filter `g`.
    ///
    /// # Errors
    /// [`ReadoutError::OutOfRange`] for a ridge or time below 0, [`ReadoutError::KernelOnly`].
    pub fn weights(&self, filter: SpectralFilter) -> Result<DMatrix<f64>, ReadoutError> {
        check_filter(filter)?;
        let right = self.right.as_ref().ok_or(ReadoutError::KernelOnly)?;
        let modes = self.scaled(|square| filter.learnt(square) / square.sqrt());
        Ok(multiply(View::from(right), View::from(&modes)))
    }

    /// The coefficients `c = U diag(g / s^2) U^T T`, `N x C`: `f(x) = k(x, X) c`, and `B = H^T c`.
    ///
    /// # Errors
    /// [`ReadoutError::OutOfRange`] for a ridge or time below 0.
    pub fn coefficients(&self, filter: SpectralFilter) -> Result<DMatrix<f64>, ReadoutError> {
        check_filter(filter)?;
        Ok(self.over_examples(|square| filter.learnt(square) / square))
    }

    /// The outputs on the examples, `U diag(g) U^T T`.
    ///
    /// # Errors
    /// [`ReadoutError::OutOfRange`] for a ridge or time below 0.
    pub fn outputs(&self, filter: SpectralFilter) -> Result<DMatrix<f64>, ReadoutError> {
        check_filter(filter)?;
        Ok(self.over_examples(|square| filter.learnt(square)))
    }

    /// The weights of a filter, with rank and condition number.
    ///
    /// # Errors
    /// As [`SpectralReadout::weights`].
    pub fn readout(&self, filter: SpectralFilter) -> Result<Readout, ReadoutError> {
        let ridge = filter.ridge();
        let (least, largest) = (self.squares.min(), self.squares.max());
        Ok(Readout {
            weights: self.weights(filter)?,
            ridge,
            rank: Some(self.rank()),
            condition: (largest + ridge) / (least + ridge),
            solver: Solver::Spectral,
        })
    }

    /// What the read-outs that have not seen an example say of it, for every example, from this one
    /// decomposition: `N r (C + 1)` operations more.
    ///
    /// # Errors
    /// [`ReadoutError::NoClosedForm`] for a flow that ends, [`ReadoutError::Leverage`] where an example alone
    /// decides on a direction, [`ReadoutError::Lost`] where rounding has taken modes that the ridge does not
    /// outweigh, and [`ReadoutError::OutOfRange`].
    pub fn leave_one_out(&self, filter: SpectralFilter) -> Result<LeaveOneOut, ReadoutError> {
        check_filter(filter)?;
        if matches!(filter, SpectralFilter::Flow { time } if time < f64::INFINITY) {
            return Err(ReadoutError::NoClosedForm);
        }
        let ridge = filter.ridge();
        let examples = self.left.nrows();
        if self.lost > 0.0 && ridge <= self.lost {
            return Err(ReadoutError::Lost {
                rank: self.rank(),
                examples,
            });
        }
        let whole = self.rank() == examples;
        // Residual and what is left of an example become small together as the ridge does. Where nothing else is
        // left, both are taken in units of what is left of the last mode: their ratio stays, down to ridge 0, where
        // it is that of the coefficients `K^-1 T` and the diagonal of `K^-1`.
        let left = |square: f64| {
            if whole {
                (self.squares[0] + ridge) / (square + ridge)
            } else {
                filter.left(square)
            }
        };
        let mut residuals = self.over_examples(left);
        let factors = self.squares.map(left);
        let mut shares = vec![0.0; examples];
        let mut seen = vec![0.0; examples];
        for (column, factor) in self.left.column_iter().zip(factors.iter()) {
            for ((share, seen), value) in shares.iter_mut().zip(&mut seen).zip(column.iter()) {
                *share += factor * value * value;
                *seen += value * value;
            }
        }
        if !whole {
            residuals += &self.targets - self.over_examples(|_| 1.0);
            for (share, seen) in shares.iter_mut().zip(seen) {
                *share += 1.0 - seen;
            }
        }
        LeaveOneOut::of(&self.targets, residuals, &shares)
    }

    /// The ridge with the least mean square leave-one-out error, and what is said of examples that are left out; none
    /// if it is defined at no ridge. Of equal errors the first is taken.
    ///
    /// # Errors
    /// As [`SpectralReadout::leave_one_out`], where the error is defined.
    pub fn least_left_out(
        &self,
        ridges: impl IntoIterator<Item = f64>,
    ) -> Result<Option<(f64, LeaveOneOut)>, ReadoutError> {
        let mut best: Option<(f64, LeaveOneOut)> = None;
        for ridge in ridges {
            let Some(found) = defined(self.leave_one_out(SpectralFilter::Ridge { ridge }))? else {
                continue;
            };
            let so_far = best.as_ref().map_or(f64::INFINITY, |(_, b)| b.mean_square);
            if found.mean_square < so_far {
                best = Some((ridge, found));
            }
        }
        Ok(best)
    }
}

/// What rounding may have taken of the modes of examples: nothing where none is missing, or where a gap tells the zeros
/// of examples that repeat each other from the rest; else all up to the tolerance.
fn lost(squares: &DVector<f64>, examples: usize, tolerance: f64) -> f64 {
    /// Least mode that counts over the tolerance: a spectrum that runs into rounding has one within three decades of
    /// it. Chosen.
    const GAP: f64 = 1e3;
    if squares.len() < examples && squares[0] < GAP * tolerance {
        tolerance
    } else {
        0.0
    }
}

/// Eigenvalues of a Gram matrix that rounding has not made, with their vectors, and what the others lie below; the
/// lower triangle is read.
pub(super) fn counted(
    gram: &DMatrix<f64>,
    size: usize,
) -> Result<(DVector<f64>, DMatrix<f64>, f64), ReadoutError> {
    Ok(above_rounding(&symmetric_spectrum(gram)?, size))
}

fn above_rounding(spectrum: &SymmetricSpectrum, size: usize) -> (DVector<f64>, DMatrix<f64>, f64) {
    let top = spectrum.values.amax();
    let tolerance = (size as f64 * f64::EPSILON * top).max(-spectrum.values[0]);
    let null = spectrum.values.iter().filter(|v| **v <= tolerance).count();
    let rank = spectrum.values.len() - null;
    (
        spectrum.values.rows(null, rank).into_owned(),
        spectrum.vectors.columns(null, rank).into_owned(),
        tolerance,
    )
}

fn check_filter(filter: SpectralFilter) -> Result<(), ReadoutError> {
    match filter {
        SpectralFilter::Flow { time } if time.is_nan() || time < 0.0 => {
            Err(ReadoutError::OutOfRange {
                name: "time",
                value: time,
                requirement: "not negative",
            })
        }
        SpectralFilter::Ridge { ridge } => check_ridge(ridge),
        _ => Ok(()),
    }
}
