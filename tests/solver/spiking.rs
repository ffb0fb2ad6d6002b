//! Networks of integrate-and-fire neurons: from spike to spike in closed form, and by the engine.

use nalgebra::DMatrix;
use pulsatrix::networks::{SpikingNetwork, SpikingNeuron, SpikingParameters, Synapse};
use pulsatrix::solver::{DelaySolver, History, Method, Options, Save, SolverError, solve};

/// `V' = I - V`, each spike adds 0.1 to the other after 0.37.
fn pair() -> SpikingNetwork {
    SpikingNetwork::new(SpikingParameters {
        neuron: SpikingNeuron::Leaky,
        time_constants: vec![1.0; 2],
        inputs: vec![1.5, 1.3],
        thresholds: vec![1.0; 2],
        resets: vec![0.0; 2],
        refractory: vec![0.0; 2],
        weights: DMatrix::from_row_slice(2, 2, &[0.0, 0.1, 0.1, 0.0]),
        delays: DMatrix::from_element(2, 2, 0.37),
    })
    .unwrap()
}

/// Neurons that differ, with excitation and inhibition and a delay of its own for every synapse.
fn mixed(neuron: SpikingNeuron, neurons: usize) -> SpikingNetwork {
    let golden = |k: usize| (0.618_033_988_749_894_9 * k as f64).fract();
    let list = |low: f64, high: f64, from: usize| -> Vec<f64> {
        (0..neurons)
            .map(|j| low + (high - low) * golden(j + from))
            .collect()
    };
    let quadratic = neuron == SpikingNeuron::Quadratic;
    SpikingNetwork::new(SpikingParameters {
        neuron,
        time_constants: list(0.8, 1.3, 1),
        // some of them fire only if others make them
        inputs: if quadratic {
            list(-0.2, 1.0, 5)
        } else {
            list(0.9, 1.6, 5)
        },
        thresholds: vec![if quadratic { 4.0 } else { 1.0 }; neurons],
        resets: vec![if quadratic { -1.5 } else { 0.0 }; neurons],
        refractory: vec![0.0; neurons],
        weights: DMatrix::from_fn(neurons, neurons, |j, s| {
            let present = (3 * j + s) % 4 != 0 && j != s;
            if present {
                0.25 * (golden(7 * j + s) - 0.3)
            } else {
                0.0
            }
        }),
        delays: DMatrix::from_fn(neurons, neurons, |j, s| 0.05 + golden(11 * j + 3 * s + 2)),
    })
    .unwrap()
}

fn by_engine(
    network: &SpikingNetwork,
    start: &[f64],
    end: f64,
    method: Method,
) -> Vec<(f64, usize)> {
    let options = Options {
        method: Some(method),
        ..Options::with_tolerance(1e-11)
    };
    let history = History::constant(&network.state(start));
    let mut solver = DelaySolver::new(network, history, 0.0, options).unwrap();
    let run = solve(&mut solver, end, &Save::Last, &network.events()).unwrap();
    let spikes = run.events.iter().map(|event| (event.time, event.event));
    spikes
        .filter(|(_, neuron)| *neuron < network.neurons())
        .collect()
}

#[test]
fn two_neurons_fire_at_the_known_times() {
    let known = [
        [1.098612289, 2.083787533, 3.031891959, 4.068824264],
        [1.203972804, 2.453787533, 3.698824264, 4.989347584],
    ];
    let network = pair();
    let train = network.spikes(&[0.0, 0.3], 5.0).unwrap();
    let mut engine = [Vec::new(), Vec::new()];
    for (time, neuron) in by_engine(&network, &[0.0, 0.3], 5.0, Method::Tsit5) {
        engine[neuron].push(time);
    }
    for (neuron, known) in known.iter().enumerate() {
        for found in [&train.of(neuron), &engine[neuron]] {
            for (found, known) in found.iter().zip(known) {
                assert!((found - known).abs() < 1e-9, "{found} for {known}");
            }
        }
        assert_eq!(train.of(neuron).len(), engine[neuron].len());
    }
    assert_eq!((train.of(0).len(), train.of(1).len()), (4, 4));
}

#[test]
fn the_engine_follows_the_exact_train() {
    for neuron in [SpikingNeuron::Leaky, SpikingNeuron::Quadratic] {
        let network = mixed(neuron, 7);
        let start: Vec<f64> = (0..7).map(|j| 0.1 * f64::from(j)).collect();
        let train = network.spikes(&start, 12.0).unwrap();
        assert!(train.spikes.len() > 20, "{}", train.spikes.len());
        assert!((0..7).filter(|j| !train.of(*j).is_empty()).count() > 4);
        for method in [Method::Tsit5, Method::Dop853] {
            let found = by_engine(&network, &start, 12.0, method);
            assert_eq!(found.len(), train.spikes.len(), "{neuron:?} {method:?}");
            for ((time, neuron), spike) in found.iter().zip(&train.spikes) {
                assert_eq!(*neuron, spike.neuron);
                assert!((time - spike.time).abs() < 1e-9, "{time} for {spike:?}");
            }
        }
    }
}

/// Equal neurons with equal delays stay together: pulses that meet land together, by either way.
#[test]
fn synchrony_survives_rounding() {
    let network = SpikingNetwork::new(SpikingParameters {
        neuron: SpikingNeuron::Leaky,
        time_constants: vec![1.0; 5],
        inputs: vec![1.4; 5],
        thresholds: vec![1.0; 5],
        resets: vec![0.0; 5],
        refractory: vec![0.0; 5],
        weights: DMatrix::from_fn(5, 5, |j, s| if j == s { 0.0 } else { 0.05 }),
        delays: DMatrix::from_element(5, 5, 0.5),
    })
    .unwrap();
    let train = network.spikes(&[0.2; 5], 30.0).unwrap();
    let found = by_engine(&network, &[0.2; 5], 30.0, Method::Tsit5);
    assert_eq!(found.len(), train.spikes.len());
    for (volley, exact) in found.chunks(5).zip(train.spikes.chunks(5)) {
        let neurons: Vec<usize> = volley.iter().map(|(_, neuron)| *neuron).collect();
        assert_eq!(neurons, [0, 1, 2, 3, 4]);
        assert!(exact.iter().enumerate().all(|(j, spike)| spike.neuron == j));
        let close = |time: f64| (time - exact[0].time).abs() < 1e-9;
        assert!(volley.iter().all(|(time, _)| close(*time)));
        assert!(exact.iter().all(|spike| spike.time == exact[0].time));
    }
}

#[test]
fn neurons_without_a_delay_that_fire_each_other_are_named() {
    let mut parameters = pair().parameters().clone();
    parameters.weights *= 20.0;
    parameters.delays *= 0.0;
    let network = SpikingNetwork::new(parameters.clone()).unwrap();
    let error = network.spikes(&[0.0, 0.3], 5.0).unwrap_err();
    let SolverError::EndlessCascade { events, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(events, [0, 1]);
    let history = History::constant(&[0.0, 0.3]);
    let mut solver = DelaySolver::new(&network, history, 0.0, Options::default()).unwrap();
    let error = solve(&mut solver, 5.0, &Save::Last, &network.events()).unwrap_err();
    assert!(
        matches!(error, SolverError::EndlessCascade { .. }),
        "{error}"
    );
    assert!(network.spikes(&[0.0, 1.1], 5.0).is_err());
    // one that lifts itself exactly to its threshold
    parameters.weights.fill(0.0);
    parameters.weights[(0, 0)] = 1.0;
    parameters.inputs = vec![2.0, 0.5];
    let network = SpikingNetwork::new(parameters.clone()).unwrap();
    let error = network.spikes(&[0.0, 0.3], 5.0).unwrap_err();
    let SolverError::EndlessCascade { events, time, .. } = error else {
        panic!("{error}")
    };
    assert!(events == [0] && (time - 2f64.ln()).abs() < 1e-15, "{time}");
    assert!(network.spikes(&[0.0], 5.0).is_err());
    assert!(network.spikes(&[f64::NAN, 0.0], 5.0).is_err());
    parameters.resets[1] = 1.0;
    assert!(SpikingNetwork::new(parameters).is_err());
}

#[test]
fn a_run_of_endless_spikes_is_given_up() {
    let mut parameters = pair().parameters().clone();
    parameters.inputs[0] = 1e18;
    let network = SpikingNetwork::new(parameters).unwrap();
    let error = network.spikes_up_to(&[0.0, 0.3], 5.0, 1000).unwrap_err();
    assert!(
        matches!(error, SolverError::TooManySpikes { limit: 1000, time } if time < 1e-6),
        "{error}"
    );
    let train = pair().spikes_up_to(&[0.0, 0.3], 5.0, 8).unwrap();
    assert_eq!(train.spikes.len(), 8);
    assert!(pair().spikes_up_to(&[0.0, 0.3], 5.0, 7).is_err());
}

/// The same network from its matrices and from a list in another order: the same train, bit for bit.
#[test]
fn listed_synapses_are_those_of_the_matrices() {
    let dense = mixed(SpikingNeuron::Leaky, 7);
    let all = (0..7)
        .rev()
        .flat_map(|sender| dense.outgoing(sender).to_vec());
    let parameters = SpikingParameters {
        weights: DMatrix::zeros(0, 0),
        delays: DMatrix::zeros(0, 0),
        ..dense.parameters().clone()
    };
    let sparse = SpikingNetwork::with_synapses(parameters.clone(), all).unwrap();
    let start = [0.1; 7];
    assert_eq!(sparse.spikes(&start, 12.0), dense.spikes(&start, 12.0));
    let both = [&sparse, &dense].map(|network| by_engine(network, &start, 12.0, Method::Tsit5));
    assert_eq!(both[0], both[1]);
    let good = Synapse {
        sender: 0,
        target: 6,
        weight: 0.1,
        delay: 0.0,
    };
    for wrong in [
        Synapse { target: 7, ..good },
        Synapse {
            weight: f64::NAN,
            ..good
        },
        Synapse {
            delay: -1.0,
            ..good
        },
    ] {
        assert!(SpikingNetwork::with_synapses(parameters.clone(), [good, wrong]).is_err());
    }
    let both = SpikingNetwork::with_synapses(dense.parameters().clone(), [good]);
    assert!(
        both.err()
            .unwrap()
            .to_string()
            .contains("leave the matrices empty")
    );
}

/// Alone, a neuron with a refractory time `rho` fires every `rho + ln((I - r)/(I - theta))`; a pulse that meets it at
/// rest is lost, one later is not; and the engine follows where neurons with and without such a time are mixed.
#[test]
fn neurons_that_rest_take_no_pulse() {
    let mut parameters = pair().parameters().clone();
    parameters.refractory = vec![0.4, 0.0];
    // neuron 1 never fires by itself; neuron 0 hears itself 0.3 later, at rest, and neuron 1 0.37 + 0.2 later, moving
    parameters.inputs = vec![1.5, 0.2];
    parameters.weights = DMatrix::from_row_slice(2, 2, &[5.0, 0.25, 1.5, 0.0]);
    parameters.delays = DMatrix::from_row_slice(2, 2, &[0.3, 0.2, 0.37, 0.0]);
    let network = SpikingNetwork::new(parameters).unwrap();
    let train = network.spikes(&[0.0, 0.0], 4.0).unwrap();
    let first = 3f64.ln();
    // free at first + 0.4, lifted by 0.25 a time 0.17 later
    let lifted = 1.5 * (1.0 - (-0.17f64).exp()) + 0.25;
    let second = first + 0.57 + ((1.5 - lifted) / 0.5).ln();
    let found = train.of(0);
    assert!((found[0] - first).abs() < 1e-14);
    assert!(
        (found[1] - second).abs() < 1e-14,
        "{} for {second}",
        found[1]
    );
    assert!((train.of(1)[0] - first - 0.37).abs() < 1e-14);
    for neuron in [SpikingNeuron::Leaky, SpikingNeuron::Quadratic] {
        let mut parameters = mixed(neuron, 7).parameters().clone();
        parameters.refractory = (0..7).map(|j| 0.3 * f64::from(j % 3)).collect();
        let network = SpikingNetwork::new(parameters).unwrap();
        let start: Vec<f64> = (0..7).map(|j| 0.1 * f64::from(j)).collect();
        let train = network.spikes(&start, 12.0).unwrap();
        assert!(train.spikes.len() > 20, "{}", train.spikes.len());
        let found = by_engine(&network, &start, 12.0, Method::Tsit5);
        assert_eq!(found.len(), train.spikes.len(), "{neuron:?}");
        for ((time, neuron), spike) in found.iter().zip(&train.spikes) {
            assert_eq!(*neuron, spike.neuron);
            assert!((time - spike.time).abs() < 1e-9, "{time} for {spike:?}");
        }
    }
}

/// Potentials at given times are those of the engine.
#[test]
fn sampled_potentials_are_those_of_the_engine() {
    let network = mixed(SpikingNeuron::Leaky, 5);
    let times: Vec<f64> = (0..=40).map(|k| 0.2 * f64::from(k)).collect();
    let (_, sampled) = network
        .sampled_spikes(&[0.1; 5], 8.0, 1000, &times)
        .unwrap();
    let options = Options::with_tolerance(1e-11);
    let history = History::constant(&[0.1; 5]);
    let mut solver = DelaySolver::new(&network, history, 0.0, options).unwrap();
    let run = solve(&mut solver, 8.0, &Save::At(times), &network.events()).unwrap();
    assert_eq!(sampled.len(), run.states.len());
    for (found, engine) in sampled.iter().zip(&run.states) {
        assert!((found - engine).abs() < 1e-8, "{found} for {engine}");
    }
    assert!(
        network
            .sampled_spikes(&[0.1; 5], 8.0, 1000, &[1.0, 0.5])
            .is_err()
    );
    assert!(
        network
            .sampled_spikes(&[0.1; 5], 8.0, 1000, &[9.0])
            .is_err()
    );
}
