//! Orders written into weights: what is stored is kept, most of the others are not.

use std::collections::BTreeSet;

use pulsatrix::analysis::{OrderExplorer, OrderProgramme, Staggered, StoredOrders};
use pulsatrix::networks::{
    Coupling, CyclicOrder, DelayedRelays, ImpulseNetwork, ImpulseParameters, NetworkError,
    SequenceMemory, aligned_order_delays, programmed_order_delays, programmed_order_weights,
    random_patterns,
};

fn order(text: &str) -> CyclicOrder {
    text.parse().unwrap()
}

/// The orders of five neurons that are memories under the weights of some.
fn memories(stored: &[CyclicOrder], contrast: f64) -> BTreeSet<String> {
    let mut parameters = ImpulseParameters::homogeneous(5, 1.0, 0.2, -1.0, 3.3);
    parameters.lambda = f64::INFINITY;
    parameters.coupling = Coupling::Weights(programmed_order_weights(stored, contrast).unwrap());
    let network = ImpulseNetwork::new(parameters).unwrap();
    let explorer = OrderExplorer::new(&network, Staggered::even(&network, -0.5), 60);
    let records = explorer.follow(0..24);
    let kept = records.iter().filter(|record| record.is_memory());
    kept.map(|record| record.order.to_string()).collect()
}

/// Equal weights keep all 24; the higher the contrast, the fewer, always with the stored one. At 0.8 its relatives in
/// steps of two and three are left, whose neurons see the weak synapse two and three places away.
#[test]
fn contrast_leaves_the_stored_order_and_its_relatives() {
    let stored = [order("1-2-3-4-5")];
    let counts = [0.0, 0.4, 0.6].map(|contrast| {
        let kept = memories(&stored, contrast);
        assert!(kept.contains("1-2-3-4-5"), "{contrast}");
        kept.len()
    });
    assert_eq!(counts[0], 24);
    assert!(counts[1] < 24 && counts[2] < counts[1], "{counts:?}");
    let kept = memories(&stored, 0.8);
    assert_eq!(
        kept,
        ["1-2-3-4-5", "1-3-5-2-4", "1-4-2-5-3"]
            .map(String::from)
            .into()
    );
}

/// Another order is another naming of the neurons, and the memories follow it.
#[test]
fn memories_move_with_the_order_that_is_stored() {
    let other = order("1-4-3-5-2");
    let named = |text: &String| {
        let neurons = order(text)
            .neurons()
            .iter()
            .map(|place| other.neurons()[*place])
            .collect();
        CyclicOrder::new(neurons).unwrap().to_string()
    };
    let moved: BTreeSet<String> = memories(&[order("1-2-3-4-5")], 0.8)
        .iter()
        .map(named)
        .collect();
    assert_eq!(memories(&[other], 0.8), moved);
}

/// Steps through the patterns of an order; false where a bit is wrong.
fn steps(
    memory: &SequenceMemory,
    patterns: &[pulsatrix::networks::Pattern],
    order: &CyclicOrder,
) -> bool {
    let mut state: Vec<f64> = patterns[order.neurons()[0]].levels().collect();
    order
        .neurons()
        .iter()
        .cycle()
        .skip(1)
        .take(order.len())
        .all(|next| {
            state = memory.next(&state);
            state == patterns[*next].levels().collect::<Vec<_>>()
        })
}

/// Two orders in which every neuron has two successors: weights keep both in the impulse network; sums of transitions
/// keep one order of patterns, not two.
#[test]
fn the_impulse_network_holds_two_orders_of_the_same_neurons() {
    let both = [order("1-2-3-4-5"), order("1-3-5-2-4")];
    let kept = memories(&both, 0.4);
    assert!(
        both.iter().all(|order| kept.contains(&order.to_string())),
        "{kept:?}"
    );
    assert!(kept.len() < 24);

    let patterns = random_patterns(300, 5, 0.5, 3);
    let cycle = |order: &CyclicOrder| {
        order
            .neurons()
            .iter()
            .map(|place| patterns[*place].clone())
            .collect()
    };
    let cycles: Vec<Vec<_>> = both.iter().map(cycle).collect();
    let one = SequenceMemory::cycles(&cycles[..1]).unwrap();
    assert!(steps(&one, &patterns, &both[0]));
    assert_eq!(one, SequenceMemory::cycle(&cycles[0]).unwrap());
    let two = SequenceMemory::cycles(&cycles).unwrap();
    assert!(both.iter().all(|order| !steps(&two, &patterns, order)));
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let refused =
        |orders: &[CyclicOrder], contrast| programmed_order_weights(orders, contrast).unwrap_err();
    assert_eq!(refused(&[], 0.5), NetworkError::Empty);
    let unequal = refused(&[order("1-2-3"), order("1-2")], 0.5);
    assert!(matches!(
        unequal,
        NetworkError::WrongLength {
            found: 2,
            neurons: 3,
            ..
        }
    ));
    for contrast in [-0.1, 1.1, f64::NAN] {
        let refusal = refused(&[order("1-2-3")], contrast);
        assert!(matches!(
            refusal,
            NetworkError::OutOfRange {
                name: "contrast",
                ..
            }
        ));
    }
    let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.2, -1.0, 3.3);
    parameters.lambda = f64::INFINITY;
    let stored = StoredOrders {
        parameters,
        first: -0.5,
        returns: 60,
        pattern_neurons: 50,
        seed: 1,
    };
    let half = OrderProgramme::Weights { contrast: 0.5 };
    assert!(matches!(
        stored.measure(3, half, 1).unwrap_err(),
        NetworkError::OutOfRange { .. }
    ));
    // both orders of three neurons are stored in symmetric weights, and held
    let both = stored.measure(2, half, 3).unwrap();
    assert_eq!((both.held, both.others), (6, 0.0));
}

/// The orders of five neurons that are memories with given delays, and their periods.
fn with_delays(delays: &nalgebra::DMatrix<f64>) -> Vec<(String, f64)> {
    let parameters = ImpulseParameters::homogeneous(5, 1.0, 0.2, -1.0, 3.3);
    let network = ImpulseNetwork::new(parameters).unwrap();
    let relays = DelayedRelays::of(&network).unwrap();
    let relays = relays.with_delays(delays).unwrap();
    let start = Staggered::even(&network, -0.5);
    let records = OrderExplorer::of_relays(&relays, start, 60).follow(0..24);
    let kept = records.iter().filter(|record| record.is_memory());
    kept.map(|record| (record.order.to_string(), record.period.unwrap()))
        .collect()
}

/// Memories and periods of an independent event-driven computation. Delays by which a neuron hears all others at one time
/// hold their order alone, of 24; with predecessors that are heard earlier by 1.2 one order has one relative, and two
/// orders have none.
#[test]
fn delays_hold_the_orders_that_are_written_into_them() {
    let one = order("1-3-5-2-4");
    let two = order("1-2-4-3-5");
    let check = |delays, expected: &[(&str, f64)]| {
        let found = with_delays(&delays);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((name, period), (known, exact)) in found.iter().zip(expected) {
            assert!(name == known && (period - exact).abs() < 1e-9, "{found:?}");
        }
    };
    check(
        aligned_order_delays(&one, 3.78, 1.3).unwrap(),
        &[("1-3-5-2-4", 3.849_042_858_718)],
    );
    check(
        programmed_order_delays(std::slice::from_ref(&one), 3.3, -1.2).unwrap(),
        &[
            ("1-2-3-4-5", 3.676_477_884_170),
            ("1-3-5-2-4", 3.729_912_401_673),
        ],
    );
    check(
        programmed_order_delays(&[one, two], 3.3, -1.2).unwrap(),
        &[
            ("1-2-4-3-5", 3.689_225_150_201),
            ("1-3-5-2-4", 3.689_225_150_201),
        ],
    );
    let refused = programmed_order_delays(&[order("1-2-3")], 0.5, -1.0).unwrap_err();
    assert!(matches!(refused, NetworkError::OutOfRange { .. }));
    for (period, phase) in [(0.0, 0.5), (3.0, f64::NAN)] {
        assert!(aligned_order_delays(&order("1-2-3"), period, phase).is_err());
    }
}
