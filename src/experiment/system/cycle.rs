//! The cycle that a run leads to.

use serde::{Deserialize, Serialize};

use super::late::Late;
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

/// Turns of one component that are tried as a period of all of them (chosen).
const MOST_TURNS: u32 = 12;

/// Distance by which the state may miss itself after a period, as a share of what each component ranges over (chosen:
/// the run need not be on the cycle, and a phase that is a tenth of a turn off is a miss of six tenths).
const RETURNED: f64 = 0.1;

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
    late: &Late<'_>,
    options: Options,
    settings: &CycleSettings,
) -> Result<CycleFound, SolverError> {
    let (system, span) = (&late.system, late.span());
    let failed = |words| CycleFound::failed(system.dimension(), words);
    let period = match settings.period_guess {
        Some(guess) => Some(*guess),
        None => period(late, options)?,
    };
    let Some(period) = period.filter(|period| *period <= span.1 - span.0) else {
        return Ok(failed(
            "no period shows over the later half of the run: give `period_guess`, or a later `t_end`"
                .into(),
        ));
    };
    let run = last_period(late, period, options)?;
    match closed(system, &run, period, settings) {
        Ok((orbit, multipliers)) => Ok(found(system, &orbit, multipliers)),
        Err(error) => Ok(failed(error.to_string())),
    }
}

/// The time after which the whole state repeats: that after which the maxima of some component do, or several of them.
fn period(late_run: &Late<'_>, options: Options) -> Result<Option<f64>, SolverError> {
    let ((begin, end), system) = (late_run.span(), &late_run.system);
    let field = system.field();
    let mut engine = DelaySolver::new(&field, late_run.history(begin), begin, options)?;
    let errors = engine.tolerances();
    let turns = (0..system.dimension()).map(|component| Turns::beyond(component, errors));
    let mut turns: Vec<Turns> = turns.collect();
    while engine.time() < end {
        let piece = engine.advance(end)?;
        turns.iter_mut().for_each(|turns| turns.watch(piece));
    }
    let late = 0.5 * (begin + end);
    let periods = turns.iter().filter_map(|turns| turns.period(late, ALIKE));
    let mut candidates: Vec<f64> = periods
        .flat_map(|period| (1..=MOST_TURNS).map(move |turns| f64::from(turns) * period.value))
        .filter(|period| *period <= end - begin)
        .collect();
    candidates.sort_by(f64::total_cmp);
    candidates.dedup_by(|a, b| *a - *b <= ALIKE * *b);
    returning(late_run, options, &candidates)
}

/// The shortest of some times after which the whole state has come back by the end of the run, else the one after
/// which it has come back best; none of none.
fn returning(
    late: &Late<'_>,
    options: Options,
    candidates: &[f64],
) -> Result<Option<f64>, SolverError> {
    let Some(longest) = candidates.last() else {
        return Ok(None);
    };
    let end = late.span().1;
    let samples = (0..STATES).map(|k| end - longest * (1.0 - k as f64 / STATES as f64));
    let mut times: Vec<f64> = candidates.iter().map(|period| end - period).collect();
    times.extend(samples);
    times.sort_by(f64::total_cmp);
    times.push(end);
    let run = states(late, options, times)?;
    let run = &run;
    let column = |j: usize| (0..run.times.len()).map(move |row| run.state(row)[j]);
    let ranges: Vec<f64> = (0..run.dimension)
        .map(|j| {
            let high = column(j).fold(f64::NEG_INFINITY, f64::max);
            high - column(j).fold(f64::INFINITY, f64::min)
        })
        .collect();
    let largest = ranges.iter().copied().fold(0.0, f64::max);
    let last = run.last();
    let far = |period: &f64| {
        let row = run.times.partition_point(|time| *time < end - period);
        let pairs = run.state(row).iter().zip(last).zip(&ranges);
        // a component that hardly moves is measured by those that do
        let shares = pairs.map(|((a, b), range)| (a - b).abs() / (range + ALIKE * largest));
        shares.fold(0.0, f64::max)
    };
    let first = candidates.iter().find(|period| far(period) <= RETURNED);
    let best = candidates.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
    Ok(first.or(best).copied())
}

/// States over the last period of a run.
fn last_period(late: &Late<'_>, period: f64, options: Options) -> Result<Trajectory, SolverError> {
    let end = late.span().1;
    let time = |k: usize| end - period * (1.0 - k as f64 / STATES as f64);
    states(late, options, (0..STATES).map(time).chain([end]).collect())
}

/// States of a run at some times, the last of which is its end.
fn states(late: &Late<'_>, options: Options, times: Vec<f64>) -> Result<Trajectory, SolverError> {
    let (begin, end) = late.span();
    let field = late.system.field();
    let mut engine = DelaySolver::new(&field, late.history(begin), begin, options)?;
    solve(&mut engine, end, &Save::At(times), &[])
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

impl CycleFound {
    /// None of a system with so many components, and why.
    pub(super) fn failed(dimension: usize, why: String) -> Self {
        Self {
            period: None,
            stable: None,
            multipliers: Vec::new(),
            shift_error: None,
            defect: None,
            intervals: 0,
            failure: Some(why),
            t: saved_times(Vec::new()),
            x: saved_states(dimension, Vec::new()),
        }
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
