//! The linearised collocation equations, solved forward from what the longest lag reaches.

use nalgebra::{DMatrix, DVector};

use super::orbit::{CollocationError, PeriodicOrbit, Read};
use crate::solver::{DelayField, Delayed};

/// The equations linearised at an orbit: changes of all nodes follow, interval by interval, from those of
/// the past, the nodes of the last `reach` intervals before time 0 with the one at 0.
pub(super) struct Linearised {
    dimension: usize,
    degree: usize,
    reach: usize,
    intervals: Vec<Interval>,
    /// Largest residual at a Gauss point, times the length of its interval.
    pub residual: f64,
}

/// One interval: inverse of the equations for its own nodes behind the first, and what they hear.
struct Interval {
    inverse: DMatrix<f64>,
    /// Equations by the first node.
    first: DMatrix<f64>,
    /// Late states that lie before this interval: the point, the first of their nodes, the weights of
    /// these, and the derivative by the state.
    late: Vec<(usize, isize, Vec<f64>, DMatrix<f64>)>,
    by_period: DVector<f64>,
    gap: DVector<f64>,
}

impl Linearised {
    /// Linearises the equations of `field` at `orbit`.
    pub fn new<F: DelayField + ?Sized>(
        field: &F,
        orbit: &PeriodicOrbit,
    ) -> Result<Self, CollocationError> {
        let mut all = Self {
            dimension: orbit.dimension,
            degree: orbit.basis.degree(),
            reach: orbit.reach(field.lags()),
            intervals: Vec::with_capacity(orbit.intervals()),
            residual: 0.0,
        };
        for interval in 0..orbit.intervals() {
            let one = all.interval(field, orbit, interval)?;
            all.intervals.push(one);
        }
        Ok(all)
    }

    fn interval<F: DelayField + ?Sized>(
        &mut self,
        field: &F,
        orbit: &PeriodicOrbit,
        index: usize,
    ) -> Result<Interval, CollocationError> {
        let (n, degree, lags) = (self.dimension, self.degree, field.lags());
        let period = orbit.period;
        let (begin, length) = orbit.interval(index);
        let size = degree * n;
        let (mut state, mut slope) = (vec![0.0; n], vec![0.0; n]);
        let (mut delayed, mut derivative) = (vec![0.0; lags.len() * n], vec![0.0; n]);
        let mut jacobian = vec![0.0; (1 + lags.len()) * n * n];
        let mut matrix = DMatrix::zeros(size, size);
        let mut first = DMatrix::zeros(size, n);
        let mut late = Vec::new();
        let (mut by_period, mut gap) = (DVector::zeros(size), DVector::zeros(size));
        for point in 0..degree {
            let at = begin + length * orbit.basis.points[point];
            orbit.combine(index, orbit.basis.values.row(point).iter(), &mut state);
            orbit.combine(index, orbit.basis.slopes.row(point).iter(), &mut slope);
            let read = |lag: &f64| orbit.locate(at - lag / period);
            let reads: Vec<Read> = lags.iter().map(read).collect();
            for (read, state) in reads.iter().zip(delayed.chunks_mut(n)) {
                orbit.combine(read.interval, read.values.iter(), state);
            }
            let (time, view) = (
                period * at,
                Delayed::new(&delayed, n).reading(field.reads()),
            );
            field.derivative(time, &state, view, &mut derivative);
            field.jacobian(time, &state, view, &mut jacobian);
            let block = |index: usize| {
                let entries = &jacobian[index * n * n..(index + 1) * n * n];
                DMatrix::from_column_slice(n, n, entries) * period
            };
            let top = point * n;
            let own = block(0);
            for m in 0..=degree {
                let rate = orbit.basis.slopes[(point, m)] / length;
                let part = DMatrix::identity(n, n) * rate - &own * orbit.basis.values[(point, m)];
                if m == 0 {
                    first.view_mut((top, 0), (n, n)).copy_from(&part);
                } else {
                    let mut target = matrix.view_mut((top, (m - 1) * n), (n, n));
                    target += part;
                }
            }
            let mut drift = DVector::from_column_slice(&derivative);
            for (number, (read, lag)) in reads.into_iter().zip(lags).enumerate() {
                let by_state = block(1 + number);
                let mut speed = vec![0.0; n];
                orbit.combine(read.interval, read.slopes.iter(), &mut speed);
                let later = lag / (period * period);
                drift += &by_state * DVector::from_vec(speed) * later;
                if read.global == index as isize {
                    // A lag shorter than the interval: its own nodes are heard.
                    for m in 0..=degree {
                        let part = &by_state * read.values[m];
                        if m == 0 {
                            let mut target = first.view_mut((top, 0), (n, n));
                            target -= part;
                        } else {
                            let mut target = matrix.view_mut((top, (m - 1) * n), (n, n));
                            target -= part;
                        }
                    }
                } else {
                    late.push((point, read.global * degree as isize, read.values, by_state));
                }
            }
            by_period.rows_mut(top, n).copy_from(&drift);
            for j in 0..n {
                let left = slope[j] / length - period * derivative[j];
                if !left.is_finite() {
                    return Err(CollocationError::NotFinite { component: j, time });
                }
                self.residual = self.residual.max((left * length).abs());
                gap[top + j] = left;
            }
        }
        let inverse = matrix.try_inverse().ok_or(CollocationError::Singular)?;
        Ok(Interval {
            inverse,
            first,
            late,
            by_period,
            gap,
        })
    }

    /// Number of components of the past.
    pub fn past(&self) -> usize {
        (self.reach * self.degree + 1) * self.dimension
    }

    /// Changes of all nodes, the past first, from those of the past, that of the period, and `share` of
    /// the residual undone.
    pub fn sweep(&self, past: &[f64], period: f64, share: f64) -> Vec<f64> {
        let (n, degree) = (self.dimension, self.degree);
        let size = degree * n;
        let mut nodes = Vec::with_capacity(past.len() + self.intervals.len() * size);
        nodes.extend_from_slice(past);
        for interval in &self.intervals {
            let known = DVector::from_column_slice(&nodes[nodes.len() - n..]);
            let mut right = &interval.by_period * period - &interval.gap * share;
            right.gemv(-1.0, &interval.first, &known, 1.0);
            for (point, node, weights, by_state) in &interval.late {
                let from = (node + (self.reach * degree) as isize) as usize * n;
                let mut heard = DVector::zeros(n);
                for (weight, state) in weights.iter().zip(nodes[from..].chunks(n)) {
                    for (sum, x) in heard.iter_mut().zip(state) {
                        *sum += weight * x;
                    }
                }
                let mut target = right.rows_mut(point * n, n);
                target.gemv(1.0, by_state, &heard, 1.0);
            }
            nodes.extend_from_slice((&interval.inverse * right).as_slice());
        }
        nodes
    }

    /// The past one period later, from all nodes.
    pub fn image<'v>(&self, nodes: &'v [f64]) -> &'v [f64] {
        &nodes[nodes.len() - self.past()..]
    }
}
