//! Derivatives against differences, and identities that hold exactly.

use nalgebra::DMatrix;
use pulsatrix::networks::deep::*;
use pulsatrix::networks::{Activation, NetworkError};

use super::{ALONG_ROWS, direction, dot, moved, networks, wave};

#[test]
fn derivatives_agree_with_differences() {
    let smooth = [
        Activation::Identity,
        Activation::Erf,
        Activation::Tanh,
        Activation::Gelu,
    ];
    let kinked = [Activation::Relu, Activation::LeakyRelu(0.1)];
    for activation in smooth.into_iter().chain(kinked) {
        for (network, batch) in networks(activation) {
            let parameters = network.initial(Initialisation::Gaussian, 7).unwrap();
            let v = direction(parameters.len());
            let pass = network.pass(&parameters, &batch).unwrap();
            let step = 1e-6;
            let at = |step| moved(&parameters, &v, step);
            let outputs = |step| network.outputs(&at(step), &batch).unwrap();
            let difference = (outputs(step) - outputs(-step)) / (2.0 * step);
            let tangent = pass.jvp(&v).unwrap();
            let error = (&tangent - difference).amax() / tangent.amax();
            assert!(error < 1e-8, "{activation:?} J v: {error:e}");

            let c = wave(6, network.output_count(), 0.9);
            let gradient = pass.vjp(&c).unwrap();
            let error = (dot(&gradient, &v) - c.dot(&tangent)).abs() / c.dot(&tangent).abs();
            assert!(error < 1e-11, "{activation:?} J^T c: {error:e}");

            // the loss 1/4 sum f^4, whose slope is f^3 and curvature 3 f^2
            let slope = |f: &DMatrix<f64>| f.map(|f| f.powi(3));
            let loss = |f: &DMatrix<f64>, change: &DMatrix<f64>| {
                (slope(f), f.map(|f| 3.0 * f * f).component_mul(change))
            };
            let product = network.hvp(&parameters, &batch, &v, &loss).unwrap();
            let gradient = |step| network.gradient(&at(step), &batch, &slope).unwrap().1;
            let (high, low) = (gradient(step), gradient(-step));
            let scale = product.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            for (i, found) in product.iter().enumerate() {
                let expected = (high[i] - low[i]) / (2.0 * step);
                let error = (found - expected).abs() / scale;
                assert!(error < 1e-7, "{activation:?} H v at {i}: {error:e}");
            }
        }
    }
}

#[test]
fn a_batch_is_its_examples_one_by_one() {
    for (network, batch) in networks(Activation::Tanh) {
        let parameters = network.initial(Initialisation::Orthogonal, 3).unwrap();
        let whole = network.outputs(&parameters, &batch).unwrap();
        for i in 0..batch.nrows() {
            let single = network
                .outputs(&parameters, &batch.rows(i, 1).into())
                .unwrap();
            assert!((single - whole.rows(i, 1)).amax() < 1e-14);
        }
        let none = DMatrix::zeros(0, batch.ncols());
        let outputs = network.outputs(&parameters, &none).unwrap();
        assert_eq!(outputs.shape(), (0, network.output_count()));
    }
}

#[test]
fn a_convolution_written_out_by_hand() {
    // one image of one channel, one filter: the sum of the patch, weighted
    let image = Image {
        channels: 1,
        height: 3,
        width: 3,
    };
    let batch = DMatrix::from_row_slice(1, 9, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    // up and left 1, centre 10, right 100; without rows above and below: left 1
    let square = (Filter::from(3), [0, 4, 5]);
    let row = (ALONG_ROWS, [0, 1, 2]);
    for ((kernel, places), expected) in [
        (
            square,
            [210.0, 320.0, 30.0, 540.0, 651.0, 62.0, 870.0, 984.0, 95.0],
        ),
        (
            row,
            [210.0, 321.0, 32.0, 540.0, 654.0, 65.0, 870.0, 987.0, 98.0],
        ),
    ] {
        let convolutions = Convolutions {
            channels: vec![1],
            kernel,
            padding: Padding::Zero,
            read_out: ReadOut::GlobalAverage,
            pooling: Vec::new(),
        };
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Identity,
            parameterisation: Parameterisation::Standard,
            ..Architecture::convolutional(image, convolutions)
        })
        .unwrap();
        let mut parameters = vec![0.0; network.parameter_count()];
        for (place, weight) in places.into_iter().zip([1.0, 10.0, 100.0]) {
            parameters[place] = weight;
        }
        parameters[kernel.pixels()] = 1.0; // read-out
        let sums = network.pass(&parameters, &batch).unwrap().sums(0).clone();
        assert_eq!(sums.as_slice(), expected);
        let outputs = network.outputs(&parameters, &batch).unwrap();
        assert!((outputs[0] - expected.iter().sum::<f64>() / 9.0).abs() < 1e-12);
    }
}

#[test]
fn the_kernel_of_a_linear_orthogonal_network_is_exact_at_every_width() {
    // Th(x, x') = (L+1) sigma_w^(2 (L+1)) <x, x'> / d
    let (d, sigma_w) = (6, 1.2);
    let batch = wave(4, d, 0.37);
    for width in [6, 9, 32] {
        for depth in [1, 4] {
            let network = DeepNetwork::new(Architecture {
                activation: Activation::Identity,
                sigma_w,
                ..Architecture::fully_connected(d, &vec![width; depth], 1)
            })
            .unwrap();
            let scale = (depth + 1) as f64 * f64::powi(sigma_w, 2 * (depth as i32 + 1)) / d as f64;
            let expected = &batch * batch.transpose() * scale;
            let error = |law| {
                let parameters = network.initial(law, 11).unwrap();
                let kernel = network.ntk(&parameters, &batch, None).unwrap();
                (kernel - &expected).norm() / expected.norm()
            };
            assert!(error(Initialisation::Orthogonal) < 1e-13);
            assert!(error(Initialisation::Gaussian) > 0.02);
        }
    }
}

#[test]
fn the_kernel_of_a_linear_gaussian_network_misses_by_a_third() {
    // one network of width 32 and four layers missed by 31 % in an independent study; ours scatter
    // about such a number, and halve it at four times the width
    let (d, depth, seeds) = (6, 4, 60);
    let batch = wave(4, d, 0.37);
    let expected = &batch * batch.transpose() * ((depth + 1) as f64 / d as f64);
    let spread = |width: usize| {
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Identity,
            ..Architecture::fully_connected(d, &vec![width; depth], 1)
        })
        .unwrap();
        let errors = (0..seeds).map(|seed| {
            let parameters = network.initial(Initialisation::Gaussian, seed).unwrap();
            let kernel = network.ntk(&parameters, &batch, None).unwrap();
            (kernel - &expected).norm() / expected.norm()
        });
        let errors: Vec<f64> = errors.collect();
        let mean = errors.iter().sum::<f64>() / seeds as f64;
        let squares = errors.iter().map(|error| (error - mean).powi(2));
        (mean, (squares.sum::<f64>() / seeds as f64).sqrt())
    };
    let ((narrow, deviation), (wide, _)) = (spread(32), spread(128));
    assert!((0.31 - narrow).abs() < deviation, "{narrow} {deviation}");
    assert!((narrow / wide - 2.0).abs() < 0.4, "{narrow} {wide}");
}

#[test]
fn what_does_not_fit_is_named() {
    let network = DeepNetwork::new(Architecture::fully_connected(3, &[4], 2)).unwrap();
    let parameters = network.initial(Initialisation::Gaussian, 1).unwrap();
    let batch = wave(5, 3, 1.0);
    let wrong = network.outputs(&parameters, &wave(5, 4, 1.0));
    assert!(matches!(
        wrong,
        Err(NetworkError::BatchShape {
            name: "inputs",
            found: (5, 4),
            expected: (5, 3)
        })
    ));
    let wrong = network.outputs(&parameters[1..], &batch);
    assert!(matches!(
        wrong,
        Err(NetworkError::ParameterCount {
            found: 19,
            expected: 20,
            ..
        })
    ));
    assert!(network.jvp(&parameters, &batch, &[1.0]).is_err());
    assert!(network.vjp(&parameters, &batch, &wave(5, 3, 1.0)).is_err());
    let huge: Vec<f64> = parameters.iter().map(|p| p * 1e308 * 1e10).collect();
    let found = network.outputs(&huge, &batch).unwrap_err();
    assert!(
        matches!(found, NetworkError::NotFinite { name: "outputs" }),
        "{found}"
    );

    let image = Image {
        channels: 1,
        height: 4,
        width: 4,
    };
    let bad = |kernel: usize, activation, widths: &[usize], sigma_w| {
        let convolutions = Convolutions {
            channels: vec![2],
            kernel: kernel.into(),
            padding: Padding::Zero,
            read_out: ReadOut::Flatten,
            pooling: Vec::new(),
        };
        let architecture = Architecture {
            activation,
            widths: widths.to_vec(),
            sigma_w,
            ..Architecture::convolutional(image, convolutions)
        };
        DeepNetwork::new(architecture).unwrap_err().to_string()
    };
    let tanh = Activation::Tanh;
    assert!(bad(2, tanh, &[3], 1.0).contains("odd"));
    assert!(bad(5, tanh, &[3], 1.0).contains("at most the sides"));
    assert!(bad(3, Activation::Softmax, &[3], 1.0).contains("couples the units"));
    assert!(bad(3, tanh, &[0], 1.0).contains("width of a hidden layer"));
    assert!(bad(3, tanh, &[3], f64::NAN).contains("sigma_w"));
}
