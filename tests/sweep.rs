//! A model at many points: `simulate sweep`.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use pulsatrix::experiment::sweep::{Definition, Sampling, Sweep};
use pulsatrix::experiment::{Cell, ModelFile, Progress, RunError, Silent};

const SHORT: [&str; 4] = ["--set", "solver.t_end=60", "--set", "analysis.discard=20"];

fn simulate(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
    let output = command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn sweep(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    simulate(
        folder,
        &[&["sweep", "hutchinson"], arguments, &SHORT].concat(),
    )
}

#[test]
fn a_grid_is_one_tidy_table_and_one_map() {
    let folder = tempfile::tempdir().unwrap();
    let axes = [
        "--over",
        "equation.parameters.r=1.8:2.2:3",
        "--over",
        "equation.parameters.lag=0.9,1.0",
    ];
    let (code, stdout, stderr) = sweep(folder.path(), &[&axes[..], &["--out", "one"]].concat());
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("6 points\n"), "{stdout}");
    let csv = fs::read_to_string(folder.path().join("one/sweep.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 7);
    assert!(
        lines[0].starts_with("point,equation.parameters.r,equation.parameters.lag,"),
        "{csv}"
    );
    assert!(lines[0].ends_with(",error"), "{csv}");
    assert!(
        lines[1].starts_with("0,1.8,0.9,") && lines[2].starts_with("1,1.8,1.0,"),
        "{csv}"
    );
    // The same point as a run of its own.
    let set = [
        "--set",
        "equation.parameters.r=2.0",
        "--set",
        "equation.parameters.lag=1.0",
    ];
    let run = [
        &["run", "hutchinson", "--json", "--out", "run"],
        &set[..],
        &SHORT,
    ]
    .concat();
    let report: serde_json::Value = serde_json::from_str(&simulate(folder.path(), &run).1).unwrap();
    let column = lines[0]
        .split(',')
        .position(|name| name == "maximum.value")
        .unwrap();
    let found: f64 = lines[4].split(',').nth(column).unwrap().parse().unwrap();
    assert_eq!(found, report["maximum"]["value"].as_f64().unwrap());
    assert!(
        fs::read_dir(folder.path().join("one/plots"))
            .unwrap()
            .count()
            >= 2
    );
    assert!(!folder.path().join("one/checkpoint").exists());
    // The same bytes with other threads.
    let threads = [&axes[..], &["--out", "two", "--threads", "3"]].concat();
    assert_eq!(sweep(folder.path(), &threads).0, 0);
    for file in ["sweep.csv", "report.json", "sweep.toml"] {
        let read = |run: &str| fs::read(folder.path().join(run).join(file)).unwrap();
        assert_eq!(read("one"), read("two"), "{file}");
    }
}

#[test]
fn a_point_that_fails_is_a_row_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let axis = ["--over", "analysis.discard=10,70", "--out", "run", "-v"];
    let arguments = [
        &["sweep", "hutchinson", "--set", "solver.t_end=60"],
        &axis[..],
    ]
    .concat();
    let (code, stdout, stderr) = simulate(folder.path(), &arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("1 without a result"), "{stdout}");
    assert!(stderr.contains("refuses 1 of them"), "{stderr}");
    let csv = fs::read_to_string(folder.path().join("run/sweep.csv")).unwrap();
    let last = csv.lines().last().unwrap();
    assert!(
        last.starts_with("1,70.0,,") && last.contains("`discard`"),
        "{csv}"
    );
    // If all are refused, nothing is written.
    let axis = ["--over", "analysis.discard=70,80", "--out", "none"];
    let arguments = [
        &["sweep", "hutchinson", "--set", "solver.t_end=60"],
        &axis[..],
    ]
    .concat();
    let (code, _, stderr) = simulate(folder.path(), &arguments);
    assert_eq!(code, 2);
    assert!(stderr.contains("`discard` < `t_end`"), "{stderr}");
    assert!(!folder.path().join("none").exists());
}

#[test]
fn wrong_texts_name_what_is_wrong_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let r = "equation.parameters.r";
    for (arguments, said) in [
        (
            &["--over", "equation.parameters.r=0.1:1.0:x"][..],
            "`x` is no number of points",
        ),
        (&["--over", "equation.parameters.r=0.1:1.0"], "--latin N"),
        (
            &["--over", "equation.parameters.r=1,2", "--random", "3"],
            "every key has fixed values",
        ),
        (&["--over", "equation.name=1,2"], "the word \"hutchinson\""),
        (&["--over", "equation=1,2"], "a section"),
        (&["--over", "output.samples=10.5"], "whole number"),
        (
            &["--over", "solver.tolerence=1e-6,1e-7"],
            "did you mean `tolerance`",
        ),
        (
            &["--over", "solver.t_end=1,2", "--over", "solver.t_end=3,4"],
            "stands twice",
        ),
        (
            &["--over", "solver.t_end=1:2:3", "--random", "0"],
            "0 is not in",
        ),
        (
            &["--over", "solver.t_end=1,2", "--set", "solver.t_end=3"],
            "`solver.t_end` is set and swept",
        ),
        (&[], "--over"),
    ] {
        let (code, _, stderr) = sweep(folder.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let (code, _, stderr) = simulate(folder.path(), &["sweep", "--resume", "nowhere"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("there is no sweep in nowhere"), "{stderr}");
    assert!(!folder.path().join("runs").exists());
    let over = format!("{r}=1.8:2:3");
    let dry = sweep(folder.path(), &["--over", &over, "--dry-run"]);
    assert!(dry.1.contains("points   3"), "{}", dry.1);
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn a_name_that_no_report_has_is_found_at_the_first_point() {
    let folder = tempfile::tempdir().unwrap();
    let axis = [
        "--over",
        "equation.parameters.r=1.8:2.0:200",
        "--draw",
        "maximum.z",
        "--threads",
        "1",
        "--out",
        "run",
    ];
    let (code, _, stderr) = sweep(folder.path(), &axis);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("did you mean `maximum."), "{stderr}");
    let rows = || fs::read_to_string(folder.path().join("run/sweep.csv"));
    let before = rows().map_or(0, |rows| rows.lines().count());
    assert!(before < 200, "all points were computed first");
    // Another name, and the sweep goes on in the same folder.
    let resumed = ["sweep", "--resume", "run", "--draw", "maximum.value"];
    let (code, _, stderr) = simulate(folder.path(), &resumed);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(rows().unwrap().lines().count(), 201);
    assert!(folder.path().join("run/plots/maximum-value.svg").is_file());
}

#[test]
fn a_sweep_that_was_killed_goes_on_and_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    // Long enough to be killed on the way.
    let long = [
        "--over",
        "equation.parameters.r=log:1.7:2.5:60",
        "--set",
        "solver.t_end=1500",
        "--threads",
        "1",
    ];
    let arguments = |out| [&["sweep", "hutchinson"], &long[..], &["--out", out]].concat();
    assert_eq!(simulate(folder.path(), &arguments("whole")).0, 0);
    let mut killed = std::process::Command::new(assert_cmd::cargo::cargo_bin!("simulate"))
        .current_dir(folder.path())
        .args(arguments("killed"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let rows = || {
        let text = fs::read_to_string(folder.path().join("killed/sweep.csv"));
        text.map_or(0, |text| text.lines().count())
    };
    let begin = Instant::now();
    while rows() < 4 && begin.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let parts = fs::read_dir(folder.path().join("killed/checkpoint"))
        .unwrap()
        .count();
    assert!((3..60).contains(&parts), "{parts} parts");
    let (code, _, stderr) = simulate(folder.path(), &["sweep", "--resume", "killed"]);
    assert_eq!(code, 0, "{stderr}");
    for file in ["sweep.csv", "report.json"] {
        let read = |run: &str| fs::read(folder.path().join(run).join(file)).unwrap();
        assert_eq!(read("whole"), read("killed"), "{file}");
    }
    let (code, _, stderr) = simulate(folder.path(), &["sweep", "--resume", "killed"]);
    assert_eq!(code, 0);
    assert_eq!(stderr, "the run in killed is complete\n");
}

/// The period of a free neuron is 2 + a + 1/a: a closed form at every point of a sample.
#[test]
fn a_sample_of_free_neurons_has_the_periods_of_the_closed_form() {
    let mut model = ModelFile::open_shipped("single-neuron").unwrap();
    model.set("network.lambda=infinity").unwrap();
    let definition = Definition {
        over: vec!["network.a=log:0.5:2.0".into()],
        sampling: Some(Sampling::Latin(8)),
        seed: 3,
        draw: vec![],
    };
    let sweep = Sweep::new(model, definition).unwrap();
    let again = Sweep::from_text(&sweep.text()).unwrap();
    assert_eq!(again.points(), sweep.points());
    let outcome = sweep.run(&Silent, None).unwrap();
    let table = &outcome.tables[0].1;
    let column = table
        .columns()
        .iter()
        .position(|name| name == "period")
        .unwrap();
    for (row, point) in table.rows().iter().zip(sweep.points()) {
        let Cell::Number(period) = row[column] else {
            panic!("{row:?}");
        };
        let formula = 2.0 + point[0] + 1.0 / point[0];
        assert!((period - formula).abs() < 1e-9, "{period} {formula}");
    }
}

#[cfg(not(feature = "mpi"))]
#[test]
fn copies_that_know_nothing_of_each_other_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (rank, code, said) in [("0", 2, "2 copies of it were started"), ("1", 0, "")] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
        command
            .current_dir(folder.path())
            .args(["run", "hutchinson"]);
        command
            .env("OMPI_COMM_WORLD_RANK", rank)
            .env("OMPI_COMM_WORLD_SIZE", "2");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains(said) && (rank == "0" || stderr.is_empty()),
            "{stderr}"
        );
    }
    assert!(!folder.path().join("runs").exists());
}

/// A folder of finished parts.
struct Kept(PathBuf);

impl Progress for Kept {
    fn begin(&self, _: &str, _: u64) {}

    fn advance(&self, _: u64) {}

    fn message(&self, _: &str) {}

    fn checkpoint(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// Rows that were kept of one sweep are no rows of another; what is drawn of them may change.
#[test]
fn rows_of_another_sweep_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept(folder.path().to_owned());
    let run = |over: &str, draw: &[&str]| {
        let definition = Definition {
            over: vec![over.to_owned()],
            draw: draw.iter().map(ToString::to_string).collect(),
            ..Definition::default()
        };
        let model = ModelFile::open_shipped("single-neuron").unwrap();
        let outcome = Sweep::new(model, definition).unwrap().run(&kept, None);
        outcome.map(|outcome| outcome.tables[0].1.to_csv())
    };
    let first = run("network.a=1,2", &[]).unwrap();
    assert_eq!(run("network.a=1,2", &["period"]).unwrap(), first);
    let other = run("network.a=1,3", &[]).unwrap_err();
    assert!(matches!(other, RunError::DataChanged), "{other}");
}
