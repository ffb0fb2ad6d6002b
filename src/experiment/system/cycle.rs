//! The cycle that a run leads to.

use serde::{Deserialize, Serialize};

use super::settings::CycleSettings;
use crate::analysis::Turns;
use crate::experiment::Array;
use crate::language::System;
use crate::solver::{
    CollocationError, CollocationOptions, DelaySolver, Engine, Options, PeriodicOrbit, Save,
    SolverError, Trajectory, periodic_orbit, solve,
};

/// Heights and durations of maxima closer than this count as equal: the run need not be on the cycle, only near it
/// (chosen; Newton's method does the rest).
const ALIKE: f64 = 1e-2;

/// States of a period that Newton's method starts from (chosen: a straight line between two of them is off by less
/// than the run is from the cycle).
const STATES: usize = 1000;

/// Times at which the cycle is saved.
const SAVED: usize = 401;

/// How far multipliers may lie from the unit circle and count as on it: that of the shift along the cycle comes out as
/// 1 to about this (chosen).
const NEUTRAL: f64 = 1e-6;

/// A cycle.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CycleFound {
    /// Its period.
    pub period: Option<f64>,
    /// Whether it attracts: all multipliers but that of the shift lie within the unit circle.
    pub stable: Option<bool>,
    /// Floquet multipliers as pairs of real and imaginary part, the largest first, down to 0.001; one of them is that
    /// of the shift along the cycle, 1.
    pub multipliers: Vec<(f64, f64)>,
    /// Distance of that one from 1.
    pub shift_error: Option<f64>,
    /// Largest defect of the equation, times the length of its interval of the mesh.
    pub defect: Option<f64>,
    /// Intervals of the mesh.
    pub intervals: usize,
    /// Why there is none.
    pub failure: Option<String>,
    /// Times of one period.
    pub t: Array,
    /// The state then.
    pub x: Array,
}

/// Closes the cycle near the end of a run.
pub(super) fn cycle(
    system: &System,
    span: (f64, f64),
    options: Options,
    settings: &CycleSettings,
) -> Result<CycleFound, SolverError> {
    let failed = |words: String| CycleFound {
        period: None,
        stable: None,
        multipliers: Vec::new(),
        shift_error: None,
        defect: None,
        intervals: 0,
        failure: Some(words),
        t: saved_times(Vec::new()),
        x: saved_states(system.dimension(), Vec::new()),
    };
    let period = match settings.period_guess {
        Some(guess) => Some(*guess),
        None => period(system, span, options)?,
    };
    let Some(period) = period.filter(|period| *period <= span.1 - span.0) else {
        return Ok(failed(
            "no period shows over the later half of the run: give `period_guess`, or a later `t_end`"
                .into(),
        ));
    };
    let run = last_period(system, span, period, options)?;
    match closed(system, &run, period, settings) {
        Ok((orbit, multipliers)) => Ok(found(system, &orbit, multipliers)),
        Err(error) => Ok(failed(error.to_string())),
    }
}

/// The time after which the maxima repeat, of the first component that has such a time.
fn period(
    system: &System,
    (begin, end): (f64, f64),
    options: Options,
) -> Result<Option<f64>, SolverError> {
    let field = system.field();
    let mut engine = DelaySolver::new(&field, system.history(begin), begin, options)?;
    let errors = engine.tolerances();
    let turns = (0..system.dimension()).map(|component| Turns::beyond(component, errors));
    let mut turns: Vec<Turns> = turns.collect();
    while engine.time() < end {
        let piece = engine.advance(end)?;
        turns.iter_mut().for_each(|turns| turns.watch(piece));
    }
    let late = 0.5 * (begin + end);
    let mut periods = turns.iter().filter_map(|turns| turns.period(late, ALIKE));
    Ok(periods.next().map(|period| period.value))
}

/// States over the last period of a run.
fn last_period(
    system: &System,
    (begin, end): (f64, f64),
    period: f64,
    options: Options,
) -> Result<Trajectory, SolverError> {
    let field = system.field();
    let mut engine = DelaySolver::new(&field, system.history(begin), begin, options)?;
    let time = |k: usize| end - period * (1.0 - k as f64 / STATES as f64);
    let times = (0..STATES).map(time).chain([end]);
    solve(&mut engine, end, &Save::At(times.collect()), &[])
}

fn closed(
    system: &System,
    run: &Trajectory,
    period: f64,
    settings: &CycleSettings,
) -> Result<(PeriodicOrbit, Vec<(f64, f64)>), CollocationError> {
    // where the phase is fixed a component passes fast: its change from state to state, by its range
    let n = run.dimension;
    let column = |j: usize| (0..STATES).map(move |row| run.state(row)[j]);
    let range = |j: usize| {
        let high = column(j).fold(f64::NEG_INFINITY, f64::max);
        high - column(j).fold(f64::INFINITY, f64::min)
    };
    let section = (0..n).max_by(|a, b| range(*a).total_cmp(&range(*b)));
    let section = section.unwrap_or(0);
    let step = |row: &usize| (run.state(row + 1)[section] - run.state(*row)[section]).abs();
    let first = (0..STATES).max_by(|a, b| step(a).total_cmp(&step(b)));
    let first = first.unwrap_or(0);
    let guess = |time: f64, state: &mut [f64]| {
        let place = first as f64 + (time / period).rem_euclid(1.0) * STATES as f64;
        let row = place.floor() as usize;
        let (share, row) = (place - row as f64, row % STATES);
        let pairs = run.state(row).iter().zip(run.state(row + 1));
        for (state, (from, to)) in state.iter_mut().zip(pairs) {
            *state = from + share * (to - from);
        }
    };
    let intervals = *settings.intervals;
    let mesh: Vec<f64> = (0..=intervals)
        .map(|k| k as f64 / intervals as f64)
        .collect();
    let options = CollocationOptions {
        tolerance: *settings.tolerance,
        ..CollocationOptions::default()
    };
    let field = system.field();
    let orbit = periodic_orbit(&field, &guess, period, &mesh, section, options)?;
    let multipliers = orbit.multipliers(&field)?;
    Ok((orbit, multipliers))
}

fn found(system: &System, orbit: &PeriodicOrbit, multipliers: Vec<(f64, f64)>) -> CycleFound {
    let far = |(re, im): &(f64, f64)| (re - 1.0).hypot(*im);
    let shift = (0..multipliers.len())
        .min_by(|a, b| far(&multipliers[*a]).total_cmp(&far(&multipliers[*b])));
    let others = multipliers.iter().enumerate();
    let mut others = others.filter(|(place, _)| Some(*place) != shift);
    let stable = others.all(|(_, (re, im))| re.hypot(*im) < 1.0 - NEUTRAL);
    let time = |k: usize| orbit.period * k as f64 / (SAVED - 1) as f64;
    let times: Vec<f64> = (0..SAVED).map(time).collect();
    let mut state = vec![0.0; system.dimension()];
    let mut states = Vec::new();
    for time in &times {
        orbit.state(*time, &mut state);
        states.extend_from_slice(&state);
    }
    CycleFound {
        period: Some(orbit.period),
        stable: Some(stable),
        shift_error: shift.map(|place| far(&multipliers[place])),
        multipliers,
        defect: Some(orbit.defect),
        intervals: orbit.intervals(),
        failure: None,
        t: saved_times(times),
        x: saved_states(system.dimension(), states),
    }
}

fn saved_times(times: Vec<f64>) -> Array {
    Array::list("cycle_t", times).along(["time of the period"], "time in the system's unit")
}

fn saved_states(dimension: usize, states: Vec<f64>) -> Array {
    Array::rows("cycle_x", dimension, states).along(
        ["time of the period, at cycle_t", "component"],
        "in the system's units",
    )
}
