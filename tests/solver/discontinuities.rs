//! First steps, switches in time, lags that jump, and what the resolution of time allows.

use std::sync::atomic::{AtomicBool, Ordering};

use pulsatrix::solver::{
    DelayField, DelaySolver, Delayed, Engine, History, Method, Options, Save, SolverError,
    Trajectory, closure_field, solve,
};

const METHODS: [Method; 3] = [Method::Tsit5, Method::Dop853, Method::Radau5];

fn run(
    field: &dyn DelayField,
    start: f64,
    (begin, end): (f64, f64),
    options: Options,
) -> Result<Trajectory, SolverError> {
    let mut solver = DelaySolver::new(field, History::constant(&[start]), begin, options)?;
    solve(&mut solver, end, &Save::Last, &[])
}

fn options(method: Method, tolerance: f64) -> Options {
    Options {
        method: Some(method),
        ..Options::with_tolerance(tolerance)
    }
}

#[test]
fn a_tiny_state_far_from_the_origin_of_time_starts() {
    let field = closure_field(1, &[], |_, _, _, dy| dy[0] = 1.0);
    for method in METHODS {
        for (begin, start) in [(1000.0, 1e-12), (1.0, 1e-14), (1e6, 1e-13), (-50.0, -1e-15)] {
            for tolerance in [1e-6, 1e-10] {
                let options = options(method, tolerance);
                let end = run(&field, start, (begin, begin + 1.0), options).unwrap();
                let error = end.last()[0] - start - 1.0;
                assert!(
                    error.abs() < 1e-9 * begin.abs().max(1.0).sqrt(),
                    "{error:e}"
                );
                assert!(end.statistics.steps < 60, "{:?}", end.statistics);
            }
        }
        // an end that the resolution of time hides
        let end = run(
            &field,
            1.0,
            (1.0, 1.0 + f64::EPSILON),
            options(method, 1e-6),
        )
        .unwrap();
        assert!((end.last()[0] - 1.0).abs() < 1e-15);
    }
}

/// Of time alone, at the end of the run or where the lag brings a break as well.
#[test]
fn a_switch_in_time_is_exact_wherever_it_lies() {
    for method in METHODS {
        for tolerance in [1e-6, 1e-10] {
            for strict in [true, false] {
                let early = move |t: f64, edge: f64| if strict { t < edge } else { t <= edge };
                let flat = closure_field(1, &[], move |t, _, _, dy| {
                    dy[0] = if early(t, 9.0) { 1.0 } else { -1.0 };
                });
                let switched = flat.with_switches(1, |t, _, _, values| values[0] = t - 9.0);
                for (end, exact) in [(9.0, 9.0), (9.5, 8.5)] {
                    let run = run(&switched, 0.0, (0.0, end), options(method, tolerance)).unwrap();
                    assert!((run.last()[0] - exact).abs() < 1e-13, "{method:?}: {run:?}");
                    assert!(run.statistics.steps < 25, "{:?}", run.statistics);
                    assert!(run.statistics.rejected < 3, "{:?}", run.statistics);
                }
                let delayed = closure_field(1, &[1.0], move |t, _, late, dy| {
                    dy[0] = if early(t, 1.0) { -1.0 } else { 1.0 } * late.state(0)[0];
                })
                .with_switches(1, |t, _, _, values| values[0] = t - 1.0);
                let run = run(&delayed, 1.0, (0.0, 2.0), options(method, tolerance)).unwrap();
                assert!((run.last()[0] - 0.5).abs() < 1e-13, "{:?}", run.last());
                assert!(run.statistics.steps < 25, "{:?}", run.statistics);
                assert!(run.statistics.rejected < 3, "{:?}", run.statistics);
            }
        }
    }
}

/// The same without a switch: the times are declared.
#[test]
fn declared_times_are_landed_on() {
    for method in METHODS {
        for strict in [true, false] {
            let early = move |t: f64, edge: f64| if strict { t < edge } else { t <= edge };
            let ramp = closure_field(1, &[], move |t, _, _, dy| {
                dy[0] = if early(t, 9.0) { 1.0 } else { -1.0 };
            })
            .with_breaks(&[9.0]);
            for (end, exact) in [(9.0, 9.0), (9.5, 8.5)] {
                let run = run(&ramp, 0.0, (0.0, end), options(method, 1e-8)).unwrap();
                assert!((run.last()[0] - exact).abs() < 1e-13);
                assert_eq!(run.statistics.rejected, 0);
            }
            // on for the first tenth of every period: the mean rate over 1000 periods is 0.1
            let train = closure_field(1, &[], move |t: f64, _, _, dy| {
                let place = t / 0.7 - (t / 0.7).round();
                dy[0] = f64::from(place.abs() < 0.05);
            })
            .with_periodic_breaks(0.035, 0.07);
            let run = run(&train, 0.0, (0.0, 700.0), options(method, 1e-6)).unwrap();
            assert!((run.last()[0] - 70.0).abs() < 1e-9, "{:?}", run.last());
        }
    }
}

/// `y' = -y(t - tau)`, tau = 0.5 for t < 3, then 4; y = 1 for t <= 0.
#[test]
fn a_lag_that_jumps_over_breaking_points() {
    let (at_three, at_four) = (-263.0 / 46080.0, -263.0 / 46080.0 - 1.0);
    for method in METHODS {
        for (strict, switched) in [(true, false), (false, false), (true, true), (false, true)] {
            for tolerance in [1e-6, 1e-9] {
                let plain = closure_field(1, &[], |_, _, late, dy| dy[0] = -late.state(0)[0])
                    .with_delayed_times(1, move |t, _, times| {
                        let early = if strict { t < 3.0 } else { t <= 3.0 };
                        times[0] = t - if early { 0.5 } else { 4.0 };
                    });
                let field = if switched {
                    plain.with_switches(1, |t, _, _, values| values[0] = t - 3.0)
                } else {
                    plain
                };
                let options = options(method, tolerance);
                let history = History::constant(&[1.0]);
                let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
                let save = Save::At(vec![3.0, 4.0]);
                let run = solve(&mut solver, 4.0, &save, &[]).unwrap();
                let error = (run.states[0] - at_three).abs();
                assert!(error < 10.0 * tolerance, "{method:?} {strict}: {error:e}");
                let error = (run.states[1] - at_four).abs();
                assert!(error < 10.0 * tolerance, "{method:?} {strict}: {error:e}");
                assert!(run.statistics.rejected < 30, "{:?}", run.statistics);
            }
        }
    }
}

#[test]
fn a_lag_below_the_resolution_of_time_is_refused_by_name() {
    let field = closure_field(1, &[1e-6], |_, _, late, dy| dy[0] = -late.state(0)[0]);
    let start = |begin| {
        DelaySolver::new(&field, History::constant(&[1.0]), begin, Options::default()).map(|_| ())
    };
    let error = start(1.7e9).unwrap_err();
    let SolverError::LagBelowResolution {
        lag, resolution, ..
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(lag, 1e-6);
    assert!(resolution > 1e-6 && resolution < 2e-5);
    assert!(error.to_string().contains("resolution of time"), "{error}");
    start(1.7e3).unwrap();
    // on the way, too: the resolution at 1e7 is 7e-8
    let field = closure_field(1, &[1e-7], |_, _, late, dy| dy[0] = 0.0 * late.state(0)[0]);
    let error = run(&field, 1.0, (0.0, 1e9), Options::default()).unwrap_err();
    let SolverError::LagBelowResolution { time, .. } = error else {
        panic!("{error}")
    };
    assert!(time > 1e6 && time < 1e8, "{time}");
}

#[test]
fn a_saved_run_does_not_go_on_from_another_history() {
    let field = closure_field(1, &[1.0], |_, _, late, dy| dy[0] = -late.state(0)[0]);
    let begin = |history| DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    let mut solver = begin(History::constant(&[1.0]));
    solver.advance(0.3).unwrap();
    let saved = solver.save();
    assert!(DelaySolver::resume(&field, History::constant(&[1.0]), &saved).is_ok());
    let others = [
        History::constant(&[2.0]),
        History::constant(&[1.0]).starting_at(&[2.0]),
        History::function(1, |t, y| y[0] = t.cos()),
        History::constant(&[1.0]).with_breaking_points(&[-0.5]),
    ];
    for other in others {
        let error = DelaySolver::resume(&field, other, &saved).unwrap_err();
        assert_eq!(error, SolverError::AnotherRun { what: "history" });
    }
}

/// A parameter behind a cell: `y' = -y(t - 1)` before 2.5, `y' = 0` after it.
#[test]
fn a_parameter_may_change_between_two_calls() {
    for method in METHODS {
        let on = AtomicBool::new(true);
        let field = closure_field(1, &[], |_, _, _, dy| {
            dy[0] = if on.load(Ordering::Relaxed) {
                1.0
            } else {
                -2.0
            };
        });
        let history = History::constant(&[0.0]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options(method, 1e-9)).unwrap();
        solve(&mut solver, 2.5, &Save::Last, &[]).unwrap();
        on.store(false, Ordering::Relaxed);
        let run = solve(&mut solver, 4.0, &Save::Last, &[]).unwrap();
        assert!((run.last()[0] + 0.5).abs() < 1e-13, "{method:?}: {run:?}");
        assert!(run.statistics.rejected < 2, "{:?}", run.statistics);
    }
}

#[test]
#[should_panic(expected = "declares 2 lags")]
fn a_delayed_state_that_is_not_there_is_named() {
    let _ = Delayed::new(&[1.0, 2.0], 1).state(2);
}

#[test]
#[should_panic(expected = "neutral")]
fn a_slope_of_what_is_not_neutral_is_named() {
    let _ = Delayed::new(&[1.0, 2.0], 1).slope(0);
}
