//! Records the commit and the compiler for `run.json`; without git or a checkout it records less.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    if let Some(version) = output(&rustc, &["--version"]) {
        println!("cargo::rustc-env=PULSATRIX_RUSTC={version}");
    }
    // Results come from optimised builds; in daily work a commit would only rebuild the library.
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    for source in ["Cargo.toml", "src", "bin", "models"] {
        println!("cargo::rerun-if-changed={source}");
    }
    // Only a checkout of this crate counts, not one of a project that happens to contain it.
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let top = output("git", &["rev-parse", "--show-toplevel"]).unwrap_or_default();
    let same = |left: &str, right: &str| matches!((Path::new(left).canonicalize(), Path::new(right).canonicalize()), (Ok(a), Ok(b)) if a == b);
    if !same(&here, &top) {
        return;
    }
    let Some(commit) = output("git", &["rev-parse", "HEAD"]) else {
        return;
    };
    println!("cargo::rustc-env=PULSATRIX_COMMIT={commit}");
    let paths = [
        "build.rs",
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "bin",
        "models",
    ];
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(paths);
    if let Some(changes) = output("git", &status) {
        println!("cargo::rustc-env=PULSATRIX_DIRTY={}", !changes.is_empty());
    }
    // Every commit, checkout and reset is a line in this log.
    if let Some(log) = output("git", &["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
}

/// What a command prints, trimmed, if it succeeds.
fn output(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
