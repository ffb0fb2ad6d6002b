//! Covariance memories: one recurrent layer that predicts every neuron from all others.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::network::check_shape;
use crate::networks::NetworkError;
use crate::numerics::matrix::factorise;

/// Where the prediction errors of a covariance memory live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CovarianceForm {
    /// `x' = -S^-1 (x - mu)`: errors weighted by the learned covariance itself.
    Explicit,
    /// `e = x - mu - W (x - mu)`, `x' = -e + W^T e`: errors descend their own squares.
    Implicit,
    /// `x' = -e`: errors stay in the dendrites and are sent nowhere.
    Dendritic,
}

/// A linear memory of mean `mu` and covariance `S` of its patterns.
///
/// `W`, without a diagonal, predicts each neuron from all others: row `i` is the regression of
/// neuron `i`, `W_ij = -P_ij / P_ii` with `P = S^-1`. Whichever form the errors take, the free
/// neurons come to rest at `mu_2 + S_21 S_11^-1 (x_1 - mu_1)`, where 1 are the held and 2 the free
/// ones; held neurons send no errors. (If they did, the implicit form would rest elsewhere.)
///
/// M. Tang, T. Salvatori, B. Millidge, Y. Song, T. Lukasiewicz, R. Bogacz, "Recurrent predictive
/// coding models for associative memory employing covariance learning", `PLoS` Comput. Biol. 19(4),
/// e1010719 (2023), doi:10.1371/journal.pcbi.1010719.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CovarianceMemory {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
    precision: DMatrix<f64>,
}

impl CovarianceMemory {
    /// Stores patterns (`n x N`, one a column): `S = 1/N sum (x - mu)(x - mu)^T + ridge`.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without patterns, [`NetworkError::OutOfRange`] for entries that are
    /// not finite, a negative ridge or one at which `S` is singular: fewer patterns than neurons need one.
    pub fn store(patterns: &DMatrix<f64>, ridge: f64) -> Result<Self, NetworkError> {
        check_shape("patterns", 0, patterns, patterns.shape())?;
        let (neurons, samples) = patterns.shape();
        if neurons == 0 || samples == 0 {
            return Err(NetworkError::Empty);
        }
        let out_of_range = |requirement| NetworkError::OutOfRange {
            name: "ridge",
            value: ridge,
            requirement,
        };
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(out_of_range("it is finite and not negative"));
        }
        let mean = patterns.column_mean();
        let mut centred = patterns.clone();
        for mut column in centred.column_iter_mut() {
            column -= &mean;
        }
        let covariance = super::product::outer(1.0 / samples as f64, &centred, &centred)
            + DMatrix::identity(neurons, neurons) * ridge;
        let singular = "fewer patterns than neurons need a positive ridge on their covariance";
        let factor = factorise(covariance.clone()).map_err(|_| out_of_range(singular))?;
        let precision = factor.solve(&DMatrix::identity(neurons, neurons));
        Ok(Self {
            mean,
            covariance,
            precision,
        })
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.mean.len()
    }

    fn check(&self, cue: &DMatrix<f64>, known: &[bool]) -> Result<[Vec<usize>; 2], NetworkError> {
        check_shape("cue", 0, cue, (self.neurons(), cue.ncols()))?;
        if known.len() != self.neurons() {
            return Err(NetworkError::WrongLength {
                name: "known",
                found: known.len(),
                neurons: self.neurons(),
            });
        }
        let those = |wanted: bool| {
            let neurons = known.iter().enumerate();
            neurons
                .filter(|(_, k)| **k == wanted)
                .map(|(i, _)| i)
                .collect()
        };
        Ok([those(true), those(false)])
    }

    /// The closed form: cues (`n x B`) with their free neurons at
    /// `mu_2 + S_21 S_11^-1 (x_1 - mu_1)`. Cost `O(n^3)` for all cues together.
    ///
    /// # Errors
    /// Shapes that do not fit, [`NetworkError::Singular`] if `S_11` is.
    pub fn complete(
        &self,
        cue: &DMatrix<f64>,
        known: &[bool],
    ) -> Result<DMatrix<f64>, NetworkError> {
        let [held, free] = self.check(cue, known)?;
        let mut answer = cue.clone();
        if held.is_empty() {
            self.fill(&mut answer, &free, &DMatrix::zeros(free.len(), cue.ncols()));
            return Ok(answer);
        }
        let centred = self.centred(cue, &held);
        let block = self.covariance.select_rows(&held).select_columns(&held);
        let factor = factorise(block).map_err(|_| NetworkError::Singular { layer: 0 })?;
        let across = self.covariance.select_rows(&free).select_columns(&held);
        self.fill(&mut answer, &free, &(across * factor.solve(&centred)));
        Ok(answer)
    }

    /// The same by the flow of one form, at its rest: the solution of its linear steady state.
    ///
    /// # Errors
    /// As [`CovarianceMemory::complete`].
    pub fn rest(
        &self,
        form: CovarianceForm,
        cue: &DMatrix<f64>,
        known: &[bool],
    ) -> Result<DMatrix<f64>, NetworkError> {
        let [held, free] = self.check(cue, known)?;
        if free.is_empty() {
            return Ok(cue.clone());
        }
        let (flow, drive) = self.flow(form, &held, &free);
        let right = drive * self.centred(cue, &held);
        let solved = flow.lu().solve(&right);
        let mut answer = cue.clone();
        let solved = solved.ok_or(NetworkError::Singular { layer: 0 })?;
        self.fill(&mut answer, &free, &solved);
        Ok(answer)
    }

    /// The flow `y' = -A y + D z` of the free neurons `y` under the held ones `z`, both without
    /// their means: `A` and `D`.
    fn flow(
        &self,
        form: CovarianceForm,
        held: &[usize],
        free: &[usize],
    ) -> (DMatrix<f64>, DMatrix<f64>) {
        let rows = self.precision.select_rows(free);
        let (mut flow, mut drive) = (rows.select_columns(free), -rows.select_columns(held));
        if form == CovarianceForm::Explicit {
            return (flow, drive);
        }
        // Row i over P_ii: the error of neuron i is x_i minus its regression on the others.
        for (row, &i) in free.iter().enumerate() {
            let own = self.precision[(i, i)];
            flow.row_mut(row).unscale_mut(own);
            drive.row_mut(row).unscale_mut(own);
        }
        if form == CovarianceForm::Implicit {
            let back = flow.transpose();
            (flow, drive) = (&back * flow, back * drive);
        }
        (flow, drive)
    }

    /// Largest over smallest singular value of the flow of the free neurons: how stiff a form is.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] if `known` has not one entry a neuron, [`NetworkError::Empty`]
    /// if no neuron is free.
    pub fn stiffness(&self, form: CovarianceForm, known: &[bool]) -> Result<f64, NetworkError> {
        let [held, free] = self.check(&DMatrix::zeros(self.neurons(), 1), known)?;
        if free.is_empty() {
            return Err(NetworkError::Empty);
        }
        let (flow, _) = self.flow(form, &held, &free);
        let values = flow.singular_values();
        Ok(values.max() / values.min())
    }

    /// The most probable pattern behind cues with normal noise of a given variance in every neuron:
    /// `mu + S (S + variance)^-1 (x - mu)`, N. Wiener's filter.
    ///
    /// # Errors
    /// Shapes that do not fit, [`NetworkError::OutOfRange`] for a negative variance.
    pub fn denoise(&self, cue: &DMatrix<f64>, variance: f64) -> Result<DMatrix<f64>, NetworkError> {
        let all: Vec<usize> = (0..self.neurons()).collect();
        check_shape("cue", 0, cue, (self.neurons(), cue.ncols()))?;
        if !(variance >= 0.0 && variance.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "variance",
                value: variance,
                requirement: "it is finite and not negative",
            });
        }
        let noisy = &self.covariance + DMatrix::identity(self.neurons(), self.neurons()) * variance;
        let factor = factorise(noisy).map_err(|_| NetworkError::Singular { layer: 0 })?;
        let mut answer = cue.clone();
        let centred = self.centred(cue, &all);
        self.fill(
            &mut answer,
            &all,
            &(&self.covariance * factor.solve(&centred)),
        );
        Ok(answer)
    }

    fn centred(&self, cue: &DMatrix<f64>, neurons: &[usize]) -> DMatrix<f64> {
        DMatrix::from_fn(neurons.len(), cue.ncols(), |row, k| {
            cue[(neurons[row], k)] - self.mean[neurons[row]]
        })
    }

    fn fill(&self, answer: &mut DMatrix<f64>, neurons: &[usize], centred: &DMatrix<f64>) {
        for (row, &i) in neurons.iter().enumerate() {
            for k in 0..answer.ncols() {
                answer[(i, k)] = self.mean[i] + centred[(row, k)];
            }
        }
    }
}
