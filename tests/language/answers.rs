//! Delay equations with known answers, as text.

use std::f64::consts::PI;

use pulsatrix::analysis::{LyapunovSettings, lyapunov_exponents, rightmost_roots};
use pulsatrix::language::SystemText;
use pulsatrix::solver::{Method, Options, Save, integrate};

/// An initial-value problem with the state at its end.
struct Problem {
    name: &'static str,
    text: SystemText,
    span: (f64, f64),
    answer: Vec<f64>,
}

fn one(name: &'static str, formula: &str, history: &str, span: (f64, f64), answer: f64) -> Problem {
    let text = SystemText::new()
        .equation("y", formula)
        .history("y", history);
    let answer = vec![answer];
    Problem {
        name,
        text,
        span,
        answer,
    }
}

impl Problem {
    fn starting_at(mut self, start: &str) -> Self {
        self.text = self.text.start("y", start);
        self
    }

    fn error(&self, options: Options) -> f64 {
        let system = self.text.compile().unwrap();
        let (field, history) = (system.field(), system.history(self.span.0));
        let run = integrate(&field, history, self.span, options, &Save::Last, &[]);
        let run = run.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let pairs = run.last().iter().zip(&self.answer);
        pairs
            .map(|(value, exact)| (value - exact).abs() / (1.0 + exact.abs()))
            .fold(0.0, f64::max)
    }
}

/// Sixty-six times the exponential, where it is known.
const SWITCHED: f64 = 66.0 / (66.0 * 66.0) - 1.0;

fn problems() -> Vec<Problem> {
    let late = |end: f64| (0.0, end);
    let root_two = 2f64.sqrt();
    let mut all = vec![
        one(
            "fundamental",
            "-y(t - 1)",
            "0",
            late(10.0),
            0.052973434744268077601,
        )
        .starting_at("1"),
        one("linear", "-y(t - 1)", "1", late(10.0), 0.020241126543209877),
        one(
            "sine",
            "-y(t - pi/2)",
            "sin(t)",
            late(10.0 * PI + 1.0),
            1f64.sin(),
        ),
        one(
            "vanishing",
            "1 - y(exp(1 - 1/t))",
            "ln(t)",
            (0.1, 10.0),
            10f64.ln(),
        ),
        one(
            "switching",
            "-1 - y + 2*heaviside(-y(t/2))",
            "1",
            late(2.0 * 66f64.ln()),
            SWITCHED,
        ),
        one(
            "switching by if",
            "-1 - y + if(y(t/2) < 0, 2, 0)",
            "1",
            late(2.0 * 66f64.ln()),
            SWITCHED,
        ),
        one(
            "self-reading",
            "y(y)",
            "0.5",
            (2.0, 5.5),
            4.2414122950565184365,
        )
        .starting_at("1"),
        one(
            "root",
            "y(y - sqrt(2))/(2*sqrt(t + 1))",
            "1",
            late(2.0),
            0.75 + 0.5 + (1.0 - root_two / 2.0) * 3f64.sqrt(),
        ),
        one("triangle", "-y'(t - 1)", "t", late(40.25), -0.25),
        one(
            "pantograph",
            "exp(t/2)*y(t/2)/2 + y/2",
            "1",
            late(2.0),
            2f64.exp(),
        ),
        one(
            "relay",
            "if(y(t - 1) <= 0, 1, -2)",
            "-1",
            late(2.0 + 30.0 * 4.5),
            1.0,
        ),
        one(
            "Hutchinson",
            "1.6*y*(1 - y(t - 1))",
            "0.1",
            late(20.0),
            0.983240313725974,
        ),
        one(
            "Hutchinson, fast",
            "2.5*y*(1 - y(t - 1))",
            "0.1",
            late(50.0),
            4.446475261225,
        ),
        one(
            "Suarez-Schopf",
            "y - y^3 - 0.75*y(t - 6)",
            "0.1",
            late(100.0),
            -0.725807877216482,
        ),
        one(
            "Ghil",
            "-tanh(11*y(t - 0.42)) + cos(2*pi*t)",
            "1",
            late(8.82),
            -0.105068621404801,
        ),
        one("half time", "-y(t/2)", "1", late(10.0), 0.904729868989318),
        // a lag that jumps
        one(
            "jumping lag",
            "-y(t - if(t < 3, 0.5, 4))",
            "1",
            late(3.0),
            -263.0 / 46080.0,
        ),
        one(
            "jumping lag, behind the jump",
            "-y(t - if(t < 3, 0.5, 4))",
            "1",
            late(4.0),
            -263.0 / 46080.0 - 1.0,
        ),
        one(
            "linear, half the way",
            "-y(t - 1)",
            "1",
            late(5.0),
            19.0 / 120.0,
        ),
    ];
    for l in [0.2, 0.4, 0.6] {
        let formula =
            "exp(-y) + l*(sin(y'(t*(1 - cos(2*pi*t))/2)) - sin(1/(3 + t*(1 - cos(2*pi*t))/2)))";
        let problem = one("sweeping", formula, "ln(t + 3)", late(10.0), 13f64.ln());
        all.push(Problem {
            text: problem.text.parameter("l", l),
            ..problem
        });
    }
    all.push(Problem {
        name: "reciprocal",
        text: SystemText::new()
            .equation("a", "b")
            .equation("b", "-b(exp(1 - b))*b^2*exp(1 - b)")
            .history("a", "ln(t)")
            .history("b", "1/t"),
        span: (0.1, 5.0),
        answer: vec![5f64.ln(), 0.2],
    });
    all.push(Problem {
        name: "three species",
        text: SystemText::new()
            .equation("a", "a(t - 1)")
            .equation("b", "a(t - 1) + b(t - 0.2)")
            .equation("c", "b")
            .history("a", "1")
            .history("b", "1")
            .history("c", "1"),
        span: (0.0, 5.0),
        answer: vec![19.175, 176.42257844738, 190.344201936071],
    });
    all
}

#[test]
fn problems_as_text_end_within_ten_tolerances() {
    for problem in problems() {
        for tolerance in [1e-5, 1e-8] {
            let error = problem.error(Options::with_tolerance(tolerance));
            let name = problem.name;
            assert!(
                error <= 10.0 * tolerance,
                "{name} at {tolerance:e}: {error:e}"
            );
        }
    }
}

#[test]
fn chaos_as_text_is_followed_as_far_as_chaos_in_rust() {
    let formula = "0.2*y(t - 17)/(1 + y(t - 17)^10) - 0.1*y";
    let problem = one(
        "Mackey-Glass",
        formula,
        "0.5",
        (0.0, 1000.0),
        1.0796123399269,
    );
    assert!(problem.error(Options::with_tolerance(1e-12)) < 1e-6);
}

#[test]
fn networks_of_impulse_neurons_as_text_meet_their_reference() {
    for (neurons, answer) in [
        (10, -4.07233698023146684824),
        (100, -5.80827758995906478622),
    ] {
        let text = SystemText::new()
            .size("N", neurons)
            .function("g(x) = logistic(20*x)")
            .equation(
                "x[i]",
                "1 - 3*g(x[i](t - 1)) + (sum(j, g(x[j](t - 1))) - g(x[i](t - 1)))*(-6 - x[i])",
            )
            .history("x[i]", "-0.1 - 1.9*mod(0.6180339887498949*(i + 1), 1)");
        let system = text.compile().unwrap();
        let (field, history) = (system.field(), system.history(0.0));
        let options = Options::with_tolerance(1e-9);
        let run = integrate(&field, history, (0.0, 200.0), options, &Save::Last, &[]).unwrap();
        assert!(
            (run.last()[0] - answer).abs() < 1e-7,
            "{neurons}: {}",
            run.last()[0]
        );
    }
}

/// The published end over eleven decades, which needs the implicit method and its Jacobian.
#[test]
fn the_delayed_robertson_problem_as_text_is_followed_over_thirteen_decades() {
    let text = SystemText::new()
        .function("slow(a, b, c) = 0.04*a - 1e4*b*c")
        .equation("a", "-slow(a, b(t - 0.01), c)")
        .equation("b", "slow(a, b(t - 0.01), c) - 3e7*b^2")
        .equation("c", "3e7*b^2")
        .start("a", "1")
        .start("b", "0")
        .start("c", "0");
    let system = text.compile().unwrap();
    let options = Options {
        method: Some(Method::Radau5),
        absolute_tolerance: 1e-20,
        ..Options::with_tolerance(1e-6)
    };
    let (field, history) = (system.field(), system.history(0.0));
    let run = integrate(&field, history, (0.0, 1e11), options, &Save::Last, &[]).unwrap();
    for (value, answer) in run
        .last()
        .iter()
        .zip([2.08334018e-8, 8.33336e-14, 0.9999999792])
    {
        assert!((value / answer - 1.0).abs() < 1e-5, "{value} for {answer}");
    }
    assert!(run.statistics.steps < 1000, "{:?}", run.statistics);
}

/// A switch in time alone is landed on, whatever the tolerance.
#[test]
fn a_jump_at_a_known_time_costs_no_accuracy() {
    let text = SystemText::new()
        .equation("y", "if(t < 9, 1, -1)")
        .history("y", "0");
    let system = text.compile().unwrap();
    for tolerance in [1e-3, 1e-10] {
        let (field, history) = (system.field(), system.history(0.0));
        let options = Options::with_tolerance(tolerance);
        let run = integrate(&field, history, (0.0, 12.0), options, &Save::Last, &[]).unwrap();
        assert!((run.last()[0] - 6.0).abs() < 1e-13, "{}", run.last()[0]);
        assert!(run.statistics.steps < 40, "{:?}", run.statistics);
    }
}

/// The kernel `t^2 exp(-t/s) / (2 s^3)` by three ordinary equations: `y' = -(average of y)`; the
/// exact solution of the linear chain is that of its characteristic polynomial,
/// `lambda (1 + s lambda)^3 + 1 = 0`.
#[test]
fn a_gamma_kernel_is_a_chain() {
    let text = SystemText::new()
        .parameter("s", 0.2)
        .equation("y", "-c")
        .equation("a", "(y - a)/s")
        .equation("b", "(a - b)/s")
        .equation("c", "(b - c)/s")
        .start("y", "1")
        .start("a", "1")
        .start("b", "1")
        .start("c", "1");
    let system = text.compile().unwrap();
    let (field, history) = (system.field(), system.history(0.0));
    let options = Options::with_tolerance(1e-12);
    let run = integrate(&field, history, (0.0, 5.0), options, &Save::Last, &[]).unwrap();
    let matrix = nalgebra::Matrix4::new(
        0.0, 0.0, 0.0, -1.0, //
        5.0, -5.0, 0.0, 0.0, //
        0.0, 5.0, -5.0, 0.0, //
        0.0, 0.0, 5.0, -5.0,
    );
    let exact = (matrix * 5.0).exp() * nalgebra::Vector4::repeat(1.0);
    for (value, exact) in run.last().iter().zip(exact.iter()) {
        assert!((value - exact).abs() < 1e-9, "{value} for {exact}");
    }
}

/// The rightmost root of `y' = -1.5 y(t - 1)` is `W_0(-1.5)`.
#[test]
fn characteristic_roots_of_texts_are_those_of_lambert() {
    let text = SystemText::new()
        .parameter("a", 1.5)
        .equation("y", "-a*y(t - 1)")
        .history("y", "0");
    let system = text.compile().unwrap();
    let root = rightmost_roots(&system.field(), &[0.0], 2).unwrap().1[0];
    assert!((root.re + 0.032_783_735_915_573).abs() < 1e-12, "{root:?}");
    assert!(
        (root.im.abs() - 1.549_643_823_350_159).abs() < 1e-12,
        "{root:?}"
    );
}

/// Two independent codes give 0.0095 and 0.00927(13) at the lag 23.
#[test]
fn chaos_as_text_has_its_exponent() {
    let text = SystemText::new()
        .equation("y", "0.2*y(t - 23)/(1 + y(t - 23)^10) - 0.1*y")
        .history("y", "0.5");
    let system = text.compile().unwrap();
    let settings = LyapunovSettings {
        duration: 20_000.0,
        ..LyapunovSettings::default()
    };
    let found = lyapunov_exponents(&system.field(), system.history(0.0), &settings).unwrap();
    let (exponent, error) = (found.exponents[0], found.errors[0]);
    assert!(
        error < 1e-3 && (exponent - 0.0093).abs() < 3.0 * error,
        "{exponent} {error}"
    );
}
