//! The linearised flow at late times, and kernels that are none.

use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pulsatrix::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
use pulsatrix::networks::kernels::{DenseKernel, Dual};
use pulsatrix::training::flow::{FlowError, GradientFlow, Linearised, Squared};

const LATE: [f64; 3] = [1e6, 1e18, f64::INFINITY];

#[test]
fn a_kernel_of_rank_one_learns_one_mode() {
    let kernel = DMatrix::from_element(2, 2, 1.0);
    let zero = DMatrix::zeros(2, 1);
    let linear = Linearised::new(&kernel, &zero, &dmatrix![1.0; 1.0]).unwrap();
    for time in LATE {
        assert!((linear.outputs(time) - dmatrix![1.0; 1.0]).amax() < 1e-15);
        assert!(linear.loss(time) < 1e-30);
        assert!((linear.coefficients(time) - dvector![-0.5, -0.5]).amax() < 1e-15);
    }
    // v v^T on two examples and a third that is alone: the part of (1, -1) at right angles to v stays
    let v = dvector![1.0, 0.7, 0.49];
    let mut kernel = &v * v.transpose();
    kernel[(2, 2)] += 0.5;
    let zero = DMatrix::zeros(3, 1);
    let linear = Linearised::new(&kernel, &zero, &dmatrix![1.0; -1.0; 2.0]).unwrap();
    let share = (1.0 - 0.7) / 1.49;
    for time in LATE {
        let expected = dmatrix![share; 0.7 * share; 2.0];
        assert!((linear.outputs(time) - expected).amax() < 1e-13, "{time}");
        let left = 0.5 * ((1.0 - share).powi(2) + (1.0 + 0.7 * share).powi(2));
        assert!((linear.loss(time) - left).abs() < 1e-13);
        assert!((linear.loss(time) - 0.969_798_657_7).abs() < 1e-9);
    }
    assert!(linear.rank_tolerance() > 0.0 && linear.rank_tolerance() < 1e-11);
    // descent stands still where the flow does
    let rate = 1.0 / linear.rates().max();
    let descended = linear.descended(rate, 100_000).unwrap();
    assert!((descended - linear.outputs(f64::INFINITY)).amax() < 1e-12);
}

/// An input that is given twice is learned as one with the mean of its targets.
#[test]
fn equal_inputs_count_as_one() {
    let kernel = DenseKernel::new(Dual::tanh(), 2, 1.5, 0.1).unwrap();
    let single = DMatrix::from_fn(4, 3, |i, j| (1.0 + 1.7 * i as f64 + 0.9 * j as f64).sin());
    let twice = DMatrix::from_fn(7, 3, |i, j| single[(i % 4, j)]);
    let targets = DMatrix::from_fn(7, 1, |i, _| (2.0 * i as f64).cos());
    let means = DMatrix::from_fn(4, 1, |i, _| match i {
        3 => targets[3],
        _ => 0.5 * (targets[i] + targets[i + 4]),
    });
    let other = DMatrix::from_fn(5, 3, |i, j| (0.3 * i as f64 - 1.1 * j as f64).cos());
    let predict = |inputs: &DMatrix<f64>, targets: &DMatrix<f64>, time| {
        let gram = kernel.train(inputs).unwrap().ntk;
        let zero = DMatrix::zeros(inputs.nrows(), 1);
        let linear = Linearised::new(&gram, &zero, targets).unwrap();
        let cross = kernel.cross(&other, inputs).unwrap().ntk;
        let before = DMatrix::zeros(5, 1);
        linear
            .predict(&cross, &before, &linear.coefficients(time))
            .unwrap()
    };
    let expected = predict(&single, &means, f64::INFINITY);
    for time in LATE {
        let found = predict(&twice, &targets, time);
        assert!(
            (&found - &expected).amax() < 1e-9,
            "{time}: {found} {expected}"
        );
    }
}

#[test]
fn what_is_no_kernel_is_refused_by_name() {
    let zero = DMatrix::zeros(2, 1);
    let one = DMatrix::from_element(2, 1, 1.0);
    let new = |kernel: DMatrix<f64>, targets: &DMatrix<f64>| {
        Linearised::new(&kernel, &zero, targets).unwrap_err()
    };
    assert!(matches!(
        new(dmatrix![1.0, 2.0; 2.0, 1.0], &one),
        FlowError::NegativeEigenvalue { value, top } if (value + 1.0).abs() < 1e-14 && top > 2.9
    ));
    assert!(matches!(
        new(dmatrix![1.0, 0.5; 0.4, 1.0], &one),
        FlowError::Asymmetric { difference, .. } if (difference - 0.1).abs() < 1e-15
    ));
    assert!(matches!(
        new(DMatrix::identity(2, 2), &dmatrix![1.0; f64::NAN]),
        FlowError::NotFinite {
            name: "the matrix of targets",
            row: 1,
            ..
        }
    ));
    let mut broken = DMatrix::identity(2, 2);
    broken[(0, 1)] = f64::INFINITY;
    assert!(matches!(
        new(broken, &one),
        FlowError::NotFinite {
            name: "the kernel",
            ..
        }
    ));
    let nothing = DMatrix::zeros(0, 0);
    assert!(Linearised::new(&nothing, &nothing, &nothing).is_err());
    // rounding is no reason
    let mut kernel = DMatrix::from_element(2, 2, 1.0);
    kernel[(0, 0)] -= 1e-13;
    let linear = Linearised::new(&kernel, &zero, &one).unwrap();
    assert!((linear.outputs(1e18) - &one).amax() < 1e-12);
    // and what does not fit afterwards is refused too
    let cross = DMatrix::zeros(3, 2);
    let before = DMatrix::zeros(3, 1);
    assert!(linear.predict(&cross, &before, &DVector::zeros(1)).is_err());
    assert!(
        linear
            .predict(&cross, &before, &dvector![1.0, f64::NAN])
            .is_err()
    );
    assert!(linear.predict(&cross, &before, &DVector::zeros(2)).is_ok());
}

/// What null modes leave in the weights is nothing, at any time.
#[test]
fn weights_on_equal_inputs_come_to_rest() {
    let network = DeepNetwork::new(Architecture {
        sigma_b: 0.3,
        ..Architecture::fully_connected(3, &[], 1)
    })
    .unwrap();
    let single = DMatrix::from_fn(2, 3, |i, j| (1.0 + 1.7 * i as f64 + 0.9 * j as f64).sin());
    let x = DMatrix::from_fn(6, 3, |i, j| single[(i % 2, j)]);
    let y = DMatrix::from_fn(6, 1, |i, _| (2.0 * i as f64).cos());
    let start = network.initial(Initialisation::Gaussian, 2).unwrap();
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let linear = Linearised::of(&flow, &start).unwrap();
    for time in LATE {
        let weights = linear.weights(&flow, &start, time).unwrap();
        let found = network.outputs(&weights, &x).unwrap();
        assert!((found - linear.outputs(f64::INFINITY)).amax() < 1e-12);
    }
    assert!(linear.weights(&flow, &start, f64::NAN).is_err());
    // a coarser tolerance freezes more
    let frozen = linear.clone().with_rank_tolerance(0.99).unwrap();
    assert!(frozen.loss(f64::INFINITY) > linear.loss(f64::INFINITY));
    assert!(linear.with_rank_tolerance(f64::NAN).is_err());
}
