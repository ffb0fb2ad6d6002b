//! What predicts a reading from those before, without a network.

use nalgebra::{DMatrix, DVector};

use super::drift_data::{DriftData, Sequence};
use crate::analysis::{
    DriftError, KalmanFilter, autoregression, expected_allan_variance, steady_filter,
    walk_allan_variance,
};
use crate::networks::drift::DriftModel;

/// Predictions of all readings of all sequences.
pub(super) type Predictions = Vec<Vec<f64>>;

/// Mean square of the errors from the second reading of every sequence on: nothing comes before the first.
pub(super) fn mean_square(sequences: &[Sequence], predictions: &[Vec<f64>]) -> f64 {
    let mut sum = 0.0;
    let mut count = 0.0;
    for (sequence, predicted) in sequences.iter().zip(predictions) {
        for (drift, predicted) in sequence.drift.iter().zip(predicted).skip(1) {
            sum += (drift - predicted).powi(2);
            count += 1.0;
        }
    }
    sum / count
}

/// The last reading.
pub(super) fn persistence(sequences: &[Sequence]) -> Predictions {
    let before = |sequence: &Sequence| {
        let drift = &sequence.drift;
        let first = drift.first().copied();
        let all = first.into_iter().chain(drift.iter().copied());
        all.take(drift.len()).collect()
    };
    sequences.iter().map(before).collect()
}

/// What least squares say.
pub(super) fn explained(sequences: &[Sequence], coefficients: &[f64]) -> Predictions {
    let all = sequences.iter();
    all.map(|sequence| sequence.explained(coefficients))
        .collect()
}

/// What they leave.
pub(super) fn residuals(sequences: &[Sequence], explained: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let pairs = sequences.iter().zip(explained);
    pairs
        .map(|(sequence, said)| {
            let pairs = sequence.drift.iter().zip(said);
            pairs.map(|(drift, said)| drift - said).collect()
        })
        .collect()
}

/// What least squares say, and a share of what they left of the reading before.
pub(super) fn autoregressive(explained: &[Vec<f64>], left: &[Vec<f64>], share: f64) -> Predictions {
    let pairs = explained.iter().zip(left);
    pairs
        .map(|(said, left)| {
            let before = std::iter::once(0.0).chain(left.iter().map(|r| share * r));
            said.iter()
                .zip(before)
                .map(|(said, more)| said + more)
                .collect()
        })
        .collect()
}

/// The share of that autoregression.
pub(super) fn share(left: &[Vec<f64>]) -> Result<f64, DriftError> {
    let all: Vec<&[f64]> = left.iter().map(Vec::as_slice).collect();
    autoregression(&all)
}

/// Bias and random walk as the state of a filter.
struct StateSpace {
    transition: DMatrix<f64>,
    process: DMatrix<f64>,
    start: DMatrix<f64>,
    noise: f64,
}

impl StateSpace {
    fn of(model: &DriftModel) -> Self {
        let (phi, q) = model.bias.over(model.interval);
        let variance = model.bias.deviation * model.bias.deviation;
        let pace = model.walk * model.walk * model.interval;
        let diagonal = |entries: [f64; 2]| {
            let components = if model.walk > 0.0 { 2 } else { 1 };
            DMatrix::from_diagonal(&DVector::from_column_slice(&entries[..components]))
        };
        Self {
            transition: diagonal([phi, 1.0]),
            process: diagonal([q, pace]),
            start: diagonal([variance, 0.0]),
            noise: model.noise * model.noise,
        }
    }
}

/// The least mean square error that any prediction from an endless past can have.
pub(super) fn bound(model: &DriftModel) -> Result<f64, DriftError> {
    let space = StateSpace::of(model);
    let h = DVector::from_element(space.start.nrows(), 1.0);
    let steady = steady_filter(&space.transition, &space.process, &h, space.noise)?;
    Ok(steady.variance)
}

/// The Kalman filter on what is left of the readings, from the law of the first.
pub(super) fn kalman(
    model: &DriftModel,
    explained: &[Vec<f64>],
    left: &[Vec<f64>],
) -> Result<Predictions, DriftError> {
    let space = StateSpace::of(model);
    let size = space.start.nrows();
    let h = DVector::from_element(size, 1.0);
    let pairs = explained.iter().zip(left);
    pairs
        .map(|(said, left)| {
            let mut filter = KalmanFilter::new(
                space.transition.clone(),
                space.process.clone(),
                DVector::zeros(size),
                space.start.clone(),
            )?;
            let pairs = said.iter().zip(left);
            Ok(pairs
                .map(|(said, left)| said + filter.step(&h, space.noise, *left).mean)
                .collect())
        })
        .collect()
}

/// Coefficients that the filter estimates along with the state, from no knowledge (a variance of 1 for each), and
/// their standard deviations. A sequence after the other; bias and walk begin anew with each.
pub(super) fn joint(data: &DriftData, model: &DriftModel) -> Result<Vec<[f64; 2]>, DriftError> {
    let space = StateSpace::of(model);
    let (inner, terms) = (space.start.nrows(), data.names.len());
    let size = inner + terms;
    let mut transition = DMatrix::identity(size, size);
    let mut process = DMatrix::zeros(size, size);
    let mut start = DMatrix::identity(size, size);
    for (whole, part) in [
        (&mut transition, &space.transition),
        (&mut process, &space.process),
        (&mut start, &space.start),
    ] {
        whole.view_mut((0, 0), (inner, inner)).copy_from(part);
    }
    let mut filter = KalmanFilter::new(transition, process, DVector::zeros(size), start)?;
    for sequence in &data.training {
        for component in 0..inner {
            filter.renew(component, 0.0, space.start[(component, component)]);
        }
        for (row, drift) in sequence.regressors.row_iter().zip(&sequence.drift) {
            let ones = std::iter::repeat_n(1.0, inner);
            let h = DVector::from_iterator(size, ones.chain(row.iter().copied()));
            filter.step(&h, space.noise, *drift);
        }
    }
    let found = |term: usize| {
        let place = inner + term;
        let variance = filter.covariance()[(place, place)];
        [filter.mean()[place], variance.sqrt()]
    };
    Ok((0..terms).map(found).collect())
}

/// The Allan variance of a simulated drift without its terms, over averages of so many readings.
pub(super) fn expected_variance(model: &DriftModel, size: usize) -> f64 {
    let (phi, _) = model.bias.over(model.interval);
    let variance = model.bias.deviation * model.bias.deviation;
    let covariance = |lag: usize| {
        let noise = if lag == 0 {
            model.noise * model.noise
        } else {
            0.0
        };
        variance * libm::pow(phi, lag as f64) + noise
    };
    let pace = model.walk * model.walk * model.interval;
    expected_allan_variance(size, covariance) + walk_allan_variance(size, pace)
}
