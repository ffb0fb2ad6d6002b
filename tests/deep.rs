//! Deep networks: derivatives against differences, and identities that hold exactly.

use nalgebra::DMatrix;
use pulsatrix::analysis::{KernelEnsemble, PowerLaw, Spread, relative_distance};
use pulsatrix::networks::deep::*;
use pulsatrix::networks::kernels::LimitKernel;
use pulsatrix::networks::{Activation, NetworkError};

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
                kernel: 3,
                padding,
                read_out,
            },
        )
    };
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
    ];
    let networks = architectures.into_iter().map(|architecture| {
        let batch = wave(6, architecture.input.numbers(), 0.37);
        (DeepNetwork::new(architecture).unwrap(), batch)
    });
    networks.collect()
}

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
    let convolutions = Convolutions {
        channels: vec![1],
        kernel: 3,
        padding: Padding::Zero,
        read_out: ReadOut::GlobalAverage,
    };
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Identity,
        parameterisation: Parameterisation::Standard,
        ..Architecture::convolutional(image, convolutions)
    })
    .unwrap();
    let mut parameters = vec![0.0; network.parameter_count()];
    parameters[0] = 1.0; // up and left
    parameters[4] = 10.0; // centre
    parameters[5] = 100.0; // right
    parameters[9] = 1.0; // read-out
    let batch = DMatrix::from_row_slice(1, 9, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let sums = network.pass(&parameters, &batch).unwrap().sums(0).clone();
    let expected = [210.0, 320.0, 30.0, 540.0, 651.0, 62.0, 870.0, 984.0, 95.0];
    assert_eq!(sums.as_slice(), expected);
    let outputs = network.outputs(&parameters, &batch).unwrap();
    assert!((outputs[0] - expected.iter().sum::<f64>() / 9.0).abs() < 1e-12);
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
    let bad = |kernel, activation, widths: &[usize], sigma_w| {
        let convolutions = Convolutions {
            channels: vec![2],
            kernel,
            padding: Padding::Zero,
            read_out: ReadOut::Flatten,
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

/// The kernel column by column, from products with the Jacobian alone.
struct ByProducts<'a>(&'a DeepNetwork);

impl DifferentiableModel for ByProducts<'_> {
    fn parameter_count(&self) -> usize {
        self.0.parameter_count()
    }

    fn output_count(&self) -> usize {
        self.0.output_count()
    }

    fn outputs(&self, p: &[f64], x: &DMatrix<f64>) -> Result<DMatrix<f64>, NetworkError> {
        self.0.outputs(p, x)
    }

    fn jvp(&self, p: &[f64], x: &DMatrix<f64>, v: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        self.0.jvp(p, x, v)
    }

    fn vjp(&self, p: &[f64], x: &DMatrix<f64>, c: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError> {
        self.0.vjp(p, x, c)
    }

    fn hvp(
        &self,
        p: &[f64],
        x: &DMatrix<f64>,
        v: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.0.hvp(p, x, v, loss)
    }
}

/// All networks of the tests, and one whose convolutions have more channels than pixels.
fn kernel_networks() -> Vec<(DeepNetwork, DMatrix<f64>)> {
    let mut list = networks(Activation::Tanh);
    let image = Image {
        channels: 3,
        height: 1,
        width: 2,
    };
    let convolutions = Convolutions {
        channels: vec![16, 12],
        kernel: 1,
        padding: Padding::Circular,
        read_out: ReadOut::GlobalAverage,
    };
    for outputs in [1, 2] {
        let architecture = Architecture {
            outputs,
            sigma_b: 0.4,
            ..Architecture::convolutional(image, convolutions.clone())
        };
        let batch = wave(6, 6, 0.37);
        list.push((DeepNetwork::new(architecture).unwrap(), batch));
    }
    list
}

#[test]
fn the_layerwise_kernel_is_the_jacobian_times_its_transpose() {
    for (network, batch) in kernel_networks() {
        let parameters = network.initial(Initialisation::Gaussian, 5).unwrap();
        let outputs = network.output_count();
        let other = wave(4, batch.ncols(), 0.61);
        let slow = ByProducts(&network);
        for other in [None, Some(&other)] {
            let expected = slow.ntk(&parameters, &batch, other).unwrap();
            let kernel = network.ntk(&parameters, &batch, other).unwrap();
            let error = (&kernel - &expected).amax() / expected.amax();
            assert!(error < 1e-13, "{:?}: {error:e}", network.architecture());
            assert!(other.is_some() || kernel == kernel.transpose());

            let options = KernelOptions {
                outputs: KernelOutputs::Mean,
                ..KernelOptions::default()
            };
            let mean = network
                .tangent_kernel(&parameters, &batch, other, options)
                .unwrap();
            let (rows, columns) = mean.shape();
            let blocks =
                (0..outputs).map(|o| expected.view((o * rows, o * columns), (rows, columns)));
            let expected: DMatrix<f64> =
                blocks.fold(DMatrix::zeros(rows, columns), |sum, b| sum + b);
            let error = (mean - expected / outputs as f64).amax();
            assert!(error < 1e-12, "{error:e}");
        }
        let kernel = network.ntk(&parameters, &batch, None).unwrap();
        let diagonal = network
            .tangent_diagonal(&parameters, &batch, 1 << 20)
            .unwrap();
        let diagonal = diagonal
            .as_slice()
            .iter()
            .zip(kernel.diagonal().iter().copied().collect::<Vec<_>>());
        for (found, expected) in diagonal {
            assert!((found - expected).abs() < 1e-12 * expected);
        }

        let pass = network.pass(&parameters, &batch).unwrap();
        let c = wave(6, outputs, 0.9);
        let (found, expected) = (pass.factors().gradient(&c).unwrap(), pass.vjp(&c).unwrap());
        let scale = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-13 * scale);
        }
    }
}

#[test]
fn kernels_do_not_depend_on_threads_or_tiles() {
    for (network, _) in kernel_networks() {
        let parameters = network.initial(Initialisation::Gaussian, 5).unwrap();
        let batch = wave(90, network.architecture().input.numbers(), 0.13);
        let kernel = |threads, memory, outputs| {
            let options = KernelOptions { outputs, memory };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| network.tangent_kernel(&parameters, &batch, None, options))
                .unwrap()
        };
        for outputs in [KernelOutputs::All, KernelOutputs::Mean] {
            let whole = kernel(1, 4 << 30, outputs);
            let result = whole.len() * 8;
            assert!(whole == kernel(2, 4 << 30, outputs));
            assert!(
                whole == kernel(2, result + 60_000, outputs),
                "{:?}",
                network.architecture()
            );
        }
        let single: Vec<f32> = parameters.iter().map(|p| *p as f32).collect();
        let options = KernelOptions::default();
        let coarse = network.tangent_kernel(&single, &batch.map(|x| x as f32), None, options);
        let fine = network.ntk(&parameters, &batch, None).unwrap();
        let error = (coarse.unwrap().map(f64::from) - &fine).norm() / fine.norm();
        assert!(error < 1e-6, "single precision: {error:e}");
    }
}

#[test]
fn memory_is_estimated_before_it_is_taken() {
    let network = DeepNetwork::new(Architecture::fully_connected(3, &[4], 2)).unwrap();
    let parameters = network.initial(Initialisation::Gaussian, 1).unwrap();
    let batch = DMatrix::zeros(1000, 3);
    let options = KernelOptions {
        outputs: KernelOutputs::All,
        memory: 10 << 20,
    };
    let found = network
        .tangent_kernel(&parameters, &batch, None, options)
        .unwrap_err();
    assert!(
        matches!(
            found,
            NetworkError::Memory {
                needed: 32_000_000,
                ..
            }
        ),
        "{found}"
    );
    let mut visited = 0;
    let count = |_: std::ops::Range<usize>, _: std::ops::Range<usize>, tile: &DMatrix<f64>| {
        visited += tile.len();
        Ok(())
    };
    let small = KernelOptions {
        memory: 1 << 20,
        ..options
    };
    network
        .tangent_kernel_tiles(&parameters, &batch, None, small, count)
        .unwrap();
    assert!(visited > 2_000_000 && visited < 4_000_000);
    let none = KernelOptions {
        memory: 10,
        ..options
    };
    assert!(
        network
            .tangent_kernel(&parameters, &batch, None, none)
            .is_err()
    );
}

/// Kernels of random networks of one width, and the limit that they approach.
fn ensemble(
    architecture: &Architecture,
    law: Initialisation,
    batch: &DMatrix<f64>,
    count: u64,
) -> (KernelEnsemble, DMatrix<f64>) {
    let network = DeepNetwork::new(architecture.clone()).unwrap();
    let kernel = |seed| {
        let parameters = network.initial(law, seed).unwrap();
        network.ntk(&parameters, batch, None).unwrap()
    };
    let limit = LimitKernel::of(architecture).unwrap().train(batch).unwrap();
    (
        KernelEnsemble::new((1..=count).map(kernel).collect()),
        limit.ntk,
    )
}

#[test]
fn both_laws_approach_one_limit_as_the_root_of_the_width() {
    // theory A1.2: the Gaussian slope there is -.62 with 4 to 6 seeds; the law is -1/2
    let batch = wave(12, 16, 0.37);
    let widths = [32, 64, 128, 256];
    let mut means = Vec::new();
    for law in [Initialisation::Gaussian, Initialisation::Orthogonal] {
        let mut rows = vec![Vec::new(); 20];
        for width in widths {
            let architecture = Architecture {
                activation: Activation::Relu,
                sigma_w: 2.0_f64.sqrt(),
                sigma_b: 0.1,
                ..Architecture::fully_connected(16, &[width; 3], 1)
            };
            let (ensemble, limit) = ensemble(&architecture, law, &batch, 20);
            let distances = ensemble.distances(&limit);
            let bias = relative_distance(&ensemble.mean(), &limit);
            // the mean of 20 independent kernels is nearer by sqrt(20)
            assert!(
                bias < 0.5 * Spread::of(&distances).mean,
                "{law:?} {width}: {bias}"
            );
            for (row, distance) in rows.iter_mut().zip(distances) {
                row.push(distance);
            }
        }
        let sizes = widths.map(|width| width as f64);
        let power = PowerLaw::fit(&sizes, &rows).unwrap();
        assert!((power.exponent + 0.5).abs() < 0.15, "{law:?}: {power:?}");
        let last: Vec<f64> = rows.iter().map(|row| row[3]).collect();
        means.push(Spread::of(&last).mean);
    }
    assert!(
        means[1] < means[0],
        "orthogonal kernels are nearer: {means:?}"
    );
}

#[test]
fn convolutional_kernels_have_the_known_mean() {
    let image = Image {
        channels: 2,
        height: 4,
        width: 4,
    };
    // theory C4: x[b, i, j, c] = sin(1 + b + 2i + 3j + 5c)
    let batch = DMatrix::from_fn(2, 32, |b, index| {
        let (c, i, j) = (index / 16, index / 4 % 4, index % 4);
        ((1 + b + 2 * i + 3 * j + 5 * c) as f64).sin()
    });
    for (padding, read_out, expected) in [
        (
            Padding::Circular,
            ReadOut::Flatten,
            [2.839974264703, 1.395548596608, 3.153333945308],
        ),
        (
            Padding::Circular,
            ReadOut::GlobalAverage,
            [0.933263476945, 0.911687712671, 1.060719844134],
        ),
        (
            Padding::Zero,
            ReadOut::Flatten,
            [1.567427365365, 0.770314081737, 1.636103189968],
        ),
    ] {
        for law in [Initialisation::Gaussian, Initialisation::Orthogonal] {
            let convolutions = Convolutions {
                channels: vec![64; 2],
                kernel: 3,
                padding,
                read_out,
            };
            let architecture = Architecture {
                activation: Activation::Relu,
                sigma_w: 2.0_f64.sqrt(),
                sigma_b: 0.1,
                ..Architecture::convolutional(image, convolutions)
            };
            let (ensemble, limit) = ensemble(&architecture, law, &batch, 40);
            let kernels = ensemble.kernels();
            for (place, expected) in [(0, 0), (0, 1), (1, 1)].into_iter().zip(expected) {
                assert!((limit[place] - expected).abs() < 1e-7);
                let values: Vec<f64> = kernels.iter().map(|kernel| kernel[place]).collect();
                let found = Spread::of(&values);
                let error = (found.mean - expected).abs();
                // sampling, and a bias of the order 1 / channels
                let allowed = 4.0 * found.error + expected / 64.0;
                assert!(
                    error < allowed,
                    "{law:?}, {padding:?}, {read_out:?}: {found:?}, {expected}"
                );
            }
        }
    }
}
