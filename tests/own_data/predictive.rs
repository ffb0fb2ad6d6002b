//! Class vectors, the minimum norm, and a memory that a run has kept.

use std::fs::{self, File};

use nalgebra::DMatrix;
use pulsatrix::experiment::npy;
use pulsatrix::experiment::predictive::memory::{Findings, Memory};
use pulsatrix::experiment::predictive::minimum_norm::MinimumNorm;
use pulsatrix::experiment::predictive::toy::Toy;
use pulsatrix::experiment::{ModelFile, Silent, Study};

use super::{find, refusal, shipped, table};

/// The class vectors of the shipped model.
const VECTORS: [[f64; 4]; 3] = [
    [0.5, -1.0, 0.25, 1.0],
    [-0.75, 0.5, 1.0, -0.5],
    [1.0, 1.0, -0.25, 0.125],
];

fn toy(data: &str) -> String {
    format!(
        "experiment = 'predictive-toy'\nseed = 3\n[data]\n{data}\n[network]\nhidden = [3]\nfeedback = 'tied'\nnetworks = 1\n\
         [learning]\ntau = 0.02\ngamma = 0.1\nstep = 0.001\nhold = 1.0\nblackout = 0.2\nweight_decays = [0.05]\nbatch = 3\n\
         epochs = 4\n[generation]\ntau = 0.2\nvalue_decay = 0.01\nduration = 2.0\n"
    )
}

/// Samples that are the class vectors in turn are those of the class vectors without noise, and so is all that is learnt.
#[test]
fn own_samples_are_learnt_as_their_class_vectors_are() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Vec<f64>> = (0..6)
        .map(|n| [&VECTORS[n % 3][..], &[n as f64 % 3.0]].concat())
        .collect();
    let path = table(folder.path(), "t.csv", "a,b,c,d,class", &rows);
    let own = format!("inputs = '{path}'\ntarget_columns = ['class']");
    let (found, said) = find::<Toy>(&toy(&own));
    let vectors = format!("class_vectors = {VECTORS:?}\nsamples = 6");
    let study = super::model(&toy(&vectors)).study::<Toy>();
    let due = study.map_err(|error| error.to_string()).unwrap();
    assert!(due.data_statement().is_none());
    let due = due.find(&Silent).unwrap();
    let json = |found| serde_json::to_value(found).unwrap();
    assert_eq!(json(&found), json(&due));
    assert_eq!((said.training, said.tests), (6, 0));
    assert_eq!(said.classes, ["0", "1", "2"]);
    for (data, what) in [
        (
            format!("{own}\n{vectors}"),
            "the samples are those of `class_vectors`, or one's own",
        ),
        (
            String::new(),
            "the samples are those of `class_vectors`, or one's own",
        ),
        (format!("{own}\nsamples = 7"), "7 of 6 images"),
        (
            format!("{own}\nsamples = 2"),
            "has no sample among the first 2",
        ),
        (
            format!("class_vectors = {VECTORS:?}"),
            "`samples` is missing",
        ),
        (format!("inputs = '{path}'"), "no classes"),
    ] {
        let said = refusal(&toy(&data));
        assert!(said.contains(what), "{what}: {said}");
    }
}

/// The least norm is that of the pseudo-inverse, from a table as from the model itself.
#[test]
fn the_minimum_norm_of_a_table_is_that_of_the_pseudo_inverse() {
    let folder = tempfile::tempdir().unwrap();
    let rows = VECTORS.map(|row| row.to_vec());
    let path = table(folder.path(), "t.csv", "a,b,c,d", &rows);
    let text = |data: &str| {
        shipped("pc-minimum-norm", &[], data)
            .replace("starts = 3", "starts = 1\nsteps = 20")
            .replace("[0.1, 0.01, 0.001]", "[0.1]")
            .replace("[0.02, 0.01, 1e-4]", "[0.02]")
            .replace("\ninputs = [\n", "\nunused = [\n")
    };
    // the inputs of the shipped model are left out
    let text = |data: &str| {
        let text = text(data);
        let from = text.find("unused = [").unwrap();
        let to = from + text[from..].find("\n]").unwrap() + 2;
        format!("{}{}", &text[..from], &text[to..])
    };
    let (found, said) = find::<MinimumNorm>(&text(&format!("inputs = '{path}'")));
    let inputs = DMatrix::from_fn(4, 3, |pixel, class| VECTORS[class][pixel]);
    let due = inputs.pseudo_inverse(1e-12).unwrap().norm_squared();
    assert!((found.minimum_norm_squared / due - 1.0).abs() < 1e-12);
    assert_eq!((said.training, said.inputs), (3, path.clone()));
    for (data, what) in [
        (
            format!("inputs = '{path}'\ntargets = [1, 2, 3]"),
            "a class of its own",
        ),
        ("inputs = [[1, 2], [3, 4]]".into(), "2 inputs of 2 numbers"),
        (
            "inputs = [[1, 2, 3], [2, 4, 6]]".into(),
            "linearly dependent",
        ),
        ("inputs = [[1, 2, 1e7]]".into(), "beyond 1e6"),
        (String::new(), "`inputs` is missing"),
    ] {
        let said = refusal(&text(&data));
        assert!(said.contains(what), "{what}: {said}");
    }
}

/// A memory that a run has kept is the same memory, and recalls other cues.
#[test]
fn a_kept_memory_recalls_other_cues() {
    let folder = tempfile::tempdir().unwrap();
    let small = |more: &[String]| {
        let mut model = ModelFile::open_shipped("pc-memory").unwrap();
        let settings = [
            "memory.hidden=[16]",
            "memory.steps=40",
            "capacity.stored=[2]",
            "capacity.known=[0.5]",
            "binary.stored=5",
            "binary.cues=2",
            "binary.amounts=[16]",
        ];
        for setting in settings.into_iter().chain(more.iter().map(String::as_str)) {
            model.set(setting).unwrap();
        }
        model.study::<Memory>().map_err(|error| error.to_string())
    };
    let found = small(&[]).unwrap().find(&Silent).unwrap();
    assert_eq!(found.weights[0].shape, [16, 64]);
    assert_eq!(found.weights[1].shape, [64]);
    for array in &found.weights {
        let file = File::create(folder.path().join(format!("{}.npy", array.name))).unwrap();
        npy::write(file, &array.shape, &array.values).unwrap();
    }
    // the upper halves of what was stored, and nothing below
    let stored: Vec<String> = found
        .pictures
        .rows
        .iter()
        .map(|row| row.stored.to_string())
        .collect();
    let cues: Vec<String> = stored
        .iter()
        .map(|bits| format!("{}{}", &bits[..32], "0".repeat(32)))
        .collect();
    let path = folder.path().join("cues.txt");
    fs::write(&path, cues.join("\n")).unwrap();
    let kept = format!("published.weights={}", folder.path().display());
    let asked = [
        kept.clone(),
        "memory.steps=1".into(),
        format!("cues={{ inputs = '{}', known = 0.5 }}", path.display()),
    ];
    let again = small(&asked).unwrap().find(&Silent).unwrap();
    assert_eq!(again.weights, found.weights);
    let curve = |found: &Findings| serde_json::to_value(&found.curves[0]).unwrap();
    assert_eq!(curve(&again), curve(&found));
    assert!(again.notes[0].contains("is that of"), "{:?}", again.notes);
    let recalled = again.recalled.unwrap();
    assert!(recalled.reached.converged);
    assert_eq!(recalled.answers.shape, [5, 64]);
    let answers = recalled.answers.values.chunks(64).map(|levels| {
        let bit = |level: &f64| if *level > 0.0 { '1' } else { '0' };
        levels.iter().map(bit).collect::<String>()
    });
    assert_eq!(answers.collect::<Vec<_>>(), stored);

    let missing = small(&["published.weights=/nowhere".into()]).unwrap();
    let notes = missing.find(&Silent).unwrap().notes;
    assert!(notes[0].contains("no folder /nowhere"), "{notes:?}");
    let narrow = small(&["cues={ inputs = [[0, 1], [1, 1]] }".into()])
        .err()
        .unwrap();
    assert!(
        narrow.contains("cues of 2 pixels for images of 64"),
        "{narrow}"
    );
    let weights = small(&[kept, "memory.steps=1".into()]).unwrap();
    let short = File::create(folder.path().join("b_0.npy")).unwrap();
    npy::write(short, &[2], &[0.0, 1.0]).unwrap();
    let said = weights.find(&Silent).unwrap_err().to_string();
    assert!(said.contains("a bias of 2"), "{said}");
}
