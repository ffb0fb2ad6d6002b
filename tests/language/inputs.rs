//! Functions of time by their points, and parameters that events change.

use pulsatrix::language::{Between, EventText, SystemText, TimeCourse};
use pulsatrix::solver::{Options, Save, Trajectory, integrate};

fn run(text: &SystemText, end: f64, tolerance: f64) -> Trajectory {
    let system = text.compile().unwrap_or_else(|error| panic!("{error}"));
    let (field, history) = (system.field(), system.history(0.0));
    let options = Options::with_tolerance(tolerance);
    let events = system.events();
    integrate(&field, history, (0.0, end), options, &Save::Last, &events).unwrap()
}

fn stimulus(between: Between) -> TimeCourse {
    let rows = [
        vec![0.0, 0.0],
        vec![1.0, 2.0],
        vec![1.5, -1.0],
        vec![3.0, 4.0],
    ];
    TimeCourse::new(&rows, between).unwrap()
}

/// The integral of an input is the sum of its trapezia, or of its steps, whatever the tolerance: steps end at the corners.
#[test]
fn corners_of_inputs_cost_no_accuracy() {
    for (between, exact) in [
        (Between::Lines, 1.0 + 0.25 + 2.25),
        (Between::Steps, 1.0 - 1.5),
    ] {
        let text = SystemText::new()
            .input("I", stimulus(between))
            .equation("y", "I(t)")
            .start("y", "0");
        for tolerance in [1e-3, 1e-10] {
            let found = run(&text, 3.0, tolerance);
            let error = (found.last()[0] - exact).abs();
            assert!(error < 1e-12, "{between:?}: {error:e}");
            assert!(found.statistics.steps < 60, "{:?}", found.statistics);
        }
    }
}

/// A lag that rounding does not carry back exactly: `(1 + 0.1) - 0.1`. The steps are those of the solver's time.
#[test]
fn late_inputs_jump_late() {
    let text = SystemText::new()
        .input("I", stimulus(Between::Steps))
        .parameter("tau", 0.1)
        .equation("y", "I(t - tau)")
        .start("y", "0");
    let found = run(&text, 3.1, 1e-3);
    assert!((found.last()[0] - (1.0 - 1.5)).abs() < 1e-13);
    let spans = text.compile().unwrap();
    assert_eq!(spans.input_spans()[0].1, 0.1);
}

#[test]
fn columns_of_inputs_are_members_of_families() {
    let rows = [vec![0.0, 1.0, 10.0], vec![2.0, 3.0, 30.0]];
    let text = SystemText::new()
        .size("N", 2)
        .input("I", TimeCourse::new(&rows, Between::Lines).unwrap())
        .equation("y[i]", "I[i](t) + I[1 - i](t)/10")
        .start("y[i]", "0");
    let found = run(&text, 2.0, 1e-6);
    assert!((found.last()[0] - (4.0 + 4.0)).abs() < 1e-12);
    assert!((found.last()[1] - (40.0 + 0.4)).abs() < 1e-12);
}

#[test]
fn inputs_read_wrongly_are_refused_with_their_column() {
    let said = |formula: &str, history: &str| {
        let text = SystemText::new()
            .input("I", stimulus(Between::Lines))
            .equation("y", formula)
            .history("y", history);
        text.compile()
            .err()
            .map_or(String::new(), |e| e.to_string())
    };
    for (formula, words) in [
        ("I", "column 1: `I` is an input: read it at a time"),
        ("I(2*t)", "column 3: `I` is an input: read it at a time"),
        ("I(y)", "column 3: `I` is an input"),
        ("I[0](t)", "column 1: `I` takes 0 indices"),
        ("II(t)", "nothing is called `II`; did you mean `I`?"),
    ] {
        let found = said(formula, "0");
        assert!(found.contains(words), "{formula}: {found}");
    }
    let found = said("I(t)", "I(t)");
    assert!(
        found.contains("history.y, column 1: `I` cannot be read here"),
        "{found}"
    );
}

/// Decay at a rate that is changed twice, at a time and when the state falls to a level.
#[test]
fn parameters_change_at_times_and_by_events() {
    let text = SystemText::new()
        .parameter("k", 1.0)
        .parameter("unchanged", 2.0)
        .equation("y", "-k*y")
        .start("y", "unchanged*k")
        .observable("rate", "k")
        .event(EventText::at("dose", &[1.0]).set("k", "3*k"))
        .event(EventText::when("low", "y = 0.1 falling").set("k", "0"));
    let system = text.compile().unwrap();
    assert_eq!(system.components(), ["y", "k"]);
    let found = run(&text, 5.0, 1e-9);
    // 2 e^-1 e^(-3 (t - 1)) = 0.1 at t = 1 + ln(20/e)/3
    let time = 1.0 + (20f64.ln() - 1.0) / 3.0;
    assert!((found.events[1].time - time).abs() < 1e-8);
    assert!((found.last()[0] - 0.1).abs() < 1e-8);
    assert_eq!(found.last()[1], 0.0);
    assert_eq!(system.observe(&found), [0.0]);
    // what events change is constant where there are none
    let smooth = text.smooth().compile().unwrap();
    assert_eq!((smooth.dimension(), smooth.events().len()), (1, 0));
}

/// A coupling delay that doubles: `y' = -y(t - tau)`, with the lag 1 up to t = 2 and 2 from then on.
#[test]
fn a_lag_may_be_changed_too() {
    let text = SystemText::new()
        .parameter("tau", 1.0)
        .equation("y", "-y(t - tau)")
        .history("y", "1")
        .event(EventText::at("later", &[2.0]).set("tau", "2"));
    let found = run(&text, 3.0, 1e-9);
    // y = 1 - t up to 1, then (t - 2)^2/2 - 1/2; from 2 to 3 its slope is -y(t - 2) = -(1 - (t - 2))
    let exact = -0.5 - 0.5;
    assert!(
        (found.last()[0] - exact).abs() < 1e-8,
        "{}",
        found.last()[0]
    );
}
