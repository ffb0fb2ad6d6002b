//! How strongly a field feels its lags, and how large the jumps are that go through them.

use super::judged::{Judged, Root};
use super::memory::Side;
use crate::solver::{BreakTracking, DelaySolver, Delayed};

/// Lags up to which all breaking points are tracked: with four, order 5 makes 126 of them.
const FEW_LAGS: usize = 4;
/// Batches of lags whose coupling is measured together.
const MOST_BATCHES: usize = 64;
/// Batches measured for a batch of evaluations: the measurements stay below a tenth of the work.
const RARELY: u64 = 12;
/// Part of the step over which the slope of a history is a difference.
const PART: f64 = 1e-3;

impl DelaySolver<'_> {
    /// The list of judged points for a field whose points are judged.
    pub(super) fn judge(&self) -> Option<Judged> {
        let field = self.field;
        let many = field.lags().len() > FEW_LAGS;
        let by_error = self.options.break_tracking == BreakTracking::ByError;
        let judged = by_error && many && field.varying_lags() == 0 && !field.is_neutral();
        judged.then(|| Judged::new(self.options.general_method().order()))
    }

    /// Largest component of a vector, in units of the error allowed a step.
    ///
    /// A state that is just passing zero counts as large as it will be when the first lag is over.
    pub(super) fn in_units(&self, difference: impl Iterator<Item = f64>) -> f64 {
        let lag = self.memory.shortest_lag();
        let sizes = self.state.iter().zip(&self.stages);
        let sizes = sizes.map(|(state, slope)| state.abs() + lag * slope.abs());
        let parts = difference
            .zip(sizes)
            .map(|(value, size)| value.abs() / self.allowed(size));
        parts.fold(0.0, f64::max)
    }

    /// Takes note of a break at the present time, at which the solution jumps by `jump`, in units of
    /// the error allowed a step.
    pub(super) fn note_root(&mut self, jump: f64) {
        let n = self.dimension;
        let record = &self.memory.record;
        let Some(judged) = &mut self.judged else {
            return;
        };
        let mut slope = vec![0.0; n];
        if record.next() > 0 {
            record.read_slope(record.next() - 1, self.time, &mut slope);
        }
        judged.roots.push(Root {
            time: self.time,
            jump,
            slope,
        });
    }

    /// Takes note of the break at the initial time and of those of the history.
    fn note_first_roots(&mut self, step: f64) {
        let begin = self.memory.begin();
        let n = self.dimension;
        let history = &self.memory.history;
        let width = PART * step;
        let at = |time: f64| {
            let mut state = vec![0.0; n];
            history.evaluate(time, &mut state);
            state
        };
        let difference = |a: &[f64], b: &[f64], over: f64| -> Vec<f64> {
            a.iter().zip(b).map(|(a, b)| (a - b) / over).collect()
        };
        let slope_before = |time: f64| {
            if history.is_constant() {
                return vec![0.0; n];
            }
            // one-sided, of order 2
            let [a, b, c] = [0.0, 1.0, 2.0].map(|k| at(time - k * width));
            let terms = a.iter().zip(&b).zip(&c);
            terms
                .map(|((a, b), c)| (1.5 * a - 2.0 * b + 0.5 * c) / width)
                .collect()
        };
        let mut breaks = Vec::new();
        for point in history.breaking_points() {
            let beside = 2.0 * self.memory.rounding;
            let (before, after) = (point - beside, (point + beside).min(begin));
            let jump = self.in_units(difference(&at(after), &at(before), 1.0).into_iter());
            let later = (after + width).min(begin);
            let slope = difference(&at(later), &at(after), (later - after).max(beside));
            let bend = difference(&slope, &slope_before(before), 1.0);
            breaks.push((*point, jump, self.in_units(bend.into_iter())));
        }
        let end = at(begin);
        let jump = self.in_units(difference(&self.state, &end, 1.0).into_iter());
        let slope = slope_before(begin);
        let lags = &self.memory.lags;
        let Some(judged) = &mut self.judged else {
            return;
        };
        judged.roots.push(Root {
            time: begin,
            jump,
            slope,
        });
        for (time, jump, bend) in breaks {
            judged.spread((time, 0, jump), lags, begin, true);
            judged.spread((time, 1, bend), lags, begin, true);
        }
    }

    /// Sends the breaks that have been noted through the lags, now that the slope behind them is
    /// known, for a run whose next step has about the length `step`.
    pub(super) fn judge_roots(&mut self, step: f64) {
        if self.judged.is_none() {
            return;
        }
        let first = self.statistics.steps == 0
            && self.judged.as_ref().is_some_and(|j| j.measured.is_none());
        self.measure_couplings();
        if first {
            self.note_first_roots(step);
        }
        let roots = match &mut self.judged {
            Some(judged) if !judged.roots.is_empty() => std::mem::take(&mut judged.roots),
            _ => {
                if first {
                    self.settle();
                }
                return;
            }
        };
        for root in roots {
            let n = self.dimension;
            let pairs = self.stages[..n].iter().zip(&root.slope);
            let bend = self.in_units(pairs.map(|(after, before)| after - before));
            let (lags, now) = (&self.memory.lags, self.time + 0.5 * self.memory.rounding);
            if let Some(judged) = &mut self.judged {
                judged.spread((root.time, 0, root.jump), lags, now, true);
                judged.spread((root.time, 1, bend), lags, now, true);
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let rounding = 0.5 * self.memory.rounding;
        if let Some(judged) = &mut self.judged {
            judged.settle(rounding);
        }
    }

    /// Measures anew how strongly the field feels its lags, unless it was measured a while ago.
    fn measure_couplings(&mut self) {
        let (n, lags) = (self.dimension, self.memory.lags.len());
        let batches = lags.min(MOST_BATCHES);
        let evaluations = self.statistics.evaluations;
        let Some(judged) = &self.judged else { return };
        let due = judged
            .measured
            .is_none_or(|last| evaluations > last + RARELY * batches as u64);
        if !due {
            return;
        }
        let shown = self.memory.states_shown();
        self.memory.rewind();
        self.memory.overlapping = false;
        let time = self.time;
        self.memory.look::<0>(
            self.field,
            time,
            &self.state,
            Side::After,
            &mut self.delayed,
        );
        let mut base = vec![0.0; n];
        let delayed = Delayed::split(&self.delayed, n, shown);
        self.field.derivative(time, &self.state, delayed, &mut base);
        let reads = self.memory.reads();
        let lag_of = |number: usize| reads.get(number).map_or(number / n.max(1), |read| read.lag);
        // a change that rounding does not drown, the same part of the error allowed everywhere
        let centre = self.delayed.clone();
        let sizes = centre
            .iter()
            .map(|value| value.abs() / self.allowed(value.abs()));
        let width = (f64::EPSILON.sqrt() * sizes.fold(0.0, f64::max)).max(PART);
        let mut couplings = vec![0.0_f64; batches];
        let mut slope = vec![0.0; n];
        let mut moved = centre.clone();
        // one change may hide another, but hardly so with either pattern of signs
        for pattern in 0..2_u64 {
            for (batch, coupling) in couplings.iter_mut().enumerate() {
                for number in 0..centre.len() {
                    if lag_of(number) % batches == batch {
                        let change = width * self.allowed(centre[number].abs());
                        let negative = pattern == 1 && is_odd(number);
                        let change = if negative { -change } else { change };
                        moved[number] = centre[number] + change;
                    }
                }
                let delayed = Delayed::split(&moved, n, shown);
                self.field
                    .derivative(time, &self.state, delayed, &mut slope);
                let felt = slope.iter().zip(&base).map(|(a, b)| a - b);
                *coupling = coupling.max(self.in_units(felt) / width);
                moved.copy_from_slice(&centre);
            }
        }
        self.statistics.evaluations += 2 * batches as u64 + 1;
        let evaluations = self.statistics.evaluations;
        if let Some(judged) = &mut self.judged {
            for (new, old) in couplings.iter_mut().zip(&judged.couplings) {
                // what was felt is not forgotten at once
                *new = new.max(0.5 * old);
            }
            judged.couplings = couplings;
            judged.measured = Some(evaluations);
        }
    }
}

/// Whether a sign is turned: bits without a pattern, from the golden section.
fn is_odd(number: usize) -> bool {
    (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 1
}
