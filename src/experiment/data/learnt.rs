//! One's own data of the kinds that learn all that they are given, or cut one series.

use nalgebra::DMatrix;

use super::DataStatement;
use super::examples::{Examples, OwnInputs};
use super::files::checksum;
use super::own::OwnSettings;
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Count, Mistakes, Place, Placed, require};

impl OwnSettings {
    /// No data and no choices.
    pub(in crate::experiment) fn none() -> Self {
        Self {
            inputs: None,
            targets: None,
            input_columns: None,
            target_columns: None,
            test_inputs: None,
            test_targets: None,
            shape: None,
            scaling: super::Scaling::None.into(),
        }
    }

    /// Refuses tests, for a kind that has none.
    pub(in crate::experiment) fn refuse_tests(&self) -> Result<(), Diagnostic> {
        let tests = [&self.test_inputs, &self.test_targets];
        let place = tests.into_iter().flatten().map(Placed::place).next();
        require(
            &place.unwrap_or(Place::NOWHERE),
            place.is_none(),
            "this kind has no tests",
            "not for this kind",
            "leave them out",
        )
    }

    /// Refuses targets, for a kind that makes its own of the inputs; `why` says so.
    pub(in crate::experiment) fn refuse_targets(&self, why: &str) -> Result<(), Diagnostic> {
        let columns = self.target_columns.iter().flatten();
        let place = columns.map(Placed::place).next();
        let place = self.targets.as_ref().map(Placed::place).or(place);
        require(
            &place.unwrap_or(Place::NOWHERE),
            place.is_none(),
            format!("targets are not for this kind: {why}"),
            "not for this kind",
            "leave them out, and name inputs of a table by `input_columns`",
        )
    }

    /// The first `count` inputs with their targets as numbers, or all of them, of a kind without tests.
    pub(in crate::experiment) fn learnt(
        &self,
        count: Option<&Count>,
    ) -> Result<Examples, Mistakes> {
        self.refuse_tests()?;
        let found = self.examples(count, 1.0)?;
        let learnt = found.inputs.nrows();
        let statement = without_tests(found.statement, learnt + found.test_inputs.nrows());
        Ok(Examples { statement, ..found })
    }

    /// All inputs of a kind that has neither tests nor targets; `why` says what it has in their place.
    pub(in crate::experiment) fn alone(&self, why: &str) -> Result<OwnInputs, Diagnostic> {
        self.refuse_tests()?;
        self.refuse_targets(why)?;
        let found = self.inputs(0)?;
        let statement = without_tests(found.statement, found.inputs.nrows());
        Ok(OwnInputs { statement, ..found })
    }

    /// One series, a reading after the other: the first `training` are learnt, and as many behind them are tests.
    /// `asked` is the setting that wants so many.
    pub(in crate::experiment) fn series(
        &self,
        asked: &impl Placed,
        training: usize,
        why: &str,
    ) -> Result<(Vec<f64>, DataStatement), Diagnostic> {
        self.refuse_tests()?;
        self.refuse_targets(why)?;
        let unscaled = Self {
            scaling: super::Scaling::None.into(),
            ..self.clone()
        };
        let found = unscaled.inputs(training)?;
        let (there, width) = found.inputs.shape();
        let (place, all) = (self.inputs.place(), 2 * training);
        require(
            &place,
            width == 1,
            format!("{width} numbers a reading, where one is heard"),
            "this series",
            "name one column of a table, as in `input_columns = [\"x\"]`, or give a list of numbers",
        )?;
        require(
            asked,
            all <= there,
            format!("{all} readings for sequences and tests of {there} that there are"),
            "more than there are",
            "choose fewer or shorter sequences, or give a longer series",
        )?;
        require_small(&place, "the series", &found.inputs, SQUARED)?;
        let mut learnt = found.inputs.rows(0, training).into_owned();
        let mut tests = found.inputs.rows(training, training).into_owned();
        require(
            &place,
            learnt.iter().any(|reading| *reading != learnt[0]),
            "all readings that are learnt are the same number",
            "this series",
            "give readings that change",
        )?;
        self.scaling.apply(&mut learnt, &mut tests);
        let series: Vec<f64> = learnt.iter().chain(&tests).copied().collect();
        let statement = DataStatement {
            training,
            tests: training,
            split: format!(
                "the first {training} of {there} readings are learnt, the {training} behind them are the tests"
            ),
            scaling: *self.scaling,
            checksum: checksum(series.iter()),
            ..found.statement
        };
        Ok((series, statement))
    }
}

/// What a report says of data without tests, the first of so many inputs.
pub(in crate::experiment) fn without_tests(said: DataStatement, there: usize) -> DataStatement {
    let learnt = said.training;
    let split = if learnt == there {
        "all inputs are learnt, there are no tests".to_owned()
    } else {
        format!("the first {learnt} of {there} inputs are learnt, there are no tests")
    };
    DataStatement {
        tests: 0,
        split,
        ..said
    }
}

/// Numbers whose squares can be added up by the million, far from overflow.
pub(in crate::experiment) const SQUARED: f64 = 1e140;

/// Refuses a number of a kind (`"an input"`) that is larger than what can be computed with.
pub(in crate::experiment) fn require_small(
    place: &impl Placed,
    what: &str,
    numbers: &DMatrix<f64>,
    largest: f64,
) -> Result<(), Diagnostic> {
    require(
        place,
        numbers.iter().all(|x| x.abs() <= largest),
        format!("{what} holds a number beyond {largest:e}"),
        "too large",
        "give them in another unit, as numbers of about 1",
    )
}
