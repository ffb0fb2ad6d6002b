//! Model files of the kind, read and run.

use super::findings::Findings;
use super::run::SystemRun;
use crate::experiment::{ModelFile, Problem, Silent, Study, read};

const TEXT: &str = r#"
title = "A chain of two"
experiment = "system"

[system]
equations = { x = "-a*x(t - tau)", "y[i]" = "w[i]*x - y[i]" }
parameters = { a = 1.0, tau = 1.0 }
sizes = { N = 2 }
data = { w = [1.0, 2.0] }

[history]
x = 1.0
"y[i]" = "0"

[solver]
tolerance = 1e-9
t_end = 5.0

[output]
samples = 6
"#;

fn model(text: &str) -> ModelFile {
    ModelFile::from_text("own", "own.toml", text.to_owned()).unwrap()
}

#[test]
fn a_system_of_a_model_file_runs() {
    let found = model(TEXT)
        .study::<SystemRun>()
        .unwrap()
        .find(&Silent)
        .unwrap();
    assert_eq!(found.components, ["x", "y[0]", "y[1]"]);
    assert_eq!(found.x.shape, [6, 3]);
    assert!((found.last[0] - 19.0 / 120.0).abs() < 1e-8);
    assert!((found.last[2] - 2.0 * found.last[1]).abs() < 1e-8);
}

#[test]
fn mistakes_in_formulas_stand_at_their_column() {
    let place = |from: &str, to: &str, words: &str| {
        let text = TEXT.replace(from, to);
        let error = read(&model(&text)).err().unwrap();
        let meant = |problem: &&Problem| problem.diagnostic.message.contains(words);
        let problem = error.problems.iter().find(meant).unwrap();
        let (line, column) = error.line_column(problem).unwrap();
        let line = text.lines().nth(line - 1).unwrap();
        let rest: String = line.chars().skip(column - 1).collect();
        (rest, problem.diagnostic.clone())
    };
    let (rest, found) = place("w[i]*x - y", "w[i]*xx - y", "nothing is called `xx`");
    assert!(rest.starts_with("xx - y"), "{rest}");
    assert_eq!(found.help, "did you mean `x`?");
    assert_eq!(found.label, "column 6 of the formula");
    let history = "\"y[i]\" = \"0\"";
    let (rest, _) = place(history, "\"z[i]\" = \"0\"", "nothing is called `z`");
    assert!(rest.starts_with("z[i]"), "{rest}");
    let (rest, _) = place(history, "", "the history of `y` is missing");
    assert!(rest.starts_with("\"y[i]\" = \"w"), "{rest}");
    let (rest, _) = place("w = [1.0, 2.0]", "w = [1.0]", "has entries 0 to 0");
    assert!(rest.starts_with("i]*x"), "{rest}");
    let (rest, _) = place("a = 1.0,", "a = 1.0, aa = 2,", "no formula reads");
    assert!(rest.starts_with("aa = 2"), "{rest}");
}

fn shipped(name: &str, set: &[&str]) -> Findings {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for assignment in set {
        model.set(assignment).unwrap();
    }
    model.study::<SystemRun>().unwrap().find(&Silent).unwrap()
}

#[test]
fn the_shipped_neurons_fire_at_the_known_times() {
    let found = shipped("integrate-and-fire", &[]);
    let times = found.event_times.unwrap().values;
    for (time, known) in times
        .iter()
        .zip([1.098612289, 1.203972804, 2.083787533, 2.453787533])
    {
        assert!((time - known).abs() < 1e-8, "{time} for {known}");
    }
}

#[test]
fn the_shipped_ring_reaches_its_wave() {
    let found = shipped("stuart-landau", &["solver.t_end=300"]);
    let (lambda, omega, k, tau) = (1.0, 2.0, 0.8, 0.6);
    let phi = std::f64::consts::TAU / 12.0;
    let mut turn: f64 = omega;
    for _ in 0..50 {
        let miss = turn - omega - k * (phi - turn * tau).sin();
        turn -= miss / (1.0 + k * tau * (phi - turn * tau).cos());
    }
    let radius = (lambda - k + k * (phi - turn * tau).cos()).sqrt();
    for i in 0..12 {
        let found = found.last[i].hypot(found.last[12 + i]);
        assert!((found - radius).abs() < 5e-6, "{i}: {found} for {radius}");
    }
}

#[test]
fn a_cycle_goes_round_an_unstable_steady_state() {
    let found = shipped("wilson-cowan", &[]).steady_state.unwrap();
    assert_eq!(found.failure, None);
    let [e, i] = found.state[..] else {
        panic!("{:?}", found.state);
    };
    let s = |x: f64| 1.0 / (1.0 + (-x).exp());
    assert!((e - s(16.0 * e - 12.0 * i - 1.0)).abs() < 1e-12);
    assert!((i - s(15.0 * e - 3.0 * i - 4.0)).abs() < 1e-12);
    assert!(found.roots[0].re > 0.0 && found.roots[0].im > 0.0);
}

fn found(text: &str) -> Findings {
    let study = model(text).study::<SystemRun>();
    study
        .unwrap_or_else(|error| panic!("{error}"))
        .find(&Silent)
        .unwrap()
}

/// What is said of a model, and the rest of the line at its place.
fn refused(text: &str, words: &str) -> (String, String) {
    let error = read(&model(text)).err().unwrap();
    let meant = |problem: &&Problem| problem.diagnostic.message.contains(words);
    let problem = error.problems.iter().find(meant);
    let problem = problem.unwrap_or_else(|| panic!("{error}"));
    let (line, column) = error.line_column(problem).unwrap();
    let line = text.lines().nth(line - 1).unwrap();
    let rest = line.chars().skip(column - 1).collect();
    (problem.diagnostic.message.clone(), rest)
}

#[test]
fn without_events_there_are_no_files_of_events() {
    let found = found(TEXT);
    assert!(found.event_times.is_none() && found.event_numbers.is_none());
    let names = SystemRun::tables(model(TEXT).study::<SystemRun>().unwrap().settings(), &found);
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["trajectory"]);
}

const DRIVEN: &str = r#"
title = "Driven"
experiment = "system"

[system]
equations = { y = "input(t)" }
data.input = "FILE"

[history]
y = 0

[solver]
t_end = 3.0
"#;

#[test]
fn inputs_are_read_from_files_and_refused_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stimulus.csv");
    let with = |lines: &str| {
        std::fs::write(&path, lines).unwrap();
        DRIVEN.replace("FILE", path.to_str().unwrap())
    };
    let good = "time,current\n0,0\n1,2\n1.5,-1\n3,4\n";
    let lines = with(good);
    assert!((found(&lines).last[0] - 3.5).abs() < 1e-13);
    let file = lines.split_once("data.input = ").unwrap().1;
    let file = file.lines().next().unwrap();
    let steps = lines.replace(file, &format!("{{ file = {file}, between = \"steps\" }}"));
    assert!((found(&steps).last[0] + 0.5).abs() < 1e-13);
    for (rows, words) in [
        ("0,0\n1,\n3,1\n", "a value is missing in line 2"),
        ("0,0\n3,1\n2,1\n", "line 3 of"),
        ("t,I\n0,0\n1,NaN\n3,1\n", "line 3 of"),
        ("0,0\n1,1,1\n3,1\n", "line 2 of"),
        ("", "an input needs rows"),
        ("0,0\n2,1\n", "known up to 2 only"),
        ("1,0\n3,1\n", "read from 1 on"),
    ] {
        refused(&with(rows), words);
    }
    let (words, rest) = refused(&with("0,0\n3,1\n2,1\n"), "line 3 of");
    assert!(
        words.contains("is not after that of the row before"),
        "{words}"
    );
    assert!(
        rest.starts_with('"') && rest.contains("stimulus.csv"),
        "{rest}"
    );
    let written = DRIVEN.replace("\"FILE\"", "[[0, 0], [1, 2], [1.5, -1], [3, 4]]");
    assert!((found(&written).last[0] - 3.5).abs() < 1e-13);
    let (_, rest) = refused(
        &DRIVEN.replace("\"FILE\"", "[[0, 0], [1, 2], [0.5, -1]]"),
        "is not after that of the row before",
    );
    assert!(rest.starts_with("0.5"), "{rest}");
}

const NOISY: &str = r#"
title = "Ornstein and Uhlenbeck"
experiment = "system"
seed = 3

[system]
equations = { x = "a*(3 - x)" }
noise = { x = "s" }
parameters = { a = 2.0, s = 0.5 }

[history]
x = 0

[solver]
t_end = 0.4

[paths]
count = 2000
step = 0.02

[output]
samples = 5
"#;

#[test]
fn paths_of_a_model_file_have_the_moments_of_their_equation() {
    let found = found(NOISY);
    let paths = found.paths.unwrap();
    assert_eq!(
        paths.method,
        crate::solver::StochasticMethod::AdditiveRungeKutta
    );
    let decay = (-0.8f64).exp();
    let (mean, variance) = (3.0 * (1.0 - decay), 0.0625 * (1.0 - decay * decay));
    let end = &paths.ends[0];
    assert!(
        (end.mean - mean).abs() < 3.0 * end.mean_error,
        "{end:?} {mean}"
    );
    assert!(
        (end.variance - variance).abs() < 3.0 * end.variance_error,
        "{end:?} {variance}"
    );
    // the band of a normal law: 1.645 deviations on either side
    let width = paths.high.values[4] - paths.low.values[4];
    assert!(
        (width / (2.0 * 1.645 * variance.sqrt()) - 1.0).abs() < 0.06,
        "{width}"
    );
    let (_, rest) = refused(&NOISY.replace("\"s\"", "\"1 + sgma\""), "`sgma`");
    assert!(rest.starts_with("sgma"), "{rest}");
    let kicked = NOISY.replace(
        "[solver]",
        "[events]\nkick = { at = [0.1], set = { x = \"1\" } }\n[solver]",
    );
    assert!(refused(&kicked, "has no events").1.starts_with("kick"));
}

const HUTCHINSON: &str = r#"
title = "Hutchinson"
experiment = "system"

[system]
equations = { y = "r*y*(1 - y(t - 1))" }
parameters = { r = 1.2 }

[history]
y = 0.9

[solver]
t_end = 60.0

[analysis]
continuation = { parameter = "r", from = 1.0, to = 2.0, points = 11 }

[output]
samples = 101
"#;

/// `y' = r y (1 - y(t - 1))` loses the steady state 1 at `r = pi/2`, with the angular frequency `pi/2`.
#[test]
fn a_hopf_point_is_found_along_a_parameter() {
    let continuation = found(HUTCHINSON).continuation.unwrap();
    let half = std::f64::consts::FRAC_PI_2;
    assert_eq!(
        (continuation.points.len(), continuation.crossings.len()),
        (11, 1)
    );
    let crossing = continuation.crossings[0];
    assert!((crossing.value - half).abs() < 1e-9, "{crossing:?}");
    assert!((crossing.frequency - half).abs() < 1e-9, "{crossing:?}");
    assert!(
        continuation
            .points
            .iter()
            .all(|p| (p.state[0] - 1.0).abs() < 1e-12)
    );
    let (_, rest) = refused(
        &HUTCHINSON.replace("parameter = \"r\"", "parameter = \"q\""),
        "`q`",
    );
    assert!(rest.starts_with("\"q\""), "{rest}");
    let timed = HUTCHINSON.replace("(1 - y(t - 1))", "(1 - y(t - 1)) + sin(t)");
    refused(&timed, "the equations depend on the time");
}

/// The cycle of radius `sqrt(l)` turns with `w`, and differences of the radius shrink by `exp(-2 l T)`.
#[test]
fn a_cycle_has_its_multipliers_and_exponents() {
    let text = HUTCHINSON
        .replace(
            "y = \"r*y*(1 - y(t - 1))\"",
            "x = \"(l - x^2 - y^2)*x - w*y\", y = \"(l - x^2 - y^2)*y + w*x\"",
        )
        .replace("r = 1.2", "l = 0.3, w = 2.0")
        .replace("y = 0.9", "x = 0.5\ny = 0")
        .replace("samples = 101", "samples = 1001")
        .replace(
            "continuation = { parameter = \"r\", from = 1.0, to = 2.0, points = 11 }",
            "cycle = true\nlyapunov = { count = 2, transient = 20, duration = 200 }",
        );
    let found = found(&text);
    let cycle = found.cycle.unwrap();
    let period = std::f64::consts::PI;
    assert_eq!(cycle.failure, None);
    assert!((cycle.period.unwrap() - period).abs() < 1e-8, "{cycle:?}");
    let [(one, _), (other, _)] = cycle.multipliers[..] else {
        panic!("{:?}", cycle.multipliers);
    };
    assert!(
        (one - 1.0).abs() < 1e-7 && (other - (-0.6 * period).exp()).abs() < 1e-7,
        "{one} {other}"
    );
    let exponents = found.lyapunov.unwrap().exponents;
    assert!(
        exponents[0].abs() < 1e-4 && (exponents[1] + 0.6).abs() < 1e-4,
        "{exponents:?}"
    );
}
