//! A panel tried: what it reads of the past, and its solution on all tiles.

use rayon::prelude::*;

use super::LANES;
use super::clock::TICKS;
use super::collocation::{Collocation, STAGES};
use super::field::{Chart, Input, PanelField};
use super::history::{Panel, Panels, TILE};
use super::kernel::{JUMP, Listen, Outcome, Solve, Source, Task, WIDEST};
use super::layer::Search;
use super::solver::{PanelSolver, to_chart};
use crate::solver::SolverError;

/// Tiles from which all threads take part.
const MANY: usize = 4;
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
        let mut sources = [[Source::Stage(before, 0); STAGES]; LAGS];
        for lag in 0..LAGS {
            if same[lag] != lag {
                continue;
            }
            let (from, rest) = (begin - lags[lag].ticks, lags[lag].rest);
            let mut number = cursors[lag];
            for stage in 0..STAGES {
                let on = method.nodes[stage] * length - rest;
                sources[lag][stage] = if from as f64 + on <= 0.0 {
                    Source::Stage(&past[lag], stage)
                } else {
                    source(panels, &mut number, from, on, (length, stage))
                };
            }
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
            times,
            sources,
            same: *same,
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
            if inputs[lag] == Input::None {
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

/// Where the state `on` ticks after `from` is found, for stage `stage` of a panel of given length.
fn source<'p>(
    panels: &'p Panels,
    number: &mut usize,
    from: i64,
    on: f64,
    (length, stage): (f64, usize),
) -> Source<'p> {
    let passed = |number: usize| on > (panels.panel(number).end - from) as f64;
    while *number < panels.newest() && passed(*number) {
        *number += 1;
    }
    let panel = panels.panel(*number);
    let own = (panel.end - panel.begin) as f64;
    let place = ((from - panel.begin) as f64 + on) / own;
    if place == 1.0 {
        return Source::Stage(panel, STAGES - 1);
    }
    let method = Collocation::get();
    if own == length && place == method.nodes[stage] {
        return Source::Stage(panel, stage);
    }
    let before = panels.panel(*number - 1);
    Source::Between(before, panel, method.weights(place))
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
