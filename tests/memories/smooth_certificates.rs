//! Certified cycles of smooth networks: collocation against the closed forms of the relay limit,
//! against equations with known orbits, and against trajectories.

use pulsatrix::analysis::{Certificate, ReferenceNetwork, Stability, certify, certify_smooth};
use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters, Pattern};
use pulsatrix::solver::{CollocationOptions, closure_field, periodic_orbit};

fn certified(parameters: ImpulseParameters, state: &[f64], returns: usize) -> Certificate {
    let network = ImpulseNetwork::new(parameters).unwrap();
    let options = CollocationOptions {
        tolerance: 1e-8,
        ..CollocationOptions::default()
    };
    certify_smooth(&network, state, returns, options).unwrap()
}

/// A pattern of the first `k` neurons, the others deep.
fn cue(neurons: usize, k: usize, c: f64) -> Vec<f64> {
    (0..neurons)
        .map(|j| if j < k { -1.0 } else { 0.9 * c })
        .collect()
}

/// The reference table at growing lambda: period and every multiplier with its multiplicity approach
/// the closed forms of the relay limit as `1/lambda^2` or faster where `a = 1` (the sigmoid is then
/// odd about the threshold), else as `1/lambda`; the silent maximum, a corner that a
/// finite lambda rounds off, as `1/lambda`.
#[test]
fn the_reference_table_is_the_limit_of_growing_lambda() {
    for (a, b, c, h, m, lambdas) in [
        (1.0, 0.5, -44.0, 3.3, 3_usize, [20.0, 40.0]),
        (1.0, 0.4, -12.5, 2.1, 3, [60.0, 120.0]),
        (1.0, 0.3, -22.0, 2.1, 4, [60.0, 120.0]),
        (2.0, 0.1, -40.0, 3.0, 4, [60.0, 120.0]),
    ] {
        let reference = ReferenceNetwork::new(a, b, c, h).unwrap();
        for k in 1..=m {
            let exact = reference.cycle(k).unwrap();
            let distance = |lambda: f64| {
                let mut parameters = ImpulseParameters::homogeneous(m, a, b, c, h);
                parameters.lambda = lambda;
                let found = certified(parameters, &cue(m, k, c), 2);
                assert_eq!(found.stability, Stability::Stable, "{found:#?}");
                assert!(found.residual < 1e-8 && (found.trivial - 1.0).abs() < 1e-7);
                let expected: Pattern = (0..m).map(|j| j < k).collect();
                assert!(
                    found
                        .impulses_per_period
                        .iter()
                        .zip(expected.iter())
                        .all(|(n, on)| *n == usize::from(on))
                );
                let mut multipliers = vec![exact.silent_multiplier; m - k];
                multipliers.extend(vec![exact.synchrony_multiplier.unwrap_or(0.0); k - 1]);
                multipliers.sort_by(|x, y| y.abs().total_cmp(&x.abs()));
                let mut worst = (found.period - exact.period).abs();
                for (n, expected) in multipliers.iter().enumerate() {
                    let (re, im) = found.multipliers.get(n).copied().unwrap_or((0.0, 0.0));
                    worst = worst.max((re - expected).hypot(im));
                }
                let corner = found
                    .silent_margin
                    .map(|margin| margin + exact.silent_maximum);
                (worst, corner.unwrap_or(0.0))
            };
            let [(far, far_corner), (near, near_corner)] = lambdas.map(distance);
            let (ratio, bound) = if a == 1.0 { (0.3, 0.02) } else { (0.55, 0.1) };
            assert!(near < ratio * far || near < 1e-8, "{b} {k}: {far} {near}");
            assert!(near < bound, "{b} {k}: {near}");
            if k < m {
                let half = near_corner / far_corner;
                assert!(
                    (half - 0.5).abs() < 0.05,
                    "{b} {k}: {far_corner} {near_corner}"
                );
            }
        }
    }
}

/// Neurons that differ: smooth and relay certificates meet as lambda grows, though no closed form
/// exists.
#[test]
fn a_heterogeneous_network_meets_its_relay_certificate() {
    let network = |lambda: f64| {
        let mut parameters = ImpulseParameters::homogeneous(4, 1.0, 0.2, -60.0, 2.5);
        parameters.spread(0.003, 3);
        parameters.lambda = lambda;
        parameters
    };
    let start = [-1.0, -1.0, -50.0, -1.0];
    let relay = certify(
        &ImpulseNetwork::new(network(f64::INFINITY)).unwrap(),
        &start,
        5,
    )
    .unwrap();
    let distance = |lambda: f64| {
        let smooth = certified(network(lambda), &start, 12);
        assert_eq!(
            (smooth.pattern, smooth.stability),
            ("1101".parse().unwrap(), Stability::Stable)
        );
        let leading = (smooth.leading - relay.leading).abs();
        let margin = (smooth.silent_margin.unwrap() - relay.silent_margin.unwrap()).abs();
        (smooth.period - relay.period)
            .abs()
            .max(leading)
            .max(margin)
    };
    // Mismatch shifts the impulses of the group against each other, which makes it the first order.
    let (far, near) = (distance(50.0), distance(200.0));
    let order = (far / near).ln() / 4.0_f64.ln();
    assert!(
        (order - 1.0).abs() < 0.15 && near < 0.03,
        "order {order}: {far} {near}"
    );
}

/// At `h = 1` the synchronous group repels, at a finite lambda as well.
#[test]
fn an_unstable_smooth_cycle_is_reported_as_unstable() {
    let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.2, -20.0, 1.0);
    let relay = certify(
        &ImpulseNetwork::new(parameters.clone()).unwrap(),
        &[-1.0; 3],
        4,
    )
    .unwrap();
    parameters.lambda = 100.0;
    let found = certified(parameters, &[-1.0; 3], 2);
    assert_eq!(
        (found.stability, found.pattern.clone()),
        (Stability::Unstable, Pattern::all(3))
    );
    assert!(
        (found.period - relay.period).abs() < 1e-2,
        "{found:#?} {relay:#?}"
    );
    assert!(
        (found.leading / relay.leading - 1.0).abs() < 0.02,
        "{found:#?} {relay:#?}"
    );
}

/// The circle as an orbit with a delay that feeds back how far the radius is off: the radial multiplier
/// is `e^{2 pi s}` with the root `s = -2 k e^{-s tau}` of the characteristic equation.
#[test]
fn a_delayed_circle_has_the_multiplier_of_its_characteristic_root() {
    let (k, tau) = (0.1_f64, 1.0_f64);
    let field = closure_field(2, &[tau], |_, x, late, dx| {
        let late = late.state(0);
        let off = k * (1.0 - late[0] * late[0] - late[1] * late[1]);
        dx[0] = -x[1] + off * x[0];
        dx[1] = x[0] + off * x[1];
    });
    let mut root = -2.0 * k;
    for _ in 0..100 {
        root = -2.0 * k * (-root * tau).exp();
    }
    let guess = |t: f64, x: &mut [f64]| (x[0], x[1]) = (1.05 * t.sin(), -1.05 * t.cos());
    let mesh: Vec<f64> = (0..=10).map(|n| f64::from(n) / 10.0).collect();
    let options = CollocationOptions::default();
    let orbit = periodic_orbit(&field, &guess, 6.0, &mesh, 0, options).unwrap();
    assert!((orbit.period - std::f64::consts::TAU).abs() < 1e-9);
    let multipliers = orbit.multipliers(&field).unwrap();
    assert!((multipliers[0].0 - 1.0).abs() < 1e-8, "{multipliers:?}");
    let exact = (std::f64::consts::TAU * root).exp();
    assert!(
        (multipliers[1].0 - exact).abs() < 1e-8,
        "{multipliers:?} {exact}"
    );
}
