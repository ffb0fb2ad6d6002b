//! Predictive-coding networks and covariances as associative memories.

use approx::assert_abs_diff_eq;
use nalgebra::DMatrix;
use pulsatrix::networks::NetworkError;
use pulsatrix::networks::predictive::*;
use pulsatrix::training::predictive::{StoreOptions, store};

fn patterns(neurons: usize, samples: usize) -> DMatrix<f64> {
    DMatrix::from_fn(neurons, samples, |i, j| {
        ((1 + i * i) as f64 * (2 + 3 * j) as f64 * 0.417).sin() + 0.2 * ((i + j) as f64).cos()
    })
}

const FORMS: [CovarianceForm; 3] = [
    CovarianceForm::Explicit,
    CovarianceForm::Implicit,
    CovarianceForm::Dendritic,
];

/// M. Tang et al., `PLoS` Comput. Biol. 19(4), e1010719 (2023), figure 3: all three forms recall the same.
#[test]
fn p15_three_forms_of_covariance_rest_on_the_closed_form() {
    let stored = patterns(25, 60);
    let memory = CovarianceMemory::store(&stored, 0.0).unwrap();
    let known: Vec<bool> = (0..25).map(|i| i < 15).collect();
    let cue = patterns(25, 7).map(|x| 1.3 * x - 0.1);
    let exact = memory.complete(&cue, &known).unwrap();
    // mu_2 + S_21 S_11^-1 (x_1 - mu_1), written out.
    let mean = stored.column_mean();
    let centred = DMatrix::from_fn(25, 60, |i, j| stored[(i, j)] - mean[i]);
    let s = &centred * centred.transpose() / 60.0;
    let inverse = s.view((0, 0), (15, 15)).into_owned().try_inverse().unwrap();
    let regression = s.view((15, 0), (10, 15)) * inverse;
    for k in 0..7 {
        let shown = cue.column(k).rows(0, 15) - mean.rows(0, 15);
        let expected = &regression * shown + mean.rows(15, 10);
        assert_abs_diff_eq!(
            exact.column(k).rows(15, 10).into_owned(),
            expected,
            epsilon = 1e-9
        );
        assert_eq!(exact.view((0, k), (15, 1)), cue.view((0, k), (15, 1)));
    }
    for form in FORMS {
        let found = memory.rest(form, &cue, &known).unwrap();
        assert_abs_diff_eq!(found, exact, epsilon = 1e-8);
    }
    // The implicit form descends the squares of the errors that the dendritic form follows.
    let stiffness = |form| memory.stiffness(form, &known).unwrap();
    let square = stiffness(CovarianceForm::Dendritic).powi(2);
    assert_abs_diff_eq!(
        stiffness(CovarianceForm::Implicit) / square,
        1.0,
        epsilon = 1e-6
    );
}

/// Two neurons: the recall of the second is the line of regression on the first.
#[test]
fn p15_two_neurons_recall_their_line() {
    let stored = DMatrix::from_row_slice(2, 4, &[0.0, 1.0, 2.0, 3.0, 1.0, 2.0, 2.0, 5.0]);
    let memory = CovarianceMemory::store(&stored, 0.0).unwrap();
    let cue = DMatrix::from_row_slice(2, 2, &[4.0, -1.0, 0.0, 0.0]);
    // Slope 1.2 through (1.5, 2.5).
    for form in FORMS {
        let found = memory.rest(form, &cue, &[true, false]).unwrap();
        assert_abs_diff_eq!(found[(1, 0)], 5.5, epsilon = 1e-12);
        assert_abs_diff_eq!(found[(1, 1)], -0.5, epsilon = 1e-12);
    }
    // Without noise nothing is cleaned; with much of it, only the mean is left.
    let same = memory.denoise(&cue, 0.0).unwrap();
    assert_abs_diff_eq!(same, cue, epsilon = 1e-12);
    let mean = memory.denoise(&cue, 1e12).unwrap();
    assert_abs_diff_eq!(mean[(0, 1)], 1.5, epsilon = 1e-9);
}

#[test]
fn fewer_patterns_than_neurons_need_a_ridge_and_then_come_back_exactly() {
    let stored = patterns(20, 6);
    let refused = CovarianceMemory::store(&stored, 0.0).unwrap_err();
    assert!(matches!(
        refused,
        NetworkError::OutOfRange { name: "ridge", .. }
    ));
    let memory = CovarianceMemory::store(&stored, 1e-9).unwrap();
    let known: Vec<bool> = (0..20).map(|i| i % 2 == 0).collect();
    let found = memory.complete(&stored, &known).unwrap();
    assert_abs_diff_eq!(found, stored, epsilon = 1e-6);
    assert!(memory.complete(&stored, &[true]).is_err());
}

/// A linear network completes by regression: `x_2 = M_2 (M_1^T M_1 + Sigma)^-1 M_1^T x_1`.
#[test]
fn a_linear_predictive_memory_completes_by_its_closed_form() {
    let m = patterns(12, 5);
    let network =
        PredictiveNetwork::from_matrices(vec![m.clone()], vec![Activation::Identity]).unwrap();
    let network = network.with_variances(&[0.3, 1.0]).unwrap();
    let options = RelaxOptions {
        tolerance: 1e-11,
        ..RelaxOptions::default()
    };
    let memory = PredictiveMemory::new(network, options, 1);
    let known: Vec<bool> = (0..12).map(|i| i < 7).collect();
    let cue = patterns(12, 4).map(|x| x + 0.3);
    let found = memory.complete(&cue, &known).unwrap();
    assert!(found.relaxation.converged());
    let (m1, m2) = (m.rows(0, 7), m.rows(7, 5));
    let inverse = (m1.transpose() * m1 + DMatrix::identity(5, 5) * 0.3)
        .try_inverse()
        .unwrap();
    let expected = m2 * (inverse * m1.transpose() * cue.rows(0, 7));
    assert_abs_diff_eq!(
        found.images.rows(7, 5).into_owned(),
        expected,
        epsilon = 1e-9
    );
    assert_eq!(found.images.rows(0, 7), cue.rows(0, 7));
}

#[test]
fn stored_images_come_back_from_half_of_them_and_from_noise() {
    let images = DMatrix::from_fn(40, 5, |i, j| f64::from(u8::from((i * (j + 3) + j) % 7 < 3)));
    let network =
        PredictiveNetwork::random(&[40, 30], Activation::Tanh, Feedback::Tied, 2).unwrap();
    let network = network.with_variances(&[0.01, 1.0]).unwrap();
    let options = StoreOptions {
        steps: 100,
        rate: 30.0,
        weight_decay: 0.02,
        ..StoreOptions::default()
    };
    let (memory, stored) = store(network, &images, &options).unwrap();
    assert!(
        stored.error <= 1e-5 && stored.residual <= 1e-6,
        "{stored:?}"
    );
    let known: Vec<bool> = (0..40).map(|i| i < 20).collect();
    let found = memory.complete(&images, &known).unwrap();
    assert!(found.relaxation.converged());
    let error = |found: &DMatrix<f64>| (found - &images).norm_squared() / 200.0;
    assert!(error(&found.images) < 1e-3, "{}", error(&found.images));
    let noisy = &images + patterns(40, 5) * 0.2;
    let cleaned = memory.denoise(&noisy).unwrap();
    assert!(cleaned.relaxation.converged());
    assert!(
        error(&cleaned.images) < 0.5 * error(&noisy),
        "{}",
        error(&cleaned.images)
    );
    // What does not fit is refused.
    assert!(memory.complete(&images, &[true]).is_err());
    let free = PredictiveNetwork::random(&[40, 9], Activation::Tanh, Feedback::Free, 2).unwrap();
    let refused = store(free, &images, &options).unwrap_err();
    assert!(matches!(refused, NetworkError::Contradiction { .. }));
}
