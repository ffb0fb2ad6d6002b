//! Flows of predictive-coding networks: spectra, stable steps, orders, and laws of decay.

use super::problems::*;
use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pulsatrix::networks::NetworkError;
use pulsatrix::networks::predictive::*;

#[test]
fn p5_the_spectrum_follows_from_the_singular_values() {
    // Weights 2, 3, 1/2 after a first one: B is the matrix of the specification.
    let network = chain(&[0.5, 3.0, 2.0, 1.0]);
    let mut clamp = Clamp::learn(&network);
    clamp.beta[4][0] = 0.0;
    let (flow, state) = at_rest(&network, &dmatrix![1.0], clamp, dynamic());
    let b = error_map(&flow, &state, 0);
    assert_eq!(b.shape(), (4, 3));
    let mut s = b.singular_values();
    s.as_mut_slice().sort_by(|a, b| b.total_cmp(a));
    let expected = dvector![3.390_344_713_374, 2.124_779_059_574, 0.490_791_883_074];
    assert_abs_diff_eq!(s, expected, epsilon = 1e-11);
    let limit = stable_step(&flow, &state, Scheme::Euler);
    assert_abs_diff_eq!(limit, 0.086_998_604_3, epsilon = 1e-10);

    // Eigenvalues of the Jacobian: four from each theory pair, and -1 outside of the range.
    let jacobian = jacobian(&flow, &state, 0);
    let found = jacobian.complex_eigenvalues();
    let mut expected = vec![nalgebra::Complex::new(-1.0, 0.0)];
    for s in s.iter() {
        let root = nalgebra::Complex::new(0.25 - s * s, 0.0).sqrt();
        expected.extend([root - 0.5, -root - 0.5]);
    }
    for value in expected {
        let nearest = found.iter().map(|f| (f - value).norm());
        assert!(
            nearest.fold(f64::MAX, f64::min) < 1e-10,
            "{value} in {found}"
        );
    }
    // Spectral radius of Euler's map just below and above the limit.
    for (factor, expected) in [(0.999, 0.999_957), (1.001, 1.000_044)] {
        let step = factor * limit;
        let radius = found
            .iter()
            .map(|f| (f * step + 1.0).norm())
            .fold(0.0, f64::max);
        assert_abs_diff_eq!(radius, expected, epsilon = 1e-6);
    }
    let mut clamp = Clamp::learn(&network);
    clamp.beta[4][0] = 0.0;
    let (flow, state) = at_rest(&network, &dmatrix![1.0], clamp, Dynamics::default());
    let limit = stable_step(&flow, &state, Scheme::Euler);
    assert_abs_diff_eq!(limit, 0.173_997_208_5, epsilon = 1e-10);
}

#[test]
fn p5_value_decay_moves_the_spectrum_as_its_quadratic_says() {
    let network = chain(&[0.5, 3.0, 2.0, 1.0]);
    let lambda = 0.1;
    let mut clamp = Clamp::learn(&network);
    clamp.beta[4][0] = 0.0;
    let dynamics = Dynamics {
        value_decay: lambda,
        ..dynamic()
    };
    let (flow, state) = at_rest(&network, &dmatrix![1.0], clamp.clone(), dynamics);
    let s = error_map(&flow, &state, 0).singular_values();
    let found = jacobian(&flow, &state, 0).complex_eigenvalues();
    for s in s.iter() {
        let half = 0.5 * (1.0 + lambda);
        let root = nalgebra::Complex::new(half * half - lambda - s * s, 0.0).sqrt();
        for value in [root - half, -root - half] {
            let nearest = found.iter().map(|f| (f - value).norm());
            assert!(nearest.fold(f64::MAX, f64::min) < 1e-10, "{value}: {found}");
        }
    }
    // With instantaneous errors -(s^2 + lambda): the largest of them bounds Euler's step.
    let dynamics = Dynamics {
        value_decay: lambda,
        ..Dynamics::default()
    };
    let (flow, state) = at_rest(&network, &dmatrix![1.0], clamp, dynamics);
    let limit = stable_step(&flow, &state, Scheme::Euler);
    assert_abs_diff_eq!(limit, 2.0 / (s[0] * s[0] + lambda), epsilon = 1e-10);
}

/// The 4-3-2 network of Sun and Orchard's stability study: weights as printed to eight digits in
/// the notebook `2-3-4_eigenvalues_stability`, all values and errors free.
#[test]
fn p5_the_eighteen_eigenvalues_of_the_authors() {
    let m1 = dmatrix![
        0.02724695, -0.19914702, 0.18771393;
        0.05270509, -0.08971174, -0.24906071;
        0.07449481, -0.3337452, 0.07666979;
        -0.04348515, 0.06385004, 0.22655515
    ];
    let m0 = dmatrix![
        0.02344535, 0.10203477;
        -0.25750077, -0.3112389;
        0.33996723, -0.19720405
    ];
    let matrices = vec![m0.transpose(), m1.transpose()];
    let network =
        PredictiveNetwork::from_matrices(matrices, vec![Activation::Identity; 2]).unwrap();
    let free = Clamp::free(&network);
    let image = DMatrix::zeros(4, 1);
    let (flow, state) = at_rest(&network, &image, free, dynamic());
    let mut s = error_map(&flow, &state, 0).singular_values();
    s.as_mut_slice().sort_by(|a, b| b.total_cmp(a));
    let expected = [
        1.327_589_878_9,
        1.280_846_149_4,
        1.047_012_609_1,
        1.035_103_203_3,
        1.0,
        1.0,
        1.0,
        0.754_257_053_9,
        0.719_422_730_2,
    ];
    for (found, expected) in s.iter().zip(expected) {
        assert_abs_diff_eq!(*found, expected, epsilon = 1e-8);
    }
    let found = jacobian(&flow, &state, 0).complex_eigenvalues();
    assert_eq!(found.len(), 18);
    for imaginary in [
        1.229_835_3,
        1.179_223_0,
        0.919_910_5,
        0.906_332_5,
        0.866_025_4,
        0.564_715_6,
        0.517_270_8,
    ] {
        let value = nalgebra::Complex::new(-0.5, imaginary);
        let nearest = found.iter().map(|f| (f - value).norm());
        assert!(nearest.fold(f64::MAX, f64::min) < 1e-7, "{value}");
    }
}

/// `exp(-lambda_v t / tau)` for the part of the start that no class sees, exactly 1 without decay.
#[test]
fn p8_the_null_space_forgets_by_decay_alone() {
    let x = minimum_norm_inputs();
    let m = x.clone().pseudo_inverse(1e-12).unwrap();
    let null = dvector![
        x[(1, 0)] * x[(2, 1)] - x[(2, 0)] * x[(1, 1)],
        x[(2, 0)] * x[(0, 1)] - x[(0, 0)] * x[(2, 1)],
        x[(0, 0)] * x[(1, 1)] - x[(1, 0)] * x[(0, 1)]
    ]
    .normalize();
    let network = PredictiveNetwork::from_matrices(vec![m], vec![Activation::Identity]).unwrap();
    for (lambda, expected) in [(0.02, 0.002_478_752_2), (0.0, 1.0)] {
        let dynamics = Dynamics {
            tau: 0.1,
            value_decay: lambda,
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let clamp = Clamp::generate(&network);
        let flow = PredictiveFlow::new(&network, clamp, dynamics, DMatrix::zeros(3, 1)).unwrap();
        let mut state = State::random(&network, 1, 1.0, 9);
        let before = null.dot(&DVector::from(state.values[1].column(0)));
        for _ in 0..3000 {
            Scheme::RungeKutta4.step(&flow, &mut state, 0.01);
        }
        let after = null.dot(&DVector::from(state.values[1].column(0)));
        assert_abs_diff_eq!(after / before, expected, epsilon = 1e-9);
    }
}

#[test]
fn p11_energy_falls_with_instantaneous_errors_and_v_with_dynamic_ones() {
    let network = three(Activation::Tanh);
    let clamp = Clamp::learn(&network);
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), x()).unwrap();
    let mut state = State::forward(&network, &x())
        .unwrap()
        .with_class(&y())
        .unwrap();
    let mut energy = flow.energy(&state)[0];
    let mut slope = state.clone();
    for _ in 0..200 {
        flow.derivative(&mut state, &mut slope);
        // dF/dt = -|grad F|^2, by central differences.
        let square: f64 = slope
            .values
            .iter()
            .map(nalgebra::Matrix::norm_squared)
            .sum();
        let (mut ahead, mut behind) = (state.clone(), state.clone());
        ahead.add(1e-5, &slope);
        behind.add(-1e-5, &slope);
        let rate = (flow.energy(&ahead)[0] - flow.energy(&behind)[0]) / 2e-5;
        assert_abs_diff_eq!(rate, -square, epsilon = 1e-9);
        Scheme::Euler.step(&flow, &mut state, 0.05);
        let next = flow.energy(&state)[0];
        assert!(next <= energy, "{next} after {energy}");
        energy = next;
    }

    // Dynamic errors: V falls at exactly (|e - e*|^2 + lambda |v - v*|^2) / tau.
    let network = chain(&[0.5, 3.0, 2.0, 1.0]);
    let mut clamp = Clamp::learn(&network);
    clamp.beta[4][0] = 0.0;
    let dynamics = Dynamics {
        tau: 0.4,
        value_decay: 0.1,
        errors: ErrorNodes::Dynamic,
        ..Dynamics::default()
    };
    let flow = PredictiveFlow::new(&network, clamp, dynamics, dmatrix![0.0]).unwrap();
    let mut rest = State::zero(&network, 1);
    rest.values[0][0] = 0.7;
    rest.values[4][0] = 1.3;
    let mut state = rest.clone();
    let _ = relax(&flow, &mut rest, &tight(Method::Automatic)).unwrap();
    let distance = |state: &State| {
        let v: f64 = (1..4)
            .map(|l| (state.values[l][0] - rest.values[l][0]).powi(2))
            .sum();
        let e: f64 = (0..4)
            .map(|l| (state.errors[l][0] - rest.errors[l][0]).powi(2))
            .sum();
        (v, e)
    };
    for _ in 0..100 {
        let (v, e) = distance(&state);
        let (mut ahead, mut behind) = (state.clone(), state.clone());
        Scheme::RungeKutta4.step(&flow, &mut ahead, 1e-4);
        Scheme::RungeKutta4.step(&flow, &mut behind, -1e-4);
        let half = |state: &State| {
            let (v, e) = distance(state);
            0.5 * (v + e)
        };
        let rate = (half(&ahead) - half(&behind)) / 2e-4;
        let expected = -(e + 0.1 * v) / 0.4;
        assert_abs_diff_eq!(rate, expected, epsilon = 1e-4 * (1.0 + expected.abs()));
        Scheme::RungeKutta4.step(&flow, &mut state, 0.01);
    }
}

#[test]
fn p12_the_schemes_have_their_orders() {
    let network = three(Activation::Tanh);
    let clamp = Clamp::learn(&network);
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), x()).unwrap();
    let start = State::forward(&network, &x())
        .unwrap()
        .with_class(&y())
        .unwrap();
    assert_abs_diff_eq!(
        flow.energy(&start)[0],
        0.947_891_307_443_501_8,
        epsilon = 1e-14
    );
    let exact = [
        -0.788_327_765_568,
        0.476_661_271_405,
        -0.142_973_852_336,
        -0.351_587_665_339,
        -0.348_383_875_518,
    ];
    let free = |state: &State| -> Vec<f64> {
        let values = state.values[2].iter().chain(state.values[1].iter());
        values.copied().collect()
    };
    let run = |scheme: Scheme, steps: u32| {
        let mut state = start.clone();
        for _ in 0..steps {
            scheme.step(&flow, &mut state, 2.0 / f64::from(steps));
        }
        state
    };
    let reference = run(Scheme::RungeKutta4, 2000);
    for (found, expected) in free(&reference).iter().zip(exact) {
        assert_abs_diff_eq!(*found, expected, epsilon = 1e-11);
    }
    assert_abs_diff_eq!(
        flow.energy(&reference)[0],
        0.310_626_959_887_740_53,
        epsilon = 1e-13
    );
    for (scheme, published) in [
        (Scheme::Euler, [4.31e-3, 2.14e-3, 1.07e-3]),
        (Scheme::Heun, [1.04e-4, 2.47e-5, 6.01e-6]),
        (Scheme::RungeKutta4, [1.14e-7, 6.78e-9, 4.13e-10]),
    ] {
        for (steps, published) in [32, 64, 128].into_iter().zip(published) {
            let found = free(&run(scheme, steps));
            let differences = found.iter().zip(free(&reference));
            let error = differences.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert_abs_diff_eq!(error, published, epsilon = 0.006 * published);
        }
    }
    let mut state = start.clone();
    let found = relax(&flow, &mut state, &tight(Method::QuasiNewton)).unwrap();
    let rest = [
        -0.795_913_061_919,
        0.379_863_122_995,
        -0.154_951_243_392,
        -0.349_321_347_426,
        -0.407_798_454_657,
    ];
    for (found, expected) in free(&state).iter().zip(rest) {
        assert_abs_diff_eq!(*found, expected, epsilon = 1e-11);
    }
    assert_abs_diff_eq!(found.energy(), 0.304_643_236_421_018_2, epsilon = 1e-13);
}

#[test]
fn an_unstable_step_is_named_with_its_limit() {
    let network = chain(&[0.5, 3.0, 2.0]);
    for (errors, limit) in [(ErrorNodes::Instantaneous, 2.0), (ErrorNodes::Dynamic, 1.0)] {
        let clamp = Clamp::learn(&network);
        let dynamics = Dynamics {
            errors,
            ..Dynamics::default()
        };
        let flow = PredictiveFlow::new(&network, clamp, dynamics, dmatrix![1.0]).unwrap();
        let s2 = error_map(&flow, &State::zero(&network, 1), 0)
            .singular_values()
            .max()
            .powi(2);
        let euler = Method::Explicit {
            scheme: Scheme::Euler,
            step: 1.05 * limit / s2,
        };
        let mut state = State::zero(&network, 1);
        let error = relax(&flow, &mut state, &tight(euler)).unwrap_err();
        let NetworkError::UnstableStep { limit: found, .. } = error else {
            panic!("{error}");
        };
        assert_abs_diff_eq!(found, limit / s2, epsilon = 1e-8);
    }
    // A nonlinear network: found out on the way.
    let network = three(Activation::Tanh);
    let clamp = Clamp::learn(&network);
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), x()).unwrap();
    let mut state = State::forward(&network, &x())
        .unwrap()
        .with_class(&y())
        .unwrap();
    let options = RelaxOptions {
        maximum_evaluations: 2000,
        ..tight(Method::Explicit {
            scheme: Scheme::Euler,
            step: 1.5,
        })
    };
    let error = relax(&flow, &mut state, &options).unwrap_err();
    assert!(
        matches!(error, NetworkError::UnstableStep { .. }),
        "{error}"
    );
}

/// Variances scale what an explicit step may be: below the limit the residual falls, above it grows.
/// Errors that no value answers decay with their variance: 2 / Sigma bounds the step, whatever the weights.
#[test]
fn errors_of_large_variance_bound_the_step() {
    let network = chain(&[29.0_f64.sqrt(), 0.0])
        .with_variances(&[10.0, 10.0, 10.0])
        .unwrap();
    let (flow, state) = at_rest(&network, &dmatrix![1.0], Clamp::learn(&network), dynamic());
    let limit = stable_step(&flow, &state, Scheme::Euler);
    assert_abs_diff_eq!(limit, 0.2 * dynamic().tau, epsilon = 1e-9);
}

#[test]
fn stable_steps_know_of_variances() {
    let network = chain(&[0.5, 3.0, 2.0])
        .with_variances(&[0.05, 2.0, 0.3, 1.0])
        .unwrap();
    for dynamics in [Dynamics::default(), dynamic()] {
        let (flow, state) = at_rest(&network, &dmatrix![1.0], Clamp::learn(&network), dynamics);
        let limit = stable_step(&flow, &state, Scheme::Euler);
        // the exact limit, from the eigenvalues of the linear flow
        let exact = match dynamics.errors {
            ErrorNodes::Dynamic => {
                let rates = jacobian(&flow, &state, 0).complex_eigenvalues();
                // |1 + h mu| = 1
                let limits = rates.iter().map(|mu| -2.0 * mu.re / mu.norm_sqr());
                limits.fold(f64::INFINITY, f64::min)
            }
            ErrorNodes::Instantaneous => {
                let b = error_map(&flow, &state, 0);
                let sigma = [0.05, 2.0, 0.3, 1.0_f64];
                let scaled = DMatrix::from_fn(4, 3, |i, j| b[(i, j)] / sigma[i].sqrt());
                2.0 / scaled.singular_values().max().powi(2)
            }
        };
        match dynamics.errors {
            ErrorNodes::Instantaneous => assert_abs_diff_eq!(limit, exact, epsilon = 1e-9),
            ErrorNodes::Dynamic => {
                assert!(limit <= exact && limit > 0.01 * exact, "{limit} {exact}");
            }
        }
    }
}
