//! Steep gates: switches are foreseen by their poles, met at any steepness, and never stepped over.

use super::{difference, network, run, start};
use pulsatrix::networks::ImpulseNetwork;
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, Engine, History, Input, Options, PanelField, PanelSolver, RelaySolver, Save, solve,
};

/// Steepness from smooth to all but relay: the error stays below a tenth of the tolerance, and the
/// work does not grow.
#[test]
fn sharp_switches_are_met_at_any_steepness() {
    for b in [0.1, 1.0] {
        let mut panels = Vec::new();
        for lambda in [200.0, 1e3, 1e4, 1e5] {
            let field = network(10, b, lambda);
            let run = |tolerance: f64| {
                let history = History::constant(&start(10));
                let options = Options::with_tolerance(tolerance);
                let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
                let trajectory = solve(&mut engine, 50.0, &Save::Last, &[]).unwrap();
                (trajectory, engine.sharp_switches())
            };
            let (coarse, switches) = run(1e-6);
            let (fine, _) = run(1e-11);
            let error = difference(coarse.last(), fine.last());
            assert!(error < 1e-7, "lambda {lambda}, b {b}: {error}");
            // less steep gates are seen at the stages
            let met = if lambda < 1e3 { 0 } else { 10 };
            assert!(switches >= met, "lambda {lambda}, b {b}: {switches}");
            panels.push(coarse.statistics.steps + coarse.statistics.rejected);
        }
        assert!(panels[3] < 2 * panels[0], "b {b}: {panels:?}");
    }
}

/// As lambda grows the network goes over into its relay limit, which another engine solves exactly.
#[test]
fn the_relay_limit_is_reached() {
    let mut parameters = network(10, 0.1, 1.0).parameters().clone();
    parameters.lambda = f64::INFINITY;
    let limit = ImpulseNetwork::new(parameters).unwrap();
    let mut relay = RelaySolver::new(&limit, &start(10), 0.0).unwrap();
    while relay.time() < 30.0 {
        relay.advance(30.0).unwrap();
    }
    let mut last = f64::INFINITY;
    for lambda in [1e3, 1e4, 1e5, 1e6] {
        let history = History::constant(&start(10));
        let field = network(10, 0.1, lambda);
        let found = run(&field, history, 30.0, Options::with_tolerance(1e-10));
        let distance = difference(&found, relay.state());
        assert!(distance < 0.2 * last, "lambda {lambda}: {distance}, {last}");
        last = distance;
    }
}

/// One neuron whose state just touches its threshold, for less than the distance of two stages;
/// another that integrates what it hears of it.
struct Touch {
    peak: f64,
    lambda: f64,
}

impl Touch {
    const BEND: f64 = 50.0;

    /// The touching state: `peak - 50 (t - 1)^2`.
    fn state(&self, t: f64) -> f64 {
        self.peak - Self::BEND * (t - 1.0) * (t - 1.0)
    }

    /// What the listener has at the end, by Simpson's rule.
    fn answer(&self) -> f64 {
        let (n, half) = (40_000, 0.02);
        let h = 2.0 * half / f64::from(n);
        let gate = |i: i32| {
            let t = 1.0 - half + h * f64::from(i);
            pulsatrix::numerics::sigmoid::logistic(self.lambda * self.state(t))
        };
        let weight = |i: i32| match i {
            0 => 1.0,
            i if i == n => 1.0,
            i if i % 2 == 1 => 4.0,
            _ => 2.0,
        };
        (0..=n).map(|i| weight(i) * gate(i)).sum::<f64>() * h / 3.0
    }
}

impl PanelField<1, 1> for Touch {
    fn dimension(&self) -> usize {
        2
    }

    fn lags(&self) -> [f64; 1] {
        [1.0]
    }

    fn parameters(&self, component: usize) -> [f64; 1] {
        [1.0 - component as f64]
    }

    fn gate<R: Lane>(&self, _: [R; 1], state: R) -> R {
        (state * self.lambda).logistic()
    }

    fn affine<R: Lane>(&self, [own]: [R; 1], time: R, _: [R; 1], inputs: [R; 1]) -> Affine<R> {
        let slope = own * (time - 1.0) * (-2.0 * Self::BEND);
        Affine {
            constant: slope + (own.like(1.0) - own) * inputs[0],
            rate: own.like(0.0),
        }
    }

    fn input(&self, _: usize) -> Input {
        Input::Gathered
    }

    fn gather(&self, _: usize, gates: &mut [f64]) {
        gates.rotate_right(1);
    }

    fn steepness(&self) -> f64 {
        self.lambda
    }
}

#[test]
fn a_switch_that_comes_and_goes_between_two_stages_is_not_missed() {
    for (peak, lambda) in [(1e-4, 1e6), (1e-3, 1e5), (-1e-6, 1e6), (1e-5, 1e8)] {
        let field = Touch { peak, lambda };
        let history = History::constant(&[field.state(0.0), -100.0]);
        let found = run(&field, history, 2.5, Options::with_tolerance(1e-9));
        let (heard, answer) = (found[1] + 100.0, field.answer());
        assert!(answer > 1e-5);
        assert!(
            (heard - answer).abs() < 1e-6,
            "{peak} {lambda}: {heard} {answer}"
        );
    }
}

/// A neuron that stops short of its threshold while others fire bends within a five-hundredth of a lag: its gate
/// is small there, and no crossing tells of it.
#[test]
fn a_state_that_bends_beside_its_threshold_is_not_missed() {
    let golden = |j: f64| (0.618_033_988_749_894_9 * j).fract();
    let start: Vec<f64> = (1..=10)
        .map(|j| -0.1 - 1.9 * golden(f64::from(j) + 2000.0))
        .collect();
    let at = |tolerance: f64| {
        let history = History::constant(&start);
        let options = Options::with_tolerance(tolerance);
        run(&network(10, 1.0, 1e3), history, 3.0, options)
    };
    let error = difference(&at(1e-6), &at(1e-12));
    assert!(error < 1e-7, "{error}");
}

/// What is to come is foreseen: few panels are tried in vain, one in six without.
#[test]
fn few_panels_are_rejected() {
    for (neurons, b) in [(10, 1.0), (10, 0.1), (100, 1.0), (100, 0.01)] {
        let field = network(neurons, b, 20.0);
        let history = History::constant(&start(neurons));
        let options = Options::with_tolerance(1e-5);
        let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
        solve(&mut engine, 100.0, &Save::Last, &[]).unwrap();
        let statistics = engine.statistics();
        assert!(
            8 * statistics.rejected < statistics.steps,
            "{neurons} neurons, b {b}: {statistics:?}"
        );
    }
}
