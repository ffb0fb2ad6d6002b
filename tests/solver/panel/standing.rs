//! Components whose gates stand share solutions and are sorted by phase: nobody must see it.

use super::{difference, in_pool, run};
use pulsatrix::networks::{Feedback, ImpulseNetwork, ImpulseParameters};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, DelaySolver, History, Input, Options, PanelField, PanelSolver, Save, solve,
};

/// Neurons that differ in `a` and `c`, not in `b`, so that they have one rate.
fn network(neurons: usize, b: f64, h: f64, feedback: Feedback) -> ImpulseNetwork {
    let mut parameters = ImpulseParameters::homogeneous(neurons, 2.0, b, -6.0, h);
    for (j, (a, c)) in parameters.a.iter_mut().zip(&mut parameters.c).enumerate() {
        *a += 0.01 * (j % 7) as f64;
        *c -= 0.02 * (j % 5) as f64;
    }
    parameters.feedback = feedback;
    parameters.lambda = 20.0;
    ImpulseNetwork::new(parameters).unwrap()
}

/// Phases that neighbours do not share.
fn start(neurons: usize) -> Vec<f64> {
    let golden = |j: usize| (0.618_033_988_749_895 * j as f64).fract();
    (1..=neurons).map(|j| -0.1 - 1.9 * golden(j)).collect()
}

/// Both engines at several times, all components; long enough for the panel engine to sort.
#[test]
fn every_component_is_where_the_general_engine_has_it() {
    let end = 30.0;
    for (neurons, b, h, feedback) in [
        (61, 1.0 / 61.0, 1.0, Feedback::Mean),
        (40, 0.02, 1.7, Feedback::Threshold),
        (24, 1.0, 1.0, Feedback::Mean),
        (3, 0.3, 1.3, Feedback::Mean),
    ] {
        let field = network(neurons, b, h, feedback);
        let start = start(neurons);
        let options = Options::with_tolerance(1e-9);
        let save = Save::At(vec![7.3, 19.9, end]);
        let mut panel = PanelSolver::new(&field, History::constant(&start), 0.0, options).unwrap();
        let fast = solve(&mut panel, end, &save, &[]).unwrap();
        let mut general =
            DelaySolver::new(&field, History::constant(&start), 0.0, options).unwrap();
        let slow = solve(&mut general, end, &save, &[]).unwrap();
        let error = difference(&fast.states, &slow.states);
        assert!(error < 3e-7, "{neurons} {b} {h}: {error:e}");
    }
}

/// A neuron that differs keeps its number: swapping two in the network swaps them in the answer.
#[test]
fn a_permutation_of_the_neurons_permutes_the_answer() {
    let neurons = 80;
    let run = |order: &[usize]| {
        let mut parameters = network(neurons, 1.0 / 80.0, 1.0, Feedback::Mean)
            .parameters()
            .clone();
        let (a, c, start) = (parameters.a.clone(), parameters.c.clone(), start(neurons));
        for (to, from) in order.iter().enumerate() {
            (parameters.a[to], parameters.c[to]) = (a[*from], c[*from]);
        }
        let start: Vec<f64> = order.iter().map(|from| start[*from]).collect();
        let field = ImpulseNetwork::new(parameters).unwrap();
        let history = History::constant(&start);
        let options = Options::with_tolerance(1e-10);
        let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
        solve(&mut engine, 25.0, &Save::Last, &[])
            .unwrap()
            .last()
            .to_vec()
    };
    let same: Vec<usize> = (0..neurons).collect();
    let other: Vec<usize> = (0..neurons).map(|j| (27 * j + 5) % neurons).collect();
    let (one, two) = (run(&same), run(&other));
    let back: Vec<f64> = other.iter().map(|from| one[*from]).collect();
    assert!(difference(&two, &back) < 1e-7);
}

/// Seventeen tiles, on one thread and on two.
#[test]
fn threads_do_not_change_a_bit_of_sorted_components() {
    let field = network(4300, 1.0 / 4300.0, 1.0, Feedback::Mean);
    let start = start(4300);
    let run = || {
        let history = History::constant(&start);
        let mut engine =
            PanelSolver::new(&field, history, 0.0, Options::with_tolerance(1e-4)).unwrap();
        solve(&mut engine, 12.0, &Save::Last, &[])
            .unwrap()
            .last()
            .to_vec()
    };
    assert_eq!(in_pool(1, run), in_pool(2, run));
}

/// A network that adds what comes through a lag of no input, which is nothing; and may hide that its
/// neurons have one rate.
struct Hidden(ImpulseNetwork, bool);

impl PanelField<2, 3> for Hidden {
    fn dimension(&self) -> usize {
        self.0.neurons()
    }

    fn lags(&self) -> [f64; 2] {
        PanelField::lags(&self.0)
    }

    fn parameters(&self, component: usize) -> [f64; 3] {
        PanelField::parameters(&self.0, component)
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, parameters: [R; 3], state: R) -> R {
        self.0.gate(parameters, state)
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, theta: [R; 3], t: R, gates: [R; 2], inputs: [R; 2]) -> Affine<R> {
        let inputs = [inputs[0], inputs[0] + inputs[1]];
        self.0.affine(theta, t, gates, inputs)
    }

    fn input(&self, lag: usize) -> Input {
        self.0.input(lag)
    }

    fn steepness(&self) -> f64 {
        self.0.steepness()
    }

    fn has_common_rate(&self) -> bool {
        self.1
    }
}

#[test]
fn shared_solutions_are_those_of_each_alone() {
    for (neurons, b, h) in [(60, 1.0 / 60.0, 1.0), (33, 0.4, 1.4)] {
        let one = |shared| {
            let field = Hidden(network(neurons, b, h, Feedback::Threshold), shared);
            let history = History::constant(&start(neurons));
            run(&field, history, 20.0, Options::with_tolerance(1e-8))
        };
        let error = difference(&one(true), &one(false));
        assert!(error > 0.0 && error < 1e-6, "{neurons}: {error:e}");
    }
}

/// A field that claims one rate for neurons of different strengths is solved as if it did not.
#[test]
fn what_a_field_says_of_its_rates_is_looked_at() {
    let mut parameters = network(40, 0.05, 1.0, Feedback::Mean).parameters().clone();
    parameters.b[17] *= 1.5;
    let network = ImpulseNetwork::new(parameters).unwrap();
    assert!(!network.has_common_rate());
    let one = |claims| {
        let field = Hidden(network.clone(), claims);
        let history = History::constant(&start(40));
        run(&field, history, 12.0, Options::with_tolerance(1e-6))
    };
    assert_eq!(one(true), one(false));
}
