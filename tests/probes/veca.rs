//! The experiment `veca` in small: its report can be recomputed, and what it refuses.

use std::fs;

use nalgebra::DMatrix;
use pulsatrix::experiment::probes::veca::{Findings, VecaStudy};
use pulsatrix::experiment::{ModelFile, Silent, Study, read};
use pulsatrix::probes::{Agreement, Stopping, veca};

fn model(changes: &[&str]) -> ModelFile {
    let mut model = ModelFile::open_shipped("veca").unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    model
}

fn findings(changes: &[&str]) -> Findings {
    let study = model(changes).study::<VecaStudy>();
    let study = study.map_err(|error| error.to_string()).unwrap();
    study.find(&Silent).unwrap()
}

const SMALL: [&str; 6] = [
    "data.training=120",
    "data.subset=50",
    "data.tests=200",
    "network.networks=2",
    "dense.hidden=[40,30]",
    "training.epochs=8",
];

#[test]
fn the_report_is_recomputed_from_the_saved_activations() {
    let found = findings(&SMALL);
    assert_eq!((found.training, found.tests), (120, 200));
    assert_eq!(found.networks.len(), 4);
    let seeds: Vec<usize> = found.networks.iter().map(|course| course.seed).collect();
    assert_eq!(seeds, [1, 2, 3, 4]);
    for course in &found.networks {
        let array = &course.activations;
        assert_eq!(array.name, format!("activations-{}", course.seed));
        let units = if course.architecture == "convolutional" {
            64
        } else {
            30
        };
        assert_eq!(array.shape, [50, units]);
        let z = DMatrix::from_row_slice(50, units, &array.values);
        let again = veca(&z).unwrap();
        assert_eq!(course.veca.len(), 8);
        assert_eq!(course.veca[7], again.variance);
        assert_eq!(course.veca_relative[7], again.relative);
        let agreement = Agreement::of(&course.veca, &course.test_loss);
        assert_eq!(course.agreement, agreement);
        let stopping = Stopping::at_minimum(&course.veca, &course.test_loss);
        assert_eq!(course.stopping, stopping);
        // learning has begun, and networks differ
        assert!(course.training_loss[7] < 0.7 * course.training_loss[0]);
        assert!(course.test_accuracy[7] > 0.5);
    }
    assert_ne!(found.networks[0].veca, found.networks[1].veca);

    // findings come back from a report, and pictures are made of them alone
    let text = serde_json::to_string(&found).unwrap();
    let again: Findings = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    let study = model(&SMALL)
        .study::<VecaStudy>()
        .map_err(|e| e.to_string());
    let pictures = VecaStudy::figures(study.unwrap().settings(), &again);
    let names: Vec<&str> = pictures
        .iter()
        .map(|drawing| drawing.name.as_str())
        .collect();
    assert_eq!(names, ["courses", "scatter"]);
    let folder = tempfile::tempdir().unwrap();
    for drawing in &pictures {
        drawing.draw(folder.path()).unwrap();
    }
}

#[test]
fn runs_repeat_bit_for_bit_on_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let changes = [&SMALL[..], &["training.dropout=0.2", "training.epochs=2"]].concat();
        pool.unwrap()
            .install(|| serde_json::to_string(&findings(&changes)).unwrap())
    };
    assert!(run(1) == run(3));
}

#[test]
fn what_cannot_be_probed_is_refused_with_its_place() {
    for (change, what) in [
        ("data.subset=301", "a subset of 301 of 300"),
        ("data.subset=1", "at least 2"),
        ("data.training=1797", "no image is left for tests"),
        ("data.training=1798", "1798 images for training of 1797"),
        ("data.tests=1498", "1498 tests of 1497"),
        ("data.images=nowhere", "four MNIST files"),
        ("data.scale=255", "16 grey levels"),
        ("network.activation=softmax", "softmax"),
        (
            "network.networks=1000000000",
            "the activations of all networks",
        ),
        ("dense.hidden=[]", "`hidden` is empty"),
        ("dense.hidden=[1000000000]", "the weights of a network"),
        (
            "convolutional.blocks=[[1000000000]]",
            "the weights of a network",
        ),
        (
            "convolutional.blocks=[[8],[8],[8],[8]]",
            "leave 1 of 8 pixels",
        ),
        ("convolutional.kernel=2", "odd"),
        ("convolutional.pool=9", "a pooling of side 9"),
        ("training.rule={ adam = { rate = -1.0 } }", "rate = -1"),
        ("training.epochs=1000000000", "what all networks find"),
        ("training.dropout=1", "from 0 to 0.99"),
    ] {
        let refused = read(&model(&[change])).err();
        let said = refused.map_or_else(String::new, |error| error.to_string());
        assert!(said.contains(what), "{change}: {said}");
    }
}

#[test]
fn images_of_one_class_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, magic: u32, sizes: &[u32], bytes: Vec<u8>| {
        let head = std::iter::once(&magic).chain(sizes);
        let head: Vec<u8> = head.flat_map(|word| word.to_be_bytes()).collect();
        fs::write(folder.path().join(name), [head, bytes].concat()).unwrap();
    };
    for (part, label) in [("train", 3), ("t10k", 1)] {
        let pixels = (0..6 * 64_u32).map(|pixel| (pixel * 37 % 256) as u8);
        file(
            &format!("{part}-images-idx3-ubyte.gz"),
            2051,
            &[6, 8, 8],
            pixels.collect(),
        );
        file(
            &format!("{part}-labels-idx1-ubyte.gz"),
            2049,
            &[6],
            vec![label; 6],
        );
    }
    let images = format!("data.images={}", folder.path().display());
    let changes = [&images, "data.training=6", "data.subset=4", "data.tests=6"];
    let refused = read(&model(&changes)).err().unwrap();
    assert!(
        refused.to_string().contains("all of one class"),
        "{refused}"
    );
}
