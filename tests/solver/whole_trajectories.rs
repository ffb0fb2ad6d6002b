//! Trajectories kept whole, runs taken up with another tolerance, time that runs backwards, lags that
//! are spread over a window.

use std::cell::Cell;
use std::f64::consts::FRAC_PI_2;

use pulsatrix::solver::{
    Backward, DelaySolver, DistributedLag, Engine, Event, History, Method, Options, Save, SavedRun,
    SolverError, closure_field, gamma_chain, integrate_backward, solve,
};

const METHODS: [Method; 3] = [Method::Tsit5, Method::Dop853, Method::Radau5];

fn by(method: Method, tolerance: f64) -> Options {
    Options {
        method: Some(method),
        ..Options::with_tolerance(tolerance)
    }
}

#[test]
fn a_kept_trajectory_is_the_interpolant_of_the_run() {
    let field = closure_field(2, &[FRAC_PI_2], |t: f64, _, delayed, dy| {
        dy[0] = -delayed.state(0)[0];
        dy[1] = -t.sin();
    });
    let history = || History::function(2, |t, y| y.copy_from_slice(&[t.sin(), t.cos()]));
    for method in METHODS {
        let times: Vec<f64> = (0..=200).map(|k| 0.05 * f64::from(k)).collect();
        let run = |components: Option<&[usize]>, save: &Save| {
            let options = by(method, 1e-8);
            let mut solver = DelaySolver::new(&field, history(), 0.0, options).unwrap();
            if let Some(components) = components {
                solver.keep(components).unwrap();
            }
            solve(&mut solver, 10.0, save, &[]).unwrap()
        };
        let saved = run(None, &Save::At(times.clone()));
        let whole = run(Some(&[]), &Save::Last);
        let part = run(Some(&[1]), &Save::Last);
        for (index, time) in times.iter().enumerate() {
            let state = whole.at(*time).unwrap();
            for (found, exact) in state.iter().zip(saved.state(index)) {
                assert!((found - exact).abs() < 1e-14, "{method:?} {time}");
            }
            assert_eq!(part.at(*time).unwrap(), state[1..]);
            let slope = whole.slope_at(*time).unwrap();
            assert!((slope[0] - time.cos()).abs() < 1e-5, "{method:?} {time}");
        }
        for outside in [-0.1, 10.0001, f64::NAN] {
            assert_eq!(whole.at(outside), None);
        }
        let dense = whole.dense.as_ref().unwrap();
        let terms = if method == Method::Dop853 { 8 } else { 5 };
        let steps = whole.statistics.steps as usize;
        assert_eq!(dense.bytes(), steps * (32 + 2 * 8 * terms));
        assert_eq!(part.dense.unwrap().value(0, 1.0), None);
        let text = serde_json::to_string(&whole).unwrap();
        let read: pulsatrix::solver::Trajectory = serde_json::from_str(&text).unwrap();
        assert_eq!(read, whole);
        assert_eq!(saved.at(1.0), None);
    }
}

#[test]
fn a_kept_trajectory_jumps_where_the_solution_does() {
    let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0);
    let mut solver =
        DelaySolver::new(&field, History::constant(&[0.0]), 0.0, Options::default()).unwrap();
    solver.keep(&[0]).unwrap();
    let reset = Event::new(|_, x| x[0] - 1.0)
        .rising()
        .resetting(|_, x| x[0] = 0.0);
    let run = solve(&mut solver, 3.25, &Save::Last, &[reset]).unwrap();
    for (time, value) in [
        (0.5, 0.5),
        (0.999, 0.999),
        (1.001, 0.001),
        (2.5, 0.5),
        (3.25, 0.25),
    ] {
        assert!((run.at(time).unwrap()[0] - value).abs() < 1e-12, "{time}");
    }
    // each call hands over its own part
    let more = solve(&mut solver, 3.5, &Save::Last, &[]).unwrap();
    assert_eq!(more.dense.unwrap().span(), Some((3.25, 3.5)));
    assert!(solver.keep(&[1]).is_err());
}

#[test]
fn a_saved_run_goes_on_with_another_tolerance() {
    let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
    let history = || History::constant(&[1.0]);
    for method in METHODS {
        let mut solver = DelaySolver::new(&field, history(), 0.0, by(method, 1e-9)).unwrap();
        solve(&mut solver, 4.5, &Save::Last, &[]).unwrap();
        let text = serde_json::to_string(&solver.save()).unwrap();
        let saved: SavedRun = serde_json::from_str(&text).unwrap();
        let mut steps = Vec::new();
        for tolerance in [1e-10, 1e-4] {
            let options = by(method, tolerance);
            let mut resumed = DelaySolver::resume_with(&field, history(), &saved, options).unwrap();
            let end = solve(&mut resumed, 10.0, &Save::Last, &[]).unwrap();
            let error = (end.last()[0] - 0.020241126543209877).abs();
            assert!(
                error < 10.0 * tolerance.max(1e-9),
                "{method:?} {tolerance} {error}"
            );
            steps.push(end.statistics.steps);
        }
        assert!(steps[0] > steps[1], "{steps:?}");
        let other = METHODS.into_iter().find(|other| *other != method).unwrap();
        let refused = DelaySolver::resume_with(&field, history(), &saved, by(other, 1e-6));
        assert_eq!(
            refused.err(),
            Some(SolverError::AnotherRun { what: "method" })
        );
    }
}

#[test]
fn another_field_or_format_is_refused() {
    let rate = Cell::new(1.0);
    let field = closure_field(1, &[1.0], |_, _, delayed, dy| {
        dy[0] = -rate.get() * delayed.state(0)[0];
    });
    let history = || History::constant(&[1.0]);
    let mut solver = DelaySolver::new(&field, history(), 0.0, Options::default()).unwrap();
    solver.advance(3.0).unwrap();
    let saved = solver.save();
    assert!(DelaySolver::resume(&field, history(), &saved).is_ok());
    rate.set(1.1);
    let refused = DelaySolver::resume(&field, history(), &saved).err();
    assert!(refused.unwrap().to_string().contains("right-hand side"));
    rate.set(1.0);
    let mut text: serde_json::Value = serde_json::to_value(&saved).unwrap();
    text["format"] = serde_json::json!(99);
    let later: SavedRun = serde_json::from_value(text).unwrap();
    let refused = DelaySolver::resume(&field, history(), &later).err();
    assert_eq!(refused, Some(SolverError::AnotherRun { what: "format" }));
}

#[test]
fn ordinary_equations_run_backwards_and_delays_are_refused() {
    // a rotation, and a current that is switched at t = 2
    let field = closure_field(2, &[], |t: f64, y, _, dy| {
        dy[0] = y[1] + if t > 2.0 { 1.0 } else { 0.0 };
        dy[1] = -y[0];
    })
    .with_breaks(&[2.0]);
    let options = Options::with_tolerance(1e-10);
    let history = History::constant(&[1.0, 0.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    let forth = solve(&mut solver, 5.0, &Save::At(vec![1.0, 3.0, 5.0]), &[]).unwrap();
    let save = Save::At(vec![3.0, 1.0, 0.0]);
    let back = integrate_backward(&field, forth.last(), (5.0, 0.0), options, &save, true).unwrap();
    assert_eq!(back.times, [3.0, 1.0, 0.0]);
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-8);
    assert!(near(back.state(0), forth.state(1)) && near(back.state(1), forth.state(0)));
    assert!(near(back.last(), &[1.0, 0.0]));
    assert!(near(&back.at(1.0).unwrap(), forth.state(0)));
    let slope = back.slope_at(1.0).unwrap();
    assert!((slope[0] - forth.state(0)[1]).abs() < 1e-6);

    let late = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0);
    let refused = integrate_backward(&late, &[0.0], (1.0, 0.0), options, &Save::Last, false);
    assert!(refused.unwrap_err().to_string().contains("constant lags"));
    let ahead = integrate_backward(&field, &[0.0, 0.0], (1.0, 2.0), options, &Save::Last, false);
    assert!(matches!(
        ahead,
        Err(SolverError::InvalidArgument { name: "end", .. })
    ));
}

/// `y'(t) = y(t + pi/2)`, the sine.
#[test]
fn advanced_equations_run_backwards() {
    let field = closure_field(1, &[FRAC_PI_2], |_, _, ahead, dy| dy[0] = ahead.state(0)[0]);
    let backward = Backward::advanced(&field, (0.0, -7.0)).unwrap();
    // y = sin t has y'(t) = cos t = sin(t + pi/2); at s = -t the history is -sin s
    let history = History::function(1, |s, y| y[0] = (-s).sin());
    let options = Options::with_tolerance(1e-9);
    let mut solver = DelaySolver::new(&backward, history, 0.0, options).unwrap();
    let end = solve(&mut solver, 7.0, &Save::Last, &[]).unwrap();
    assert!((end.last()[0] - (-7f64).sin()).abs() < 1e-8);
    let neutral = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0).neutral();
    let refused = Backward::advanced(&neutral, (0.0, -1.0)).err();
    assert_eq!(
        refused,
        Some(SolverError::NoWayBack {
            what: "delayed slopes"
        })
    );
}

/// `y' = -mean of y over [t - 1, t]` solved by `e^(w t)` with `w^2 = e^(-w) - 1`.
#[test]
fn a_uniform_kernel_follows_its_characteristic_roots() {
    // Newton's iteration for w = a + i b
    let (mut a, mut b) = (-1.0_f64, 1.5_f64);
    for _ in 0..100 {
        let (e, s, c) = ((-a).exp(), (-b).sin(), (-b).cos());
        let (f, g) = (a * a - b * b - e * c + 1.0, 2.0 * a * b - e * s);
        let (u, v) = (2.0 * a + e * c, 2.0 * b + e * s);
        let size = u * u + v * v;
        (a, b) = (a - (f * u + g * v) / size, b - (g * u - f * v) / size);
    }
    let residual = (a * a - b * b + 1.0 - (-a).exp() * b.cos()).abs();
    assert!(residual < 1e-14 && b > 1.0, "{a} {b}");
    let wave = move |t: f64| (a * t).exp() * (b * t).cos();
    for (nodes, breaks) in [(8, &[][..]), (8, &[0.0, 1.0])] {
        let window = DistributedLag::new(0.0, 1.0, nodes)
            .unwrap()
            .with_breaks(breaks);
        let field = closure_field(1, &[], |t, _, delayed, dy| {
            dy[0] = -window.integrate(t, |number, _| delayed.state(number)[0]);
        })
        .with_delayed_times(window.count(), |t, _, times| window.delayed_times(t, times))
        .with_longest_varying_lag(1.0);
        let history = History::function(1, move |t, y| y[0] = wave(t));
        let options = Options::with_tolerance(1e-9);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let end = solve(&mut solver, 6.0, &Save::Last, &[]).unwrap();
        let error = (end.last()[0] - wave(6.0)).abs();
        assert!(error < 1e-8, "{nodes} {breaks:?}: {error}");
    }
}

/// The same from a constant history, whose bend the rule must not see: `y'' = y(t - 1) - y`.
#[test]
fn a_uniform_kernel_is_cut_at_its_breaking_points() {
    let window = DistributedLag::new(0.0, 1.0, 6)
        .unwrap()
        .with_breaks(&[0.0, 1.0, 2.0]);
    let field = closure_field(1, &[], |t, _, delayed, dy| {
        dy[0] = -window.integrate(t, |number, _| delayed.state(number)[0]);
    })
    .with_delayed_times(window.count(), |t, _, times| window.delayed_times(t, times))
    .with_longest_varying_lag(1.0);
    let options = Options::with_tolerance(1e-9);
    let history = History::constant(&[1.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
    let found = solve(&mut solver, 4.0, &Save::Last, &[]).unwrap();
    let twice = closure_field(2, &[1.0], |_, y, delayed, dy| {
        dy[0] = y[1];
        dy[1] = delayed.state(0)[0] - y[0];
    });
    let history = History::constant(&[1.0, -1.0]);
    let mut solver = DelaySolver::new(&twice, history, 0.0, options).unwrap();
    let exact = solve(&mut solver, 4.0, &Save::Last, &[]).unwrap();
    let error = (found.last()[0] - exact.last()[0]).abs();
    assert!(error < 1e-8, "{error}");
}

#[test]
fn a_gamma_kernel_is_its_chain() {
    const RATE: f64 = 3.0;
    let options = Options::with_tolerance(1e-10);
    let chain = closure_field(4, &[], |_, y, _, dy| {
        dy[0] = -y[3];
        gamma_chain(RATE, y[0], &y[1..], &mut dy[1..]);
    });
    let mut solver = DelaySolver::new(&chain, History::constant(&[1.0; 4]), 0.0, options).unwrap();
    let exact = solve(&mut solver, 5.0, &Save::Last, &[]).unwrap();
    // beyond a lag of 12 the kernel holds e^-36 of its weight, times 700
    let window = DistributedLag::new(0.0, 12.0, 10).unwrap();
    let window = window.with_breaks(&[0.0]).with_parts(3);
    let kernel = |lag: f64| 0.5 * RATE.powi(3) * lag * lag * (-RATE * lag).exp();
    let field = closure_field(1, &[], |t, _, delayed, dy| {
        dy[0] = -window.integrate(t, |number, lag| kernel(lag) * delayed.state(number)[0]);
    })
    .with_delayed_times(window.count(), |t, _, times| window.delayed_times(t, times))
    .with_longest_varying_lag(12.0);
    let mut solver = DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options).unwrap();
    let found = solve(&mut solver, 5.0, &Save::Last, &[]).unwrap();
    let error = (found.last()[0] - exact.last()[0]).abs();
    assert!(error < 1e-9, "{error}");
}

#[test]
fn windows_that_are_none_are_refused() {
    for (nearest, farthest, nodes) in [
        (-1.0, 1.0, 4),
        (1.0, 1.0, 4),
        (0.0, f64::NAN, 4),
        (0.0, 1.0, 0),
    ] {
        assert!(DistributedLag::new(nearest, farthest, nodes).is_err());
    }
}
