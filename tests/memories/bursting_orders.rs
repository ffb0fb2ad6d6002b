//! Orders of packets: every cyclic order of bursting neurons, against an independent event-driven computation.

use pulsatrix::analysis::{OrderExplorer, Stability, Staggered, certify_relays};
use pulsatrix::networks::{
    BurstingNeuron, CyclicOrder, DelayedRelays, ImpulseNetwork, ImpulseParameters,
};

/// Bursting neurons of three impulses and period 3, coupled all to all.
fn relays(neurons: usize, b: f64, c: f64, h: f64) -> DelayedRelays {
    let parameters = ImpulseParameters::homogeneous(neurons, 1.0, b, c, h);
    let network = ImpulseNetwork::new(parameters).unwrap();
    let neuron = BurstingNeuron::new(1.0, 3.0, 0.1, f64::INFINITY).unwrap();
    assert_eq!(neuron.closed_form().unwrap().0, 3);
    DelayedRelays::of(&network)
        .unwrap()
        .with_packets(&neuron)
        .unwrap()
}

/// Neurons, b, c, h, period, deviation from even distances and rate at which deviations shrink in a period, fitted over 21
/// periods and more: pairs of complex multipliers beat by up to a factor of two, 3.4 %.
const TABLE: [(usize, f64, f64, f64, f64, f64, f64); 3] = [
    (3, 0.1, -0.5, 1.4, 2.941_875_594_6, 0.188_480_6, 0.640_81),
    (4, 0.3, -0.3, 1.1, 2.785_129_630_0, 0.0, 0.792_07),
    (5, 0.1, -0.5, 0.3, 2.924_395_802_4, 0.0, 0.882_64),
];

/// Each of the (m - 1)! orders of packets of three impulses is a stable cycle of its own. Packets are not always at equal
/// distances: of three neurons the wave has lost its symmetry.
#[test]
fn every_order_of_packets_is_a_memory() {
    for (neurons, b, c, h, period, unevenness, rate) in TABLE {
        let relays = relays(neurons, b, c, h);
        let start = Staggered {
            first: -0.5,
            apart: 3.0 / neurons as f64,
        };
        let all = CyclicOrder::count(neurons).unwrap();
        for record in OrderExplorer::of_relays(&relays, start, 60).follow(0..all) {
            assert!(record.is_memory(), "{record:?}");
            assert_eq!(record.impulses, Some(3));
            assert!((record.period.unwrap() - period).abs() < 1e-9, "{record:?}");
            assert!(
                (record.unevenness.unwrap() - unevenness).abs() < 1e-6,
                "{record:?}"
            );
            assert!(
                (record.leading_multiplier.unwrap() / rate).ln().abs() < 0.034,
                "{record:?}"
            );
        }
    }
}

/// One bursting neuron alone: three impulses, period 3 n h (1 + 1/a)(1 + a + b) = 3, and no multiplier but the trivial one.
#[test]
fn one_bursting_neuron_is_its_closed_form() {
    let alone = relays(1, 0.0, 0.0, 1.0);
    let found = certify_relays(&alone, &[-1.0], alone.patience(), 10, 16).unwrap();
    assert!((found.period - 3.0).abs() < 1e-12, "{found:?}");
    assert_eq!(
        (found.stability, &found.impulses_per_period[..]),
        (Stability::Stable, &[3][..])
    );
    assert!(found.leading < 1e-8, "{found:?}");
}
