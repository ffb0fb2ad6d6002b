//! Regression on kernels: known answers, duplicates, ridges, and one's own data.

use nalgebra::{DMatrix, dmatrix};
use pulsatrix::experiment::flow::kernel_regression::{Findings, KernelRegression};
use pulsatrix::experiment::{Array, ModelFile, Silent, Study};
use pulsatrix::networks::kernels::{DenseKernel, Dual};

fn find(text: &str) -> Result<Findings, String> {
    let text = format!("experiment = 'kernel-regression'\n{text}");
    let model = ModelFile::from_text("t", "t.toml", text).unwrap();
    let study = model.study::<KernelRegression>();
    let study = study.map_err(|error| error.to_string())?;
    study.find(&Silent).map_err(|error| error.to_string())
}

fn matrix(array: &Array) -> DMatrix<f64> {
    DMatrix::from_row_slice(array.shape[0], array.shape[1], &array.values)
}

const ONES: &str = "[kernel]\nof = 'given'\ntrain = [[1, 1], [1, 1]]\ncross = [[1, 1], [0, 0]]\n";

/// `K = 1 1^T` and `y = 1`: `K^+ y = 1/2`, `(K + r)^-1 y = 1 / (2 + r)`, and the rate is 2.
#[test]
fn a_kernel_of_ones_predicts_one() {
    let found = find(&format!(
        "data = {{ targets = [1, 1], test_targets = [1, 0] }}\nregression = {{ times = [0, 1, inf], ridges = [0, 0.5] }}\n{ONES}"
    ));
    let found = found.unwrap();
    assert_eq!((found.rank, found.null_modes), (1, 1));
    assert!((found.largest_eigenvalue - 2.0).abs() < 1e-15 && found.never_learnt < 1e-30);
    let learnt = 1.0 - (-1f64).exp();
    for (prediction, level) in found.predictions.iter().zip([0.0, learnt, 1.0, 1.0, 0.8]) {
        let due = [level, 0.0];
        let outputs = matrix(&prediction.outputs);
        assert!(
            (outputs - dmatrix![due[0]; due[1]]).amax() < 1e-15,
            "{}",
            prediction.name
        );
        let error = (1.0 - level) * (1.0 - level);
        assert!((prediction.training_error - error).abs() < 1e-15);
        assert!((prediction.test_error.unwrap() - error / 2.0).abs() < 1e-15);
    }
    assert!(found.notes[0].contains("rank 1 of 2"), "{:?}", found.notes);
}

/// Targets that a kernel cannot tell apart are learnt as their mean, and the rest is said.
#[test]
fn what_no_time_removes_is_said() {
    let found = find(&format!(
        "data = {{ targets = [0, 2] }}\nregression = {{ times = [inf] }}\n{ONES}"
    ))
    .unwrap();
    let outputs = matrix(&found.predictions[0].outputs);
    assert!((outputs[0] - 1.0).abs() < 1e-15);
    assert!((found.never_learnt - 1.0).abs() < 1e-15);
    assert!(
        found
            .predictions
            .iter()
            .all(|prediction| prediction.training_error.is_finite())
    );
}

/// Inputs that stand twice with other targets are those once with the mean of both.
#[test]
fn repeated_inputs_are_learnt_as_one() {
    let network = "[network]\nactivation = 'tanh'\nsigma_w = 1.3\nsigma_b = 0.2\ndepth = 2\n";
    let twice = "inputs = [[1, 0], [0, 2], [1, 0], [-1, 1]], targets = [1, 5, 3, 4]";
    let once = "inputs = [[1, 0], [0, 2], [-1, 1]], targets = [2, 5, 4]";
    let [twice, once] = [twice, once].map(|data| {
        find(&format!(
            "data = {{ {data}, test_inputs = [[0.3, 0.4], [2, 2]] }}\n{network}"
        ))
        .unwrap()
    });
    assert_eq!((twice.rank, once.rank, twice.null_modes), (3, 3, 1));
    assert!(
        twice.notes[0].contains("1 inputs repeat others"),
        "{:?}",
        twice.notes
    );
    // residuals of 1 at two of four examples
    assert!((twice.never_learnt - 0.5).abs() < 1e-10);
    let [twice, once] = [twice, once].map(|found| matrix(&found.predictions[0].outputs));
    assert!((twice - once).amax() < 1e-9);
}

#[test]
fn a_ridge_is_a_dense_solve() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = DMatrix::from_fn(9, 3, |i, j| (1.3 * i as f64 + 0.7 * j as f64).sin());
    let targets = DMatrix::from_fn(9, 2, |i, j| (0.9 * i as f64 - 1.1 * j as f64).cos());
    let mut text = String::from("a,b,c,y,z\n");
    for row in 0..9 {
        let (x, y) = (inputs.row(row), targets.row(row));
        let numbers = x.iter().chain(y.iter()).map(f64::to_string);
        text.push_str(&format!("{}\n", numbers.collect::<Vec<_>>().join(",")));
    }
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    let found = find(&format!(
        "data = {{ inputs = '{}', target_columns = ['y', 'z'], training = 6 }}\nregression = {{ ridges = [0.25] }}\n\
         [network]\nactivation = 'relu'\nsigma_w = 1.4\nsigma_b = 0.3\ndepth = 1\n",
        path.display()
    ));
    let found = found.unwrap();
    let kernel = DenseKernel::new(Dual::Rectifier { leak: 0.0 }, 1, 1.4 * 1.4, 0.3 * 0.3).unwrap();
    let (learnt, tests) = (
        inputs.rows(0, 6).into_owned(),
        inputs.rows(6, 3).into_owned(),
    );
    let train = kernel.train(&learnt).unwrap().ntk;
    let cross = kernel.cross(&tests, &learnt).unwrap().ntk;
    let ridge = 0.25 * train.trace() / 6.0;
    let whole = &train + DMatrix::identity(6, 6) * ridge;
    let due = cross * whole.lu().solve(&targets.rows(0, 6).into_owned()).unwrap();
    let prediction = found
        .predictions
        .iter()
        .find(|prediction| prediction.ridge.is_some())
        .unwrap();
    let outputs = matrix(&prediction.outputs);
    assert!((&outputs - due).amax() < 1e-12);
    // what is saved is enough to go on: a prediction is the kernel times the coefficients
    let again = matrix(&found.kernel_cross) * matrix(&prediction.coefficients);
    assert!((again - outputs).amax() < 1e-12);
    assert_eq!(
        (
            &found.kernel.kernel.shape[..],
            &found.kernel_test.unwrap().shape[..]
        ),
        (&[6, 6][..], &[3, 3][..])
    );
}

#[test]
fn an_empirical_kernel_is_saved_with_its_weights() {
    let found = find(
        "data = { inputs = [[1, 2], [3, 4], [0, 1]], targets = [1, 2, 3], training = 2 }\nkernel = { of = 'empirical' }\n\
         [network]\nactivation = 'tanh'\nsigma_w = 1\ndepth = 1\nwidth = 5\n",
    );
    let found = found.unwrap();
    // two inputs, five units, one output; without biases
    assert_eq!(found.weights.unwrap().values.len(), 15);
    assert_eq!(found.inputs[1].values, [0.0, 1.0]);
    assert!(found.predictions[0].training_error < 1e-20);
}

#[test]
fn what_cannot_be_learnt_is_refused_with_its_place() {
    let network = "[network]\nactivation = 'relu'\nsigma_w = 1\ndepth = 1\n";
    for (text, what) in [
        (
            format!("data = {{ targets = [1, 2, 3] }}\n{ONES}"),
            "a kernel of 2 x 2 numbers for 3 targets",
        ),
        (
            format!("data = {{ inputs = [[1]], targets = [1] }}\n{ONES}"),
            "inputs beside a given kernel",
        ),
        (
            format!("data = {{ targets = [1, 1] }}\n{ONES}{network}"),
            "or that of a network",
        ),
        (
            "data = { targets = [1, 1] }\nkernel = { of = 'given', train = [[1, 2], [2, 1]] }"
                .into(),
            "eigenvalue",
        ),
        (
            "data = { targets = [1, 1] }\nkernel = { of = 'given', train = [[1, 2], [0, 1]] }"
                .into(),
            "differ",
        ),
        (
            format!(
                "data = {{ inputs = [[1]], targets = [1] }}\nkernel = {{ of = 'empirical' }}\n{network}"
            ),
            "`width`",
        ),
        (
            format!("data = {{ images = 'digits8x8' }}\n{network}"),
            "`training` is missing",
        ),
        (
            format!("data = {{ images = 'digits8x8', training = 1790, tests = 8 }}\n{network}"),
            "8 tests of 7",
        ),
        (
            format!(
                "data = {{ inputs = [[1]], targets = [1] }}\nregression = {{ ridges = [-1] }}\n{network}"
            ),
            "zero or more",
        ),
    ] {
        let said = find(&text)
            .err()
            .unwrap_or_else(|| panic!("{text} is accepted"));
        assert!(said.contains(what), "{text}: {said}");
    }
}
