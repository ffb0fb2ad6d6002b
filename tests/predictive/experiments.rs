//! The shipped experiments of predictive coding, made small, and what they say when they cannot run.

use std::path::{Path, PathBuf};

use pulsatrix::experiment::predictive::images::Images;
use pulsatrix::experiment::predictive::memory::Memory;
use pulsatrix::experiment::predictive::minimum_norm::MinimumNorm;
use pulsatrix::experiment::predictive::toy::Toy;
use pulsatrix::experiment::{
    ModelFile, Progress, RunError, Silent, Study, keep, npy, read, restore,
};
use serde_json::Value;

fn model(name: &str, settings: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for setting in settings {
        model.set(setting).unwrap();
    }
    model
}

/// What a shipped model with some settings changed finds, or why it finds nothing.
fn find<S: Study>(name: &str, settings: &[&str]) -> Result<S::Findings, RunError> {
    let study = model(name, settings).study::<S>();
    study
        .map_err(|error| error.to_string())
        .unwrap()
        .find(&Silent)
}

/// What is wrong with a shipped model with some settings changed.
fn refusal(name: &str, settings: &[&str]) -> String {
    let error = read(&model(name, settings)).err().unwrap();
    error.to_string()
}

/// The authors' class vectors; decay makes them come back, and without it they do not.
#[test]
fn p14_decay_makes_the_toy_generative() {
    let settings = ["network.networks=1", "learning.epochs=3"];
    let found = find::<Toy>("pc-toy", &settings).unwrap();
    let [with, without] = &found.networks[..] else {
        panic!("one network with each decay");
    };
    assert!(with.distances.iter().all(|d| *d < 0.65));
    assert!(with.cosines.iter().all(|c| *c > 0.98));
    assert!(without.distances.iter().any(|d| *d > 2.0));
    assert!(with.growth.unwrap() < 0.0);
    for network in &found.networks {
        assert_eq!(network.accuracy, Some(1.0));
    }
    // Decay leaves as many directions as there are classes.
    let singular = &with.singular_values_after;
    assert!(singular[2] > 0.1 && singular[3] < 1e-6, "{singular:?}");
    assert!(without.singular_values_after[4] > 0.01);
    assert!(found.equilibria.converged);
}

/// Ten networks are ten samples: start, data and order are their own, so that even what decay makes of
/// them differs by far more than rounding.
#[test]
fn networks_of_a_toy_have_data_of_their_own() {
    let settings = [
        "network.networks=2",
        "learning.epochs=3",
        "learning.weight_decays=[0.05]",
    ];
    let found = find::<Toy>("pc-toy", &settings).unwrap();
    let [first, second] = &found.networks[..] else {
        panic!("two networks");
    };
    let pairs = first.distances.iter().zip(&second.distances);
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() > 1e-4));
}

#[test]
fn p7_p8_the_minimum_norm_statement_to_its_digits() {
    let found = find::<MinimumNorm>("pc-minimum-norm", &["learning.starts=1"]).unwrap();
    assert!((found.minimum_norm_squared - 2.176_455_830_225_588_5).abs() < 1e-13);
    let published = [0.264_785_4, 0.031_609_1, 0.003_223_4];
    assert_eq!(found.weights.len(), published.len());
    assert!(!found.generation.is_empty());
    for (learned, published) in found.weights.iter().zip(published) {
        assert!(learned.distance_to_ridge < 1e-12);
        assert!((learned.distance_to_minimum_norm - published).abs() < 6e-8);
    }
    for generated in &found.generation {
        assert_eq!(generated.distances.len(), generated.distances_formula.len());
        assert!(!generated.distances.is_empty());
        let pairs = generated.distances.iter().zip(&generated.distances_formula);
        for (distance, formula) in pairs {
            assert!((distance - formula).abs() < 1e-11);
        }
    }
    let unseen = found.generation[0].unseen.last().unwrap();
    assert!((unseen - 0.002_478_752_2).abs() < 1e-9);
}

#[test]
fn digits_are_classified_and_generated() {
    let settings = [
        "training.epochs=10",
        "training.weight_decays=[0.01]",
        "course.duration=5.0",
    ];
    let found = find::<Images>("pc-digits", &settings).unwrap();
    let network = &found.networks[0];
    // Ridge regression to one-hot reaches 0.874 on the same split.
    assert!(network.test_accuracy.unwrap() > 0.86, "{network:?}");
    let generated = &network.generation[0];
    assert_eq!((generated.best_match, generated.classified), (10, 10));
    assert!(generated.equilibrium.converged);
    assert!(generated.equilibrium.residual <= 1e-8);
    let away = found.course.unwrap().away_from_equilibrium;
    assert!(away.iter().all(|share| *share > 0.1), "{away:?}");
}

#[test]
fn without_tests_there_is_no_accuracy() {
    let settings = [
        "data.training=1797",
        "training.epochs=1",
        "training.weight_decays=[0.01]",
        "course.duration=0.5",
    ];
    let found = find::<Images>("pc-digits", &settings).unwrap();
    assert_eq!((found.tests, found.networks[0].test_accuracy), (0, None));
    assert!(found.notes[0].contains("no image left"));
    let text = refusal("pc-digits", &["data.training=1798"]);
    assert!(text.contains("1798 images for training of 1797"), "{text}");
}

/// A resolved model says what was done: the digits that ship have 16 levels.
#[test]
fn the_scale_of_the_digits_is_theirs() {
    let resolved = read(&model("pc-digits", &[])).unwrap().resolved();
    assert!(resolved.contains("scale = 16.0"), "{resolved}");
    let text = refusal("pc-digits", &["data.scale=256"]);
    assert!(text.contains("16 grey levels, not 256"), "{text}");
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
    let four = settings("training.epochs=4");
    let run = |study: Images, progress: &dyn Progress| {
        serde_json::to_value(study.find(progress).unwrap()).unwrap()
    };
    let study = |settings: &[&str]| model("pc-digits", settings).study::<Images>().unwrap();
    let whole = run(study(&four), &Silent);
    assert_eq!(run(study(&four), &kept), whole);
    // Put the saved training back to its second epoch, as an interruption leaves it.
    let part = "training-decay-1e-2";
    let short = Kept(folder.path().join("short"));
    run(study(&settings("training.epochs=2")), &short);
    let state: Value = restore(&short, part).unwrap().unwrap();
    let text = state.to_string();
    assert!(text.contains("\"epochs\":2"));
    let text = text.replace("\"epochs\":2", "\"epochs\":4");
    keep(&kept, part, &serde_json::from_str::<Value>(&text).unwrap()).unwrap();
    assert_eq!(run(study(&four), &kept), whole);
}

#[test]
fn a_memory_completes_and_stands_beside_the_others() {
    let settings = [
        "memory.hidden=[16]",
        "memory.steps=40",
        "capacity.stored=[5]",
        "binary.cues=5",
        "binary.amounts=[0, 16]",
    ];
    let found = find::<Memory>("pc-memory", &settings).unwrap();
    assert!(found.equilibria.converged);
    let right = |memory: &str| {
        let mut points = found.capacity.points.iter();
        let point = points.find(|p| p.memory == memory && p.cue == "known 0.5");
        point.unwrap().right
    };
    assert_eq!((right("16 hidden neurons"), right("covariance")), (5, 5));
    assert_eq!(found.curves.len(), 6);
    let recalled = |name: &str| {
        let curve = found.curves.iter().find(|curve| curve.memory == name);
        let points = curve.unwrap().points.iter();
        points.map(|point| point.recalled).collect::<Vec<_>>()
    };
    // A whole cue is recalled as one with hidden pixels is.
    for memory in ["predictive", "covariance", "modern Hopfield"] {
        assert_eq!(recalled(memory), [5, 5], "{memory}");
    }
}

#[test]
fn what_cannot_run_says_what_to_do() {
    // Data that do not ship: what to fetch, and where to put it.
    let text = refusal("pc-mnist", &["data.images=/nowhere/mnist"]);
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
    let error = find::<Toy>("pc-toy", &endless).unwrap_err();
    assert!(error.to_string().contains("singular"), "{error}");
    // An activation that does not exist.
    let text = refusal("pc-digits", &["network.activation=tahn"]);
    assert!(text.contains("tahn") && text.contains("tanh"), "{text}");
    // Shapes that do not fit, and numbers that overflow.
    let text = refusal("pc-minimum-norm", &["data.inputs=[[1.0, 2.0], [1.0]]"]);
    assert!(text.contains("rows of one length"), "{text}");
    let text = refusal("pc-minimum-norm", &["data.inputs=[[1e200, 2.0, 1.0]]"]);
    assert!(text.contains("beyond 1e6"), "{text}");
    // An explicit step beyond its limit, named with the limit.
    let settings = [
        "learning.step=0.05",
        "network.networks=1",
        "learning.epochs=1",
    ];
    let text = find::<Toy>("pc-toy", &settings).unwrap_err().to_string();
    assert!(
        text.contains("Euler's scheme with step 0.05 is unstable: the limit"),
        "{text}"
    );
}

/// Learning that runs away ends with a word, not in the singular values of NaN.
#[test]
fn divergence_names_the_rate() {
    let settings = ["learning.rate=5", "learning.starts=1"];
    let error = find::<MinimumNorm>("pc-minimum-norm", &settings).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("diverges") && text.contains("rate 5e0"),
        "{text}"
    );
}

/// The digits have ten classes of 64 pixels.
#[test]
fn published_weights_of_other_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("M_0.npy")).unwrap();
    npy::write(file, &[64, 3], &[0.1; 192]).unwrap();
    let weights = format!("published.weights='{}'", folder.path().display());
    let said = find::<Images>("pc-digits", &["training.epochs=1", &weights]);
    let said = said.unwrap_err().to_string();
    assert!(said.contains("3 classes and 64 pixels"), "{said}");
}
