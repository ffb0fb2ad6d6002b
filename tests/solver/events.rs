//! Jumps at events, and runs that are interrupted and taken up again.

use super::known_answers::{all, linear, mackey_glass, neutral, steps, stiff, varying};
use pulsatrix::solver::{
    DelayField, DelaySolver, Engine, Event, History, Method, Options, Save, SavedRun, SolverError,
    Termination, closure_field, solve,
};

const METHODS: [Method; 3] = [Method::Tsit5, Method::Dop853, Method::Radau5];

/// `y' = -y(t - 1)`, the lag constant or declared as a delayed time.
fn decay(constant: bool) -> Box<dyn DelayField> {
    let lags: &[f64] = if constant { &[1.0] } else { &[] };
    let field = closure_field(1, lags, |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
    if constant {
        Box::new(field)
    } else {
        Box::new(
            field
                .with_delayed_times(1, |t, _, times| times[0] = t - 1.0)
                .with_longest_varying_lag(1.0),
        )
    }
}

/// By linearity every jump adds the fundamental solution of its own.
#[test]
fn jumps_come_back_through_the_lag() {
    let jumps = [0.25, 2.25, 4.25, 6.25, 8.25];
    let exact = |t: f64| -> f64 {
        let later = jumps.iter().filter(|jump| t > **jump);
        steps(t, 1.0) + later.map(|jump| 1.5 * steps(t - jump, 0.0)).sum::<f64>()
    };
    for (constant, method) in METHODS.into_iter().flat_map(|m| [(true, m), (false, m)]) {
        let field = decay(constant);
        for tolerance in [1e-6, 1e-9] {
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(tolerance)
            };
            let history = History::constant(&[1.0]);
            let mut solver = DelaySolver::new(&*field, history, 0.0, options).unwrap();
            let kick = Event::new(|t: f64, _| (std::f64::consts::PI * (t - 0.25)).sin())
                .rising()
                .resetting(|_, y| y[0] += 1.5);
            let run = solve(&mut solver, 10.0, &Save::EveryStep, &[kick]).unwrap();
            assert_eq!(run.events.len(), jumps.len());
            for (event, jump) in run.events.iter().zip(jumps) {
                assert!((event.time - jump).abs() < 1e-12, "{event:?}");
                let after = event.after.as_ref().unwrap()[0];
                assert!((after - event.state[0] - 1.5).abs() < 1e-15);
                // both sides are saved, and a step ends where the lag carries the jump
                let sides = run.times.iter().filter(|time| **time == event.time).count();
                assert_eq!(sides, 2);
                let hit = |time: &f64| (time - event.time - 1.0).abs() < 1e-12;
                assert!(run.times.iter().any(hit), "no step ends at {}", jump + 1.0);
            }
            let pairs = run.times.iter().zip(&run.states);
            let away = pairs.filter(|(t, _)| jumps.iter().all(|jump| (*t - jump).abs() > 1e-9));
            for (t, y) in away {
                let error = (y - exact(*t)).abs();
                assert!(error <= 10.0 * tolerance, "t = {t}: {error:e}, {method:?}");
            }
        }
    }
}

#[test]
fn a_jump_just_before_a_breaking_point_does_not_lose_it() {
    for method in METHODS {
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-9)
        };
        let field = decay(true);
        let history = History::constant(&[1.0]);
        let mut solver = DelaySolver::new(&*field, history, 0.0, options).unwrap();
        let kick = Event::new(|t, _| t - 0.999).resetting(|_, y| y[0] += 1.0);
        let run = solve(&mut solver, 6.0, &Save::EveryStep, &[kick]).unwrap();
        for time in [1.0, 1.999, 2.0, 2.999, 3.0] {
            let hit = |t: &f64| (t - time).abs() < 1e-12;
            assert!(run.times.iter().any(hit), "no step ends at {time}");
        }
        let exact = steps(6.0, 1.0) + steps(6.0 - 0.999, 0.0);
        assert!((run.last()[0] - exact).abs() < 1e-8);
    }
}

/// Integrate-and-fire with delayed inhibition: memory stays bounded while breaks are followed.
#[test]
fn a_spiking_neuron_keeps_a_bounded_history() {
    let field = closure_field(1, &[2.0], |_, x, delayed, dx| {
        dx[0] = 1.2 - x[0] - 0.3 * delayed.state(0)[0];
    });
    let options = Options::with_tolerance(1e-6);
    let mut solver = DelaySolver::new(&field, History::constant(&[0.0]), 0.0, options).unwrap();
    let mut bytes = Vec::new();
    for end in [100.0, 200.0, 2000.0] {
        let spike = Event::new(|_, x| x[0] - 0.8)
            .rising()
            .resetting(|_, x| x[0] = 0.0);
        let run = solve(&mut solver, end, &Save::Last, &[spike]).unwrap();
        assert!(run.events.len() > 20);
        bytes.push(solver.history_bytes());
    }
    assert_eq!(bytes[1], bytes[2]);
}

#[test]
fn what_cannot_jump_says_so() {
    let field = closure_field(1, &[], |_, _, _, dy| dy[0] = -1.0);
    let mut solver =
        DelaySolver::new(&field, History::constant(&[1.0]), 0.0, Options::default()).unwrap();
    let stuck = Event::new(|_, y| y[0])
        .falling()
        .resetting(|_, y| y[0] = 1e-300);
    let error = solve(&mut solver, 3.0, &Save::Last, &[stuck]).unwrap_err();
    assert!(
        matches!(error, SolverError::EventsPileUp { event: 0, .. }),
        "{error}"
    );
    let nowhere = Event::new(|_, y| y[0] + 2.0).resetting(|_, y| y[0] = f64::NAN);
    let error = solve(&mut solver, 5.0, &Save::Last, &[nowhere]).unwrap_err();
    assert!(
        matches!(
            error,
            SolverError::NotFinite {
                quantity: "state",
                ..
            }
        ),
        "{error}"
    );
    let error = solver.jump(0.5, &[1.0]).unwrap_err();
    assert!(
        matches!(error, SolverError::InvalidArgument { .. }),
        "{error}"
    );
}

#[test]
fn a_resumed_run_repeats_every_bit() {
    let mut problems = all();
    problems.extend(varying::all());
    problems.extend(neutral::all());
    problems.push(mackey_glass());
    for method in METHODS {
        for problem in &problems {
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(1e-6)
            };
            repeats(
                &*problem.field,
                problem.history,
                problem.begin,
                problem.end,
                options,
            );
        }
    }
    let problem = stiff::robertson(1e6, [0.0; 3]);
    let options = Options {
        method: Some(Method::Radau5),
        ..Options::with_tolerance(1e-6)
    };
    repeats(&*problem.field, problem.history, 0.0, problem.end, options);
}

/// Interrupts a run after some steps, puts it through JSON, and compares the rest step by step.
fn repeats(
    field: &dyn DelayField,
    history: fn() -> History<'static>,
    begin: f64,
    end: f64,
    options: Options,
) {
    for interrupted in [0, 1, 4, 9] {
        let mut solver = DelaySolver::new(field, history(), begin, options).unwrap();
        for _ in 0..interrupted {
            if solver.time() < end {
                solver.advance(end).unwrap();
            }
        }
        let text = serde_json::to_string(&solver.save()).unwrap();
        let saved: SavedRun = serde_json::from_str(&text).unwrap();
        assert_eq!(saved.time(), solver.time());
        let mut resumed = DelaySolver::resume(field, history(), &saved).unwrap();
        while solver.time() < end {
            solver.advance(end).unwrap();
            resumed.advance(end).unwrap();
            assert_eq!(solver.time().to_bits(), resumed.time().to_bits());
            let pairs = solver.state().iter().zip(resumed.state());
            assert!(pairs.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        assert_eq!(solver.statistics(), resumed.statistics());
        assert_eq!(solver.history_len(), resumed.history_len());
    }
}

#[test]
fn a_run_saved_behind_a_jump_repeats_every_bit() {
    let field = decay(true);
    let mut solver =
        DelaySolver::new(&*field, History::constant(&[1.0]), 0.0, Options::default()).unwrap();
    solver.advance(0.7).unwrap();
    solver.jump(solver.time(), &[3.0]).unwrap();
    let text = serde_json::to_string(&solver.save()).unwrap();
    let saved: SavedRun = serde_json::from_str(&text).unwrap();
    let mut resumed = DelaySolver::resume(&*field, History::constant(&[1.0]), &saved).unwrap();
    let end = |engine: &mut dyn Engine| solve(engine, 9.0, &Save::EveryStep, &[]).unwrap();
    assert_eq!(end(&mut solver), end(&mut resumed));
}

#[test]
fn a_saved_run_of_another_field_is_refused() {
    let problem = linear();
    let solver = DelaySolver::new(
        &*problem.field,
        (problem.history)(),
        0.0,
        Options::default(),
    )
    .unwrap();
    let saved = solver.save();
    let other = closure_field(1, &[2.0], |_, _, _, dy| dy[0] = 0.0);
    let error = DelaySolver::resume(&other, History::constant(&[1.0]), &saved).unwrap_err();
    assert_eq!(error, SolverError::AnotherRun { what: "lags" });
}

/// A run in pieces is the run in one: refractory times and counts go on where the run is split, anywhere.
#[test]
fn events_go_on_from_run_to_run() {
    // x = sin t + cos 3t rises through 0.6 at 1.44 and 6.07 of every period, and 6.07 is too soon before the next 1.44
    let field = closure_field(1, &[], |t, _, _, dx| {
        dx[0] = t.cos() - 3.0 * (3.0 * t).sin();
    });
    let fire = |stop: usize| {
        Event::new(|_, x| x[0] - 0.6)
            .refractory(2.5)
            .rising()
            .stop_after(stop)
    };
    let run = |pieces: &[f64], stop: usize| {
        let options = Options::with_tolerance(1e-10);
        let history = History::constant(&[1.0]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let mut times = Vec::new();
        for end in pieces {
            let found = solve(&mut solver, *end, &Save::Last, &[fire(stop)]).unwrap();
            times.extend(found.events.iter().map(|event| event.time));
            if found.termination != Termination::End {
                break;
            }
        }
        times
    };
    let whole = run(&[30.0], 1000);
    // So it happens once in the first period at each of them, then at 6.07 of every period alone.
    let (first, second) = (whole[0], whole[1]);
    assert_eq!(whole.len(), 5, "{whole:?}");
    for (period, time) in whole[1..].iter().enumerate() {
        let expected = second + std::f64::consts::TAU * period as f64;
        assert!((time - expected).abs() < 1e-7, "{time} {expected}");
    }
    for time in [first, second] {
        assert!((time.sin() + (3.0 * time).cos() - 0.6).abs() < 1e-8);
    }
    let counted = run(&[30.0], 3);
    // the last is sought on its own, and found to rounding
    assert_eq!(counted.len(), 3);
    for (found, whole) in counted.iter().zip(&whole) {
        assert!(
            (found - whole).abs() <= 4.0 * f64::EPSILON * whole,
            "{found} {whole}"
        );
    }
    for split in 1..60 {
        let split = 0.497 * f64::from(split);
        let close = |found: Vec<f64>, whole: &[f64]| {
            assert_eq!(
                found.len(),
                whole.len(),
                "split at {split}: {found:?}, whole {whole:?}"
            );
            for (found, whole) in found.iter().zip(whole) {
                assert!(
                    (found - whole).abs() < 1e-8,
                    "split at {split}: {found} for {whole}"
                );
            }
        };
        close(run(&[split, 30.0], 1000), &whole);
        close(run(&[split, 30.0], 3), &counted);
    }
    // what has ended a run is counted anew, and other events have nothing behind them
    let options = Options::with_tolerance(1e-10);
    let mut solver = DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options).unwrap();
    let stop = || {
        [Event::new(|_, x| x[0] - 0.6)
            .rising()
            .stop_after(2)
            .in_place()]
    };
    for _ in 0..3 {
        let all = solve(&mut solver, 30.0, &Save::Last, &stop()).unwrap();
        assert_eq!(
            (all.events.len(), all.termination),
            (2, Termination::Event(0))
        );
    }
}

/// A ball that falls from 1 and keeps half of its speed at the ground is at rest after `3 sqrt 2`.
#[test]
fn a_ball_put_back_on_the_ground_is_named_as_what_uses_up_the_steps() {
    let field = closure_field(2, &[], |_, y, _, dy| {
        dy[0] = y[1];
        dy[1] = -1.0;
    });
    let options = Options {
        maximum_steps: 20_000,
        ..Options::with_tolerance(1e-9)
    };
    let history = History::constant(&[1.0, 0.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    let bounce = Event::new(|_, y| y[0])
        .falling()
        .resetting(|_, y| (y[0], y[1]) = (0.0, -0.5 * y[1]));
    let error = solve(&mut solver, 10.0, &Save::Last, &[bounce]).unwrap_err();
    let SolverError::EventsAccumulate { event, time, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(event, 0);
    assert!((time - 3.0 * 2_f64.sqrt()).abs() < 1e-6, "{time}");
}
