//! Small perturbations carried along a relay trajectory, exactly.
//!
//! Between events a perturbation of component `j` decays by `exp(-rate_j t)`. A zero of component `j`
//! moves by `-dx_j / slope_j`; that shift travels with the switch through its lag, and when a switch
//! that is late by `dtau` is felt, every component jumps by `(slope before - slope after) dtau` (the
//! saltation). Switches at the same instant add up, which is exact for fields whose coefficients are
//! sums over the signs, as those of all networks here.

use std::collections::VecDeque;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{Positive, RelayField, RelaySolver};
use crate::solver::{Engine, SolverError};

/// Everything that decides the future of a relay trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelayState {
    /// The components.
    pub state: Vec<f64>,
    /// Their signs.
    pub positive: Vec<bool>,
    /// The delayed signs now felt, lag by lag.
    pub delayed: Vec<bool>,
    /// For each lag the switches under way: time left and component, in order.
    pub pending: Vec<Vec<(f64, usize)>>,
}

impl RelayState {
    /// Number of coordinates: components and switches under way.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.state.len() + self.pending.iter().map(Vec::len).sum::<usize>()
    }

    /// The coordinates: components, then the times left, lag by lag.
    #[must_use]
    pub fn coordinates(&self) -> DVector<f64> {
        let waits = self.pending.iter().flatten().map(|(wait, _)| *wait);
        DVector::from_iterator(self.dimension(), self.state.iter().copied().chain(waits))
    }

    /// The same signs and order of switches at other coordinates.
    #[must_use]
    pub fn at(&self, coordinates: &DVector<f64>) -> Self {
        let mut moved = self.clone();
        let waits = moved.pending.iter_mut().flatten().map(|(wait, _)| wait);
        for (target, value) in moved.state.iter_mut().chain(waits).zip(coordinates.iter()) {
            *target = *value;
        }
        moved
    }

    /// Whether signs and order of switches are those of `other`, so that coordinates compare.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let order = |state: &Self| -> Vec<Vec<usize>> {
            let queue = |queue: &Vec<(f64, usize)>| queue.iter().map(|(_, j)| *j).collect();
            state.pending.iter().map(queue).collect()
        };
        self.positive == other.positive
            && self.delayed == other.delayed
            && order(self) == order(other)
    }
}

impl<'f, F: RelayField + ?Sized> RelaySolver<'f, F> {
    /// Everything that decides the future of the trajectory.
    #[must_use]
    pub fn snapshot(&self) -> RelayState {
        let wait = |&(due, j): &(f64, usize)| (due - self.time, j);
        RelayState {
            state: self.state.clone(),
            positive: self.positive.clone(),
            delayed: self.delayed.clone(),
            pending: self
                .pending
                .iter()
                .map(|queue| queue.iter().map(wait).collect())
                .collect(),
        }
    }

    /// Goes on from a snapshot, at `time`.
    ///
    /// # Errors
    /// Those of [`RelaySolver::new`].
    pub fn resume(field: &'f F, from: &RelayState, time: f64) -> Result<Self, SolverError> {
        let mut solver = Self::new(field, &from.state, time)?;
        solver.positive.clone_from(&from.positive);
        solver.delayed.clone_from(&from.delayed);
        let due = |&(wait, j): &(f64, usize)| (time + wait, j);
        solver.pending = from
            .pending
            .iter()
            .map(|queue| queue.iter().map(due).collect())
            .collect();
        solver.switched = true;
        Ok(solver)
    }
}

/// A relay trajectory with the derivative of everything on it by its initial coordinates.
#[derive(Debug)]
pub struct RelayTangent<'f, F: RelayField + ?Sized> {
    solver: RelaySolver<'f, F>,
    /// Row `j`: derivative of component `j` by the initial coordinates.
    components: DMatrix<f64>,
    /// For each lag, the derivatives of the times of the switches under way.
    switches: Vec<VecDeque<DVector<f64>>>,
    gentlest: f64,
}

impl<'f, F: RelayField + ?Sized> RelayTangent<'f, F> {
    /// Starts at time 0 from `start`, with the derivative 1.
    ///
    /// # Errors
    /// Those of [`RelaySolver::new`].
    pub fn new(field: &'f F, start: &RelayState) -> Result<Self, SolverError> {
        let solver = RelaySolver::resume(field, start, 0.0)?;
        let dimension = start.dimension();
        let mut coordinate = start.state.len();
        let mut unit = || {
            let mut unit = DVector::zeros(dimension);
            unit[coordinate] = 1.0;
            coordinate += 1;
            unit
        };
        let switches = start
            .pending
            .iter()
            .map(|queue| queue.iter().map(|_| unit()).collect())
            .collect();
        let components = DMatrix::identity(start.state.len(), dimension);
        Ok(Self {
            solver,
            components,
            switches,
            gentlest: f64::INFINITY,
        })
    }

    /// Follows trajectory and derivative to `end`.
    ///
    /// Cost `O(N D)` an event for `D` coordinates.
    ///
    /// # Errors
    /// Those of the relay engine.
    pub fn advance_to(&mut self, end: f64) -> Result<(), SolverError> {
        while self.solver.time < end {
            let queue = |queue: &VecDeque<(f64, usize)>| queue.iter().map(|(_, j)| *j).collect();
            let before: Vec<Vec<usize>> = self.solver.pending.iter().map(queue).collect();
            let mut signs = self.solver.delayed.clone();
            self.solver.advance(end)?;
            self.decay();
            self.cross(&mut signs);
            for (lag, before) in before.iter().enumerate() {
                // What the engine has taken from the front of its queue is felt now.
                let felt = self.switches[lag].len() - self.solver.pending[lag].len();
                for &j in &before[..felt] {
                    if let Some(shift) = self.switches[lag].pop_front() {
                        self.jump(lag, j, &shift, &mut signs);
                    }
                }
            }
        }
        Ok(())
    }

    /// State and derivative reached: row `i`, column `k` is the derivative of coordinate `i` by the
    /// initial coordinate `k`.
    #[must_use]
    pub fn reached(&self) -> (RelayState, DMatrix<f64>) {
        let state = self.solver.snapshot();
        let columns = self.components.ncols();
        let mut derivative = self
            .components
            .clone()
            .resize_vertically(state.dimension(), 0.0);
        for (row, shift) in self.switches.iter().flatten().enumerate() {
            let row = self.components.nrows() + row;
            for column in 0..columns {
                derivative[(row, column)] = shift[column];
            }
        }
        (state, derivative)
    }

    /// Velocity of every coordinate now: slopes of the components, and -1 for every time left.
    ///
    /// # Errors
    /// Those of the relay engine.
    pub fn velocity(&mut self) -> Result<DVector<f64>, SolverError> {
        // A piece of no length reads the coefficients of the moment.
        let now = self.solver.time;
        self.solver.advance(now)?;
        let piece = &self.solver.piece;
        let slope = |j: usize| piece.constant[j] - piece.rate[j] * self.solver.state[j];
        let waits = self.switches.iter().map(VecDeque::len).sum::<usize>();
        let slopes = (0..self.components.nrows()).map(slope);
        let all: Vec<f64> = slopes.chain(std::iter::repeat_n(-1.0, waits)).collect();
        Ok(DVector::from_vec(all))
    }

    /// The smallest slope at which a component has passed zero: how far the crossings are from
    /// grazing the threshold.
    #[must_use]
    pub fn gentlest_crossing(&self) -> f64 {
        self.gentlest
    }

    fn decay(&mut self) {
        let piece = &self.solver.piece;
        let elapsed = piece.span.1 - piece.span.0;
        for (j, mut row) in self.components.row_iter_mut().enumerate() {
            row *= (-piece.rate[j] * elapsed).exp();
        }
    }

    /// Turns the derivatives of the components at zero into those of their switches.
    fn cross(&mut self, signs: &mut [bool]) {
        for j in self.solver.crossing.clone() {
            let slope = self.solver.piece.constant[j];
            self.gentlest = self.gentlest.min(slope.abs());
            let shift: DVector<f64> = self.components.row(j).transpose() * (-1.0 / slope);
            for lag in 0..self.switches.len() {
                if self.solver.field.lags()[lag] > 0.0 {
                    self.switches[lag].push_back(shift.clone());
                } else {
                    self.jump(lag, j, &shift, signs);
                }
            }
        }
    }

    /// The saltation of one switch whose time has the derivative `shift`.
    fn jump(&mut self, lag: usize, j: usize, shift: &DVector<f64>, signs: &mut [bool]) {
        let dimension = self.components.nrows();
        let slopes = |signs: &[bool]| {
            let (mut constant, mut rate) = (vec![0.0; dimension], vec![0.0; dimension]);
            self.solver
                .field
                .coefficients(Positive { signs, dimension }, &mut constant, &mut rate);
            let state = &self.solver.state;
            constant
                .iter()
                .zip(rate)
                .zip(state)
                .map(|((c, r), x)| c - r * x)
                .collect::<Vec<_>>()
        };
        let before = slopes(signs);
        signs[lag * dimension + j] = !signs[lag * dimension + j];
        let after = slopes(signs);
        for (i, (before, after)) in before.into_iter().zip(after).enumerate() {
            if before != after {
                let mut row = self.components.row_mut(i);
                row += shift.transpose() * (before - after);
            }
        }
    }
}
