//! The shipped experiments of predictive coding, made small, and what they say when they cannot run.

use std::path::{Path, PathBuf};

use pulsatrix::experiment::{ModelFile, Outcome, Progress, RunError, Silent, read};
use serde_json::Value;

fn model(name: &str, settings: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for setting in settings {
        model.set(setting).unwrap();
    }
    model
}

fn run(name: &str, settings: &[&str]) -> Outcome {
    let prepared = read(&model(name, settings)).unwrap();
    prepared.experiment().run(&Silent).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

/// The authors' class vectors; decay makes them come back, and without it they do not.
#[test]
fn p14_decay_makes_the_toy_generative() {
    let report = run("pc-toy", &["network.networks=1", "learning.epochs=3"]).report;
    let networks = report["networks"].as_array().unwrap();
    let (with, without) = (&networks[0], &networks[1]);
    assert!(numbers(&with["distances"]).iter().all(|d| *d < 0.65));
    assert!(numbers(&with["cosines"]).iter().all(|c| *c > 0.98));
    assert!(numbers(&without["distances"]).iter().any(|d| *d > 2.0));
    assert!(with["growth"].as_f64().unwrap() < 0.0);
    for network in networks {
        assert_eq!(network["accuracy"], 1.0);
    }
    // Decay leaves as many directions as there are classes.
    let singular = numbers(&with["singular_values_after"]);
    assert!(singular[2] > 0.1 && singular[3] < 1e-6, "{singular:?}");
    assert!(numbers(&without["singular_values_after"])[4] > 0.01);
    assert_eq!(report["equilibria"]["converged"], true);
}

#[test]
fn p7_p8_the_minimum_norm_statement_to_its_digits() {
    let report = run("pc-minimum-norm", &["learning.starts=1"]).report;
    let square = report["minimum_norm_squared"].as_f64().unwrap();
    assert!((square - 2.176_455_830_225_588_5).abs() < 1e-13);
    let weights = report["weights"].as_array().unwrap();
    for (found, published) in weights.iter().zip([0.264_785_4, 0.031_609_1, 0.003_223_4]) {
        assert!(found["distance_to_ridge"].as_f64().unwrap() < 1e-12);
        let distance = found["distance_to_minimum_norm"].as_f64().unwrap();
        assert!((distance - published).abs() < 6e-8);
    }
    let generation = report["generation"].as_array().unwrap();
    for found in generation {
        let pairs = numbers(&found["distances"])
            .into_iter()
            .zip(numbers(&found["distances_formula"]));
        for (distance, formula) in pairs {
            assert!((distance - formula).abs() < 1e-11);
        }
    }
    let unseen = numbers(&generation[0]["unseen"]);
    assert!((unseen.last().unwrap() - 0.002_478_752_2).abs() < 1e-9);
}

#[test]
fn digits_are_classified_and_generated() {
    let settings = [
        "training.epochs=10",
        "training.weight_decays=[0.01]",
        "course.duration=5.0",
    ];
    let report = run("pc-digits", &settings).report;
    let network = &report["networks"][0];
    // Ridge regression to one-hot reaches 0.874 on the same split.
    assert!(
        network["test_accuracy"].as_f64().unwrap() > 0.86,
        "{network}"
    );
    let generated = &network["generation"][0];
    assert_eq!(generated["best_match"], 10);
    assert_eq!(generated["classified"], 10);
    assert_eq!(generated["equilibrium"]["converged"], true);
    assert!(generated["equilibrium"]["residual"].as_f64().unwrap() <= 1e-8);
    let away = numbers(&report["course"]["away_from_equilibrium"]);
    assert!(away.iter().all(|share| *share > 0.1), "{away:?}");
}

struct Kept(PathBuf);

impl Progress for Kept {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn message(&self, _: &str) {}
    fn checkpoint(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

/// A training that was interrupted after an epoch goes on from it, to the same bits.
#[test]
fn an_interrupted_training_goes_on_from_its_last_epoch() {
    let settings = |epochs: &'static str| {
        let mut settings = vec![
            "training.weight_decays=[0.01]",
            "training.batch=300",
            "course.duration=0.5",
        ];
        settings.extend(["network.hidden=[20]", "training.final_rate=1.0", epochs]);
        settings
    };
    let folder = tempfile::tempdir().unwrap();
    let kept = Kept(folder.path().join("checkpoint"));
    let whole = run("pc-digits", &settings("training.epochs=4")).report;
    let prepared = read(&model("pc-digits", &settings("training.epochs=4"))).unwrap();
    prepared.experiment().run(&kept).unwrap();
    // Put the saved training back to its second epoch, as an interruption leaves it.
    let path = kept.0.join("training-decay-0.01.json");
    let half = read(&model("pc-digits", &settings("training.epochs=2"))).unwrap();
    let short = Kept(folder.path().join("short"));
    half.experiment().run(&short).unwrap();
    let text = std::fs::read_to_string(short.0.join("training-decay-0.01.json")).unwrap();
    assert!(text.contains("\"epochs\":2"));
    std::fs::write(&path, text.replace("\"epochs\":2", "\"epochs\":4")).unwrap();
    let resumed = prepared.experiment().run(&kept).unwrap().report;
    assert_eq!(resumed, whole);
}

#[test]
fn a_memory_completes_and_stands_beside_the_others() {
    let settings = [
        "memory.hidden=[16]",
        "memory.steps=40",
        "capacity.stored=[5]",
        "binary.cues=5",
        "binary.amounts=[16]",
    ];
    let report = run("pc-memory", &settings).report;
    assert_eq!(report["equilibria"]["converged"], true);
    let capacity = report["capacity"].as_array().unwrap();
    let point = |memory: &str| {
        let found = capacity
            .iter()
            .find(|p| p["memory"] == memory && p["cue"] == "known 0.5");
        found.unwrap()["right"].clone()
    };
    assert_eq!(point("16 hidden neurons"), 5);
    assert_eq!(point("covariance"), 5);
    let curves = report["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 6);
    let of = |name: &str| {
        let curve = curves.iter().find(|curve| curve["memory"] == name).unwrap();
        curve["points"][0]["recalled"].as_u64().unwrap()
    };
    assert_eq!(
        (of("predictive"), of("covariance"), of("modern Hopfield")),
        (5, 5, 5)
    );
}

#[test]
fn what_cannot_run_says_what_to_do() {
    // Data that do not ship: what to fetch, and where to put it.
    let prepared = read(&model("pc-mnist", &["data.images=/nowhere/mnist"])).unwrap();
    let error = prepared.experiment().run(&Silent).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, RunError::Data(_)), "{text}");
    for part in [
        "/nowhere/mnist/train-images-idx3-ubyte.gz",
        "four MNIST files",
        "data/mnist-small",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // Without value decay the generated vectors of the toy are not determined.
    let endless = [
        "generation.value_decay=0",
        "network.networks=1",
        "learning.epochs=1",
        "learning.weight_decays=[0.05]",
    ];
    let error = read(&model("pc-toy", &endless)).unwrap();
    let error = error.experiment().run(&Silent).unwrap_err();
    assert!(error.to_string().contains("singular"), "{error}");
    // An activation that does not exist.
    let error = read(&model("pc-digits", &["network.activation=tahn"]))
        .err()
        .unwrap();
    assert!(error.to_string().contains("tahn"), "{error}");
    assert!(
        error.diagnostic.help.contains("tanh"),
        "{}",
        error.diagnostic.help
    );
    // Shapes that do not fit.
    let error = read(&model(
        "pc-minimum-norm",
        &["data.inputs=[[1.0, 2.0], [1.0]]"],
    ))
    .err()
    .unwrap();
    assert!(error.to_string().contains("unequal length"), "{error}");
    // An explicit step beyond its limit, named with the limit.
    let settings = [
        "learning.step=0.05",
        "network.networks=1",
        "learning.epochs=1",
    ];
    let prepared = read(&model("pc-toy", &settings)).unwrap();
    let text = prepared.experiment().run(&Silent).unwrap_err().to_string();
    assert!(
        text.contains("Euler's scheme with step 0.05 is unstable: the limit"),
        "{text}"
    );
}
