//! Deep networks: derivatives against differences, identities that hold exactly, tangent kernels.

mod batches;
mod derivatives;
mod kernels;
mod pooling;

use nalgebra::DMatrix;
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::*;

fn built(architecture: &Architecture) -> DeepNetwork {
    DeepNetwork::new(architecture.clone()).expect("an architecture that can be built")
}

fn wave(rows: usize, columns: usize, pace: f64) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| {
        (pace * (1.0 + 3.1 * i as f64 + 1.7 * j as f64)).sin()
    })
}

fn direction(length: usize) -> Vec<f64> {
    (0..length).map(|i| (0.7 * i as f64).cos()).collect()
}

fn moved(parameters: &[f64], direction: &[f64], step: f64) -> Vec<f64> {
    let pairs = parameters.iter().zip(direction);
    pairs.map(|(p, d)| p + step * d).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A filter that sees along the rows alone.
const ALONG_ROWS: Filter = Filter {
    height: 1,
    width: 3,
};

/// Networks with every kind of layer and scale, and a batch for each.
fn networks(activation: Activation) -> Vec<(DeepNetwork, DMatrix<f64>)> {
    let image = Image {
        channels: 2,
        height: 3,
        width: 4,
    };
    let convolutional = |padding, read_out, widths: &[usize]| Architecture {
        widths: widths.to_vec(),
        outputs: 2,
        activation,
        sigma_w: 1.3,
        sigma_b: 0.2,
        ..Architecture::convolutional(
            image,
            Convolutions {
                channels: vec![4, 3],
                kernel: 3.into(),
                padding,
                read_out,
                pooling: Vec::new(),
            },
        )
    };
    // 6 x 7 pixels, of which a pooling of 2 leaves 3 x 3, and then 1 x 1
    let pooled = |pooling: &[usize], read_out| Architecture {
        input: Image {
            channels: 2,
            height: 6,
            width: 7,
        },
        convolutions: Some(Convolutions {
            channels: vec![4, 3],
            kernel: 3.into(),
            padding: Padding::Zero,
            read_out,
            pooling: pooling.to_vec(),
        }),
        ..convolutional(Padding::Zero, read_out, &[5])
    };
    let mut along_rows = convolutional(Padding::Circular, ReadOut::Flatten, &[]);
    if let Some(convolutions) = &mut along_rows.convolutions {
        convolutions.kernel = ALONG_ROWS;
    }
    let dense = Architecture {
        activation,
        sigma_w: 1.4,
        sigma_b: 0.3,
        ..Architecture::fully_connected(5, &[7, 6, 4], 3)
    };
    let architectures = [
        dense.clone(),
        Architecture {
            sigma_b: 0.0,
            parameterisation: Parameterisation::Standard,
            ..dense
        },
        convolutional(Padding::Circular, ReadOut::Flatten, &[]),
        convolutional(Padding::Zero, ReadOut::GlobalAverage, &[5]),
        Architecture {
            parameterisation: Parameterisation::Standard,
            ..convolutional(Padding::Zero, ReadOut::Flatten, &[5])
        },
        pooled(&[2, 1], ReadOut::Flatten),
        pooled(&[1, 2], ReadOut::GlobalAverage),
        pooled(&[2, 2], ReadOut::Flatten),
        along_rows,
    ];
    let networks = architectures.into_iter().map(|architecture| {
        let batch = wave(6, architecture.input.numbers(), 0.37);
        (built(&architecture), batch)
    });
    networks.collect()
}
