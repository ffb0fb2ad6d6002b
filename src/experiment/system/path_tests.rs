//! Neurons that noise lets fire, beside what is known of their rates.

use super::analysis_tests::run;
use super::path_events::PathEvents;

/// `dv = drift dt + strength dW`, reset to `reset` at 1, on 200 paths.
fn neuron(drift: &str, strength: f64, reset: &str, step: f64, end: f64) -> PathEvents {
    let found = run(&format!(
        "[system]\nequations = {{ v = \"{drift}\" }}\n[start]\nv = 0\n[noise]\nv = \"{strength}\"\n\
         [events.spike]\nwhen = \"v = 1 rising\"\nset = {{ v = \"{reset}\" }}\n\
         [paths]\ncount = 200\nstep = {step}\n[solver]\nt_end = {end}"
    ));
    let paths = found.paths.unwrap();
    let first = |number: &&f64| **number == 0.0;
    let on_first = paths.event_paths.values.iter().filter(first).count();
    assert_eq!(found.events[0].count, on_first);
    assert_eq!(paths.event_times.values.len(), paths.events[0].count);
    paths.events[0].clone()
}

/// A perfect integrator: the intervals have the inverse Gaussian law, of mean `1/mu` and squared coefficient of variation
/// `sigma^2/mu` (G. L. Gerstein, B. Mandelbrot, Biophys. J. 4, 41-68 (1964), doi:10.1016/S0006-3495(64)86768-0).
#[test]
fn a_perfect_integrator_has_inverse_gaussian_intervals() {
    let found = neuron("2", 0.5, "v - 1", 0.002, 40.0);
    let error = found.rate_error;
    // of a renewal process the count after time T has the variance CV^2 rate T
    assert!((error - (0.125_f64 * 2.0 * 20.0 / 200.0).sqrt() / 20.0).abs() < 0.2 * error);
    assert!((found.rate - 2.0).abs() < 3.0 * error, "{found:?}");
    let cv = found.cv.unwrap();
    assert!((cv - 0.125_f64.sqrt()).abs() < 0.01, "{cv}");
    assert!((found.mean_interval.unwrap() - 0.5).abs() < 0.01);
    assert_eq!(found.share, 1.0);
    // from 0, before any reset
    let first = found.first.unwrap();
    assert!(
        (first - 0.5).abs() < 3.0 * found.first_error.unwrap() + 0.01,
        "{first}"
    );
}

/// Mean time that `dv = (mu - v) dt + sigma dW` takes from `reset` to `threshold`:
/// `sqrt(pi) int exp(u^2) (1 + erf u) du` over `(v - mu)/sigma` (A. J. F. Siegert, Phys. Rev. 81, 617-623 (1951),
/// doi:10.1103/PhysRev.81.617), by Simpson's rule.
fn siegert(mu: f64, sigma: f64, reset: f64, threshold: f64) -> f64 {
    let (low, high) = ((reset - mu) / sigma, (threshold - mu) / sigma);
    let pieces = 2000;
    let width = (high - low) / f64::from(pieces);
    let weight = |at: i32| match at {
        0 => 1.0,
        at if at == pieces => 1.0,
        at if at % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let term = |at: i32| {
        let u = low + width * f64::from(at);
        weight(at) * (u * u).exp() * (1.0 + libm::erf(u))
    };
    std::f64::consts::PI.sqrt() * width / 3.0 * (0..=pieces).map(term).sum::<f64>()
}

/// A leaky neuron below its threshold, which fires by noise alone. Steps see a threshold as if it stood higher by 0.5826
/// standard deviations of a step (M. Broadie, P. Glasserman, S. Kou, Math. Finance 7, 325-349 (1997),
/// doi:10.1111/1467-9965.00035); the overshoot is kept at the reset, which is a shift, too.
#[test]
fn a_leaky_neuron_fires_at_siegerts_rate() {
    assert!((siegert(0.8, 0.5, 0.0, 1.0) - 2.448_382_343).abs() < 1e-8);
    for step in [0.02_f64, 0.005] {
        let found = neuron("0.8 - v", 0.5, "v - 1", step, 200.0);
        let shift = 0.5826 * 0.5 * step.sqrt();
        let expected = 1.0 / siegert(0.8, 0.5, shift, 1.0 + shift);
        let error = found.rate_error;
        assert!(
            (found.rate - expected).abs() < 3.0 * error,
            "step {step}: {} +- {error}, expected {expected}",
            found.rate
        );
        // and the steps can be told from none
        let exact = 1.0 / siegert(0.8, 0.5, 0.0, 1.0);
        assert!(step < 0.01 || (found.rate - exact).abs() > 3.0 * error);
    }
}

/// A refractory neuron fires no more often than that allows.
#[test]
fn refractory_times_hold_along_paths() {
    let found = run(
        "[system]\nequations = { v = \"5 - v\" }\n[start]\nv = 0\n[noise]\nv = \"1\"\n\
         [events.spike]\nwhen = \"v = 1 rising\"\nset = { v = \"0\" }\nrefractory = 0.5\n\
         [paths]\ncount = 20\nstep = 0.01\n[solver]\nt_end = 20",
    );
    let paths = found.paths.unwrap();
    let times = paths.event_times.values.windows(2);
    let path = paths.event_paths.values.windows(2);
    let apart = times.zip(path).filter(|(_, path)| path[0] == path[1]);
    let least = apart
        .map(|(times, _)| times[1] - times[0])
        .fold(f64::INFINITY, f64::min);
    assert!((0.5 - 1e-12..0.6).contains(&least), "{least}");
}
