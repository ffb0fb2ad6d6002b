//! A single component: its stages go side by side, a stage a lane.

use super::collocation::{POINTS, STAGES};
use super::elimination::collocate;
use super::field::{Affine, Input, PanelField};
use super::history::Panel;
use super::solve::{Coefficients, Found, Part, judge};
use super::task::{Outcome, Task};
use crate::numerics::lanes::{Kernel, Register};

/// Solves the panel of a field of one component.
pub(super) struct Alone<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) inputs: [Input; LAGS],
    pub(super) marks: &'t [f64],
    pub(super) new_marks: &'t mut [f64],
    pub(super) panel: &'t mut Panel,
    pub(super) outcome: &'t mut Outcome<LAGS>,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Alone<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let task = self.task;
        let start = task.before.states[STAGES - 1];
        let coefficients = self.coefficients::<R>(token);
        let states = match task.propagator {
            Some(propagator) => propagator.along::<R>(token, &coefficients[0], start),
            None => collocate(task.integral, &coefficients, start),
        };
        let solved = judge(task.method, &coefficients, states);
        let mut found = Found::<f64>::new(());
        self.panel.states[..STAGES].copy_from_slice(&solved.states);
        let part = Part {
            width: 1,
            marks: self.marks,
            new_marks: self.new_marks,
            stands: &mut self.panel.stands,
        };
        part.finish((), task, (0, start), &solved, &mut found);
        found.conclude(task, self.outcome);
        self.outcome.passages.clear();
        if found.near > 0 {
            let mut points = [start; POINTS];
            points[1..].copy_from_slice(&solved.states);
            self.outcome
                .passages
                .meet(task, &points, [solved.begin, solved.end]);
        }
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Alone<'_, '_, F, LAGS, PARAMETERS>
{
    /// Constants and rates at all stages.
    #[inline(always)]
    fn coefficients<R: Register>(&self, token: R::Token) -> Coefficients<f64> {
        let task = self.task;
        let mut parameters = [R::splat(token, 0.0); PARAMETERS];
        for k in 0..PARAMETERS {
            parameters[k] = R::splat(token, task.parameters[k]);
        }
        let mut coefficients = [[0.0; STAGES]; 2];
        for at in (0..STAGES).step_by(R::WIDTH) {
            let mut gates = [R::splat(token, 0.0); LAGS];
            for lag in 0..LAGS {
                let first = task.same[lag];
                gates[lag] = if first == lag {
                    let past = task.past[lag];
                    let states = task.sources[lag].along(token, task.panels, past, at);
                    task.field.gate(parameters, states)
                } else {
                    gates[first]
                };
            }
            let mut inputs = [R::splat(token, 0.0); LAGS];
            for lag in 0..LAGS {
                inputs[lag] = match self.inputs[lag] {
                    Input::None => inputs[lag],
                    Input::Sum => gates[lag],
                    Input::Gathered => gates[lag].map(|gate| {
                        let mut gates = [gate];
                        task.field.gather(lag, &mut gates);
                        gates[0]
                    }),
                };
            }
            let time = R::load(token, &task.times[at..]);
            let Affine { constant, rate } = task.field.affine(parameters, time, gates, inputs);
            constant.store(&mut coefficients[0][at..][..R::WIDTH]);
            rate.store(&mut coefficients[1][at..][..R::WIDTH]);
        }
        coefficients
    }
}
