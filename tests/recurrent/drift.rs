//! The drift of a platform: how it is drawn, and what can be read back from it.

use nalgebra::{DMatrix, DVector};
use pulsatrix::analysis::{
    DriftError, KalmanFilter, Spread, allan_deviations, allan_variance, autoregression,
    expected_allan_variance, least_squares, steady_filter, steady_scalar_filter,
    walk_allan_variance,
};
use pulsatrix::networks::Activation;
use pulsatrix::networks::drift::{Conditions, DriftModel, DriftTerm, GaussMarkov, tumble};
use pulsatrix::networks::recurrent::{ElmanNetwork, ElmanShape, Node, Sequences};

const BIAS: GaussMarkov = GaussMarkov {
    correlation_time: 50.0,
    deviation: 0.02,
};
const NOISE: f64 = 0.02;

const TERMS: [(DriftTerm, f64); 6] = [
    (DriftTerm::Fixed, 0.05),
    (DriftTerm::Input, 0.10),
    (DriftTerm::Spin, -0.06),
    (DriftTerm::InputSquared, 0.03),
    (DriftTerm::InputSpin, -0.04),
    (DriftTerm::Temperature, 0.08),
];

fn noise_alone() -> DriftModel {
    DriftModel {
        terms: Vec::new(),
        interval: 1.0,
        bias: BIAS,
        walk: 0.0,
        noise: NOISE,
    }
}

fn sampled(count: usize, index: u64) -> Vec<f64> {
    let conditions = vec![Conditions::default(); count];
    noise_alone().sample(&conditions, 1, index).drift
}

#[test]
fn the_bound_of_the_scalar_filter_is_known() {
    let (phi, q) = BIAS.over(1.0);
    assert!((phi - 0.980_198_673_3).abs() < 1e-10);
    assert!((q - 1.568_422_434e-5).abs() < 1e-14);
    let steady = steady_scalar_filter(phi, q, NOISE * NOISE);
    assert!((steady.covariance[0] - 7.920_662_684e-5).abs() < 1e-14);
    assert!((steady.variance - 4.792_066_268e-4).abs() < 1e-13);
    assert!((steady.gain[0] - 0.162_014_100).abs() < 1e-9);
    // ARMA(1, 1): theta = -(phi - K)
    assert!((-(phi - steady.gain[0]) + 0.818_184_573).abs() < 1e-9);

    // by doubling, and by the filter itself from its stationary law
    let one = |value| DMatrix::from_element(1, 1, value);
    let h = DVector::from_element(1, 1.0);
    let doubled = steady_filter(&one(phi), &one(q), &h, NOISE * NOISE).unwrap();
    assert!((doubled.variance - steady.variance).abs() < 1e-17);
    assert!((doubled.gain[0] - steady.gain[0]).abs() < 1e-14);
    let mean = DVector::zeros(1);
    let mut filter = KalmanFilter::new(one(phi), one(q), mean, one(4e-4)).unwrap();
    let mut last = 0.0;
    for k in 0..400 {
        last = filter
            .step(&h, NOISE * NOISE, 0.01 * f64::from(k % 3))
            .variance;
    }
    assert!((last - steady.variance).abs() < 1e-17, "{last}");
}

/// A bias and a random walk, seen together: the doubled steady state is that of a thousand steps.
#[test]
fn the_steady_state_of_two_components_solves_the_riccati_equation() {
    let f = DMatrix::from_row_slice(2, 2, &[0.9, 0.05, 0.0, 1.0]);
    let q = DMatrix::from_row_slice(2, 2, &[1e-2, 1e-3, 1e-3, 2e-3]);
    let h = DVector::from_column_slice(&[1.0, 0.5]);
    let steady = steady_filter(&f, &q, &h, 0.3).unwrap();
    let p = &steady.covariance;
    let seen = p * &h;
    let updated = p - &seen * seen.transpose() / steady.variance;
    let again = &f * updated * f.transpose() + &q;
    assert!((&again - p).amax() < 1e-16, "{}", (&again - p).amax());
    let mut filter = KalmanFilter::new(
        f.clone(),
        q.clone(),
        DVector::zeros(2),
        DMatrix::identity(2, 2),
    )
    .unwrap();
    for _ in 0..1000 {
        filter.step(&h, 0.3, 0.0);
    }
    assert!((filter.covariance() - p).amax() < 1e-14);
    // an unseen random walk has none
    let blind = DVector::from_column_slice(&[1.0, 0.0]);
    let alone = DMatrix::from_row_slice(2, 2, &[0.9, 0.0, 0.0, 1.0]);
    let found = steady_filter(&alone, &DMatrix::identity(2, 2), &blind, 0.3);
    assert!(
        matches!(found, Err(DriftError::NoSteadyState { .. })),
        "{found:?}"
    );
    assert!(steady_filter(&f, &q, &h, 0.0).is_err());
}

/// Mean square errors of one-step predictions over 40 sequences of 2000 readings against their closed forms.
#[test]
fn what_simple_predictors_achieve_is_known() {
    let (phi, _) = BIAS.over(1.0);
    let bias = BIAS.deviation * BIAS.deviation;
    let r = NOISE * NOISE;
    // persistence: 2 sigma^2 (1 - phi) + 2 R; regression on the last reading: v (1 - a^2), v = sigma^2 + R
    let persistence = 2.0 * bias * (1.0 - phi) + 2.0 * r;
    assert!((persistence - 8.158_41e-4).abs() < 1e-9);
    let slope = phi * bias / (bias + r);
    assert!((slope - 0.490_099).abs() < 5e-7);
    let regression = (bias + r) * (1.0 - slope * slope);
    assert!((regression - 6.078_42e-4).abs() < 1e-9);

    let bound = steady_scalar_filter(phi, BIAS.over(1.0).1, r);
    let sequences: Vec<Vec<f64>> = (0..40).map(|index| sampled(2000, index)).collect();
    let mean_square = |predict: &dyn Fn(&[f64]) -> Vec<f64>| {
        let means: Vec<f64> = sequences
            .iter()
            .map(|d| {
                let predicted = predict(d);
                let errors = predicted
                    .iter()
                    .zip(d)
                    .skip(100)
                    .map(|(p, d)| (p - d).powi(2));
                errors.sum::<f64>() / (d.len() - 100) as f64
            })
            .collect();
        Spread::of(&means)
    };
    let last = |factor: f64| {
        move |d: &[f64]| -> Vec<f64> {
            let before = std::iter::once(0.0).chain(d.iter().map(|d| factor * d));
            before.take(d.len()).collect()
        }
    };
    let kalman = |d: &[f64]| {
        let mut state = 0.0;
        d.iter()
            .map(|d| {
                let predicted = state;
                state = phi * state + bound.gain[0] * (d - state);
                predicted
            })
            .collect()
    };
    for (found, expected) in [
        (mean_square(&last(1.0)), persistence),
        (mean_square(&last(slope)), regression),
        (mean_square(&kalman), bound.variance),
    ] {
        assert!(
            (found.mean - expected).abs() < 3.5 * found.error,
            "{found:?} {expected}"
        );
        assert!(found.error < 0.01 * expected);
    }
    let all: Vec<&[f64]> = sequences.iter().map(Vec::as_slice).collect();
    assert!((autoregression(&all).unwrap() - slope).abs() < 0.02);
}

/// `h` in one step is twice `h/2`, to rounding, and the law does not move in time: no step is too long.
#[test]
fn the_process_is_sampled_exactly() {
    for interval in [0.1, 1.0, 40.0, 700.0] {
        let (phi, q) = BIAS.over(interval);
        let (half, kick) = BIAS.over(0.5 * interval);
        assert!((half * half - phi).abs() < 1e-15);
        assert!((half * half * kick + kick - q).abs() < 1e-18);
    }
    // readings four correlation times apart: Euler's step would have multiplied by -3
    let model = DriftModel {
        interval: 200.0,
        walk: 1e-3,
        noise: 0.0,
        ..noise_alone()
    };
    let conditions = vec![Conditions::default(); 60];
    let samples: Vec<_> = (0..400)
        .map(|index| model.sample(&conditions, 3, index))
        .collect();
    for k in [0, 59] {
        let squares: Vec<f64> = samples.iter().map(|s| s.bias[k].powi(2)).collect();
        let found = Spread::of(&squares);
        assert!((found.mean - 4e-4).abs() < 3.5 * found.error, "{found:?}");
    }
    let squares: Vec<f64> = samples.iter().map(|s| s.walk[59].powi(2)).collect();
    let (found, expected) = (Spread::of(&squares), 1e-6 * 200.0 * 59.0);
    assert!(
        (found.mean - expected).abs() < 3.5 * found.error,
        "{found:?} {expected}"
    );
    // streams are those of their index
    assert_eq!(model.sample(&conditions, 3, 7), samples[7]);
    assert_ne!(model.sample(&conditions, 4, 7), samples[7]);
    for broken in [
        DriftModel {
            interval: 0.0,
            ..noise_alone()
        },
        DriftModel {
            noise: -1.0,
            ..noise_alone()
        },
        DriftModel {
            bias: GaussMarkov {
                correlation_time: 0.0,
                ..BIAS
            },
            ..noise_alone()
        },
    ] {
        assert!(broken.check().is_err());
    }
}

#[test]
fn least_squares_returns_the_coefficients_and_names_what_depends() {
    let model = DriftModel {
        terms: TERMS.to_vec(),
        bias: GaussMarkov {
            deviation: 0.0,
            ..BIAS
        },
        noise: 0.0,
        ..noise_alone()
    };
    let conditions: Vec<Conditions> = (0..200)
        .map(|k| tumble(0.05 * f64::from(k), (0.02 * f64::from(k)).sin()))
        .collect();
    let drift = model.sample(&conditions, 1, 0).drift;
    let mut terms: Vec<DriftTerm> = TERMS.iter().map(|(term, _)| *term).collect();
    let design = |terms: &[DriftTerm]| {
        DMatrix::from_fn(200, terms.len(), |row, column| {
            terms[column].value(&conditions[row])
        })
    };
    let names = |terms: &[DriftTerm]| terms.iter().map(|term| term.name()).collect::<Vec<_>>();
    let right = DVector::from_vec(drift);
    let fit = least_squares(&design(&terms), &names(&terms), &right).unwrap();
    for ((_, expected), found) in TERMS.iter().zip(&fit.coefficients) {
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    }
    assert!(fit.mean_square() < 1e-32);
    // on a tumbling platform the squares add up to 1
    terms.push(DriftTerm::SpinSquared);
    let found = least_squares(&design(&terms), &names(&terms), &right).unwrap_err();
    let expected = DriftError::Dependent {
        column: "a_S^2".into(),
        rank: 6,
        columns: 7,
    };
    assert_eq!(found, expected);
    // off the sphere they do not
    let mut design = design(&terms);
    design[(3, 6)] += 0.1;
    assert!(least_squares(&design, &names(&terms), &right).is_ok());
    // the output axis is never felt
    let silent = [DriftTerm::Fixed, DriftTerm::Output];
    let design = DMatrix::from_fn(200, 2, |row, column| silent[column].value(&conditions[row]));
    let found = least_squares(&design, &names(&silent), &right).unwrap_err();
    assert!(found.to_string().contains("`a_O`"), "{found}");
    assert!(
        least_squares(
            &design.rows(0, 1).into_owned(),
            &["a", "b"],
            &right.rows(0, 1).into()
        )
        .is_err()
    );
}

/// `f = identity`, `n = 1`, `W_c = phi - K`, `W_i = K`, `W_o = 1`.
#[test]
fn a_linear_elman_network_is_the_stationary_kalman_predictor() {
    let (phi, q) = BIAS.over(1.0);
    let steady = steady_scalar_filter(phi, q, NOISE * NOISE);
    let gain = steady.gain[0];
    let shape = ElmanShape {
        node: Node::Plain(Activation::Identity),
        ..ElmanShape::new(1, 1, 1)
    };
    let network = ElmanNetwork::new(shape).unwrap();
    let drift = sampled(500, 3);
    let inputs = Sequences::new(DMatrix::from_row_slice(1, 500, &drift), 1).unwrap();
    let parameters = [gain, phi - gain, 0.0, 1.0, 0.0];
    let outputs = network.pass(&parameters, &inputs, None).unwrap();
    // the filter from its steady state: what is said before reading k + 1 is what Elman says at k
    let one = |value| DMatrix::from_element(1, 1, value);
    let covariance = steady.covariance.clone();
    let mean = DVector::zeros(1);
    let mut filter = KalmanFilter::new(one(phi), one(q), mean, covariance).unwrap();
    let h = DVector::from_element(1, 1.0);
    let mut worst = 0.0_f64;
    for (k, reading) in drift.iter().enumerate() {
        filter.step(&h, NOISE * NOISE, *reading);
        worst = worst.max((filter.mean()[0] - outputs.outputs().at(0, k, 0)).abs());
    }
    assert!(worst < 3e-16, "{worst:e}");
}

/// Unknown coefficients join the state; from a wide prior the filter ends at the weighted least squares.
#[test]
fn a_filter_estimates_the_coefficients_with_the_bias() {
    let model = DriftModel {
        terms: TERMS.to_vec(),
        ..noise_alone()
    };
    let (phi, q) = BIAS.over(1.0);
    let size = 1 + TERMS.len();
    let mut f = DMatrix::identity(size, size);
    f[(0, 0)] = phi;
    let mut noise = DMatrix::zeros(size, size);
    noise[(0, 0)] = q;
    let mut covariance = DMatrix::identity(size, size);
    covariance[(0, 0)] = 4e-4;
    let mut filter = KalmanFilter::new(f, noise, DVector::zeros(size), covariance).unwrap();
    for index in 0..24 {
        let conditions: Vec<Conditions> = (0..240)
            .map(|k| {
                let k = f64::from(k);
                let index = index as f64;
                tumble(0.026 * k + index, (0.02 * k + 2.0 * index).sin())
            })
            .collect();
        filter.renew(0, 0.0, 4e-4);
        let drift = model.sample(&conditions, 5, index).drift;
        for (at, reading) in conditions.iter().zip(drift) {
            let row = std::iter::once(1.0).chain(TERMS.iter().map(|(term, _)| term.value(at)));
            let h = DVector::from_iterator(size, row);
            filter.step(&h, NOISE * NOISE, reading);
        }
    }
    for (index, (_, expected)) in TERMS.iter().enumerate() {
        let (found, variance) = (
            filter.mean()[index + 1],
            filter.covariance()[(index + 1, index + 1)],
        );
        let error = (found - expected).abs() / variance.sqrt();
        assert!(
            error < 3.5,
            "{index}: {found} {expected}, {error} deviations"
        );
        assert!(variance.sqrt() < 0.01);
    }
}

#[test]
fn slopes_of_the_allan_deviation_are_known() {
    let slope = |variance: &dyn Fn(usize) -> f64, size: usize| {
        0.5 * (variance(2 * size) / variance(size)).log2()
    };
    let white =
        |size: usize| expected_allan_variance(size, |lag| if lag == 0 { 4e-4 } else { 0.0 });
    assert!((white(1) - 4e-4).abs() < 1e-18 && (slope(&white, 8) + 0.5).abs() < 1e-14);
    let walk = |size: usize| walk_allan_variance(size, 1e-6);
    assert!((walk(1) - 0.5e-6).abs() < 1e-20);
    assert!((slope(&walk, 64) - 0.5).abs() < 1e-4);
    assert!((walk(1000) / (1e-6 * 1000.0 / 3.0) - 1.0).abs() < 1e-6);
    let ramp: Vec<f64> = (0..64).map(|k| 0.3 * f64::from(k)).collect();
    let rising = |size: usize| allan_variance(&ramp, size).unwrap();
    assert!((rising(4) - 0.5 * (0.3 * 4.0_f64).powi(2)).abs() < 1e-12);
    assert!((slope(&rising, 4) - 1.0).abs() < 1e-12);

    // Gauss-Markov: 1/2 where short, 0 at 1.89 correlation times, -1/2 where long; and its continuous form
    let markov =
        |size: usize| expected_allan_variance(size, |lag| 4e-4 * (-(lag as f64) / 500.0).exp());
    let slow =
        |size: usize| expected_allan_variance(size, |lag| 4e-4 * (-(lag as f64) / 50_000.0).exp());
    assert!((slope(&slow, 16) - 0.5).abs() < 0.002);
    assert!((slope(&markov, 40_000) + 0.5).abs() < 0.01);
    let top = 945;
    assert!(markov(top) > markov(top - 15) && markov(top) > markov(top + 15));
    for size in [100, 945, 4000] {
        let x = size as f64 / 500.0;
        let bracket = 1.0 - (3.0 - 4.0 * (-x).exp() + (-2.0 * x).exp()) / (2.0 * x);
        let continuous = 2.0 * 4e-4 / x * bracket;
        assert!((markov(size) / continuous - 1.0).abs() < 1e-3, "{size}");
    }
}

#[test]
fn sampled_allan_variances_are_those_expected() {
    let count = 4000;
    let conditions = vec![Conditions::default(); count];
    let model = DriftModel {
        walk: 5e-4,
        ..noise_alone()
    };
    let of = |size: usize| {
        let found: Vec<f64> = (0..40)
            .map(|index| {
                let drift = model.sample(&conditions, 8, index).drift;
                allan_variance(&drift, size).unwrap()
            })
            .collect();
        Spread::of(&found)
    };
    let (phi, _) = BIAS.over(1.0);
    for size in [1, 4, 32, 200] {
        let covariance = |lag: usize| {
            let noise = if lag == 0 { NOISE * NOISE } else { 0.0 };
            4e-4 * phi.powi(lag as i32) + noise
        };
        let expected = expected_allan_variance(size, covariance) + walk_allan_variance(size, 25e-8);
        let found = of(size);
        assert!(
            (found.mean - expected).abs() < 3.5 * found.error,
            "{size} {found:?} {expected}"
        );
    }
    let curve = allan_deviations(&sampled(1000, 1), 0.5);
    assert_eq!(curve.len(), 8);
    assert_eq!(curve[3].0, 4.0);
    assert!(allan_variance(&[1.0, 2.0], 2).is_err() && allan_variance(&[1.0], 0).is_err());
}
