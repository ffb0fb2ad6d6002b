//! Equal steps that divide the lags, and the past on them.

use crate::solver::{DelayField, History, SolverError};

/// How far a lag may lie beside a whole number of steps, in parts of a step: rounding of the quotient (chosen).
const WHOLE: f64 = 1e-9;

/// How many times shorter than asked for a step may become so that all lags are whole numbers of it (chosen: who
/// wants more is better served by rounding a lag).
const FINER: f64 = 10.0;

/// A lag in steps: a whole number, and the part of a step beyond it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LagInSteps {
    pub whole: usize,
    pub part: f64,
}

/// The longest step up to `longest` of which all lags are whole multiples, but no shorter than a tenth of it; `longest`
/// without lags.
///
/// # Errors
/// [`SolverError::InvalidArgument`] for a step that is not positive, and for lags without a common step.
///
/// ```
/// let step = pulsatrix::solver::common_step(&[1.0, 3.3], 0.03)?;
/// assert!((step - 0.025).abs() < 1e-15);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn common_step(lags: &[f64], longest: f64) -> Result<f64, SolverError> {
    steps_of(lags, longest, false).map(|(step, _)| step)
}

/// The [common step](common_step) and the lags in it; if there is none, and `any` lags will do, the longest step that
/// divides the shortest lag.
///
/// # Errors
/// [`SolverError::InvalidArgument`] for a step that is not positive, and for lags without a common step.
pub(super) fn steps_of(
    lags: &[f64],
    longest: f64,
    any: bool,
) -> Result<(f64, Vec<LagInSteps>), SolverError> {
    if !(longest > 0.0 && longest.is_finite()) {
        return Err(SolverError::InvalidArgument {
            name: "step",
            value: longest,
            requirement: "a step is positive and finite",
        });
    }
    let shortest = lags
        .iter()
        .copied()
        .filter(|lag| *lag > 0.0)
        .fold(f64::INFINITY, f64::min);
    if shortest.is_infinite() {
        // a lag of zero is the present
        let present = LagInSteps {
            whole: 0,
            part: 0.0,
        };
        return Ok((longest, vec![present; lags.len()]));
    }
    let first = (shortest / longest * (1.0 - WHOLE)).ceil().max(1.0);
    let steps = |count: f64| -> Vec<LagInSteps> {
        let each = lags.iter().map(|lag| {
            let steps = lag * count / shortest;
            let whole = steps.round();
            if (steps - whole).abs() <= WHOLE * whole {
                LagInSteps {
                    whole: whole as usize,
                    part: 0.0,
                }
            } else {
                LagInSteps {
                    whole: steps.floor() as usize,
                    part: steps.fract(),
                }
            }
        });
        each.collect()
    };
    let common = (0..)
        .map(|more| first + f64::from(more))
        .take_while(|count| *count <= FINER * first)
        .find_map(|count| {
            let found = steps(count);
            let whole = found.iter().all(|lag| lag.part == 0.0);
            whole.then_some((count, found))
        });
    match common {
        Some((count, found)) => Ok((shortest / count, found)),
        None if any => Ok((shortest / first, steps(first))),
        None => Err(SolverError::InvalidArgument {
            name: "step",
            value: longest,
            requirement: "the lags have no common step near it; round them, or take Euler-Maruyama, which interpolates",
        }),
    }
}

/// The states at the last steps and, of a method with two stages, what the second stage was.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    dimension: usize,
    /// Steps that are kept.
    kept: usize,
    states: Vec<f64>,
    stages: Vec<f64>,
    /// Number of the newest state.
    newest: usize,
}

impl Grid {
    /// The grid of a history: as many steps before `begin` as the longest lag spans, and the state at `begin`.
    pub(super) fn new(
        field: &dyn DelayField,
        history: &History<'_>,
        (begin, step): (f64, f64),
        lags: &[LagInSteps],
        second_stage: Option<f64>,
    ) -> Result<Self, SolverError> {
        let dimension = field.dimension();
        let initial = history.initial_state(begin, dimension)?;
        let longest = lags
            .iter()
            .map(|lag| lag.whole + usize::from(lag.part > 0.0))
            .max();
        // one more, for who goes back into a step
        let kept = longest.unwrap_or(0) + 2;
        let mut states = vec![0.0; kept * dimension];
        let mut stages = vec![
            0.0;
            if second_stage.is_some() {
                kept * dimension
            } else {
                0
            }
        ];
        // number `kept - 1` is the beginning: the place of a number is its remainder
        for number in 0..kept - 1 {
            let time = |part: f64| begin - ((kept - 1 - number) as f64 - part) * step;
            let place = number * dimension..(number + 1) * dimension;
            history.evaluate(time(0.0), &mut states[place.clone()]);
            if let Some(part) = second_stage {
                history.evaluate(time(part), &mut stages[place]);
            }
        }
        let newest = kept - 1;
        states[newest * dimension..].copy_from_slice(&initial);
        let grid = Self {
            dimension,
            kept,
            states,
            stages,
            newest,
        };
        match grid.states.iter().position(|value| !value.is_finite()) {
            Some(place) => Err(SolverError::NotFinite {
                quantity: "history",
                component: place % dimension.max(1),
                value: grid.states[place],
                time: begin,
            }),
            None => Ok(grid),
        }
    }

    fn place(&self, back: usize) -> std::ops::Range<usize> {
        let place = (self.newest - back) % self.kept * self.dimension;
        place..place + self.dimension
    }

    /// The state so many steps ago.
    pub(super) fn state(&self, back: usize) -> &[f64] {
        &self.states[self.place(back)]
    }

    /// Writes the states at all lags before the state of `ago` steps ago, one after the other: the past between two
    /// steps by a straight line.
    pub(super) fn read(&self, ago: usize, lags: &[LagInSteps], late: &mut [f64]) {
        for (lag, late) in lags.iter().zip(late.chunks_mut(self.dimension.max(1))) {
            late.copy_from_slice(self.state(ago + lag.whole));
            if lag.part > 0.0 {
                let before = self.state(ago + lag.whole + 1);
                for (late, before) in late.iter_mut().zip(before) {
                    *late += lag.part * (before - *late);
                }
            }
        }
    }

    /// Writes the second stages at all lags, which are whole numbers of steps.
    pub(super) fn read_stages(&self, lags: &[LagInSteps], late: &mut [f64]) {
        for (lag, late) in lags.iter().zip(late.chunks_mut(self.dimension.max(1))) {
            late.copy_from_slice(&self.stages[self.place(lag.whole)]);
        }
    }

    /// Keeps the second stage of the step that begins at the newest state.
    pub(super) fn keep_stage(&mut self, stage: &[f64]) {
        let place = self.place(0);
        self.stages[place].copy_from_slice(stage);
    }

    /// Keeps the state after a step.
    pub(super) fn push(&mut self, state: &[f64]) {
        self.newest += 1;
        let place = self.place(0);
        self.states[place].copy_from_slice(state);
    }

    /// Moves the newest state by a change.
    pub(super) fn shift(&mut self, change: &[f64]) {
        let place = self.place(0);
        for (value, change) in self.states[place].iter_mut().zip(change) {
            *value += change;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_divides_all_lags() {
        let (step, lags) = steps_of(&[1.0, 3.3], 0.03, false).unwrap();
        assert!((step - 0.025).abs() < 1e-15, "{step}");
        assert_eq!((lags[0].whole, lags[1].whole), (40, 132));
        assert_eq!(steps_of(&[], 0.03, false).unwrap(), (0.03, vec![]));
        assert_eq!(steps_of(&[0.5], 2.0, false).unwrap().0, 0.5);
    }

    #[test]
    fn lags_without_a_common_step_are_refused_or_interpolated() {
        let lags = [1.0, 2_f64.sqrt()];
        let error = steps_of(&lags, 0.1, false).unwrap_err().to_string();
        assert!(error.contains("no common step"), "{error}");
        let (step, found) = steps_of(&lags, 0.1, true).unwrap();
        let lag = |lag: &LagInSteps| (lag.whole as f64 + lag.part) * step;
        assert!((lag(&found[1]) - lags[1]).abs() < 1e-14);
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(steps_of(&lags, step, true).is_err());
        }
    }
}
