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
            self.branches.forget_after(time);
            self.breaking_points.take_back(time, self.memory.rounding);
            self.time = time;
        }
        self.state.copy_from_slice(state);
        self.slope_known = false;
        self.controller = None;
        self.implicit = Default::default();
        (self.passage, self.at_switch) = (None, false);
        self.at_break = false;
        self.next_break = self.break_after(time);
        self.note_break(0);
        self.statistics.breaking_points -= 1;
        let arguments = &mut self.memory.arguments;
        self.field.delayed_times(time, state, arguments);
        self.branches.place(arguments, self.memory.rounding);
        Ok(())
    }
}
