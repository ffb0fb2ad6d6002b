//! A panel tried: what it reads of the past, and its solution on all tiles.

use rayon::prelude::*;

use super::LANES;
use super::clock::TICKS;
use super::collocation::{Collocation, STAGES};
use super::field::{Chart, Input, PanelField};
use super::history::{Panel, Panels, TILE};
use super::kernel::{JUMP, Listen, Outcome, Own, Solve, Sources, Task, WIDEST};
use super::layer::Search;
use super::solver::{PanelSolver, to_chart};
use crate::solver::SolverError;

/// Tiles from which all threads take part.
const MANY: usize = 16;
/// Numbers of a panel on one tile.
const ROWS: usize = STAGES * TILE;

/// States, gates, marks, new marks and outcome of one tile.
type Share<'t, const LAGS: usize> = (
    (((&'t mut [f64], &'t [f64]), &'t [f64]), &'t mut [f64]),
    &'t mut Outcome<LAGS>,
);

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    PanelSolver<'_, F, LAGS, PARAMETERS>
{
    /// Solves the panel up to `end`.
    pub(super) fn attempt(&mut self, end: i64) -> Result<Panel, SolverError> {
        let begin = self.now;
        self.read_past(end)?;
        let mut panel = self.course.panels.spare();
        (panel.begin, panel.end) = (begin, end);
        let method = Collocation::get();
        let sharp = self.sharp((end - begin) as f64);
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
            search,
            parameters,
            gates,
            gathered,
            marks,
            new_marks,
            outcomes,
            propagators,
            ..
        } = self;
        let (field, arch, panels) = (*field, *arch, &course.panels);
        let propagator = propagators
            .as_mut()
            .map(|propagators| propagators.get(field, end - begin, step));
        let relative = options.relative_tolerance;
        let before = panels.panel(panels.newest());
        let length = (end - begin) as f64;
        for lag in (0..LAGS).filter(|lag| same[*lag] == *lag) {
            let (from, rest) = (begin - lags[lag].ticks, lags[lag].rest);
            find(
                &mut sources[lag],
                panels,
                cursors[lag],
                (from, rest),
                end - begin,
            );
        }
        let mut times = method.nodes;
        for time in &mut times {
            *time = start + *time * step;
        }
        let mut task = Task {
            field,
            parameters,
            method,
            step,
            integral: method.integral.map(|row| row.map(|weight| step * weight)),
            times,
            sources,
            panels,
            past,
            same: *same,
            summed: std::array::from_fn(|lag| {
                (lag..LAGS).any(|other| same[other] == lag && inputs[other] == Input::Sum)
            }),
            before,
            sums: [[[0.0; WIDEST]; STAGES]; LAGS],
            systems: field.systems(),
            gathered: &[],
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
            jump: if jumps { 0.0 } else { JUMP },
            decay: 1.0 - 0.5 * length / TICKS as f64,
            band: search.as_ref().map_or(0.0, Search::band),
            sharp,
        };
        let many = outcomes.len() >= MANY;
        let work = |(tile, (gates, outcome)): (usize, (&mut [f64], &mut Outcome<LAGS>))| {
            let task = &task;
            Listen {
                task,
                tile,
                gates,
                outcome,
            }
            .call(arch);
        };
        if many {
            let tiles = gates.par_chunks_mut(LAGS * ROWS);
            let tiles = tiles.zip(outcomes.par_iter_mut()).enumerate();
            tiles.for_each(work);
        } else {
            let tiles = gates.chunks_mut(LAGS * ROWS);
            tiles.zip(outcomes.iter_mut()).enumerate().for_each(work);
        }
        for lag in 0..LAGS {
            if inputs[lag] != Input::Sum {
                continue;
            }
            for stage in 0..STAGES {
                let mut sum = [0.0; LANES];
                for outcome in outcomes.iter() {
                    let part = &outcome.sums[same[lag]][stage];
                    for lane in 0..LANES {
                        sum[lane] += part[lane];
                    }
                }
                if field.systems() == 1 {
                    sum = [sum.iter().sum(); LANES];
                }
                task.sums[lag][stage][..LANES].copy_from_slice(&sum);
                task.sums[lag][stage][LANES..].copy_from_slice(&sum);
            }
        }
        if !gathered.is_empty() {
            gather(field, (inputs, same), &task.sums, gates, gathered);
            task.gathered = gathered;
        }
        let work =
            |(tile, ((((states, gates), marks), new_marks), outcome)): (usize, Share<'_, LAGS>)| {
                let task = &task;
                Solve {
                    task,
                    tile,
                    gates,
                    marks,
                    new_marks,
                    states,
                    outcome,
                }
                .call(arch);
            };
        if many {
            let tiles = panel.states.par_chunks_mut(ROWS);
            let tiles = tiles.zip(gates.par_chunks(LAGS * ROWS));
            let tiles = tiles.zip(marks.par_chunks(2 * TILE));
            let tiles = tiles.zip(new_marks.par_chunks_mut(2 * TILE));
            let tiles = tiles.zip(outcomes.par_iter_mut());
            tiles.enumerate().for_each(work);
        } else {
            let tiles = panel.states.chunks_mut(ROWS);
            let tiles = tiles.zip(gates.chunks(LAGS * ROWS));
            let tiles = tiles.zip(marks.chunks(2 * TILE));
            let tiles = tiles.zip(new_marks.chunks_mut(2 * TILE));
            let tiles = tiles.zip(outcomes.iter_mut());
            tiles.enumerate().for_each(work);
        }
        self.statistics.evaluations += STAGES as u64;
        Ok(panel)
    }

    /// Asks the history for what the panel up to `end` reads of it.
    fn read_past(&mut self, end: i64) -> Result<(), SolverError> {
        let dimension = self.field.dimension();
        for lag in 0..LAGS {
            let from = self.now - self.lags[lag].ticks;
            if from >= 0 || self.same[lag] != lag {
                continue;
            }
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
                let rows = self.past[lag].states.chunks_mut(STAGES * TILE);
                for (rows, values) in rows.zip(state.chunks(TILE)) {
                    rows[stage * values.len()..][..values.len()].copy_from_slice(values);
                }
            }
        }
        Ok(())
    }
}

/// Finds the states that a lag reaches from the stages of a panel of `length` ticks: the panel begins
/// `rest` ticks after tick `from` of the past, which the panels from `number` on hold.
fn find(
    sources: &mut Sources,
    panels: &Panels,
    mut number: usize,
    (from, rest): (i64, f64),
    length: i64,
) {
    sources.points.clear();
    if from >= 0 && rest == 0.0 {
        let panel = panels.panel(number);
        if (panel.begin, panel.end - from) == (from, length) {
            sources.own = Own::All(number);
            return;
        }
    }
    let method = Collocation::get();
    let on = method.nodes.map(|node| node * length as f64 - rest);
    let mut first = on.iter().filter(|on| from as f64 + **on <= 0.0).count();
    sources.own = match first {
        0 => Own::None,
        _ => Own::First(first),
    };
    while first < STAGES {
        let end = |number: usize| (panels.panel(number).end - from) as f64;
        while number < panels.newest() && on[first] > end(number) {
            number += 1;
        }
        let last = match on.iter().position(|on| *on > end(number)) {
            Some(last) if number < panels.newest() => last,
            _ => STAGES,
        };
        let places = on.map(|on| panels.panel(number).place(from, on));
        let mut weights = method.weights_at(places);
        for row in &mut weights {
            row[..first].fill(0.0);
            row[last..].fill(0.0);
        }
        sources.points.push((number, weights));
        first = last;
    }
}

/// Inputs of all components at all stages, in the layout of the gates.
fn gather<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
    field: &F,
    (inputs, same): (&[Input; LAGS], &[usize; LAGS]),
    sums: &[[[f64; WIDEST]; STAGES]; LAGS],
    gates: &[f64],
    gathered: &mut [f64],
) {
    let mut row = vec![0.0; field.dimension()];
    for lag in 0..LAGS {
        for stage in 0..STAGES {
            match inputs[lag] {
                Input::None => row.fill(0.0),
                Input::Sum => row.fill(sums[lag][stage][0]),
                Input::Gathered => {
                    let tiles = gates.chunks(LAGS * STAGES * TILE);
                    for (row, tile) in row.chunks_mut(TILE).zip(tiles) {
                        let at = (same[lag] * STAGES + stage) * row.len();
                        row.copy_from_slice(&tile[at..at + row.len()]);
                    }
                    field.gather(lag, &mut row);
                }
            }
            let tiles = gathered.chunks_mut(LAGS * STAGES * TILE);
            for (row, tile) in row.chunks(TILE).zip(tiles) {
                let at = (lag * STAGES + stage) * row.len();
                tile[at..at + row.len()].copy_from_slice(row);
            }
        }
    }
}
