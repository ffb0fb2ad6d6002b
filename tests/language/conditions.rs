//! Conditions of events: at which times they become true, and the past that they read.

use pulsatrix::language::{EventText, System, SystemText};
use pulsatrix::solver::{Options, Save, SolverError, Trajectory, integrate};

fn run(system: &System, end: f64, tolerance: f64) -> Trajectory {
    let (field, history, events) = (system.field(), system.history(0.0), system.events());
    let options = Options::with_tolerance(tolerance);
    integrate(&field, history, (0.0, end), options, &Save::Last, &events).unwrap()
}

/// `x = t`.
fn clock() -> SystemText {
    SystemText::new().equation("x", "1").history("x", "t")
}

#[test]
fn conditions_of_truth_values_hold_from_the_time_at_which_they_become_true() {
    for (condition, exact) in [
        ("x > 1 and t > 2", 2.0),
        ("x > 3 and x < 100", 3.0),
        ("max(x - 3, 0) > 0", 3.0),
        ("not (x < 1)", 1.0),
        ("heaviside(x - 1)", 1.0),
        ("heaviside(x - 1) = 0.5 rising", 1.0),
        ("floor(x) = 2 rising", 2.0),
        ("floor(-x) = -3 falling", 2.0),
        ("x > 1 or t > 4.2", 1.0),
        ("min(x - 1, t - 2) > 0", 2.0),
        ("if(x > 1, 1, -1) > 0", 1.0),
        // shorter than any step
        ("t > 2 and t < 2.001", 2.0),
    ] {
        for tolerance in [1e-3, 1e-6, 1e-9] {
            for text in [
                clock().event(EventText::when("a", condition)),
                clock().event(EventText::when("a", condition).set("x", "x - 100")),
            ] {
                let found = run(&text.compile().unwrap(), 5.0, tolerance);
                let time = found.events.first().map(|event| event.time);
                let far = time.map(|time| (time - exact).abs());
                assert!(far.is_some_and(|far| far < 1e-9), "{condition}: {time:?}");
            }
        }
    }
}

#[test]
fn a_function_that_starts_at_zero_rises_at_once() {
    for tolerance in [1e-3, 1e-6, 1e-9] {
        for event in [
            EventText::when("a", "x = 1 rising"),
            EventText::when("a", "x = 1 rising").set("x", "0"),
        ] {
            let text = SystemText::new().equation("x", "2 - x").start("x", "1");
            let found = run(&text.event(event).compile().unwrap(), 0.5, tolerance);
            let time = found.events[0].time;
            assert!(time.abs() < 1e-12, "{time} at tolerance {tolerance}");
        }
    }
}

/// `x(t) = t` up to 2.5, where it is set to `value`; also where the equations look back a shorter time.
#[test]
fn events_read_a_past_that_no_equation_reads() {
    let plain = clock();
    let shorter = clock().equation("z", "-z(t - 0.1)").history("z", "1");
    for text in [plain, shorter] {
        for (value, after) in [
            ("if(x(t - 2) > 0.2, 0, 10)", 0.0),
            ("x(t - 2)", 0.5),
            ("x(t - 3)", -0.5),
        ] {
            let jump = EventText::when("a", "x = 2.5 rising").set("x", value);
            let found = run(&text.clone().event(jump).compile().unwrap(), 4.0, 1e-9);
            let exact = after + 1.5;
            assert!(
                (found.last()[0] - exact).abs() < 1e-9,
                "{value}: {:?}",
                found.last()
            );
        }
        let text = text.equation("y", "0").start("y", "0");
        let meets = EventText::when("a", "x(t - 1) = 0.5 rising");
        let sends = meets.emit("y", "0.25", "max(x(t - 2), 3)");
        let found = run(&text.event(sends).compile().unwrap(), 4.0, 1e-9);
        assert_eq!(found.events.len(), 1);
        assert!(
            (found.events[0].time - 1.5).abs() < 1e-9,
            "{:?}",
            found.events
        );
        assert!((found.last().last().unwrap() - 3.0).abs() < 1e-12);
    }
}

/// What the event makes of a value that is not there does not matter.
#[test]
fn a_past_that_is_not_kept_is_an_error_of_its_own() {
    use pulsatrix::solver::{DelaySolver, Event, History, closure_field, solve};
    let run = |remembered: f64| {
        let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0).remembering(remembered);
        let history = History::constant(&[0.0]);
        let mut solver =
            DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9)).unwrap();
        let jump = Event::new(|_, x| x[0] - 50.0).rising().changing(|moment| {
            let early = moment.past(0, moment.time - 40.0);
            moment.state[0] = if early > 9.0 { 0.0 } else { 1e3 };
        });
        solve(&mut solver, 60.0, &Save::Last, &[jump])
    };
    let found = run(40.0).unwrap();
    assert!((found.last()[0] - 10.0).abs() < 1e-9, "{:?}", found.last());
    let refused = run(0.0).unwrap_err();
    let SolverError::PastNotKept {
        component,
        argument,
        ..
    } = refused
    else {
        panic!("{refused}");
    };
    assert_eq!(component, 0);
    assert!((argument - 10.0).abs() < 1e-9);
}
