//! The general engine where lags vary and slopes come back.

use super::known_answers::{KnownAnswer, neutral, varying};
use pulsatrix::solver::{
    DelaySolver, Engine, History, Options, Save, SolverError, closure_field, solve,
};

fn all_within_ten_tolerances(problems: &[KnownAnswer]) {
    let mut misses = Vec::new();
    for problem in problems {
        for tolerance in [1e-4, 1e-6, 1e-8, 1e-9, 1e-10] {
            let options = Options::with_tolerance(tolerance);
            match problem.run(options) {
                Ok(run) => {
                    let error = problem.error(options);
                    let line = format!(
                        "{}: error {:.2} tolerances at {tolerance:e}, {:?}",
                        problem.name,
                        error / tolerance,
                        run.statistics
                    );
                    println!("{line}");
                    if error.is_nan() || error > 10.0 * tolerance {
                        misses.push(line);
                    }
                }
                Err(error) => misses.push(format!("{} at {tolerance:e}: {error}", problem.name)),
            }
        }
    }
    assert!(misses.is_empty(), "{misses:#?}");
}

#[test]
fn varying_lags_meet_their_closed_forms() {
    all_within_ten_tolerances(&varying::all());
}

#[test]
fn neutral_equations_meet_their_closed_forms() {
    all_within_ten_tolerances(&neutral::all());
}

/// `y' = 5 - y(t - 2 - y^2)`, history 9/2 before -1 and -1/2 after: the delayed time passes -1 at
/// `t = 1`, turns, and is held there from both sides at `t = 125/121`. A. Bellen, M. Zennaro,
/// "Numerical Methods for Delay Differential Equations", Oxford 2003, section 2.2.
#[test]
fn a_solution_that_ends_is_reported_with_its_time() {
    let field = closure_field(1, &[], |_, _, delayed, dy| {
        dy[0] = 5.0 - delayed.state(0)[0];
    })
    .with_delayed_times(1, |t, y, times| times[0] = t - 2.0 - y[0] * y[0]);
    for tolerance in [1e-6, 1e-9] {
        let history = History::function(1, |t, y| y[0] = if t < -1.0 { 4.5 } else { -0.5 })
            .with_breaking_points(&[-1.0]);
        let options = Options::with_tolerance(tolerance);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        match solve(&mut solver, 3.0, &Save::Last, &[]).unwrap_err() {
            SolverError::SolutionEnds {
                lag: 0,
                time,
                breaking_point,
            } => {
                let error = (time - 125.0 / 121.0).abs();
                assert!(error <= 10.0 * tolerance, "t = {time}, {error:e}");
                assert_eq!(breaking_point, -1.0);
            }
            other => panic!("{other}"),
        }
        assert!((solver.state()[0] - 2.0 / 11.0).abs() <= 10.0 * tolerance);
    }
}

#[test]
fn a_delayed_time_after_the_present_is_refused() {
    let field = closure_field(1, &[], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0])
        .with_delayed_times(1, |t, _, times| times[0] = t * t);
    let history = History::constant(&[1.0]);
    let options = Options::with_tolerance(1e-9);
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    match solve(&mut solver, 3.0, &Save::Last, &[]).unwrap_err() {
        SolverError::AheadOfTime { lag: 0, time, .. } => {
            assert!((time - 1.0).abs() < 1e-6, "t = {time}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_bound_on_varying_lags_bounds_the_memory_and_is_held_to() {
    let field = |bound| {
        closure_field(1, &[], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0])
            .with_delayed_times(1, |t: f64, _, times| times[0] = t - 1.0 - 0.5 * t.sin())
            .with_longest_varying_lag(bound)
    };
    let options = Options::with_tolerance(1e-6);
    let bounded = field(1.5);
    let mut solver = DelaySolver::new(&bounded, History::constant(&[1.0]), 0.0, options).unwrap();
    let (mut bytes, mut reached) = (0, 0.0);
    for end in [100.0, 10_000.0] {
        while solver.time() < end {
            solver.advance(end).unwrap();
        }
        if reached > 0.0 {
            assert_eq!(solver.history_bytes(), bytes);
        }
        (bytes, reached) = (solver.history_bytes(), end);
    }
    let wrong = field(0.4);
    let mut solver = DelaySolver::new(&wrong, History::constant(&[1.0]), 0.0, options).unwrap();
    let error = solve(&mut solver, 10.0, &Save::Last, &[]).unwrap_err();
    assert!(
        matches!(error, SolverError::Forgotten { lag: 0, .. }),
        "{error}"
    );
}

#[test]
fn steps_of_a_neutral_equation_end_on_every_corner() {
    let problem = neutral::triangle(50.5);
    let mut solver = DelaySolver::new(
        &*problem.field,
        (problem.history)(),
        0.0,
        Options::with_tolerance(1e-9),
    )
    .unwrap();
    let trajectory = solve(&mut solver, 50.5, &Save::EveryStep, &[]).unwrap();
    for corner in 1..=50 {
        let hit = |t: &f64| (t - f64::from(corner)).abs() < 1e-12;
        assert!(trajectory.times.iter().any(hit), "no step ends at {corner}");
    }
}

#[test]
fn a_neutral_equation_asks_for_the_slope_of_its_history() {
    let field =
        closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -delayed.slope(0)[0]).neutral();
    let history = History::function(1, |t, y| y[0] = t);
    let error = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap_err();
    assert_eq!(error, SolverError::MissingSlope);
}

#[test]
fn tolerances_below_rounding_are_refused() {
    let field = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0);
    let options = Options::with_tolerance(1e-17);
    let error = DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument {
            name: "relative_tolerance",
            ..
        }
    ));
}
