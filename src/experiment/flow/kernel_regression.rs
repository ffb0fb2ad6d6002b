//! Kind `kernel-regression`: what a wide network, or any kernel, predicts at every time of its learning and at the end, with a
//! ridge and without.

use nalgebra::{DMatrix, DVector};

use super::course::geometric;
use super::ntk_findings::ShownKernel;
use super::regression_figures::all;
pub use super::regression_findings::{Findings, Prediction};
use super::regression_settings::Settings;
use super::regression_task::{Kernels, Task};
use crate::experiment::settings::{Mistakes, Placed, short};
use crate::experiment::{
    Array, Block, DataStatement, Diagnostic, Drawing, Header, Progress, RunError, Study, Table,
    part,
};
use crate::training::flow::Linearised;

/// Times of the course that is drawn: enough for a curve.
const SAMPLES: usize = 60;

/// Regression on a kernel.
pub struct KernelRegression {
    settings: Settings,
    task: Task,
    seed: u64,
}

/// Mean of the squares of a matrix.
fn mean_square(matrix: &DMatrix<f64>) -> f64 {
    matrix.norm_squared() / matrix.len().max(1) as f64
}

/// Share of rows whose largest number stands in the column of their class.
fn right(outputs: &DMatrix<f64>, labels: &[usize]) -> f64 {
    let hits = outputs
        .row_iter()
        .zip(labels)
        .filter(|(row, label)| row.transpose().argmax().0 == **label);
    hits.count() as f64 / labels.len().max(1) as f64
}

/// Rows that stand before them in the same numbers.
fn repeated(inputs: &DMatrix<f64>) -> usize {
    let mut rows: Vec<Vec<u64>> = inputs
        .row_iter()
        .map(|row| row.iter().map(|value| (value + 0.0).to_bits()).collect())
        .collect();
    rows.sort();
    rows.windows(2).filter(|two| two[0] == two[1]).count()
}

/// A regression whose kernel is decomposed.
struct Fit<'a> {
    task: &'a Task,
    kernels: &'a Kernels,
    linear: Linearised,
    /// Outputs on the tests at the start.
    start: DMatrix<f64>,
}

impl Fit<'_> {
    /// What coefficients predict, on the examples and on the tests.
    fn predict(&self, coefficients: &DVector<f64>) -> Result<[DMatrix<f64>; 2], RunError> {
        let targets = &self.task.examples.targets;
        let fitted = self
            .linear
            .predict(&self.kernels.train, &(0.0 * targets), coefficients);
        let tests = self
            .linear
            .predict(&self.kernels.cross, &self.start, coefficients);
        Ok([
            fitted.map_err(RunError::numerical)?,
            tests.map_err(RunError::numerical)?,
        ])
    }

    fn prediction(
        &self,
        (name, number): (String, usize),
        (time, ridge): (Option<f64>, Option<f64>),
        coefficients: &DVector<f64>,
    ) -> Result<Prediction, RunError> {
        let [fitted, tests] = self.predict(coefficients)?;
        let examples = &self.task.examples;
        let labels = self.task.labels.as_ref();
        let known = examples.test_targets.nrows() > 0;
        // the kernel functions are multiplied by minus the coefficients, from the outputs zero on
        let matrix = DMatrix::from_column_slice(
            examples.targets.nrows(),
            examples.targets.ncols(),
            (-coefficients).as_slice(),
        );
        Ok(Prediction {
            name,
            time,
            ridge,
            training_error: mean_square(&(&fitted - &examples.targets)),
            test_error: known.then(|| mean_square(&(&tests - &examples.test_targets))),
            training_right: labels.map(|labels| right(&fitted, &labels[0])),
            test_right: labels
                .filter(|_| known)
                .map(|labels| right(&tests, &labels[1])),
            outputs: Array::matrix(format!("predictions_{number}"), &tests).along(["test", "target"], "prediction, in the unit of the targets"),
            fitted: Array::matrix(format!("fitted_{number}"), &fitted).along(["example", "target"], "prediction, in the unit of the targets"),
            coefficients: Array::matrix(format!("coefficients_{number}"), &matrix).along(["example", "target"], "factor of the kernel function of the example, in the unit of the targets over that of the kernel"),
        })
    }
}

impl KernelRegression {
    fn fit(&self, kernels: &Kernels) -> Result<Findings, RunError> {
        let (settings, examples) = (&self.settings, &self.task.examples);
        let targets = &examples.targets;
        let linear = Linearised::shared(&kernels.train, &(0.0 * targets), targets)
            .map_err(RunError::numerical)?;
        let linear = match &settings.kernel.rank_tolerance {
            Some(relative) => linear
                .with_rank_tolerance(**relative)
                .map_err(RunError::numerical)?,
            None => linear,
        };
        let start = DMatrix::zeros(kernels.cross.nrows(), targets.ncols());
        let fit = Fit {
            task: &self.task,
            kernels,
            linear,
            start,
        };
        let rates = fit.linear.rates();
        let (top, tolerance) = (rates.amax(), fit.linear.rank_tolerance());
        let count = targets.nrows();
        let learning: Vec<f64> = rates
            .iter()
            .copied()
            .filter(|rate| *rate > tolerance)
            .collect();
        let unit = if top > 0.0 { top } else { 1.0 };
        let mean_diagonal = kernels.train.trace() / count as f64;
        let mut predictions = Vec::new();
        for time in settings.regression.times.iter().map(|time| **time) {
            let end = time.is_infinite();
            let name = if end {
                "t = infinity".to_owned()
            } else {
                format!("t = {}", short(time))
            };
            let coefficients = fit.linear.coefficients(time / unit);
            let place = (name, predictions.len());
            predictions.push(fit.prediction(
                place,
                ((!end).then_some(time), None),
                &coefficients,
            )?);
        }
        for ridge in settings.regression.ridges.iter().map(|ridge| **ridge) {
            // without a ridge this is the end of the flow, whether its modes all learn or not
            let coefficients = match ridge {
                0.0 => fit.linear.coefficients(f64::INFINITY),
                ridge => fit
                    .linear
                    .regression(ridge * mean_diagonal)
                    .map_err(RunError::numerical)?,
            };
            let place = (format!("ridge {}", short(ridge)), predictions.len());
            predictions.push(fit.prediction(place, (None, Some(ridge)), &coefficients)?);
        }
        let known = examples.test_targets.nrows() > 0;
        let slowest = learning.first().copied().unwrap_or(unit);
        // from before the fastest mode to after the slowest has learnt
        let course_times = geometric(0.1, (10.0 * unit / slowest).max(1.0), SAMPLES);
        let (mut course_training, mut course_tests) = (Vec::new(), Vec::new());
        for time in &course_times {
            let [fitted, tests] = fit.predict(&fit.linear.coefficients(time / unit))?;
            course_training.push(mean_square(&(fitted - targets)));
            course_tests.extend(known.then(|| mean_square(&(tests - &examples.test_targets))));
        }
        let never_learnt = mean_square(&(fit.linear.outputs(f64::INFINITY) - targets));
        let null_modes = count - learning.len();
        let mut notes = Vec::new();
        if null_modes > 0 {
            let twice = repeated(&examples.inputs);
            let why = if twice > 0 {
                format!("; {twice} inputs repeat others")
            } else {
                String::new()
            };
            notes.push(format!(
                "the kernel is singular: rank {} of {count}, eigenvalues up to {tolerance:.1e} count as zero{why}; its modes of eigenvalue \
                 zero stand still, which leaves a mean squared error of {never_learnt:.3e}",
                learning.len()
            ));
        }
        if examples.statement.tests > 0 && !known {
            notes.push(
                "the targets of the tests are not known: predictions_*.npy holds what is predicted"
                    .into(),
            );
        }
        let source = *settings.kernel.of;
        Ok(Findings {
            of: format!(
                "{} of {count} examples ({})",
                source.words(),
                examples.statement.inputs
            ),
            examples: count,
            tests: kernels.cross.nrows(),
            rank: learning.len(),
            null_modes,
            rank_tolerance: tolerance,
            largest_eigenvalue: top,
            mean_diagonal,
            never_learnt,
            notes,
            predictions,
            course_times,
            course_training,
            course_tests,
            kernel: ShownKernel {
                title: source.words().into(),
                kernel: Array::matrix("kernel_train", &kernels.train)
                    .along(["example", "example"], "kernel"),
                // stands in the findings themselves
                cross: None,
                spectrum: rates.as_slice().to_vec(),
            },
            kernel_cross: Array::matrix("kernel_cross", &kernels.cross)
                .along(["test", "example"], "kernel"),
            kernel_test: kernels.test.as_ref().map(|kernel| {
                Array::matrix("kernel_test", kernel).along(["test", "test"], "kernel")
            }),
            inputs: [
                ("inputs", &examples.inputs),
                ("test_inputs", &examples.test_inputs),
            ]
            .into_iter()
            .filter(|(_, inputs)| !inputs.is_empty())
            .map(|(name, inputs)| {
                Array::matrix(name, inputs).along(
                    ["example", "number of the input"],
                    "input as it was learnt, divided and scaled",
                )
            })
            .collect(),
            targets: Array::matrix("targets", targets).along(["example", "target"], "target"),
            weights: kernels.weights.as_ref().map(|weights| {
                Array::list("weights", weights.clone())
                    .along(["weight"], "weight of the network, layer after layer")
            }),
        })
    }
}

impl Study for KernelRegression {
    const NAME: &'static str = "kernel-regression";
    const SUMMARY: &'static str = "what a wide network or a given kernel predicts of one's own data, at any time and with a ridge";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let task = Task::read(&mut settings)?;
        task.check(&settings)?;
        let study = Self {
            task,
            settings,
            seed: header.seed,
        };
        // a matrix that is no kernel is told before anything runs
        if let Some(train) = &study.settings.kernel.train {
            let kernels = study.task.kernels(&study.settings, header.seed);
            let targets = &study.task.examples.targets;
            let checked = kernels
                .map(|kernels| Linearised::shared(&kernels.train, &(0.0 * targets), targets));
            if let Ok(Err(error)) = checked {
                let help =
                    "give a symmetric matrix without negative eigenvalues, of finite numbers";
                let refused = Diagnostic::new(error.to_string()).at(train.place().bytes());
                return Err(refused.label("this kernel").help(help).into());
            }
        }
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let statement = &self.task.examples.statement;
        let regression = &self.settings.regression;
        vec![
            (
                "data".into(),
                format!(
                    "{}: {}, and {} tests",
                    statement.inputs, statement.training, statement.tests
                ),
            ),
            ("kernel".into(), self.settings.kernel.of.words().into()),
            (
                "times".into(),
                format!("{:?} of 1 / largest eigenvalue", regression.times),
            ),
            (
                "ridges".into(),
                format!("{:?} of the mean diagonal", regression.ridges),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        Some(self.task.examples.statement.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.task.examples.statement.clone())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("kernel and its modes", 1);
        let found = part(progress, "regression", || {
            let kernels = self.task.kernels(&self.settings, self.seed)?;
            self.fit(&kernels)
        })?;
        progress.advance(1);
        Ok(found)
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "prediction",
            "training_error",
            "test_error",
            "training_right",
            "test_right",
        ]);
        for prediction in &findings.predictions {
            table.push([
                prediction.name.as_str().into(),
                prediction.training_error.into(),
                prediction.test_error.into(),
                prediction.training_right.into(),
                prediction.test_right.into(),
            ]);
        }
        let mut course = Table::new(["time", "training_error", "test_error"]);
        for (index, time) in findings.course_times.iter().enumerate() {
            let test = findings.course_tests.get(index).copied();
            course.push([
                (*time).into(),
                findings.course_training[index].into(),
                test.into(),
            ]);
        }
        vec![("predictions".into(), table), ("course".into(), course)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let mut summary = vec![Block::Line(format!(
            "{}: rank {} of {}, largest eigenvalue {:.4e}",
            findings.of, findings.rank, findings.examples, findings.largest_eigenvalue
        ))];
        summary.extend(findings.notes.iter().cloned().map(Block::Line));
        let first = Self::tables(settings, findings).into_iter().next();
        summary.extend(first.map(|(_, table)| Block::Table(table)));
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        all(settings, findings)
    }
}
