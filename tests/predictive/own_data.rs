//! Predictive coding on one's own labelled data: learnt, classified, generated, saved and loaded again.

use std::fs::{self, File};

use pulsatrix::experiment::predictive::images::{Findings, Images};
use pulsatrix::experiment::predictive::memory::Memory;
use pulsatrix::experiment::{ModelFile, Silent, Study, npy, read, shipped_text};

/// A shipped model without its own images, and with some settings changed.
fn model(name: &str, settings: &[String]) -> ModelFile {
    let text = shipped_text(name)
        .unwrap()
        .replace("images = \"digits8x8\"", "");
    let mut model = ModelFile::from_text(name, "own.toml", text).unwrap();
    for setting in settings {
        model.set(setting).unwrap();
    }
    model
}

fn images(settings: &[String]) -> Findings {
    let study = model("pc-digits", settings).study::<Images>();
    study
        .map_err(|error| error.to_string())
        .unwrap()
        .find(&Silent)
        .unwrap()
}

/// Two classes of pictures of 2 x 3 pixels, bars above and bars below, some brighter than others.
fn pictures(folder: &std::path::Path) {
    for (class, rows) in [("above", [1, 0]), ("below", [0, 1])] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for level in 0..6 {
            let row = |on: usize| format!("{0} {0} {0}\n", on * (200 + 10 * level));
            let text = format!("P2\n3 2\n255\n{}{}", row(rows[0]), row(rows[1]));
            fs::write(folder.join(class).join(format!("{level}.pgm")), text).unwrap();
        }
    }
}

#[test]
fn own_pictures_are_learnt_and_their_weights_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    pictures(&data);
    // of twelve pictures in the order of the folders, all are learnt and the same ones are tests
    let own = |more: &[String]| {
        let path = data.display();
        let settings = [
            format!("data.inputs={path}"),
            "data.training=12".into(),
            format!("data.test_inputs={path}"),
            "network.hidden=[4]".into(),
            "training.weight_decays=[0.01]".into(),
            "training.epochs=60".into(),
            "training.batch=12".into(),
            "course.duration=1".into(),
        ];
        [&settings[..], more].concat()
    };
    let found = images(&own(&[]));
    assert_eq!((found.shape, found.training, found.tests), ((2, 3), 12, 12));
    let trained = &found.networks[0];
    assert_eq!(
        (trained.training_accuracy, trained.test_accuracy),
        (Some(1.0), Some(1.0))
    );
    assert_eq!(trained.test_classes.values, [[0.0; 6], [1.0; 6]].concat());
    assert_eq!(trained.generation[0].best_match, 2);

    let weights = folder.path().join("weights");
    fs::create_dir_all(&weights).unwrap();
    for array in &found.weights {
        let file = File::create(weights.join(format!("{}.npy", array.name))).unwrap();
        npy::write(file, &array.shape, &array.values).unwrap();
    }
    let again = images(&own(&[
        format!("published.weights={}", weights.display()),
        "training.epochs=1".into(),
    ]));
    let loaded = &again.networks[0];
    assert_eq!(loaded.name, "published");
    assert_eq!(loaded.test_classes.values, trained.test_classes.values);
    assert_eq!(
        loaded.generation[0].images.values,
        trained.generation[0].images.values
    );

    let report = model("pc-digits", &own(&[]));
    let prepared = read(&report).unwrap();
    let said = prepared.experiment().data_statement().unwrap();
    assert_eq!(said.classes, ["above", "below"]);
    assert!(
        said.split.contains("`test_inputs` are the tests"),
        "{}",
        said.split
    );
    assert!((said.divided_by - 256.0).abs() < 1e-15);
}

#[test]
fn own_images_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    pictures(folder.path());
    let settings = [
        format!("data.inputs={}", folder.path().display()),
        "memory.hidden=[6]".into(),
        "memory.steps=50".into(),
        "capacity.stored=[2]".into(),
        "binary.stored=2".into(),
        "binary.amounts=[0]".into(),
        "binary.cues=1".into(),
    ];
    let study = model("pc-memory", &settings).study::<Memory>();
    let found = study
        .map_err(|error| error.to_string())
        .unwrap()
        .find(&Silent)
        .unwrap();
    assert_eq!(found.shape, (2, 3));
    // what is stored comes back from itself
    let stored: Vec<String> = found
        .pictures
        .rows
        .iter()
        .map(|row| row.stored.to_string())
        .collect();
    assert_eq!(stored, ["111000", "000111"]);
    let too_many = model(
        "pc-memory",
        &[settings[0].clone(), "binary.stored=3".into()],
    );
    let said = too_many.study::<Memory>().err().unwrap().to_string();
    assert!(
        said.contains("there are 2 classes") && said.contains("between 1 and 12"),
        "{said}"
    );
}
