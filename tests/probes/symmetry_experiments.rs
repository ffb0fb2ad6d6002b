//! The experiments on symmetries, and what they refuse.

use std::fs::{self, File};
use std::path::Path;

use assert_cmd::Command;
use nalgebra::{DMatrix, dmatrix, dvector};
use pulsatrix::experiment::probes::relu_symmetries::{Findings, ReluSymmetries, Start};
use pulsatrix::experiment::{ModelFile, Silent, Study, npy};
use pulsatrix::probes::symmetry::{Transformation, TwoLayerNetwork};
use serde_json::Value;

/// What the shipped model with some settings changed finds.
fn symmetric_runs(changes: &[&str]) -> Findings {
    let mut model = ModelFile::open_shipped("relu-symmetries").unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let study = model.study::<ReluSymmetries>();
    study
        .map_err(|error| error.to_string())
        .unwrap()
        .find(&Silent)
        .unwrap()
}

#[test]
fn the_flow_keeps_permutations_and_neither_scales_nor_flips() {
    let found = symmetric_runs(&["flow.t_end=10", "descent.steps=[100]"]);
    for run in &found.runs {
        let (first, last) = (run.apart[0], run.apart.last().unwrap());
        assert!(first.functions < 1e-14, "{:?} {first:?}", run.start);
        match run.start {
            Start::Permuted => {
                let most = run
                    .apart
                    .iter()
                    .map(|apart| apart.functions.max(apart.orbits));
                assert!(most.fold(0.0, f64::max) < 1e-10);
                assert!(last.weights > 1.0);
            }
            Start::Rescaled => {
                assert!(first.orbits < 1e-14 && first.weights > 1.0);
                assert!(last.functions > 1e-2 && last.orbits > 1e-2);
            }
            Start::Flipped => assert!(last.functions > 1e-2 && first.orbits > 0.1),
        }
    }
}

#[test]
fn the_flow_conserves_what_euler_steps_change_in_their_order() {
    let steps = "descent.steps=[400,800,1600,3200]";
    let found = symmetric_runs(&["flow.t_end=10", steps]);
    let (one_step, end) = (found.orders.one_step.unwrap(), found.orders.end.unwrap());
    // one step: exactly the square; a fixed time: the first power, up to terms of higher order
    assert!((one_step - 2.0).abs() < 1e-6, "{one_step}");
    assert!((end - 1.0).abs() < 0.02, "{end}");
    let finest = found.descent.last().unwrap();
    assert!(
        found.flow_drift < 1e-2 * finest.last,
        "{:e}",
        found.flow_drift
    );
    // along the flow it is the tolerance that counts
    let coarse = found.flow_drift;
    let fine = symmetric_runs(&[
        "flow.t_end=10",
        "descent.steps=[100]",
        "flow.tolerance=1e-8",
    ]);
    assert!(
        fine.flow_drift < 0.2 * coarse && fine.flow_drift < 1e-6,
        "{:e}",
        fine.flow_drift
    );
}

/// The same to the last bit with one thread and with three, and after it was written and read back.
#[test]
fn threads_and_files_change_nothing() {
    let changes = ["flow.t_end=2", "flow.looks=5", "descent.steps=[40,80]"];
    let with_threads = |count| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
        pool.unwrap()
            .install(|| serde_json::to_string(&symmetric_runs(&changes)).unwrap())
    };
    let text = with_threads(1);
    assert_eq!(text, with_threads(3));
    let read: Findings = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}

fn save(folder: &Path, name: &str, matrix: &DMatrix<f64>) {
    let rows = matrix.transpose();
    let file = File::create(folder.join(name)).unwrap();
    npy::write(file, &[matrix.nrows(), matrix.ncols()], rows.as_slice()).unwrap();
}

/// Saves a network as `<prefix>W1.npy`, ...; biases as lists.
fn save_network(folder: &Path, prefix: &str, network: &TwoLayerNetwork) {
    save(folder, &format!("{prefix}W1.npy"), network.weights());
    save(folder, &format!("{prefix}W2.npy"), network.read_out());
    for (name, list) in [("b1", network.biases()), ("b2", network.offsets())] {
        let file = File::create(folder.join(format!("{prefix}{name}.npy"))).unwrap();
        npy::write(file, &[list.len()], list.as_slice()).unwrap();
    }
}

const MODEL: &str = r#"experiment = "network-equality"
[first]
weights = ["W1.npy", "b1.npy", "W2.npy", "b2.npy"]
[second]
weights = ["V-W1.npy", "V-b1.npy", "V-W2.npy", "V-b2.npy"]
"#;

fn network() -> TwoLayerNetwork {
    let weights = dmatrix![1.0, 2.0; -1.0, 0.5; 0.0, -2.5; 3.0, 1.0];
    // neurons 0 to 2 can be flipped: their w add up to zero
    let read_out = dmatrix![1.0, 1.0, 1.0, -2.0];
    TwoLayerNetwork::new(
        weights,
        dvector![0.5, -1.0, 2.0, 0.0],
        read_out,
        dvector![0.25],
    )
    .unwrap()
}

/// A folder with the model and both networks, the second one flipped, permuted and rescaled.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.toml"), MODEL).unwrap();
    let map = Transformation {
        permutation: vec![2, 0, 3, 1],
        scales: vec![2.0, 0.5, 4.0, 1.0],
        flips: vec![0, 1, 2],
    };
    save_network(folder.path(), "", &network());
    save_network(folder.path(), "V-", &map.apply(&network(), 1e-10).unwrap());
    folder
}

fn run(folder: &Path) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
    let command = command
        .current_dir(folder)
        .args(["run", "m.toml", "--json"]);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_report_names_the_transformation() {
    let folder = folder();
    let (code, stdout, stderr) = run(folder.path());
    assert_eq!(code, 0, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["equal"], true);
    assert!(report["distance"].as_f64().unwrap() < 1e-14);
    let map = &report["transformation"];
    assert_eq!(map["permutation"], serde_json::json!([2, 0, 3, 1]));
    assert_eq!(map["scales"], serde_json::json!([2.0, 0.5, 4.0, 1.0]));
    assert_eq!(map["flips"], serde_json::json!([0, 1, 2]));
    let set = serde_json::json!([{ "case": "flip-set", "neurons": [0, 1, 2] }]);
    assert_eq!(report["degenerate"]["first"], set);
    // pictures are made of the report
    let kept = folder.path().join("runs/m");
    assert!(kept.join("plots/scales.svg").is_file() && kept.join("plots/jumps.png").is_file());
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("simulate"));
    let drawn = command
        .current_dir(folder.path())
        .args(["draw", "runs/m", "--out", "again"]);
    assert!(drawn.output().unwrap().status.success());
    for picture in ["scales.svg", "jumps.svg"] {
        let bytes = |path: &Path| fs::read(path.join(picture)).unwrap();
        assert_eq!(
            bytes(&kept.join("plots")),
            bytes(&folder.path().join("again"))
        );
    }
    // another function: no transformation, and why
    let mut weights = network().weights().clone();
    weights[(0, 0)] += 1e-6;
    save(folder.path(), "W1.npy", &weights);
    let (code, stdout, _) = run(folder.path());
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, &report["equal"], &report["transformation"]),
        (0, &Value::Bool(false), &Value::Null)
    );
    assert_eq!(report["obstacle"]["reason"], "different-functions");
    let distance = report["distance"].as_f64().unwrap();
    assert!((1e-7..1e-5).contains(&distance), "{distance:e}");
}

#[test]
fn bad_weights_are_named_with_place_and_remedy() {
    type Damage = fn(&Path);
    let cases: [(Damage, u64, &str, &str, &str); 8] = [
        (
            |folder| fs::remove_file(folder.join("b1.npy")).unwrap(),
            3,
            "b1.npy",
            "No such file",
            "numpy.save",
        ),
        (
            |folder| fs::write(folder.join("V-W2.npy"), "text").unwrap(),
            5,
            "V-W2.npy",
            "magic",
            "numpy.save",
        ),
        (
            |folder| save(folder, "W1.npy", &network().weights().transpose()),
            3,
            "b1.npy",
            "b1 is 4 x 1, but must be 2 x 1",
            "transpose",
        ),
        (
            |folder| save(folder, "W2.npy", &network().read_out().transpose()),
            3,
            "W2.npy",
            "W2 is 4 x 1, but must be 4 x 4",
            "transpose",
        ),
        (
            |folder| save(folder, "b1.npy", &DMatrix::zeros(2, 2)),
            3,
            "b1.npy",
            "no list of biases",
            "b1 hidden",
        ),
        (
            |folder| save(folder, "V-W1.npy", &(network().weights() * f64::NAN)),
            5,
            "V-W1.npy",
            "W1 holds NaN at row 0, column 0",
            "finite",
        ),
        (
            |folder| save(folder, "V-W1.npy", &DMatrix::zeros(4, 3)),
            5,
            "second 3 and 1",
            "2 inputs",
            "equal inputs",
        ),
        (
            |folder| {
                let text = MODEL.replace(", \"b2.npy\"", "");
                fs::write(folder.join("m.toml"), text).unwrap();
            },
            3,
            "3 files",
            "instead of four",
            "W1 hidden x inputs",
        ),
    ];
    for (damage, line, file, problem, remedy) in cases {
        let folder = folder();
        damage(folder.path());
        let before = fs::read_dir(folder.path()).unwrap().count();
        let (code, stdout, stderr) = run(folder.path());
        assert_eq!((code, stdout.as_str()), (2, ""), "{file}: {stderr}");
        let error: Value = serde_json::from_str(&stderr).unwrap();
        assert_eq!(error["error"]["line"], line, "{stderr}");
        let said = error["error"]["message"].as_str().unwrap();
        assert!(said.contains(file) && said.contains(problem), "{said}");
        let help = error["error"]["help"].as_str().unwrap();
        assert!(help.contains(remedy), "{help}");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            before,
            "nothing is written"
        );
    }
}
