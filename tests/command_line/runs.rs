//! Runs and their folders: kept, printed, resumed, redrawn.

use std::fs;
use std::path::{Path, PathBuf};

use pulsatrix::experiment::{Progress, keep};
use serde_json::Value;

use super::{MODEL, folder, output, simulate};

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

    // Again: there is nothing to do, which is no error; but other settings are.
    let record = fs::read(killed.join("run.json")).unwrap();
    let found = run(&["--resume", "killed"]);
    assert_eq!((found.code, found.stdout.as_str()), (0, ""));
    assert_eq!(found.stderr, "the run in killed is complete\n");
    let found = run(&["--resume", "killed", "--json"]);
    assert_eq!(found.code, 0);
    assert_eq!(found.stdout.into_bytes(), report);
    assert_eq!(fs::read(killed.join("run.json")).unwrap(), record);
    let found = run(&["--resume", "killed", "--set", "network.neurons=6"]);
    assert_eq!(found.code, 4);
    assert!(found.stderr.contains("other settings"), "{}", found.stderr);
    let found = run(&["--resume", "elsewhere"]);
    assert!(
        found.stderr.contains("no interrupted run"),
        "{}",
        found.stderr
    );
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

/// Two neurons that fire at each other: the known spike times, through the report of the command.
#[test]
fn spikes_of_the_shipped_pair_are_reported() {
    let folder = folder();
    let arguments = ["run", "spiking-pair", "--out", "pair", "--json"];
    let found = output(&mut simulate(folder.path(), &arguments));
    assert_eq!(found.code, 0, "{}", found.stderr);
    let report: Value = serde_json::from_str(&found.stdout).unwrap();
    let known = [
        [1.098612289, 2.083787533, 3.031891959, 4.068824264],
        [1.203972804, 2.453787533, 3.698824264, 4.989347584],
    ];
    for (neuron, known) in known.iter().enumerate() {
        for (spike, known) in known.iter().enumerate() {
            let time = report["first_spikes"][neuron][spike].as_f64().unwrap();
            assert!((time - known).abs() < 1e-9, "{time} for {known}");
        }
    }
    for file in [
        "spike_times.npy",
        "potentials.npy",
        "spikes.csv",
        "plots/raster.png",
    ] {
        assert!(folder.path().join("pair").join(file).is_file(), "{file}");
    }
}
