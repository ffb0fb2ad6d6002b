//! Where over a trial step a varying delayed time leaves its stretch.

use super::advance::Crossing;
use super::branch::Passage;
use crate::numerics::root::bracketed_root;
use crate::solver::{DelaySolver, SolverError};

/// Samples a step is searched at.
const SAMPLES: u32 = 8;
/// Attempts to get to either side of a bound, each twice as far as the one before.
const PUSHES: i32 = 12;
/// Change of a delayed time, in units of the change of time, above which it jumps (chosen).
const STEEP: f64 = 1e3;

/// What a search of a trial step has found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    /// Every delayed time stays in its stretch.
    Nothing,
    /// The first of them leaves it here.
    Crossing(Crossing),
    /// This one lies after the time at which it is asked for.
    Ahead { lag: usize, argument: f64 },
}

impl DelaySolver<'_> {
    /// The delayed times at `time` on the open piece.
    fn delayed_times(&mut self, time: f64) -> &[f64] {
        let record = &self.memory.record;
        record.read::<0>(record.next(), time, &mut self.probe_state);
        self.field
            .delayed_times(time, &self.probe_state, &mut self.memory.arguments);
        &self.memory.arguments
    }

    /// Searches the trial step to `end`, whose interpolant stands in the open piece.
    pub(super) fn first_passage(&mut self, end: f64) -> Found {
        if !self.field.passes_breaks() {
            return Found::Nothing;
        }
        let begin = self.time;
        let mut earlier = begin;
        for sample in 1..=SAMPLES {
            let part = f64::from(sample) / f64::from(SAMPLES);
            let later = begin + part * (end - begin);
            self.delayed_times(later);
            let mut first: Option<Crossing> = None;
            for lag in 0..self.memory.stretches.len() {
                let (low, high) = self.memory.stretches[lag];
                let argument = self.memory.arguments[lag];
                if argument > later + self.allowed_lead(later) {
                    return Found::Ahead { lag, argument };
                }
                let (bound, upwards) = if argument >= high {
                    (high, true)
                } else if argument < low {
                    (low, false)
                } else {
                    continue;
                };
                let crossing = self.locate_passage(lag, (bound, upwards), earlier, later);
                self.delayed_times(later);
                if first.is_none_or(|first| crossing.after < first.after) {
                    first = Some(crossing);
                }
            }
            if let Some(crossing) = first {
                return Found::Crossing(crossing);
            }
            earlier = later;
        }
        Found::Nothing
    }

    /// When a delayed time leaves its stretch over `bound`, between a time at which it has not and
    /// one at which it has.
    ///
    /// At the start of a step it may stand on the bound, to rounding, because it has just come in;
    /// it may then go inside for a while, which nearer samples tell.
    fn locate_passage(
        &mut self,
        lag: usize,
        (bound, upwards): (f64, bool),
        earlier: f64,
        later: f64,
    ) -> Crossing {
        const NEARER: i32 = 24;
        let (lead, rounding) = (self.allowed_lead(earlier), self.memory.rounding);
        let found = |before, after, jumps| Crossing {
            before,
            after,
            passage: Some(Passage {
                lag,
                upwards,
                jumps,
            }),
        };
        let mut value = |time: f64| self.delayed_times(time)[lag] - bound;
        let inside = |value: f64| (value < 0.0) == upwards && value != 0.0;
        let new = value(later);
        for nearer in 0..=NEARER {
            let time = if nearer == 0 {
                earlier
            } else {
                earlier + (later - earlier) * 0.5_f64.powi(nearer)
            };
            let old = value(time);
            if !inside(old) {
                continue;
            }
            let root = bracketed_root(&mut value, (time, old), (later, new), 0.0);
            let ulp = f64::EPSILON * root.abs().max(f64::MIN_POSITIVE);
            let (mut before, mut after) = (root, root);
            for push in 0..PUSHES {
                if !inside(value(after)) {
                    break;
                }
                after = (root + ulp * 2_f64.powi(push)).min(later);
            }
            for push in 0..PUSHES {
                if inside(value(before)) {
                    break;
                }
                before = (root - ulp * 2_f64.powi(push)).max(time);
            }
            let jump = (value(after) - value(before)).abs();
            if jump > STEEP * rounding.max(after - before) {
                return found(before, after, true);
            }
            return found(root, root, false);
        }
        // outside from the start: it has just come, or it has jumped between two steps
        let jumps = value(earlier).abs() > lead;
        found(earlier, earlier, jumps)
    }

    /// How far a delayed time may lie ahead by the errors of the run.
    fn allowed_lead(&self, time: f64) -> f64 {
        let errors = self.options.absolute_tolerance + self.options.relative_tolerance * time.abs();
        100.0 * errors + self.memory.rounding
    }

    /// Whether the delayed time of a passage is at its bound at `end`, to `slack`.
    pub(super) fn arrives(&mut self, passage: Passage, end: f64, slack: f64) -> bool {
        let (low, high) = self.memory.stretches[passage.lag];
        let bound = if passage.upwards { high } else { low };
        (self.delayed_times(end)[passage.lag] - bound).abs() <= slack
    }

    /// Puts the delayed time of a passage into the neighbouring stretch, at the present time.
    ///
    /// # Errors
    /// [`SolverError::SolutionEnds`] if the delayed times come back and back without time passing.
    pub(super) fn pass(&mut self, passage: Passage) -> Result<(), SolverError> {
        let lag = passage.lag;
        self.passages += 1;
        // each may pass every breaking point that is held, and turn once
        let most = self.memory.stretches.len() * (2 + self.branches.count()) + 1;
        if self.passages > most {
            let (low, high) = self.memory.stretches[lag];
            return Err(SolverError::SolutionEnds {
                lag,
                time: self.time,
                breaking_point: if passage.upwards { high } else { low },
            });
        }
        if passage.jumps {
            self.note_break(1);
            let arguments = &mut self.memory.arguments;
            self.field.delayed_times(self.time, &self.state, arguments);
            let (argument, rounding) = (arguments[lag], self.memory.rounding);
            self.branches.place_one(lag, argument, rounding);
            self.renew_stretches();
        } else if let Some(order) = self.branches.pass(passage) {
            let order = self.breaking_points.next_order(order);
            self.note_break(order);
        }
        self.slope_known = false;
        Ok(())
    }

    /// Takes note of a jump of derivative `order` at the present time.
    pub(super) fn note_break(&mut self, order: u32) {
        self.note_jump(order, 0.0);
    }

    /// The same, with the size of a jump of the solution itself in units of the error allowed a step.
    pub(super) fn note_jump(&mut self, order: u32, size: f64) {
        self.note_root(size);
        let (time, rounding) = (self.time, self.memory.rounding);
        self.continues &= order > 1;
        if self.judged.is_none() && self.breaking_points.is_felt_again(order) {
            self.breaking_points
                .spread(time, order, &self.memory.lags, time, 0.5 * rounding);
            self.branches.note(time, order, rounding);
        }
        self.statistics.breaking_points += 1;
        self.renew_stretches();
    }

    /// Tells the memory in which stretch each delayed time lies.
    pub(super) fn renew_stretches(&mut self) {
        for lag in 0..self.memory.stretches.len() {
            self.memory.stretches[lag] = self.branches.stretch(lag);
        }
    }
}
