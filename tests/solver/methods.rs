//! The methods of the general engine, each on every known answer.

use super::known_answers::{KnownAnswer, all, mackey_glass, network, neutral, stiff, varying};
use pulsatrix::solver::{
    DelaySolver, Engine, History, Method, Options, Save, SolverError, closure_field, solve,
};

fn problems() -> Vec<KnownAnswer> {
    let mut problems = all();
    problems.extend(varying::all());
    problems.extend(neutral::all());
    problems.push(mackey_glass());
    problems
}

fn within_ten_tolerances(method: Method, tolerances: &[f64]) {
    for problem in problems() {
        for tolerance in tolerances {
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(*tolerance)
            };
            let error = problem.error(options) / tolerance;
            let name = problem.name;
            assert!(
                error <= 10.0,
                "{name}: {error} tolerances at {tolerance:e} by {method:?}"
            );
        }
    }
}

#[test]
fn order_eight_meets_every_known_answer() {
    within_ten_tolerances(Method::Dop853, &[1e-6, 1e-9]);
}

#[test]
fn the_stiff_method_meets_every_known_answer() {
    within_ten_tolerances(Method::Radau5, &[1e-6, 1e-9]);
}

/// Largest error of `y' = 3 cos 3t - (y - sin 3t) + y(t - 1) - sin 3(t - 1)`, `y = sin 3t`, over
/// the mesh times of steps of length `step`.
fn error_of_fixed_steps(method: Method, step: f64) -> f64 {
    let wave = |t: f64| (3.0 * t).sin();
    let field = closure_field(1, &[1.0], move |t: f64, y, delayed, dy| {
        let late = delayed.state(0)[0] - wave(t - 1.0);
        dy[0] = 3.0 * (3.0 * t).cos() - (y[0] - wave(t)) + late;
    });
    let options = Options {
        method: Some(method),
        absolute_tolerance: 10.0,
        initial_step: Some(step),
        maximum_step: Some(step),
        ..Options::default()
    };
    let history = History::function(1, move |t, y| y[0] = wave(t));
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    let trajectory = solve(&mut solver, 20.0, &Save::EveryStep, &[]).unwrap();
    let pairs = trajectory.times.iter().zip(&trajectory.states);
    pairs.map(|(t, y)| (y - wave(*t)).abs()).fold(0.0, f64::max)
}

#[test]
fn orders_on_a_delay_equation_are_those_of_the_methods() {
    for (method, order, steps) in [
        (Method::Tsit5, 5.0, &[8.0, 16.0, 32.0][..]),
        (Method::Dop853, 8.0, &[4.0, 8.0]),
        (Method::Radau5, 5.0, &[4.0, 8.0, 16.0]),
    ] {
        let errors = steps.iter().map(|m| error_of_fixed_steps(method, 1.0 / m));
        let errors: Vec<f64> = errors.collect();
        for pair in errors.windows(2) {
            let found = (pair[0] / pair[1]).log2();
            assert!(
                found > order - 0.4 && found < order + 1.2,
                "{method:?}: order {found}, errors {errors:?}"
            );
        }
    }
}

/// Networks of impulse neurons, whose first component at `t = 200` is known.
#[test]
fn networks_meet_their_answers_by_every_method() {
    for (method, neurons, answer) in [
        (Method::Tsit5, 10, -4.072_336_980_231_466),
        (Method::Dop853, 10, -4.072_336_980_231_466),
        (Method::Radau5, 10, -4.072_336_980_231_466),
        (Method::Tsit5, 100, -5.808_277_589_954_906),
        (Method::Dop853, 100, -5.808_277_589_954_906),
    ] {
        for tolerance in [1e-6, 1e-9] {
            let (field, history, answer) = network(neurons, answer);
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(tolerance)
            };
            let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
            let run = solve(&mut solver, 200.0, &Save::Last, &[]).unwrap();
            let error = (run.last()[0] - answer).abs() / tolerance;
            println!(
                "{method:?} {neurons}: {error} tolerances, {:?}",
                run.statistics
            );
            assert!(
                error <= 10.0,
                "{method:?}, {neurons} neurons: {error} tolerances"
            );
        }
    }
}

/// The published end of the delayed Robertson problem, of which a run at tolerance 1e-6 must keep
/// the relative error of each component within ten tolerances. At `t = 1e11` the first component is
/// `1 / (4.8e-4 t)`, so these are the values there.
#[test]
fn the_delayed_robertson_problem_is_followed_over_thirteen_decades() {
    let problem = stiff::robertson(1e11, [2.08334018e-8, 8.33336e-14, 0.9999999792]);
    let options = Options {
        method: Some(Method::Radau5),
        absolute_tolerance: 1e-20,
        ..Options::with_tolerance(1e-6)
    };
    let run = problem.run(options).unwrap();
    for (value, answer) in run.last().iter().zip(&problem.answer) {
        assert!((value / answer - 1.0).abs() < 1e-5, "{value} for {answer}");
    }
    assert!((run.last().iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(run.statistics.steps < 1000, "{:?}", run.statistics);
    let mut solver = DelaySolver::new(&*problem.field, (problem.history)(), 0.0, options).unwrap();
    while solver.time() < 1e10 {
        solver.advance(1e10).unwrap();
        assert!(solver.history_len() < 200);
    }
    assert!(solver.history_len() < 8);
    // the quasi-stationary balance that the two fast reactions keep, corrected by the slow one
    let [slow, fast, product] = [0, 1, 2].map(|j| solver.state()[j]);
    let balance = 1e4 * fast * product + 3e7 * fast * fast;
    assert!((balance / (0.04 * slow) - 1.0).abs() < 1e-5, "{balance}");
    assert!((slow * 4.8e-4 * 1e10 - 1.0).abs() < 1e-5, "{slow}");
}

/// `y' = cos t - l (y - sin t) + y(t - 1) - sin(t - 1)`, `y = sin t`, after a transient.
#[test]
fn a_stiff_equation_takes_the_steps_of_its_smooth_solution() {
    for stiffness in [1e3, 1e6, 1e9] {
        let field = closure_field(1, &[1.0], move |t: f64, y, delayed, dy| {
            let late = delayed.state(0)[0] - (t - 1.0).sin();
            dy[0] = t.cos() - stiffness * (y[0] - t.sin()) + late;
        });
        let history = History::function(1, |t, y| y[0] = t.sin()).starting_at(&[0.5]);
        let options = Options {
            method: Some(Method::Radau5),
            ..Options::with_tolerance(1e-6)
        };
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let times: Vec<f64> = (1..=40).map(|i| f64::from(i) * 0.25).collect();
        let run = solve(&mut solver, 10.0, &Save::At(times), &[]).unwrap();
        for (t, y) in run.times.iter().zip(&run.states) {
            assert!((y - t.sin()).abs() < 1e-5, "{stiffness:e}: t = {t}, {y}");
        }
        assert!(run.statistics.steps < 600, "{:?}", run.statistics);
    }
}

/// `y' = -l y(t - r)` with `l r` small and steps far longer than the lag: stiff in the delayed state
/// alone, which Newton's matrix has to know.
#[test]
fn stiffness_in_the_delayed_state_is_seen() {
    let (stiffness, lag) = (1e6, 1e-7);
    let field = closure_field(1, &[lag], move |t: f64, _, delayed, dy| {
        dy[0] = t.cos() - stiffness * (delayed.state(0)[0] - (t - lag).sin());
    });
    let history = History::function(1, |t, y| y[0] = t.sin());
    let options = Options {
        method: Some(Method::Radau5),
        ..Options::with_tolerance(1e-6)
    };
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    let run = solve(&mut solver, 10.0, &Save::Last, &[]).unwrap();
    assert!((run.last()[0] - 10_f64.sin()).abs() < 1e-5);
    assert!(run.statistics.steps < 400, "{:?}", run.statistics);
}

/// The first growth of a population with `r = 700` makes its second phase stiff beyond any patience.
#[test]
fn a_hopeless_run_is_refused_early_with_a_remedy() {
    let population = |r: f64| {
        closure_field(1, &[1.0], move |_, y, delayed, dy| {
            dy[0] = r * y[0] * (1.0 - delayed.state(0)[0]);
        })
    };
    let field = population(700.0);
    for method in [Method::Tsit5, Method::Dop853] {
        let options = Options {
            method: Some(method),
            maximum_steps: 10_000_000,
            ..Options::with_tolerance(1e-6)
        };
        let history = History::constant(&[0.5]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let error = solve(&mut solver, 200.0, &Save::Last, &[]).unwrap_err();
        assert!(matches!(error, SolverError::Stiff { .. }), "{error}");
        let statistics = solver.statistics();
        assert!(
            statistics.steps + statistics.rejected < 1_000_000,
            "{statistics:?}"
        );
    }
}

/// A stiff run that does come to its end within the steps allowed is let through.
#[test]
fn a_stiff_run_that_ends_is_not_refused() {
    let field = closure_field(1, &[1.0], |t: f64, y, _, dy| {
        dy[0] = -1e5 * (y[0] - t.cos());
    });
    let options = Options {
        maximum_steps: 200_000,
        ..Options::with_tolerance(1e-6)
    };
    let mut solver = DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options).unwrap();
    let run = solve(&mut solver, 3.0, &Save::Last, &[]).unwrap();
    assert!((run.last()[0] - 3_f64.cos()).abs() < 1e-4);
}

#[test]
fn a_step_below_the_spacing_of_time_is_refused_at_once() {
    let field = closure_field(2, &[1.0], |_, y, _, dy| {
        dy[0] = -y[0];
        dy[1] = 1e190 * (1.0 - y[1]);
    });
    let history = History::constant(&[1.0, 0.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::default()).unwrap();
    let error = solve(&mut solver, 1.0, &Save::Last, &[]).unwrap_err();
    assert!(
        matches!(
            error,
            SolverError::StepTooSmall {
                component: 1,
                time: 0.0,
                ..
            }
        ),
        "{error}"
    );
    assert!(solver.statistics().steps < 100, "{:?}", solver.statistics());
}
