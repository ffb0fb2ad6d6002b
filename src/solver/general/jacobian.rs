//! Jacobians by difference quotients, and the matrix of Newton's equation.

use nalgebra::{DMatrix, DMatrixViewMut, DVector};

use super::memory::Side;
use super::methods::radau::{INVERSE, STAGES, slope, value};
use crate::solver::{DelaySolver, Delayed};

/// What the implicit method keeps between iterations and steps.
#[derive(Debug, Default)]
pub(super) struct Implicit {
    /// Derivatives of the field by the state (varying lags included), and by the delayed states and
    /// slopes one after the other, or in one matrix by the values that it lists; those of the lags
    /// only once a step has needed them.
    pub(super) jacobians: Vec<DMatrix<f64>>,
    /// Whether the Jacobians are those at the present time.
    pub(super) current: bool,
    /// Whether they served the last step so well that they may serve another.
    pub(super) serves: bool,
    /// Where each stage reads each lag on the open piece, in units of the step.
    pub(super) places: Vec<Option<f64>>,
    /// What the three stages add to the state, one after the other.
    pub(super) increments: Vec<f64>,
    /// Right-hand side of Newton's equation.
    pub(super) residual: DVector<f64>,
}

impl Implicit {
    /// Takes note that a step was accepted.
    pub(super) fn move_on(&mut self) {
        self.current = false;
    }

    /// The Jacobians that the next step may use, and none if it must renew them.
    pub(super) fn saved(&self) -> Vec<Vec<f64>> {
        let kept = self
            .jacobians
            .iter()
            .filter(|_| self.serves || self.current);
        kept.map(|matrix| matrix.as_slice().to_vec()).collect()
    }

    /// Puts saved Jacobians of dimension `n` back.
    pub(super) fn restore(&mut self, saved: &[Vec<f64>], n: usize) {
        let matrices = saved
            .iter()
            .map(|values| DMatrix::from_column_slice(n, values.len() / n.max(1), values));
        self.jacobians = matrices.collect();
        self.serves = !saved.is_empty();
    }
}

impl DelaySolver<'_> {
    /// The matrix of Newton's equation, or none if a derivative is not finite.
    pub(super) fn newton_matrix(&mut self, step: f64) -> Option<DMatrix<f64>> {
        let (n, lags) = (self.dimension, self.lag_count());
        let inside = self.implicit.places.iter().any(Option::is_some);
        if inside && self.implicit.jacobians.len() == 1 && !self.renew_delayed_jacobians() {
            return None;
        }
        let jacobians = &self.implicit.jacobians;
        let mut matrix = DMatrix::zeros(STAGES * n, STAGES * n);
        for (row, inverse) in INVERSE.iter().enumerate() {
            for (column, inverse) in inverse.iter().enumerate() {
                let mut block = matrix.view_mut((row * n, column * n), (n, n));
                block.fill_diagonal(inverse / step);
                if row == column {
                    block -= &jacobians[0];
                }
                let places = &self.implicit.places[row * lags..][..lags];
                self.add_delayed(&mut block, places, |place| -value(column, place));
                if self.memory.neutral {
                    let slopes = jacobians.get(1 + lags..).unwrap_or(&[]);
                    for (jacobian, place) in slopes.iter().zip(places) {
                        if let Some(place) = place {
                            block -= jacobian * (slope(column, *place) / step);
                        }
                    }
                }
            }
        }
        Some(matrix)
    }

    /// Adds to a matrix the derivatives by the delayed states that lie in the step, each with the
    /// weight of its place.
    pub(super) fn add_delayed(
        &self,
        matrix: &mut DMatrixViewMut<'_, f64>,
        places: &[Option<f64>],
        weight: impl Fn(f64) -> f64,
    ) {
        let Some(jacobians) = self.implicit.jacobians.get(1..) else {
            return;
        };
        let reads = self.memory.reads();
        if reads.is_empty() {
            for (jacobian, place) in jacobians.iter().zip(places) {
                if let Some(place) = place {
                    *matrix += jacobian * weight(*place);
                }
            }
            return;
        }
        for jacobian in jacobians {
            for (column, read) in jacobian.column_iter().zip(reads) {
                if let Some(place) = places[read.lag] {
                    let mut target = matrix.column_mut(read.component);
                    target.axpy(weight(place), &column, 1.0);
                }
            }
        }
    }

    /// Difference quotients of the field at the present time by the state; `false` if one is not
    /// finite.
    pub(super) fn renew_jacobian(&mut self) -> bool {
        let (n, lags) = (self.dimension, self.memory.states_shown());
        let mut matrix = DMatrix::zeros(n, n);
        let mut base = vec![0.0; n];
        self.memory.overlapping = false;
        self.trial.copy_from_slice(&self.state);
        for j in 0..=n {
            // the last round takes the value itself
            let mut increment = 0.0;
            if let Some(value) = self.trial.get_mut(j) {
                (increment, *value) = increase(*value);
            }
            self.memory.rewind();
            self.memory.look::<0>(
                self.field,
                self.time,
                &self.trial,
                Side::After,
                &mut self.delayed,
            );
            let delayed = Delayed::split(&self.delayed, n, lags);
            if j < n {
                let column = &mut matrix.as_mut_slice()[j * n..][..n];
                self.field
                    .derivative(self.time, &self.trial, delayed, column);
                self.trial[j] = self.state[j];
                self.probe_state[j] = increment;
            } else {
                self.field
                    .derivative(self.time, &self.trial, delayed, &mut base);
            }
        }
        self.statistics.evaluations += n as u64 + 1;
        for (mut column, increment) in matrix.column_iter_mut().zip(&self.probe_state) {
            for (value, base) in column.iter_mut().zip(&base) {
                *value = (*value - base) / increment;
            }
        }
        let finite = matrix.iter().all(|value| value.is_finite());
        self.implicit.jacobians.clear();
        self.implicit.jacobians.push(matrix);
        self.implicit.current = true;
        finite
    }

    /// The same by the delayed states and slopes.
    fn renew_delayed_jacobians(&mut self) -> bool {
        let (n, lags) = (self.dimension, self.memory.states_shown());
        let overlapping = std::mem::replace(&mut self.memory.overlapping, false);
        self.memory.rewind();
        self.memory.look::<0>(
            self.field,
            self.time,
            &self.state,
            Side::After,
            &mut self.delayed,
        );
        self.memory.overlapping = overlapping;
        let mut base = vec![0.0; n];
        let delayed = Delayed::split(&self.delayed, n, lags);
        self.field
            .derivative(self.time, &self.state, delayed, &mut base);
        let mut finite = true;
        let width = if lags == 0 { self.delayed.len() } else { n };
        for part in 0..self.delayed.len() / width.max(1) {
            let mut matrix = DMatrix::zeros(n, width);
            for (j, mut column) in matrix.column_iter_mut().enumerate() {
                let place = part * width + j;
                let old = self.delayed[place];
                let (increment, new) = increase(old);
                self.delayed[place] = new;
                let delayed = Delayed::split(&self.delayed, n, lags);
                self.field
                    .derivative(self.time, &self.state, delayed, column.as_mut_slice());
                self.delayed[place] = old;
                for (value, base) in column.iter_mut().zip(&base) {
                    *value = (*value - base) / increment;
                    finite &= value.is_finite();
                }
            }
            self.implicit.jacobians.push(matrix);
        }
        self.statistics.evaluations += self.delayed.len() as u64 + 1;
        finite
    }
}

/// The increment of a difference quotient and the value that it leads to.
fn increase(value: f64) -> (f64, f64) {
    let new = value + (f64::EPSILON * value.abs().max(1e-5)).sqrt();
    (new - value, new)
}
