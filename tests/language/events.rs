//! Events as text: resets, pulses, refractory times, stops.

use pulsatrix::language::{Data, EventText, System, SystemText};
use pulsatrix::solver::{Options, Save, Termination, Trajectory, integrate};

fn run(system: &System, end: f64) -> Trajectory {
    let (field, history, events) = (system.field(), system.history(0.0), system.events());
    let options = Options::with_tolerance(1e-11);
    integrate(&field, history, (0.0, end), options, &Save::Last, &events).unwrap()
}

fn pair(weights: Vec<f64>) -> System {
    let spike = EventText::when("spike[i]", "V[i] = 1 rising")
        .set("V[i]", "0")
        .emit("V[j]", "D[j,i]", "W[j,i]");
    SystemText::new()
        .size("N", 2)
        .data("I", Data::vector(vec![1.5, 1.3]))
        .data("W", Data::matrix(2, weights))
        .data("D", Data::matrix(2, vec![0.37; 4]))
        .equation("V[i]", "I[i] - V[i]")
        .start("V[i]", "0.3*i")
        .event(spike)
        .compile()
        .unwrap()
}

#[test]
fn two_neurons_fire_at_the_known_times() {
    let system = pair(vec![0.0, 0.1, 0.1, 0.0]);
    assert_eq!(system.event_names(), ["spike[0]", "spike[1]"]);
    let found = run(&system, 5.0);
    let known = [
        [1.098612289, 2.083787533, 3.031891959, 4.068824264],
        [1.203972804, 2.453787533, 3.698824264, 4.989347584],
    ];
    for (neuron, known) in known.iter().enumerate() {
        let times = found.events.iter().filter(|event| event.event == neuron);
        let times: Vec<f64> = times.map(|event| event.time).collect();
        for (time, known) in times.iter().zip(known) {
            assert!((time - known).abs() < 1e-9, "{time} for {known}");
        }
        assert!(times.len() >= 4);
    }
}

#[test]
fn without_synapses_spikes_come_at_the_logarithm() {
    let found = run(&pair(vec![0.0; 4]), 10.0);
    let times = found.events.iter().filter(|event| event.event == 0);
    for (number, event) in times.enumerate() {
        let exact = (number + 1) as f64 * 3f64.ln();
        assert!(
            (event.time - exact).abs() < 1e-9,
            "{number}: {}",
            event.time
        );
    }
}

#[test]
fn times_refractory_times_and_stops_are_kept() {
    let text = SystemText::new()
        .equation("x", "1")
        .equation("y", "0")
        .equation("late", "x(t - 1) - late")
        .start("x", "0")
        .start("y", "0")
        .start("late", "0")
        .event(EventText::at("dose", &[0.5, 2.25]).set("y", "y + t"))
        .event(EventText::every("tick", 1.0, 1.0).emit("y", "0.125", "100"))
        .event(
            EventText::when("turn", "sin(2*pi*x) = 0.5 rising")
                .refractory(1.5)
                .set("y", "y + 1e4"),
        )
        .event(EventText::when("end", "x - x(t - 1)*2 < 0").stop_after(1));
    let system = text.compile().unwrap();
    let found = run(&system, 10.0);
    // x = 2 (x - 1) at 2
    assert_eq!(found.termination, Termination::Event(3));
    assert!((found.times[0] - 2.0).abs() < 1e-9, "{:?}", found.times);
    // the turn at 1/12 and at 1/12 + 2 only; the tick of 2 has not landed
    assert!(
        (found.last()[1] - (0.5 + 100.0 + 1e4)).abs() < 1e-9,
        "{:?}",
        found.last()
    );
}

#[test]
fn mistakes_in_events_have_places() {
    let base = || {
        SystemText::new()
            .size("N", 2)
            .equation("V[i]", "1")
            .start("V[i]", "0")
    };
    for (event, words) in [
        (
            EventText::when("a[i]", "V[k] = 1"),
            "events.when.a[i], column 3: nothing is called `k`",
        ),
        (
            EventText::when("a", "V[0] = 1 upwards"),
            "events.when.a, column 10: expected `rising`, `falling`, `crossing` or the end, found `upwards`",
        ),
        (
            EventText::when("a", "V[0]").set("W", "0"),
            "events.set.a, column 1: nothing is called `W`",
        ),
        (
            EventText::when("a", "V[2]"),
            "column 3: `V` has entries 0 to 1",
        ),
        (
            EventText::at("a", &[1.0]).emit("V[j]", "1", "1 +"),
            "events.emit.a, column 4",
        ),
        (
            EventText::at("a", &[1.0]).emit("V[j]", "j - 1", "1"),
            "events.emit.a, column 1: the time after which the pulse lands is -1",
        ),
        (
            EventText::when("a", "V[0] = 1 risng"),
            "found `risng`; did you mean `rising`?",
        ),
        (
            EventText::when("a", "V[0](V[1])"),
            "in an event a lag must be constant",
        ),
    ] {
        let errors = base()
            .event(event.clone())
            .compile()
            .unwrap_err()
            .to_string();
        assert!(errors.contains(words), "{errors}");
    }
}
