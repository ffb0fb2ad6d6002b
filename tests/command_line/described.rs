//! What is described: new models, keys, schemas, and what runs have left.

use std::fs;

use serde_json::Value;

use super::{MODEL, folder, output, simulate};

#[test]
fn a_new_model_is_written_once_and_checks() {
    let folder = folder();
    let made = output(&mut simulate(folder.path(), &["new", "equation"]));
    assert_eq!(made.code, 0, "{}", made.stderr);
    let text = fs::read_to_string(folder.path().join("equation.toml")).unwrap();
    assert!(
        text.starts_with("# ") && text.contains("[solver]"),
        "{text}"
    );
    let checked = output(&mut simulate(folder.path(), &["check", "equation.toml"]));
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let told = ["new", "recall", "--json"];
    let told = output(&mut simulate(folder.path(), &told));
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(
        (&told["file"], &told["kind"]),
        (&"recall.toml".into(), &"recall".into())
    );
    let again = output(&mut simulate(folder.path(), &["new", "equation"]));
    assert_eq!(again.code, 4, "{}", again.stderr);
    let printed = output(&mut simulate(
        folder.path(),
        &["new", "equation", "--out", "-"],
    ));
    assert_eq!(printed.stdout, text);
    let unknown = output(&mut simulate(folder.path(), &["new", "equatoin"]));
    assert!(
        unknown.code == 2 && unknown.stderr.contains("equation"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn keys_are_explained() {
    let folder = folder();
    let told = output(&mut simulate(
        folder.path(),
        &["explain", "equation", "solver.tolerance"],
    ));
    assert_eq!(told.code, 0, "{}", told.stderr);
    for part in [
        "solver.tolerance",
        "from 1e-13 to 0.1",
        "at least 1e-13",
        "kinds    equation",
    ] {
        assert!(told.stdout.contains(part), "{part}: {}", told.stdout);
    }
    let all = output(&mut simulate(
        folder.path(),
        &["explain", "network.h", "--json"],
    ));
    let all: Value = serde_json::from_str(&all.stdout).unwrap();
    let kinds = all[0]["kinds"].as_array().unwrap();
    assert!(
        kinds.contains(&"atlas".into()) && all[0]["key"] == "network.h",
        "{all}"
    );
    let unknown = output(&mut simulate(folder.path(), &["explain", "tolerance"]));
    assert!(
        unknown.code == 2 && unknown.stderr.contains("solver.tolerance"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn schemas_are_printed() {
    let folder = folder();
    for arguments in [
        &["schema"][..],
        &["schema", "--report"],
        &["schema", "equation"],
        &["schema", "equation", "--report"],
    ] {
        let told = output(&mut simulate(folder.path(), arguments));
        let schema: Value = serde_json::from_str(&told.stdout).unwrap();
        assert!(schema["$schema"].as_str().unwrap().contains("draft-07"));
    }
}

#[test]
fn runs_are_opened_compared_and_redrawn() {
    let folder = folder();
    fs::write(folder.path().join("m.toml"), MODEL).unwrap();
    for arguments in [
        &["run", "m.toml", "--out", "a", "-q"][..],
        &["run", "m.toml", "--out", "b", "-q"],
        &[
            "run",
            "m.toml",
            "--out",
            "c",
            "-q",
            "--set",
            "equation.parameters.r=2.2",
        ],
    ] {
        assert_eq!(output(&mut simulate(folder.path(), arguments)).code, 0);
    }
    let left = output(&mut simulate(folder.path(), &["open", "a"]));
    assert!(
        left.stdout.contains("pictures a/plots/") && left.stdout.contains("arrays   a/t.npy"),
        "{}",
        left.stdout
    );
    let axes: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("a/arrays.json")).unwrap())
            .unwrap();
    assert_eq!(axes["portrait"]["axes"][1]["length"], 2);
    assert!(
        axes["t"]["holds"].as_str().unwrap().contains("time"),
        "{axes}"
    );

    let same = output(&mut simulate(folder.path(), &["compare", "a", "b"]));
    assert!(
        same.code == 0 && same.stdout.contains("the same"),
        "{}{}",
        same.stdout,
        same.stderr
    );
    let other = output(&mut simulate(
        folder.path(),
        &["compare", "a", "c", "--json"],
    ));
    assert_eq!(other.code, 1, "{}", other.stderr);
    let other: Value = serde_json::from_str(&other.stdout).unwrap();
    let settings = other["settings"].as_array().unwrap();
    assert_eq!(
        (settings.len(), &settings[0]["key"]),
        (1, &"equation.parameters.r".into())
    );
    assert!(
        other["report"]
            .as_array()
            .unwrap()
            .iter()
            .any(|found| found["key"] == "period.value"),
        "{other}"
    );
    assert_eq!(
        output(&mut simulate(folder.path(), &["compare", "a", "nowhere"])).code,
        2
    );
    assert_eq!(
        output(&mut simulate(folder.path(), &["open", "nowhere"])).code,
        2
    );

    let drawn = [
        "draw",
        "a",
        "--out",
        "large",
        "--pictures",
        "png",
        "--density",
        "3",
        "--json",
    ];
    let drawn = output(&mut simulate(folder.path(), &drawn));
    let said: Value = serde_json::from_str(&drawn.stdout).unwrap();
    let name = said["pictures"][0].as_str().unwrap();
    let width = |path: &str| {
        let bytes = fs::read(folder.path().join(path)).unwrap();
        u32::from_be_bytes(bytes[16..20].try_into().unwrap())
    };
    assert_eq!(
        2 * width(&format!("large/{name}.png")),
        3 * width(&format!("a/plots/{name}.png"))
    );
    assert!(!folder.path().join(format!("large/{name}.svg")).exists());
}

/// A folder of a user: a CSV file, a kernel that learns it, and what the report says of it.
#[test]
fn own_data_are_learnt_and_stated() {
    let folder = folder();
    fs::write(folder.path().join("t.csv"), "x,y\n0,1\n1,3\n2,5\n3,7\n").unwrap();
    let model = "experiment = \"kernel-regression\"\ndata = { inputs = \"t.csv\", target_columns = [\"y\"], training = 3 }\n\
        [network]\nactivation = \"relu\"\nsigma_w = 1.0\nsigma_b = 1.0\ndepth = 1\n";
    fs::write(folder.path().join("m.toml"), model).unwrap();
    let run = output(&mut simulate(
        folder.path(),
        &["run", "m.toml", "--out", "r", "--json"],
    ));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["data_read"]["columns"], serde_json::json!(["x"]));
    assert_eq!(
        (
            &report["data_read"]["training"],
            &report["data_read"]["tests"]
        ),
        (&3.into(), &1.into())
    );
    for name in [
        "kernel_train",
        "kernel_cross",
        "kernel_test",
        "inputs",
        "targets",
        "predictions_0",
        "coefficients_0",
    ] {
        assert!(
            folder.path().join(format!("r/{name}.npy")).is_file(),
            "{name}"
        );
    }
    assert_eq!(output(&mut simulate(folder.path(), &["draw", "r"])).code, 0);
    fs::write(folder.path().join("t.csv"), "x,y\n0,1\n1,three\n2,5\n3,7\n").unwrap();
    let refused = output(&mut simulate(folder.path(), &["check", "m.toml"]));
    assert!(
        refused.code == 2 && refused.stderr.contains("line 3: `three`"),
        "{}",
        refused.stderr
    );
}
