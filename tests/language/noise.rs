//! Systems with noise, held against the moments of linear equations.

use pulsatrix::language::{System, SystemText};
use pulsatrix::solver::{
    Noise, Save, StochasticField, StochasticMethod, StochasticOptions, StochasticSolver, solve,
};

/// States of component 0 at these times, of many paths.
fn sampled(
    system: &System,
    times: &[f64],
    options: StochasticOptions,
    paths: u64,
) -> Vec<Vec<f64>> {
    let one = |path| {
        let field = system.noisy().unwrap();
        let options = StochasticOptions { path, ..options };
        let mut solver = StochasticSolver::new(&field, &system.history(0.0), 0.0, options).unwrap();
        let end = times[times.len() - 1];
        solve(&mut solver, end, &Save::At(times.to_vec()), &[])
            .unwrap()
            .states
    };
    (0..paths).map(one).collect()
}

/// Mean and variance with their standard errors.
fn moments(values: &[f64]) -> [(f64, f64); 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // of normal values
    [
        (mean, (variance / n).sqrt()),
        (variance, variance * (2.0 / n).sqrt()),
    ]
}

/// `dx = (m - x) a dt + s dW`, x(0) = 0: mean `m (1 - e^(-a t))`, variance `s^2 (1 - e^(-2 a t)) / (2 a)`.
#[test]
fn an_ornstein_uhlenbeck_process_has_its_mean_and_variance() {
    let text = SystemText::new()
        .parameter("a", 2.0)
        .parameter("s", 0.5)
        .equation("x", "a*(3 - x)")
        .noise("x", "s")
        .start("x", "0");
    let system = text.compile().unwrap();
    let field = system.noisy().unwrap();
    assert_eq!(field.noise(), Noise::Additive);
    let options = StochasticOptions::with_step(0.02);
    let found = sampled(&system, &[0.4], options, 4000);
    let found: Vec<f64> = found.into_iter().flatten().collect();
    let [mean, variance] = moments(&found);
    let decay = (-0.8f64).exp();
    let exact = [3.0 * (1.0 - decay), 0.0625 * (1.0 - decay * decay)];
    assert!(
        (mean.0 - exact[0]).abs() < 3.0 * mean.1,
        "{mean:?} {exact:?}"
    );
    assert!(
        (variance.0 - exact[1]).abs() < 3.0 * variance.1,
        "{variance:?} {exact:?}"
    );
}

/// `y' = -y(t - 1)` with noise of strength 1: the stationary variance is `(1 + sin 1)/(2 cos 1)`.
#[test]
fn a_late_equation_has_its_stationary_variance() {
    let text = SystemText::new()
        .equation("y", "-y(t - 1)")
        .noise("y", "1")
        .history("y", "0");
    let system = text.compile().unwrap();
    // the slowest mode decays with 0.318; samples 15 apart are as good as independent
    let times: Vec<f64> = (1..=20).map(|k| 20.0 + 15.0 * f64::from(k)).collect();
    let found = sampled(&system, &times, StochasticOptions::with_step(0.05), 100);
    let found: Vec<f64> = found.into_iter().flatten().collect();
    let [mean, variance] = moments(&found);
    let exact = (1.0 + 1f64.sin()) / (2.0 * 1f64.cos());
    assert!((exact - 1.704_111_72).abs() < 1e-8);
    assert!(mean.0.abs() < 3.0 * mean.1, "{mean:?}");
    assert!(
        (variance.0 - exact).abs() < 3.0 * variance.1,
        "{variance:?} for {exact}"
    );
}

/// Ito: the mean of `dx = x dW` stays what it is, where Stratonovich's would grow.
#[test]
fn noise_is_that_of_ito_and_its_kind_is_seen() {
    let kind = |noise: &str| {
        let text = SystemText::new()
            .size("N", 2)
            .equation("x[i]", "0")
            .equation("y", "0")
            .noise("x[i]", noise)
            .start("x[i]", "1")
            .start("y", "0");
        text.compile().unwrap().noisy().unwrap().noise()
    };
    assert_eq!(kind("1 + i + cos(t)"), Noise::Additive);
    assert_eq!(kind("0.3*x[i]*(1 + i)"), Noise::Diagonal);
    assert_eq!(kind("x[0]"), Noise::General(3));
    assert_eq!(kind("x[1 - i]"), Noise::General(3));
    assert_eq!(kind("x[i](t - 1)"), Noise::General(3));
    let text = SystemText::new()
        .equation("x", "0")
        .noise("x", "0.5*x")
        .start("x", "1");
    let system = text.compile().unwrap();
    for method in [StochasticMethod::EulerMaruyama, StochasticMethod::Milstein] {
        let options = StochasticOptions {
            method: Some(method),
            ..StochasticOptions::with_step(0.01)
        };
        let found = sampled(&system, &[1.0], options, 2000);
        let found: Vec<f64> = found.into_iter().flatten().collect();
        let [mean, _] = moments(&found);
        assert!((mean.0 - 1.0).abs() < 3.0 * mean.1, "{method:?}: {mean:?}");
    }
}

/// Every component has a motion of its own, and those without noise have none.
#[test]
fn strengths_stand_at_their_components() {
    let text = SystemText::new()
        .size("N", 2)
        .equation("y", "0")
        .equation("x[i]", "0")
        .noise("x[i]", "y + 2*i")
        .start("x[i]", "0")
        .start("y", "0");
    let system = text.compile().unwrap();
    let field = system.noisy().unwrap();
    let mut g = [9.0; 9];
    let late = pulsatrix::solver::Delayed::new(&[], 3);
    field.intensity(0.0, &[5.0, 0.0, 0.0], late, &mut g);
    assert_eq!(g, [0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 7.0]);
    assert_eq!(field.drift().dimension(), 3);
}

#[test]
fn noise_written_wrongly_is_refused_with_its_column() {
    let said = |key: &str, formula: &str| {
        let text = SystemText::new()
            .equation("y", "0")
            .noise(key, formula)
            .history("y", "0");
        text.compile()
            .err()
            .map_or(String::new(), |e| e.to_string())
    };
    let found = said("y", "1 + sigma");
    assert!(
        found.contains("noise.y, column 5: nothing is called `sigma`"),
        "{found}"
    );
    let found = said("x", "1");
    assert!(
        found.contains("noise.x, column 1: nothing is called `x`"),
        "{found}"
    );
    let found = said("y[i]", "1");
    assert!(found.contains("`y` takes 0 indices"), "{found}");
}
