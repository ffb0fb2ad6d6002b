//! Waves of very many neurons, by the engine for mean fields.

use pulsatrix::analysis::{LargeStart, LargeWaveError, Wave, WaveNetwork, follow_large_wave};
use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters, Normalisation};
use pulsatrix::numerics::random::stream;
use pulsatrix::solver::{Engine, MeanFieldSolver, Switch};
use rand::RngExt;

/// Strength of all synapses of a neuron together, level and delay.
const NETWORK: (f64, f64, f64) = (1.5, -1.0, 3.3);

fn theory(neurons: usize) -> WaveNetwork {
    let (b, c, h) = NETWORK;
    WaveNetwork::new(1.0, b / (neurons - 1) as f64, c, h).unwrap()
}

/// The wave of five clusters, and the last onsets of all neurons up to `until`, from a start in which `kicked` neurons
/// are off their cluster by up to 0.05.
fn settled(neurons: usize, kicked: usize, until: f64) -> (Wave, Vec<f64>) {
    let waves = theory(neurons).waves(5, neurons / 5);
    assert_eq!(waves.len(), 1, "{waves:?}");
    let wave = waves[0];
    let (b, c, h) = NETWORK;
    let mut parameters = ImpulseParameters::homogeneous(neurons, 1.0, b, c, h);
    parameters.normalisation = Normalisation::Mean;
    let network = ImpulseNetwork::new(parameters).unwrap();
    let mut random = stream(1, "kicks", 0);
    let state: Vec<f64> = (0..neurons)
        .map(|j| {
            let kick = if j < kicked {
                random.random_range(-0.05..0.05)
            } else {
                0.0
            };
            // Neuron j belongs to cluster j mod 5.
            -0.5 - wave.spacing() * (j % 5) as f64 + kick
        })
        .collect();
    let field = network.mean_field().unwrap();
    let mut solver = MeanFieldSolver::new(&field, &state, 0.0).unwrap();
    let mut onsets = vec![f64::NAN; neurons];
    while solver.time() < until {
        if let Some(event) = solver.advance_event(until).unwrap()
            && matches!(event.switch, Switch::Up)
        {
            for neuron in solver.members(event.source) {
                onsets[neuron] = event.time;
            }
        }
    }
    (wave, onsets)
}

/// Any five groups of two hundred neurons, one after the other: kicked neurons come back to their group, and the groups
/// to even distances, `5 Delta = T`.
#[test]
fn a_thousand_neurons_remember_a_sequence_of_groups() {
    let (wave, onsets) = settled(1000, 1000, 400.0);
    check(&wave, &onsets);
    let multipliers = theory(1000).multipliers(&wave).unwrap();
    assert!(
        (multipliers.leading(1000) - 0.575).abs() < 5e-3,
        "{multipliers:?}"
    );
}

#[test]
fn a_hundred_thousand_neurons_do_so_too() {
    let (wave, onsets) = settled(100_000, 500, 400.0);
    check(&wave, &onsets);
}

fn check(wave: &Wave, onsets: &[f64]) {
    let last = onsets.iter().copied().fold(0.0, f64::max);
    for group in 0..5 {
        let first = onsets[group];
        for onset in onsets.iter().skip(group).step_by(5) {
            assert!(
                (onset - first).abs() < 1e-10,
                "group {group}: {onset}, {first}"
            );
        }
        let behind = (last - first) / wave.spacing();
        assert!(
            (behind - behind.round()).abs() * wave.spacing() < 1e-10,
            "{behind}"
        );
    }
}

/// Period, and rate at which one neuron comes back to its group, of an independent event-driven computation in which a
/// group is one neuron.
#[test]
fn large_waves_have_the_periods_and_rates_of_the_table() {
    let (b, c, h) = NETWORK;
    for (neurons, period, rate) in [
        (1000, 3.839_352_627_616, 0.575_327_8),
        (100_000, 3.839_478_711_999, 0.574_840_3),
    ] {
        let mut parameters = ImpulseParameters::homogeneous(neurons, 1.0, b, c, h);
        parameters.normalisation = Normalisation::Mean;
        let network = ImpulseNetwork::new(parameters).unwrap();
        let start = LargeStart {
            groups: 5,
            first: -0.5,
            kicked: 200,
            kick: 0.05,
            returns: 60,
            seed: 1,
        };
        let found = follow_large_wave(&network, start).unwrap();
        assert!((found.period - period).abs() < 1e-10, "{}", found.period);
        assert!((found.theory.period - period).abs() < 1e-10, "{found:?}");
        assert!(found.closing < 1e-10 && found.within[59] < 1e-10 && found.between[59] < 1e-10);
        assert!((found.leading_multiplier - rate).abs() < 1e-6, "{found:?}");
        assert!(
            (found.rate.unwrap() - rate).abs() < 0.02,
            "{:?}",
            found.rate
        );
        assert!(found.within[0] > 0.03 && found.within[0] < 0.1 + 1e-9);
        let unequal = follow_large_wave(&network, LargeStart { groups: 7, ..start });
        assert!(matches!(
            unequal,
            Err(LargeWaveError::Unequal { groups: 7, .. })
        ));
    }
}

/// One by one the same neurons have a wave as well, but it repels: at 24 neurons in the mean field weakly, at 120 still.
#[test]
fn one_by_one_many_neurons_repel_each_other() {
    for neurons in [24, 120] {
        let network = WaveNetwork::new(1.0, 0.7 / (neurons - 1) as f64, -0.5, 3.3).unwrap();
        let waves = network.waves(neurons, 1);
        let leading = network.multipliers(&waves[0]).unwrap().leading(neurons);
        assert!(leading > 1.005 && leading < 1.2, "{neurons}: {leading}");
    }
}
