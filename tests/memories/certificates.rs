//! Certified cycles of relay networks: periods, margins and Floquet multipliers against closed forms.

use pulsatrix::analysis::{Activity, Certificate, ReferenceNetwork, Stability, certify};
use pulsatrix::networks::{Coupling, ImpulseNetwork, ImpulseParameters, Pattern};
use pulsatrix::solver::{Engine, RelaySolver};

fn state(code: u64, neurons: usize, c: f64) -> Vec<f64> {
    Pattern::from_code(code, neurons)
        .iter()
        .map(|on| if on { -1.0 } else { 0.8 * c })
        .collect()
}

fn certified(parameters: ImpulseParameters, state: &[f64]) -> Certificate {
    certify(&ImpulseNetwork::new(parameters).unwrap(), state, 4).unwrap()
}

/// All patterns of the four reference networks: every multiplier with its multiplicity.
#[test]
fn the_reference_table_with_all_multipliers() {
    for (a, b, c, h, m) in [
        (1.0, 0.5, -44.0, 3.3, 3_usize),
        (1.0, 0.4, -12.5, 2.1, 3),
        (1.0, 0.3, -22.0, 2.1, 4),
        (2.0, 0.1, -40.0, 3.0, 4),
    ] {
        let reference = ReferenceNetwork::new(a, b, c, h).unwrap();
        for code in 1..1_u64 << m {
            let k = code.count_ones() as usize;
            let exact = reference.cycle(k).unwrap();
            let parameters = ImpulseParameters::homogeneous(m, a, b, c, h);
            let found = certified(parameters, &state(code, m, c));
            assert_eq!(found.stability, Stability::Stable, "{found:#?}");
            assert!(found.residual < 1e-11, "{found:#?}");
            assert!((found.period - exact.period).abs() < 1e-9, "{found:#?}");
            assert!((found.trivial - 1.0).abs() < 1e-9, "{found:#?}");
            let mut expected = vec![exact.silent_multiplier; m - k];
            expected.extend(vec![exact.synchrony_multiplier.unwrap_or(0.0); k - 1]);
            expected.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
            for (n, (re, im)) in found.multipliers.iter().enumerate() {
                let expected = expected.get(n).copied().unwrap_or(0.0);
                assert!(
                    (re - expected).hypot(*im) < 1e-7,
                    "{n}: {expected} in {found:#?}"
                );
            }
            if k < m {
                let margin = found.silent_margin.unwrap();
                assert!((margin + exact.silent_maximum).abs() < 1e-9, "{found:#?}");
            }
        }
    }
}

/// At `h = 1` the synchronous group repels: the certificate says so, with the closed-form period
/// `T_k = 2 + s + (A0/B)(1 - exp(-B))`, `A0 = a - B c`, `s = ln(1 + B/A0)/B`, `B = b (k - 1)`, and the
/// multiplier at which two nearby neurons drift apart.
#[test]
fn an_unstable_cycle_is_reported_as_unstable() {
    let (a, b, c) = (1.0_f64, 0.2, -20.0);
    let parameters = ImpulseParameters::homogeneous(3, a, b, c, 1.0);
    let found = certified(parameters.clone(), &[-1.0; 3]);
    let felt = 2.0 * b;
    let slope = a - felt * c;
    let period = 2.0 + (felt / slope).ln_1p() / felt + slope / felt * (1.0 - (-felt).exp());
    assert!((found.period - period).abs() < 1e-9, "{found:#?} {period}");
    assert_eq!(
        (found.stability, found.pattern.clone()),
        (Stability::Unstable, Pattern::all(3))
    );

    let network = ImpulseNetwork::new(parameters).unwrap();
    let mut solver = RelaySolver::new(&network, &[-1.0, -1.0, -1.0 - 1e-7], 0.0).unwrap();
    let mut activity = Activity::new(0.0, solver.state());
    while solver.time() < 60.0 {
        activity.watch(solver.advance(60.0).unwrap());
    }
    let lag = |n: usize| activity.impulses(2)[n].onset - activity.impulses(0)[n].onset;
    assert!(
        (lag(4) / lag(3) - found.multipliers[0].0).abs() < 1e-4,
        "{found:#?}"
    );
}

/// Two neurons that do not hear each other: a shift between them neither grows nor shrinks.
#[test]
fn uncoupled_neurons_are_neutral() {
    let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 0.5, -44.0, 3.3);
    parameters.coupling = Coupling::None;
    let found = certified(parameters, &[-1.0, -0.8]);
    assert_eq!(found.stability, Stability::Neutral, "{found:#?}");
    assert!((found.leading - 1.0).abs() < 1e-12);
}

/// Where no closed form exists: the multipliers against differences of nearby trajectories.
#[test]
fn a_heterogeneous_network_is_certified() {
    let mut parameters = ImpulseParameters::homogeneous(5, 1.0, 0.2, -60.0, 2.5);
    parameters.spread(0.003, 3);
    let network = ImpulseNetwork::new(parameters).unwrap();
    let found = certify(&network, &state(0b01011, 5, -60.0), 5).unwrap();
    assert_eq!(
        (found.stability, found.pattern.clone()),
        (Stability::Stable, "11010".parse().unwrap())
    );
    assert!(
        found.residual < 1e-11 && (found.trivial - 1.0).abs() < 1e-8,
        "{found:#?}"
    );
    // Followed for long instead, it settles on the same period.
    let again = certify(&network, &state(0b01011, 5, -60.0), 60).unwrap();
    assert!((again.period - found.period).abs() < 1e-9);
    assert!((again.leading - found.leading).abs() < 1e-7);
}

/// Sixteen neurons with mismatch: every 257th pattern certified, none of them with a closed form.
#[test]
fn sixteen_neurons_with_mismatch_keep_their_patterns() {
    let mut parameters = ImpulseParameters::homogeneous(16, 1.0, 0.03, -270.5, 2.91);
    parameters.spread(1e-4, 1);
    let network = ImpulseNetwork::new(parameters).unwrap();
    for code in (1..1 << 16).step_by(257) {
        let found = certify(&network, &state(code, 16, -270.5), 4).unwrap();
        assert_eq!(
            (found.stability, found.pattern.code()),
            (Stability::Stable, Some(code))
        );
    }
}
