//! Events that meet in one time, bring each other about, or come by the clock.

use std::sync::atomic::{AtomicU64, Ordering};

use pulsatrix::solver::{
    DelayField, DelaySolver, Engine, Event, History, Method, Options, Save, SavedRun, SolverError,
    Termination, Trajectory, closure_field, integrate, solve,
};

const METHODS: [Method; 3] = [Method::Tsit5, Method::Dop853, Method::Radau5];

/// `x_j` to 0 at a rise through 1.
fn reset<'a>(j: usize) -> Event<'a> {
    Event::new(move |_, x| x[j] - 1.0)
        .rising()
        .resetting(move |_, x| x[j] = 0.0)
}

fn run(field: &dyn DelayField, start: &[f64], end: f64, events: &[Event<'_>]) -> Trajectory {
    try_run(field, start, end, events).unwrap()
}

fn try_run(
    field: &dyn DelayField,
    start: &[f64],
    end: f64,
    events: &[Event<'_>],
) -> Result<Trajectory, SolverError> {
    let options = Options::with_tolerance(1e-6);
    let mut solver = DelaySolver::new(field, History::constant(start), 0.0, options)?;
    solve(&mut solver, end, &Save::Last, events)
}

fn counts<const N: usize>(run: &Trajectory) -> [usize; N] {
    std::array::from_fn(|j| run.events.iter().filter(|event| event.event == j).count())
}

fn near(found: &[f64], exact: &[f64], error: f64) {
    let close = found.iter().zip(exact).all(|(a, b)| (a - b).abs() <= error);
    assert!(
        close && found.len() == exact.len(),
        "{found:?} for {exact:?}"
    );
}

#[test]
fn equal_neurons_fire_together() {
    let field = closure_field(2, &[], |_, _, _, dx| dx.fill(1.0));
    let end = run(&field, &[0.0, 0.0], 3.25, &[reset(0), reset(1)]);
    assert_eq!(counts(&end), [3, 3]);
    near(end.last(), &[0.25, 0.25], 1e-12);
}

#[test]
fn neurons_a_rounding_apart_lose_no_spike() {
    let field = closure_field(2, &[], |_, _, _, dx| dx.fill(1.0));
    for offset in [1e-16, 1e-15, 3e-15, 1e-14, 3e-14, 1e-13, 3e-13, 1e-12, 1e-9] {
        for start in [[0.0, offset], [offset, 0.0]] {
            let end = run(&field, &start, 20.5, &[reset(0), reset(1)]);
            assert_eq!(counts(&end), [20, 20], "{offset:e}");
            near(end.last(), &[0.5, 0.5], 1e-8);
            assert!(end.events.is_sorted_by(|a, b| a.time <= b.time));
        }
    }
}

#[test]
fn a_jump_over_a_threshold_is_an_event() {
    let field = closure_field(2, &[], |_, _, _, dx| dx.copy_from_slice(&[1.0, 0.0]));
    let kick = || {
        Event::new(|_, x| x[0] - 1.0).rising().resetting(|_, x| {
            x[0] = 0.0;
            x[1] += 0.6;
        })
    };
    let end = run(&field, &[0.0, 0.0], 4.5, &[kick(), reset(1)]);
    assert_eq!(counts(&end), [4, 2]);
    near(end.last(), &[0.5, 0.0], 1e-12);
    // a recorder sees the rises and the falls
    let rises = Event::new(|_, x| x[1] - 1.0).rising();
    let falls = Event::new(|_, x| x[1] - 1.0).falling();
    let end = run(&field, &[0.0, 0.0], 4.5, &[kick(), reset(1), rises, falls]);
    assert_eq!(counts(&end), [4, 2, 2, 2]);
}

#[test]
fn a_recorder_of_a_resetting_threshold_sees_every_crossing() {
    let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0);
    let recorder = || Event::new(|_, x| x[0] - 1.0).rising();
    for order in [[0, 1], [1, 0]] {
        let events = order.map(|which| if which == 0 { reset(0) } else { recorder() });
        let end = run(&field, &[0.0], 20.5, &events);
        assert_eq!(counts(&end), [20, 20]);
        near(end.last(), &[0.5], 1e-12);
    }
}

/// Three neurons fire together; each lifts the next three, the second wave lifts the last three.
#[test]
fn three_cascades_at_one_time_run_to_their_ends() {
    let field = closure_field(9, &[], |_, _, _, dx| {
        dx.fill(0.0);
        dx[..3].fill(1.0);
    });
    let events: Vec<Event<'_>> = (0..9)
        .map(|j: usize| {
            Event::new(move |_, x| x[j] - 1.0)
                .rising()
                .resetting(move |_, x| {
                    x[j] = 0.0;
                    if j < 6 {
                        x[j + 3] += 0.6;
                    }
                })
        })
        .collect();
    let end = run(&field, &[0.0; 9], 8.5, &events);
    assert_eq!(counts(&end), [8, 8, 8, 4, 4, 4, 2, 2, 2]);
    near(
        end.last(),
        &[0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        1e-12,
    );
    // rounds: the first wave in the order of the list, then the second, then the third
    let fourth: Vec<usize> = end
        .events
        .iter()
        .filter(|event| (event.time - 4.0).abs() < 1e-9)
        .map(|event| event.event)
        .collect();
    assert_eq!(fourth, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn an_endless_cascade_names_its_events() {
    let field = closure_field(3, &[], |_, _, _, dx| dx.copy_from_slice(&[1.0, 0.0, 1.0]));
    let throws = |from: usize, to: usize| {
        Event::new(move |_, x| x[from] - 1.0)
            .rising()
            .resetting(move |_, x| {
                x[from] = 0.0;
                x[to] = 2.0;
            })
    };
    let events = [reset(2), throws(0, 1), throws(1, 0)];
    let error = try_run(&field, &[0.0, 0.0, 0.5], 3.0, &events).unwrap_err();
    let SolverError::EndlessCascade { events, time, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(events[..], [1, 2]);
    assert!((time - 1.0).abs() < 1e-12);
    assert!(error.to_string().contains("[1, 2]"), "{error}");
}

#[test]
fn a_refractory_time_holds_a_spike_back() {
    // x' = 1 from 0 to 0 at 1, and not again for 1.5: spikes at 1, 2.5, 4, ...
    let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0);
    let end = run(&field, &[0.0], 10.2, &[reset(0).refractory(1.5)]);
    let times: Vec<f64> = end.events.iter().map(|event| event.time).collect();
    near(&times, &[1.0, 2.5, 4.0, 5.5, 7.0, 8.5, 10.0], 1e-12);
    near(end.last(), &[0.2], 1e-12);
    // cos t through 0, silent for 4 after its fall at pi / 2: the rise is told when that is over
    let turn = closure_field(2, &[], |_, x, _, dx| dx.copy_from_slice(&[-x[1], x[0]]));
    let zero = Event::new(|_, x| x[0]).refractory(4.0);
    let end = run(&turn, &[1.0, 0.0], 12.0, &[zero]);
    let times: Vec<f64> = end.events.iter().map(|event| event.time).collect();
    let half = std::f64::consts::FRAC_PI_2;
    near(&times, &[half, half + 4.0, half + 8.0], 1e-4);
}

#[test]
fn events_and_resets_read_the_past() {
    // x' = 1, from -2: at x(t - 1) = 0, that is t = 3, x is put to x(t - 2) = -1
    for method in METHODS {
        let field = closure_field(1, &[2.0], |_, _, _, dx| dx[0] = 1.0);
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-9)
        };
        let history = History::function(1, |t, x| x[0] = t - 2.0);
        let late = Event::with_past(|t, _, past| past.value(0, t - 1.0))
            .rising()
            .changing(|moment| moment.state[0] = moment.past(0, moment.time - 2.0));
        let save = Save::Last;
        let end = integrate(&field, history, (0.0, 4.5), options, &save, &[late]).unwrap();
        assert_eq!(end.events.len(), 1);
        assert!((end.events[0].time - 3.0).abs() < 1e-9);
        near(end.last(), &[0.5], 1e-9);
    }
    let field = closure_field(1, &[2.0], |_, _, _, dx| dx[0] = 1.0);
    let far = Event::with_past(|t, _, past| past.value(0, t - 50.0));
    let short = Options {
        maximum_step: Some(0.5),
        ..Options::default()
    };
    let history = History::constant(&[0.0]);
    let error = integrate(&field, history, (0.0, 400.0), short, &Save::Last, &[far]).unwrap_err();
    assert!(matches!(error, SolverError::PastNotKept { .. }), "{error}");
}

#[test]
fn a_run_may_stay_at_the_event_that_ends_it() {
    let field = closure_field(1, &[1.0], |_, _, late, dy| dy[0] = -late.state(0)[0]);
    for method in METHODS {
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-9)
        };
        let history = History::constant(&[1.0]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let zero = || Event::new(|_, y| y[0]).falling().terminal().in_place();
        let run = solve(&mut solver, 9.0, &Save::Last, &[zero()]).unwrap();
        assert_eq!(run.termination, Termination::Event(0));
        assert!((solver.time() - 1.0).abs() < 1e-12);
        let run = solve(&mut solver, 5.0, &Save::Last, &[]).unwrap();
        assert!((run.last()[0] - 19.0 / 120.0).abs() < 1e-8, "{method:?}");
    }
    // the panel engine as well
    let field = pulsatrix::networks::MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
    let history = || History::constant(&[0.5]);
    let options = Options::with_tolerance(1e-9);
    let mut engine = field.engine(history(), 0.0, options).unwrap();
    assert_eq!(engine.name(), "panel");
    let rise = Event::new(|_, y| y[0] - 1.0)
        .rising()
        .stop_after(2)
        .in_place();
    let run = solve(engine.as_mut(), 300.0, &Save::Last, &[rise]).unwrap();
    assert_eq!(engine.time(), run.times[0]);
    near(engine.state(), run.last(), 1e-15);
    let run = solve(engine.as_mut(), 300.0, &Save::Last, &[]).unwrap();
    let whole = integrate(&field, history(), (0.0, 300.0), options, &Save::Last, &[]).unwrap();
    assert_eq!(run.last(), whole.last());
}

#[test]
fn events_of_one_time_come_before_the_one_that_ends_the_run() {
    let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0);
    let recorder = Event::new(|_, x| x[0] - 1.0).rising();
    let last = Event::new(|_, x| x[0] - 1.0).rising().terminal();
    let end = run(&field, &[0.0], 3.0, &[last, recorder]);
    assert_eq!(counts(&end), [1, 1]);
    assert_eq!(end.termination, Termination::Event(0));
    near(end.last(), &[1.0], 1e-12);
}

/// Doses into an elimination of rate 1: by linearity each leaves `exp(-(t - t_k))`.
#[test]
fn doses_are_given_at_their_times() {
    for method in METHODS {
        for tolerance in [1e-6, 1e-10] {
            let field = closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0]);
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(tolerance)
            };
            let history = History::constant(&[0.0]);
            let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
            let listed = || Event::at(&[0.0, 1.0, 2.5, 7.0]).resetting(|_, y| y[0] += 1.0);
            let train = || Event::every(0.3, 0.6).resetting(|_, y| y[0] += 0.25);
            // a dose at the end of one call belongs to the next
            let mut given = 0;
            for end in [1.0, 1.5, 7.0, 7.5] {
                let run = solve(&mut solver, end, &Save::Last, &[listed(), train()]).unwrap();
                given += run.events.len();
                assert!(run.events.iter().all(|event| event.time < end));
            }
            assert_eq!(given, 4 + 13);
            let left = |time: f64| (-(7.5 - time)).exp();
            let exact: f64 = [0.0, 1.0, 2.5, 7.0].map(left).iter().sum::<f64>()
                + (0..13)
                    .map(|k| 0.25 * left(0.3 + 0.6 * f64::from(k)))
                    .sum::<f64>();
            let error = (solver.state()[0] - exact).abs();
            assert!(error < 10.0 * tolerance, "{method:?}: {error:e}");
        }
    }
}

#[test]
fn a_parameter_changes_at_a_listed_time() {
    let rate = AtomicU64::new(1.0_f64.to_bits());
    let field = closure_field(1, &[], |_, _, _, dy| {
        dy[0] = f64::from_bits(rate.load(Ordering::Relaxed));
    });
    let turn = Event::at(&[2.0]).changing(|_| rate.store((-3.0_f64).to_bits(), Ordering::Relaxed));
    let end = run(&field, &[0.0], 3.0, &[turn]);
    near(end.last(), &[-1.0], 1e-12);
    assert_eq!(end.statistics.rejected, 0);
}

#[test]
fn listed_times_must_ascend() {
    let field = closure_field(1, &[], |_, _, _, dy| dy[0] = 1.0);
    for event in [
        Event::at(&[1.0, 1.0]),
        Event::at(&[f64::NAN]),
        Event::every(0.0, 0.0),
        Event::every(1e6, 1e-11),
        Event::every(f64::INFINITY, 1.0),
        Event::new(|t, _| t).refractory(-1.0),
        Event::maximum(1),
    ] {
        let error = try_run(&field, &[0.0], 3.0, &[event]).unwrap_err();
        assert!(
            matches!(error, SolverError::InvalidArgument { .. }),
            "{error}"
        );
    }
}

#[test]
fn a_steady_state_has_no_maxima() {
    let rest = closure_field(2, &[], |t: f64, y, _, dy| {
        dy[0] = 1.0 - y[0];
        dy[1] = 1e3 * ((-t).exp() - y[1] + 7.0);
    });
    let late = closure_field(1, &[1.0], |_, y, late, dy| {
        dy[0] = 2.0 - y[0] - late.state(0)[0];
    });
    let both = |c| [Event::maximum(c), Event::minimum(c)];
    for tolerance in [1e-4, 1e-6, 1e-9] {
        for method in METHODS {
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(tolerance)
            };
            // a stiff component is one for the stiff method
            let stiff = method == Method::Radau5;
            for component in if stiff { 0..2 } else { 0..1 } {
                let history = History::constant(&[0.0, 7.5]);
                let span = (0.0, 100.0);
                let events = both(component);
                let end = integrate(&rest, history, span, options, &Save::Last, &events).unwrap();
                assert_eq!(end.events.len(), component, "{method:?} {tolerance:e}");
            }
            let history = History::constant(&[1.0]);
            let span = (0.0, 300.0);
            let end = integrate(&late, history, span, options, &Save::Last, &both(0)).unwrap();
            assert_eq!(end.events.len(), 0, "{method:?} {tolerance:e}");
        }
    }
}

/// Pulses of delay `d` against the sum over the spikes, and through a saved run.
#[test]
fn pulses_land_at_their_times() {
    let field = closure_field(2, &[], |_, x, _, dx| dx.copy_from_slice(&[1.0, -x[1]]));
    let spike = || {
        Event::new(|_, x| x[0] - 1.0).rising().changing(|moment| {
            moment.state[0] = 0.0;
            moment.emit(1, 2.37, 0.5);
            moment.emit(1, 0.11, -0.25);
        })
    };
    for method in METHODS {
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-11)
        };
        let start = || History::constant(&[0.0, 0.0]);
        let mut solver = DelaySolver::new(&field, start(), 0.0, options).unwrap();
        // interrupted between two calls, and once by a file
        solve(&mut solver, 4.05, &Save::Last, &[spike()]).unwrap();
        assert_eq!(solver.pulses().unwrap().len(), 4);
        let text = serde_json::to_string(&solver.save()).unwrap();
        let saved: SavedRun = serde_json::from_str(&text).unwrap();
        let mut solver = DelaySolver::resume(&field, start(), &saved).unwrap();
        let run = solve(&mut solver, 9.5, &Save::Last, &[spike()]).unwrap();
        let left = |landing: f64| {
            if landing < 9.5 {
                (landing - 9.5).exp()
            } else {
                0.0
            }
        };
        let exact: f64 = (1..=9)
            .map(|k| 0.5 * left(f64::from(k) + 2.37) - 0.25 * left(f64::from(k) + 0.11))
            .sum();
        near(run.last(), &[0.5, exact], 1e-9);
        // by hand: the pulses that are on their way land, too
        while solver.time() < 12.0 {
            solver.advance(12.0).unwrap();
        }
        assert!(solver.pulses().unwrap().is_empty());
    }
    let error = |target, after, change| {
        let wrong = Event::at(&[0.5]).changing(move |moment| moment.emit(target, after, change));
        try_run(&field, &[0.0, 0.0], 1.0, &[wrong]).unwrap_err()
    };
    for error in [
        error(2, 0.1, 0.1),
        error(1, -0.1, 0.1),
        error(1, 0.1, f64::NAN),
    ] {
        assert!(
            matches!(error, SolverError::InvalidArgument { .. }),
            "{error}"
        );
    }
}
