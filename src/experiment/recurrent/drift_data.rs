//! The readings of the kind `drift`, simulated or from a file.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use std::f64::consts::TAU;

use super::drift_methods::{bound, explained, mean_square, persistence};
use super::drift_networks::ROUNDING;
use super::drift_settings::{CoefficientSettings, DataSettings, DriftSettings, Settings};
use super::time_series::TimeSeries;
use crate::analysis::{DriftError, LeastSquares, least_squares};
use crate::experiment::Diagnostic;
use crate::experiment::data::files::refuse_file;
use crate::experiment::settings::{Mistakes, Placed, Words};
use crate::networks::drift::{Conditions, DriftModel, tumble};
use crate::numerics::random::{member, stream};

/// A sequence of readings.
pub(super) struct Sequence {
    /// One row a reading, one column a term.
    pub regressors: DMatrix<f64>,
    /// The readings.
    pub drift: Vec<f64>,
}

/// What is learnt, and what it is tested on.
pub(super) struct DriftData {
    /// Names of the terms.
    pub names: Vec<String>,
    /// Sequences that are learnt.
    pub training: Vec<Sequence>,
    /// Sequences for tests.
    pub tests: Vec<Sequence>,
    /// Time from one reading to the next.
    pub interval: f64,
    /// The drift that the readings were drawn from, if they were.
    pub model: Option<DriftModel>,
}

impl DriftData {
    /// Draws or reads the readings.
    pub fn of(settings: &Settings, seed: u64) -> Result<Self, Mistakes> {
        let data = &settings.data;
        let found = match (&data.file, &settings.drift) {
            (Some(file), _) => Self::read(file, data)?,
            (None, Some(drift)) => Self::draw(drift, data, seed),
            (None, None) => return Err(Diagnostic::new("no readings are asked for").into()),
        };
        found.check(settings)?;
        Ok(found)
    }

    /// Refuses readings from which no coefficients follow, or that say nothing or overflow.
    fn check(&self, settings: &Settings) -> Result<(), Diagnostic> {
        let drift = settings.drift.as_ref();
        let refuse = |problem: String, [for_files, for_terms]: [&str; 2]| match &settings.data.file
        {
            Some(file) => refuse_file(file, &problem, for_files),
            None => {
                let terms = drift.map(|drift| &drift.coefficients);
                let terms = terms.and_then(CoefficientSettings::last);
                let mistake = Diagnostic::new(problem).at(terms.place().bytes());
                mistake.label("one of these terms").help(for_terms)
            }
        };
        let large = "choose numbers whose squares can be added up";
        let fit = self.fit().map_err(|error| {
            let help = match error {
                DriftError::Dependent { .. } => [
                    "leave out inputs that others already say, or that never change",
                    "on a platform that turns, a_I^2 + a_S^2 = 1: of 1, a_I^2 and a_S^2 leave one out; and it must turn",
                ],
                DriftError::NotFinite { .. } => [large; 2],
                _ => ["give more readings than inputs", "give at least one coefficient"],
            };
            refuse(error.to_string(), help)
        })?;
        let left = fit.mean_square();
        if !left.is_finite() {
            return Err(refuse(
                "the squares of the readings overflow".into(),
                [large; 2],
            ));
        }
        let drift_of = |part: &[Sequence]| -> Vec<f64> {
            part.iter()
                .flat_map(|sequence| sequence.drift.clone())
                .collect()
        };
        let readings = drift_of(&self.training);
        let size = readings
            .iter()
            .map(|reading| reading * reading)
            .sum::<f64>();
        if left <= ROUNDING * ROUNDING * size / readings.len() as f64 {
            let problem = "least squares leave nothing that could be learnt";
            return Err(refuse(problem.into(), ["give readings with noise"; 2]));
        }
        let said = explained(&self.tests, fit.coefficients.as_slice());
        let tests = [said, persistence(&self.tests)];
        let errors = tests.map(|said| mean_square(&self.tests, &said));
        if !errors.iter().all(|error| error.is_finite()) {
            let problem = "the squares of the readings or inputs of the tests overflow";
            return Err(refuse(problem.into(), [large; 2]));
        }
        if let (Some(model), Some(drift)) = (&self.model, drift) {
            bound(model).map_err(|error| {
                let mistake = Diagnostic::new(error.to_string());
                if *drift.noise * *drift.noise > 0.0 {
                    mistake
                        .at(drift.correlation_time.place().bytes())
                        .label("this bias")
                        .help("choose a shorter correlation time, or a smaller bias or walk")
                } else {
                    mistake
                        .at(drift.noise.place().bytes())
                        .label("this noise")
                        .help("choose a noise whose square is no zero")
                }
            })?;
        }
        Ok(())
    }

    fn draw(drift: &DriftSettings, data: &DataSettings, seed: u64) -> Self {
        let model = drift.model();
        let part = |purpose: &'static str, count: usize| {
            let seed = member(seed, purpose, 0);
            let sequence = |index: u64| {
                // Every sequence begins at an angle and in a season of its own.
                let mut random = stream(seed, "conditions", index);
                let (angle, phase): (f64, f64) = (random.random(), random.random());
                let conditions: Vec<Conditions> = (0..*data.steps)
                    .map(|step| {
                        let time = step as f64 * model.interval;
                        let swing = libm::sin(TAU * (time / *drift.season + phase));
                        tumble(TAU * (time / *drift.turn + angle), swing)
                    })
                    .collect();
                let terms = &model.terms;
                Sequence {
                    regressors: DMatrix::from_fn(*data.steps, terms.len(), |row, column| {
                        terms[column].0.value(&conditions[row])
                    }),
                    drift: model.sample(&conditions, seed, index).drift,
                }
            };
            (0..count as u64).map(sequence).collect()
        };
        Self {
            names: model
                .terms
                .iter()
                .map(|(term, _)| term.name().to_owned())
                .collect(),
            training: part("training", *data.sequences),
            tests: part("tests", *data.tests),
            interval: model.interval,
            model: Some(model),
        }
    }

    fn read(file: &Words, data: &DataSettings) -> Result<Self, Diagnostic> {
        let series = TimeSeries::read(file)?;
        let (steps, found) = (*data.steps, series.drift.len());
        let needed = (*data.sequences as f64 + *data.tests as f64) * steps as f64;
        if (found as f64) < needed {
            let problem = format!(
                "{found} readings, where {} sequences and {} tests of {steps} readings need {needed}",
                data.sequences, data.tests
            );
            let help = "give more readings, or smaller `sequences`, `tests` or `steps`";
            return Err(refuse_file(file, &problem, help));
        }
        let one = std::iter::once("1".to_owned());
        let sequence = |index: usize| {
            let rows = index * steps..(index + 1) * steps;
            let inputs = &series.rows[rows.clone()];
            Sequence {
                regressors: DMatrix::from_fn(steps, 1 + series.inputs.len(), |row, column| {
                    match column {
                        0 => 1.0,
                        input => inputs[row][input - 1],
                    }
                }),
                drift: series.drift[rows].to_vec(),
            }
        };
        let tests = *data.sequences..*data.sequences + *data.tests;
        let found = Self {
            names: one.chain(series.inputs.iter().cloned()).collect(),
            training: (0..*data.sequences).map(sequence).collect(),
            tests: tests.map(sequence).collect(),
            interval: series.interval,
            model: None,
        };
        let mut all = found.training.iter().flat_map(|sequence| &sequence.drift);
        let first = all.next().copied().unwrap_or_default();
        if all.all(|reading| *reading == first) {
            let problem = "the drift of all sequences that are learnt is the same number";
            return Err(refuse_file(file, &problem, "give readings that change"));
        }
        Ok(found)
    }

    /// Least squares of all sequences that are learnt.
    pub fn fit(&self) -> Result<LeastSquares, DriftError> {
        let steps = self.training[0].drift.len();
        let rows = self.training.len() * steps;
        let design = DMatrix::from_fn(rows, self.names.len(), |row, column| {
            self.training[row / steps].regressors[(row % steps, column)]
        });
        let drift = self.training.iter().flat_map(|sequence| &sequence.drift);
        let right = DVector::from_iterator(rows, drift.copied());
        least_squares(&design, &self.names, &right)
    }
}

impl Sequence {
    /// What coefficients make of the terms.
    pub fn explained(&self, coefficients: &[f64]) -> Vec<f64> {
        let rows = self.regressors.row_iter();
        rows.map(|row| row.iter().zip(coefficients).map(|(x, c)| x * c).sum())
            .collect()
    }
}
