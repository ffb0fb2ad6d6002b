//! Equations driven by noise: orders on the same path, stationary laws, repeatability.

use pulsatrix::solver::{
    BrownianPath, DelayField, DelayTable, Delayed, Engine, Event, History, Noise, Read, Save,
    SolverError, StochasticField, StochasticMethod, StochasticOptions, StochasticSolver,
    additive_noise, closure_field, diagonal_noise, noisy, solve, stochastic_paths,
};

const METHODS: [StochasticMethod; 3] = [
    StochasticMethod::EulerMaruyama,
    StochasticMethod::Milstein,
    StochasticMethod::AdditiveRungeKutta,
];

fn options(step: f64, halvings: u32, method: StochasticMethod) -> StochasticOptions {
    StochasticOptions {
        halvings,
        method: Some(method),
        seed: 5,
        ..StochasticOptions::with_step(step)
    }
}

/// Ends of paths at time 1 of a field that starts at 1.
fn ends<F: StochasticField>(field: &F, options: StochasticOptions, paths: usize) -> Vec<f64> {
    let begin = History::constant(&[1.0]);
    let found = stochastic_paths(field, &begin, (0.0, 1.0), &Save::Last, options, paths).unwrap();
    found.iter().map(|path| path.last()[0]).collect()
}

/// Slope of the logarithm of the mean distance between neighbouring levels of halving, from step 1/32 (with longer ones
/// the terms of order two of the drift outweigh those of the noise).
fn strong_order<F: StochasticField>(field: &F, method: StochasticMethod) -> f64 {
    let levels: Vec<Vec<f64>> = (2..8)
        .map(|halvings| ends(field, options(0.125, halvings, method), 400))
        .collect();
    let distance = |level: usize| {
        let pairs = levels[level].iter().zip(&levels[level + 1]);
        pairs.map(|(one, other)| (one - other).abs()).sum::<f64>()
    };
    (distance(0) / distance(4)).log2() / 4.0
}

/// dy = m y dt + s y dW has the solution exp((m - s^2/2) t + s W(t)): order 1/2 and order 1 against it.
#[test]
fn geometric_motion_is_met_with_the_orders_of_the_methods() {
    let (m, s) = (0.3, 0.8);
    let field = diagonal_noise(
        closure_field(1, &[], move |_, y, _, dy| dy[0] = m * y[0]),
        move |_, y, _| s * y,
    );
    let paths = 500;
    let exact: Vec<f64> = (0..paths)
        .map(|path| {
            let mut motion = BrownianPath::new(5, path, 1, 0.125, 0);
            let w: f64 = (0..8).map(|_| motion.next_step()[0].w).sum();
            (m - 0.5 * s * s + s * w).exp()
        })
        .collect();
    for (method, order) in METHODS[..2].iter().zip([0.5, 1.0]) {
        let error = |halvings| {
            let found = ends(&field, options(0.125, halvings, *method), paths as usize);
            let each = found
                .iter()
                .zip(&exact)
                .map(|(one, other)| (one - other).abs());
            each.sum::<f64>() / paths as f64
        };
        let slope = (error(1) / error(6)).log2() / 5.0;
        assert!((slope - order).abs() < 0.1, "{method:?}: {slope}");
        assert!(
            error(8) < 0.03,
            "{method:?} does not converge to the solution"
        );
    }
}

/// Additive noise, with and without a delay, on a nonlinear drift and with a noise that changes in time.
#[test]
fn additive_noise_has_the_orders_one_and_three_halves() {
    let plain = closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0] - (2.0 * y[0]).sin());
    let late = closure_field(1, &[0.25], |_, y, late, dy| {
        dy[0] = -y[0] - (2.0 * late.state(0)[0]).sin();
    });
    let grows = |t: f64, _: &[f64], _: Delayed<'_>, g: &mut [f64]| g[0] = 0.5 + t;
    let (plain, late) = (
        noisy(plain, Noise::Additive, grows),
        noisy(late, Noise::Additive, grows),
    );
    for (method, order) in METHODS.iter().zip([1.0, 1.0, 1.5]) {
        for found in [strong_order(&plain, *method), strong_order(&late, *method)] {
            assert!((found - order).abs() < 0.15, "{method:?}: {found}");
        }
    }
}

/// One motion that drives two components, as general noise: order 1/2, and what is conserved stays conserved.
#[test]
fn general_noise_takes_the_past_and_every_component() {
    let drift = closure_field(2, &[0.25], |_, _, _, dy| dy.fill(0.0));
    let field = noisy(
        drift,
        Noise::General(2),
        |_, y: &[f64], late: Delayed<'_>, g: &mut [f64]| {
            let past = 0.5 * late.state(0)[0];
            g.copy_from_slice(&[past, -past, 0.3 * y[1], -0.3 * y[1]]);
        },
    );
    let mut levels = Vec::new();
    for halvings in 0..6 {
        let begin = History::constant(&[1.0, 1.0]);
        let options = options(0.125, halvings, StochasticMethod::EulerMaruyama);
        let found =
            stochastic_paths(&field, &begin, (0.0, 1.0), &Save::Last, options, 400).unwrap();
        assert!(
            found
                .iter()
                .all(|path| (path.last()[0] + path.last()[1] - 2.0).abs() < 1e-13)
        );
        levels.push(found.iter().map(|path| path.last()[0]).collect::<Vec<_>>());
    }
    let distance = |level: usize| {
        let pairs = levels[level].iter().zip(&levels[level + 1]);
        pairs.map(|(one, other)| (one - other).abs()).sum::<f64>()
    };
    let order = (distance(0) / distance(4)).log2() / 4.0;
    assert!((order - 0.5).abs() < 0.1, "{order}");
}

/// The mean of a square at time 1 converges with order 1 (a weak order), where the paths do with order 1/2.
#[test]
fn moments_converge_with_order_one() {
    let field = diagonal_noise(
        closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0]),
        |_, y, _| 0.5 * y,
    );
    // E y^2 = exp((2 m + s^2) t), and Euler-Maruyama has ((1 + m h)^2 + s^2 h)^n
    let exact = (-1.75_f64).exp();
    let paths = 20_000;
    for halvings in [0, 2] {
        let h = 0.125 / f64::from(1 << halvings);
        let found = ends(&field, options(0.125, halvings, METHODS[0]), paths);
        let squares: Vec<f64> = found.iter().map(|y| y * y).collect();
        let mean = squares.iter().sum::<f64>() / paths as f64;
        let spread = squares.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / paths as f64;
        let scheme = ((1.0 - h).powi(2) + 0.25 * h).powf(1.0 / h);
        assert!((mean - scheme).abs() < 4.0 * (spread / paths as f64).sqrt());
        // log E = -1.75 + (1 - 1.75^2 / 2) h + ...
        let first = (1.0 - 1.75 * 1.75 / 2.0) * exact;
        assert!(((scheme - exact) / h - first).abs() < 0.7 * h * exact);
    }
}

/// Ornstein-Uhlenbeck: mean e^-t, variance (1 - e^-2t) s^2 / 2, correlation e^-lag; within four standard errors.
#[test]
fn the_ornstein_uhlenbeck_process_has_its_moments() {
    let drift = closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0]);
    let field = additive_noise(drift, &[0.6]);
    let paths = 20_000;
    let times = vec![1.0, 2.0];
    let begin = History::constant(&[1.0]);
    let options = StochasticOptions::with_step(0.05);
    let save = Save::At(times.clone());
    let found = stochastic_paths(&field, &begin, (0.0, 2.0), &save, options, paths).unwrap();
    let n = paths as f64;
    let mean = |at: usize| found.iter().map(|path| path.states[at]).sum::<f64>() / n;
    let both = |one: usize, other: usize| {
        let (a, b) = (mean(one), mean(other));
        found
            .iter()
            .map(|path| (path.states[one] - a) * (path.states[other] - b))
            .sum::<f64>()
            / n
    };
    let variance = |t: f64| 0.18 * (1.0 - (-2.0 * t).exp());
    for (at, t) in times.iter().enumerate() {
        let expected = variance(*t);
        assert!((mean(at) - (-t).exp()).abs() < 4.0 * (expected / n).sqrt());
        assert!((both(at, at) - expected).abs() < 4.0 * expected * (2.0 / n).sqrt());
    }
    let covariance = variance(1.0) * (-1.0_f64).exp();
    assert!((both(0, 1) - covariance).abs() < 4.0 * variance(2.0) / n.sqrt());
}

/// y' = -y(t-1) + noise: the stationary variance (1 + sin 1) / (2 cos 1) = 1.7041, held against the integral of the
/// spectrum 1 / |i w + e^-iw|^2 and against a path.
#[test]
fn the_linear_delay_equation_has_its_stationary_variance() {
    let formula = (1.0 + 1_f64.sin()) / (2.0 * 1_f64.cos());
    let spectrum = |w: f64| 1.0 / (w.cos().powi(2) + (w - w.sin()).powi(2));
    // Simpson's rule on [0, 400]; beyond it 1/w^2 but for terms of order w^-3
    let (count, end) = (400_000, 400.0);
    let h = end / f64::from(count);
    let inner: f64 = (1..count)
        .map(|k| f64::from(2 + 2 * (k % 2)) * spectrum(f64::from(k) * h))
        .sum();
    let integral = (inner + spectrum(0.0) + spectrum(end)) * h / 3.0 + 1.0 / end;
    assert!((integral / std::f64::consts::PI - formula).abs() < 1e-5);
    assert!((formula - 1.7041).abs() < 5e-5);

    let drift = closure_field(1, &[1.0], |_, _, late, dy| dy[0] = -late.state(0)[0]);
    let field = additive_noise(drift, &[1.0]);
    let paths = 4000;
    let begin = History::constant(&[0.0]);
    // the slowest mode decays as exp(-0.318 t)
    let options = StochasticOptions::with_step(0.05);
    let found = stochastic_paths(&field, &begin, (0.0, 20.0), &Save::Last, options, paths).unwrap();
    let variance = found.iter().map(|path| path.last()[0].powi(2)).sum::<f64>() / paths as f64;
    let error = formula * (2.0 / paths as f64).sqrt();
    assert!((variance - formula).abs() < 4.0 * error, "{variance}");
}

/// Without noise the two-stage method is Ralston's, and a jump of the history is met at an end of a step.
#[test]
fn without_noise_the_delay_equation_is_solved_and_its_breaks_are_kept() {
    let drift = || closure_field(1, &[1.0], |_, _, late, dy| dy[0] = -late.state(0)[0]);
    let field = additive_noise(drift(), &[0.0]);
    let options = StochasticOptions::with_step(0.03);
    let mut solver =
        StochasticSolver::new(&field, &History::constant(&[1.0]), 0.0, options).unwrap();
    assert!((solver.step() - 1.0 / 34.0).abs() < 1e-15);
    let path = solve(&mut solver, 3.0, &Save::Last, &[]).unwrap();
    // on [2, 3]: 1 - t + (t-1)^2/2 - (t-2)^3/6. Up to 2 the steps are exact, with a second stage on the tangent;
    // every step of [2, 3] then lacks the curvature, int_0^h s^2 / 2 ds
    let error = path.last()[0] - (1.0 - 3.0 + 2.0 - 1.0 / 6.0);
    assert!(
        (6.0 * error / solver.step().powi(2) - 1.0).abs() < 1e-9,
        "{error}"
    );
}

/// A neuron that leaks and is reset: without noise it keeps the period ln 3 of I = 1.5; the refined path spikes alike.
#[test]
fn thresholds_are_found_and_resets_keep_the_path() {
    let drift = || closure_field(1, &[], |_, v, _, dv| dv[0] = 1.5 - v[0]);
    let spikes = |noise: f64, step: f64, halvings: u32| {
        let field = additive_noise(drift(), &[noise]);
        let options = options(step, halvings, StochasticMethod::AdditiveRungeKutta);
        let mut solver =
            StochasticSolver::new(&field, &History::constant(&[0.0]), 0.0, options).unwrap();
        let reset = Event::new(|_, v| v[0] - 1.0)
            .rising()
            .resetting(|_, v| v[0] = 0.0);
        let path = solve(&mut solver, 10.0, &Save::Last, &[reset]).unwrap();
        path.events
            .iter()
            .map(|event| event.time)
            .collect::<Vec<_>>()
    };
    let still = spikes(0.0, 1e-3, 0);
    assert_eq!(still.len(), 9);
    for (count, time) in (1..).zip(&still) {
        assert!((time - f64::from(count) * 3_f64.ln()).abs() < 1e-4 * f64::from(count));
    }
    let (coarse, fine) = (spikes(0.1, 1e-3, 0), spikes(0.1, 1e-3, 3));
    assert_eq!(coarse.len(), fine.len());
    for (one, other) in coarse.iter().zip(&fine) {
        assert!((one - other).abs() < 0.02, "{one} {other}");
    }
    assert!(
        coarse
            .iter()
            .zip(&still)
            .any(|(one, other)| (one - other).abs() > 0.02)
    );
}

#[test]
fn paths_are_the_same_for_any_number_of_threads() {
    let drift = closure_field(2, &[0.5], |_, y, late, dy| {
        dy[0] = -y[0] + late.state(0)[1].tanh();
        dy[1] = -y[1] - late.state(0)[0];
    });
    let field = additive_noise(drift, &[0.3, 0.2]);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let begin = History::function(2, |t, y| y.copy_from_slice(&[t, 1.0]));
        let options = StochasticOptions::with_step(0.1);
        let paths = || stochastic_paths(&field, &begin, (0.0, 5.0), &Save::EveryStep, options, 20);
        let found = pool.install(paths).unwrap();
        found
            .iter()
            .flat_map(|path| path.states.clone())
            .map(f64::to_bits)
            .collect::<Vec<_>>()
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
    let distinct: std::collections::BTreeSet<u64> = one.iter().copied().collect();
    assert!(distinct.len() > 1900);
}

#[test]
fn what_noise_cannot_do_is_refused_by_name() {
    let start = |field: &dyn StochasticField, options| {
        let history = History::constant(&vec![0.0; field.drift().dimension()]);
        StochasticSolver::new(field, &history, 0.0, options).map(|_| ())
    };
    let still = |lags: &[f64]| closure_field(1, lags, |_, _, _, dy| dy[0] = 0.0);
    let whole = StochasticOptions::with_step(0.1);
    let uneven = additive_noise(still(&[1.0, 2_f64.sqrt()]), &[1.0]);
    let named = options(0.1, 0, StochasticMethod::AdditiveRungeKutta);
    let said = start(&uneven, named).unwrap_err().to_string();
    assert!(said.contains("no common step"), "{said}");
    // with no method named, the one is taken that interpolates
    let history = History::constant(&[0.0]);
    let solver = StochasticSolver::new(&uneven, &history, 0.0, whole).unwrap();
    assert_eq!(solver.method(), StochasticMethod::EulerMaruyama);
    let milstein = options(0.1, 0, StochasticMethod::Milstein);
    let general = noisy(
        still(&[]),
        Noise::General(1),
        |_, _: &[f64], _: Delayed<'_>, g: &mut [f64]| g[0] = 1.0,
    );
    let said = start(&general, milstein).unwrap_err().to_string();
    assert!(
        said.contains("`milstein` does not take this noise"),
        "{said}"
    );
    let varying = closure_field(1, &[], |_, _, _, dy| dy[0] = 0.0)
        .with_delayed_times(1, |t, _, times| times[0] = t - 1.0);
    let said = start(&additive_noise(varying, &[1.0]), whole)
        .unwrap_err()
        .to_string();
    assert!(said.contains("lags are constant"), "{said}");
    let field = additive_noise(still(&[]), &[1.0]);
    let none = StochasticOptions::with_step(0.0);
    let said = start(&field, none).unwrap_err().to_string();
    assert!(said.contains("positive"), "{said}");
    let explodes = additive_noise(
        closure_field(1, &[], |_, y, _, dy| dy[0] = y[0] * y[0]),
        &[0.0],
    );
    let mut solver =
        StochasticSolver::new(&explodes, &History::constant(&[1.0]), 0.0, whole).unwrap();
    let error = solve(&mut solver, 50.0, &Save::Last, &[]).unwrap_err();
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
    // no second attempt makes a number of it
    let again = solve(&mut solver, 50.0, &Save::Last, &[]).unwrap_err();
    assert_eq!(again, error);
    assert!(solver.state()[0].is_finite() && solver.time() < 50.0);
    assert_eq!(solver.jump(solver.time(), &[0.0]).unwrap_err(), error);
}

/// Ring of three with a delay for every connection, one of them zero: single components read at their lags, or whole
/// states, give the same path.
#[test]
fn single_components_are_read_at_their_lags_and_lag_zero_is_the_present() {
    struct Ring(DelayTable);
    impl DelayField for Ring {
        fn dimension(&self) -> usize {
            3
        }
        fn lags(&self) -> &[f64] {
            self.0.lags()
        }
        fn reads(&self) -> &[Read] {
            self.0.reads()
        }
        fn derivative(&self, _: f64, y: &[f64], late: Delayed<'_>, dy: &mut [f64]) {
            for (j, dy) in dy.iter_mut().enumerate() {
                *dy = late.value(j).sin() - y[j];
            }
        }
    }
    let table = DelayTable::new([(0.5, 1), (0.0, 2), (0.25, 0)]);
    let whole = closure_field(3, &[0.5, 0.25], |_, y, late, dy| {
        dy[0] = late.state(0)[1].sin() - y[0];
        dy[1] = y[2].sin() - y[1];
        dy[2] = late.state(1)[0].sin() - y[2];
    });
    let history = History::constant(&[1.0, -0.5, 0.25]);
    let options = StochasticOptions::with_step(0.05);
    let ends = |field: &dyn StochasticField| {
        let found = stochastic_paths(field, &history, (0.0, 3.0), &Save::Last, options, 3);
        found
            .unwrap()
            .iter()
            .flat_map(|path| path.last().to_vec())
            .collect::<Vec<_>>()
    };
    let noise = [0.2, 0.3, 0.1];
    assert_eq!(
        ends(&additive_noise(Ring(table), &noise)),
        ends(&additive_noise(whole, &noise))
    );
}
