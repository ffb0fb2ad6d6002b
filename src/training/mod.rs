//! Learning: weights as the state of a slower flow.

pub(crate) mod adam;
pub mod flow;
pub(crate) mod order;
pub mod predictive;
pub mod readout;
pub mod recurrent;

use nalgebra::DMatrix;

/// A loss this many times that of the start, or of an answer of zeros if that is larger, is taken for
/// divergence; a catapult at the start stays far below. Chosen.
const DIVERGED: f64 = 1e4;

/// Part of its largest entry by which a kernel may differ from its transpose, and of its largest
/// eigenvalue by which one may be negative: chosen, well above the rounding of kernels in double
/// precision (series of duals are good to `1e-13`) and well below that of single precision, whose
/// small modes are noise.
const KERNEL_ROUNDING: f64 = 1e-9;

/// Row and column of the entry of a square kernel that differs most from the one across, and by how much, where
/// that is more than rounding.
fn asymmetry(kernel: &DMatrix<f64>) -> Option<([usize; 2], f64)> {
    let below = (0..kernel.ncols()).flat_map(|j| (j + 1..kernel.nrows()).map(move |i| [i, j]));
    let apart = |[i, j]: [usize; 2]| (kernel[(i, j)] - kernel[(j, i)]).abs();
    let worst = below.max_by(|one, other| apart(*one).total_cmp(&apart(*other)))?;
    (apart(worst) > KERNEL_ROUNDING * kernel.amax()).then(|| (worst, apart(worst)))
}
