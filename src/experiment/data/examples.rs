//! Inputs and targets of regressions from one's own data, told apart into training and tests.

use nalgebra::DMatrix;

use super::DataStatement;
use super::files::checksum;
use super::own::{Inputs, OwnSettings};
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Count, Mistakes, Place, Placed, require};

/// Inputs as they were read, with the number that is for training.
#[derive(Debug)]
pub(super) struct Parts {
    /// The first so many are for training.
    pub training: usize,
    /// All of `inputs`.
    pub all: Inputs,
    /// Those of a file for tests.
    pub tests: Option<Inputs>,
    /// In words.
    pub split: String,
}

/// One's own examples, one row each.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::experiment) struct Examples {
    /// Inputs for training.
    pub inputs: DMatrix<f64>,
    /// Their targets.
    pub targets: DMatrix<f64>,
    /// Inputs for tests.
    pub test_inputs: DMatrix<f64>,
    /// Their targets; no rows if they are not known.
    pub test_targets: DMatrix<f64>,
    /// Shape of one input.
    pub shape: Vec<usize>,
    /// What a report says.
    pub statement: DataStatement,
}

/// One's own inputs, with targets or without.
#[derive(Debug, Clone)]
pub(in crate::experiment) struct OwnInputs {
    /// One row an example.
    pub inputs: DMatrix<f64>,
    /// One row an example.
    pub targets: Option<DMatrix<f64>>,
    /// Shape of one.
    pub shape: Vec<usize>,
    /// What a report says.
    pub statement: DataStatement,
}

impl OwnSettings {
    /// Reads the inputs of both parts.
    pub(super) fn parts(&self, training: Option<&Count>) -> Result<Parts, Diagnostic> {
        let Some(inputs) = &self.inputs else {
            let problem = Diagnostic::new("the key `inputs` is missing");
            return Err(problem.help("add `inputs = \"x.npy\"` to the section `[data]`"));
        };
        let all = self.rows(inputs)?;
        let there = all.rows.nrows();
        let asked = training.map_or(there, |training| **training);
        require(
            &training.map_or(Place::NOWHERE, Placed::place),
            asked <= there,
            format!("{asked} examples for training of {there} that there are"),
            "more than there are",
            format!("give `training` a value up to {there}"),
        )?;
        let tests = self
            .test_inputs
            .as_ref()
            .map(|tests| self.rows(tests))
            .transpose()?;
        if let (Some(found), Some(place)) = (&tests, &self.test_inputs) {
            require(
                place,
                found.shape == all.shape,
                format!(
                    "tests of shape {:?}, and inputs of shape {:?}",
                    found.shape, all.shape
                ),
                "another shape",
                "give tests of the shape of `inputs`",
            )?;
        }
        let split = match &tests {
            Some(_) => format!(
                "the first {asked} of {there} inputs are learnt, `test_inputs` are the tests"
            ),
            None if asked == there => "all inputs are learnt, there are no tests".to_owned(),
            None => format!(
                "the first {asked} of {there} inputs are learnt, those behind them are the tests"
            ),
        };
        Ok(Parts {
            training: asked,
            all,
            tests,
            split,
        })
    }

    /// All inputs, scaled, and their targets if they have any; the last `tests` of them are for tests.
    pub(in crate::experiment) fn inputs(&self, tests: usize) -> Result<OwnInputs, Diagnostic> {
        let Parts {
            all, tests: apart, ..
        } = self.parts(None)?;
        let place = self.test_inputs.place();
        require(
            &place,
            apart.is_none(),
            "tests of this kind are the inputs behind those to learn",
            "not for this kind",
            "append them to `inputs`",
        )?;
        let known = self.targets.is_some() || all.targets.is_some();
        let targets =
            known.then(|| self.targets_of(self.targets.as_ref(), &all, self.inputs.place()));
        let targets = targets.transpose()?;
        let (mut inputs, mut none) = (all.rows, DMatrix::zeros(0, 0));
        none.resize_horizontally_mut(inputs.ncols(), 0.0);
        self.scaling.apply(&mut inputs, &mut none);
        let (count, all_numbers) = (inputs.nrows(), [Some(&inputs), targets.as_ref()]);
        let statement = DataStatement {
            inputs: self
                .inputs
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            targets: if known {
                self.target_words()
            } else {
                "none".into()
            },
            shape: all.shape.clone(),
            columns: all.columns,
            classes: Vec::new(),
            training: count.saturating_sub(tests),
            tests,
            split: "the first inputs are learnt, those behind them are the tests".into(),
            divided_by: 1.0,
            scaling: *self.scaling,
            checksum: checksum(
                all_numbers
                    .into_iter()
                    .flatten()
                    .flat_map(|matrix| matrix.iter()),
            ),
        };
        Ok(OwnInputs {
            inputs,
            targets,
            shape: all.shape,
            statement,
        })
    }

    /// Inputs and targets as numbers; inputs are divided by `scale` and scaled.
    pub(in crate::experiment) fn examples(
        &self,
        training: Option<&Count>,
        scale: f64,
    ) -> Result<Examples, Mistakes> {
        let Parts {
            training,
            all,
            tests,
            split,
        } = self.parts(training)?;
        let targets = self.targets_of(self.targets.as_ref(), &all, self.inputs.place())?;
        let behind = |matrix: &DMatrix<f64>| {
            matrix
                .rows(training, matrix.nrows() - training)
                .into_owned()
        };
        let (test_inputs, test_targets) = match &tests {
            Some(tests) => {
                let known = self.test_targets.is_some() || tests.targets.is_some();
                let none = || Ok(DMatrix::zeros(0, targets.ncols()));
                let found = if known {
                    self.targets_of(self.test_targets.as_ref(), tests, self.test_inputs.place())
                } else {
                    none()
                };
                (tests.rows.clone(), found?)
            }
            None => (behind(&all.rows), behind(&targets)),
        };
        require(
            &self.test_targets,
            test_targets.ncols() == targets.ncols(),
            format!(
                "{} targets a test, and {} an input",
                test_targets.ncols(),
                targets.ncols()
            ),
            "another number of targets",
            "give as many columns as in `targets`",
        )?;
        let mut inputs = all.rows.rows(0, training).into_owned() / scale;
        let mut test_inputs = test_inputs / scale;
        self.scaling.apply(&mut inputs, &mut test_inputs);
        let targets = targets.rows(0, training).into_owned();
        let numbers = [&inputs, &targets, &test_inputs, &test_targets];
        let statement = DataStatement {
            inputs: self
                .inputs
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            targets: self.target_words(),
            shape: all.shape.clone(),
            columns: all.columns,
            classes: Vec::new(),
            training,
            tests: test_inputs.nrows(),
            split,
            divided_by: scale,
            scaling: *self.scaling,
            checksum: checksum(numbers.iter().flat_map(|matrix| matrix.iter())),
        };
        Ok(Examples {
            inputs,
            targets,
            test_inputs,
            test_targets,
            shape: all.shape,
            statement,
        })
    }

    /// Where targets come from, in words.
    pub(in crate::experiment) fn target_words(&self) -> String {
        let columns = self.target_columns.as_deref().unwrap_or_default();
        let columns: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
        match (&self.targets, columns.is_empty()) {
            (Some(targets), true) => targets.to_string(),
            (Some(targets), false) => format!("{targets}, {}", columns.join(", ")),
            (None, false) => columns.join(", "),
            (None, true) => "the folders of the pictures".into(),
        }
    }

    /// Targets of a part as numbers, one row an input.
    fn targets_of(
        &self,
        file: Option<&super::numbers::Numbers>,
        inputs: &Inputs,
        at: Place,
    ) -> Result<DMatrix<f64>, Diagnostic> {
        let found = match (file, &inputs.targets) {
            (Some(file), _) => self.numbers(file)?,
            (None, Some(targets)) => targets.clone()?,
            (None, None) => {
                let problem = "the inputs have no targets that are numbers";
                return Err(Diagnostic::new(problem)
                    .at(at.bytes())
                    .label("targets of these")
                    .help(
                        "give `targets = \"y.npy\"`, or `target_columns = [...]` of a CSV file",
                    ));
            }
        };
        let place = file.map_or(at, Placed::place);
        require_equal(place, found.nrows(), inputs.rows.nrows())?;
        Ok(found)
    }
}

/// Refuses targets that are not as many as inputs.
pub(super) fn require_equal(place: Place, targets: usize, inputs: usize) -> Result<(), Diagnostic> {
    require(
        &place,
        targets == inputs,
        format!("{targets} targets for {inputs} inputs"),
        "not as many",
        "give every input one row of targets",
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nalgebra::dmatrix;

    use super::*;
    use crate::experiment::ModelFile;
    use crate::experiment::settings::{Flat, settings};

    settings! {
        struct Settings {
            data: Data,
        }

        struct Data {
            own: Flat<OwnSettings>,
            training: Option<Count>,
        }
    }

    fn read(data: &str) -> Result<Examples, String> {
        let text = format!("experiment = 'x'\ndata = {{ {data} }}\n");
        let model = ModelFile::from_text("t", "t.toml", text).unwrap();
        let settings = model
            .sections::<Settings>()
            .map_err(|e| model.error(e).to_string())?;
        let data = settings.data;
        let found = data.own.examples(data.training.as_ref(), 1.0);
        found.map_err(|error| model.error(error).to_string())
    }

    #[test]
    fn all_formats_give_the_same_examples() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let array = |name: &str, shape: &[usize], values: &[f64]| {
            let file = fs::File::create(path(name)).unwrap();
            super::super::npy::write(file, shape, values).unwrap();
        };
        array("x.npy", &[3, 2], &[0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        array("y.npy", &[3], &[5.0, 6.0, 7.0]);
        fs::write(path("t.csv"), "y,a,b\n5,0,1\n6,1,1\n7,1,0\n").unwrap();
        fs::write(path("x.txt"), "01\n11\n10\n").unwrap();
        let bytes = [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 0, 1, 1, 1, 1, 0];
        fs::write(path("x.idx"), bytes).unwrap();
        let (x, y, t) = (path("x.npy"), path("y.npy"), path("t.csv"));
        let forms = [
            format!("inputs = '{x}', targets = '{y}', training = 2"),
            format!("inputs = '{t}', target_columns = ['y'], training = 2"),
            format!("inputs = '{t}', input_columns = ['a', 'b'], target_columns = ['y'], training = 2"),
            format!("inputs = '{}', targets = [5, 6, 7], training = 2", path("x.txt")),
            format!("inputs = '{}', targets = '{y}', training = 2", path("x.idx")),
            "inputs = [[0, 1], [1, 1]], targets = [5, 6], test_inputs = [[1, 0]], test_targets = [7]".into(),
        ];
        for form in forms {
            let found = read(&form).unwrap();
            assert_eq!(found.inputs, dmatrix![0.0, 1.0; 1.0, 1.0], "{form}");
            assert_eq!(found.targets, dmatrix![5.0; 6.0], "{form}");
            assert_eq!(found.test_inputs, dmatrix![1.0, 0.0], "{form}");
            assert_eq!(found.test_targets, dmatrix![7.0], "{form}");
            assert_eq!((found.statement.training, found.statement.tests), (2, 1));
        }
    }

    #[test]
    fn flaws_are_named_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("t.csv"), "y,a\n5,0\n6,x\n").unwrap();
        fs::write(path("bits.txt"), "01\n011\n").unwrap();
        fs::write(path("short.idx"), [0, 0, 8, 1, 0, 0, 0, 9, 1]).unwrap();
        let nan = fs::File::create(path("nan.npy")).unwrap();
        super::super::npy::write(nan, &[2, 2], &[1.0, 2.0, 3.0, f64::NAN]).unwrap();
        for (data, what) in [
            (
                format!("inputs = '{}'", path("t.csv")),
                "line 3: `x` in the column `a`",
            ),
            (
                format!("inputs = '{}', target_columns = ['z']", path("t.csv")),
                "unknown column `z`",
            ),
            (
                format!("inputs = '{}'", path("bits.txt")),
                "line 2: 3 bits among patterns of 2",
            ),
            (
                format!("inputs = '{}'", path("short.idx")),
                "do not fill [9]",
            ),
            (
                format!("inputs = '{}'", path("nan.npy")),
                "number 1 of example 1 (from 0) is NaN",
            ),
            ("inputs = 'nowhere.npy'".into(), "nowhere.npy"),
            (
                "inputs = [[1], [2]], targets = [1]".into(),
                "1 targets for 2 inputs",
            ),
            ("inputs = [[1], [2]]".into(), "no targets"),
            (
                "inputs = [[1], [2]], targets = [1, 2], training = 3".into(),
                "3 examples for training of 2",
            ),
            (
                "inputs = [[1]], targets = [1], test_inputs = [[1, 2]]".into(),
                "tests of shape [2]",
            ),
            ("targets = [1]".into(), "`inputs` is missing"),
        ] {
            let said = read(&data).unwrap_err();
            assert!(said.contains(what), "{data}: {said}");
        }
    }
}
