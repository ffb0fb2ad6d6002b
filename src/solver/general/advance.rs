//! The loop of the general engine around one accepted step.

use super::branch::Passage;
use super::control::Controller;
use super::passage::Found;
use super::step::Attempt;
use crate::solver::options::tell_apart;
use crate::solver::{DelaySolver, SolverError};

/// Where a step is to end: two neighbouring times between which a switch changes sign, or the time
/// at which a delayed time leaves its stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Crossing {
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) passage: Option<Passage>,
}

/// How often the end of a step is moved until it agrees with the step itself.
const MOST_AIMS: u32 = 20;
/// Change of a slope over a step, in units of the error allowed, that is taken for rounding.
const UNFELT: f64 = 1e-3;
/// Part of the relative tolerance, in units of the step, to which a breaking point is located.
const LOCATION: f64 = 1e-3;

impl DelaySolver<'_> {
    /// Where the next step should end: a breaking point, the limit, or one step on.
    fn choose_end(&self, limit: f64, step: f64) -> f64 {
        let mut step = step.min(self.options.maximum_step.unwrap_or(f64::INFINITY));
        if !self.switches[0].is_empty() {
            // a switch that reads an unfinished piece is harder to locate
            step = step.min(self.memory.shortest_lag());
        }
        step = self.without_leap(step);
        let limit = limit.min(self.next_break);
        let point = match &self.judged {
            Some(judged) => judged.first_felt(self.time, 1.01 * step),
            None => self.breaking_points.next(),
        };
        let target = point.map_or(limit, |point| point.min(limit));
        let distance = target - self.time;
        if 1.01 * step >= distance {
            target
        } else if 2.0 * step > distance {
            // two equal steps rather than a long one and a splinter
            self.time + 0.5 * distance
        } else {
            self.time + step
        }
    }

    /// A step that is the first to reach beyond the shortest lag ends at the lag: to be told what comes is cheaper than to
    /// iterate over a step that may fail. After a step of about the lag the next one may be longer.
    fn without_leap(&self, step: f64) -> f64 {
        /// Less than a whole lag, which rounding may leave a little shorter; how much less was chosen.
        const BELOW: f64 = 0.9;
        let lag = self.memory.shortest_lag();
        let last = self
            .controller
            .and_then(|controller| controller.last_step());
        match last {
            Some(last) if step > lag && last < BELOW * lag => lag,
            _ => step,
        }
    }

    /// The derivative at the present time into the first stage, unless it is known.
    fn prepare<const N: usize>(&mut self, shortest: f64) -> Result<(), SolverError> {
        if let Some(passage) = self.passage.take() {
            self.pass(passage)?;
        }
        if self.memory.varies() {
            self.renew_stretches();
        }
        if !self.switches[0].is_empty() {
            self.pass_switches::<N>(shortest);
            self.start::<N>(shortest)?;
        } else if !self.slope_known {
            self.start::<N>(if self.at_break { shortest } else { 0.0 })?;
        }
        self.slope_known = true;
        Ok(())
    }

    /// The last moment of a step to `end` that does not see what changes there.
    fn last_moment(&self, end: f64, shortest: f64) -> f64 {
        let changes = !self.switches[0].is_empty() || end + shortest >= self.next_break;
        if changes && end - self.time > 2.0 * shortest {
            end - shortest
        } else {
            end
        }
    }

    /// What the trial step to `end` crosses first.
    fn first_of_all<const N: usize>(&mut self, end: f64, shortest: f64) -> Found {
        let switch = if self.switches[0].is_empty() {
            None
        } else {
            self.first_crossing::<N>(end, shortest)
        };
        let passage = if self.memory.varies() {
            self.first_passage(end)
        } else {
            Found::Nothing
        };
        match (switch, passage) {
            (Some(switch), Found::Crossing(passage)) if passage.after <= switch.after => {
                Found::Crossing(passage)
            }
            (Some(switch), _) => Found::Crossing(switch),
            (None, passage) => passage,
        }
    }

    /// One accepted step, for a dimension `N` known at compile time or zero.
    pub(super) fn step<const N: usize>(&mut self, limit: f64) -> Result<(), SolverError> {
        if limit.is_nan() || limit <= self.time {
            return Err(SolverError::InvalidArgument {
                name: "limit",
                value: limit,
                requirement: "it must lie after the time reached",
            });
        }
        let shortest = 2.0 * self.memory.rounding.max(f64::MIN_POSITIVE);
        tell_apart(self.memory.shortest_lag(), self.time, self.memory.rounding)?;
        let watches = !self.switches[0].is_empty() || self.memory.varies();
        self.prepare::<N>(shortest)?;
        let mut controller = match self.controller {
            Some(controller) => controller,
            None => {
                let order = self.options.general_method().error_order();
                Controller::new(self.initial_step::<N>(limit), order)
            }
        };
        if controller.step < shortest {
            return Err(SolverError::StepTooSmall {
                time: self.time,
                step: controller.step,
                component: self.fastest_component(),
            });
        }
        self.judge_roots(controller.step);
        let mut aim: Option<Crossing> = None;
        let mut aims = 0;
        loop {
            if self.statistics.steps + self.statistics.rejected >= self.options.maximum_steps {
                return Err(SolverError::TooManySteps {
                    time: self.time,
                    limit: self.options.maximum_steps,
                });
            }
            let (end, last) = match aim {
                Some(crossing) => (crossing.after, crossing.before),
                None => {
                    let end = self.choose_end(limit, controller.step);
                    (end, self.last_moment(end, shortest))
                }
            };
            let step = end - self.time;
            let mut attempt = self.attempt::<N>(end, last);
            if let Attempt::Done { error } = attempt {
                let mut arrival = None;
                if watches {
                    let slack = (LOCATION * self.options.relative_tolerance * step)
                        .max(4.0 * self.memory.rounding);
                    match self.first_of_all::<N>(end, shortest) {
                        Found::Ahead { lag, argument } => {
                            attempt = Attempt::Ahead { lag, argument };
                        }
                        // what a bad step shows just behind its start says nothing
                        Found::Crossing(crossing)
                            if error > 1.0 && crossing.after <= self.time + shortest => {}
                        Found::Crossing(crossing) => {
                            if let Some(passage) = crossing.passage
                                && crossing.after <= self.time + shortest
                            {
                                self.pass(passage)?;
                                self.prepare::<N>(shortest)?;
                                aim = None;
                                continue;
                            }
                            let there = aim.is_some() && crossing.after >= end - slack;
                            if !there && aims < MOST_AIMS {
                                aims += 1;
                                aim = Some(crossing);
                                continue;
                            }
                            arrival = Some(crossing).filter(|_| there);
                        }
                        Found::Nothing => {
                            arrival = aim.filter(|crossing| match crossing.passage {
                                Some(passage) => self.arrives(passage, end, slack),
                                None => false,
                            });
                        }
                    }
                }
                if error <= 1.0 && !matches!(attempt, Attempt::Ahead { .. }) {
                    self.look_for_stiffness(end, limit)?;
                    controller.accept(step, error, step < controller.step);
                    self.controller = Some(controller);
                    self.accept(end, arrival);
                    return Ok(());
                }
                if error > 1.0 {
                    controller.reject(step, error);
                } else {
                    controller.cut(step, 0.4);
                }
            } else {
                controller.cut(step, 0.4);
            }
            aim = None;
            self.statistics.rejected += 1;
            self.controller = Some(controller);
            if controller.step < shortest {
                return Err(self.explain(attempt, step, controller.step));
            }
        }
    }

    /// Why no step was short enough.
    fn explain(&self, attempt: Attempt, tried: f64, step: f64) -> SolverError {
        let time = self.time;
        match (attempt, self.memory.forgotten) {
            (Attempt::NotFinite, _) => self.what_is_not_finite(tried),
            (Attempt::Ahead { lag, argument }, _) => SolverError::AheadOfTime {
                lag,
                time,
                argument,
            },
            (Attempt::Forgotten, Some((lag, argument))) => SolverError::Forgotten {
                lag,
                time,
                argument,
            },
            _ => SolverError::StepTooSmall {
                time,
                step,
                component: self.worst_component(),
            },
        }
    }

    /// The next time that the field has declared after `time`, infinite if there is none.
    pub(super) fn break_after(&self, time: f64) -> f64 {
        let after = time + self.memory.rounding;
        self.field.next_break(after).unwrap_or(f64::INFINITY)
    }

    /// Takes note that the field may have changed at the present time.
    pub(super) fn renew_slope(&mut self) -> Result<(), SolverError> {
        // what starts anew does so by itself
        if !self.slope_known || self.at_switch || self.passage.is_some() {
            return Ok(());
        }
        let old = self.stages[..self.dimension].to_vec();
        let after = 2.0 * self.memory.rounding;
        let step = self.controller.map_or(0.0, |controller| controller.step);
        self.start::<0>(if self.switches[0].is_empty() {
            0.0
        } else {
            after
        })?;
        let mut slopes = old.iter().zip(&self.stages).zip(&self.state);
        let felt = slopes.any(|((old, new), state)| {
            step * (new - old).abs() > UNFELT * self.allowed(state.abs())
        });
        if felt {
            self.implicit = Default::default();
            self.note_break(1);
            self.statistics.breaking_points -= 1;
        } else {
            self.stages[..old.len()].copy_from_slice(&old);
        }
        Ok(())
    }

    /// Takes note of a switch at the present time: the slope jumps here.
    pub(super) fn note_switch(&mut self) {
        self.note_break(1);
        self.statistics.breaking_points -= 1;
        self.statistics.events += 1;
    }

    /// Moves to the end of a good step, whose interpolant stands in the open piece.
    fn accept(&mut self, end: f64, arrival: Option<Crossing>) {
        self.memory.record.commit();
        if let Some(dense) = &mut self.dense {
            let (span, rows) = self.memory.record.newest_rows();
            dense.push(span, rows);
        }
        let begin = std::mem::replace(&mut self.time, end);
        std::mem::swap(&mut self.state, &mut self.trial);
        let last = self.options.general_method().last_row() * self.dimension;
        self.stages.copy_within(last..last + self.dimension, 0);
        self.implicit.move_on();
        self.continues = true;
        self.statistics.steps += 1;
        self.memory.move_to(end);
        self.branches.forget(end - self.memory.longest_lag());
        self.passages = 0;
        self.passage = arrival.and_then(|crossing| crossing.passage);
        self.at_switch = arrival.is_some() && self.passage.is_none();
        let merge = 0.5 * self.memory.rounding;
        self.at_break = end + merge >= self.next_break;
        if self.at_break {
            self.next_break = self.break_after(end);
            self.slope_known = false;
            self.note_break(1);
        }
        if let Some(judged) = &mut self.judged {
            judged.note_step(end - begin);
            if let Some(order) = judged.pass(end, &self.memory.lags, merge) {
                self.statistics.breaking_points += 1;
                self.slope_known &= order > 1;
                self.continues = self.slope_known;
            }
        } else if self
            .breaking_points
            .next()
            .is_some_and(|point| point <= end + merge)
        {
            let order = self.breaking_points.pass(end, &self.memory.lags, merge);
            self.statistics.breaking_points += 1;
            // where the slope jumps, the last stage is not the first of the next step
            self.slope_known &= order.is_none_or(|order| order > 1);
            self.continues = self.slope_known;
            if let Some(order) = order.filter(|order| self.breaking_points.is_felt_again(*order)) {
                self.branches.note(end, order, self.memory.rounding);
            }
        }
    }
}
