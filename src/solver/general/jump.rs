//! A solution that is made to jump, and what that does to its past.

use crate::solver::{DelaySolver, SolverError};

impl DelaySolver<'_> {
    /// [`Engine::jump`](crate::solver::Engine::jump) of the general engine.
    ///
    /// What came after `time` is forgotten, the solution up to `time` stays as it was, and the jump
    /// goes through the lags like any other breaking point. A neutral equation reads the slopes on
    /// either side, not the infinite one between them.
    pub(super) fn jump_to(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        if state.len() != self.dimension {
            return Err(SolverError::WrongLength {
                name: "the state after a jump",
                found: state.len(),
                expected: self.dimension,
            });
        }
        if let Some(component) = state.iter().position(|value| !value.is_finite()) {
            return Err(SolverError::NotFinite {
                quantity: "state",
                component,
                value: state[component],
                time,
            });
        }
        self.cut(time)?;
        // what has not changed may have changed its slope
        let order = u32::from(self.state == state);
        let pairs = state.iter().zip(&self.state);
        let size = match self.judged {
            Some(_) => self.in_units(pairs.map(|(new, old)| new - old)),
            None => 0.0,
        };
        self.state.copy_from_slice(state);
        self.slope_known = false;
        self.controller = None;
        self.implicit = Default::default();
        (self.passage, self.at_switch) = (None, false);
        self.note_jump(order, size);
        self.statistics.breaking_points -= 1;
        self.place_delayed_times();
        Ok(())
    }

    /// [`Engine::go_back`](crate::solver::Engine::go_back) of the general engine.
    pub(super) fn return_to(&mut self, time: f64) -> Result<(), SolverError> {
        if time == self.time {
            return Ok(());
        }
        self.cut(time)?;
        self.slope_known = false;
        self.implicit = Default::default();
        (self.passage, self.at_switch) = (None, false);
        self.renew_stretches();
        self.place_delayed_times();
        Ok(())
    }

    /// Lets the pulses land that are due, and returns the next limit of a step to `limit`.
    pub(super) fn land_pulses(&mut self, limit: f64) -> Result<f64, SolverError> {
        let Some(mut next) = self.pulses.next_time() else {
            return Ok(limit);
        };
        let now = self.time + self.memory.rounding;
        if next <= now {
            let mut state = self.state.clone();
            while let Some(pulse) = self.pulses.land(now) {
                state[pulse.target] += pulse.change;
            }
            self.jump_to(self.time, &state)?;
            next = self.pulses.next_time().unwrap_or(f64::INFINITY);
        }
        Ok(limit.min(next))
    }

    /// Goes back to a time of the newest piece, whose state becomes the present one.
    fn cut(&mut self, time: f64) -> Result<(), SolverError> {
        let earliest = self.memory.record.newest_begin().unwrap_or(self.time);
        if !(time >= earliest && time <= self.time) {
            return Err(SolverError::InvalidArgument {
                name: "time of the jump",
                value: time,
                requirement: "it must lie in the newest piece",
            });
        }
        if time < self.time {
            self.memory.cut(time);
            if let Some(dense) = &mut self.dense {
                dense.cut(time);
            }
            self.branches.forget_after(time);
            self.breaking_points.take_back(time, self.memory.rounding);
            if let Some(judged) = &mut self.judged {
                judged.take_back(time, self.memory.rounding);
            }
            self.time = time;
            let record = &self.memory.record;
            record.read::<0>(record.find(time), time, &mut self.state);
        }
        self.at_break = false;
        self.next_break = self.break_after(time);
        Ok(())
    }

    fn place_delayed_times(&mut self) {
        let arguments = &mut self.memory.arguments;
        self.field.delayed_times(self.time, &self.state, arguments);
        self.branches.place(arguments, self.memory.rounding);
        self.renew_stretches();
    }
}
