//! Max pooling and dropout: what is refused, old architectures, masks and their derivatives.

use nalgebra::DMatrix;
use pulsatrix::networks::deep::*;
use pulsatrix::networks::{Activation, NetworkError};

use super::{built, direction, dot, moved, networks, wave};

#[test]
fn blocks_shrink_the_image_and_odd_pixels_are_left_out() {
    let image = Image {
        channels: 1,
        height: 28,
        width: 28,
    };
    let stack = Convolutions::blocks(&[vec![8, 8], vec![16, 16], vec![4]], 3, 2);
    let images = stack.images(image).unwrap();
    let sides: Vec<usize> = images.iter().map(|image| image.height).collect();
    assert_eq!(sides, [28, 28, 14, 14, 7, 3]);
    let network = built(&Architecture {
        widths: vec![32],
        outputs: 10,
        ..Architecture::convolutional(image, stack)
    });
    let pixels: Vec<usize> = network.layers().iter().map(|layer| layer.pixels).collect();
    assert_eq!(pixels, [784, 784, 196, 196, 49, 1, 1]);
    assert_eq!(network.layers()[5].fan_in, 3 * 3 * 4);

    let refused = |pooling: Vec<usize>| {
        let stack = Convolutions {
            pooling,
            ..Convolutions::blocks(&[vec![2, 2]], 3, 1)
        };
        let network = DeepNetwork::new(Architecture::convolutional(image, stack));
        network.unwrap_err()
    };
    assert_eq!(
        refused(vec![2]),
        NetworkError::Poolings {
            found: 1,
            convolutions: 2
        }
    );
    assert!(refused(vec![1, 0]).to_string().contains("at least 1"));
    assert!(refused(vec![1, 29]).to_string().contains("at most"));
    // the second convolution sees 2 x 2 pixels only
    assert!(refused(vec![14, 1]).to_string().contains("kernel"));
}

#[test]
fn architectures_of_before_are_read_and_written_as_before() {
    let text = r#"{"input":{"channels":1,"height":4,"width":4},"convolutions":{"channels":[2,3],
        "kernel":3,"padding":"zero","read_out":"flatten"},"widths":[5],"outputs":2,"activation":"relu",
        "parameterisation":"standard","sigma_w":1.5,"sigma_b":0.0}"#;
    let read: Architecture = serde_json::from_str(text).unwrap();
    assert!(!read.convolutions.as_ref().unwrap().pools());
    let plain = text.replace(['\n', ' '], "");
    assert_eq!(serde_json::to_string(&read).unwrap(), plain);
    let pooled = Architecture {
        convolutions: Some(Convolutions::blocks(&[vec![2, 3]], 3, 2)),
        ..read
    };
    let again = serde_json::to_string(&pooled).unwrap();
    let again: Architecture = serde_json::from_str(&again).unwrap();
    assert_eq!(again, pooled);
}

#[test]
fn thinned_networks_have_the_derivatives_of_their_outputs() {
    let dropout = Dropout {
        dense: 0.4,
        convolutions: 0.25,
        seed: 5,
        ..Dropout::default()
    };
    for (network, batch) in networks(Activation::Tanh) {
        let parameters = network.initial(Initialisation::Gaussian, 7).unwrap();
        let thinned = Thinned::new(&network, dropout, 3).unwrap();
        let v = direction(parameters.len());
        let step = 1e-6;
        let at = |step| moved(&parameters, &v, step);
        let outputs = |step| thinned.outputs(&at(step), &batch).unwrap();
        let tangent = thinned.jvp(&parameters, &batch, &v).unwrap();
        let difference = (outputs(step) - outputs(-step)) / (2.0 * step);
        assert!((&tangent - difference).amax() < 1e-8 * tangent.amax().max(1.0));

        let c = wave(6, network.output_count(), 0.9);
        let gradient = thinned.vjp(&parameters, &batch, &c).unwrap();
        assert!((dot(&gradient, &v) - c.dot(&tangent)).abs() < 1e-11 * c.norm() * tangent.norm());

        let slope = |f: &DMatrix<f64>| f.map(|f| f.powi(3));
        let loss = |f: &DMatrix<f64>, change: &DMatrix<f64>| {
            (slope(f), f.map(|f| 3.0 * f * f).component_mul(change))
        };
        let product = thinned.hvp(&parameters, &batch, &v, &loss).unwrap();
        let gradient = |step| thinned.gradient(&at(step), &batch, &slope).unwrap().1;
        let (high, low) = (gradient(step), gradient(-step));
        let scale = product.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (i, found) in product.iter().enumerate() {
            let expected = (high[i] - low[i]) / (2.0 * step);
            assert!((found - expected).abs() < 1e-7 * scale, "H v at {i}");
        }
    }
}

#[test]
fn masks_keep_the_mean_and_belong_to_their_step() {
    // a linear network with one hidden layer of ones: its output is the mean of the masks
    let units = 400;
    let network = built(&Architecture {
        activation: Activation::Identity,
        parameterisation: Parameterisation::Standard,
        ..Architecture::fully_connected(1, &[units], 1)
    });
    let mut parameters = vec![1.0; units];
    parameters.extend(vec![1.0 / units as f64; units]);
    let batch = DMatrix::from_element(50, 1, 1.0);
    let outputs = |dense, step| {
        let dropout = Dropout {
            dense,
            ..Dropout::default()
        };
        let thinned = network.thinned(dropout, step).unwrap();
        thinned.outputs(&parameters, &batch).unwrap()
    };
    let whole = network.outputs(&parameters, &batch).unwrap();
    assert_eq!(outputs(0.0, 1), whole);
    // variance p / (1 - p) of a mask, over 50 x 400 of them: a standard error of 0.0066
    let mean = outputs(0.4660, 1).mean();
    assert!((mean - 1.0).abs() < 0.0066 * 4.0, "{mean}");
    assert_eq!(outputs(0.3, 7), outputs(0.3, 7));
    assert_ne!(outputs(0.3, 7), outputs(0.3, 8));
    for share in [1.0, -0.1, f64::NAN] {
        let dropout = Dropout {
            dense: share,
            ..Dropout::default()
        };
        assert!(network.thinned(dropout, 0).is_err());
    }
}
