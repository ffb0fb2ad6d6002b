//! The solver room against known answers.

use std::f64::consts::{FRAC_PI_2, PI};

use super::known_answers::{KnownAnswer, all, linear, mackey_glass, network, relay, steps};
use pulsatrix::solver::{
    DelaySolver, Engine, Event, History, Options, OrdinaryMethod, Save, SolverError, Termination,
    WithoutLags, closure_field, ordinary_field, solve, solve_ordinary,
};

fn within_ten_tolerances(problem: &KnownAnswer, tolerance: f64) {
    let error = problem.error(Options::with_tolerance(tolerance));
    let name = problem.name;
    assert!(
        error <= 10.0 * tolerance,
        "{name}: error {error:e} at tolerance {tolerance:e}"
    );
}

#[test]
fn known_answers_are_met_within_ten_tolerances() {
    for tolerance in [1e-4, 1e-6, 1e-8, 1e-9, 1e-10] {
        for problem in all() {
            within_ten_tolerances(&problem, tolerance);
        }
    }
}

/// With a largest Lyapunov exponent of 0.005, T = 1000 multiplies early errors by some hundred; the
/// share of the tolerance that a step may use makes up for it.
#[test]
fn chaotic_answer_is_met_within_ten_tolerances() {
    for tolerance in [1e-6, 1e-9] {
        within_ten_tolerances(&mackey_glass(), tolerance);
    }
}

#[test]
fn network_answers_converge() {
    for (neurons, answer) in [(10, -4.072_336_980_231_466), (100, -5.808_277_589_954_906)] {
        let (field, history, answer) = network(neurons, answer);
        let options = Options::with_tolerance(1e-10);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let end = solve(&mut solver, 200.0, &Save::Last, &[]).unwrap();
        assert!((end.last()[0] - answer).abs() < 1e-9, "{neurons} neurons");
    }
}

/// Largest error of problem 3 over all mesh times up to 20 with steps of length `step`.
fn error_of_fixed_steps(step: f64) -> f64 {
    let options = Options {
        absolute_tolerance: 1e6,
        initial_step: Some(step),
        maximum_step: Some(step),
        ..Options::default()
    };
    let problem = linear();
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    let trajectory = solve(&mut solver, 20.0, &Save::EveryStep, &[]).unwrap();
    assert_eq!(trajectory.statistics.rejected, 0);
    let pairs = trajectory.times.iter().zip(&trajectory.states);
    pairs
        .map(|(t, y)| (y - steps(*t, 1.0)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn global_order_on_a_delay_equation_is_five() {
    let errors = [1.0, 2.0, 4.0, 8.0, 16.0].map(|m| error_of_fixed_steps(1.0 / m));
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!(
            (4.9..=5.4).contains(&order),
            "order {order}, errors {errors:?}"
        );
    }
}

#[test]
fn interpolant_follows_the_solution_between_steps() {
    let problem = linear();
    let options = Options::with_tolerance(1e-9);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    let times: Vec<f64> = (0..=997).map(|i| f64::from(i) * 0.01).collect();
    let trajectory = solve(&mut solver, 10.0, &Save::At(times), &[]).unwrap();
    for (time, value) in trajectory.times.iter().zip(&trajectory.states) {
        assert!((value - steps(*time, 1.0)).abs() < 1e-8, "t = {time}");
    }
}

#[test]
fn pieces_join_and_have_the_right_slope() {
    let problem = linear();
    let options = Options::with_tolerance(1e-10);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    let mut reached = 0.0;
    while solver.time() < 8.0 {
        let piece = solver.advance(8.0).unwrap();
        let (begin, end) = piece.span();
        assert_eq!(begin, reached);
        for part in [0.0, 0.3, 0.9] {
            let time = begin + part * (end - begin);
            let slope = if time < 1.0 {
                -1.0
            } else {
                -steps(time - 1.0, 1.0)
            };
            assert!((piece.slope(0, time) - slope).abs() < 1e-6, "t = {time}");
        }
        reached = end;
    }
    assert_eq!(solver.time(), 8.0);
}

#[test]
fn steps_end_on_combinations_of_lags() {
    let field = closure_field(1, &[1.0, 0.3], |_, _, delayed, dy| {
        dy[0] = -delayed.state(0)[0] * delayed.state(1)[0];
    });
    let history = History::constant(&[1.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    let trajectory = solve(&mut solver, 3.0, &Save::EveryStep, &[]).unwrap();
    for time in [0.3, 0.6, 0.9, 1.2, 1.0, 1.3, 1.6, 1.9, 2.0, 2.3, 2.6, 3.0] {
        let hit = trajectory.times.iter().any(|t| (t - time).abs() < 1e-13);
        assert!(hit, "no step ends at {time}: {:?}", trajectory.times);
    }
    assert!(trajectory.statistics.rejected < trajectory.statistics.steps);
}

#[test]
fn history_with_a_jump_of_its_own() {
    // y' = y(t - 1), y = 0 before -1/2 and 1 after: y = 1 up to t = 1/2, then 1/2 + t
    let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = delayed.state(0)[0]);
    let history = History::function(1, |t, y| y[0] = f64::from(t >= -0.5));
    let history = history.with_breaking_points(&[-0.5]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9)).unwrap();
    let save = Save::At(vec![0.25, 0.5, 0.75, 1.0]);
    let trajectory = solve(&mut solver, 1.0, &save, &[]).unwrap();
    for (value, exact) in trajectory.states.iter().zip([1.0, 1.0, 1.25, 1.5]) {
        assert!((value - exact).abs() < 1e-12, "{value} for {exact}");
    }
    assert_eq!(trajectory.statistics.rejected, 0);
}

#[test]
fn memory_does_not_grow_with_the_time_span() {
    let problem = mackey_glass();
    let options = Options::with_tolerance(1e-6);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    let mut most = 0;
    let mut bytes = 0;
    for (span, end) in [1e3, 1e5].into_iter().enumerate() {
        while solver.time() < end {
            solver.advance(end).unwrap();
            if span == 0 {
                most = most.max(solver.history_len());
                bytes = solver.history_bytes();
            }
        }
    }
    assert!(
        solver.history_len() <= most,
        "{} pieces, {most} before",
        solver.history_len()
    );
    assert_eq!(solver.history_bytes(), bytes);
    assert!(most < 64);
}

#[test]
fn steps_grow_longer_than_the_lag() {
    // y' = -2 y(t - r) + y + cos t - sin t + 2 sin(t - r), y = sin t, with a lag of a thousandth
    let lag = 1e-3;
    let field = closure_field(1, &[lag], move |t: f64, y, delayed, dy| {
        let forcing = t.cos() - t.sin() + 2.0 * (t - lag).sin();
        dy[0] = -2.0 * delayed.state(0)[0] + y[0] + forcing;
    });
    for tolerance in [1e-4, 1e-6, 1e-9] {
        let history = History::function(1, |t, y| y[0] = t.sin());
        let options = Options::with_tolerance(tolerance);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let trajectory = solve(&mut solver, 10.0, &Save::Last, &[]).unwrap();
        let error = (trajectory.last()[0] - 10_f64.sin()).abs();
        assert!(
            error <= 10.0 * tolerance,
            "error {error:e} at {tolerance:e}"
        );
        assert!(
            trajectory.statistics.steps < 1000,
            "{:?}",
            trajectory.statistics
        );
    }
}

#[test]
fn relay_cycle_has_the_known_period_and_every_switch_is_seen() {
    let a = 2.0;
    let problem = relay();
    let options = Options::with_tolerance(1e-6);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    let rises = Event::new(|_, x| x[0]).rising();
    let trajectory = solve(&mut solver, problem.end, &Save::Last, &[rises]).unwrap();
    assert_eq!(trajectory.events.len(), 31);
    for pair in trajectory.events.windows(2) {
        let period = pair[1].time - pair[0].time;
        assert!(
            (period - (2.0 + a + 1.0 / a)).abs() < 1e-12,
            "period {period}"
        );
    }
    // two switches a period
    assert_eq!(solver.statistics().events, 60);
    assert_eq!(solver.statistics().rejected, 0);
}

#[test]
fn undeclared_switches_cost_steps_but_not_the_answer() {
    let field = closure_field(1, &[1.0], |_, _, delayed, dy| {
        dy[0] = if delayed.state(0)[0] <= 0.0 {
            1.0
        } else {
            -2.0
        };
    });
    let options = Options::with_tolerance(1e-6);
    let mut solver = DelaySolver::new(&field, History::constant(&[-0.9]), 0.0, options).unwrap();
    let trajectory = solve(&mut solver, 1.9 + 4.5, &Save::Last, &[]).unwrap();
    assert!(
        (trajectory.last()[0] - 1.0).abs() < 1e-5,
        "{:?}",
        trajectory.last()
    );
}

#[test]
fn events_are_counted_ordered_and_end_the_run() {
    let field = closure_field(1, &[FRAC_PI_2], |_, _, delayed, dy| {
        dy[0] = -delayed.state(0)[0];
    });
    let engine = || {
        let history = History::function(1, |t, y| y[0] = t.sin());
        DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-10)).unwrap()
    };
    let events = [
        Event::new(|_, y| y[0] - 0.5),
        Event::maximum(0),
        Event::new(|t, _| t - 3.0),
    ];
    let trajectory = solve(&mut engine(), 4.0 * PI, &Save::Last, &events).unwrap();
    let found: Vec<usize> = trajectory.events.iter().map(|e| e.event).collect();
    assert_eq!(found, [0, 1, 0, 2, 0, 1, 0]);
    let sixth = PI / 6.0;
    let exact = [1.0, 3.0, 5.0, 18.0 / PI, 13.0, 15.0, 17.0].map(|k| k * sixth);
    for (event, exact) in trajectory.events.iter().zip(exact) {
        assert!((event.time - exact).abs() < 1e-7, "{event:?}");
        assert!((event.state[0] - exact.sin()).abs() < 1e-8);
    }
    let stop = [Event::new(|_, y| y[0]).falling().stop_after(2)];
    let trajectory = solve(&mut engine(), 100.0, &Save::EveryStep, &stop).unwrap();
    assert_eq!(trajectory.termination, Termination::Event(0));
    assert!((trajectory.times.last().unwrap() - 3.0 * PI).abs() < 1e-8);
    assert!(trajectory.last()[0].abs() < 1e-8);
}

#[test]
fn nan_is_an_error_with_time_and_component() {
    let field = closure_field(2, &[1.0], |t, _, _, dy| {
        dy[0] = 1.0;
        dy[1] = if t > 3.5 { f64::NAN } else { 1.0 };
    });
    let history = History::constant(&[0.0, 0.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    match solve(&mut solver, 10.0, &Save::Last, &[]) {
        Err(SolverError::NotFinite {
            quantity: "derivative",
            component: 1,
            value,
            time,
        }) => {
            assert!(value.is_nan());
            assert!((time - 3.5).abs() < 1e-9, "time {time}");
        }
        other => panic!("{other:?}"),
    }
    // the engine stands where it was last sound
    assert!(solver.time() <= 3.5 && (solver.state()[1] - solver.time()).abs() < 1e-12);
    let history = History::constant(&[0.0, f64::INFINITY]);
    let error = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::NotFinite {
            quantity: "history",
            component: 1,
            ..
        }
    ));
}

#[test]
fn nan_in_a_history_is_found_when_it_is_reached() {
    let field = closure_field(1, &[2.0], |_, _, delayed, dy| dy[0] = delayed.state(0)[0]);
    let history = History::function(1, |t, y| {
        y[0] = if t > -1.0 && t < 0.0 { f64::NAN } else { 1.0 }
    });
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    let error = solve(&mut solver, 3.0, &Save::Last, &[]).unwrap_err();
    let SolverError::NotFinite {
        time, component: 0, ..
    } = error
    else {
        panic!("{error}")
    };
    assert!((time - 1.0).abs() < 1e-9);
}

#[test]
fn blow_up_and_exhaustion_are_errors() {
    // y' = y^2 from 1 is infinite at t = 1
    let field = closure_field(1, &[5.0], |_, y, _, dy| dy[0] = y[0] * y[0]);
    let engine =
        |options| DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options).unwrap();
    let error = solve(&mut engine(Options::default()), 2.0, &Save::Last, &[]).unwrap_err();
    match error {
        SolverError::StepTooSmall {
            time, component: 0, ..
        }
        | SolverError::NotFinite {
            time, component: 0, ..
        } => assert!((time - 1.0).abs() < 1e-6),
        other => panic!("{other}"),
    }
    let options = Options {
        maximum_steps: 5,
        ..Options::default()
    };
    let error = solve(&mut engine(options), 0.9, &Save::Last, &[]).unwrap_err();
    assert!(
        matches!(error, SolverError::TooManySteps { limit: 5, .. }),
        "{error}"
    );
}

#[test]
fn arguments_are_refused_with_their_name() {
    let field = closure_field(1, &[-1.0], |_, _, _, dy| dy[0] = 0.0);
    let history = || History::constant(&[1.0]);
    let error = DelaySolver::new(&field, history(), 0.0, Options::default()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument { name: "lag", .. }
    ));
    let field = closure_field(2, &[1.0], |_, _, _, dy| dy.fill(0.0));
    let error = DelaySolver::new(&field, history(), 0.0, Options::default()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::WrongLength {
            found: 1,
            expected: 2,
            ..
        }
    ));
    let options = Options::with_tolerance(f64::NAN);
    let error = DelaySolver::new(&field, history(), 0.0, options).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument {
            name: "relative_tolerance",
            ..
        }
    ));
    let history = History::constant(&[1.0, 1.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    let error = solve(&mut solver, 1.0, &Save::At(vec![0.5, 2.0]), &[]).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument {
            name: "save time",
            value: 2.0,
            ..
        }
    ));
    let error = solver.advance(0.0).map(|_| ()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument { name: "limit", .. }
    ));
}

#[test]
fn caller_may_cut_time_into_any_slices() {
    let problem = linear();
    let options = Options::with_tolerance(1e-8);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    for i in 1..=70 {
        let limit = f64::from(i) / 7.0;
        while solver.time() < limit {
            solver.advance(limit).unwrap();
        }
        assert_eq!(solver.time(), limit);
    }
    assert!((solver.state()[0] - problem.answer[0]).abs() < 1e-7);
}

#[test]
fn ordinary_equations_have_their_closed_forms() {
    // a turning pendulum of two components and a logistic growth
    let field = ordinary_field(3, |_, y, dy| {
        dy[0] = y[1];
        dy[1] = -y[0];
        dy[2] = y[2] * (1.0 - y[2]);
    });
    let exact = |t: f64| [t.sin(), t.cos(), 1.0 / (1.0 + 9.0 * (-t).exp())];
    let times: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.5).collect();
    let save = Save::At(times);
    for tolerance in [1e-4, 1e-6, 1e-9, 1e-11] {
        let options = Options::with_tolerance(tolerance);
        let start = [0.0, 1.0, 0.1];
        let mut runs = Vec::new();
        for method in [OrdinaryMethod::Dopri5, OrdinaryMethod::Dop853] {
            let run = solve_ordinary(&field, &start, (0.0, 10.0), method, &options, &save);
            runs.push(run.unwrap());
        }
        let field = WithoutLags(field);
        let history = History::constant(&start);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        runs.push(solve(&mut solver, 10.0, &save, &[]).unwrap());
        for run in runs {
            assert_eq!(run.times.len(), 21);
            for (i, time) in run.times.iter().enumerate() {
                for (value, exact) in run.state(i).iter().zip(exact(*time)) {
                    assert!((value - exact).abs() <= 10.0 * tolerance, "t = {time}");
                }
            }
        }
    }
}

#[test]
fn ordinary_failures_have_a_name() {
    let options = Options::default();
    for method in [OrdinaryMethod::Dopri5, OrdinaryMethod::Dop853] {
        let nan = ordinary_field(2, |t: f64, _, dy| {
            dy[0] = 1.0;
            dy[1] = (2.0 - t).sqrt();
        });
        let error = solve_ordinary(&nan, &[0.0, 0.0], (0.0, 3.0), method, &options, &Save::Last);
        match error.unwrap_err() {
            SolverError::NotFinite {
                component: 1, time, ..
            } => assert!((time - 2.0).abs() < 1e-2),
            other => panic!("{other}"),
        }
        let stiff = ordinary_field(1, |t: f64, y, dy| dy[0] = -1e4 * (y[0] - t.cos()));
        let few = Options {
            maximum_steps: 100,
            ..options
        };
        let error = solve_ordinary(&stiff, &[0.0], (0.0, 3.0), method, &few, &Save::Last);
        assert!(matches!(
            error.unwrap_err(),
            SolverError::TooManySteps { limit: 100, .. }
        ));
        let end =
            solve_ordinary(&stiff, &[0.0], (0.0, 3.0), method, &options, &Save::Last).unwrap();
        assert!((end.last()[0] - 3_f64.cos()).abs() < 1e-4);
    }
}

#[test]
fn trajectories_survive_json() {
    let problem = linear();
    let trajectory = problem.run(Options::default()).unwrap();
    let text = serde_json::to_string(&trajectory).unwrap();
    assert_eq!(
        serde_json::from_str::<pulsatrix::solver::Trajectory>(&text).unwrap(),
        trajectory
    );
    let text = serde_json::to_string(&Options::default()).unwrap();
    assert_eq!(
        serde_json::from_str::<Options>(&text).unwrap(),
        Options::default()
    );
}
