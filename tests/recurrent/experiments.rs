//! The experiments `drift` and `delayed-recall`: what they find, what they repeat, and what they refuse.

use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use pulsatrix::experiment::recurrent::delayed_recall::Echo;
use pulsatrix::experiment::recurrent::drift::{DriftIdentification, Findings};
use pulsatrix::experiment::{ModelFile, Progress, Silent, Study, read};
use pulsatrix::networks::recurrent::Gradient;

fn model(name: &str, changes: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    model
}

fn study<S: Study>(name: &str, changes: &[&str]) -> S {
    let study = model(name, changes).study::<S>();
    study.map_err(|error| error.to_string()).unwrap()
}

const SMALL: [&str; 5] = [
    "data.sequences=6",
    "data.tests=4",
    "data.steps=60",
    "network.networks=2",
    "training.epochs=20",
];

/// Units are a matter of taste: in others every ratio is the same, and the coefficients are as sure.
#[test]
fn the_unit_of_the_drift_changes_no_ratio() {
    let times = |factor: f64| {
        let scaled: Vec<String> = [
            ("bias", 0.02),
            ("noise", 0.02),
            ("coefficients.fixed", 0.05),
            ("coefficients.input", 0.1),
            ("coefficients.spin", -0.06),
            ("coefficients.input_squared", 0.03),
            ("coefficients.input_spin", -0.04),
            ("coefficients.temperature", 0.08),
        ]
        .map(|(key, value)| format!("drift.{key}={}", value * factor))
        .into();
        let small = SMALL.map(str::to_owned);
        let changes: Vec<&str> = small.iter().chain(&scaled).map(String::as_str).collect();
        let study: DriftIdentification = study("drift-identification", &changes);
        study.find(&Silent).unwrap()
    };
    let (one, thousand) = (times(1.0), times(1000.0));
    let ratios = [&one, &thousand].map(|found| found.ratio_to_bound.clone().unwrap());
    let joint = ratios.map(|ratio| ratio.kalman_joint.unwrap());
    assert!((joint[0] / joint[1] - 1.0).abs() < 1e-9, "{joint:?}");
    for (small, large) in one.coefficients.iter().zip(&thousand.coefficients) {
        let [c, deviation] = small.joint.unwrap();
        let [c_large, deviation_large] = large.joint.unwrap();
        assert!((c_large / c / 1000.0 - 1.0).abs() < 1e-9);
        assert!((deviation_large / deviation / 1000.0 - 1.0).abs() < 1e-9);
        let error = (c - small.truth.unwrap()).abs() / deviation;
        assert!(error < 4.0, "{}: {error} deviations", small.term);
    }
}

/// A walk begins at a known place: in short sequences less is unknown than after an endless past.
#[test]
fn the_bound_of_short_sequences_is_that_of_their_beginning() {
    let changes = [
        "drift.bias=0",
        "drift.walk=0.002",
        "data.steps=8",
        "data.sequences=2000",
        "data.tests=2000",
        "network.networks=1",
        "network.hidden=1",
        "training.epochs=2",
    ];
    let study: DriftIdentification = study("drift-identification", &changes);
    let found = study.find(&Silent).unwrap();
    let expected = found.bound_of_sequences.unwrap();
    // by the scalar filter from variance 0 on, by hand in another program
    assert!((expected - 4.1501e-4).abs() < 5e-9, "{expected:e}");
    assert!(found.bound_expected.unwrap() > 1.05 * expected);
    // 14,000 errors: four standard errors of a mean square
    assert!((found.bound.unwrap() / expected - 1.0).abs() < 4.0 * (2.0_f64 / 14_000.0).sqrt());
}

/// What is learnt and what is tested are one quantity, however sequences are cut.
#[test]
fn tests_that_were_learnt_have_the_error_of_learning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("same.csv");
    let mut text = "time,a,drift\n".to_owned();
    for step in 0..80 {
        let k = f64::from(step % 40);
        writeln!(
            text,
            "{step},{},{}",
            (0.3 * k).sin(),
            (0.7 * k).cos() + 0.1 * (k * k).sin()
        )
        .unwrap();
    }
    fs::write(&path, text).unwrap();
    for state in ["carry", "reset"] {
        let changes = [
            format!("data.file={}", path.display()),
            format!("training.state={state}"),
        ];
        let fixed = [
            "data.sequences=1",
            "data.tests=1",
            "data.steps=40",
            "network.networks=1",
            "training.epochs=40",
            "training.piece=7",
        ];
        let changes: Vec<&str> = changes.iter().map(String::as_str).chain(fixed).collect();
        let study: DriftIdentification = study("drift-identification", &changes);
        for form in study.find(&Silent).unwrap().networks {
            let ratio = form.mse[0] / form.training_mse[0];
            assert!(
                (ratio - 1.0).abs() < 1e-9,
                "{state}, {}: {ratio}",
                form.name
            );
        }
    }
}

/// A start from which no step leads, a reading whose square overflows, and data that have changed.
#[test]
fn what_is_not_finite_is_no_result() {
    let changes = [
        "training.rule={adam={rate=0.01}}",
        "training.nodes=[\"identity\"]",
        "network.input_weights=1e160",
    ];
    let changes: Vec<&str> = SMALL.into_iter().chain(changes).collect();
    let study: DriftIdentification = study("drift-identification", &changes);
    let failed = study.find(&Silent).err().unwrap().to_string();
    assert!(failed.contains("at the start"), "{failed}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let mut text = "time,a,drift\n".to_owned();
    for step in 0..80 {
        let k = f64::from(step);
        let drift = if step == 70 { 1e200 } else { (0.7 * k).cos() };
        writeln!(text, "{step},{},{drift}", (0.3 * k).sin()).unwrap();
    }
    fs::write(&path, text).unwrap();
    let file = format!("data.file={}", path.display());
    let changes = [&file, "data.sequences=1", "data.tests=1", "data.steps=40"];
    let refused = read(&model("drift-identification", &changes))
        .err()
        .unwrap();
    assert!(
        refused.to_string().contains("of the tests overflow"),
        "{refused}"
    );
}

#[test]
fn an_elman_network_is_near_the_bound() {
    let changes = [
        "network.networks=2",
        "training.gradients=[\"full\"]",
        "training.nodes=[\"tanh\"]",
    ];
    let study: DriftIdentification = study("drift-identification", &changes);
    let found = study.find(&Silent).unwrap();
    assert!(found.simulated);
    assert_eq!(found.sequences, [24, 24]);
    let expected = found.bound_expected.unwrap();
    assert!((expected - 4.792_066_268e-4).abs() < 1e-13);
    let (bound, ratio) = (found.bound.unwrap(), found.ratio_to_bound.clone().unwrap());
    // 5736 errors: five standard errors of a mean square
    assert!((bound / expected - 1.0).abs() < 5.0 * (2.0_f64 / 5736.0).sqrt());
    let mse = &found.mse;
    assert!(mse.elman < mse.least_squares_ar1 && mse.elman > 0.95 * bound);
    assert!(ratio.elman < 1.08, "{}", ratio.elman);
    assert!(mse.least_squares_ar1 < mse.least_squares && mse.least_squares_ar1 < mse.persistence);
    assert!(ratio.kalman_least_squares.unwrap() < 1.01 && ratio.kalman_joint.unwrap() < 1.01);
    // the aim: what least squares leave is learnt more easily
    let residual = &found.networks[1];
    assert!(residual.name.starts_with("least squares + Elman"));
    for mse in &residual.mse {
        assert!((0.98..1.03).contains(&(mse / bound)), "{}", mse / bound);
    }
    assert!((found.autoregression - 0.490_099).abs() < 0.05);
    for term in &found.coefficients {
        let (truth, [joint, deviation]) = (term.truth.unwrap(), term.joint.unwrap());
        assert!((joint - truth).abs() < 3.5 * deviation, "{term:?}");
        assert!((term.least_squares - truth).abs() < 0.01, "{term:?}");
    }
    // the Allan deviation falls, is flat, rises and falls again
    let rows: Vec<&[f64]> = found.allan.values.chunks(3).collect();
    for row in &rows[..9] {
        assert!((row[1] / row[2] - 1.0).abs() < 0.1, "{row:?}");
    }

    let text = serde_json::to_string(&found).unwrap();
    let again: Findings = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    let pictures = DriftIdentification::figures(study.settings(), &again);
    let names: Vec<&str> = pictures
        .iter()
        .map(|drawing| drawing.name.as_str())
        .collect();
    assert_eq!(names, ["learning", "example", "allan"]);
    let folder = tempfile::tempdir().unwrap();
    for drawing in &pictures {
        drawing.draw(folder.path()).unwrap();
    }
}

#[test]
fn runs_repeat_bit_for_bit_on_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon_threads(threads);
        pool.install(|| {
            let study: DriftIdentification = study("drift-identification", &SMALL);
            serde_json::to_string(&study.find(&Silent).unwrap()).unwrap()
        })
    };
    assert!(run(1) == run(3));
}

fn rayon_threads(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap()
}

/// Keeps its parts, and breaks off where a message holds a word.
struct Kept {
    folder: PathBuf,
    end: &'static str,
}

impl Progress for Kept {
    fn begin(&self, _: &str, _: u64) {}

    fn advance(&self, _: u64) {}

    fn message(&self, line: &str) {
        assert!(
            self.end.is_empty() || !line.contains(self.end),
            "the run is broken off"
        );
    }

    fn checkpoint(&self) -> Option<&Path> {
        Some(&self.folder)
    }
}

#[test]
fn a_broken_run_goes_on_bit_for_bit() {
    let study: DriftIdentification = study("drift-identification", &SMALL);
    let whole = serde_json::to_string(&study.find(&Silent).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let kept = |end| Kept {
        folder: folder.path().to_owned(),
        end,
    };
    let broken = catch_unwind(AssertUnwindSafe(|| {
        study.find(&kept("training-3: epoch 9,")).is_ok()
    }));
    assert!(broken.is_err());
    let half = fs::read_to_string(folder.path().join("training-3.part")).unwrap();
    assert!(half.contains("\"losses\""));
    let resumed = serde_json::to_string(&study.find(&kept("")).unwrap()).unwrap();
    assert!(whole == resumed);
}

/// 600 readings with two inputs, at times that decimals do not hold exactly.
fn readings() -> Vec<[f64; 4]> {
    let each = |k: i32| {
        let time = 0.1 * f64::from(k);
        let (a, b) = ((0.3 * time).sin(), (0.11 * time).cos());
        let noise = f64::from((k * 7919) % 101) / 101.0 - 0.5;
        [time, a, b, 0.2 + 0.5 * a - 0.3 * b + 0.01 * noise]
    };
    (0..600).map(each).collect()
}

fn csv(folder: &Path, change: impl Fn(usize, String) -> String) -> String {
    let mut text = change(0, "time,rate,heat,drift".into()) + "\n";
    for (index, row) in readings().iter().enumerate() {
        let line = row.map(|number| format!("{number:.7}")).join(",");
        writeln!(text, "{}", change(index + 1, line)).unwrap();
    }
    let path = folder.join("readings.csv");
    fs::write(&path, text).unwrap();
    format!("data.file={}", path.display())
}

const OWN: [&str; 4] = [
    "data.sequences=8",
    "data.tests=2",
    "data.steps=60",
    "network.networks=1",
];

#[test]
fn own_readings_are_identified() {
    let folder = tempfile::tempdir().unwrap();
    let file = csv(folder.path(), |_, line| line);
    let changes = [
        &OWN[..],
        &[
            &file,
            "training.epochs=20",
            "training.piece=20",
            "training.state=reset",
        ],
    ];
    let study: DriftIdentification = study("drift-identification", &changes.concat());
    let found = study.find(&Silent).unwrap();
    assert!(!found.simulated && found.bound.is_none() && found.mse.kalman.is_none());
    for (term, expected) in found.coefficients.iter().zip([0.2, 0.5, -0.3]) {
        assert!((term.least_squares - expected).abs() < 1e-3 && term.truth.is_none());
    }
    let names: Vec<&str> = found
        .coefficients
        .iter()
        .map(|term| term.term.as_str())
        .collect();
    assert_eq!(names, ["1", "rate", "heat"]);
    let pictures = DriftIdentification::figures(study.settings(), &found);
    for drawing in pictures {
        drawing.draw(folder.path()).unwrap();
    }
}

#[test]
fn own_readings_with_mistakes_are_refused_with_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let said = |change: &dyn Fn(usize, String) -> String, more: &[&str]| {
        let file = csv(folder.path(), change);
        let changes = [&OWN[..], &[&file], more].concat();
        let refused = read(&model("drift-identification", &changes)).err();
        refused.map_or_else(String::new, |error| error.to_string())
    };
    let at = |line: usize, text: &'static str| {
        move |index: usize, old: String| if index == line { text.into() } else { old }
    };
    for (line, text, what) in [
        (
            0,
            "t,rate,heat,drift",
            "line 1: the column `time` is missing",
        ),
        (
            0,
            "time,rate,heat,d",
            "line 1: the column `drift` is missing",
        ),
        (0, "time,heat,heat,drift", "line 1: column 3"),
        (7, "0.6,1,2,NaN", "line 8: `NaN` in the column `drift`"),
        (7, "0.6,1,,2", "line 8: `` in the column `heat`"),
        (7, "0.6,1,2", "line 8: 3 numbers for 4 columns"),
        (7, "0.65,1,2,3", "line 8: the time goes from"),
        (7, "", "line 9: the time goes from"),
        (2, "0,1,2,3", "line 3: the time 0 does not come after 0"),
    ] {
        let said = said(&at(line, text), &[]);
        assert!(
            said.contains("readings.csv") && said.contains(what),
            "{text}: {said}"
        );
        assert!(said.contains("; "), "no remedy: {said}");
    }
    let short = said(&|_, line| line, &["data.sequences=9"]);
    assert!(
        short.contains("600 readings, where 9 sequences and 2 tests"),
        "{short}"
    );
    let flat = said(
        &|index, line| {
            if index == 0 {
                line
            } else {
                format!("{:.1},1,2,3", 0.1 * (index - 1) as f64)
            }
        },
        &[],
    );
    assert!(
        flat.contains("depends on those before it") || flat.contains("the same number"),
        "{flat}"
    );
    let missing = ["data.file=nowhere.csv"];
    let refused = read(&model("drift-identification", &missing))
        .err()
        .unwrap();
    assert!(refused.to_string().contains("nowhere.csv"), "{refused}");
}

#[test]
fn what_cannot_be_learnt_is_refused_with_its_place() {
    for (name, change, what) in [
        ("drift-identification", "data.steps=7", "at least 8"),
        (
            "drift-identification",
            "data.steps=1000000000",
            "the readings",
        ),
        (
            "drift-identification",
            "drift.coefficients.spin_squared=0.1",
            "`a_S^2` depends on",
        ),
        (
            "drift-identification",
            "drift.correlation_time=0",
            "positive",
        ),
        ("drift-identification", "drift.noise=0", "positive"),
        (
            "drift-identification",
            "network.hidden=1000000000",
            "the weights of a network",
        ),
        (
            "drift-identification",
            "network.networks=1000000000",
            "all networks",
        ),
        (
            "drift-identification",
            "network.leak=0",
            "above 0 and at most 1",
        ),
        (
            "drift-identification",
            "network.context=1",
            "from 0 to 0.99",
        ),
        (
            "drift-identification",
            "training.gradients=[\"half\"]",
            "unknown choice `half`",
        ),
        (
            "drift-identification",
            "training.gradients=[{truncated=0}]",
            "at least one step",
        ),
        (
            "drift-identification",
            "training.nodes=[\"tanh\",\"tanh\"]",
            "twice",
        ),
        (
            "drift-identification",
            "training.epochs=1000000000",
            "the losses of all epochs",
        ),
        (
            "drift-identification",
            "training.rule={alterable-rate={rate=-1.0}}",
            "rate = -1",
        ),
        (
            "drift-identification",
            "training.rule={alterable-rate={momentum=1.0}}",
            "momentum = 1",
        ),
        (
            "drift-identification",
            "training.rule={adam={rate=0.0}}",
            "rate = 0",
        ),
        (
            "delayed-recall",
            "data.delays=[40]",
            "a delay of 40 in sequences of 40",
        ),
        ("delayed-recall", "data.delays=[]", "is empty"),
        ("delayed-recall", "data.steps=1000000000", "what is heard"),
        (
            "delayed-recall",
            "network.hidden=1000000000",
            "the weights of a network",
        ),
        ("delayed-recall", "training.gradients=[]", "is empty"),
    ] {
        let refused = read(&model(name, &[change])).err();
        let said = refused.map_or_else(String::new, |error| error.to_string());
        assert!(said.contains(what), "{name} {change}: {said}");
    }
}

/// What was heard five steps ago: the full gradient learns to keep it, the static one does not.
#[test]
fn the_full_gradient_recalls_where_the_static_one_cannot() {
    let changes = [
        "data.delays=[1,5]",
        "network.networks=3",
        "training.gradients=[\"static\",\"full\"]",
    ];
    let study: Echo = study("delayed-recall", &changes);
    let found = study.find(&Silent).unwrap();
    for point in &found.points {
        for (mse, accuracy) in point.mse.iter().zip(&point.accuracy) {
            match (point.gradient, point.delay) {
                (Gradient::Static, 5) => assert!(*mse > 0.4 && *accuracy < 0.9, "{point:?}"),
                _ => assert!(*mse < 0.02 && *accuracy == 1.0, "{point:?}"),
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    for drawing in Echo::figures(study.settings(), &found) {
        drawing.draw(folder.path()).unwrap();
    }
}
