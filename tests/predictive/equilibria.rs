//! Equilibria of predictive-coding networks against closed forms and published numbers.

use super::problems::*;
use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, dmatrix};
use pulsatrix::networks::NetworkError;
use pulsatrix::networks::predictive::*;

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
    let (flow, state) = at_rest(&network, &x(), Clamp::learn(&network), dynamic());
    let free = error_map(&flow, &state, 0);
    let free = free.view((0, 0), (7, 5)).into_owned();
    let hessian = free.transpose() * &free;
    let eigen = hessian.symmetric_eigenvalues();
    assert_abs_diff_eq!(
        eigen.max() / eigen.min(),
        6.590_628_696_917,
        epsilon = 1e-10
    );
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
