//! Points of a trajectory for a complex: delay embedding and landmarks.

use nalgebra::DMatrix;

use super::HomologyError;
use super::graph::{finite, unit};

/// Rows `x(t), x(t + lag), ..., x(t + (dimension - 1) lag)` of a sampled scalar, one for every sample
/// that has all of them; the lag is counted in samples.
///
/// F. Takens, "Detecting strange attractors in turbulence", Lecture Notes in Mathematics 898, 366-381
/// (1981).
///
/// # Errors
/// [`HomologyError::TooFew`] if the series is too short for one row, or for dimension or lag 0.
pub fn delay_embedding(
    series: &[f64],
    dimension: usize,
    lag: usize,
) -> Result<DMatrix<f64>, HomologyError> {
    let few = |what, found, least| HomologyError::TooFew { what, found, least };
    if dimension == 0 {
        return Err(few("dimensions of the embedding", 0, 1));
    }
    if lag == 0 {
        return Err(few("samples of the lag", 0, 1));
    }
    let span = (dimension - 1).saturating_mul(lag);
    if series.len() <= span {
        return Err(few("samples", series.len(), span.saturating_add(1)));
    }
    let rows = series.len() - span;
    Ok(DMatrix::from_fn(rows, dimension, |row, column| {
        series[row + column * lag]
    }))
}

/// `count` of the points (one a row), spread as evenly as the points allow: the first, and then each
/// time the one farthest from those taken (*maxmin* landmarks, V. de Silva, G. Carlsson, "Topological
/// estimation using witness complexes", 2004). All of them if there are no more. Returned with them:
/// the distance within which every point has a landmark, which bounds the error of a Rips diagram's
/// births and deaths by twice its value.
///
/// # Errors
/// [`HomologyError`] for no points or landmarks, or numbers that are none.
pub fn landmarks(
    points: &DMatrix<f64>,
    count: usize,
) -> Result<(DMatrix<f64>, f64), HomologyError> {
    finite("the list of points", points)?;
    for (what, found) in [("points", points.nrows()), ("landmarks", count)] {
        if found == 0 {
            return Err(HomologyError::TooFew {
                what,
                found,
                least: 1,
            });
        }
    }
    let unit = unit(points);
    let scaled = points / unit;
    let mut taken = vec![0];
    let mut nearest = vec![f64::INFINITY; points.nrows()];
    loop {
        let newest = scaled.row(taken[taken.len() - 1]);
        for (nearest, row) in nearest.iter_mut().zip(scaled.row_iter()) {
            *nearest = nearest.min((row - newest).norm());
        }
        let mut farthest = 0;
        for (place, distance) in nearest.iter().enumerate() {
            if *distance > nearest[farthest] {
                farthest = place;
            }
        }
        if taken.len() >= count || nearest[farthest] == 0.0 {
            return Ok((points.select_rows(&taken), unit * nearest[farthest]));
        }
        taken.push(farthest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_series_and_its_past() {
        let rows = delay_embedding(&[1.0, 2.0, 3.0, 4.0, 5.0], 2, 2).unwrap();
        assert_eq!(rows, nalgebra::dmatrix![1.0, 3.0; 2.0, 4.0; 3.0, 5.0]);
        let short = delay_embedding(&[1.0; 4], 3, 2).unwrap_err();
        assert!(short.to_string().contains("at least 5"), "{short}");
    }

    #[test]
    fn landmarks_are_spread() {
        let points = DMatrix::from_fn(11, 1, |row, _| row as f64);
        let (chosen, cover) = landmarks(&points, 3).unwrap();
        assert_eq!(chosen, nalgebra::dmatrix![0.0; 10.0; 5.0]);
        assert_eq!(cover, 2.0);
        let (all, cover) = landmarks(&points, 100).unwrap();
        assert_eq!((all.nrows(), cover), (11, 0.0));
    }
}
