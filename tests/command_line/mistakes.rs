//! What is wrong names its place and remedy, and writes nothing.

use std::fs;

use serde_json::Value;

use super::{MODEL, folder, folder_with_run, output, simulate};

#[test]
fn every_mistake_in_a_model_names_place_and_remedy_and_writes_nothing() {
    let cases = [
        (
            "tolerance = 1e-8",
            "tolerence = 1e-8",
            ":12:1",
            "did you mean `tolerance`",
        ),
        (
            "tolerance = 1e-8",
            "tolerance = 'x'",
            ":12:13",
            "expected a number",
        ),
        (
            "tolerance = 1e-8",
            "tolerance = -1",
            ":12:13",
            "from 1e-13 to 0.1",
        ),
        ("tolerance = 1e-8", "tolerance = nan", ":12:13", "NaN"),
        ("value = 0.5", "value = inf", ":9:9", "finite"),
        ("value = 0.5", "", ":8:1", "add `value = ...`"),
        (
            "value = 0.5",
            "value = 0.5\nvalue = 1",
            ":10:1",
            "duplicate key",
        ),
        ("value = 0.5", "value = = 0.5", ":9:9", "not TOML"),
        (
            "\"equation\"",
            "\"equations\"",
            ":2:14",
            "did you mean `equation`",
        ),
        (
            "discard = 20.0",
            "discard = 70.0",
            ":16:11",
            "`discard` < `t_end`",
        ),
        ("[solver]", "[solvers]", ":11:2", "did you mean `solver`"),
        ("lag = 1.0", "tau = 1.0", ":6:25", "unknown parameter `tau`"),
    ];
    for (right, wrong, place, remedy) in cases {
        let folder = folder();
        fs::write(folder.path().join("m.toml"), MODEL.replace(right, wrong)).unwrap();
        for command in ["run", "check"] {
            let found = output(&mut simulate(folder.path(), &[command, "m.toml"]));
            assert_eq!(found.code, 2, "{wrong}: {}", found.stderr);
            let place = format!("m.toml{place}\n");
            assert!(found.stderr.contains(&place), "{wrong}: {}", found.stderr);
            assert!(found.stderr.contains(remedy), "{wrong}: {}", found.stderr);
            assert!(found.stderr.contains("help: "), "{wrong}: {}", found.stderr);
            assert!(!found.stderr.contains('\u{1b}'), "colours in a pipe");
            assert_eq!(found.stdout, "");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_mistake_in_an_override_says_so() {
    for (set, says) in [
        ("solver.tolerance=tight", "expected a number"),
        ("solver.tolerance=nan", "NaN"),
        ("solver.tolerence=1e-9", "did you mean `tolerance`"),
        ("solver", "there is no `=`"),
        ("experiment=equatoin", "did you mean `equation`"),
        ("title.x=1", "`title` is not a section"),
    ] {
        let folder = folder();
        let found = output(&mut simulate(
            folder.path(),
            &["run", "hutchinson", "--set", set],
        ));
        assert_eq!(found.code, 2, "{set}: {}", found.stderr);
        assert!(found.stderr.contains(says), "{set}: {}", found.stderr);
        let named = format!("`--set {set}`");
        assert!(found.stderr.contains(&named), "{set}: {}", found.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_mistake_is_json_for_programs() {
    let folder = folder();
    let arguments = ["run", "hutchinson", "--json", "--set", "solver.t_end=-3"];
    let found = output(&mut simulate(folder.path(), &arguments));
    assert_eq!((found.code, found.stdout.as_str()), (2, ""));
    let error: Value = serde_json::from_str(&found.stderr).unwrap();
    assert_eq!(error["error"]["set"], "solver.t_end=-3");
    assert!(error["error"]["line"].as_u64().unwrap() > 1);
    assert!(error["error"]["help"].as_str().unwrap().contains("t_end"));
}

#[test]
fn unknown_models_and_options_are_usage_errors() {
    let folder = folder();
    for arguments in [
        &["run", "hutchinsom"][..],
        &["models", "hutchinsom"],
        &["run"],
        &["fly", "hutchinson"],
        &["run", "hutchinson", "--threads", "0"],
    ] {
        let found = output(&mut simulate(folder.path(), arguments));
        assert_eq!(found.code, 2, "{arguments:?}: {}", found.stderr);
    }
    let found = output(&mut simulate(folder.path(), &["run", "hutchinsom"]));
    assert!(found.stderr.contains("did you mean `hutchinson`"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_network_that_does_not_fit_is_refused_at_its_place() {
    let cases = [
        (vec!["network.h=-1"], "0 or at least 1e-9"),
        (vec!["network.a=0"], "positive"),
        (vec!["network.a=[1, 2]"], "give 3 numbers"),
        (vec!["network.lambda=never"], "infinity"),
        (vec!["network.neurons=21"], "choose `neurons` <= 20"),
        (
            vec!["network.electrical=1", "network.lambda=infinity"],
            "relay limit",
        ),
        (vec!["coupling.topology=weights"], "add `weights"),
        (
            vec![
                "coupling.topology=weights",
                "coupling.weights=[[0, 1, 1], [1, 0], [1, 1, 0]]",
            ],
            "give 3 rows of 3 numbers",
        ),
        (vec!["coupling.topology=rings"], "did you mean `ring`"),
        (vec!["history.pattern=12"], "write 3 digits"),
    ];
    for (settings, remedy) in cases {
        let folder = folder();
        let mut command = simulate(folder.path(), &["run", "group-dominance"]);
        for setting in &settings {
            command.args(["--set", setting]);
        }
        let found = output(&mut command);
        assert_eq!(found.code, 2, "{settings:?}: {}", found.stderr);
        assert!(
            found.stderr.contains(remedy),
            "{settings:?}: {}",
            found.stderr
        );
        assert!(
            found.stderr.contains("group-dominance.toml:"),
            "{}",
            found.stderr
        );
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}

/// Every mistake of a file at once, from top to bottom, in both forms.
#[test]
fn all_mistakes_of_a_model_are_reported_at_once() {
    let folder = folder();
    let wrong = MODEL.replace("tolerance = 1e-8", "tolerance = 2");
    let wrong = wrong.replace("value = 0.5", "valu = 0.5");
    let wrong = wrong.replace("discard = 20.0", "discard = 'x'");
    fs::write(folder.path().join("m.toml"), wrong).unwrap();
    let found = output(&mut simulate(folder.path(), &["check", "m.toml"]));
    assert_eq!(found.code, 2);
    let places: Vec<&str> = found
        .stderr
        .lines()
        .filter(|l| l.contains("--> "))
        .collect();
    let expected = ["m.toml:9:1", "m.toml:12:13", "m.toml:16:11"];
    assert_eq!(places.len(), expected.len(), "{}", found.stderr);
    for (line, place) in places.iter().zip(expected) {
        assert!(line.ends_with(place), "{}", found.stderr);
    }
    let found = output(&mut simulate(folder.path(), &["check", "m.toml", "--json"]));
    let error: Value = serde_json::from_str(&found.stderr).unwrap();
    assert_eq!(error["error"]["others"].as_array().unwrap().len(), 2);
}

/// A name that is none, and a folder, get one remedy each, not seventy names.
#[test]
fn a_model_that_is_none_is_told_from_a_folder() {
    let folder = folder_with_run();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (model, words) in [
        ("hutchinso", "did you mean `hutchinson`?"),
        ("nothing-like-it", "as `simulate models` lists them"),
        ("m", "resolved.toml"),
        ("empty", "empty is a folder, and no model"),
    ] {
        let found = output(&mut simulate(folder.path(), &["run", model]));
        assert_eq!(found.code, 2, "{}", found.stderr);
        assert!(found.stderr.contains(words), "{model}: {}", found.stderr);
        assert!(found.stderr.len() < 250, "{}", found.stderr);
    }
    let seed = output(&mut simulate(
        folder.path(),
        &["run", "m.toml", "--seed", "-1"],
    ));
    assert!(
        seed.stderr.contains("invalid value '-1' for '--seed"),
        "{}",
        seed.stderr
    );
}
