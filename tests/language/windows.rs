//! Windows over the past: averages and integrals.

use pulsatrix::analysis::linearise;
use pulsatrix::language::{EventText, SystemText};
use pulsatrix::solver::{Options, Save, integrate};

fn end(text: &SystemText, span: (f64, f64), tolerance: f64) -> Vec<f64> {
    let system = text.compile().unwrap_or_else(|error| panic!("{error}"));
    let (field, history) = (system.field(), system.history(span.0));
    let options = Options::with_tolerance(tolerance);
    let run = integrate(&field, history, span, options, &Save::Last, &[]);
    run.unwrap().last().to_vec()
}

/// A root of `z^2 = exp(-z) - 1`, the characteristic equation of `y' = -average(y, t - 1, t)`.
fn uniform_root() -> (f64, f64) {
    let (mut a, mut b) = (-1.0_f64, 1.5_f64);
    for _ in 0..100 {
        let (e, s, c) = ((-a).exp(), (-b).sin(), (-b).cos());
        let (f, g) = (a * a - b * b - e * c + 1.0, 2.0 * a * b - e * s);
        let (u, v) = (2.0 * a + e * c, 2.0 * b + e * s);
        let size = u * u + v * v;
        (a, b) = (a - (f * u + g * v) / size, b - (g * u - f * v) / size);
    }
    (a, b)
}

#[test]
fn the_mode_of_a_uniform_kernel_is_that_of_its_characteristic_root() {
    let (a, b) = uniform_root();
    let text = SystemText::new()
        .parameter("a", a)
        .parameter("b", b)
        .equation("y", "-average(y, t - 1, t)")
        .history("y", "exp(a*t)*cos(b*t)");
    let found = end(&text, (0.0, 6.0), 1e-9);
    let exact = (6.0 * a).exp() * (6.0 * b).cos();
    assert!((found[0] - exact).abs() < 1e-8, "{} for {exact}", found[0]);
    let system = text.smooth().compile().unwrap();
    let roots = linearise(&system.field(), &[0.0]).unwrap();
    let roots = roots.characteristic_roots(2).unwrap();
    assert!((roots[0].re - a).abs() < 1e-10, "{roots:?} for {a} {b}");
    assert!((roots[0].im.abs() - b).abs() < 1e-10, "{roots:?}");
}

/// From a constant history, and begun at another time: `y' = -A`, `A' = y - y(t - 1)`.
#[test]
fn windows_are_cut_where_the_solution_bends() {
    for begin in [0.0, 2.5] {
        let text = SystemText::new()
            .equation("y", "-average(y, t - 1, t)")
            .history("y", "1")
            .beginning(begin);
        let twice = SystemText::new()
            .equation("y", "-a")
            .equation("a", "y - y(t - 1)")
            .history("y", "1")
            .history("a", "1");
        let span = (begin, begin + 4.0);
        let (found, exact) = (end(&text, span, 1e-9), end(&twice, span, 1e-10));
        let error = (found[0] - exact[0]).abs();
        assert!(error < 1e-8, "{begin}: {error:e}");
    }
}

/// A history that jumps, a window that does not reach the present, and a plain lag beside it.
#[test]
fn windows_in_the_past_and_lags_work_together() {
    let past = "if(t < -0.6, 2, 1)";
    let text = SystemText::new()
        .equation("y", "y(t - 0.7) - 2*average(y, t - 1.5, t - 0.5)")
        .history("y", past)
        .start("y", "0.5");
    let twice = SystemText::new()
        .equation("y", "y(t - 0.7) - 2*a")
        .equation("a", "y(t - 0.5) - y(t - 1.5)")
        .history("y", past)
        .start("y", "0.5")
        .history("a", "2*0.9 + 0.1");
    let (found, exact) = (end(&text, (0.0, 5.0), 1e-9), end(&twice, (0.0, 5.0), 1e-10));
    let error = (found[0] - exact[0]).abs();
    assert!(error < 1e-8, "{error:e}");
}

/// The kernel `t^2 exp(-t/s) / (2 s^3)` as an integral, against its chain of three ordinary equations.
#[test]
fn a_gamma_kernel_is_the_chain_of_its_order() {
    let text = SystemText::new()
        .parameter("rate", 3.0)
        .function("kernel(lag) = rate^3*lag^2*exp(-rate*lag)/2")
        .equation("y", "-integral(s, kernel(t - s)*y(s), t - 12, t, 8)")
        .start("y", "1");
    let chain = SystemText::new()
        .parameter("rate", 3.0)
        .size("N", 3)
        .equation("y", "-c[2]")
        .equation("c[i]", "rate*(if(i == 0, y, c[mod(i + 2, 3)]) - c[i])")
        .start("y", "1")
        .start("c[i]", "1");
    let (found, exact) = (
        end(&text, (0.0, 5.0), 1e-10),
        end(&chain, (0.0, 5.0), 1e-11),
    );
    let error = (found[0] - exact[0]).abs();
    assert!(error < 1e-9, "{error:e}");
}

/// Every member of a family has a window of its own: `x_i = cos t` is averaged exactly.
#[test]
fn members_of_families_have_windows_of_their_own() {
    let text = SystemText::new()
        .size("N", 3)
        .function("width(i) = 1 + 0.5*i")
        .equation("x[i]", "-sin(t)")
        .equation("a[i]", "average(x[i], t - width(i), t)")
        .equation("b", "sum(i, integral(s, x[i](s)*sin(s), t - 1, t))")
        .history("x[i]", "cos(t)")
        .start("a[i]", "0")
        .start("b", "0");
    let found = end(&text, (0.0, 3.0), 1e-9);
    for i in 0..3 {
        let w = 1.0 + 0.5 * i as f64;
        // int_0^3 (sin t - sin(t - w))/w dt
        let exact = (1.0 - 3f64.cos() + (3.0 - w).cos() - w.cos()) / w;
        assert!((found[3 + i] - exact).abs() < 1e-8, "{i}: {}", found[3 + i]);
    }
    // int sin cos = sin^2/2; int_0^3 (sin^2 t - sin^2(t - 1))/2 dt, three times
    let half = |t: f64| (t - (2.0 * t).sin() / 2.0) / 4.0;
    let exact = 3.0 * (half(3.0) - half(0.0) - half(2.0) + half(-1.0));
    assert!((found[6] - exact).abs() < 1e-8, "{} {exact}", found[6]);
}

#[test]
fn windows_that_are_none_are_refused() {
    let said = |text: SystemText| {
        text.compile()
            .err()
            .map_or(String::new(), |e| e.to_string())
    };
    let one = |formula: &str| said(SystemText::new().equation("y", formula).history("y", "1"));
    for (formula, words) in [
        (
            "average(y, t, t - 1)",
            "column 12: this window reaches from t - 0 to t - 1",
        ),
        (
            "average(y, t - 1, t + 1)",
            "column 12: this window reaches from t - 1 to t - -1",
        ),
        (
            "average(y, t/2, t)",
            "column 12: the edge of a window is `t` less a constant",
        ),
        ("average(y, t - 1)", "`average` takes three arguments"),
        ("average(y^2, t - 1, t)", "column 9: expected a variable"),
        (
            "integral(s, average(y, t - 1, t), t - 1, t)",
            "column 13: a window cannot stand in another one",
        ),
        (
            "integral(s, y(s - 1), t - 1, t)",
            "column 15: in a window the past is read at the time of the window",
        ),
        (
            "integral(pi, y(pi), t - 1, t)",
            "column 10: `pi` is already part of the language",
        ),
        ("average(y, t - 1, t, 0.5)", "a whole number from 1 to 64"),
        (
            "average(y, t - 1, t) + abs(y)",
            "a window is not exact where a formula bends with the state",
        ),
        (
            "average(y, t - 1, t) + y(t/2)",
            "a window is not exact where a delayed time varies",
        ),
        ("average(z, t - 1, t)", "column 9: expected a variable"),
    ] {
        let found = one(formula);
        assert!(found.contains(words), "{formula}: {found}");
    }
    let jumping = SystemText::new()
        .equation("y", "-average(y, t - 1, t)")
        .history("y", "1")
        .event(EventText::at("kick", &[1.0]).set("y", "2"));
    assert!(said(jumping).contains("where events change the state"));
    let formula =
        "average(y, t - 1, t) + y(t - 0.1) + y(t - 0.23) + y(t - 0.37) + y(t - 0.41) + y(t - 0.57)";
    assert!(one(formula).contains("more than 40"));
}
