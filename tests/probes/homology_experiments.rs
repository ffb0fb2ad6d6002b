//! The experiments on homology, and what they refuse.

use std::fs::{self, File};
use std::path::Path;

use assert_cmd::Command;
use nalgebra::{DMatrix, dmatrix};
use pulsatrix::experiment::probes::attractor_topology::AttractorTopology;
use pulsatrix::experiment::probes::relevance_homology::RelevanceHomology;
use pulsatrix::experiment::{ModelFile, Silent, Study, npy};
use serde_json::Value;

fn save(folder: &Path, name: &str, matrix: &DMatrix<f64>) {
    let rows = matrix.transpose();
    let file = File::create(folder.join(name)).unwrap();
    npy::write(file, &[matrix.nrows(), matrix.ncols()], rows.as_slice()).unwrap();
}

/// Runs a model in a folder: exit code, report, and what is said.
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

/// A model of the kind with these lines in its two sections.
fn model(data: &str, homology: &str) -> String {
    format!("experiment = \"homology\"\n[data]\n{data}\n[homology]\n{homology}\n")
}

#[test]
fn points_of_a_circle_have_a_loop_in_report_and_array() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let angle = |i: usize| std::f64::consts::TAU * i as f64 / 6.0;
    let points = DMatrix::from_fn(6, 2, |i, j| [angle(i).cos(), angle(i).sin()][j]);
    save(folder, "x.npy", &points);
    let (code, report, said) = run(folder, &model("points = \"x.npy\"", "complex = \"rips\""));
    assert_eq!(code, 0, "{said}");
    let report = report.unwrap();
    assert_eq!(report["betti"], serde_json::json!([1, 0]));
    assert_eq!(report["pairs"], serde_json::json!([6, 1]));
    let read = |name: &str| npy::read(File::open(folder.join("run").join(name)).unwrap()).unwrap();
    let (shape, loops) = read("diagram-1.npy");
    assert_eq!(shape, [1, 2]);
    assert!((loops[0] - 1.0).abs() < 1e-14 && (loops[1] - 3.0_f64.sqrt()).abs() < 1e-14);
    let (shape, components) = read("diagram-0.npy");
    assert_eq!(shape, [6, 2]);
    let never = components
        .iter()
        .filter(|level| level.is_infinite())
        .count();
    assert_eq!(never, 1);
    // Below the side of the hexagon there are six points and no loop: an array without rows.
    let (code, report, said) = run(
        folder,
        &model(
            "points = \"x.npy\"",
            "complex = \"clique\"\nthreshold = 0.5",
        )
        .replace("run", "runs"),
    );
    assert_eq!(code, 0, "{said}");
    assert_eq!(report.unwrap()["betti"], serde_json::json!([6, 0]));
    let (shape, _) = npy::read(File::open(folder.join("run-2/diagram-1.npy")).unwrap()).unwrap();
    assert_eq!(shape, [0, 2]);
}

#[test]
fn layers_and_graphs_have_their_betti_numbers() {
    let ones = |rows: usize, columns: usize| DMatrix::from_element(rows, columns, 1.0);
    let never = f64::INFINITY;
    let octahedron = DMatrix::from_fn(6, 6, |i, j| match (i, j) {
        _ if i == j => 0.0,
        _ if i % 3 == j % 3 => never,
        _ => 1.0,
    });
    let graph = octahedron.map(|distance| if distance == 1.0 { 0.5 } else { 0.0 });
    for (matrices, data, homology, betti) in [
        (
            vec![ones(4, 3)],
            "weights = [\"m0.npy\"]",
            "complex = \"relevance\"",
            vec![1, 6],
        ),
        (
            vec![ones(4, 3), ones(5, 4)],
            "weights = [\"m0.npy\", \"m1.npy\"]",
            "complex = \"relevance\"\ndimension = 2",
            vec![1, 0, 24],
        ),
        // inputs x outputs, the only way in which these chain
        (
            vec![ones(3, 4), ones(4, 5)],
            "weights = [\"m0.npy\", \"m1.npy\"]",
            "complex = \"clique\"\ndimension = 2",
            vec![1, 0, 24],
        ),
        (
            vec![octahedron],
            "distances = \"m0.npy\"",
            "complex = \"rips\"\ndimension = 2",
            vec![1, 0, 1],
        ),
        (
            vec![graph],
            "weights = [\"m0.npy\"]",
            "complex = \"clique\"\ndimension = 2",
            vec![1, 0, 1],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (place, matrix) in matrices.iter().enumerate() {
            save(folder.path(), &format!("m{place}.npy"), matrix);
        }
        let (code, report, said) = run(folder.path(), &model(data, homology));
        assert_eq!(code, 0, "{said}");
        assert_eq!(
            report.unwrap()["betti"],
            serde_json::json!(betti),
            "{data} {homology}"
        );
    }
}

#[test]
fn bad_data_are_refused_at_their_file_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    save(folder, "skew.npy", &dmatrix![0.0, 1.0; 2.0, 0.0]);
    save(folder, "nan.npy", &dmatrix![0.0, f64::NAN]);
    save(folder, "wide.npy", &DMatrix::from_element(2, 3, 1.0));
    let weights = |names: &str| format!("weights = [{names}]");
    for (data, homology, words) in [
        (
            "distances = \"skew.npy\"".into(),
            "complex = \"rips\"",
            ["skew.npy", "not symmetric"],
        ),
        (
            "points = \"nan.npy\"".into(),
            "complex = \"rips\"",
            ["nan.npy", "row 0, column 1"],
        ),
        (
            weights("\"nan.npy\""),
            "complex = \"relevance\"",
            ["nan.npy", "layer 1 holds NaN"],
        ),
        (
            weights("\"wide.npy\", \"wide.npy\""),
            "complex = \"relevance\"",
            ["wide.npy", "outputs x inputs"],
        ),
        (
            weights("\"none.npy\""),
            "complex = \"relevance\"",
            ["none.npy", "numpy.save"],
        ),
        (
            weights(""),
            "complex = \"relevance\"",
            ["`weights` is empty", "w1.npy"],
        ),
        (
            weights("\"wide.npy\""),
            "complex = \"relevance\"\nthreshold = 2.0",
            ["threshold 2", "from 0 to 1"],
        ),
        (
            "points = \"wide.npy\"".into(),
            "complex = \"relevance\"",
            ["not made of", "rips"],
        ),
        (
            String::new(),
            "complex = \"rips\"",
            ["one kind of data", "`points`"],
        ),
        (
            "points = \"wide.npy\"".into(),
            "complex = \"rips\"\ndimension = 3",
            ["dimension 3", "voids"],
        ),
    ] {
        let (code, _, said) = run(folder, &model(&data, homology));
        assert_eq!(code, 2, "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(!folder.join("run").exists());
    }
}

#[test]
fn a_cycle_is_one_loop_and_chaos_none_so_clear() {
    let model = ModelFile::open_shipped("attractor-topology").unwrap();
    let study = model
        .study::<AttractorTopology>()
        .map_err(|error| error.to_string());
    let found = study.unwrap().find(&Silent).unwrap();
    let [cycle, chaos] = &found.attractors[..] else {
        panic!("two attractors");
    };
    let stands_out = |attractor: &pulsatrix::experiment::probes::attractor_topology::Attractor| {
        let longest = attractor.longest.unwrap();
        longest.death / longest.birth
    };
    assert_eq!((cycle.certain_loops, cycle.loops.shape[0]), (1, 1));
    assert!(stands_out(cycle) > 20.0, "{:?}", cycle.longest);
    assert!(chaos.loops.shape[0] > 50);
    assert!(stands_out(chaos) < 8.0, "{:?}", chaos.longest);
}

/// More units make more loops, as the number of positive weights says: about half of all.
#[test]
fn loops_grow_with_the_number_of_weights() {
    let mut model = ModelFile::open_shipped("relevance-homology").unwrap();
    for change in [
        "network.widths=[8,32]",
        "network.classes=[2]",
        "network.networks=2",
        "training.epochs=[0,3]",
        "data.examples=100",
    ] {
        model.set(change).unwrap();
    }
    let study = model
        .study::<RelevanceHomology>()
        .map_err(|error| error.to_string());
    let found = study.unwrap().find(&Silent).unwrap();
    // Two forms, of each two widths and a smaller number of classes, twice.
    assert_eq!(found.networks.len(), 2 * 3 * 2);
    for course in &found.networks {
        let (width, classes) = (course.width as f64, course.classes as f64);
        let weights = width * (width + classes);
        let vertices = 2.0 * width + classes;
        // Half of the weights, give or take four standard deviations.
        let expected = 0.5 * weights - vertices + 1.0;
        let scatter = 4.0 * 0.5 * weights.sqrt();
        for look in &course.looks {
            let loops = look.loops as f64;
            assert!((loops - expected).abs() < scatter, "{course:?}");
            assert!(look.mean_life.unwrap() > 0.0);
        }
        assert!(
            course.looks[1].accuracy > course.looks[0].accuracy || width < 10.0,
            "{course:?}"
        );
    }
}
