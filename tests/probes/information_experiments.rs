//! The experiments on mutual information, and what they refuse.

use std::fs::{self, File};
use std::path::Path;

use assert_cmd::Command;
use pulsatrix::experiment::probes::information_plane::Plane;
use pulsatrix::experiment::probes::information_regulariser::InformationRegulariser;
use pulsatrix::experiment::probes::mutual_information::MutualInformation;
use pulsatrix::experiment::{ModelFile, Silent, Study, npy};
use serde_json::Value;

/// What a shipped model with some settings changed finds.
fn find<S: Study>(model: &str, changes: &[&str]) -> S::Findings {
    let mut model = ModelFile::open_shipped(model).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let study = model.study::<S>().map_err(|error| error.to_string());
    study.unwrap().find(&Silent).unwrap()
}

#[test]
fn drawn_pairs_stand_beside_their_closed_form() {
    for (estimator, within) in [
        ("{ name = \"ksg\" }", 0.05),
        (
            "{ name = \"binning\", bins = 8, borders = \"equal-count\" }",
            0.06,
        ),
        ("{ name = \"nwj\", steps = 300 }", 0.1),
    ] {
        let estimator = format!("estimator={estimator}");
        let changes = [&estimator, "data.gaussian.samples=4000"];
        let found = find::<MutualInformation>("mutual-information", &changes);
        let truth = found.truth.unwrap();
        assert!((truth - 0.14384103622589).abs() < 1e-12);
        assert!(
            (found.estimate - truth).abs() < within,
            "{estimator}: {}",
            found.estimate
        );
    }
    // Noise of the size of y halves the square of the correlation.
    let changes = [
        "estimator={ name = \"ksg\" }",
        "data.gaussian.samples=500",
        "data.noise=1",
    ];
    let truth = find::<MutualInformation>("mutual-information", &changes)
        .truth
        .unwrap();
    assert!((truth + 0.5 * (1.0_f64 - 0.125).ln()).abs() < 1e-12);
}

fn save(folder: &Path, name: &str, values: &[f64]) {
    npy::write(
        File::create(folder.join(name)).unwrap(),
        &[values.len()],
        values,
    )
    .unwrap();
}

fn run(folder: &Path, model: &str) -> (i32, Option<Value>, String) {
    fs::write(folder.join("model.toml"), model).unwrap();
    let output = Command::cargo_bin("simulate")
        .unwrap()
        .current_dir(folder)
        .args(["run", "model.toml", "--json", "--out", "run"])
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).ok();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().unwrap(), report, said)
}

fn model(estimator: &str) -> String {
    format!(
        "experiment = \"mutual-information\"\n[data]\nx = \"x.npy\"\ny = \"y.npy\"\n[estimator]\n{estimator}\n"
    )
}

#[test]
fn a_sign_in_files_is_one_bit_and_bad_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let x: Vec<f64> = (0..2000)
        .map(|i| (0.5 + f64::from(i) * 0.618_033_988_75).fract() - 0.5)
        .collect();
    let sign: Vec<f64> = x.iter().map(|x| x.signum()).collect();
    save(folder, "x.npy", &x);
    for (place, (y, estimator, words)) in [
        (sign.clone(), "name = \"ksg\"", ""),
        (
            sign[..1999].to_vec(),
            "name = \"ksg\"",
            "2000 samples of x, but 1999 of y",
        ),
        (
            [&sign[..1999], &[f64::NAN]].concat(),
            "name = \"mine\"",
            "y.npy",
        ),
        (
            vec![3.0; 2000],
            "name = \"binning\"",
            "no column that varies",
        ),
        (
            sign.clone(),
            "name = \"ksg\"\nneighbours = 5000",
            "at least 5001",
        ),
        (
            sign,
            "name = \"ksg\"\nbins = 5",
            "`bins` is a setting of binning",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        save(folder, "y.npy", &y);
        let (code, report, said) = run(folder, &model(estimator));
        if words.is_empty() {
            assert_eq!(code, 0, "{said}");
            let report = report.unwrap();
            let (found, error) = (&report["estimate"], &report["standard_error"]);
            let bit = 2.0_f64.ln();
            assert!((found.as_f64().unwrap() - bit).abs() < 0.02, "{found}");
            assert!(error.as_f64().unwrap() < 0.05);
            assert_eq!(report["estimator"], "ksg");
            fs::remove_dir_all(folder.join("run")).unwrap();
        } else {
            assert_eq!(code, 2, "{place}: {said}");
            assert!(said.contains(words), "{words}: {said}");
            assert!(!folder.join("run").exists());
        }
    }
}

/// Bins so fine that all images are told apart give the logarithm of their number, for every layer; labels of a
/// trained network are known better than at the start.
#[test]
fn the_plane_says_where_an_estimator_is_saturated() {
    let changes = [
        "data.training=120",
        "data.subset=100",
        "dense.hidden=[6,4]",
        "training.epochs=[0,30]",
        "plane.bins=1000000",
        "plane.steps=20",
        "convolutional.blocks=[[2]]",
        "convolutional.hidden=[8]",
    ];
    let found = find::<Plane>("information-plane", &changes);
    assert_eq!(found.estimators, ["binning", "ksg", "mine"]);
    let all = 100.0_f64.ln();
    for look in found.networks.iter().flat_map(|course| &course.looks) {
        for layer in &look.layers {
            assert!(layer[0].saturated && (layer[0].of_inputs.nats - all).abs() < 1e-12);
        }
    }
    let dense = &found.networks[0].looks;
    let last = |look: usize| dense[look].layers[1][1].of_labels.nats;
    assert!(last(1) > last(0), "{} {}", last(1), last(0));
}

/// The more the information weighs in the loss, the less the layer keeps of it.
#[test]
fn the_term_in_the_loss_takes_information_out_of_the_layer() {
    let changes = [
        "data.training=100",
        "network.networks=2",
        "information.weights=[0,0.01,0.3]",
        "training.epochs=15",
        "training.late=5",
    ];
    let found = find::<InformationRegulariser>("information-regulariser", &changes);
    let bound = |weight: f64| {
        let of = found
            .networks
            .iter()
            .filter(|course| course.weight == weight);
        of.map(|course| course.bound.last().copied().unwrap())
            .sum::<f64>()
            / 2.0
    };
    assert!(
        found
            .networks
            .iter()
            .filter(|course| course.weight == 0.0)
            .all(|course| course.bound.is_empty())
    );
    assert!(
        bound(0.3) < 0.8 * bound(0.01),
        "{} {}",
        bound(0.3),
        bound(0.01)
    );
}
