//! The command `simulate`, from outside.

#![allow(clippy::unwrap_used)]

mod atlases;
mod described;
mod lettering;
mod mistakes;
mod orders;
mod runs;

use std::path::Path;

use assert_cmd::Command;
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

/// A folder with a small model, `m.toml`, and its run, `m`.
fn folder_with_run() -> TempDir {
    let folder = folder();
    std::fs::write(folder.path().join("m.toml"), MODEL).unwrap();
    let run = output(&mut simulate(
        folder.path(),
        &["run", "m.toml", "--out", "m"],
    ));
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder
}

/// A small model.
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
