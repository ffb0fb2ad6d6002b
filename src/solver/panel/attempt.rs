//! A panel tried: what it reads of the past, and its solution on all tiles.

use super::LANES;
use super::alone::Alone;
use super::clock::TICKS;
use super::collocation::{Collocation, STAGES};
use super::effort::{Effort, MANY};
use super::field::{Chart, Input, PanelField};
use super::foresight::SHARP;
use super::history::Panel;
use super::solve::JUMP;
use super::solver::{PanelSolver, to_chart};
use super::sources::Finding;
use super::standing;
use super::task::Task;
use crate::numerics::lanes::dispatch;
use crate::solver::SolverError;

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'_, F, LAGS, PARAMETERS>
{
    /// Solves the panel up to `end`.
    pub(super) fn attempt(&mut self, end: i64) -> Result<Panel, SolverError> {
        let begin = self.now;
        self.read_past(end)?;
        let panels = &mut self.course.panels;
        let mut panel = panels.spare(panels.precision().of_panel(end - begin));
        (panel.begin, panel.end) = (begin, end);
        let method = Collocation::get();
        let jumps = self.jumps;
        let step = self.course.clock.duration(end - begin);
        let start = self.course.clock.time(begin);
        let Self {
            field,
            options,
            arch,
            lags,
            same,
            inputs,
            course,
            past,
            cursors,
            sources,
            level,
            band,
            parameters,
            gates,
            gathered,
            marks,
            new_marks,
            outcomes,
            sums,
            bound,
            history,
            words,
            shared,
            average,
            integral,
            propagators,
            ..
        } = self;
        if propagators.is_none() {
            for (row, unit) in integral.iter_mut().zip(&method.integral) {
                for (weight, unit) in row.iter_mut().zip(unit) {
                    *weight = step * unit;
                }
            }
        }
        let (field, arch, panels) = (*field, *arch, &course.panels);
        let propagator = propagators.as_mut().map(|propagators| {
            propagators.get((field, course.panels.layout(), arch), end - begin, step)
        });
        let relative = options.relative_tolerance;
        let before = panels.panel(panels.newest());
        let length = end - begin;
        for lag in (0..LAGS).filter(|lag| same[*lag] == *lag) {
            let from = (begin - lags[lag].ticks, lags[lag].rest);
            let finding = Finding {
                sources: &mut sources[lag],
                panels,
                number: cursors[lag],
                from,
                length,
            };
            dispatch(arch, LANES, finding);
        }
        let mut times = method.nodes;
        for time in &mut times {
            *time = start + *time * step;
        }
        let task = Task {
            field,
            parameters,
            method,
            step,
            integral,
            times,
            sources,
            panels,
            // the initial state stands for a constant past
            past: match history.as_constant() {
                Some(_) => [panels.oldest(); LAGS],
                None => past.each_ref(),
            },
            same: *same,
            slots: standing::slots(same),
            summed: std::array::from_fn(|lag| {
                (lag..LAGS).any(|other| same[other] == lag && inputs[other] == Input::Sum)
            }),
            sums: inputs.map(|input| input == Input::Sum),
            before,
            systems: field.systems(),
            propagator,
            // an error in the logarithm is a relative one of the state
            absolute: match field.chart() {
                Chart::State => options.absolute_tolerance,
                Chart::Logarithm => options.absolute_tolerance + relative,
            },
            relative: match field.chart() {
                Chart::State => relative,
                Chart::Logarithm => 0.0,
            },
            level: *level,
            jump: if jumps { 0.0 } else { JUMP },
            decay: 1.0 - 0.5 * length as f64 / TICKS as f64,
            band: *band,
            bound: *bound,
            sharp: SHARP * *level,
        };
        if field.dimension() == 1 {
            let alone: Alone<'_, '_, F, LAGS, PARAMETERS> = Alone {
                task: &task,
                inputs: *inputs,
                marks,
                new_marks,
                panel: &mut panel,
                outcome: &mut outcomes[0],
            };
            dispatch(arch, LANES, alone);
        } else {
            let effort = Effort {
                task: &task,
                inputs: *inputs,
                gates,
                words,
                sums,
                gathered,
                shared,
                average,
                marks,
                new_marks,
                panel: &mut panel,
                outcomes,
            };
            if effort.outcomes.len() >= MANY {
                effort.in_parallel(arch);
            } else {
                dispatch(arch, LANES, effort);
            }
        }
        self.statistics.evaluations += STAGES as u64;
        Ok(panel)
    }

    /// Asks the history for what the panel up to `end` reads of it.
    fn read_past(&mut self, end: i64) -> Result<(), SolverError> {
        let dimension = self.field.dimension();
        if self.history.as_constant().is_some() {
            return Ok(());
        }
        for lag in 0..LAGS {
            let from = self.now - self.lags[lag].ticks;
            if from >= 0 || self.same[lag] != lag {
                continue;
            }
            let layout = self.course.panels.layout();
            let states = &mut self.past[lag].states;
            let mut state = vec![0.0; dimension];
            for (stage, node) in Collocation::get().nodes.iter().enumerate() {
                let on = node * (end - self.now) as f64 - self.lags[lag].rest;
                if from as f64 + on > 0.0 {
                    break;
                }
                let clock = &self.course.clock;
                let time = (clock.time(from) + clock.duration(1) * on).min(clock.time(0));
                // the last stage may lie on a break, before which it belongs
                let rounding =
                    4.0 * f64::EPSILON * time.abs().max(self.course.clock.duration(TICKS));
                self.history
                    .evaluate_beside(time, time - 2.0 * rounding, rounding, &mut state);
                if let Some(component) = state.iter().position(|value| !value.is_finite()) {
                    return Err(SolverError::NotFinite {
                        quantity: "history",
                        component,
                        value: state[component],
                        time,
                    });
                }
                to_chart(self.field.chart(), &mut state, time)?;
                layout.fill_row(states, (STAGES, stage), &state);
            }
        }
        Ok(())
    }
}
