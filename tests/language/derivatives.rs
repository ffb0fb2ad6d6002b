//! Jacobians of texts against difference quotients.

use pulsatrix::analysis::{linearise, rightmost_roots, steady_state};
use pulsatrix::language::{Data, SystemText};
use pulsatrix::solver::{CollocationOptions, DelayField, Delayed, periodic_orbit};

/// The default of the trait, which asks for values only.
struct Values<'a>(&'a dyn DelayField);

impl DelayField for Values<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn lags(&self) -> &[f64] {
        self.0.lags()
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        self.0.derivative(time, state, delayed, derivative);
    }
}

fn compare(text: &SystemText, name: &str) {
    let system = text.compile().unwrap();
    let field = system.field();
    let n = field.dimension();
    let lags = field.lags().len();
    let number = |place: usize| 0.3 + 0.9 * (0.618 * place as f64 + 0.1).fract();
    let state: Vec<f64> = (0..n).map(number).collect();
    let late: Vec<f64> = (n..n * (1 + lags)).map(number).collect();
    let mut exact = vec![0.0; n * n * (1 + lags)];
    let mut quotients = exact.clone();
    let delayed = || Delayed::new(&late, n);
    field.jacobian(0.7, &state, delayed(), &mut exact);
    Values(&field).jacobian(0.7, &state, delayed(), &mut quotients);
    assert!(exact.iter().any(|value| *value != 0.0), "{name}");
    for (place, (exact, quotient)) in exact.iter().zip(&quotients).enumerate() {
        let scale = 1.0 + exact.abs();
        assert!(
            (exact - quotient).abs() < 3e-8 * scale,
            "{name}, entry {place}: {exact} and {quotient}"
        );
    }
}

#[test]
fn jacobians_are_those_of_difference_quotients() {
    for formula in [
        "x*y - y(t - 1)^3/x",
        "exp(-x^2)*sin(3*y) + cos(x(t - 1))",
        "tanh(x) - atan(y(t - 2)) + logistic(4*x(t - 1))",
        "ln(x + y)*log10(1 + y^2) + sqrt(x)*x(t - 1)",
        "x^y + y^2.5 + x^-3 + 2^y",
        "atan2(y, x)*sinh(x/3) - cosh(y(t - 1))",
        "tan(x/2) + asin(x/4) + acos(y/4) + erf(x*y)",
        "if(x > y(t - 1), x^2, y^3) + abs(x - 5)*sign(y)",
        "max(x, 2*y, 0.1)*min(x, 3) + mod(x*y, 7)",
        "(x + y(t - 1))/(1 + (x(t - 1) + t)^4) + floor(x)*y",
    ] {
        let text = SystemText::new()
            .equation("x", formula)
            .equation("y", "x - y")
            .history("x", "1")
            .history("y", "1");
        compare(&text, formula);
    }
}

#[test]
fn jacobians_of_families_are_those_of_difference_quotients() {
    let weights = vec![0.0, 0.7, -0.4, 1.2, 0.0, 0.0, 0.3, 0.9, 0.5];
    let lags = vec![0.0, 1.0, 2.0, 1.0, 0.0, 0.5, 0.0, 2.0, 0.5];
    let text = |formula: &str| {
        SystemText::new()
            .size("N", 3)
            .data("A", Data::matrix(3, weights.clone()))
            .data("D", Data::matrix(3, lags.clone()))
            .data("w", Data::vector(vec![0.2, 0.5, 0.9]))
            .equation("x[i]", formula)
            .equation("m", "mean(j, x[j]^2) - m")
            .history("x[i]", "0.1*i")
            .history("m", "0")
    };
    for formula in [
        "w[i] + sum(j, A[i,j]*sin(x[j](t - D[i,j]) - x[i]))",
        "-x[i]*sum(j, x[j]) + m",
        "sum(j, w[j]*x[j]*sum(k, A[j,k]*x[k](t - 1)))*x[i]^2",
        "sin(sum(j, A[i,j]*x[j]))*x[mod(i + 1, N)](t - 0.5) - x[0]",
        "sum(j, m*A[j,i]) + m^2",
        "sum(j, A[i,j]*x[i])",
    ] {
        compare(&text(formula), formula);
    }
}

#[test]
fn steady_states_and_roots_of_a_text_are_exact() {
    let text = SystemText::new()
        .equation("y", "0.2*y(t - tau)/(1 + y(t - tau)^10) - 0.1*y")
        .parameter("tau", 17.0)
        .history("y", "1");
    let system = text.compile().unwrap();
    let field = system.field();
    let state = steady_state(&field, &[0.95]).unwrap();
    assert!((state[0] - 1.0).abs() < 1e-14);
    let linear = linearise(&field, &state).unwrap();
    assert!((linear.present[(0, 0)] + 0.1).abs() < 1e-15);
    assert!((linear.delayed[0][(0, 0)] + 0.4).abs() < 1e-15);
    // y' = -1.5 y(t - 1)
    let system = SystemText::new()
        .equation("y", "-1.5*y(t - 1)")
        .history("y", "0");
    let system = system.compile().unwrap();
    let (_, roots) = rightmost_roots(&system.field(), &[0.1], 1).unwrap();
    assert!((roots[0].re + 0.032783735915573).abs() < 1e-13);
    assert!((roots[0].im - 1.549643823350159).abs() < 1e-13);
}

/// A circle of radius one whose delayed terms vanish on it: period `2 pi`, and a multiplier of one.
#[test]
fn periodic_orbits_of_a_text_are_found_with_their_multipliers() {
    let text = SystemText::new()
        .function("r(a, b) = a^2 + b^2")
        .equation("x", "-y + x*(1 - r(x(t - 1), y(t - 1)))")
        .equation("y", "x + y*(1 - r(x(t - 1), y(t - 1)))")
        .history("x", "1")
        .history("y", "0");
    let system = text.compile().unwrap();
    let guess = |t: f64, x: &mut [f64]| (x[0], x[1]) = (1.1 * t.sin(), -0.9 * t.cos());
    let mesh: Vec<f64> = (0..=8).map(|n| f64::from(n) / 8.0).collect();
    let options = CollocationOptions::default();
    let field = system.field();
    let orbit = periodic_orbit(&field, &guess, 6.0, &mesh, 0, options).unwrap();
    assert!((orbit.period - std::f64::consts::TAU).abs() < 1e-8);
    // a change of the radius obeys s' = -2 s(t - 1)
    let radius = SystemText::new()
        .equation("s", "-2*s(t - 1)")
        .history("s", "0");
    let (_, roots) = rightmost_roots(&radius.compile().unwrap().field(), &[0.1], 1).unwrap();
    let (re, im) = orbit.multipliers(&field).unwrap()[0];
    let exact = (roots[0].re * std::f64::consts::TAU).exp();
    assert!(
        (re.hypot(im) - exact).abs() < 1e-5 * exact,
        "{} for {exact}",
        re.hypot(im)
    );
}
