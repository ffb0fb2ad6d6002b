//! Plans that are run beside the single run: outputs, bytes of every layer, memory.

use nalgebra::DMatrix;
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, Convolutions, DeepNetwork, DifferentiableModel, Image, Initialisation, Padding,
    ReadOut,
};
use pulsatrix::partition::run::{Number, Tensor, Weights, forward, infer};
use pulsatrix::partition::{
    Chain, Layer, Operation, Plan, PlanOptions, Published, Ranks, Tiling, Topology,
};

fn wave<T: Number>(count: usize) -> Vec<T> {
    let number = |index: usize| T::from_double((0.7 * index as f64).sin());
    (0..count).map(number).collect()
}

/// Runs a plan and the single run: bytes are those of the plan, and outputs differ by at most `tolerance` of the largest.
fn agrees<T: Number>(plan: &Plan, tolerance: f64) {
    let chain = plan.chain();
    let weights = Weights::<T>::random(chain, 3);
    let input = wave::<T>(chain.input().numbers());
    let single = forward(chain, &weights, &input).unwrap();
    let found = infer(plan, &weights, &input).unwrap();
    let size = single
        .iter()
        .fold(0.0, |most: f64, y| most.max(y.to_double().abs()));
    assert!(size > 0.0, "an output of zeros shows nothing");
    let off = single.iter().zip(&found.output);
    let off = off.fold(0.0, |most: f64, (a, b)| {
        most.max((a.to_double() - b.to_double()).abs())
    });
    assert_eq!(single.len(), found.output.len());
    assert!(
        off <= tolerance * size,
        "{}: {off:e} of {size:e}",
        plan.letters()
    );
    let bytes: Vec<u64> = plan
        .elements()
        .iter()
        .map(|e| e * T::BYTES as u64)
        .collect();
    assert_eq!(found.sent, bytes, "{}", plan.letters());
    for (rank, held) in found.most_held.iter().enumerate() {
        let planned = plan.memory(rank).elements();
        assert!(
            *held as u64 >= planned,
            "rank {rank} of {}: {held} of {planned}",
            plan.letters()
        );
    }
}

fn of(chain: &Chain, ranks: &Ranks, letters: &str, topology: Topology) -> Plan {
    let options = PlanOptions {
        topology,
        whole: topology == Topology::Root,
        ..PlanOptions::default()
    };
    Plan::of_letters(chain.clone(), ranks.clone(), letters, options).unwrap()
}

#[test]
fn every_cut_of_a_dense_network() {
    // 3 ranks share 16, 11, 13 and 7 unequally: the last gets the remainder
    let chain = Chain::dense(&[16, 11, 13, 7], Activation::Relu).unwrap();
    for ranks in [1, 2, 3, 5] {
        let ranks = Ranks::equal(ranks).unwrap();
        for topology in [Topology::Root, Topology::Ring] {
            for letters in [
                "ooo", "iii", "fso", "ofs", "fsi", "ifs", "oio", "ioi", "oii", "ooi",
            ] {
                agrees::<f64>(&of(&chain, &ranks, letters, topology), 1e-12);
            }
        }
        for letters in ["www", "owi", "wfs", "fsw"] {
            agrees::<f64>(&of(&chain, &ranks, letters, Topology::Root), 1e-12);
        }
    }
}

#[test]
fn unequal_ranks() {
    let chain = Chain::dense(&[16, 11, 13, 7], Activation::Tanh).unwrap();
    let ranks = Ranks::new(vec![0.6, 0.25, 0.15], vec![1e9; 3], vec![1e9; 3]).unwrap();
    for topology in [Topology::Root, Topology::Ring] {
        for letters in ["ooo", "iii", "fso", "ofs"] {
            agrees::<f64>(&of(&chain, &ranks, letters, topology), 1e-12);
            agrees::<f32>(&of(&chain, &ranks, letters, topology), 1e-5);
        }
    }
}

/// Strides, paddings, pooling, batch normalisation, a route, and full connections behind images.
fn images() -> Chain {
    let input = Image {
        channels: 3,
        height: 17,
        width: 14,
    };
    let wide = Operation::Convolution {
        outputs: 10,
        kernel: 5,
        stride: 2,
        padding: 1,
        border: Padding::Zero,
    };
    let circular = Operation::Convolution {
        outputs: 9,
        kernel: 3,
        stride: 1,
        padding: 1,
        border: Padding::Circular,
    };
    let leaky = Activation::LeakyRelu(0.1);
    let layers = vec![
        Layer {
            normalised: true,
            ..Layer::new(wide, leaky)
        },
        Layer::convolution(8, 3, 1, Activation::Relu),
        Layer::new(Operation::MaxPool { side: 3, stride: 2 }, leaky),
        Layer {
            normalised: true,
            ..Layer::new(circular, leaky)
        },
        Layer::new(Operation::Route { from: vec![3, 2] }, leaky),
        Layer::convolution(7, 1, 1, Activation::Gelu),
        Layer::dense(12, Activation::Logistic),
        Layer::dense(5, Activation::Identity),
    ];
    Chain::new(input, layers).unwrap()
}

#[test]
fn every_cut_of_a_network_of_images() {
    let chain = images();
    for ranks in [1, 2, 3] {
        let ranks = Ranks::equal(ranks).unwrap();
        for topology in [Topology::Root, Topology::Ring] {
            for letters in [
                "oo.o.ooo", "ii.i.iii", "fs.o.fso", "fs.i.ofs", "oo.i.ifs", "oi.o.oio",
            ] {
                agrees::<f64>(&of(&chain, &ranks, letters, topology), 1e-12);
            }
        }
    }
    let ranks = Ranks::new(vec![2.0, 1.0], vec![1e9; 2], vec![1e9; 2]).unwrap();
    for letters in ["oo.o.ooo", "ii.i.iii", "fs.o.fso", "ow.i.ofs"] {
        agrees::<f64>(&of(&chain, &ranks, letters, Topology::Root), 1e-12);
    }
}

#[test]
fn biases_count_once() {
    // Partial sums that each added the bias would be off by two of them.
    let chain = Chain::dense(&[6, 4], Activation::Identity).unwrap();
    let weights = Weights::<f64>::random(&chain, 1);
    let ranks = Ranks::equal(3).unwrap();
    let plan = of(&chain, &ranks, "i", Topology::Root);
    let found = infer(&plan, &weights, &[0.0; 6]).unwrap();
    let biases = weights.layer(0).unwrap().biases.clone().unwrap();
    assert!(biases.iter().any(|bias| bias.abs() > 0.01));
    assert_eq!(found.output, biases);
    for rank in 1..3 {
        let slice = weights.slice(&plan, rank).unwrap();
        assert_eq!(slice.layer(0).unwrap().biases, None);
    }
}

#[test]
fn tiles_are_the_whole_map() {
    let layers = vec![
        Layer::convolution(4, 5, 2, Activation::Relu),
        Layer::pool(2),
        Layer::convolution(6, 3, 1, Activation::Relu),
        Layer::convolution(6, 1, 1, Activation::Relu),
        Layer::convolution(5, 3, 1, Activation::Identity),
        Layer::dense(4, Activation::Identity),
    ];
    let input = Image {
        channels: 3,
        height: 37,
        width: 29,
    };
    let chain = Chain::new(input, layers).unwrap();
    for ranks in [1, 2, 3] {
        for (breakpoint, rows, columns, letters) in [
            (3, 1, 3, "tttooo"),
            (3, 2, 2, "tttfso"),
            (5, 3, 3, "ttttti"),
            (2, 3, 1, "ttfsio"),
            (1, 1, 1, "t.fsoo"),
        ] {
            let tiling = Tiling {
                breakpoint,
                rows,
                columns,
            };
            let options = PlanOptions {
                tiling: Some(tiling),
                ..PlanOptions::default()
            };
            let ranks = Ranks::equal(ranks).unwrap();
            let plan = Plan::of_letters(chain.clone(), ranks, letters, options).unwrap();
            agrees::<f64>(&plan, 1e-12);
        }
    }
}

#[test]
fn the_four_networks_in_small() {
    for (name, divisor) in [
        (Published::Yolov2, 8),
        (Published::Vgg16, 8),
        (Published::Extraction, 8),
        (Published::Alexnet, 4),
    ] {
        let chain = name.scaled(divisor).unwrap();
        for ranks in [2, 4] {
            let ranks = Ranks::equal(ranks).unwrap();
            for topology in [Topology::Root, Topology::Ring] {
                let options = PlanOptions {
                    topology,
                    ..PlanOptions::default()
                };
                let plan = Plan::cheapest(chain.clone(), ranks.clone(), options).unwrap();
                agrees::<f64>(&plan, 1e-12);
                agrees::<f32>(&plan, 1e-4);
            }
        }
    }
}

#[test]
fn trained_networks_of_this_crate() {
    let image = Image {
        channels: 2,
        height: 9,
        width: 8,
    };
    let stack = Convolutions::blocks(&[vec![5, 6], vec![7]], 3, 2);
    let average = Convolutions {
        padding: Padding::Circular,
        read_out: ReadOut::GlobalAverage,
        ..Convolutions::blocks(&[vec![4, 6]], 3, 1)
    };
    let architectures = [
        Architecture {
            widths: vec![12, 9],
            outputs: 6,
            activation: Activation::Relu,
            sigma_b: 0.3,
            ..Architecture::convolutional(image, stack)
        },
        Architecture {
            widths: vec![8],
            outputs: 5,
            sigma_w: 1.5,
            ..Architecture::convolutional(image, average)
        },
        Architecture {
            sigma_b: 0.1,
            ..Architecture::fully_connected(image.numbers(), &[20, 10], 4)
        },
    ];
    for architecture in architectures {
        let network = DeepNetwork::new(architecture).unwrap();
        let parameters = network.initial(Initialisation::Gaussian, 4).unwrap();
        let input = wave::<f64>(image.numbers());
        let row = DMatrix::from_row_slice(1, input.len(), &input);
        let expected = network.outputs(&parameters, &row).unwrap();
        let chain = Chain::of_network(&network).unwrap();
        let weights = Weights::of_network(&network, &parameters).unwrap();
        let input = Tensor::from_planes(chain.input(), &input).numbers;
        let single = forward(&chain, &weights, &input).unwrap();
        let plan = Plan::cheapest(chain, Ranks::equal(3).unwrap(), PlanOptions::default()).unwrap();
        let shared = infer(&plan, &weights, &input).unwrap();
        for (index, expected) in expected.iter().enumerate() {
            assert!((single[index] - expected).abs() < 1e-12);
            assert!((shared.output[index] - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn runs_repeat_bit_for_bit_on_any_number_of_threads() {
    let chain = Published::Alexnet.scaled(4).unwrap();
    let weights = Weights::<f32>::random(&chain, 3);
    let input = wave::<f32>(chain.input().numbers());
    let plan = Plan::cheapest(chain, Ranks::equal(3).unwrap(), PlanOptions::default()).unwrap();
    let results = [1, 2, 5].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let single = pool.install(|| forward(plan.chain(), &weights, &input).unwrap());
        (single, infer(&plan, &weights, &input).unwrap())
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[1], results[2]);
}
