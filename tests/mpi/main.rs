//! Ranks that are processes: `mpirun simulate ...`, for real.

#![allow(clippy::unwrap_used)]

mod plans;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pulsatrix::cluster::{Communicator, Mpi};

const SIMULATE: &str = env!("CARGO_BIN_EXE_simulate");

fn mpirun(folder: &Path, ranks: usize, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    command.current_dir(folder);
    command.args([
        "--allow-run-as-root",
        "--oversubscribe",
        "-n",
        &ranks.to_string(),
    ]);
    command.arg(program).args(arguments);
    command
}

fn together(folder: &Path, ranks: usize, arguments: &[&str]) -> Output {
    mpirun(folder, ranks, SIMULATE, arguments).output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether two runs hold the same results.
fn assert_same(folder: &Path, one: &str, other: &str) {
    let results = |run: &str| {
        let entries = fs::read_dir(folder.join(run)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names
            .filter(|name| !["run.json", "plots"].contains(&name.as_str()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(results(one), results(other));
    for name in results(one) {
        let read = |run: &str| fs::read(folder.join(run).join(&name)).unwrap();
        assert_eq!(read(one), read(other), "{name} of {one} and {other}");
    }
}

const ATLAS: [&str; 6] = [
    "atlas",
    "group-dominance",
    "--set",
    "network.neurons=10",
    "--set",
    "network.lambda=infinity",
];
const SWEEP: [&str; 8] = [
    "sweep",
    "hutchinson",
    "--set",
    "solver.t_end=150",
    "--over",
    "equation.parameters.r=1.7:2.5:4",
    "--over",
    "equation.parameters.lag=0.9,1.0,1.1",
];

#[test]
fn any_number_of_ranks_gives_the_bytes_of_one_process() {
    let folder = tempfile::tempdir().unwrap();
    for (what, arguments) in [("atlas", &ATLAS[..]), ("sweep", &SWEEP)] {
        let alone = Command::new(SIMULATE)
            .current_dir(folder.path())
            .args(arguments)
            .args(["--json", "--out", what])
            .output()
            .unwrap();
        assert!(alone.status.success(), "{}", words(&alone.stderr));
        for ranks in 1..=4 {
            let out = format!("{what}-on-{ranks}");
            let found = together(
                folder.path(),
                ranks,
                &[arguments, &["--json", "--out", &out]].concat(),
            );
            assert!(found.status.success(), "{}", words(&found.stderr));
            assert_eq!(words(&found.stdout), words(&alone.stdout), "{ranks} ranks");
            assert_same(folder.path(), what, &out);
        }
    }
}

/// The process of a rank of the run in a folder, from the environment that Open MPI gives it.
fn process_of(rank: usize, out: &str) -> Option<u32> {
    let mark = format!("OMPI_COMM_WORLD_RANK={rank}");
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        let has = |file: &str, word: &str| {
            let bytes = fs::read(entry.path().join(file)).unwrap_or_default();
            bytes
                .split(|byte| *byte == 0)
                .any(|part| part == word.as_bytes())
        };
        (has("environ", &mark) && has("cmdline", out)).then_some(pid)
    });
    processes.into_iter().next()
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// A run of three ranks that is some way on; and how many parts are kept.
fn under_way(folder: &Path, arguments: &[&str]) -> Child {
    let out = *arguments.last().unwrap();
    let mut child = mpirun(folder, 3, SIMULATE, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while parts(folder, out) < 3 {
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "nothing is finished"
        );
        assert!(
            child.try_wait().unwrap().is_none(),
            "it has ended too early"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

fn parts(folder: &Path, out: &str) -> usize {
    fs::read_dir(folder.join(out).join("checkpoint")).map_or(0, Iterator::count)
}

/// How a run ends that has lost a rank: with an error, and not by waiting for ever.
fn ended(mut child: Child) -> String {
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success());
    words(&output.stderr)
}

const LONG: [&str; 6] = [
    "sweep",
    "hutchinson",
    "--set",
    "solver.t_end=3000",
    "--over",
    "equation.parameters.r=1.7:2.5:120",
];

#[test]
fn a_rank_that_is_killed_is_named_and_the_run_goes_on_from_what_was_finished() {
    let folder = tempfile::tempdir().unwrap();
    let out = "killed-rank-run";
    let child = under_way(folder.path(), &[&LONG[..], &["--out", out]].concat());
    signal("-KILL", process_of(2, out).unwrap());
    let stderr = ended(child);
    assert!(stderr.contains("rank 2"), "{stderr}");
    let kept = parts(folder.path(), out);
    assert!(kept >= 3);
    let found = together(folder.path(), 2, &["sweep", "--resume", out]);
    assert!(found.status.success(), "{}", words(&found.stderr));
    let whole = together(folder.path(), 3, &[&LONG[..], &["--out", "whole"]].concat());
    assert!(whole.status.success(), "{}", words(&whole.stderr));
    assert_same(folder.path(), "whole", out);
}

#[test]
fn a_rank_that_hangs_is_named_and_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = "hanging-rank-run";
    let arguments = [&LONG[..], &["--patience", "2", "--out", out]].concat();
    let child = under_way(folder.path(), &arguments);
    signal("-STOP", process_of(1, out).unwrap());
    let stderr = ended(child);
    assert!(
        stderr.contains("rank 1 has given no sign of life"),
        "{stderr}"
    );
    let record = fs::read_to_string(folder.path().join(out).join("run.json")).unwrap();
    assert!(
        record.contains("rank 1 has given no sign of life"),
        "{record}"
    );
    let found = together(folder.path(), 2, &["sweep", "--resume", out]);
    assert!(found.status.success(), "{}", words(&found.stderr));
}

#[test]
fn one_rank_speaks_for_all() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "hutchinson", "--set", "solver.t_end=-1"];
    let found = together(folder.path(), 3, &arguments);
    assert_eq!(found.status.code(), Some(2));
    assert_eq!(
        words(&found.stderr).matches("help: give `t_end`").count(),
        1,
        "{}",
        words(&found.stderr)
    );
    let found = together(folder.path(), 3, &["models"]);
    assert!(!found.status.success());
    assert_eq!(
        words(&found.stderr).matches("work for one process").count(),
        1
    );
    let found = together(folder.path(), 2, &[&SWEEP[..], &["--dry-run"]].concat());
    assert_eq!(words(&found.stdout).matches("points   12").count(), 1);
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn the_model_may_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let text = Command::new(SIMULATE)
        .args(["models", "hutchinson"])
        .output()
        .unwrap()
        .stdout;
    let mut child = mpirun(folder.path(), 2, SIMULATE, &["run", "-", "--out", "run"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(folder.path().join("run/report.json").is_file());
}

#[test]
fn messages_of_any_length_go_both_ways_at_once() {
    let program = std::env::current_exe().unwrap();
    let arguments = [
        "--ignored",
        "--exact",
        "a_rank_among_three",
        "--test-threads=1",
    ];
    let folder = tempfile::tempdir().unwrap();
    let found = mpirun(folder.path(), 3, program.to_str().unwrap(), &arguments);
    let output = { found }.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        words(&output.stdout),
        words(&output.stderr)
    );
    assert_eq!(words(&output.stdout).matches("1 passed").count(), 3);
}

#[test]
#[ignore = "a part of messages_of_any_length_go_both_ways_at_once, which starts it three times"]
fn a_rank_among_three() {
    let mpi = Mpi::start(Duration::from_secs(60), |error| panic!("{error}")).unwrap();
    let mut mpi = mpi.in_pieces(100_000);
    let (rank, ranks) = (mpi.rank(), mpi.ranks());
    assert_eq!(ranks, 3);
    let message = |from: usize, length: usize| -> Vec<u8> {
        (0..length).map(|at| (at * 31 + from) as u8).collect()
    };
    // Everybody sends to everybody before anybody receives: small, in one piece, in many.
    let lengths = [0, 1, 99_999, 100_000, 100_001, 3_000_000];
    let others: Vec<usize> = (0..ranks).filter(|other| *other != rank).collect();
    for length in lengths {
        for other in &others {
            mpi.send(*other, message(rank, length)).unwrap();
        }
    }
    for length in lengths {
        for other in others.iter().rev() {
            assert_eq!(mpi.receive(*other).unwrap(), message(*other, length));
        }
    }
    // Of whoever is first, each in order.
    for other in &others {
        mpi.send(*other, vec![1]).unwrap();
        mpi.send(*other, vec![2]).unwrap();
    }
    let mut last = vec![0; ranks];
    for _ in 0..2 * others.len() {
        let (from, letter) = mpi.receive_any().unwrap();
        last[from] += 1;
        assert_eq!(letter, [last[from]]);
    }
    assert!(mpi.send(rank, vec![]).is_err() && mpi.receive(ranks).is_err());
}
