//! One panel: where it ends, its solution, and what is made of its error.

use super::clock::TICKS;
use super::collocation::STAGES;
use super::field::PanelField;
use super::history::Panel;
use super::solve::ALLOWED;
use super::solver::PanelSolver;
use crate::solver::SolverError;

/// Part of the length at which the error would be as large as allowed.
const SAFETY: f64 = 0.85;
/// Most that panels grow at once: measured, 4 to 30 are alike where poles tell what is to come.
const GROWTH: f64 = 8.0;
/// Errors below this part of the one allowed are not told apart.
pub(super) const NOTHING: f64 = 1e-3;
/// A panel may be longer than wanted by this factor if it then ends where another one does.
const STRETCH: f64 = 1.2;
/// A panel may be shorter than wanted by this factor if it then repeats that of one lag ago.
const REPEAT: f64 = 0.6;
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
            // as the blocks have it, some of which are not solved if it is more
            let is_good = error <= ALLOWED;
            let error = error / ALLOWED;
            self.poles.learn(length as f64, error);
            if is_good {
                let rise = (error / self.last_error).max(1.0);
                self.last_error = error.max(NOTHING);
                let ratio = ratio(error * rise).clamp(0.25, growth);
                let longer = ratio * length as f64;
                // a good panel was as long as wanted or cut short, and neither says that less is wanted
                self.wanted = longer.max(self.wanted).min(TICKS as f64);
                self.accept(panel);
                return Ok(());
            }
            self.statistics.rejected += 1;
            if length <= SHORTEST {
                let panels = &self.course.panels;
                let found = panels.not_finite(&panel).filter(|_| error.is_nan());
                let place = found.unwrap_or(panels.layout().filled(worst));
                return Err(self.explain(error, place, length));
            }
            self.course.panels.give_back(panel);
            self.wanted = (length as f64 * ratio(error).clamp(0.0, 0.8)).max(SHORTEST as f64);
            growth = 1.0;
        }
    }

    /// Where the next panel should end.
    fn choose_end(&mut self) -> i64 {
        let mut wanted = self.wanted.min(TICKS as f64);
        if let Some(step) = self.options.maximum_step {
            // an end that matches another one may lie further by STRETCH
            wanted = wanted.min(self.course.clock.real_ticks(step) / STRETCH);
        }
        wanted = self.foreseen(wanted).max(SHORTEST as f64);
        // ready-made solutions are there for lengths that come again
        let end = match self.propagators {
            Some(_) => self.matching_end(wanted),
            None => self.now + wanted as i64,
        };
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
        self.sort();
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

    /// Why no panel was short enough.
    fn explain(&self, error: f64, place: usize, length: i64) -> SolverError {
        let component = self.course.order.component(place);
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
    SAFETY * inverse_root(error.max(1e-30))
}

/// `value^(-1 / STAGES)` of a normal number to 0.4 %, by a step of Newton's method from the exponent:
/// lengths of panels need no more.
pub(super) fn inverse_root(value: f64) -> f64 {
    const POWER: f64 = STAGES as f64;
    /// Makes the error of the guess as large above as below; found by trial.
    const CENTRE: u64 = (0.055 * (1_u64 << 52) as f64) as u64;
    // the bits of a number are about its logarithm
    let one = 1.0_f64.to_bits();
    let guess = one + one / STAGES as u64 - value.to_bits() / STAGES as u64 - CENTRE;
    let root = f64::from_bits(guess);
    let square = root * root;
    let fourth = square * square;
    root * (POWER + 1.0 - value * (fourth * fourth)) * (1.0 / POWER)
}

const _: () = assert!(STAGES == 8, "two fourth powers make the power");

/// The largest power of two up to `length`: the first panels are halves of halves of a lag.
fn dyadic(length: i64) -> i64 {
    1 << length.ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_good_enough_for_lengths() {
        for exponent in -30..=30 {
            for mantissa in [1.0, 1.3, 1.7, 1.999] {
                let value = mantissa * 2.0_f64.powi(exponent);
                let root = value.powf(-1.0 / STAGES as f64);
                assert!((inverse_root(value) / root - 1.0).abs() < 5e-3, "{value}");
            }
        }
    }
}
