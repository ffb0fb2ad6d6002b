//! Ranks that are processes: `mpirun simulate ...`, for real.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pulsatrix::cluster::{Communicator, Crew, CrewError, LinkError, Mpi};
use pulsatrix::networks::Activation;
use pulsatrix::partition::run::{Weights, infer, run_rank};
use pulsatrix::partition::{Chain, Plan, PlanOptions, Ranks};

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

/// The run of a plan by processes gives the bytes of the run by threads.
#[test]
fn ranks_of_a_plan_are_processes() {
    let folder = tempfile::tempdir().unwrap();
    let mlp = ["run", "partition-mlp"];
    let images = ["run", "partition-vgg16", "--set", "run.divisor=16"];
    for (ranks, what, more) in [
        (2, &mlp[..], &[][..]),
        (3, &mlp, &["--set", "run.numbers=f32"]),
        (3, &mlp, &["--set", "cluster.topology=ring"]),
        (4, &mlp, &["--set", "cluster.shares=[4,3,2,1]"]),
        // with tiles, and rank 2 without one in the last round
        (4, &images, &[]),
    ] {
        let planned = format!("cluster.ranks={ranks}");
        let place = format!("{ranks}-{}-{}", what[1], more.len() + more.concat().len());
        let (threads, processes) = (format!("{place}-threads"), format!("{place}-processes"));
        let arguments = [what, &["--set", &planned, "--json"], more].concat();
        let alone = Command::new(SIMULATE)
            .current_dir(folder.path())
            .args([&arguments[..], &["--out", &threads]].concat())
            .output()
            .unwrap();
        assert!(alone.status.success(), "{}", words(&alone.stderr));
        let arguments = [&arguments[..], &["--out", &processes]].concat();
        let found = together(folder.path(), ranks, &arguments);
        assert!(found.status.success(), "{}", words(&found.stderr));
        assert_eq!(words(&found.stdout), words(&alone.stdout), "{place}");
        assert_same(folder.path(), &threads, &processes);
        let report: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
        let run = &report["run"];
        assert_eq!(run["sent"], run["planned"], "{place}");
        let most = if more.contains(&"run.numbers=f32") {
            1e-5
        } else {
            1e-12
        };
        assert!(run["difference"].as_f64().unwrap() < most, "{place}: {run}");
        // They did it: the times of `run.json` say who.
        let record = fs::read_to_string(folder.path().join(&processes).join("run.json"));
        let record = record.unwrap();
        assert!(
            record.contains(&format!("run 0: {ranks} processes")),
            "{record}"
        );
    }
}

#[test]
fn another_number_of_processes_than_the_plan_has_ranks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (started, more) in [(1, &[][..]), (3, &[]), (3, &["--dry-run"])] {
        let arguments = [&["run", "partition-mlp"], more].concat();
        let found = together(folder.path(), started, &arguments);
        assert_eq!(found.status.code(), Some(2));
        let said = words(&found.stderr);
        let numbers = format!("the plan is for 4 ranks, and {started} process");
        assert_eq!(said.matches(&numbers).count(), 1, "{said}");
        let remedy = format!("`--set cluster.ranks={started}`");
        assert!(
            said.contains("mpirun -n 4") && said.contains(&remedy),
            "{said}"
        );
        assert!(!folder.path().join("runs").exists());
    }
    // What is not run has no ranks.
    let planned = [
        "run",
        "partition-mlp",
        "--set",
        "run.execute=false",
        "--out",
        "planned",
    ];
    let found = together(folder.path(), 2, &planned);
    assert!(found.status.success(), "{}", words(&found.stderr));
}

/// A plan of three layers for three ranks.
fn plan() -> Plan {
    let chain = Chain::dense(&[8, 8, 8, 8], Activation::Relu).unwrap();
    let options = PlanOptions::default();
    Plan::of_letters(chain, Ranks::equal(3).unwrap(), "ooo", options).unwrap()
}

/// A link that spoils its second message, or whose rank dies at it.
struct Faulty<'a> {
    link: &'a mut dyn Communicator,
    fault: Option<&'static str>,
    sent: usize,
}

impl Communicator for Faulty<'_> {
    fn rank(&self) -> usize {
        self.link.rank()
    }

    fn ranks(&self) -> usize {
        self.link.ranks()
    }

    fn send(&mut self, to: usize, mut message: Vec<u8>) -> Result<(), LinkError> {
        self.sent += 1;
        match self.fault {
            Some("short") if self.sent == 2 => message.truncate(message.len() - 1),
            Some("death") if self.sent == 2 => std::panic::resume_unwind(Box::new("struck")),
            _ => {}
        }
        self.link.send(to, message)
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.link.receive(from)
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        self.link.receive_any()
    }
}

#[test]
fn a_rank_that_fails_in_a_plan_is_named_with_its_layer_on_every_rank() {
    let program = std::env::current_exe().unwrap();
    let arguments = [
        "--ignored",
        "--exact",
        "a_rank_of_a_plan",
        "--test-threads=1",
    ];
    let folder = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    let found = mpirun(folder.path(), 3, program.to_str().unwrap(), &arguments);
    let output = { found }.output().unwrap();
    let said = format!("{}{}", words(&output.stdout), words(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert_eq!(
        words(&output.stdout).matches("1 passed").count(),
        3,
        "{said}"
    );
    // The patience of ten minutes is never waited for: a test that hung would not end.
    assert!(begin.elapsed() < Duration::from_secs(500));
}

#[test]
#[ignore = "a part of a_rank_that_fails_in_a_plan_is_named_with_its_layer_on_every_rank, which starts it three times"]
fn a_rank_of_a_plan() {
    let mpi = Mpi::start(Duration::from_secs(600), |error| panic!("{error}")).unwrap();
    let crew = Crew::new(mpi);
    let plan = plan();
    let weights = Weights::<f64>::random(plan.chain(), 1);
    let input = [1.0; 8];
    let run = |fault: Option<&'static str>| {
        crew.together(|link| {
            let rank = link.rank();
            let own = weights.slice(&plan, rank).unwrap();
            let fault = fault.filter(|_| rank == 2);
            let mut link = Faulty {
                link,
                fault,
                sent: 0,
            };
            let report = run_rank(&plan, &own, (rank == 0).then_some(&input[..]), &mut link);
            let report = report.map_err(|error| error.to_string())?;
            Ok(serde_json::to_vec(&report).unwrap())
        })
    };
    for (fault, said) in [
        (
            "short",
            "rank 0 at layer 1 (dense 8-8): a message of 31 bytes from rank 2 where 32 are due",
        ),
        (
            "death",
            "rank 2 has died at its work; rank 0 at layer 1 (dense 8-8): rank 2 is gone",
        ),
    ] {
        match run(Some(fault)) {
            Err(CrewError::Together { message, .. }) => {
                assert!(message.contains(said), "{fault}: {message}");
            }
            other => panic!("{fault}: {other:?}"),
        }
    }
    // The ranks are as they were, and can do it.
    let reports = run(None).unwrap();
    let first: serde_json::Value = serde_json::from_slice(&reports[0]).unwrap();
    let output: Vec<f64> = serde_json::from_value(first["output"].clone()).unwrap();
    assert_eq!(output, infer(&plan, &weights, &input).unwrap().output);
    crew.leave(None).unwrap();
}

/// Long enough to be struck on the way, in f64 at a quarter of the size.
const IMAGES: [&str; 6] = [
    "run",
    "partition-yolov2",
    "--set",
    "cluster.ranks=3",
    "--set",
    "run.divisor=2",
];

/// A run of a plan whose ranks have begun.
fn inference(folder: &Path, arguments: &[&str]) -> Child {
    let out = *arguments.last().unwrap();
    let child = mpirun(folder, 3, SIMULATE, arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !folder.join(out).join("checkpoint/single-0.part").is_file() {
        assert!(begin.elapsed() < Duration::from_secs(120), "nothing begins");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_process_that_is_killed_or_hangs_ends_the_run_of_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    let out = "killed-process-run";
    let child = inference(folder.path(), &[&IMAGES[..], &["--out", out]].concat());
    signal("-KILL", process_of(2, out).unwrap());
    assert!(ended(child).contains("rank 2"));

    let out = "hanging-process-run";
    let arguments = [&IMAGES[..], &["--patience", "2", "--out", out]].concat();
    let child = inference(folder.path(), &arguments);
    signal("-STOP", process_of(1, out).unwrap());
    let said = ended(child);
    assert!(said.contains("rank 1"), "{said}");
    let found = together(folder.path(), 3, &["run", "--resume", out]);
    assert!(found.status.success(), "{}", words(&found.stderr));
}
