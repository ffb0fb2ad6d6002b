//! The engine for any relay equation: every component is looked at in every event.
//!
//! Zeros switch signs, and each lag has a queue of the switches that are still to be felt. Slow and
//! plain, it is the reference of the other engines.

use std::collections::VecDeque;

use super::flow::time_to_zero;
use super::mean_field::check_lags;
use crate::solver::{Engine, Piece, SolverError, Statistics};

/// Right-hand side of `x_j' = constant_j - rate_j x_j`, whose coefficients depend only on the signs
/// of delayed states.
pub trait RelayField {
    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// The lags, each finite, and 0 or at least [`LEAST_LAG`](super::LEAST_LAG); a lag of zero acts at once.
    fn lags(&self) -> &[f64];

    /// Writes the coefficients for the given signs; both slices have length `dimension()`.
    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], rate: &mut [f64]);
}

/// The delayed signs that a relay field reads.
#[derive(Debug, Clone, Copy)]
pub struct Positive<'a> {
    pub(super) signs: &'a [bool],
    pub(super) dimension: usize,
}

impl<'a> Positive<'a> {
    /// Whether `x_j(t - lags()[lag]) > 0`, for every component `j`.
    #[inline]
    #[must_use]
    pub fn at(self, lag: usize) -> &'a [bool] {
        &self.signs[lag * self.dimension..(lag + 1) * self.dimension]
    }
}

/// The exact engine for relay equations; its history is constant before the start.
///
/// Cost: `O(N)` an event and one evaluation of the coefficients whenever a delayed sign switches;
/// memory `O(N + switches under way)`.
///
/// ```
/// use pulsatrix::solver::{Engine, Positive, RelayField, RelaySolver};
///
/// /// The relay neuron `x' = 1` if `x(t - 1) <= 0`, else `-1`.
/// struct Neuron;
/// impl RelayField for Neuron {
///     fn dimension(&self) -> usize { 1 }
///     fn lags(&self) -> &[f64] { &[1.0] }
///     fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], _: &mut [f64]) {
///         constant[0] = if positive.at(0)[0] { -1.0 } else { 1.0 };
///     }
/// }
///
/// let mut solver = RelaySolver::new(&Neuron, &[-1.0], 0.0)?;
/// while solver.time() < 9.0 {
///     solver.advance(9.0)?;
/// }
/// assert_eq!(solver.state(), &[0.0]); // the period is 4
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug)]
pub struct RelaySolver<'f, F: RelayField + ?Sized> {
    pub(super) field: &'f F,
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) positive: Vec<bool>,
    pub(super) delayed: Vec<bool>,
    pub(super) pending: Vec<VecDeque<(f64, usize)>>,
    pub(super) piece: RelayPiece,
    /// A delayed sign has switched since the coefficients were read.
    pub(super) switched: bool,
    /// Components that reach zero at the end of the piece.
    pub(super) crossing: Vec<usize>,
    /// Zeros in a row without time passing.
    stalled: usize,
    statistics: Statistics,
}

/// A stretch between two events: every component is affine or exponential in time.
#[derive(Debug)]
pub struct RelayPiece {
    pub(super) span: (f64, f64),
    pub(super) start: Vec<f64>,
    pub(super) constant: Vec<f64>,
    pub(super) rate: Vec<f64>,
}

impl RelayPiece {
    /// Time that component `j` needs from the start of the piece to its zero, if it is on its way.
    fn time_to_zero(&self, j: usize, positive: bool) -> Option<f64> {
        time_to_zero(self.start[j], self.constant[j], self.rate[j], positive)
    }
}

impl Piece for RelayPiece {
    fn span(&self) -> (f64, f64) {
        self.span
    }

    fn dimension(&self) -> usize {
        self.start.len()
    }

    #[inline]
    fn value(&self, j: usize, time: f64) -> f64 {
        let elapsed = time - self.span.0;
        let (x, rate) = (self.start[j], self.rate[j]);
        let slope = self.constant[j] - rate * x;
        if rate == 0.0 {
            x + slope * elapsed
        } else {
            x - slope * (-rate * elapsed).exp_m1() / rate
        }
    }

    fn slope(&self, j: usize, time: f64) -> f64 {
        let rate = self.rate[j];
        (self.constant[j] - rate * self.start[j]) * (-rate * (time - self.span.0)).exp()
    }

    fn is_monotone(&self) -> bool {
        true
    }
}

impl<'f, F: RelayField + ?Sized> RelaySolver<'f, F> {
    /// Starts at `time` with the constant history `state`.
    ///
    /// # Errors
    /// [`SolverError::WrongLength`], [`SolverError::NotFinite`] for the state and
    /// [`SolverError::InvalidArgument`] for a lag that is negative or not finite.
    pub fn new(field: &'f F, state: &[f64], time: f64) -> Result<Self, SolverError> {
        let dimension = field.dimension();
        check_state(state, dimension, ("initial state", "history"), time)?;
        check_lags(field.lags())?;
        let positive: Vec<bool> = state.iter().map(|x| *x > 0.0).collect();
        let lags = field.lags().len();
        let mut solver = Self {
            field,
            time,
            state: state.to_vec(),
            delayed: positive.repeat(lags),
            positive,
            pending: vec![VecDeque::new(); lags],
            piece: RelayPiece {
                span: (time, time),
                start: state.to_vec(),
                constant: vec![0.0; dimension],
                rate: vec![0.0; dimension],
            },
            switched: false,
            crossing: Vec::new(),
            stalled: 0,
            statistics: Statistics::default(),
        };
        solver.refresh()?;
        Ok(solver)
    }

    /// Reads the coefficients for the present delayed signs.
    fn refresh(&mut self) -> Result<(), SolverError> {
        let positive = Positive {
            signs: &self.delayed,
            dimension: self.state.len(),
        };
        let RelayPiece { constant, rate, .. } = &mut self.piece;
        self.field.coefficients(positive, constant, rate);
        self.statistics.evaluations += 1;
        let unsound = |j: &usize| !(constant[*j].is_finite() && rate[*j].is_finite());
        if let Some(component) = (0..self.state.len()).find(unsound) {
            let (quantity, time) = ("derivative", self.time);
            let value = constant[component] + rate[component];
            return Err(SolverError::NotFinite {
                quantity,
                component,
                value,
                time,
            });
        }
        Ok(())
    }

    /// Switches the sign of component `j`; whether that is felt at once through a lag of zero.
    fn cross(&mut self, j: usize) -> bool {
        self.state[j] = 0.0;
        self.positive[j] = !self.positive[j];
        self.statistics.events += 1;
        let mut felt = false;
        for (l, &lag) in self.field.lags().iter().enumerate() {
            if lag == 0.0 {
                self.delayed[l * self.state.len() + j] = self.positive[j];
                felt = true;
            } else {
                self.pending[l].push_back((self.time + lag, j));
            }
        }
        felt
    }

    /// Applies the delayed switches that are due; whether there were any.
    fn deliver(&mut self) -> bool {
        let dimension = self.state.len();
        let mut felt = false;
        for (queue, signs) in self
            .pending
            .iter_mut()
            .zip(self.delayed.chunks_mut(dimension))
        {
            while let Some(&(due, j)) = queue.front()
                && due <= self.time
            {
                queue.pop_front();
                signs[j] = !signs[j];
                self.statistics.events += 1;
                felt = true;
            }
        }
        felt
    }
}

impl<F: RelayField + ?Sized> Engine for RelaySolver<'_, F> {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn state(&self) -> &[f64] {
        &self.state
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        if self.switched {
            self.refresh()?;
            self.switched = false;
        }
        let start = self.time;
        self.piece.start.copy_from_slice(&self.state);
        let due = self
            .pending
            .iter()
            .filter_map(|queue| queue.front().map(|(due, _)| *due));
        let mut next = due.fold(limit.max(start), f64::min);
        self.crossing.clear();
        for (j, &positive) in self.positive.iter().enumerate() {
            if let Some(wait) = self.piece.time_to_zero(j, positive)
                && start + wait <= next
            {
                if start + wait < next {
                    self.crossing.clear();
                    next = start + wait;
                }
                self.crossing.push(j);
            }
        }

        self.piece.span = (start, next);
        self.time = next;
        for (j, x) in self.state.iter_mut().enumerate() {
            *x = self.piece.value(j, next);
        }
        self.stalled = if next > start {
            0
        } else {
            self.stalled + self.crossing.len()
        };
        for index in 0..self.crossing.len() {
            let component = self.crossing[index];
            if self.stalled > 8 * self.state.len() + 64 {
                let (time, count) = (next, self.stalled);
                return Err(SolverError::Chattering {
                    time,
                    component,
                    count,
                });
            }
            self.switched |= self.cross(component);
        }
        self.switched |= self.deliver();
        self.statistics.steps += 1;
        Ok(&self.piece)
    }

    /// At the end of the newest piece alone: what happens inside a piece is decided when it begins.
    fn jump(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        if time != self.time {
            return Err(SolverError::InvalidArgument {
                name: "time of the jump",
                value: time,
                requirement: "a relay engine jumps at the time that it has reached",
            });
        }
        let names = ("the state after a jump", "state");
        check_state(state, self.state.len(), names, time)?;
        for (j, &after) in state.iter().enumerate() {
            // a component that stands on its zero has the sign of the side to which it is going
            if after != self.state[j] && (after > 0.0) != self.positive[j] {
                self.switched |= self.cross(j);
            }
        }
        self.state.copy_from_slice(state);
        self.stalled = 0;
        Ok(())
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}

/// Refuses a state of another length, and one with entries that are no numbers.
fn check_state(
    state: &[f64],
    expected: usize,
    (name, quantity): (&'static str, &'static str),
    time: f64,
) -> Result<(), SolverError> {
    if state.len() != expected {
        return Err(SolverError::WrongLength {
            name,
            found: state.len(),
            expected,
        });
    }
    if let Some(component) = state.iter().position(|x| !x.is_finite()) {
        return Err(SolverError::NotFinite {
            quantity,
            component,
            value: state[component],
            time,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kick by `d` below the threshold is a shift of time by `d`, as the neuron rises with slope 1; one across it is
    /// felt a lag later.
    #[test]
    fn a_kick_shifts_the_phase() {
        let field = Neurons(vec![1.0]);
        let run = |kick: f64| {
            let mut solver = RelaySolver::new(&field, &[-1.0], 0.0).unwrap();
            while solver.time() < 0.25 {
                solver.advance(0.25).unwrap();
            }
            solver.jump(0.25, &[-0.75 + kick]).unwrap();
            while solver.time() < 9.0 {
                solver.advance(9.0).unwrap();
            }
            solver.state()[0]
        };
        assert!((run(0.0) - 0.0).abs() < 1e-12);
        // on the rise from -1 to 1 at the end, too
        assert!((run(0.5) - 0.5).abs() < 1e-12);
        assert!((run(-0.25) + 0.25).abs() < 1e-12);
        // to 0.25 at t = 0.25: up to 1.25 at 1.25, zero at 2.5, down to -1 at 3.5, zero at 4.5 and 8.5
        assert!((run(1.0) - 0.5).abs() < 1e-12);
        let mut solver = RelaySolver::new(&field, &[-1.0], 0.0).unwrap();
        assert!(solver.jump(0.1, &[0.0]).is_err());
        assert!(solver.jump(0.0, &[f64::NAN]).is_err());
        assert!(solver.jump(0.0, &[0.0, 1.0]).is_err());
    }

    /// `x_j' = 1` if `x_j(t - 1) <= 0`, else `-a`, for several `a` at once.
    struct Neurons(Vec<f64>);

    impl RelayField for Neurons {
        fn dimension(&self) -> usize {
            self.0.len()
        }
        fn lags(&self) -> &[f64] {
            &[1.0]
        }
        fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], _: &mut [f64]) {
            for ((c, on), a) in constant.iter_mut().zip(positive.at(0)).zip(&self.0) {
                *c = if *on { -a } else { 1.0 };
            }
        }
    }

    /// Delay-solver problem 17: period `2 + a + 1/a`, maximum 1, minimum `-a`.
    #[test]
    fn relay_neurons_have_their_exact_periods() {
        let slopes = [0.5, 1.0, 2.0, 3.7];
        let field = Neurons(slopes.to_vec());
        let mut solver = RelaySolver::new(&field, &[-1.0; 4], 0.0).unwrap();
        let mut onsets = vec![Vec::new(); 4];
        let mut extremes = [(0.0_f64, 0.0_f64); 4];
        let mut before = solver.positive.clone();
        while solver.time() < 100.0 {
            solver.advance(100.0).unwrap();
            for j in 0..4 {
                if solver.positive[j] && !before[j] {
                    onsets[j].push(solver.time());
                }
                extremes[j].0 = extremes[j].0.min(solver.state()[j]);
                extremes[j].1 = extremes[j].1.max(solver.state()[j]);
            }
            before.clone_from(&solver.positive);
        }
        for (j, a) in slopes.iter().enumerate() {
            let period = 2.0 + a + 1.0 / a;
            assert!(onsets[j].len() > 10);
            for pair in onsets[j].windows(2) {
                assert!((pair[1] - pair[0] - period).abs() < 1e-12 * period);
            }
            assert!((extremes[j].1 - 1.0).abs() < 1e-12);
            assert!((extremes[j].0 + a).abs() < 1e-12);
        }
    }

    /// A delayed sign that pushes back at once never lets time pass.
    #[test]
    fn sliding_along_the_threshold_is_an_error() {
        struct Slide;
        impl RelayField for Slide {
            fn dimension(&self) -> usize {
                1
            }
            fn lags(&self) -> &[f64] {
                &[0.0]
            }
            fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], _: &mut [f64]) {
                constant[0] = if positive.at(0)[0] { -1.0 } else { 1.0 };
            }
        }
        let mut solver = RelaySolver::new(&Slide, &[-1.0], 0.0).unwrap();
        let failure = loop {
            match solver.advance(2.0) {
                Ok(_) => assert!(solver.time() <= 1.0),
                Err(failure) => break failure,
            }
        };
        assert!(matches!(
            failure,
            SolverError::Chattering {
                time: 1.0,
                component: 0,
                ..
            }
        ));
    }

    #[test]
    fn unsound_input_is_refused() {
        let field = Neurons(vec![1.0]);
        assert!(matches!(
            RelaySolver::new(&field, &[f64::NAN], 0.0),
            Err(SolverError::NotFinite { .. })
        ));
        assert!(matches!(
            RelaySolver::new(&field, &[], 0.0),
            Err(SolverError::WrongLength {
                expected: 1,
                found: 0,
                ..
            })
        ));
        let unsound = Neurons(vec![f64::NAN]);
        let failure = RelaySolver::new(&unsound, &[0.5], 0.0).err();
        assert!(matches!(
            failure,
            Some(SolverError::NotFinite {
                quantity: "derivative",
                ..
            })
        ));
    }
}
