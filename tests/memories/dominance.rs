//! Group dominance: the closed forms and the relay engine must tell one story.

use pulsatrix::analysis::{
    Atlas, AtlasSettings, Criteria, Mode, PatternRecord, RingMode, Settled, Settling, settle,
};
use pulsatrix::networks::{BurstingNeuron, Coupling, Cue, ImpulseNetwork, ImpulseParameters};
use pulsatrix::solver::{Engine, Options, RelaySolver};

/// `(a, b, c, h, m)` of the four reference networks, and the spread of the cues.
///
/// The synchronous groups of the second and third network attract only what starts within about
/// `h - t0 = 0.1`: a neuron that lags further still fires when the first synapses open.
const TABLE: [(f64, f64, f64, f64, usize, f64); 4] = [
    (1.0, 0.5, -44.0, 3.3, 3, 0.6),
    (1.0, 0.4, -12.5, 2.1, 3, 0.1),
    (1.0, 0.3, -22.0, 2.1, 4, 0.1),
    (2.0, 0.1, -40.0, 3.0, 4, 0.6),
];

const EXACT: Settling = Settling {
    criteria: Criteria {
        tolerance: 1e-11,
        synchrony: 1e-6,
    },
    maximum_time: 1e4,
};

fn atlas(parameters: ImpulseParameters, spread: f64, settling: Settling) -> Vec<PatternRecord> {
    let network = ImpulseNetwork::new(parameters).unwrap();
    let cue = Cue {
        spread,
        ..Cue::default()
    };
    let settings = AtlasSettings {
        cue,
        settling,
        certify: false,
        prove: false,
        trap: false,
        options: Options::with_tolerance(1e-9),
        seed: 1,
    };
    Atlas::explore(&network, settings, &|| {}).unwrap().patterns
}

fn close(found: Option<f64>, expected: Option<f64>, tolerance: f64) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= tolerance,
        (found, expected) => found.is_none() && expected.is_none(),
    }
}

fn settle_exactly(engine: &mut dyn Engine) -> Settled {
    settle(engine, EXACT).unwrap()
}

#[test]
fn every_pattern_of_the_reference_networks_is_a_memory() {
    for (a, b, c, h, m, spread) in TABLE {
        let records = atlas(ImpulseParameters::homogeneous(m, a, b, c, h), spread, EXACT);
        assert_eq!(records.len(), (1 << m) - 1);
        for record in records {
            assert!(record.is_memory(), "{record:#?}");
            assert_eq!(record.verdict, "k-dominance cycle");
            assert!(
                close(record.period, record.period_formula, 1e-9),
                "{record:#?}"
            );
            assert!(
                close(record.silent_maximum, record.silent_maximum_formula, 1e-9),
                "{record:#?}"
            );
            let (found, exact) = (
                record.synchrony_multiplier,
                record.synchrony_multiplier_formula,
            );
            assert!(close(found, exact, 1e-3), "{record:#?}");
        }
    }
}

/// A cue outside the basin must be reported as lost, with the pattern that took over.
#[test]
fn a_cue_outside_the_basin_is_reported_as_lost() {
    let records = atlas(
        ImpulseParameters::homogeneous(4, 1.0, 0.3, -22.0, 2.1),
        0.6,
        EXACT,
    );
    let lost: Vec<_> = records
        .iter()
        .filter(|record| !record.is_memory())
        .collect();
    assert!(!lost.is_empty());
    for record in lost {
        assert!(
            record
                .settles_in
                .as_ref()
                .is_some_and(|end| *end != record.pattern),
            "{record:#?}"
        );
    }
}

/// Permuting the neurons of a weight matrix of ones changes nothing: the dense path is the mean field.
#[test]
fn a_matrix_of_ones_is_the_mean_field() {
    let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3);
    let mean_field = atlas(parameters.clone(), 0.3, EXACT);
    let ones = nalgebra::DMatrix::from_fn(3, 3, |j, s| f64::from(u8::from(j != s)));
    parameters.coupling = Coupling::Weights(ones);
    let dense = atlas(parameters, 0.3, EXACT);
    for (sparse, dense) in mean_field.iter().zip(&dense) {
        assert_eq!(
            (sparse.period, sparse.silent_maximum),
            (dense.period, dense.silent_maximum)
        );
        assert_eq!(dense.period_formula, None);
    }
}

#[test]
fn one_neuron_has_its_free_period_and_extremes() {
    for a in [0.5, 1.0, 2.0] {
        let parameters = ImpulseParameters::homogeneous(1, a, 0.5, -44.0, 3.3);
        let network = ImpulseNetwork::new(parameters).unwrap();
        let mut engine = RelaySolver::new(&network, &[-1.0], 0.0).unwrap();
        let settled = settle_exactly(&mut engine);
        let cycle = settled.outcome.unwrap();
        assert_eq!((cycle.mode, cycle.k()), (Mode::Dominance, 1));
        assert!((cycle.period - (2.0 + a + 1.0 / a)).abs() < 1e-12);
        let (_, top) = *settled.activity.maxima(0).last().unwrap();
        assert!((top - 1.0).abs() < 1e-12);
        let impulse = *settled.activity.impulses(0).last().unwrap();
        assert!((impulse.offset - impulse.onset - (1.0 + 1.0 / a)).abs() < 1e-12);
    }
}

#[test]
fn the_bursting_neuron_fires_its_packets() {
    for (a, b, h, impulses, period) in [
        (1.0, 3.0, 0.1, 3, 3.0),
        (2.0, 4.0, 0.08, 3, 2.52),
        (1.0, 3.0, 0.3, 1, 3.0),
    ] {
        let neuron = BurstingNeuron::new(a, b, h, f64::INFINITY).unwrap();
        let mut engine = RelaySolver::new(&neuron, &[-1.0], 0.0).unwrap();
        let settled = settle_exactly(&mut engine);
        let cycle = settled.outcome.as_ref().unwrap();
        assert_eq!(cycle.impulses_per_period, [impulses]);
        assert_eq!(
            cycle.mode,
            if impulses > 1 {
                Mode::Bursting
            } else {
                Mode::Dominance
            }
        );
        assert!((cycle.period - period).abs() < 1e-9, "{cycle:?}");
        let top = settled
            .activity
            .maximum(0, engine.time() - period, engine.time())
            .unwrap();
        assert!((top - h).abs() < 1e-12);
    }
}

/// Every second neuron silent, on both sides of the boundary `c = -3.313`.
#[test]
fn the_ring_keeps_its_refractory_mode_only_beyond_the_boundary() {
    for (c, exists) in [(-3.4, true), (-3.32, true), (-3.3, false), (-3.2, false)] {
        let mut parameters = ImpulseParameters::homogeneous(6, 1.0, 1.0, c, 0.0);
        parameters.coupling = Coupling::Ring;
        let network = ImpulseNetwork::new(parameters).unwrap();
        let mut engine = RelaySolver::new(&network, &[-0.5, c, -0.6, c, -0.4, c], 0.0).unwrap();
        let settled = settle_exactly(&mut engine);
        let alternating = "101010".parse().unwrap();
        let found = settled
            .outcome
            .as_ref()
            .is_ok_and(|cycle| cycle.pattern == alternating);
        assert_eq!(found, exists, "c = {c}: {:?}", settled.outcome);
        if exists {
            let exact = RingMode { a: 1.0, b: 1.0, c }.silent_maximum();
            let cycle = settled.outcome.unwrap();
            assert!(
                (cycle.silent_maximum.unwrap() - exact).abs() < 1e-9,
                "{cycle:?}"
            );
            assert!((cycle.period - 4.0).abs() < 1e-9);
        }
    }
}

#[test]
fn the_atlas_does_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let parameters = ImpulseParameters::homogeneous(6, 1.0, 0.2, -60.0, 2.22);
        let records = pool.install(|| atlas(parameters, 0.1, EXACT));
        serde_json::to_string(&records).unwrap()
    };
    assert_eq!(run(1), run(2));
}

/// What a finite-lambda trajectory can be held to at integration tolerance 1e-9.
const SMOOTH: Settling = Settling {
    criteria: Criteria {
        tolerance: 1e-6,
        synchrony: 1e-4,
    },
    maximum_time: 1e4,
};

/// Row 1: all seven patterns at every lambda, with periods that approach the relay values as
/// `O(1/lambda^2)`.
#[test]
fn smooth_networks_keep_all_patterns_and_approach_the_relay() {
    let (a, b, c, h, m, _) = TABLE[0];
    let distance = |lambda: f64| {
        let mut parameters = ImpulseParameters::homogeneous(m, a, b, c, h);
        parameters.lambda = lambda;
        let mut worst = 0.0_f64;
        for record in atlas(parameters, 0.3, SMOOTH) {
            assert!(record.is_memory(), "lambda = {lambda}: {record:#?}");
            assert_eq!(record.engine, "panel");
            worst = worst.max((record.period.unwrap() - record.period_formula.unwrap()).abs());
        }
        worst
    };
    let distances = [10.0, 20.0, 50.0, 100.0].map(|lambda| (lambda, distance(lambda)));
    for pair in distances.windows(2) {
        let [(slow, far), (steep, near)] = [pair[0], pair[1]];
        let order = (far / near).ln() / (steep / slow).ln();
        assert!(
            (order - 2.0).abs() < 0.1,
            "order {order} from lambda = {slow} to {steep}"
        );
    }
}
