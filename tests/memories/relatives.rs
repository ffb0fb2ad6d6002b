//! Relatives of the impulse network, each with its known answer.

use nalgebra::DMatrix;
use pulsatrix::analysis::{
    Activity, Criteria, ElectricalLimit, Mode, RingWave, Settling, Turns, ring_waves, settle,
};
use pulsatrix::networks::{
    Coupling, DelayedHopfield, DelayedHopfieldParameters, Hopfield, ImpulseNetwork,
    ImpulseParameters, random_patterns,
};
use pulsatrix::solver::{DelaySolver, Engine, History, Options};

/// A ring of `m` relay neurons, started near the phases of a wave, none lower than `deepest`.
fn started_on(
    wave: RingWave,
    c: f64,
    h: f64,
    m: usize,
    deepest: f64,
) -> pulsatrix::analysis::Cycle {
    let mut parameters = ImpulseParameters::homogeneous(m, 1.0, 1.0, c, h);
    parameters.coupling = Coupling::Ring;
    let network = ImpulseNetwork::new(parameters).unwrap();
    // A neuron rises by 1 a unit of time to its next impulse.
    let wait = |j: usize| (-(j as f64) * wave.lead).rem_euclid(wave.period);
    let state: Vec<f64> = (0..m).map(|j| (-0.01 - wait(j)).max(deepest)).collect();
    let mut engine = network.engine(&state, Options::default()).unwrap();
    let settling = Settling {
        criteria: Criteria {
            tolerance: 1e-10,
            synchrony: 1e-6,
        },
        maximum_time: 1e4,
    };
    settle(engine.as_mut(), settling).unwrap().outcome.unwrap()
}

/// Waves with one, two and three turns, with and without a synaptic delay, on the ring of relays
/// against the period relation `p T(delta + h) = m delta`.
#[test]
fn waves_around_a_ring_obey_the_period_relation() {
    for (m, c, h, turns) in [
        (3, -4.0, 0.0, 1),
        (5, -4.0, 0.0, 2),
        (7, -8.0, 0.0, 2),
        (8, -4.0, 0.0, 3),
        (5, -4.0, 1.0, 1),
        (6, -4.0, 1.0, 1),
    ] {
        let waves = ring_waves(1.0, 1.0, c, h, m);
        let wave = *waves.iter().find(|wave| wave.turns == turns).unwrap();
        let cycle = started_on(wave, c, h, m, f64::NEG_INFINITY);
        assert_eq!(cycle.mode, Mode::TravellingWave, "{cycle:?}");
        assert!((cycle.period - wave.period).abs() < 1e-9, "{cycle:?}");
        let phases: Vec<f64> = cycle.phases.iter().map(|phase| phase.unwrap()).collect();
        for j in 0..m {
            let lead = (phases[j] - phases[(j + 1) % m]).rem_euclid(cycle.period);
            assert!((lead - wave.lead).abs() < 1e-8, "{j}: {lead} {wave:?}");
        }
        let closing = turns as f64 * wave.period - m as f64 * wave.lead;
        assert!(closing.abs() < 1e-11);
    }
}

/// The same parameters, two waves.
#[test]
fn two_waves_coexist_in_a_ring_of_seven() {
    let waves = ring_waves(1.0, 1.0, -4.0, 0.0, 7);
    assert_eq!(
        waves.iter().map(|wave| wave.turns).collect::<Vec<_>>(),
        [2, 3]
    );
    let periods = [0, 1].map(|n| started_on(waves[n], -4.0, 0.0, 7, -2.5).period);
    assert!((periods[0] - waves[0].period).abs() < 1e-9);
    assert!((periods[1] - waves[1].period).abs() < 1e-9);
    assert!(periods[1] - periods[0] > 1.0);
}

/// Differences `ln(u_j/u_1)` at the onsets of neuron 1, from the onsets at a finite lambda.
fn differences(a: f64, d: f64, lambda: f64, start: &[f64], impulses: usize) -> Vec<Vec<f64>> {
    let mut parameters = ImpulseParameters::homogeneous(start.len(), a, 0.0, 0.0, 0.0);
    parameters.coupling = Coupling::None;
    parameters.electrical = d;
    parameters.lambda = lambda;
    let network = ImpulseNetwork::new(parameters).unwrap();
    let state: Vec<f64> = start.iter().map(|y| y / lambda - 1.0).collect();
    let mut engine = network
        .engine(&state, Options::with_tolerance(1e-10))
        .unwrap();
    let mut activity = Activity::new(0.0, &state);
    let end = (2.0 + a + 1.0 / a) * impulses as f64 + 1.0;
    while engine.time() < end {
        activity.watch(engine.advance(end).unwrap());
    }
    let onset = |j: usize, n: usize| activity.impulses(j)[n].onset;
    (0..impulses)
        .map(|n| {
            (0..start.len())
                .map(|j| lambda * (onset(0, n) - onset(j, n)))
                .collect()
        })
        .collect()
}

/// Electrical coupling: the whole network approaches the impulsive limit map as `1/lambda`.
#[test]
fn electrical_coupling_approaches_its_limit_map() {
    let limit = ElectricalLimit { a: 2.0, d: 0.05 };
    let start = [0.0, 1.2, -0.7];
    let mut exact = vec![limit.flow(&start, 1.0).unwrap()];
    for n in 0..5 {
        exact.push(limit.map(&exact[n]).unwrap());
    }
    let distance = |lambda: f64| {
        let found = differences(2.0, 0.05, lambda, &start, 6);
        let pairs = found.iter().flatten().zip(exact.iter().flatten());
        pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
    };
    let (far, near) = (distance(100.0), distance(400.0));
    assert!(near < 0.02, "{near}");
    let order = (far / near).ln() / 4.0_f64.ln();
    assert!((order - 1.0).abs() < 0.15, "order {order}: {far} {near}");
}

/// The multiplier of synchrony in closed form, measured on the whole network.
#[test]
fn electrical_coupling_synchronises_at_the_multiplier_of_the_limit() {
    let (a, d) = (1.0, 0.2);
    let exact = ElectricalLimit { a, d }.synchrony_multiplier(2);
    let found = differences(a, d, 800.0, &[0.0, 1e-2], 4);
    let measured = found[3][1] / found[2][1];
    assert!((measured - exact).abs() < 0.01, "{measured} {exact}");
}

/// One graded neuron that inhibits itself by `g`, near rest, at a given delay.
fn self_inhibited(g: f64, delay: f64) -> DelayedHopfield {
    DelayedHopfield::new(DelayedHopfieldParameters {
        time_constants: vec![1.0],
        weights: DMatrix::from_element(1, 1, g),
        delays: DMatrix::from_element(1, 1, delay),
        gain: 1.0,
        inputs: vec![0.0],
    })
    .unwrap()
}

/// Small oscillations neither grow nor shrink at the delay of Marcus and Westervelt, and have its
/// period; on either side of it they grow and shrink at the rate of the characteristic root.
#[test]
fn a_delayed_hopfield_neuron_oscillates_beyond_its_critical_delay() {
    for g in [-1.5, -2.0, -4.0] {
        let onset = self_inhibited(g, 1.0).oscillation_onset().unwrap();
        for (factor, grows) in [(0.97, false), (1.03, true)] {
            let delay = factor * onset.delay;
            // Newton's method for the root s = -1 + g exp(-s delay), in real and imaginary part.
            let (mut re, mut im) = (0.0_f64, std::f64::consts::TAU / onset.period);
            for _ in 0..50 {
                let (size, angle) = (g * (-re * delay).exp(), im * delay);
                let (x, y) = (size * angle.cos(), -size * angle.sin());
                let (f, h) = (re + 1.0 - x, im - y);
                let (p, q) = (1.0 + delay * x, delay * y);
                let norm = p * p + q * q;
                re -= (f * p + h * q) / norm;
                im -= (h * p - f * q) / norm;
            }
            assert_eq!(re > 0.0, grows);
            let network = self_inhibited(g, delay);
            let history = History::constant(&[1e-6]);
            let options = Options {
                absolute_tolerance: 1e-18,
                ..Options::with_tolerance(1e-10)
            };
            let mut solver = DelaySolver::new(&network, history, 0.0, options).unwrap();
            let mut turns = Turns::new(0);
            while solver.time() < 80.0 {
                turns.watch(solver.advance(80.0).unwrap());
            }
            let maxima = turns.maxima();
            let [.., before, last] = maxima else {
                panic!("no maxima")
            };
            let period = last.time - before.time;
            let rate = (last.value / before.value).ln() / period;
            assert!((rate - re).abs() < 1e-6, "{g} {delay}: {rate} {re}");
            assert!((period - std::f64::consts::TAU / im).abs() < 1e-5);
            assert!((period / onset.period - 1.0).abs() < 0.05);
        }
    }
}

/// Resting states do not depend on delays: stored patterns are recalled with unequal delays, and
/// where they rest the equation without delays is satisfied.
#[test]
fn a_delayed_hopfield_network_rests_on_its_patterns() {
    let neurons = 40;
    let patterns = random_patterns(neurons, 3, 0.5, 5);
    let delays = DMatrix::from_fn(neurons, neurons, |j, s| 0.25 * ((3 * j + 5 * s) % 8) as f64);
    let network = DelayedHopfield::new(DelayedHopfieldParameters {
        time_constants: vec![1.0; neurons],
        weights: Hopfield::hebb(&patterns).unwrap().weights().clone(),
        delays,
        gain: 4.0,
        inputs: vec![0.0; neurons],
    })
    .unwrap();
    for pattern in &patterns {
        // A tenth of the neurons start on the wrong side.
        let start: Vec<f64> = pattern
            .iter()
            .enumerate()
            .map(|(j, on)| if on == (j % 10 != 3) { 0.5 } else { -0.5 })
            .collect();
        let options = Options::with_tolerance(1e-8);
        let mut solver =
            DelaySolver::new(&network, History::constant(&start), 0.0, options).unwrap();
        while solver.time() < 60.0 {
            solver.advance(60.0).unwrap();
        }
        let weights = &network.parameters().weights;
        for (j, x) in solver.state().iter().enumerate() {
            assert_eq!(*x > 0.0, pattern[j], "neuron {j}");
            let heard = solver.state().iter().enumerate();
            let field: f64 = heard.map(|(s, x)| weights[(j, s)] * (4.0 * x).tanh()).sum();
            assert!((x - field).abs() < 1e-6, "{x} {field}");
        }
    }
}
