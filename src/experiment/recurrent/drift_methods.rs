//! What predicts a reading from those before, without a network.

use nalgebra::{DMatrix, DVector};

use super::drift_data::{DriftData, Sequence};
use crate::analysis::{
    DriftError, KalmanFilter, autoregression, expected_allan_variance, least_squares,
    steady_filter, walk_allan_variance,
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

    /// The filter before the first reading of a sequence.
    fn filter(&self) -> Result<KalmanFilter, DriftError> {
        KalmanFilter::new(
            self.transition.clone(),
            self.process.clone(),
            DVector::zeros(self.start.nrows()),
            self.start.clone(),
        )
    }

    /// What every reading sees of bias and walk.
    fn seen(&self) -> DVector<f64> {
        DVector::from_element(self.start.nrows(), 1.0)
    }

    /// Errors of the filter's predictions over their standard deviations.
    fn whitened(&self, series: &[f64]) -> Result<Vec<f64>, DriftError> {
        let (mut filter, h) = (self.filter()?, self.seen());
        let error = |value: &f64| {
            let predicted = filter.step(&h, self.noise, *value);
            (value - predicted.mean) / predicted.variance.sqrt()
        };
        Ok(series.iter().map(error).collect())
    }
}

/// The least mean square error that any prediction from an endless past can have.
pub(super) fn bound(model: &DriftModel) -> Result<f64, DriftError> {
    let space = StateSpace::of(model);
    let (f, q) = (&space.transition, &space.process);
    Ok(steady_filter(f, q, &space.seen(), space.noise)?.variance)
}

/// The same of sequences of so many readings that begin as these do, from the second reading on.
pub(super) fn bound_of_sequences(model: &DriftModel, steps: usize) -> Result<f64, DriftError> {
    let space = StateSpace::of(model);
    let (mut filter, h) = (space.filter()?, space.seen());
    let variances = (0..steps).map(|_| filter.step(&h, space.noise, 0.0).variance);
    Ok(variances.skip(1).sum::<f64>() / (steps - 1) as f64)
}

/// The Kalman filter on what is left of the readings, from the law of the first.
pub(super) fn kalman(
    model: &DriftModel,
    explained: &[Vec<f64>],
    left: &[Vec<f64>],
) -> Result<Predictions, DriftError> {
    let space = StateSpace::of(model);
    let h = space.seen();
    let pairs = explained.iter().zip(left);
    pairs
        .map(|(said, left)| {
            let mut filter = space.filter()?;
            let pairs = said.iter().zip(left);
            Ok(pairs
                .map(|(said, left)| said + filter.step(&h, space.noise, *left).mean)
                .collect())
        })
        .collect()
}

/// Coefficients that the filter estimates along with bias and walk, and their standard deviations: readings and terms
/// through the filter of the noises, which leaves errors of variance 1 that no longer depend on each other, then least
/// squares (A. C. Aitken, Proc. R. Soc. Edinburgh 55, 42-48, 1935). It is the end of a filter whose state holds the
/// coefficients, from no knowledge of them. Bias and walk begin anew with each sequence.
pub(super) fn joint(data: &DriftData, model: &DriftModel) -> Result<Vec<[f64; 2]>, DriftError> {
    let space = StateSpace::of(model);
    let mut design: Vec<Vec<f64>> = vec![Vec::new(); data.names.len()];
    let mut readings = Vec::new();
    for sequence in &data.training {
        readings.extend(space.whitened(&sequence.drift)?);
        for (white, term) in design.iter_mut().zip(sequence.regressors.column_iter()) {
            white.extend(space.whitened(&term.iter().copied().collect::<Vec<_>>())?);
        }
    }
    let rows = readings.len();
    let design = DMatrix::from_fn(rows, design.len(), |row, term| design[term][row]);
    let fit = least_squares(&design, &data.names, &DVector::from_vec(readings))?;
    let coefficients = fit.coefficients.iter().zip(fit.deviations.iter());
    Ok(coefficients
        .map(|(c, deviation)| [*c, *deviation])
        .collect())
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
