//! Memories under noise: lifetimes, their law, and what comes after.

use pulsatrix::analysis::{
    Barrier, Criteria, EXPONENTIAL_5, Escape, Lifetime, LifetimeSettings, NoisyMemory, Reading,
    Settling,
};
use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters, Pattern};
use pulsatrix::solver::{Options, SolverError};

const SETTLING: Settling = Settling {
    criteria: Criteria {
        tolerance: 1e-9,
        synchrony: 1e-4,
    },
    maximum_time: 5000.0,
};

fn network(lambda: f64) -> ImpulseNetwork {
    let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3);
    parameters.lambda = lambda;
    ImpulseNetwork::new(parameters).unwrap()
}

fn escapes(pattern: &str, noise: f64, step: f64, paths: usize) -> Vec<Escape> {
    let network = network(f64::INFINITY);
    let pattern: Pattern = pattern.parse().unwrap();
    let memory = NoisyMemory::new(&network, &pattern, SETTLING, Options::default());
    let settings = LifetimeSettings {
        noise,
        step,
        horizon: 3000.0,
        seed: 1,
    };
    memory.unwrap().unwrap().escapes(settings, paths).unwrap()
}

fn escape(time: f64) -> Escape {
    let pattern = "100".parse().unwrap();
    Escape {
        time,
        reading: Some(Reading {
            pattern,
            together: true,
        }),
    }
}

/// Times at the middle quantiles of the exponential law are kept as exponential, equal steps are not; the interval is
/// that of chi squared, whose quantiles of 20 degrees of freedom are 9.5908 and 34.1696.
#[test]
fn the_law_and_the_interval_of_a_lifetime_are_right() {
    let quantiles =
        |n: u32| (0..n).map(move |i| -7.0 * (1.0 - (f64::from(i) + 0.5) / f64::from(n)).ln());
    let kept = Lifetime::of(&quantiles(200).map(escape).collect::<Vec<_>>());
    assert!(kept.distance.unwrap() < 0.3 && (kept.variation.unwrap() - 1.0).abs() < 0.02);
    assert!((kept.mean.unwrap() / 7.0 - 1.0).abs() < 0.005);
    let regular = Lifetime::of(&(1..=200).map(|i| escape(f64::from(i))).collect::<Vec<_>>());
    assert!(regular.distance.unwrap() > 2.0 * EXPONENTIAL_5);

    let ten = Lifetime::of(&vec![escape(3.0); 10]);
    assert!((ten.interval.0 / (60.0 / 34.1696) - 1.0).abs() < 1e-3);
    assert!((ten.interval.1.unwrap() / (60.0 / 9.5908) - 1.0).abs() < 2e-3);

    // a path that is still there counts with its time, and leaves the law unknown
    let held = Escape {
        time: 10.0,
        reading: None,
    };
    let both = Lifetime::of(&[escape(2.0), held.clone()]);
    assert_eq!((both.mean, both.escapes, both.paths), (Some(12.0), 1, 2));
    assert_eq!((both.distance, both.variation), (None, None));
    let none = Lifetime::of(&[held.clone(), held]);
    // exp(-20 r) = 0.025 at the upper end of the rate
    assert!((none.interval.0 / (20.0 / 40_f64.ln()) - 1.0).abs() < 0.01);
    assert_eq!((none.mean, none.interval.1), (None, None));
}

#[test]
fn the_barrier_is_the_slope_of_the_logarithm() {
    let of = |noise: f64| {
        let mean = (0.002 / (noise * noise) + 3.0).exp();
        (noise, Lifetime::of(&vec![escape(mean); 50]))
    };
    let found = Barrier::of(&[of(0.03), of(0.04), of(0.05)]).unwrap();
    assert!((found.barrier - 0.002).abs() < 1e-12 && (found.constant - 3.0).abs() < 1e-9);
    assert_eq!(Barrier::of(&[of(0.03), of(0.04)]), None);
}

/// Noise parts groups: pairs and triples are lost to single neurons, triples later than pairs, single neurons never;
/// without noise nothing is lost. The step does not matter.
#[test]
fn noise_parts_groups_and_spares_the_single_winner() {
    assert!(
        escapes("110", 0.0, 0.034, 2)
            .iter()
            .all(|end| end.reading.is_none())
    );
    assert!(
        escapes("100", 0.1, 0.034, 20)
            .iter()
            .all(|end| end.reading.is_none())
    );
    let pair = escapes("110", 0.05, 0.034, 100);
    for reading in pair.iter().map(|end| end.reading.as_ref().unwrap()) {
        let survivor = reading.pattern.to_string();
        assert!(["100", "010"].contains(&survivor.as_str()), "{survivor}");
    }
    let [pair, half_step, weaker, triple] = [
        Lifetime::of(&pair),
        Lifetime::of(&escapes("110", 0.05, 0.017, 100)),
        Lifetime::of(&escapes("110", 0.03, 0.034, 100)),
        Lifetime::of(&escapes("111", 0.05, 0.034, 100)),
    ];
    assert!(weaker.interval.0 > pair.interval.1.unwrap());
    assert!(triple.interval.0 > pair.interval.1.unwrap());
    let (one, other) = (pair.interval, half_step.mean.unwrap());
    assert!(
        one.0 < other && other < one.1.unwrap(),
        "{pair:?} {half_step:?}"
    );
}

#[test]
fn escapes_are_the_same_for_any_number_of_threads() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| escapes("110", 0.06, 0.034, 20))
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_is_not_followed_under_noise_is_refused_or_said() {
    let smooth = network(50.0);
    let pattern: Pattern = "110".parse().unwrap();
    let error = NoisyMemory::new(&smooth, &pattern, SETTLING, Options::default()).unwrap_err();
    assert!(matches!(
        error,
        SolverError::InvalidArgument {
            name: "lambda or h",
            ..
        }
    ));
    // a short delay does not hold the pair
    let mut parameters = network(f64::INFINITY).parameters().clone();
    parameters.h = 1.5;
    let lost = ImpulseNetwork::new(parameters).unwrap();
    let memory = NoisyMemory::new(&lost, &pattern, SETTLING, Options::default()).unwrap();
    assert!(memory.is_none());
}
