//! Deep linear networks, orthogonal weights, kernels between tests and inputs, symmetries of rectifiers.

use nalgebra::{DMatrix, dmatrix};
use pulsatrix::experiment::flow::deep_linear::DeepLinear;
use pulsatrix::experiment::flow::ntk_width::NtkWidth;
use pulsatrix::experiment::flow::orthogonal_speed::OrthogonalSpeed;
use pulsatrix::experiment::probes::relu_symmetries::ReluSymmetries;
use pulsatrix::experiment::{ModelFile, Silent, Study};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Image, Initialisation,
};
use pulsatrix::networks::kernels::LimitKernel;
use pulsatrix::numerics::random::member;

use super::{find, refusal, shipped, table};

/// A deep linear network of one's own data.
fn linear(data: &str, samples: usize, t_end: f64) -> String {
    format!(
        "experiment = 'deep-linear'\n[data]\n{data}\n[network]\nlayers = [2, 3]\nstart = 0.01\n[flow]\nt_end = {t_end}\n\
         samples = {samples}\n"
    )
}

/// Orthogonal inputs, of which the targets are twice the one and half the other: modes of the strengths 2 and 1/2. In two layers
/// a mode is half learnt at the time `ln(s / start - 1) / (2 s)`.
#[test]
fn a_mode_of_data_is_half_learnt_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
    // the third target is what no linear map explains
    let rows = rows.map(|[a, b]| vec![a, b, 2.0 * a, 0.5 * b, 3.0 * a * b]);
    let path = table(folder.path(), "t.csv", "a,b,x,y,z", &rows);
    let half = f64::ln(2.0 / 0.01 - 1.0) / 4.0;
    let data = format!("inputs = '{path}'\ntarget_columns = ['x', 'y', 'z']");
    let (found, said) = find::<DeepLinear>(&linear(&data, 3, 2.0 * half));
    let [strong, weak] = found.singular_values[..] else {
        panic!("two modes");
    };
    assert!((strong - 2.0).abs() < 1e-13 && (weak - 0.5).abs() < 1e-13);
    assert!((found.networks[0].measured[1][0] - 1.0).abs() < 1e-6);
    for network in &found.networks {
        assert!(network.largest_error < 1e-6, "{}", network.largest_error);
        assert!(network.imbalance < 1e-12);
    }
    let fit = found.least_squares.unwrap();
    assert_eq!((fit.rank, fit.map.shape), (2, vec![3, 2]));
    let map = DMatrix::from_row_slice(3, 2, &fit.map.values);
    assert!((map - dmatrix![2.0, 0.0; 0.0, 0.5; 0.0, 0.0]).amax() < 1e-13);
    assert!((fit.unexplained - 9.0).abs() < 1e-12);
    assert_eq!((said.training, said.tests), (4, 0));
    assert_eq!(said.columns, ["a", "b"]);
    assert_eq!(said.targets, "`x`, `y`, `z`");
    assert!(said.split.contains("all inputs"), "{}", said.split);
}

/// Least squares of dependent inputs are those of the pseudo-inverse.
#[test]
fn least_squares_are_those_of_the_pseudo_inverse() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Vec<f64>> = (0..7)
        .map(|n| {
            let [a, b] = [f64::from(n).sin(), f64::from(n * n).cos()];
            vec![a, b, a - 2.0 * b, (3.0 * a).exp(), a * b]
        })
        .collect();
    let path = table(folder.path(), "t.csv", "a,b,c,x,y", &rows);
    let data = format!("inputs = '{path}'\ntarget_columns = ['x', 'y']");
    let (found, _) = find::<DeepLinear>(&linear(&data, 2, 0.1));
    let all = DMatrix::from_fn(7, 5, |row, column| rows[row][column]);
    let inverse = all.columns(0, 3).into_owned().pseudo_inverse(1e-12);
    let due = (inverse.unwrap() * all.columns(3, 2)).transpose();
    let fit = found.least_squares.unwrap();
    let map = DMatrix::from_row_slice(2, 3, &fit.map.values);
    assert!((map - &due).amax() < 1e-12);
    assert_eq!(fit.rank, 2);
    let left = all.columns(3, 2) - all.columns(0, 3) * due.transpose();
    assert!((fit.unexplained - left.norm_squared() / 7.0).abs() < 1e-12);
}

#[test]
fn a_target_twice_or_never_is_refused() {
    let values = "[network]\nsingular_values = [1.0]";
    let twice = linear("inputs = [[1], [2]]\ntargets = [1, 2]", 3, 1.0);
    let never = linear("", 3, 1.0);
    for (text, what) in [
        (
            twice.replace("[network]", values),
            "the target is `singular_values`, or one's own data",
        ),
        (never, "the target is `singular_values`"),
        (
            linear("inputs = [[1, 0], [0, 1]]\ntargets = [0, 0]", 3, 1.0),
            "are not correlated",
        ),
        (
            linear("inputs = [[1], [2]]\ntargets = [1, 2, 3]", 3, 1.0),
            "3 targets for 2 inputs",
        ),
        (
            linear(
                "inputs = [[1], [2]]\ntargets = [1, 2]\ntest_inputs = [[3]]",
                3,
                1.0,
            ),
            "no tests",
        ),
        (
            linear("inputs = [[1], [2]]\ntargets = [0.001, 0.002]", 3, 1.0),
            "`start` is not below the smallest singular value",
        ),
        (linear("inputs = 'nowhere.csv'", 3, 1.0), "nowhere.csv"),
        (
            linear("inputs = [[1], [1e200]]\ntargets = [1, 2]", 3, 1.0),
            "an input holds a number beyond 1e140",
        ),
    ] {
        let said = refusal(&text);
        assert!(said.contains(what), "{what}: {said}");
    }
}

/// The shipped study, made small.
fn speed(data: &str) -> String {
    shipped("orthogonal-speed", &["examples"], data)
        .replace("width = 40", "width = 6")
        .replace("depths = [3, 10, 30]", "depths = [2]")
        .replace("[1e-4, 1e-3, 3e-3]", "[0.1]")
        .replace("steps = 100", "steps = 2")
        .replace("networks = 5", "networks = 2")
}

/// The loss of an example at the start is half the mean square of what the same network of the library leaves.
#[test]
fn a_small_table_is_learnt_at_speed() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        vec![1.0, 2.0, 3.0],
        vec![-1.0, 0.5, 4.0],
        vec![1.0, 2.0, 5.0],
    ];
    let path = table(folder.path(), "t.csv", "a,b,y", &rows);
    let data = format!("examples = 2\ninputs = '{path}'\ntarget_columns = ['y']");
    let (found, said) = find::<OrthogonalSpeed>(&speed(&data));
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Tanh,
        sigma_w: 1.024_695_076_595_96,
        sigma_b: 0.004_483_302_39,
        ..Architecture::fully_connected(2, &[6, 6], 1)
    });
    let network = network.unwrap();
    let start = |index| {
        let seed = member(1, "network", index);
        let start = network.initial(Initialisation::Gaussian, seed).unwrap();
        let said = network.outputs(&start, &dmatrix![1.0, 2.0; -1.0, 0.5]);
        (said.unwrap() - dmatrix![3.0; 4.0]).norm_squared() / 4.0
    };
    let losses = &found.points[0].gaussian.losses;
    assert_eq!(losses.len(), 2);
    for (index, losses) in losses.iter().enumerate() {
        assert!((losses[0] - start(index)).abs() < 1e-12);
        assert!(losses[1] < losses[0]);
    }
    assert_eq!((said.training, said.tests), (2, 0));
    assert!(said.split.contains("first 2 of 3"), "{}", said.split);

    // words are classes, and no numbers
    std::fs::write(
        folder.path().join("w.csv"),
        "a,b,y\n0,1,no\n1,0,yes\n1,1,yes\n",
    )
    .unwrap();
    let path = folder.path().join("w.csv").display().to_string();
    let words = format!("examples = 3\ninputs = '{path}'\ntarget_columns = ['y']");
    let (_, said) = find::<OrthogonalSpeed>(&speed(&format!("{words}\nclasses = true")));
    assert_eq!(said.classes, ["no", "yes"]);
    for (data, what) in [
        (words, "`no` in the column `y`"),
        (
            "examples = 4\ninputs = [[1], [2]]\ntargets = [1, 2]".into(),
            "4 examples",
        ),
        (
            "examples = 4\nclasses = true".into(),
            "what one's own targets are",
        ),
        ("examples = 2\ninputs = [[1], [2]]".into(), "no targets"),
    ] {
        let said = refusal(&speed(&data));
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[test]
fn kernels_between_tests_and_inputs_are_those_of_the_library() {
    let mut model = ModelFile::open_shipped("ntk-width").unwrap();
    for change in [
        "network.widths=[4,8]",
        "network.depths=[2]",
        "study.networks=2",
        "data={ set = 'own', examples = 3, tests = 2, inputs = [[1, 0], [0, 1], [1, 1], [2, -1], [0, -3]] }",
    ] {
        model.set(change).unwrap();
    }
    let seed = model.header().unwrap().seed;
    let study: NtkWidth = model.study().map_err(|error| error.to_string()).unwrap();
    let said = study.data_statement().unwrap();
    assert_eq!((said.training, said.tests), (3, 2));
    assert!(said.split.contains("mean square of 1"), "{}", said.split);
    let found = study.find(&Silent).unwrap();
    let matrix = |array: &pulsatrix::experiment::Array| {
        DMatrix::from_row_slice(array.shape[0], array.shape[1], &array.values)
    };
    let inputs = matrix(&found.points_used);
    let tests = matrix(found.tests_used.as_ref().unwrap());
    assert_eq!((inputs.nrows(), tests.nrows()), (3, 2));
    assert!((tests[(1, 1)] + 2.0_f64.sqrt()).abs() < 1e-15);

    let unit = &study.settings().network.unit;
    let architecture = |width| unit.architecture(Image::vector(2), None, width, 2);
    let limit = LimitKernel::of(&architecture(1), Initialisation::Gaussian).unwrap();
    let limit = limit.cross(&tests, &inputs).unwrap().ntk;
    let network = DeepNetwork::new(architecture(8)).unwrap();
    for shown in &found.kernels {
        let cross = shown.cross.as_ref().unwrap();
        assert_eq!(cross.shape, [2, 3], "{}", cross.name);
        let due = match cross.name.as_str() {
            "kernel-limit-cross" => limit.clone(),
            name => {
                let law = match name {
                    "kernel-gaussian-cross" => Initialisation::Gaussian,
                    _ => Initialisation::Orthogonal,
                };
                let start = network.initial(law, member(seed, "network", 0)).unwrap();
                network.ntk(&start, &tests, Some(&inputs)).unwrap()
            }
        };
        assert!((matrix(cross) - due).amax() < 1e-12, "{}", cross.name);
    }
    assert_eq!(found.kernels.len(), 3);
}

/// Targets that are the sine of the first number are those of the frequency.
#[test]
fn own_targets_of_rectifiers_are_learnt() {
    let small = |train: &str, frequency: &str| {
        shipped(
            "relu-symmetries",
            &["train", "frequency"],
            &format!("{train}\n{frequency}"),
        )
        .replace("t_end = 40.0", "t_end = 2")
        .replace("[400, 800, 1600, 3200, 6400]", "[50, 100]")
    };
    // of a mean square of 1 as they are
    let points = [[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
    let targets = points.map(|[x, _]: [f64; 2]| (2.0 * x).sin());
    let own = format!("set = 'own', examples = 4, inputs = {points:?}");
    let (with, said) = find::<ReluSymmetries>(&small(
        &format!("train = {{ {own}, targets = {targets:?} }}"),
        "",
    ));
    let (sine, _) =
        find::<ReluSymmetries>(&small(&format!("train = {{ {own} }}"), "frequency = 2.0"));
    assert!(with.losses[0] > 0.0);
    assert_eq!(with.losses, sine.losses);
    assert_eq!(
        (said.training, said.targets.as_str()),
        (4, "written out in the model")
    );
    let neither = refusal(&small(&format!("train = {{ {own} }}"), ""));
    assert!(
        neither.contains("`sin(frequency x_1)`, or one's own"),
        "{neither}"
    );
    let two = format!("train = {{ {own}, targets = [[1, 2], [1, 2], [1, 2], [1, 2]] }}");
    let two = refusal(&small(&two, ""));
    assert!(two.contains("2 targets an input"), "{two}");
}
