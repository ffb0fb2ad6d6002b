//! Leading eigenvalues of the monodromy operator.

use nalgebra::DMatrix;
use rand::RngExt;

use super::elimination::Linearised;
use crate::numerics::matrix::{MatrixError, eigenvalues};
use crate::numerics::random::stream;

/// Directions that are carried along beyond four for each component.
const SPARE: usize = 24;

/// Modulus below which multipliers are left out: those of the transport along the lags, all zero, come
/// out as roots of a rounding error.
const SMALLEST: f64 = 1e-3;

/// Change of a multiplier from one iteration to the next at which it counts as found.
const SETTLED: f64 = 1e-10;

/// Most iterations.
const ROUNDS: usize = 60;

/// The eigenvalues of the monodromy operator above `1e-3` in modulus, the largest first.
///
/// A delay smooths, so the eigenvalues fall off fast: orthogonal iteration on some directions finds
/// them, and gives multiple ones with their multiplicity.
pub(super) fn dominant(
    linear: &Linearised,
    dimension: usize,
) -> Result<Vec<(f64, f64)>, MatrixError> {
    let size = linear.past();
    let mut random = stream(0, "monodromy", 0);
    let directions = (4 * dimension + SPARE).min(size);
    let mut frame = DMatrix::from_fn(size, directions, |_, _| random.random::<f64>() - 0.5);
    let mut before: Option<Vec<(f64, f64)>> = None;
    for _ in 0..ROUNDS {
        frame = frame.qr().q();
        let mut image = DMatrix::zeros(size, directions);
        for (column, mut target) in frame.column_iter().zip(image.column_iter_mut()) {
            let nodes = linear.sweep(column.as_slice(), 0.0, 0.0);
            target.copy_from_slice(linear.image(&nodes));
        }
        let mut found = eigenvalues(&(frame.transpose() * &image))?;
        found.retain(|(re, im)| re.hypot(*im) > SMALLEST);
        found.sort_by(|a, b| {
            let by_size = b.0.hypot(b.1).total_cmp(&a.0.hypot(a.1));
            by_size.then(b.0.total_cmp(&a.0)).then(b.1.total_cmp(&a.1))
        });
        let near = |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).hypot(a.1 - b.1) < SETTLED;
        let same =
            |old: &Vec<(f64, f64)>| old.len() == found.len() && found.iter().zip(old).all(near);
        if before.as_ref().is_some_and(same) {
            return Ok(found);
        }
        before = Some(found);
        frame = image;
    }
    Err(MatrixError::NoConvergence { size })
}
