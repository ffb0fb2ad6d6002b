//! Points whose loops are known, and series that say what comes next.

use std::f64::consts::TAU;
use std::fs::File;
use std::path::Path;

use pulsatrix::experiment::npy;
use pulsatrix::experiment::probes::attractor_topology::AttractorTopology;
use pulsatrix::experiment::recurrent::delayed_recall::Echo;

use super::{find, refusal, shipped, table};

fn array(folder: &Path, name: &str, shape: &[usize], values: &[f64]) -> String {
    let path = folder.join(name);
    npy::write(File::create(&path).unwrap(), shape, values).unwrap();
    path.display().to_string()
}

fn topology(data: &str, landmarks: usize) -> String {
    format!(
        "experiment = 'attractor-topology'\n[data]\n{data}\n[embedding]\ndimension = 2\nlandmarks = {landmarks}\n"
    )
}

/// Equidistant points of a circle of radius r have one loop: born at the distance of neighbours, it dies at `r sqrt(3)`, the side
/// of the largest triangle.
#[test]
fn a_circle_is_one_loop_as_points_and_as_a_series() {
    let folder = tempfile::tempdir().unwrap();
    let angle = |n: usize| TAU * n as f64 / 60.0;
    let points: Vec<Vec<f64>> = (0..60)
        .map(|n| vec![5.0 * angle(n).cos(), 5.0 * angle(n).sin()])
        .collect();
    let path = table(folder.path(), "circle.csv", "x,y", &points);
    let (found, said) = find::<AttractorTopology>(&topology(&format!("inputs = '{path}'"), 60));
    let [circle] = &found.attractors[..] else {
        panic!("one cloud");
    };
    let loop_of = circle.longest.unwrap();
    let side = 10.0 * (TAU / 120.0).sin();
    assert_eq!((circle.certain_loops, circle.loops.shape[0]), (1, 1));
    assert!((loop_of.birth - side).abs() < 1e-12, "{loop_of:?}");
    assert!(
        (loop_of.death - 5.0 * 3.0_f64.sqrt()).abs() < 1e-12,
        "{loop_of:?}"
    );
    assert_eq!(
        (said.training, said.columns),
        (60, vec!["x".to_owned(), "y".to_owned()])
    );
    assert_eq!(circle.name, path);

    // a sine has the mean square 1/2, and a quarter of a turn later it is a cosine: a circle of radius sqrt(2)
    let sine: Vec<f64> = (0..75).map(|n| 7.0 * angle(n).sin() + 3.0).collect();
    // a whole turn, so that its mean and mean square are exact
    let path = array(folder.path(), "sine.npy", &[60], &sine[..60]);
    let data = format!("inputs = '{path}'\nlag = 15");
    let (found, _) = find::<AttractorTopology>(&topology(&data, 45));
    let embedded = &found.attractors[0];
    assert_eq!(embedded.landmarks.shape, [45, 2]);
    assert!((embedded.lag - 15.0).abs() < 1e-15);
    let rows = embedded.landmarks.values.chunks(2);
    assert!(
        rows.into_iter()
            .all(|row| (row[0].hypot(row[1]) - 2.0_f64.sqrt()).abs() < 1e-12)
    );
}

#[test]
fn points_that_are_none_are_refused() {
    let square = "inputs = [[0, 0], [1, 0], [1, 1], [0, 1]]";
    let nan = tempfile::tempdir().unwrap();
    let nan = array(nan.path(), "nan.npy", &[2, 2], &[1.0, 2.0, f64::NAN, 4.0]);
    for (data, landmarks, what) in [
        (square.to_owned(), 5, "5 landmarks among 4 points"),
        (format!("{square}\nlag = 1"), 3, "points have none"),
        ("inputs = [1, 2, 3, 4]".into(), 3, "1 numbers a row"),
        (
            "inputs = [1, 2, 3, 4]\nlag = 4".into(),
            3,
            "reaches over 4 readings of 4",
        ),
        (
            format!("{square}\ntargets = [1, 2, 3, 4]"),
            3,
            "targets are not for this kind",
        ),
        (
            format!("inputs = '{nan}'"),
            3,
            "number 0 of example 1 (from 0) is NaN",
        ),
        ("lag = 2".into(), 3, "this belongs to `inputs`"),
        (String::new(), 3, "the section `network` is missing"),
    ] {
        let said = refusal(&topology(&data, landmarks));
        assert!(said.contains(what), "{what}: {said}");
    }
    let beside = format!("{}[past]\nvalue = 1.0\n", topology(square, 3));
    let said = refusal(&beside);
    assert!(said.contains("in place of the section `[past]`"), "{said}");
}

/// The shipped model, made small, with a delay.
fn echo(data: &str, delay: usize) -> String {
    shipped(
        "delayed-recall",
        &["delays"],
        &format!("delays = [{delay}]\n{data}"),
    )
    .replace("sequences = 30", "sequences = 3")
    .replace("steps = 40", "steps = 20")
    .replace("networks = 5", "networks = 1")
    .replace(
        "gradients = [\"static\", { truncated = 3 }, \"full\"]",
        "gradients = [\"static\"]",
    )
}

/// A series of period 4 says itself what was heard 4 steps ago: the static gradient learns it, as it never does of random signs.
#[test]
fn a_periodic_series_is_recalled_without_a_memory() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Vec<f64>> = (0..130)
        .map(|n| vec![f64::from(n), [3.0, 3.0, -1.0, -1.0][n as usize % 4]])
        .collect();
    let path = table(folder.path(), "s.csv", "t,x", &rows);
    let data = format!("inputs = '{path}'\ninput_columns = ['x']\nscaling = 'standard'");
    let (found, said) = find::<Echo>(&echo(&data, 4));
    assert!(found.points[0].mse[0] < 1e-2, "{:?}", found.points[0]);
    assert!((found.points[0].accuracy[0] - 1.0).abs() < 1e-15);
    assert!((found.silence.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!((said.training, said.tests), (60, 60));
    assert!(
        said.split.contains("first 60 of 130 readings"),
        "{}",
        said.split
    );
    assert_eq!(said.columns, ["x"]);

    for (data, what) in [
        (format!("inputs = '{path}'"), "2 numbers a reading"),
        (
            "inputs = [1, 2, 3]".into(),
            "120 readings for sequences and tests of 3",
        ),
        (
            format!("{data}\ntarget_columns = ['t']"),
            "what is said is what was heard",
        ),
        (
            format!("inputs = {:?}", vec![0.5; 120]),
            "are the same number",
        ),
        ("inputs = 'nowhere.csv'".into(), "nowhere.csv"),
    ] {
        let said = refusal(&echo(&data, 4));
        assert!(said.contains(what), "{what}: {said}");
    }
}
