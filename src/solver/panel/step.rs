//! One panel: where it ends, its solution, and what is made of its error.

use super::clock::TICKS;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::{Panel, TILE};
use super::solver::PanelSolver;
use crate::solver::SolverError;

/// Error of the estimate, in tolerances, that a panel may have.
const ALLOWED: f64 = 0.1;
/// Part of the length at which the error would be as large as allowed.
const SAFETY: f64 = 0.85;
/// Most that panels grow at once.
const GROWTH: f64 = 2.0;
/// Errors below this part of the one allowed are not told apart.
const NOTHING: f64 = 1e-3;
/// A panel may be longer than wanted by this factor if it then ends where another one does.
const STRETCH: f64 = 1.2;
/// A panel may be shorter than wanted by this factor if it then repeats that of one lag ago.
const REPEAT: f64 = 0.6;
/// Part of the usual panel in which a switch is brief, so that it might be overlooked.
const BRIEF: f64 = 0.25;
/// Shortest panel, in ticks.
const SHORTEST: i64 = 4;

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'_, F, LAGS, PARAMETERS>
{
    /// One accepted panel.
    pub(super) fn step(&mut self) -> Result<(), SolverError> {
        if self.now > i64::MAX / 2 {
            return Err(SolverError::InvalidArgument {
                name: "time",
                value: self.course.clock.time(self.now),
                requirement: "the panel engine reaches 2^22 shortest lags; name a method to take \
                              the general engine",
            });
        }
        self.look_ahead();
        let mut growth = GROWTH;
        loop {
            if self.statistics.steps + self.statistics.rejected >= self.options.maximum_steps {
                return Err(SolverError::TooManySteps {
                    time: self.course.clock.time(self.now),
                    limit: self.options.maximum_steps,
                });
            }
            let end = self.choose_end();
            let length = end - self.now;
            let panel = self.attempt(end)?;
            let (mut error, mut worst) = (0.0_f64, 0);
            for outcome in &self.outcomes {
                if outcome.error.is_nan() || outcome.error > error {
                    (error, worst) = (outcome.error, outcome.worst);
                }
            }
            let error = error / ALLOWED;
            if error <= 1.0 {
                let rise = (error / self.last_error).max(1.0);
                self.last_error = error.max(NOTHING);
                let ratio = ratio(error * rise).clamp(0.25, growth);
                let longer = ratio * length as f64;
                // a panel that was cut short says nothing against longer ones
                self.wanted = longer
                    .max(self.wanted.min(GROWTH * longer))
                    .min(TICKS as f64);
                self.accept(panel);
                return Ok(());
            }
            if let Some(component) = panel.not_finite() {
                worst = component;
            }
            self.course.panels.give_back(panel);
            self.statistics.rejected += 1;
            if length <= SHORTEST {
                return Err(self.explain(error, worst, length));
            }
            self.wanted = (length as f64 * ratio(error).clamp(0.0, 0.8)).max(SHORTEST as f64);
            growth = 1.0;
        }
    }

    /// Notes where a layer begins or has ended.
    fn look_ahead(&mut self) {
        match (self.calendar.longest_panel(self.now), self.before_layer) {
            (Some(_), None) => self.before_layer = Some(self.wanted),
            (None, Some(wanted)) => {
                self.wanted = self.wanted.max(wanted);
                self.before_layer = None;
            }
            _ => {}
        }
    }

    /// Where the next panel should end.
    fn choose_end(&self) -> i64 {
        let mut wanted = self.wanted.min(TICKS as f64);
        if let Some(step) = self.options.maximum_step {
            // an end that matches another one may lie further by STRETCH
            wanted = wanted.min(self.course.clock.real_ticks(step) / STRETCH);
        }
        if let Some(longest) = self.calendar.longest_panel(self.now) {
            wanted = wanted.min(longest as f64);
        }
        let end = self.matching_end(wanted);
        let Some(hard) = self.calendar.next() else {
            return end;
        };
        let distance = hard - self.now;
        if distance as f64 <= STRETCH * wanted && distance <= TICKS || end >= hard {
            hard
        } else if 2 * (end - self.now) > distance {
            // two equal panels rather than a long one and a splinter
            self.now + (distance / 2).max(1)
        } else {
            end
        }
    }

    /// An end about `wanted` ticks on, where a panel ended one shortest lag ago if that can be.
    fn matching_end(&self, wanted: f64) -> i64 {
        let past = self.now - TICKS;
        let longest = (wanted as i64).max(SHORTEST);
        let mut number = self.cursor(past);
        if past < 0 || number > self.course.panels.newest() {
            return self.now + dyadic(longest);
        }
        let first = self.course.panels.panel(number).end - past;
        if first as f64 > STRETCH * wanted {
            let parts = (first as f64 / wanted).ceil();
            return self.now + ((first as f64 / parts).ceil() as i64).max(SHORTEST);
        }
        if first as f64 >= REPEAT * wanted {
            return self.now + first;
        }
        let mut end = first;
        while number < self.course.panels.newest() && end < TICKS {
            number += 1;
            let next = self.course.panels.panel(number).end - past;
            if next as f64 > STRETCH * wanted {
                break;
            }
            end = next;
        }
        self.now + end.min(TICKS)
    }

    /// The panel of the shortest lag whose end lies after `past`.
    fn cursor(&self, past: i64) -> usize {
        let shortest = (0..LAGS).min_by_key(|lag| self.lags[*lag].ticks);
        let mut number = self.cursors[shortest.unwrap_or(0)];
        while number <= self.course.panels.newest() && self.course.panels.panel(number).end <= past
        {
            number += 1;
        }
        number
    }

    /// Moves to the end of a good panel.
    fn accept(&mut self, panel: Panel) {
        let end = panel.end;
        self.course.panels.push(panel);
        self.now = end;
        std::mem::swap(&mut self.marks, &mut self.new_marks);
        self.statistics.steps += 1;
        let passed = self.calendar.pass(end, &self.whole_lags);
        self.statistics.breaking_points += u64::from(passed.is_some());
        self.jumps = passed.is_some_and(|smoothness| smoothness < 2);
        self.foresee();
        for lag in 0..LAGS {
            let past = end - self.lags[lag].ticks - 1;
            let cursor = &mut self.cursors[lag];
            while *cursor < self.course.panels.newest()
                && self.course.panels.panel(*cursor).end <= past
            {
                *cursor += 1;
            }
        }
        let longest = self.whole_lags.iter().copied().max().unwrap_or(0);
        self.course.panels.forget(end - longest - 1);
    }

    /// Enters the switches of the newest panel into the calendar.
    fn foresee(&mut self) {
        let Some(search) = &self.search else { return };
        let (newest, dimension) = (self.course.panels.newest(), self.field.dimension());
        let panel = self.course.panels.panel(newest);
        let sharp = self.sharp((panel.end - panel.begin) as f64);
        let mut layers = Vec::new();
        for (tile, outcome) in self.outcomes.iter().enumerate() {
            if outcome.switches {
                for component in tile * TILE..((tile + 1) * TILE).min(dimension) {
                    let states = self.course.panels.points(newest, component);
                    if search.concerns(states, sharp) {
                        search.layers(&self.course.panels, newest, component, &mut layers);
                    }
                }
            }
        }
        for layer in layers {
            for lag in &self.whole_lags {
                self.calendar.add(layer.after(*lag), self.now);
            }
        }
    }

    /// Range of a state, over a panel of `length` ticks that comes near its switch, from which the
    /// switching needs to be foreseen: because it is over in a small part of the panels that are
    /// otherwise wanted.
    pub(super) fn sharp(&self, length: f64) -> f64 {
        let Some(search) = &self.search else {
            return f64::INFINITY;
        };
        let usual = self.wanted.max(self.before_layer.unwrap_or(0.0));
        if length < BRIEF * usual {
            return -1.0;
        }
        2.0 * search.band() * length / (BRIEF * usual)
    }

    /// Why no panel was short enough.
    fn explain(&self, error: f64, component: usize, length: i64) -> SolverError {
        let time = self.course.clock.time(self.now);
        if error.is_nan() {
            return SolverError::NotFinite {
                quantity: "state",
                component,
                value: f64::NAN,
                time,
            };
        }
        SolverError::StepTooSmall {
            time,
            step: self.course.clock.duration(length),
            component,
        }
    }
}

/// By what a panel should be longer or shorter, from its error over that allowed.
fn ratio(error: f64) -> f64 {
    if error.is_nan() {
        return 0.25;
    }
    SAFETY * error.max(1e-30).powf(-1.0 / STAGES as f64)
}

/// The largest power of two up to `length`: the first panels are halves of halves of a lag.
fn dyadic(length: i64) -> i64 {
    1 << length.ilog2()
}
