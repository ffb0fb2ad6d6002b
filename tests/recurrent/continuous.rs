//! The continuous time of leaky networks.

use nalgebra::DMatrix;
use pulsatrix::networks::recurrent::{
    ElmanNetwork, ElmanShape, LeakyField, Sequences, StartWeights,
};
use pulsatrix::networks::{DelayedHopfield, DelayedHopfieldParameters};
use pulsatrix::solver::{
    DelaySolver, History, Options, OrdinaryMethod, Save, solve, solve_ordinary,
};

fn drive(time: f64, inputs: &mut [f64]) {
    inputs[0] = (1.3 * time).sin();
}

/// Steps of `e = h` with inputs at the beginning of each are Euler's method: the error at the end is halved
/// with the step.
#[test]
fn a_small_leak_is_an_ordinary_equation_of_order_one() {
    let shape = |leak| ElmanShape {
        leak,
        ..ElmanShape::new(1, 4, 1)
    };
    let reference = ElmanNetwork::new(shape(1.0)).unwrap();
    let start = StartWeights {
        context: 1.5,
        ..StartWeights::default()
    };
    let parameters = reference.initial(start, 4);
    let field = LeakyField::new(&reference, &parameters, 1.0, 0.0, drive).unwrap();
    let options = Options::with_tolerance(1e-9);
    let end = 3.0;
    let method = OrdinaryMethod::Dop853;
    let exact = solve_ordinary(&field, &[0.0; 4], (0.0, end), method, &options, &Save::Last);
    let exact = exact.unwrap();
    let errors: Vec<f64> = [100, 200, 400, 800]
        .map(|steps| {
            let h = end / f64::from(steps);
            let network = ElmanNetwork::new(shape(h)).unwrap();
            let inputs = Sequences::from_fn(1, steps as usize, 1, |_, k, _| {
                let mut u = [0.0];
                drive(k as f64 * h, &mut u);
                u[0]
            });
            let pass = network.pass(&parameters, &inputs, None).unwrap();
            let last = pass.last().activation;
            let errors = last.iter().zip(exact.last()).map(|(a, b)| (a - b).abs());
            errors.fold(0.0, f64::max)
        })
        .into();
    for pair in errors.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 1.0).abs() < 0.02, "{errors:?}");
    }
    assert!(errors[3] < 2e-3, "{errors:?}");
}

#[test]
fn with_a_lag_it_is_the_delayed_hopfield_network() {
    let network = ElmanNetwork::new(ElmanShape::new(1, 3, 1)).unwrap();
    let start = StartWeights {
        context: 2.5,
        ..StartWeights::default()
    };
    let parameters = network.initial(start, 6);
    let (tau, lag, input) = (0.8, 0.7, 0.3);
    let constant = |_: f64, inputs: &mut [f64]| inputs[0] = input;
    let field = LeakyField::new(&network, &parameters, tau, lag, constant).unwrap();
    let (w, b) = (
        network.context_weights(&parameters),
        network.input_weights(&parameters),
    );
    let weights = DMatrix::from_fn(3, 3, |i, j| w.at(i, j));
    // v = W_c x + W_i u + b
    let seen = |x: &[f64]| -> Vec<f64> {
        let sum = |i: usize| (0..3).map(|j| weights[(i, j)] * x[j]).sum::<f64>();
        (0..3).map(|i| sum(i) + b.at(i, 0) * input).collect()
    };
    let hopfield = DelayedHopfield::new(DelayedHopfieldParameters {
        time_constants: vec![tau; 3],
        weights: &weights / tau,
        delays: DMatrix::from_element(3, 3, lag),
        gain: 1.0,
        inputs: (0..3).map(|i| b.at(i, 0) * input / tau).collect(),
    })
    .unwrap();
    let begin = [0.4, -0.2, 0.1];
    let options = || Options::with_tolerance(1e-11);
    let times = Save::At(vec![1.0, 5.0, 20.0]);
    let history = History::constant(&begin);
    let mut solver = DelaySolver::new(&field, history, 0.0, options()).unwrap();
    let elman = solve(&mut solver, 20.0, &times, &[]).unwrap();
    let history = seen(&begin);
    let history = History::constant(&history);
    let mut solver = DelaySolver::new(&hopfield, history, 0.0, options()).unwrap();
    let graded = solve(&mut solver, 20.0, &times, &[]).unwrap();
    for index in 0..3 {
        for (v, expected) in seen(elman.state(index)).iter().zip(graded.state(index)) {
            assert!((v - expected).abs() < 1e-8, "{v} {expected}");
        }
    }
    // it moves: the lag matters
    let apart = elman
        .state(1)
        .iter()
        .zip(elman.state(2))
        .map(|(a, b)| (a - b).abs());
    assert!(apart.fold(0.0, f64::max) > 1e-3);
}
