//! Which weights of rectifier networks are one function: closed forms and degenerate cases.

use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
use pulsatrix::numerics::random::stream;
use pulsatrix::probes::symmetry::{
    CanonicalForm, Comparison, DEFAULT_TOLERANCE, Degeneracy, Obstacle, RectifierNetwork,
    SymmetryError, Transformation, TwoLayerNetwork, balanced, compare, hidden_kink, orbit_distance,
};
use rand::RngExt;
use rand_distr::StandardNormal;

fn normal(rows: usize, columns: usize, purpose: &str, seed: u64) -> DMatrix<f64> {
    let mut random = stream(seed, purpose, 0);
    DMatrix::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}

/// `inputs`, `neurons`, `outputs`, all weights normal.
fn random_network(shape: (usize, usize, usize), seed: u64) -> TwoLayerNetwork {
    let (inputs, neurons, outputs) = shape;
    TwoLayerNetwork::new(
        normal(neurons, inputs, "w", seed),
        normal(neurons, 1, "b", seed).column(0).into_owned(),
        normal(outputs, neurons, "a", seed),
        normal(outputs, 1, "c", seed).column(0).into_owned(),
    )
    .unwrap()
}

/// On the line: `c + sum a relu(w x + b)` of the triples `(w, b, a)`.
fn on_line(neurons: &[[f64; 3]], c: f64) -> TwoLayerNetwork {
    let column = |which: usize| neurons.iter().map(move |neuron| neuron[which]);
    let count = neurons.len();
    TwoLayerNetwork::new(
        DMatrix::from_iterator(count, 1, column(0)),
        DVector::from_iterator(count, column(1)),
        DMatrix::from_iterator(1, count, column(2)),
        dvector![c],
    )
    .unwrap()
}

fn compared(first: &TwoLayerNetwork, second: &TwoLayerNetwork) -> Comparison {
    compare(first, second, DEFAULT_TOLERANCE).unwrap()
}

fn degenerate(network: &TwoLayerNetwork) -> Vec<Degeneracy> {
    CanonicalForm::new(network, DEFAULT_TOLERANCE)
        .unwrap()
        .degenerate
}

/// Largest difference of two networks on random points.
fn apart(first: &TwoLayerNetwork, second: &TwoLayerNetwork) -> f64 {
    let points = normal(200, first.weights().ncols(), "points", 9) * 3.0;
    let outputs = |network: &TwoLayerNetwork| network.layered().outputs(&points).unwrap();
    (outputs(first) - outputs(second)).amax()
}

fn with_biases(network: &TwoLayerNetwork, biases: DVector<f64>) -> TwoLayerNetwork {
    let (w, a, c) = (network.weights(), network.read_out(), network.offsets());
    TwoLayerNetwork::new(w.clone(), biases, a.clone(), c.clone()).unwrap()
}

/// A random network of two inputs and one output in which neurons 0 to 2 can be flipped together.
fn with_flip_set(seed: u64) -> TwoLayerNetwork {
    let network = random_network((2, 6, 1), seed);
    let (mut w, a) = (network.weights().clone(), network.read_out());
    let sum = w.row(0) * a[0] + w.row(1) * a[1];
    w.row_mut(2).copy_from(&(sum / -a[2]));
    let (b, c) = (network.biases(), network.offsets());
    TwoLayerNetwork::new(w, b.clone(), a.clone(), c.clone()).unwrap()
}

#[test]
fn the_canonical_form_is_the_function() {
    let network = random_network((5, 30, 3), 1);
    let points = normal(100, 5, "points", 2) * 3.0;
    let form = CanonicalForm::new(&network, DEFAULT_TOLERANCE).unwrap();
    let difference = form.outputs(&points).unwrap() - network.layered().outputs(&points).unwrap();
    assert!(difference.amax() < 1e-12, "{:e}", difference.amax());
    assert!(form.degenerate.is_empty() && form.hyperplanes.len() == 30);
    for hyperplane in &form.hyperplanes {
        assert!((hyperplane.normal.norm() - 1.0).abs() < 1e-15);
        assert!(hyperplane.normal[0] > 0.0);
    }
}

#[test]
fn random_networks_of_200_neurons_under_random_symmetries_are_found_equal() {
    for (seed, shape) in [(1, (20, 200, 10)), (2, (1, 200, 1)), (3, (784, 200, 10))] {
        let network = random_network(shape, seed);
        let map = Transformation::random(200, 1.0, seed);
        let moved = map.apply(&network, DEFAULT_TOLERANCE).unwrap();
        let found = compared(&network, &moved);
        // rounding, in units of the largest part of the network
        assert!(
            found.equal && found.distance < 1e-13 * found.size,
            "{:e}",
            found.distance
        );
        assert_eq!(found.obstacle, None);
        assert_eq!(found.degenerate, [vec![], vec![]]);
        let transformation = found.transformation.unwrap();
        assert_eq!(transformation.permutation, map.permutation);
        assert_eq!(transformation.flips, Vec::<usize>::new());
        for (found, given) in transformation.scales.iter().zip(&map.scales) {
            assert!((found / given - 1.0).abs() < 1e-14);
        }
        // it reconstructs the second network
        let again = transformation.apply(&network, DEFAULT_TOLERANCE).unwrap();
        let distance = again.layered().parameter_distance(moved.layered()).unwrap();
        assert!(distance < 1e-12, "{distance:e}");
        // of 784 inputs, one weight in 1e6 turns a normal of length 28 by 4e-8: still seen
        for array in 0..4 {
            let mut layers = moved.layered().layers().to_vec();
            let layer = &mut layers[array / 2];
            match array % 2 {
                0 => layer.0[(0, 0)] += 1e-6,
                _ => layer.1[0] += 1e-6,
            }
            let changed =
                TwoLayerNetwork::try_from(RectifierNetwork::new(layers).unwrap()).unwrap();
            let found = compared(&network, &changed);
            assert!(!found.equal, "{shape:?}, array {array}");
            assert_eq!(found.obstacle, Some(Obstacle::DifferentFunctions));
            assert!(
                found.distance > 1e-8 && found.distance < 1e-3,
                "{:e}",
                found.distance
            );
        }
    }
}

#[test]
fn neurons_can_be_flipped_exactly_where_their_products_add_up_to_zero() {
    for seed in 0..10 {
        let network = with_flip_set(seed);
        // beside the set itself no other can be flipped: not its parts, nor with one more
        for set in 1_usize..64 {
            let flips: Vec<usize> = (0..6).filter(|i| set >> i & 1 == 1).collect();
            let map = Transformation {
                permutation: (0..6).rev().collect(),
                scales: vec![0.5, 2.0, 3.0, 1.0, 0.1, 7.0],
                flips: flips.clone(),
            };
            let flipped = map.apply(&network, DEFAULT_TOLERANCE);
            if flips != [0, 1, 2] {
                let refused = matches!(flipped, Err(SymmetryError::NoFlipSet { .. }));
                assert!(refused, "{seed}: {flips:?}");
                continue;
            }
            let flipped = flipped.unwrap();
            assert!(apart(&network, &flipped) < 1e-13);
            let found = compared(&network, &flipped);
            assert!(found.equal && found.distance < 1e-14 * found.size);
            let transformation = found.transformation.unwrap();
            assert_eq!(
                (transformation.flips, transformation.permutation),
                (flips, map.permutation)
            );
            let set = |neurons| vec![Degeneracy::FlipSet { neurons }];
            assert_eq!(found.degenerate, [set(vec![0, 1, 2]), set(vec![3, 4, 5])]);
            // without the change of c, and where one bias alone moves, it is another function
            let (w, b) = (flipped.weights().clone(), flipped.biases().clone());
            let wrong = TwoLayerNetwork::new(
                w,
                b.clone(),
                flipped.read_out().clone(),
                network.offsets().clone(),
            );
            assert!(!compared(&network, &wrong.unwrap()).equal);
            let mut moved = b;
            moved[5] += 1e-6;
            assert!(!compared(&network, &with_biases(&flipped, moved)).equal);
        }
    }
}

/// Flipped without leave, neurons make another function: the affine part tells.
#[test]
fn flips_of_other_sets_are_other_functions() {
    let network = random_network((3, 5, 2), 4);
    let mut weights = network.weights().clone();
    let mut biases = network.biases().clone();
    weights.row_mut(1).neg_mut();
    biases[1] = -biases[1];
    let offsets = network.offsets() + network.read_out().column(1) * network.biases()[1];
    let flipped = TwoLayerNetwork::new(weights, biases, network.read_out().clone(), offsets);
    let found = compared(&network, &flipped.unwrap());
    assert!(!found.equal && found.transformation.is_none());
    // all jumps agree; what differs is a w^T x
    let same = |[ours, theirs]: &[f64; 2]| (ours - theirs).abs() < 1e-12;
    assert!(found.jumps.len() == 5 && found.jumps.iter().all(same));
    let product = network.read_out().column(1) * network.weights().row(1);
    assert!((found.distance - product.norm()).abs() < 1e-12);
}

#[test]
fn dead_and_constant_neurons_are_named() {
    // relu(x) + 5 with a dead neuron, beside one whose constant neuron gives the 5
    let dead = on_line(&[[1.0, 0.0, 1.0], [2.0, 1.0, 0.0]], 5.0);
    let constant = on_line(&[[1.0, 0.0, 1.0], [0.0, 2.5, 2.0]], 0.0);
    assert_eq!(degenerate(&dead), [Degeneracy::Dead { neuron: 1 }]);
    assert_eq!(degenerate(&constant), [Degeneracy::Constant { neuron: 1 }]);
    let found = compared(&dead, &constant);
    assert!(found.equal && found.distance == 0.0 && found.transformation.is_none());
    assert_eq!(found.obstacle, Some(Obstacle::NoPartner { neuron: 1 }));
    // without it
    let plain = on_line(&[[1.0, 0.0, 1.0]], 5.0);
    let found = compared(&plain, &constant);
    assert!(found.equal);
    let counts = Obstacle::NeuronCounts {
        first: 1,
        second: 2,
    };
    assert_eq!(found.obstacle, Some(counts));
    // negative biases make constants of zero; degenerate neurons have partners, too
    let silent = on_line(&[[0.0, -1.0, 3.0], [1.0, 0.0, 1.0], [0.0, 5.0, 1.0]], 0.0);
    let moved = Transformation::random(3, 0.5, 1)
        .apply(&silent, DEFAULT_TOLERANCE)
        .unwrap();
    let found = compared(&silent, &moved);
    assert!(found.equal && found.transformation.is_none());
    let silent = on_line(&[[1.0, 0.0, 1.0], [0.0, 5.0, 1.0], [2.0, 1.0, 0.0]], 0.0);
    let map = Transformation::random(3, 0.5, 2);
    let moved = map.apply(&silent, DEFAULT_TOLERANCE).unwrap();
    let found = compared(&silent, &moved).transformation.unwrap();
    assert_eq!(found.permutation, map.permutation);
}

#[test]
fn neurons_with_one_hyperplane_are_named() {
    // 3 relu(x - 1), split in two: a continuum of weights for one function
    let whole = on_line(&[[1.0, -1.0, 3.0]], 0.0);
    let split = on_line(&[[2.0, -2.0, 1.0], [0.5, -0.5, 2.0]], 0.0);
    let neurons = vec![0, 1];
    assert_eq!(degenerate(&split), [Degeneracy::SameSide { neurons }]);
    let found = compared(&whole, &split);
    assert!(found.equal && found.distance < 1e-15);
    // another split is no one-to-one map, the same split is
    let even = on_line(&[[1.0, -1.0, 1.5], [1.0, -1.0, 1.5]], 0.0);
    let found = compared(&split, &even);
    assert!(found.equal && found.transformation.is_none());
    assert_eq!(found.obstacle, Some(Obstacle::NoPartner { neuron: 0 }));
    let exchanged = on_line(&[[1.0, -1.0, 1.0], [4.0, -4.0, 0.5]], 0.0);
    let found = compared(&split, &exchanged).transformation.unwrap();
    assert_eq!(
        (found.permutation, found.scales),
        (vec![1, 0], vec![2.0, 2.0])
    );
}

/// `relu(z) - relu(-z) = z`: a slope passes from one opposite pair into another.
#[test]
fn opposite_sides_pass_weight_to_each_other() {
    let pairs = |first: f64, second: f64| {
        let neurons = [
            [1.0, 0.0, 1.0 + first],
            [-1.0, 0.0, 1.0 - first],
            [1.0, -2.0, 1.0 + second],
            [-1.0, 2.0, 1.0 - second],
        ];
        // the affine part is first x + second (x - 2)
        on_line(&neurons, 2.0 * second)
    };
    let (first, second) = (pairs(0.25, 0.5), pairs(0.5, 0.25));
    assert!(apart(&first, &second) < 1e-14);
    let found = compared(&first, &second);
    assert!(found.equal && found.distance < 1e-15 && found.transformation.is_none());
    let sides = |neurons| Degeneracy::OppositeSides { neurons };
    assert_eq!(found.degenerate[0], [sides(vec![0, 1]), sides(vec![2, 3])]);
    assert!(!compared(&first, &pairs(0.5, 0.5)).equal);
}

#[test]
fn jumps_that_cancel_leave_an_affine_map() {
    // 2 relu(x - 1) - 2 relu(1 - x) = 2 x - 2 has two jumps of 2 - 2; relu(x) - relu(x) is nothing
    let neurons = [
        [1.0, -1.0, 2.0],
        [-1.0, 1.0, -2.0],
        [1.0, 0.0, 1.0],
        [3.0, 0.0, -1.0 / 3.0],
    ];
    let network = on_line(&neurons, 0.0);
    let cancelling = |neurons| Degeneracy::CancellingJumps { neurons };
    let expected = [
        Degeneracy::OppositeSides {
            neurons: vec![0, 1],
        },
        cancelling(vec![0, 1]),
        Degeneracy::SameSide {
            neurons: vec![2, 3],
        },
        cancelling(vec![2, 3]),
    ];
    assert_eq!(degenerate(&network), expected);
    let form = CanonicalForm::new(&network, DEFAULT_TOLERANCE).unwrap();
    assert!(form.hyperplanes.is_empty());
    assert_eq!((form.linear[0], form.constant[0]), (2.0, -2.0));
    // the same line by neurons that are far away
    let line = on_line(&[[1.0, 5.0, 2.0], [-1.0, -5.0, -2.0]], -12.0);
    let found = compared(&network, &line);
    assert!(found.equal && found.distance < 1e-14);
    let counts = Obstacle::NeuronCounts {
        first: 4,
        second: 2,
    };
    assert_eq!(found.obstacle, Some(counts));
}

#[test]
fn the_distance_has_its_closed_forms() {
    let zero = on_line(&[[1.0, 0.0, 0.0]], 0.0);
    // F = relu(x) = (x + |x|) / 2: mean square 1/2
    let half = compared(&on_line(&[[1.0, 0.0, 1.0]], 0.0), &zero).distance;
    assert!((half - 0.5_f64.sqrt()).abs() < 1e-15);
    // a constant is its own size
    let constant = compared(&on_line(&[[1.0, 0.0, 0.0]], -3.0), &zero).distance;
    assert_eq!(constant, 3.0);
    // |x| against |t| alone, two lines at a right angle: E (|x| - |y|)^2 / 4 = (1 - 2/pi) / 2, and the
    // affine parts (x - y) / 2 in two dimensions: 1/2
    let neuron = |w: DMatrix<f64>| {
        TwoLayerNetwork::new(w, dvector![0.0], dmatrix![1.0], dvector![0.0]).unwrap()
    };
    let found = compared(&neuron(dmatrix![1.0, 0.0]), &neuron(dmatrix![0.0, 1.0])).distance;
    let expected = (0.5 * (1.0 - std::f64::consts::FRAC_2_PI) + 0.5).sqrt();
    assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    // it depends continuously on the weights: E (theta relu'(x) y)^2 = theta^2 / 2 for a small turn
    for theta in [1e-3, 1e-5, 1e-7] {
        let turned = neuron(dmatrix![f64::cos(theta), f64::sin(theta)]);
        let found = compared(&neuron(dmatrix![1.0, 0.0]), &turned).distance;
        let expected = theta * 0.5_f64.sqrt();
        assert!(
            (found / expected - 1.0).abs() < 2e-3,
            "{theta:e}: {found:e}"
        );
    }
}

#[test]
fn the_distance_is_a_metric() {
    let networks: Vec<TwoLayerNetwork> =
        (0..4).map(|seed| random_network((3, 8, 2), seed)).collect();
    let distance = |i: usize, j: usize| compared(&networks[i], &networks[j]).distance;
    for i in 0..4 {
        for j in 0..4 {
            assert!((distance(i, j) - distance(j, i)).abs() < 1e-12);
            assert_eq!(distance(i, j) == 0.0, i == j);
            for k in 0..4 {
                assert!(distance(i, k) <= distance(i, j) + distance(j, k) + 1e-12);
            }
        }
    }
}

#[test]
fn orbits_forget_permutations_and_scales_alone() {
    let (first, second) = (random_network((4, 50, 2), 1), random_network((4, 50, 2), 2));
    let moved = |network: &TwoLayerNetwork, seed| {
        let map = Transformation::random(50, 1.0, seed);
        map.apply(network, DEFAULT_TOLERANCE).unwrap()
    };
    assert!(orbit_distance(&first, &moved(&first, 3)).unwrap() < 1e-13);
    let apart = orbit_distance(&first, &second).unwrap();
    let again = orbit_distance(&moved(&first, 4), &moved(&second, 5)).unwrap();
    assert!(apart > 1.0 && (apart - again).abs() < 1e-12 * apart);
    // balanced weights are the shortest of their orbit, and the distance of shortest weights is not longer
    let short = balanced(&first).unwrap();
    assert!(
        apart <= {
            let (ours, theirs) = (short.clone(), balanced(&second).unwrap());
            ours.layered().parameter_distance(theirs.layered()).unwrap()
        }
    );
    for unit in 0..50 {
        let into = short.weights().row(unit).norm().hypot(short.biases()[unit]);
        assert!((into - short.read_out().column(unit).norm()).abs() < 1e-13);
    }
}

fn points_from_minus_five_to_five() -> DMatrix<f64> {
    DMatrix::from_fn(1001, 1, |i, _| -5.0 + 0.01 * i as f64)
}

#[test]
fn a_hidden_kink_can_move_until_it_comes_out() {
    let x = points_from_minus_five_to_five();
    let outputs = |shift: f64| hidden_kink(shift).unwrap().outputs(&x).unwrap();
    let differ = |shift: f64| (outputs(shift) - outputs(0.0)).amax();
    for shift in [-1.0, 0.5, 1.0, 1.5] {
        assert!(differ(shift) < 1e-14, "{shift}: {:e}", differ(shift));
    }
    assert!((differ(-3.0) - 1.0).abs() < 1e-12, "{}", differ(-3.0));
    // weights that no permutation and no scale takes to each other
    let normal = |shift: f64| hidden_kink(shift).unwrap().normal_form();
    let distance = normal(0.0).parameter_distance(&normal(0.5)).unwrap();
    assert!(distance > 0.1, "{distance}");
}

#[test]
fn deep_normal_forms_forget_permutations_and_scales() {
    let sizes = [6, 20, 15, 10, 3];
    let layer = |l: usize| {
        let biases = normal(sizes[l + 1], 1, "biases", l as u64);
        (
            normal(sizes[l + 1], sizes[l], "weights", l as u64),
            biases.column(0).into_owned(),
        )
    };
    let network = RectifierNetwork::new((0..4).map(layer).collect()).unwrap();
    let mut layers = network.layers().to_vec();
    for l in 0..3 {
        let map = Transformation::random(sizes[l + 1], 1.0, l as u64);
        let (rows, columns) = layers[l].0.shape();
        let (w, b) = layers[l].clone();
        let at = |j: usize| map.permutation[j];
        layers[l].0 = DMatrix::from_fn(rows, columns, |j, i| map.scales[j] * w[(at(j), i)]);
        layers[l].1 = DVector::from_fn(rows, |j, _| map.scales[j] * b[at(j)]);
        let out = layers[l + 1].0.clone();
        layers[l + 1].0 =
            DMatrix::from_fn(out.nrows(), rows, |k, j| out[(k, at(j))] / map.scales[j]);
    }
    let moved = RectifierNetwork::new(layers).unwrap();
    assert!(network.parameter_distance(&moved).unwrap() > 1.0);
    let (ours, theirs) = (network.normal_form(), moved.normal_form());
    let distance = ours.parameter_distance(&theirs).unwrap();
    assert!(distance < 1e-11, "{distance:e}");
    let points = normal(50, 6, "points", 1);
    let difference = network.outputs(&points).unwrap() - ours.outputs(&points).unwrap();
    assert!(difference.amax() < 1e-11);
}

#[test]
fn deep_networks_are_read_and_written_back() {
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Relu,
        sigma_w: 1.5,
        sigma_b: 0.3,
        ..Architecture::fully_connected(4, &[9], 2)
    })
    .unwrap();
    let parameters = network.initial(Initialisation::Gaussian, 1).unwrap();
    let read = TwoLayerNetwork::of(&network, &parameters).unwrap();
    let points = normal(20, 4, "points", 1);
    let expected = network.outputs(&parameters, &points).unwrap();
    assert!((read.layered().outputs(&points).unwrap() - expected).amax() < 1e-14);
    let back = read.layered().parameters(&network).unwrap();
    let differences = back.iter().zip(&parameters).map(|(a, b)| (a - b).abs());
    assert!(differences.fold(0.0, f64::max) < 1e-15);
    let tanh = DeepNetwork::new(Architecture::fully_connected(4, &[9], 2)).unwrap();
    let refused = RectifierNetwork::of(&tanh, &[]).unwrap_err().to_string();
    assert!(refused.contains("another activation"), "{refused}");
}

#[test]
fn what_is_no_network_is_refused() {
    let (w, b, a, c) = (
        dmatrix![1.0, 2.0; 3.0, 4.0],
        dvector![0.0, 0.0],
        dmatrix![1.0, 1.0],
        dvector![0.0],
    );
    let new = TwoLayerNetwork::new;
    let shape = |array, found, expected| {
        Err(SymmetryError::Shape {
            array,
            found,
            expected,
        })
    };
    assert_eq!(
        new(w.clone(), dvector![0.0], a.clone(), c.clone()),
        shape(1, (1, 1), (2, 1))
    );
    assert_eq!(
        new(w.clone(), b.clone(), a.transpose(), c.clone()),
        shape(2, (2, 1), (2, 2))
    );
    assert_eq!(
        new(w.clone(), b.clone(), a.clone(), b.clone()),
        shape(3, (2, 1), (1, 1))
    );
    let mut bad = w.clone();
    bad[(1, 0)] = f64::NAN;
    let said = new(bad, b.clone(), a.clone(), c.clone())
        .unwrap_err()
        .to_string();
    assert!(
        said.starts_with("W1 holds NaN at row 1, column 0"),
        "{said}"
    );
    let said = new(w.clone(), b.clone(), a.clone(), dvector![f64::INFINITY])
        .unwrap_err()
        .to_string();
    assert!(said.starts_with("b2 holds inf at row 0"), "{said}");
    let empty = new(
        DMatrix::zeros(0, 2),
        dvector![],
        DMatrix::zeros(1, 0),
        c.clone(),
    );
    assert!(matches!(empty, Err(SymmetryError::Empty { .. })));

    let network = new(w.clone(), b.clone(), a, c).unwrap();
    let wide = random_network((3, 2, 1), 1);
    let unlike = SymmetryError::Unlike {
        what: "inputs",
        first: 2,
        second: 3,
    };
    assert_eq!(compare(&network, &wide, 1e-9), Err(unlike.clone()));
    assert_eq!(orbit_distance(&network, &wide), Err(unlike));
    for tolerance in [0.0, -1.0, f64::NAN, 0.2] {
        let refused = compare(&network, &network, tolerance);
        assert!(matches!(refused, Err(SymmetryError::Tolerance { .. })));
    }
    let huge = new(w * 1e200, b, dmatrix![1e200, 1e200], dvector![0.0]).unwrap();
    assert_eq!(compare(&huge, &huge, 1e-9), Err(SymmetryError::Overflow));
    let map = |permutation: &[usize], scales: &[f64], flips: &[usize]| {
        let map = Transformation {
            permutation: permutation.to_vec(),
            scales: scales.to_vec(),
            flips: flips.to_vec(),
        };
        map.apply(&network, 1e-9)
    };
    for refused in [
        map(&[0, 0], &[1.0, 1.0], &[]),
        map(&[0, 1], &[1.0, -1.0], &[]),
        map(&[0, 1], &[1.0], &[]),
        map(&[0, 1], &[1.0, 1.0], &[2]),
    ] {
        assert!(matches!(refused, Err(SymmetryError::Malformed { .. })));
    }
}
