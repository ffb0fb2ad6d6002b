//! The command `simulate`, from outside.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use pulsatrix::experiment::{Progress, keep};
use serde_json::Value;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn simulate(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
    command.current_dir(folder).args(arguments);
    command
}

struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const MODEL: &str = r#"title = "A test"
experiment = "equation"

[equation]
name = "hutchinson"
parameters = { r = 2.1, lag = 1.0 }

[history]
value = 0.5

[solver]
tolerance = 1e-8
t_end = 60.0

[analysis]
discard = 20.0
"#;

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
fn a_run_keeps_everything_and_overwrites_nothing() {
    let folder = folder();
    fs::write(folder.path().join("m.toml"), MODEL).unwrap();
    for name in ["runs/m", "runs/m-2", "runs/m-3"] {
        let found = output(&mut simulate(folder.path(), &["run", "m.toml"]));
        assert_eq!(found.code, 0, "{}", found.stderr);
        assert!(
            found.stderr.contains(&format!("kept in {name} ")),
            "{}",
            found.stderr
        );
        assert!(found.stdout.contains("periodic"), "{}", found.stdout);
        let run = folder.path().join(name);
        assert_eq!(fs::read_to_string(run.join("model.toml")).unwrap(), MODEL);
        for file in [
            "resolved.toml",
            "run.json",
            "report.json",
            "trajectory.csv",
            "y.npy",
        ] {
            assert!(run.join(file).is_file(), "{file}");
        }
    }
    let record = fs::read_to_string(folder.path().join("runs/m/run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["ending"]["status"], "done");
    assert!(record["ending"]["statistics"]["steps"].as_u64().unwrap() > 10);
    assert_eq!(record["built"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_given_folder_is_used_if_it_is_free() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (out, place) in [
        ("new/run", "new/run"),
        ("empty", "empty"),
        ("empty", "empty-2"),
    ] {
        let arguments = ["run", "hutchinson", "--out", out];
        let found = output(&mut simulate(folder.path(), &arguments));
        assert_eq!(found.code, 0, "{}", found.stderr);
        assert!(folder.path().join(place).join("report.json").is_file());
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let arguments = ["run", "hutchinson", "--out", "file/run"];
    assert_eq!(output(&mut simulate(folder.path(), &arguments)).code, 4);
}

#[test]
fn json_is_the_report_and_the_resolved_model_gives_it_again() {
    let folder = folder();
    let arguments = ["run", "mackey-glass", "--json", "--seed", "7"];
    let first = output(&mut simulate(folder.path(), &arguments));
    assert_eq!(first.code, 0);
    let kept = "kept in runs/mackey-glass (";
    assert!(first.stderr.starts_with(kept) && first.stderr.lines().count() == 1);
    let report: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(report["experiment"], "equation");
    assert_eq!(report["seed"], 7);
    let saved = fs::read_to_string(folder.path().join("runs/mackey-glass/report.json")).unwrap();
    assert_eq!(saved, first.stdout);
    let resolved = "runs/mackey-glass/resolved.toml";
    let arguments = [
        "run",
        resolved,
        "--json",
        "--threads",
        "1",
        "--out",
        "again",
    ];
    let again = output(&mut simulate(folder.path(), &arguments));
    assert_eq!(again.stdout, first.stdout);
    let text = fs::read(folder.path().join(resolved)).unwrap();
    assert_eq!(
        fs::read(folder.path().join("again/resolved.toml")).unwrap(),
        text
    );
}

#[test]
fn check_and_dry_run_say_what_would_run_and_write_nothing() {
    let folder = folder();
    for arguments in [&["check", "-"][..], &["run", "-", "--dry-run"]] {
        let found = output(simulate(folder.path(), arguments).write_stdin(MODEL));
        assert_eq!(found.code, 0, "{}", found.stderr);
        assert!(found.stdout.contains("r = 2.1"), "{}", found.stdout);
    }
    let found = output(&mut simulate(
        folder.path(),
        &["check", "hutchinson", "--json"],
    ));
    let plan: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(plan["experiment"], "equation");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn shipped_models_are_listed_and_printed() {
    let folder = folder();
    let found = output(&mut simulate(folder.path(), &["models", "--json"]));
    let list: Value = serde_json::from_str(&found.stdout).unwrap();
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m["name"].as_str())
        .collect();
    assert!(names.contains(&"hutchinson") && names.contains(&"mackey-glass"));
    let found = output(&mut simulate(folder.path(), &["models", "hutchinson"]));
    assert!(found.stdout.starts_with("# Hutchinson's equation"));
}

#[test]
fn quiet_leaves_only_data() {
    let folder = folder();
    let found = output(&mut simulate(folder.path(), &["run", "hutchinson", "-q"]));
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    assert!(found.stdout.contains("final value"));
}

#[test]
fn a_run_without_a_sound_result_is_kept_as_failed() {
    for (set, says) in [
        ("solver.maximum_steps=200", "maximum_steps"),
        ("solver.maximum_steps=300", "maximum_steps"),
    ] {
        let folder = folder();
        let arguments = ["run", "hutchinson", "--set", set];
        let found = output(&mut simulate(folder.path(), &arguments));
        assert_eq!((found.code, found.stdout.as_str()), (1, ""));
        assert!(found.stderr.contains(says), "{}", found.stderr);
        let run = folder.path().join("runs/hutchinson");
        let record = fs::read_to_string(run.join("run.json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["ending"]["status"], "failed");
        assert!(!run.join("report.json").exists());
    }
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

/// The report of the main command: seven patterns, by both engines, with the documented keys.
#[test]
fn the_main_command_reports_every_pattern_by_both_engines() {
    let folder = folder();
    let run = |threads: &str, out: &str| {
        let arguments = [
            "run",
            "group-dominance",
            "--json",
            "--threads",
            threads,
            "--out",
            out,
        ];
        let found = output(&mut simulate(folder.path(), &arguments));
        assert_eq!(found.code, 0, "{}", found.stderr);
        found.stdout
    };
    let text = run("1", "one");
    assert_eq!(text, run("2", "two"));
    let report: Value = serde_json::from_str(&text).unwrap();
    let patterns = report["patterns"].as_array().unwrap();
    assert_eq!(patterns.len(), 14);
    for engine in ["relay", "panel"] {
        let mut found: Vec<&str> = patterns
            .iter()
            .filter(|pattern| pattern["engine"] == engine && pattern["fate"] == "memory")
            .map(|pattern| pattern["pattern"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, ["001", "010", "011", "100", "101", "110", "111"]);
    }
    for pattern in patterns {
        assert_eq!(pattern["verdict"], "k-dominance cycle");
        for key in ["k", "period", "period_formula"] {
            assert!(pattern[key].is_number(), "{key}: {pattern}");
        }
        for key in ["silent_maximum", "synchrony_multiplier"] {
            let formula = &pattern[format!("{key}_formula")];
            assert_eq!(
                pattern[key].is_number(),
                formula.is_number(),
                "{key}: {pattern}"
            );
        }
    }
    for name in ["time-courses", "raster", "atlas", "period-by-k"] {
        for ending in ["svg", "png"] {
            assert!(
                folder
                    .path()
                    .join(format!("one/plots/{name}.{ending}"))
                    .is_file()
            );
        }
    }
}

/// A network without a single memory still gives a report and an atlas.
#[test]
fn an_atlas_without_memories_is_a_result() {
    let folder = folder();
    let arguments = [
        "atlas",
        "impulse-refractory-ring",
        "--set",
        "network.neurons=4",
    ];
    let mut command = simulate(folder.path(), &arguments);
    command.args(["--set", "history.constants=-1", "--set", "history.spread=2"]);
    let found = output(&mut command);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert!(
        found.stdout.contains("0 of 15 patterns are memories"),
        "{}",
        found.stdout
    );
}

/// A folder of finished parts.
struct Checkpoint(PathBuf);

impl Progress for Checkpoint {
    fn begin(&self, _: &str, _: u64) {}

    fn advance(&self, _: u64) {}

    fn message(&self, _: &str) {}

    fn checkpoint(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// A run that was killed goes on where it was, and gives the same bytes as one that was not.
#[test]
fn an_interrupted_run_resumes_to_the_same_bytes() {
    let folder = folder();
    let settings = [
        "--set",
        "network.neurons=5",
        "--set",
        "network.lambda=infinity",
    ];
    let run = |arguments: &[&str]| {
        let mut command = simulate(folder.path(), &["run", "group-dominance"]);
        output(command.args(settings).args(arguments))
    };
    assert_eq!(run(&["--out", "whole"]).code, 0);
    let whole = folder.path().join("whole");
    let report = fs::read(whole.join("report.json")).unwrap();

    // What a kill leaves behind: the settings and a finished part.
    let killed = folder.path().join("killed");
    fs::create_dir_all(&killed).unwrap();
    fs::copy(whole.join("resolved.toml"), killed.join("resolved.toml")).unwrap();
    let mut report_value: Value = serde_json::from_slice(&report).unwrap();
    let checkpoint = Checkpoint(killed.join("checkpoint"));
    keep(
        &checkpoint,
        "patterns-relay-1",
        &report_value["patterns"].take(),
    )
    .unwrap();

    let found = run(&["--resume", "killed"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert_eq!(fs::read(killed.join("report.json")).unwrap(), report);
    assert!(!killed.join("checkpoint").exists());

    let found = run(&["--resume", "killed"]);
    assert_eq!(found.code, 4);
    assert!(found.stderr.contains("complete"), "{}", found.stderr);
    let found = run(&["--resume", "elsewhere"]);
    assert!(
        found.stderr.contains("no interrupted run"),
        "{}",
        found.stderr
    );
}

/// A certified atlas is looked up pattern by pattern: period, multipliers and margins.
#[test]
fn a_finished_atlas_answers_queries() {
    let folder = folder();
    let mut command = simulate(folder.path(), &["atlas", "group-dominance", "--out", "a"]);
    command.args([
        "--set",
        "network.lambda=infinity",
        "--set",
        "atlas.certify=true",
    ]);
    command.args(["--set", "network.mismatch=0.001"]);
    assert_eq!(output(&mut command).code, 0);
    let found = output(&mut simulate(
        folder.path(),
        &["query", "a", "110", "001", "--json"],
    ));
    assert_eq!(found.code, 0, "{}", found.stderr);
    let rows: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(
        (&rows[0]["pattern"], &rows[1]["pattern"]),
        (&"110".into(), &"001".into())
    );
    assert_eq!(rows[0]["stability"], "stable");
    let near = |value: &Value, exact: f64| (value.as_f64().unwrap() - exact).abs() < 0.1;
    assert!(near(&rows[0]["period"], 32.10658) && near(&rows[0]["silent_maximum"], -8.18121));
    let multipliers = rows[0]["multipliers"].as_str().unwrap();
    assert!(multipliers.starts_with("-0.26"), "{multipliers}");
    let found = output(&mut simulate(folder.path(), &["query", "a", "1111"]));
    assert_eq!(found.code, 2);
    assert!(
        found.stderr.contains("no pattern `1111`"),
        "{}",
        found.stderr
    );
    let found = output(&mut simulate(folder.path(), &["query", "b", "110"]));
    assert!(found.stderr.contains("finished run"), "{}", found.stderr);
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

/// What a picture shows is in the files: redrawn from them, it is the same to the byte.
#[test]
fn pictures_are_redrawn_from_the_report_alone() {
    let folder = folder();
    for (model, sets) in [
        ("hutchinson", vec![]),
        ("group-dominance", vec!["network.lambda=infinity"]),
        (
            "memory-regions",
            vec!["region.horizontal.points=8", "region.vertical.points=8"],
        ),
        ("memory-boundary", vec![]),
        ("bursting-neuron", vec![]),
        ("recall", vec!["recall.cues=20", "recall.starts=10"]),
        ("delayed-hopfield", vec!["network.delays=[0.2]"]),
        ("deep-linear", vec!["network.layers=[2]"]),
        (
            "ntk-width",
            vec![
                "network.widths=[8,16]",
                "study.networks=2",
                "data.examples=4",
            ],
        ),
        (
            "pc-minimum-norm",
            vec!["learning.starts=1", "learning.steps=100"],
        ),
    ] {
        let mut command = simulate(folder.path(), &["run", model, "--out", model]);
        for set in sets {
            command.args(["--set", set]);
        }
        let run = output(&mut command);
        assert_eq!(run.code, 0, "{model}: {}", run.stderr);
        let arguments = ["draw", model, "--out", "again"];
        let drawn = output(&mut simulate(folder.path(), &arguments));
        assert_eq!(drawn.code, 0, "{model}: {}", drawn.stderr);
        let plots = folder.path().join(model).join("plots");
        let kept: Vec<_> = fs::read_dir(plots).unwrap().collect();
        assert!(!kept.is_empty(), "{model}");
        for entry in kept {
            let path = entry.unwrap().path();
            let again = folder.path().join("again").join(path.file_name().unwrap());
            assert_eq!(
                fs::read(&path).unwrap(),
                fs::read(again).unwrap(),
                "{path:?}"
            );
        }
    }
}

/// A memory must be shown to attract: two neurons that nothing couples keep the phase they began with.
#[test]
fn what_does_not_attract_is_no_memory() {
    let folder = folder();
    let model = r#"experiment = "atlas"
[network]
neurons = 2
a = 1.0
b = [0.0, 0.1]
c = -44.0
h = 3.3
lambda = "infinity"
[coupling]
topology = "none"
"#;
    fs::write(folder.path().join("m.toml"), model).unwrap();
    for (lambda, spread) in [("infinity", 0.3), ("50", 0.3), ("50", 1e-9), ("50", 0.0)] {
        let lambda = format!("network.lambda={lambda}");
        let spread = &*format!("history.spread={spread}");
        let arguments = ["run", "m.toml", "--json", "--set", &lambda, "--set", spread];
        let found = output(&mut simulate(folder.path(), &arguments));
        let report: Value = serde_json::from_str(&found.stdout).unwrap();
        let patterns = report["patterns"].as_array().unwrap();
        assert!(patterns.len() >= 3);
        for pattern in patterns {
            // In the relay limit two onsets at one time leave no return map to certify.
            let expected: &[&str] = match (pattern["pattern"].as_str().unwrap(), spread) {
                ("11", "history.spread=0.3") => &["neutral"],
                ("11", _) => &["neutral", "not-shown"],
                _ => &["lost"],
            };
            let fate = pattern["fate"].as_str().unwrap();
            assert!(expected.contains(&fate), "{lambda}, {spread}: {pattern}");
        }
        for memories in report["memories"].as_object().unwrap().values() {
            assert_eq!(*memories, 0);
        }
    }
}

/// Findings that no run has made are not drawn.
#[test]
fn a_report_of_another_hand_is_refused() {
    let folder = folder();
    let run = output(&mut simulate(
        folder.path(),
        &["run", "group-dominance", "--out", "a"],
    ));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let path = folder.path().join("a/report.json");
    let mut report: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    report["networks"] = Value::Array(Vec::new());
    fs::write(&path, report.to_string()).unwrap();
    for command in [&["draw", "a"][..], &["query", "a", "110"]] {
        let found = output(&mut simulate(folder.path(), command));
        assert_eq!(found.code, 2, "{}", found.stderr);
        assert!(
            found.stderr.contains("not as the run has written it"),
            "{}",
            found.stderr
        );
    }
}
