//! Where memories exist: boundaries found by continuation against those of the closed form.

use pulsatrix::analysis::{Boundary, Ending, ReferenceNetwork, continue_cycle};
use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
use pulsatrix::numerics::root::bracketed_root;

/// The history of a pattern with `k` active neurons and silent ones at their lowest.
fn cue(neurons: usize, k: usize, c: f64) -> Vec<f64> {
    (0..neurons).map(|j| if j < k { -1.0 } else { c }).collect()
}

fn boundary(
    family: &dyn Fn(f64) -> ImpulseParameters,
    cue: &[f64],
    way: (f64, f64),
) -> Option<Boundary> {
    let network = |value| ImpulseNetwork::new(family(value));
    continue_cycle(&network, cue, way, 30, 1e-11)
        .unwrap()
        .boundary
}

/// Inhibition that fades: every size of pattern of the four reference networks is lost where the
/// closed form says `y_max(k) = 0`.
#[test]
fn silent_neurons_fire_where_the_closed_form_says() {
    for (a, b, c, h, m) in [
        (1.0, 0.5, -44.0, 3.3, 3),
        (1.0, 0.4, -12.5, 2.1, 3),
        (1.0, 0.3, -22.0, 2.1, 4),
        (2.0, 0.1, -40.0, 3.0, 4),
    ] {
        for k in 1..m {
            let margin = |c| {
                ReferenceNetwork::new(a, b, c, h)
                    .unwrap()
                    .margin(k, m)
                    .unwrap_or(-1.0)
            };
            let ends = [c, -0.5];
            let exact = bracketed_root(margin, (ends[0], margin(c)), (ends[1], margin(-0.5)), 0.0);
            let family = |c| ImpulseParameters::homogeneous(m, a, b, c, h);
            let found = boundary(&family, &cue(m, k, c), (c, -0.5)).unwrap();
            assert!((found.value - exact).abs() < 1e-9, "{k}: {found:?} {exact}");
            assert_eq!(found.ending, Ending::SilentNeuronFires, "{k}: {exact}");
        }
    }
}

/// A synaptic delay that shrinks: the multiplier of synchrony leaves the unit circle.
#[test]
fn synchrony_is_lost_where_the_closed_form_says() {
    for (k, m) in [(2, 2), (3, 3), (3, 4)] {
        let (a, b, c) = (2.0, 0.1, -40.0);
        let margin = |h| {
            ReferenceNetwork::new(a, b, c, h)
                .unwrap()
                .margin(k, m)
                .unwrap_or(-1.0)
        };
        let (low, high) = (1.501, 3.0);
        let exact = bracketed_root(margin, (low, margin(low)), (high, margin(high)), 0.0);
        let family = |h| ImpulseParameters::homogeneous(m, a, b, c, h);
        let found = boundary(&family, &cue(m, k, c), (high, low)).unwrap();
        assert!((found.value - exact).abs() < 1e-8, "{k}: {found:?} {exact}");
        assert_eq!(found.ending, Ending::SynchronyLost);
    }
}

/// Without a closed form: the boundary of a heterogeneous network is where the margin of its silent
/// neurons is gone, and mismatch itself is a parameter.
#[test]
fn a_heterogeneous_memory_is_followed_to_its_end() {
    let family = |c: f64| {
        let mut parameters = ImpulseParameters::homogeneous(4, 1.0, 0.3, c, 2.1);
        parameters.spread(0.002, 3);
        ImpulseNetwork::new(parameters)
    };
    let found = continue_cycle(&family, &cue(4, 3, -22.0), (-22.0, -5.0), 20, 1e-11).unwrap();
    let end = found.boundary.unwrap();
    assert_eq!(end.ending, Ending::SilentNeuronFires);
    let (at, last) = found.points.last().unwrap();
    assert!(*at == end.value && end.width <= 1e-11);
    assert!(last.silent_margin.unwrap() < 1e-9, "{last:?}");
    let mismatch = |spread: f64| {
        let mut parameters = ImpulseParameters::homogeneous(4, 1.0, 0.3, -22.0, 2.1);
        parameters.spread(spread, 3);
        ImpulseNetwork::new(parameters)
    };
    let found = continue_cycle(&mismatch, &cue(4, 3, -22.0), (0.0, 0.2), 50, 1e-9).unwrap();
    assert!(found.boundary.is_some() && found.points.len() > 1);
}

/// One step over a stretch in which the cycle is kept is as good as many.
#[test]
fn a_long_step_does_not_lose_a_cycle_that_is_there() {
    let family = |a| ImpulseNetwork::new(ImpulseParameters::homogeneous(4, a, 0.1, -2.0, 3.1));
    let state = cue(4, 4, -2.0);
    for steps in [1, 8] {
        let found = continue_cycle(&family, &state, (2.0, 30.0), steps, 1e-10).unwrap();
        assert_eq!(found.boundary, None, "{steps}");
    }
}

/// An unstable cycle that becomes stable has lost nothing.
#[test]
fn stability_can_be_gained() {
    let family = |h| ImpulseParameters::homogeneous(4, 2.0, 0.1, -40.0, h);
    let found = boundary(&family, &cue(4, 4, -40.0), (1.51, 3.0)).unwrap();
    assert_eq!(found.ending, Ending::StabilityGained, "{found:?}");
}
