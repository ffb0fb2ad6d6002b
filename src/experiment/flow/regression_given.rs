//! Targets beside a given kernel.

use nalgebra::DMatrix;

use super::regression_settings::Settings;
use super::regression_task::{Source, Task};
use crate::experiment::data::examples::Examples;
use crate::experiment::data::files::checksum;
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{Mistakes, Placed, require};
use crate::experiment::{DataStatement, Diagnostic, Scaling};

impl Task {
    /// Targets beside a given kernel.
    pub(super) fn with_kernel(settings: &Settings) -> Result<Self, Mistakes> {
        let (data, kernel) = (&settings.data, &settings.kernel);
        let inputs = [&data.own.inputs, &data.own.test_inputs];
        let place = inputs
            .into_iter()
            .flatten()
            .map(Placed::place)
            .next()
            .unwrap_or(data.images.place());
        require(
            &place,
            inputs.iter().all(|inputs| inputs.is_none()) && data.images.is_none(),
            "inputs beside a given kernel",
            "these say nothing more",
            "give `targets` alone, and `test_targets` where they are known",
        )?;
        let missing = || {
            Diagnostic::new("the key `targets` is missing")
                .help("add `targets = \"y.npy\"` to `[data]`")
        };
        let targets = data.own.targets.as_ref().ok_or_else(missing)?;
        let known = data.own.numbers(targets)?;
        let matrix = |numbers: &Numbers| -> Result<DMatrix<f64>, Diagnostic> {
            let found = numbers.data()?;
            match found.shape[..] {
                [rows, columns] => Ok(DMatrix::from_row_slice(rows, columns, &found.values)),
                [columns] => Ok(DMatrix::from_row_slice(1, columns, &found.values)),
                _ => Err(Diagnostic::new(format!(
                    "an array of shape {:?} is no matrix",
                    found.shape
                ))
                .at(numbers.place().bytes())
                .help("give a matrix, one row an example")),
            }
        };
        let fits = |numbers: &Option<Numbers>, found: &DMatrix<f64>, rows: Option<usize>| {
            let due = known.nrows();
            require(
                numbers,
                found.ncols() == due && rows.is_none_or(|rows| rows == found.nrows()),
                format!(
                    "a kernel of {} x {} numbers for {due} targets",
                    found.nrows(),
                    found.ncols()
                ),
                "another size",
                format!("give rows of {due} numbers, one for each target"),
            )
        };
        let train = kernel
            .train
            .as_ref()
            .map(matrix)
            .transpose()?
            .unwrap_or_default();
        fits(&kernel.train, &train, Some(known.nrows()))?;
        let none = || DMatrix::zeros(0, known.nrows());
        let cross = kernel
            .cross
            .as_ref()
            .map(matrix)
            .transpose()?
            .unwrap_or_else(none);
        fits(&kernel.cross, &cross, None)?;
        let test_targets = match &data.own.test_targets {
            Some(targets) => data.own.numbers(targets)?,
            None => DMatrix::zeros(0, known.ncols()),
        };
        require(
            &data.own.test_targets,
            (test_targets.nrows() == cross.nrows() || test_targets.is_empty())
                && test_targets.ncols() == known.ncols(),
            format!(
                "{} x {} test targets for {} tests",
                test_targets.nrows(),
                test_targets.ncols(),
                cross.nrows()
            ),
            "not as many",
            "give one row a row of `cross`",
        )?;
        let statement = DataStatement {
            inputs: kernel
                .train
                .as_ref()
                .map(|train| format!("kernel {train}"))
                .unwrap_or_default(),
            targets: data.own.target_words(),
            shape: vec![known.nrows()],
            columns: Vec::new(),
            classes: Vec::new(),
            training: known.nrows(),
            tests: cross.nrows(),
            split: "the rows of `train` are learnt, those of `cross` are the tests".into(),
            divided_by: 1.0,
            scaling: Scaling::None,
            checksum: checksum(
                train
                    .iter()
                    .chain(&cross)
                    .chain(&known)
                    .chain(&test_targets),
            ),
        };
        let examples = Examples {
            inputs: DMatrix::zeros(0, 0),
            targets: known,
            test_inputs: DMatrix::zeros(0, 0),
            test_targets,
            shape: Vec::new(),
            statement,
        };
        Ok(Self {
            examples,
            labels: None,
            source: Source::Given(train, cross),
        })
    }
}
