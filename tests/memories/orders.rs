//! Orders of neurons as memories: the theory of waves against the network, and all orders of small networks.

use pulsatrix::analysis::{
    Certificate, Criteria, OrderCorruption, OrderCues, OrderExplorer, Settling, Stability,
    Staggered, Wave, WaveLoss, WaveNetwork, best_wave, certify, certify_from, coexisting_waves,
    continue_cycle,
};
use pulsatrix::networks::{CyclicOrder, ImpulseNetwork, ImpulseParameters};
use pulsatrix::solver::Options;

/// Neurons, b, c, h, period and modulus of the leading multiplier, by an independent event-driven computation.
const TABLE: [(usize, f64, f64, f64, f64, f64); 6] = [
    (3, 0.5, -1.0, 3.3, 3.807_101_862_3, 0.483_05),
    (4, 0.3, -1.0, 3.3, 3.848_179_379_8, 0.346_48),
    (4, 0.5, -1.0, 2.8, 3.525_310_938_2, 0.419_22),
    (4, 0.2, -1.0, 3.3, 3.841_093_792_5, 0.838_26),
    (5, 0.2, -1.0, 3.3, 3.784_263_590_8, 0.775_44),
    (8, 0.1, -0.5, 3.3, 3.603_05, 0.883),
];

fn network(neurons: usize, b: f64, c: f64, h: f64) -> ImpulseNetwork {
    ImpulseNetwork::new(ImpulseParameters::homogeneous(neurons, 1.0, b, c, h)).unwrap()
}

/// The only wave of single neurons.
fn wave(neurons: usize, b: f64, c: f64, h: f64) -> Wave {
    let waves = WaveNetwork::new(1.0, b, c, h).unwrap().waves(neurons, 1);
    assert_eq!(waves.len(), 1, "{waves:?}");
    waves[0]
}

/// Neurons started one after the other, 4/m apart.
fn started(order: &CyclicOrder, network: &ImpulseNetwork, returns: usize) -> Certificate {
    let apart = 4.0 / order.len() as f64;
    let state: Vec<f64> = order
        .ranks()
        .iter()
        .map(|rank| -0.5 - apart * *rank as f64)
        .collect();
    certify(network, &state, returns).unwrap()
}

#[test]
fn waves_have_the_periods_and_multipliers_of_the_table() {
    for (neurons, b, c, h, period, leading) in TABLE {
        let wave = wave(neurons, b, c, h);
        let digits = if neurons == 8 { 5e-6 } else { 1e-9 };
        assert!((wave.period - period).abs() < digits, "{wave:?}");
        let multipliers = WaveNetwork::new(1.0, b, c, h)
            .unwrap()
            .multipliers(&wave)
            .unwrap();
        let digits = if neurons == 8 { 5e-4 } else { 1e-5 };
        assert!(
            (multipliers.leading(neurons) - leading).abs() < digits,
            "{multipliers:?}"
        );
        let (re, im) = multipliers.between[0];
        assert!((re - 1.0).abs() < 1e-10 && im == 0.0);
    }
}

/// Every multiplier of the full network that can be told from 0, by the symmetry and by the tangent of all coordinates.
#[test]
fn multipliers_by_symmetry_are_those_of_the_tangent() {
    for (neurons, b, c, h, ..) in TABLE {
        let found = started(
            &CyclicOrder::from_number(0, neurons),
            &network(neurons, b, c, h),
            60,
        );
        let theory = wave(neurons, b, c, h);
        assert!((found.period - theory.period).abs() < 1e-10);
        let multipliers = WaveNetwork::new(1.0, b, c, h)
            .unwrap()
            .multipliers(&theory)
            .unwrap();
        let told = |list: &[(f64, f64)]| -> Vec<(f64, f64)> {
            list.iter()
                .copied()
                .filter(|(re, im)| re.hypot(*im) > 0.01)
                .collect()
        };
        let (exact, symmetric) = (told(&found.multipliers), told(&multipliers.between[1..]));
        assert_eq!(exact.len(), symmetric.len(), "{exact:?}\n{symmetric:?}");
        assert!(exact.len() >= 2);
        for (re, im) in symmetric {
            let near = exact.iter().any(|(x, y)| (x - re).hypot(y - im) < 1e-8);
            assert!(near, "{re} {im} is none of {exact:?}");
        }
    }
}

/// Sets of unequal kind: three clusters of two neurons, with what happens within a cluster.
#[test]
fn clusters_have_the_multipliers_of_the_tangent() {
    let (b, c, h) = (0.1, -1.0, 3.3);
    let theory = WaveNetwork::new(1.0, b, c, h).unwrap();
    let waves = theory.waves(3, 2);
    assert_eq!(waves.len(), 1);
    let multipliers = theory.multipliers(&waves[0]).unwrap();
    let apart = waves[0].spacing();
    let state: Vec<f64> = (0..6).map(|j| -0.5 - apart * f64::from(j / 2)).collect();
    let found = certify(&network(6, b, c, h), &state, 60).unwrap();
    assert!((found.period - waves[0].period).abs() < 1e-10, "{found:?}");
    let all = multipliers
        .between
        .iter()
        .skip(1)
        .chain(&multipliers.within);
    for (re, im) in all.filter(|(re, im)| re.hypot(*im) > 0.01) {
        let near = found
            .multipliers
            .iter()
            .any(|(x, y)| (x - re).hypot(y - im) < 1e-8);
        assert!(near, "{re} {im} is none of {:?}", found.multipliers);
    }
    assert!((found.leading - multipliers.leading(6)).abs() < 1e-8);
}

/// Each of the (m - 1)! orders is a stable cycle of its own, with one period, evenly spaced: `m Delta = T`.
#[test]
fn every_order_is_a_memory() {
    for (neurons, b, c, h, period, leading) in &TABLE[..5] {
        let network = network(*neurons, *b, *c, *h);
        for number in 0..CyclicOrder::count(*neurons).unwrap() {
            let order = CyclicOrder::from_number(number, *neurons);
            let found = started(&order, &network, 60);
            assert_eq!(found.stability, Stability::Stable, "{order}");
            assert!(
                (found.period - period).abs() < 1e-9,
                "{order}: {}",
                found.period
            );
            assert!(
                (found.leading - leading).abs() < 1e-4,
                "{order}: {}",
                found.leading
            );
            let onsets: Vec<f64> = found.onsets.iter().map(|onset| onset.unwrap()).collect();
            assert_eq!(CyclicOrder::of_onsets(&onsets), order);
            let mut sorted = onsets;
            sorted.sort_by(f64::total_cmp);
            for pair in sorted.windows(2) {
                let spacing = pair[1] - pair[0];
                assert!((spacing * *neurons as f64 - found.period).abs() < 1e-9);
            }
        }
    }
}

/// Eight neurons at c = -1: the wave is stable, but grazes the threshold (margin 0.005), and beside it there is a cycle
/// without its symmetry that repels. A start of equal distances passes close by that one.
#[test]
fn eight_neurons_graze_at_strong_inhibition() {
    let network = network(8, 0.1, -1.0, 3.3);
    let order = CyclicOrder::from_number(0, 8);
    let beside = started(&order, &network, 12);
    assert_eq!(beside.stability, Stability::Unstable);
    assert!((beside.leading - 1.055).abs() < 1e-3 && (beside.period - 3.7656).abs() < 1e-4);
    let settled = started(&order, &network, 120);
    assert_eq!(settled.stability, Stability::Stable);
    let theory = wave(8, 0.1, -1.0, 3.3);
    assert!((settled.period - theory.period).abs() < 1e-10);
    assert!(theory.margin > 0.0 && theory.margin < 0.006, "{theory:?}");
    // Beyond the grazing the wave goes on, and repels.
    let beyond = WaveNetwork::new(1.0, 0.1, -1.05, 3.3).unwrap();
    let (margin, how) = best_wave(&beyond, 8, 1, 8).unwrap().unwrap().margin();
    assert!(margin < -0.3 && how == WaveLoss::Multiplier, "{margin}");
}

/// Where strong inhibition holds all sets, every wave of two or more clusters repels.
#[test]
fn strong_inhibition_holds_sets_and_no_orders() {
    for (a, b, c, h, neurons) in [
        (1.0, 0.5, -44.0, 3.3, 3),
        (1.0, 0.4, -12.5, 2.1, 3),
        (1.0, 0.3, -22.0, 2.1, 4),
        (2.0, 0.1, -40.0, 3.0, 4),
    ] {
        let network = WaveNetwork::new(a, b, c, h).unwrap();
        let mut waves = 0;
        for clusters in 2..=neurons {
            for wave in network.waves(clusters, 1) {
                let leading = network.multipliers(&wave).unwrap().leading(neurons);
                assert!(leading > 2.0, "{clusters} of c = {c}: {leading}");
                waves += 1;
            }
        }
        assert!(waves > 0, "short cycles that repel are there");
    }
}

/// Renaming unequal neurons renames their orders, and nothing else.
#[test]
fn a_permutation_of_neurons_permutes_the_verdicts() {
    let base = {
        let mut parameters = ImpulseParameters::homogeneous(5, 1.0, 0.2, -1.0, 3.3);
        parameters.spread(0.15, 3);
        parameters
    };
    let renamed_to = [3, 0, 4, 1, 2];
    let mut renamed = base.clone();
    for (old, new) in renamed_to.into_iter().enumerate() {
        renamed.a[new] = base.a[old];
        renamed.b[new] = base.b[old];
        renamed.c[new] = base.c[old];
    }
    let [base, renamed] =
        [base, renamed].map(|parameters| ImpulseNetwork::new(parameters).unwrap());
    let start = Staggered::even(&base, -0.5);
    let [here, there] =
        [&base, &renamed].map(|network| OrderExplorer::new(network, start, 60).follow(0..24));
    let mut memories = 0;
    for record in &here {
        let moved = record
            .order
            .neurons()
            .iter()
            .map(|neuron| renamed_to[*neuron]);
        let moved = CyclicOrder::new(moved.collect()).unwrap();
        let other = &there[moved.number() as usize];
        assert_eq!(record.fate, other.fate, "{} and {moved}", record.order);
        if record.is_memory() {
            let (one, two) = (record.period.unwrap(), other.period.unwrap());
            assert!((one - two).abs() < 1e-9);
            memories += 1;
        }
    }
    assert!(memories > 0 && memories < 24, "{memories}");
}

/// The set of all neurons is no order, though its neurons can be sorted.
#[test]
fn neurons_that_fire_together_have_no_order() {
    let network = network(4, 0.3, -8.0, 3.3);
    let start = Staggered::even(&network, -0.5);
    for record in OrderExplorer::new(&network, start, 60).follow(0..6) {
        assert!(
            !record.is_memory() && record.settles_in.is_none(),
            "{record:?}"
        );
    }
}

/// What lives in five neurons: the orders and the set of all, and how many there are.
#[test]
fn waves_coexist_with_sets() {
    let network = WaveNetwork::new(1.0, 0.2, -1.0, 3.3).unwrap();
    let found = coexisting_waves(&network, 5).unwrap();
    let stable: Vec<(usize, usize, f64)> = found
        .iter()
        .filter(|found| found.is_stable())
        .map(|found| (found.wave.clusters, found.wave.size, found.cycles))
        .collect();
    assert!(
        stable.contains(&(5, 1, 24.0)) && stable.contains(&(1, 5, 1.0)),
        "{stable:?}"
    );
    let (margin, _) = best_wave(&network, 5, 1, 5).unwrap().unwrap().margin();
    assert!(margin > 0.0);
    let strong = WaveNetwork::new(1.0, 0.5, -44.0, 3.3).unwrap();
    let (margin, how) = best_wave(&strong, 3, 1, 3).unwrap().unwrap().margin();
    assert!(margin < 0.0 && how == WaveLoss::Multiplier);
}

/// Small jitter is corrected, and changed places are kept: both orders are memories.
#[test]
fn phases_are_corrected_and_places_are_not() {
    let network = network(5, 0.2, -1.0, 3.3);
    let cues = OrderCues {
        network: &network,
        start: Staggered::even(&network, -0.5),
        settling: Settling {
            criteria: Criteria {
                tolerance: 1e-6,
                synchrony: 1e-4,
            },
            maximum_time: 2000.0,
        },
        options: Options::default(),
        seed: 1,
    };
    let small = cues.recall(OrderCorruption::Jitter, 0.1, 50);
    assert_eq!((small.recalled, small.lost), (50, 0));
    let swapped = cues.recall(OrderCorruption::Swapped, 1.0, 50);
    assert_eq!((swapped.recalled, swapped.as_started), (0, 50));
    let none = cues.recall(OrderCorruption::Missing, 0.0, 20);
    assert_eq!((none.recalled, none.share), (20, 1.0));
    let one = cues.recall(OrderCorruption::Missing, 1.0, 200);
    // The right gap between the others is two distances wide, of five.
    assert!(one.interval.0 < 0.4 && one.interval.1 > 0.4, "{one:?}");
}

/// An order that is followed into strong inhibition is lost; the set of all neurons, which lives there, is another cycle.
#[test]
fn an_order_is_lost_on_its_way_to_strong_inhibition() {
    let family = |c| ImpulseNetwork::new(ImpulseParameters::homogeneous(4, 1.0, 0.3, c, 3.3));
    let start = Staggered::even(&family(-1.0).unwrap(), -0.5);
    let state = start.state(&CyclicOrder::from_number(0, 4), 0);
    let followed = continue_cycle(&family, &state, (-1.0, -8.0), 40, 1e-10).unwrap();
    let boundary = followed.boundary.unwrap();
    let margin = |c: f64| {
        let network = WaveNetwork::new(1.0, 0.3, c, 3.3).unwrap();
        best_wave(&network, 4, 1, 4).unwrap().unwrap().margin()
    };
    let (inside, how) = margin(boundary.value);
    assert!(
        inside > 0.0 && inside < 1e-6 && how == WaveLoss::Grazing,
        "{boundary:?}, {inside}"
    );
    assert!(margin(boundary.value - 1e-3).0 < 0.0);
}

/// Where no constant history leads to the wave, the network put on it closes, with the multipliers of theory.
#[test]
fn the_network_on_a_wave_stays_there() {
    for (neurons, b, c, h) in [
        (4, 0.3, -3.0, 3.6),
        (8, 0.1, -1.0, 3.3),
        (5, 0.2, -1.0, 3.3),
    ] {
        let theory = WaveNetwork::new(1.0, b, c, h).unwrap();
        let found = best_wave(&theory, neurons, 1, neurons).unwrap().unwrap();
        for number in [0, CyclicOrder::count(neurons).unwrap() / 2] {
            let order = CyclicOrder::from_number(number, neurons);
            let on_it = theory.state(&found.wave, &order);
            let network = network(neurons, b, c, h);
            let certificate = certify_from(&network, on_it, found.wave.period).unwrap();
            assert!(certificate.newton_steps <= 1, "{certificate:?}");
            assert!((certificate.period - found.wave.period).abs() < 1e-10);
            assert!((certificate.leading - found.leading_multiplier).abs() < 1e-8);
            let onsets: Vec<f64> = certificate
                .onsets
                .iter()
                .map(|onset| onset.unwrap())
                .collect();
            assert_eq!(CyclicOrder::of_onsets(&onsets), order);
        }
    }
}

/// At a finite lambda the period of a wave approaches that of the relay limit as lambda^-2, for a = 1.
#[test]
fn waves_of_finite_lambda_approach_the_relay_limit() {
    let limit = wave(3, 0.5, -1.0, 3.3).period;
    let distance = |lambda: f64| {
        let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.5, -1.0, 3.3);
        parameters.lambda = lambda;
        let network = ImpulseNetwork::new(parameters).unwrap();
        let explorer = OrderExplorer::new(&network, Staggered::even(&network, -0.5), 20);
        let record = explorer.explore(&"1-3-2".parse().unwrap());
        assert!(
            record.is_memory() && record.unevenness.unwrap() < 1e-6,
            "{record:?}"
        );
        record.period.unwrap() - limit
    };
    let order = (distance(20.0) / distance(40.0)).log2();
    assert!((order - 2.0).abs() < 0.05, "{order}");
}

/// Least kicks that lose the order 1-3-5-2-4 of five neurons, by an independent event-driven computation that halves
/// intervals: phase after an onset of neuron 1, direction, length.
#[test]
fn an_order_is_kept_up_to_the_edge_of_its_basin() {
    let network = network(5, 0.2, -1.0, 3.3);
    let cues = OrderCues {
        network: &network,
        start: Staggered::even(&network, -0.5),
        settling: Settling {
            criteria: Criteria {
                tolerance: 1e-6,
                synchrony: 1e-4,
            },
            maximum_time: 4000.0,
        },
        options: Options::default(),
        seed: 1,
    };
    let order: CyclicOrder = "1-3-5-2-4".parse().unwrap();
    for (phase, direction, edge) in [
        (0.5, [1.0, 0.0, 0.0, 0.0, 0.0], 1.274_434),
        (0.5, [0.0, -1.0, 0.0, 0.0, 0.0], 0.825_192),
        (0.25, [0.0, 0.0, 0.0, 1.0, 0.0], 1.423_117),
        (0.7, [0.6, -0.8, 0.0, 0.0, 0.0], 0.714_164),
    ] {
        let kick = |length: f64| direction.map(|x| x * length);
        let within = cues.displaced(&order, phase, &kick(edge - 1e-3));
        assert_eq!(within.as_ref(), Some(&order), "{phase} {direction:?}");
        let beyond = cues.displaced(&order, phase, &kick(edge + 1e-3));
        assert_ne!(beyond.as_ref(), Some(&order), "{phase} {direction:?}");
    }
    // Trials at distance 0 all come back; the same rays, further out, lose some.
    let near = cues.recall(OrderCorruption::Displaced, 0.3, 40);
    assert_eq!((near.recalled, near.lost), (40, 0));
    let far = cues.recall(OrderCorruption::Displaced, 3.0, 40);
    assert!(far.recalled < 40, "{far:?}");
}
