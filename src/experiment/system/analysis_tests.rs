//! Known answers of what is asked of equations at the end of a run, and what is refused there.

use super::findings::Findings;
use super::run::SystemRun;
use crate::experiment::{Block, ModelFile, Problem, Silent, Study, read};

/// A model of these sections.
pub(super) fn model(sections: &str) -> ModelFile {
    let text = format!("experiment = \"system\"\n{sections}\n");
    ModelFile::from_text("own", "own.toml", text).unwrap()
}

pub(super) fn run(sections: &str) -> Findings {
    let study = model(sections).study::<SystemRun>().unwrap();
    study.find(&Silent).unwrap()
}

/// Message, help, and the rest of the line at which they stand.
fn refused(sections: &str) -> Vec<(String, String, String)> {
    let model = model(sections);
    let error = read(&model).err().unwrap();
    let place = |problem: &Problem| {
        let (line, column) = error.line_column(problem)?;
        let line = format!("experiment = \"system\"\n{sections}\n")
            .lines()
            .nth(line - 1)?
            .to_owned();
        Some(line.chars().skip(column - 1).collect())
    };
    let each = error.problems.iter().map(|problem| {
        let found = &problem.diagnostic;
        (
            found.message.clone(),
            found.help.clone(),
            place(problem).unwrap_or_default(),
        )
    });
    each.collect()
}

const FIRES: &str = r#"
system = { equations = { V = "1.5 - V" }, parameters = { u = 1 } }
start = { V = 0 }
[events.s]
when = "V = u rising"
set = { V = "0" }
[solver]
t_end = 10
"#;

#[test]
fn analyses_of_equations_whose_state_jumps_are_refused() {
    for asked in [
        "lyapunov = 1",
        "roots = 1",
        "cycle = {}",
        "continuation = { parameter = \"u\", to = 2 }",
    ] {
        let found = refused(&format!("{FIRES}\n[analysis]\n{asked}"));
        let [(message, help, place)] = &found[..] else {
            panic!("{found:?}");
        };
        let name = asked.split(' ').next().unwrap();
        assert!(
            message.contains(name) && message.contains("the event `s` changes `V`"),
            "{message}"
        );
        assert!(help.contains("leave out the event"), "{help}");
        assert!(place.starts_with("V = \"0\""), "{place}");
    }
    let noisy = r#"
system = { equations = { x = "-x" } }
start = { x = 1 }
noise = { x = "0.1" }
paths = { step = 0.1 }
solver = { t_end = 10 }
analysis = { lyapunov = 1 }
"#;
    let found = refused(noisy);
    assert!(found[0].0.contains("does not know of noise"), "{found:?}");
    assert!(found[0].2.starts_with("\"0.1\""), "{found:?}");
    let endless = FIRES.replace(
        "when = \"V = u rising\"",
        "every = { first = 1, period = 1 }",
    );
    let endless = endless
        .replace("V = \"0\"", "u = \"-u\"")
        .replace("1.5 - V", "u - V");
    let found = refused(&format!("{endless}\n[analysis]\nroots = 1"));
    assert!(found[0].0.contains("without end"), "{found:?}");
}

/// Stuart and Landau's equation turns with `w = 1` at first, then with 2.
fn turning(event: &str, t_end: f64, asked: &str) -> Findings {
    run(&format!(
        r#"
[system]
equations = {{ x = "x - w*y - x*(x^2 + y^2)", y = "w*x + y - y*(x^2 + y^2)" }}
parameters = {{ w = 1 }}
[start]
x = 0.5
y = 0
[events.s]
{event}
set = {{ w = "2.0" }}
[solver]
tolerance = 1e-9
t_end = {t_end}
[analysis]
{asked}
"#
    ))
}

#[test]
fn parameters_are_those_that_events_have_left() {
    let all = "cycle = {}\nlyapunov = 1\nroots = 2\ncontinuation = { parameter = \"w\", to = 3, points = 5 }";
    let found = turning("at = [50]", 200.0, all);
    let cycle = found.cycle.unwrap();
    assert_eq!(cycle.failure, None);
    assert!(
        (cycle.period.unwrap() - std::f64::consts::PI).abs() < 1e-7,
        "{cycle:?}"
    );
    assert_eq!(cycle.x.shape, [401, 2]);
    let steady = found.steady_state.unwrap();
    assert_eq!((steady.failure, steady.state.len()), (None, 2));
    // 1 ± 2 i
    assert!((steady.roots[0].re - 1.0).abs() < 1e-9 && (steady.roots[0].im - 2.0).abs() < 1e-9);
    let branch = found.branch.unwrap();
    assert_eq!(branch.values.values, [2.0, 2.25, 2.5, 2.75, 3.0]);
    for (value, root) in branch
        .values
        .values
        .iter()
        .zip(branch.roots.values.chunks(2))
    {
        assert!((root[1].abs() - value).abs() < 1e-9, "{root:?} at {value}");
    }
    let exponents = found.exponents.unwrap();
    let largest = exponents.spectrum.unwrap().exponents[0];
    assert!(largest.abs() < 0.02, "{largest}");
    // one that waits for a condition may happen again
    let found = turning("when = \"t > 150\"", 200.0, "cycle = {}");
    assert!(found.cycle.unwrap().failure.unwrap().contains("t = 150"));
}

/// The first components repeat twice and three times while the whole state does once.
#[test]
fn a_cycle_of_several_frequencies_has_their_common_period() {
    let found = run(r#"
[system]
equations = { x = "-x + u^2", z = "-z + u^3 - 0.75*u", u = "u - v - u*(u^2 + v^2)", v = "u + v - v*(u^2 + v^2)" }
[start]
u = 0.5
v = 0
x = 0
z = 0
[solver]
tolerance = 1e-9
t_end = 100
[analysis]
cycle = {}
"#);
    let cycle = found.cycle.unwrap();
    assert_eq!(cycle.failure, None);
    let period = cycle.period.unwrap();
    assert!((period - std::f64::consts::TAU).abs() < 1e-6, "{period}");
}

/// `r = x^3 - x` turns at `x = -1/sqrt 3`, `r = 2/sqrt 27`.
#[test]
fn a_branch_ends_at_its_fold() {
    let fold = 2.0 / 27_f64.sqrt();
    for points in [6, 8, 14, 26, 41] {
        let found = run(&format!(
            r#"
system = {{ equations = {{ x = "r + x - x^3" }}, parameters = {{ r = -1 }} }}
start = {{ x = -1.3 }}
solver = {{ t_end = 10, tolerance = 1e-9 }}
analysis = {{ continuation = {{ parameter = "r", to = 1, points = {points} }} }}
"#
        ));
        let branch = found.branch.unwrap();
        let last = *branch.values.values.last().unwrap();
        let step = 2.0 / (f64::from(points) - 1.0);
        assert!(last < fold && last > fold - step - 1e-9, "{points}: {last}");
        assert!(
            branch
                .states
                .values
                .iter()
                .all(|x| *x < -3_f64.sqrt().recip()),
            "{points}"
        );
        let ended = branch.ended.unwrap();
        assert!(ended.starts_with("the branch turns or "), "{ended}");
    }
    // a branch that bends, but does not turn
    let found = run(r#"
system = { equations = { x = "r - x - 0.01*x^3" }, parameters = { r = -50 } }
start = { x = -10 }
solver = { t_end = 10, tolerance = 1e-9 }
analysis = { continuation = { parameter = "r", to = 50, points = 11 } }
"#);
    let branch = found.branch.unwrap();
    assert_eq!((branch.ended, branch.values.values.len()), (None, 11));
}

#[test]
fn steady_states_are_found_where_the_jacobian_is_singular() {
    let found = run(r#"
[system]
equations = { S = "-b*S*I + g*I", I = "b*S*I - g*I" }
parameters = { b = 2, g = 1 }
[start]
S = 0.9
I = 0.1
[solver]
t_end = 40
[analysis]
roots = 2
"#);
    let words = lines(&found);
    let steady = found.steady_state.unwrap();
    assert_eq!(steady.failure, None);
    assert!((steady.state[0] - 0.5).abs() < 1e-6, "{:?}", steady.state);
    assert!(
        words
            .iter()
            .any(|line| line.starts_with("a neutral steady state")),
        "{words:?}"
    );
    // at r = 0 the steady states of r x - x^2 meet
    let found = run(r#"
system = { equations = { x = "r*x - x^2" }, parameters = { r = -1 } }
start = { x = 0 }
solver = { t_end = 10 }
analysis = { continuation = { parameter = "r", to = 1, points = 5 } }
"#);
    let branch = found.branch.unwrap();
    assert_eq!((branch.ended, branch.values.values.len()), (None, 5));
    assert!(
        branch.crossings[0].value.abs() < 1e-9,
        "{:?}",
        branch.crossings
    );
}

/// The root of `x' = x` at 0 is 1, to the right of all that the delay of `y` brings about.
#[test]
fn what_is_not_watched_is_not_denied() {
    let found = run(r#"
[system]
equations = { x = "x - x^3", y = "-r*y(t - 1)" }
parameters = { r = 1 }
[start]
x = 0
y = 0
[solver]
t_end = 10
[analysis]
continuation = { parameter = "r", to = 2, points = 5 }
"#);
    let words = lines(&found);
    assert!(
        words
            .iter()
            .any(|line| line.contains("the rightmost root does not pass")),
        "{words:?}"
    );
    assert!(
        !words.iter().any(|line| line.contains("no root passes")),
        "{words:?}"
    );
}

/// The lines of a summary beside its tables.
fn lines(found: &Findings) -> Vec<String> {
    let blocks = super::shown::summary(found).into_iter();
    let lines = blocks.filter_map(|block| match block {
        Block::Line(line) => Some(line),
        _ => None,
    });
    lines.collect()
}
