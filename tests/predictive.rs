//! Predictive-coding networks against closed forms and published numbers.

#![allow(clippy::unwrap_used)]

use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pulsatrix::networks::NetworkError;
use pulsatrix::networks::predictive::*;

/// The three matrices that several known answers share, from the image side to the class side.
fn three(activation: Activation) -> PredictiveNetwork {
    let w1 = dmatrix![1.0, 2.0; 0.0, -1.0; 0.5, 0.5];
    let w2 = dmatrix![1.0, 0.0, -1.0; 0.5, 1.0, 0.0];
    let w3 = dmatrix![1.0, -1.0; 2.0, 0.5];
    PredictiveNetwork::from_matrices(vec![w3, w2, w1], vec![activation; 3]).unwrap()
}

fn x() -> DMatrix<f64> {
    dmatrix![1.0; -1.0]
}

fn y() -> DMatrix<f64> {
    dmatrix![0.5; -1.0]
}

fn chain(weights: &[f64]) -> PredictiveNetwork {
    let matrices: Vec<_> = weights.iter().map(|w| dmatrix![*w]).collect();
    let activations = vec![Activation::Identity; weights.len()];
    PredictiveNetwork::from_matrices(matrices, activations).unwrap()
}

fn dynamic() -> Dynamics {
    Dynamics {
        errors: ErrorNodes::Dynamic,
        ..Dynamics::default()
    }
}

/// A learning flow from the forward pass, relaxed.
fn learn(
    network: &PredictiveNetwork,
    image: &DMatrix<f64>,
    class: &DMatrix<f64>,
    options: &RelaxOptions,
) -> (State, Relaxation) {
    let clamp = Clamp::learn(network);
    let flow = PredictiveFlow::new(network, clamp, Dynamics::default(), image.clone()).unwrap();
    let start = State::forward(network, image).unwrap();
    let mut state = start.with_class(class).unwrap();
    let found = relax(&flow, &mut state, options).unwrap();
    (state, found)
}

fn tight(method: Method) -> RelaxOptions {
    RelaxOptions {
        tolerance: 1e-12,
        method,
        ..RelaxOptions::default()
    }
}

/// R. Bogacz, J. Math. Psychology 76, 198 (2017), exercises 1 to 3.
#[test]
fn p1_the_size_of_bogacz() {
    let network = bogacz_2017(1.0, 1.0).unwrap();
    for method in [Method::Automatic, Method::Newton] {
        let (flow, mut state) = PredictiveFlow::bogacz_2017(&network, 2.0, 3.0).unwrap();
        let found = relax(&flow, &mut state, &tight(method)).unwrap();
        let phi = state.values[1][0];
        assert_abs_diff_eq!(phi, 1.567_468_374_852_422_3, epsilon = 1e-12);
        assert_abs_diff_eq!(
            state.errors[1][0],
            -1.432_531_625_147_577_7,
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(
            state.errors[0][0],
            -0.456_957_106_162_496_39,
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(found.energy(), 1.130_478_326_960_180_6, epsilon = 1e-13);
    }
    // The time course of the paper: Euler with step 0.01 ends there too.
    let (flow, mut state) = PredictiveFlow::bogacz_2017(&network, 2.0, 3.0).unwrap();
    let euler = Method::Explicit {
        scheme: Scheme::Euler,
        step: 0.01,
    };
    let found = relax(&flow, &mut state, &tight(euler)).unwrap();
    assert!(found.evaluations > 1000);
    assert_abs_diff_eq!(state.values[1][0], 1.567_468_374_852_422_3, epsilon = 1e-10);
}

#[test]
fn p2_linear_equilibria_have_their_closed_form() {
    let one = dmatrix![1.0];
    for method in [Method::Newton, Method::QuasiNewton] {
        let (state, found) = learn(&chain(&[0.5, 3.0, 2.0]), &one, &one, &tight(method));
        assert_abs_diff_eq!(state.values[2][0], 8.0 / 7.0, epsilon = 1e-12);
        assert_abs_diff_eq!(state.values[1][0], 22.0 / 7.0, epsilon = 1e-12);
        assert_abs_diff_eq!(found.energy(), 4.0 / 7.0, epsilon = 1e-13);
        let errors: Vec<f64> = state.errors.iter().map(|e| e[0]).collect();
        for (found, sevenths) in errors.iter().zip([-4.0, -2.0, -6.0, 0.0]) {
            assert_abs_diff_eq!(*found, sevenths / 7.0, epsilon = 1e-12);
        }

        let (state, found) = learn(&three(Activation::Identity), &x(), &y(), &tight(method));
        let z1 = [-0.944_269_190_326, 0.525_762_355_415, -0.292_849_631_966];
        let z2 = [-0.358_569_926_393, -0.420_609_884_332];
        assert_abs_diff_eq!(state.values[2].as_slice(), &z1[..], epsilon = 1e-12);
        assert_abs_diff_eq!(state.values[1].as_slice(), &z2[..], epsilon = 1e-12);
        assert_abs_diff_eq!(found.energy(), 0.410_751_840_168_243_95, epsilon = 1e-14);
    }
    // The matrices that the derivation goes through.
    let network = three(Activation::Identity);
    let (w3, w2, w1) = (
        network.prediction(0),
        network.prediction(1),
        network.prediction(2),
    );
    let r = y() - w3 * w2 * w1 * x();
    assert_abs_diff_eq!(r, dmatrix![2.0; 0.75], epsilon = 1e-14);
    let p2 = w3 * w2;
    let s = DMatrix::identity(2, 2) + w3 * w3.transpose() + &p2 * p2.transpose();
    assert_abs_diff_eq!(s, dmatrix![5.25, 4.125; 4.125, 14.5625], epsilon = 1e-14);
}

#[test]
fn p2_precisions_enter_the_closed_form() {
    let network = three(Activation::Identity);
    let (w3, w2, w1) = (
        network.prediction(0).clone(),
        network.prediction(1).clone(),
        network.prediction(2).clone(),
    );
    let network = network.with_variances(&[0.25, 2.0, 3.0, 1.0]).unwrap();
    let (_, found) = learn(&network, &x(), &y(), &tight(Method::QuasiNewton));
    let r = y() - &w3 * &w2 * &w1 * x();
    let p2 = &w3 * &w2;
    let s =
        DMatrix::identity(2, 2) * 0.25 + &w3 * w3.transpose() * 2.0 + &p2 * p2.transpose() * 3.0;
    let energy = 0.5 * (r.transpose() * s.try_inverse().unwrap() * &r)[0];
    assert_abs_diff_eq!(found.energy(), energy, epsilon = 1e-13);
}

#[test]
fn p2_eigenvalues_of_the_hessian() {
    let network = chain(&[0.5, 3.0, 2.0]);
    let (flow, state) = at_rest(&network, &dmatrix![1.0], Clamp::learn(&network), dynamic());
    // The image is pulled, not held: drop its own column.
    let b = error_map(&flow, &state, 0);
    let b = b.view((0, 0), (3, 2)).into_owned();
    let mut eigen = (b.transpose() * &b).symmetric_eigenvalues();
    eigen.as_mut_slice().sort_by(f64::total_cmp);
    assert_abs_diff_eq!(eigen[0], 0.320_226_206_519, epsilon = 1e-11);
    assert_abs_diff_eq!(eigen[1], 10.929_773_793_481, epsilon = 1e-11);
}

fn at_rest<'a>(
    network: &'a PredictiveNetwork,
    image: &DMatrix<f64>,
    clamp: Clamp,
    dynamics: Dynamics,
) -> (PredictiveFlow<'a>, State) {
    let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone()).unwrap();
    let state = State::zero(network, image.ncols());
    (flow, state)
}

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

fn minimum_norm_inputs() -> DMatrix<f64> {
    DMatrix::from_row_slice(
        2,
        3,
        &[
            -0.668_920_751_432_983_8,
            0.100_208_732_044_212_21,
            0.721_743_604_222_115_7,
            0.235_867_447_877_988_08,
            0.892_492_774_227_876_3,
            0.121_715_943_076_722_51,
        ],
    )
    .transpose()
}

#[test]
fn p8_generation_with_the_minimum_norm_matrix() {
    let x = minimum_norm_inputs();
    let m = x.clone().pseudo_inverse(1e-12).unwrap();
    assert_abs_diff_eq!(m.norm_squared(), 2.176_455_830_225_588_5, epsilon = 1e-13);
    let network = PredictiveNetwork::from_matrices(vec![m], vec![Activation::Identity]).unwrap();
    let class = DMatrix::identity(2, 2);
    // Computed in rational arithmetic from the same inputs; the specification prints 0.018995,
    // 0.015882, 0.0095895, 0.0080095 (its last digit cut off, not rounded), 9.68e-5 and 8.08e-5.
    for (lambda, distances) in [
        (0.02, [0.018_994_839_127_263, 0.015_882_442_618_998]),
        (0.01, [0.009_589_538_532_361, 0.008_009_593_732_888]),
        (1e-4, [9.682_514_390_443e-5, 8.078_453_409_308e-5]),
    ] {
        for method in [Method::Newton, Method::QuasiNewton] {
            let dynamics = Dynamics {
                value_decay: lambda,
                ..Dynamics::default()
            };
            let clamp = Clamp::generate(&network);
            let flow =
                PredictiveFlow::new(&network, clamp, dynamics, DMatrix::zeros(3, 2)).unwrap();
            let mut state = State::random(&network, 2, 1.0, 5)
                .with_class(&class)
                .unwrap();
            let _ = relax(&flow, &mut state, &tight(method)).unwrap();
            for (k, expected) in distances.iter().enumerate() {
                let distance = (state.values[1].column(k) - x.column(k)).norm();
                assert_abs_diff_eq!(distance, *expected, epsilon = 1e-9);
            }
        }
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
fn p10_the_forward_pass_is_the_equilibrium_of_a_free_class() {
    let network =
        PredictiveNetwork::random(&[3, 7, 8, 5], Activation::Tanh, Feedback::Tied, 2).unwrap();
    let image = DMatrix::from_fn(5, 6, |i, j| ((3 * i + 5 * j) as f64).sin());
    let forward = State::forward(&network, &image).unwrap();
    let clamp = Clamp::classify(&network);
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), image.clone()).unwrap();
    assert!(flow.energy(&forward).iter().all(|e| *e < 1e-30));
    assert!(flow.residual(&forward).iter().all(|r| *r < 1e-15));
    for method in [Method::QuasiNewton, Method::Newton] {
        let mut state = State::random(&network, 6, 0.3, 1);
        let _ = relax(&flow, &mut state, &tight(method)).unwrap();
        for (found, expected) in state.values.iter().zip(&forward.values) {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
        }
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

#[test]
fn what_has_not_converged_is_never_a_success() {
    let network = three(Activation::Tanh);
    let clamp = Clamp::learn(&network);
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), x()).unwrap();
    let start = State::forward(&network, &x())
        .unwrap()
        .with_class(&y())
        .unwrap();
    for method in [Method::QuasiNewton, Method::Newton] {
        let mut options = RelaxOptions {
            maximum_evaluations: 2,
            ..tight(method)
        };
        let error = relax(&flow, &mut start.clone(), &options).unwrap_err();
        assert!(
            matches!(error, NetworkError::NotConverged { samples: 1, .. }),
            "{error}"
        );
        options.keep_unconverged = true;
        let found = relax(&flow, &mut start.clone(), &options).unwrap();
        assert!(!found.converged() && found.residual() > 1e-12);
    }
}

/// A sample ends in the same state alone as in a batch, whatever its neighbours need.
#[test]
fn every_sample_of_a_batch_converges_for_itself() {
    let network =
        PredictiveNetwork::random(&[3, 20, 30, 12], Activation::Tanh, Feedback::Tied, 4).unwrap();
    let image = DMatrix::from_fn(12, 40, |i, j| {
        ((i + 1) as f64 * (j + 1) as f64 * 0.37).sin()
    });
    let labels: Vec<usize> = (0..40).map(|j| j % 3).collect();
    let class = one_hot(&labels, 3).unwrap();
    let (state, found) = learn(&network, &image, &class, &tight(Method::QuasiNewton));
    assert!(
        found
            .samples
            .iter()
            .any(|s| s.evaluations < found.evaluations)
    );
    for k in [0, 17, 39] {
        let (image, class) = (image.column(k).into_owned(), class.column(k).into_owned());
        let (image, class) = (
            DMatrix::from_columns(&[image]),
            DMatrix::from_columns(&[class]),
        );
        let (alone, _) = learn(&network, &image, &class, &tight(Method::Newton));
        for (batch, alone) in state.values.iter().zip(&alone.values) {
            assert_abs_diff_eq!(
                batch.column(k).into_owned(),
                alone.column(0).into_owned(),
                epsilon = 1e-11
            );
        }
    }
}

#[test]
fn bad_input_is_refused_in_words() {
    let error = PredictiveNetwork::from_matrices(
        vec![DMatrix::zeros(2, 3), DMatrix::zeros(4, 5)],
        vec![Activation::Tanh; 2],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "M of layer 1 is 4 x 5, but must be 3 x 5"
    );
    let network = three(Activation::Tanh);
    let error = network.forward(&DMatrix::zeros(5, 1)).unwrap_err();
    assert!(
        error.to_string().contains("image of layer 3 is 5 x 1"),
        "{error}"
    );
    assert!(Clamp::complete(&network, &[true]).is_err());
    assert!(
        network
            .clone()
            .with_variances(&[1.0, -1.0, 1.0, 1.0])
            .is_err()
    );
    let free = network
        .clone()
        .with_feedback(
            (0..3)
                .map(|l| network.prediction(l).transpose() * 0.9)
                .collect(),
        )
        .unwrap();
    let clamp = Clamp::learn(&free);
    let flow = PredictiveFlow::new(&free, clamp, Dynamics::default(), x()).unwrap();
    let mut state = State::forward(&free, &x())
        .unwrap()
        .with_class(&y())
        .unwrap();
    let refused = relax(&flow, &mut state, &tight(Method::QuasiNewton)).unwrap_err();
    assert!(matches!(refused, NetworkError::Contradiction { .. }));
    let found = relax(&flow, &mut state, &tight(Method::Automatic)).unwrap();
    assert!(found.converged() && matches!(found.method, Method::Newton));
}
