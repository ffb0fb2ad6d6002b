//! Noise, events out of time, and mistakes: what is refused where, and what is said to do about it.

use super::analysis_tests::{model, run};
use super::run::SystemRun;
use crate::experiment::{Block, Silent, Study, read};
use crate::solver::StochasticMethod;

/// Message and help of every mistake; each has a place in the file.
fn refused(sections: &str) -> Vec<(String, String)> {
    let model = model(sections);
    let error = read(&model).err().unwrap();
    let each = error.problems.iter().map(|problem| {
        assert!(
            error.line_column(problem).is_some(),
            "{:?}",
            problem.diagnostic
        );
        (
            problem.diagnostic.message.clone(),
            problem.diagnostic.help.clone(),
        )
    });
    each.collect()
}

/// An input of 10 that lasts for a fifth of a step: `y(4) = 1`.
#[test]
fn what_is_shorter_than_a_step_is_not_lost_on_paths() {
    for system in [
        "equations = { y = \"I(t)\" }\ninputs = { I = { points = [[0, 0], [1.1, 10], [1.2, 0]], between = \"steps\" } }",
        "equations = { y = \"if(t > 1.1 and t < 1.2, 10, 0)\" }",
        "equations = { y = \"I(t - 0.5)\" }\ninputs = { I = [[0, 0], [0.6, 0], [0.65, 20], [0.7, 0]] }",
    ] {
        for method in ["", "method = \"euler-maruyama\"", "method = \"milstein\""] {
            let found = run(&format!(
                "[system]\n{system}\n[start]\ny = 0\n[noise]\ny = \"0.001\"\n[paths]\ncount = 20\nstep = 0.5\n{method}\n\
                 [solver]\nt_end = 4"
            ));
            let mean = found.paths.unwrap().mean.values.last().copied().unwrap();
            assert!((mean - 1.0).abs() < 3e-3, "{system} {method}: {mean}");
        }
    }
    // noise that is on for a fifth of a step has its variance
    let found = run(
        "system = { equations = { y = \"0\" } }\nstart = { y = 0 }\nnoise = { y = \"if(t > 1.1 and t < 1.2, 1, 0)\" }\n\
         paths = { count = 2000, step = 0.5 }\nsolver = { t_end = 4 }",
    );
    let deviation = found
        .paths
        .unwrap()
        .deviation
        .values
        .last()
        .copied()
        .unwrap();
    assert!((deviation - 0.1_f64.sqrt()).abs() < 0.02, "{deviation}");
}

#[test]
fn noise_takes_a_method_that_can_or_is_refused_in_its_place() {
    let base = |equation: &str, noise: &str, method: &str| {
        format!(
            "system = {{ equations = {{ y = \"{equation}\" }} }}\nhistory = {{ y = 0 }}\nnoise = {{ y = \"{noise}\" }}\n\
             paths = {{ count = 2, step = 0.05{method} }}\nsolver = {{ t_end = 2 }}"
        )
    };
    let named = |name: &str| format!(", method = \"{name}\"");
    let uneven = "-y(t - 1) - y(t - sqrt(2))";
    for (equation, noise, method, message) in [
        (
            "1 - y",
            "0.5*y",
            "additive-runge-kutta",
            "does not take this noise",
        ),
        (
            "-y(t - 1)",
            "y(t - 1)",
            "milstein",
            "does not take this noise",
        ),
        (uneven, "1", "additive-runge-kutta", "no common step"),
        ("-average(y, t - 1, t)", "1", "milstein", "no common step"),
    ] {
        let found = refused(&base(equation, noise, &named(method)));
        assert!(
            found.len() == 1 && found[0].0.contains(message),
            "{found:?}"
        );
        assert!(found[0].1.contains("euler-maruyama"), "{found:?}");
    }
    let found = refused(&base("-y(t - 1 - 0.5*sin(t))", "1", ""));
    assert!(
        found[0].0.contains("times that vary") && !found[0].1.is_empty(),
        "{found:?}"
    );
    for equation in [uneven, "-average(y, t - 1, t)"] {
        let paths = run(&base(equation, "1", "")).paths.unwrap();
        assert_eq!(paths.method, StochasticMethod::EulerMaruyama);
    }
}

#[test]
fn paths_of_noise_say_which_events_they_do_not_take() {
    let with = |event: &str| {
        refused(&format!(
            "[system]\nequations = {{ x = \"-x(t - 1)\" }}\n[history]\nx = 0\n[noise]\nx = \"1\"\n\
             [paths]\ncount = 2\nstep = 0.1\n[solver]\nt_end = 2\n[events.a]\n{event}"
        ))
    };
    for (event, message) in [
        (
            "when = \"x = 1\"\nstop_after = 1",
            "a path of noise is not ended",
        ),
        (
            "when = \"x = 1\"\nemit = [{ target = \"x\", after = \"1\", change = \"1\" }]",
            "no pulses are sent",
        ),
        ("when = \"x(t - 0.5) = 1\"", "events do not read the past"),
    ] {
        let found = with(event);
        assert!(
            found.len() == 1 && found[0].0.contains(message),
            "{found:?}"
        );
    }
}

#[test]
fn times_that_the_run_does_not_come_to_are_named() {
    let text = "[system]\nequations = { x = \"-x\" }\n[start]\nx = 0\n[events.a]\nat = [-1, 0, 1, 2, 7]\n\
                set = { x = \"x + 1\" }\n[solver]\nt_end = 2";
    let study = model(text).study::<SystemRun>().unwrap();
    let plan = study.plan();
    let note = plan.iter().find(|(key, _)| key == "note").unwrap();
    assert!(
        note.1.contains("the event a does not happen at -1, 2, 7"),
        "{note:?}"
    );
    let found = study.find(&Silent).unwrap();
    assert_eq!(found.events[0].count, 2);
    let summary = SystemRun::summary(study.settings(), &found);
    let said = |block: &Block| matches!(block, Block::Line(line) if line.contains("-1, 2, 7"));
    assert!(summary.iter().any(said));
}

#[test]
fn every_mistake_says_what_to_do() {
    let of = |equation: &str, more: &str| {
        format!(
            "[system]\nequations = {{ x = \"{equation}\", \"y[i]\" = \"1\" }}\nsizes = {{ N = 3 }}\n[history]\nx = 0\n\
             \"y[i]\" = 0\n[solver]\nt_end = 2\n{more}"
        )
    };
    let event = |when: &str| of("1", &format!("[events.a]\nwhen = \"{when}\""));
    for (text, message, help) in [
        (of("z", ""), "nothing is called `z`", "define it"),
        (of("y", ""), "`y` takes 1 indices", "as many indices"),
        (
            of("x[0]", ""),
            "`x` takes 0 indices",
            "leave out the brackets",
        ),
        (of("y[3]", ""), "`y` has entries 0 to 2", "count from 0"),
        (of("y[x]", ""), "an index must not depend", "if(condition"),
        (of("1 +", ""), "found the end", "write what is expected"),
        (of("(1", ""), "never closed", "close it"),
        (of("x**2", ""), "write a power as", "no sign"),
        (
            of("sin(1, 2)", ""),
            "`sin` takes one argument",
            "as many arguments",
        ),
        (of("1 § 2", ""), "the sign `§`", "remove it"),
        (
            event("x = 1 risng"),
            "found `risng`",
            "did you mean `rising`?",
        ),
        (event("x = 1 upwards"), "found `upwards`", "one of these"),
        (
            event("x(t - x) = 1"),
            "a lag must be constant",
            "less a number",
        ),
        (
            of("1", "").replace("sizes =", "parameters = { q = 1 }\nsizes ="),
            "no formula reads",
            "remove it",
        ),
        (
            "system = { equations = {} }\nsolver = { t_end = 1 }".into(),
            "an equation is missing",
            "write one for each variable",
        ),
        (
            of(
                "1",
                "[events.a]\nat = [1]\nemit = [{ target = \"x\", after = \"-1\", change = \"1\" }]",
            ),
            "the time after which the pulse lands is -1",
            "choose such a value",
        ),
    ] {
        let found = refused(&text);
        let (said, remedy) = &found[0];
        assert!(said.contains(message), "{found:?}");
        assert!(remedy.contains(help), "{found:?}");
    }
}
