//! Atlases and queries of them.

use std::fs;

use serde_json::Value;

use super::{folder, output, simulate};

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

/// A proved atlas tells intervals and verdicts; without a relay limit there is nothing to prove.
#[test]
fn a_proved_atlas_answers_with_intervals() {
    let folder = folder();
    let mut command = simulate(folder.path(), &["atlas", "memory-proof", "--out", "a"]);
    command.args(["--set", "network.neurons=3", "--set", "network.mismatch=0"]);
    command.args([
        "--set",
        "network.c=-44",
        "--set",
        "network.b=0.5",
        "--set",
        "network.h=3.3",
    ]);
    let found = output(&mut command);
    assert_eq!(found.code, 0, "{}", found.stderr);
    assert!(
        found
            .stdout
            .contains("7 proved stable, 0 proved unstable, 0 not proved"),
        "{}",
        found.stdout
    );
    let found = output(&mut simulate(
        folder.path(),
        &["query", "a", "110", "111", "--json"],
    ));
    let rows: Value = serde_json::from_str(&found.stdout).unwrap();
    let number = |row: usize, name: &str| rows[row][name].as_f64().unwrap();
    assert_eq!(rows[0]["proof"], "proved stable");
    let (low, high) = (
        number(0, "proved_period_low"),
        number(0, "proved_period_high"),
    );
    assert!(low < high && high - low < 1e-10 && (low - 32.10658).abs() < 1e-5);
    let top = number(0, "proved_silent_maximum_high");
    assert!((top + 8.18121).abs() < 1e-5);
    let (low, high) = (
        number(1, "proved_leading_low"),
        number(1, "proved_leading_high"),
    );
    assert!(high - low < 1e-10 && (low - 0.2969971).abs() < 1e-7);

    let mut command = simulate(folder.path(), &["atlas", "group-dominance", "--out", "b"]);
    command.args(["--set", "atlas.prove=true", "--set", "atlas.relay=false"]);
    let found = output(&mut command);
    assert_eq!(found.code, 2);
    assert!(found.stderr.contains("atlas.prove"), "{}", found.stderr);
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
