//! Kind `drift`: Elman networks identify the drift of a platform, beside least squares and the Kalman filter.

use serde::{Deserialize, Serialize};

use super::drift_data::DriftData;
use super::drift_figures;
use super::drift_methods::{
    Predictions, autoregressive, bound, bound_of_sequences, expected_variance, explained, joint,
    kalman, mean_square, persistence, residuals, share,
};
use super::drift_networks::Encoding;
use super::drift_settings::{Form, Learns, Settings};
use super::drift_tables::{coefficients, forms, methods};
use super::sequence_settings::{Trained, gradient_name, train};
use crate::analysis::{Spread, allan_deviations};
use crate::experiment::data::files::checksum;
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::networks::drift::{Conditions, DriftModel};
use crate::numerics::random::member;
use crate::training::recurrent::SequenceTrainer;

pub use super::drift_findings::{Coefficient, Findings, FormFindings, Methods};

/// Readings of the series whose Allan deviation is shown: five thousand correlation times of the shipped model, so
/// that all its slopes are seen and a thousand readings are averaged to a few per cent.
const LONG: usize = 1 << 18;

/// Networks that learn a drift, and what they are held against.
pub struct DriftIdentification {
    settings: Settings,
    data: DriftData,
    seed: u64,
}

/// A network after its training.
#[derive(Serialize, Deserialize)]
struct Learnt {
    trained: Trained,
    mse: f64,
    training_mse: f64,
    first: Vec<f64>,
}

impl Form {
    /// In words.
    pub(super) fn name(&self) -> String {
        let prefix = match self.learns {
            Learns::Drift => "Elman",
            Learns::Residual => "least squares + Elman",
        };
        format!(
            "{prefix}, {}, {}",
            self.node.name(),
            gradient_name(self.gradient)
        )
    }
}

impl DriftIdentification {
    /// One network: `job` counts forms and, within each, networks.
    fn learn(
        &self,
        progress: &dyn Progress,
        (form, job): (Form, usize),
        said: [&Predictions; 2],
    ) -> Result<Learnt, RunError> {
        let Settings {
            network: sizes,
            training,
            ..
        } = &self.settings;
        let encoding = Encoding::of(form.learns, &self.data.training, said[0]);
        let task = encoding.task(&self.data.training, said[0]);
        let tests = encoding.task(&self.data.tests, said[1]);
        let network = sizes.network(encoding.inputs(), form.node.node())?;
        let options = training.learning.options(form.gradient);
        // Networks of one number start alike in every form that has as many weights.
        let seed = member(self.seed, "network", job % *sizes.networks);
        let begin = || {
            let start = network.initial(sizes.start(), seed);
            SequenceTrainer::new(start, options).map_err(RunError::numerical)
        };
        let predicted = |parameters: &[f64]| {
            let predictions =
                encoding.predictions((&network, &options), parameters, &tests, said[1])?;
            Ok::<_, RunError>((mean_square(&self.data.tests, &predictions), predictions))
        };
        let name = format!("training-{}", job + 1);
        let (epochs, pair) = (*training.learning.epochs, (&network, &task));
        let look = |parameters: &[f64]| Ok(predicted(parameters)?.0);
        let trained = train(progress, &name, pair, epochs, begin, look)?;
        let best = trained
            .trainer
            .losses()
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let (mse, mut predictions) = predicted(trained.trainer.best())?;
        Ok(Learnt {
            training_mse: best * encoding.square(),
            mse,
            first: predictions.swap_remove(0),
            trained,
        })
    }

    /// All networks of all forms, and what the first of them says of the first test.
    fn networks(
        &self,
        progress: &dyn Progress,
        said: [&Predictions; 2],
    ) -> Result<(Vec<FormFindings>, Vec<f64>), RunError> {
        let (forms, each) = (self.settings.forms(), *self.settings.network.networks);
        let jobs = forms.len() * each;
        let names: Vec<String> = (1..=jobs).map(|job| format!("network-{job}")).collect();
        progress.begin("networks", jobs as u64);
        let learnt = ensemble(progress, &names, |job| {
            self.learn(progress, (forms[job / each], job), said)
        })?;
        let groups = forms.iter().zip(learnt.chunks(each)).enumerate();
        let found = groups.map(|(index, (form, group))| {
            let looks = &group[0].trained.looks;
            let course = group
                .iter()
                .flat_map(|l| l.trained.looks.iter().map(|look| look.1));
            FormFindings {
                name: form.name(),
                gradient: form.gradient,
                learns: form.learns,
                weights: group[0].trained.trainer.parameters().len(),
                mse: group.iter().map(|l| l.mse).collect(),
                training_mse: group.iter().map(|l| l.training_mse).collect(),
                epochs: looks.iter().map(|look| look.0).collect(),
                course: Array::rows(
                    format!("course-{}", index + 1),
                    looks.len(),
                    course.collect(),
                )
                .along(
                    ["network", "look, at the epochs of the report"],
                    "mean squared error",
                ),
            }
        });
        Ok((found.collect(), learnt[0].first.clone()))
    }

    /// Time, mean Allan deviation of what is left, and the expected one: of a simulation from a long series of its
    /// noises, of a file from what least squares leave.
    fn allan(&self, left: &[Vec<f64>]) -> Array {
        let interval = self.data.interval;
        let model = self.data.model.as_ref();
        let long = model.map(|model| {
            let noises = DriftModel {
                terms: Vec::new(),
                ..model.clone()
            };
            let conditions = vec![Conditions::default(); LONG];
            vec![
                noises
                    .sample(&conditions, member(self.seed, "allan", 0), 0)
                    .drift,
            ]
        });
        let series = long.as_deref().unwrap_or(left);
        let curves: Vec<Vec<(f64, f64)>> = series
            .iter()
            .map(|series| allan_deviations(series, interval))
            .collect();
        let rows = (0..curves[0].len()).flat_map(|index| {
            let size = 1_usize << index;
            let squares = curves.iter().map(|curve| curve[index].1.powi(2));
            let mean = squares.sum::<f64>() / curves.len() as f64;
            let expected = model.map(|model| expected_variance(model, size));
            let time = size as f64 * interval;
            [time, mean.sqrt(), expected.map_or(f64::NAN, f64::sqrt)]
        });
        Array::rows("allan", 3, rows.collect()).along(
            ["averaging time", "time, deviation, expected deviation"],
            "time in the unit of the readings' clock, deviations in that of the readings",
        )
    }
}

impl Study for DriftIdentification {
    const NAME: &'static str = "drift";
    const SUMMARY: &'static str = "Elman networks predict the drift of a platform, beside least squares and the Kalman filter";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        if settings.data.file.is_some() {
            settings.drift = None;
        }
        settings.check()?;
        let data = DriftData::of(&settings, header.seed)?;
        Ok(Self {
            settings,
            data,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            data,
            network,
            training,
            ..
        } = &self.settings;
        let source = data
            .file
            .as_ref()
            .map_or("simulated".into(), ToString::to_string);
        let forms: Vec<String> = self.settings.forms().iter().map(Form::name).collect();
        vec![
            ("readings".into(), source),
            (
                "sequences".into(),
                format!(
                    "{}, and {} tests, of {} readings",
                    data.sequences, data.tests, data.steps
                ),
            ),
            ("terms".into(), self.data.names.join(", ")),
            (
                "networks".into(),
                format!("{} of each: {}", network.networks, forms.join("; ")),
            ),
            (
                "training".into(),
                format!("{} epochs", training.learning.epochs),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        let all = self.data.training.iter().chain(&self.data.tests);
        let numbers = all.flat_map(|part| part.regressors.iter().chain(&part.drift));
        self.settings.data.file.as_ref().map(|_| checksum(numbers))
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let DriftData {
            names,
            training,
            tests,
            model,
            ..
        } = &self.data;
        let fit = self.data.fit().map_err(RunError::numerical)?;
        let coefficients = fit.coefficients.as_slice();
        let (learnt, said) = (
            explained(training, coefficients),
            explained(tests, coefficients),
        );
        let (left, tests_left) = (residuals(training, &learnt), residuals(tests, &said));
        let share = share(&left).map_err(RunError::numerical)?;
        let by_regression = autoregressive(&said, &tests_left, share);
        let of = |predictions: &Predictions| mean_square(tests, predictions);
        let filter = |coefficients: &[f64]| {
            let Some(model) = model else { return Ok(None) };
            let said = explained(tests, coefficients);
            let found = kalman(model, &said, &residuals(tests, &said));
            found.map(Some).map_err(RunError::numerical)
        };
        let truth: Option<Vec<f64>> = model
            .as_ref()
            .map(|model| model.terms.iter().map(|(_, c)| *c).collect());
        let best = match &truth {
            Some(truth) => filter(truth)?,
            None => None,
        };
        let joint = model.as_ref().map(|model| {
            part(progress, "joint-filter", || {
                joint(&self.data, model).map_err(RunError::numerical)
            })
        });
        let joint = joint.transpose()?;
        let by_joint = match &joint {
            Some(joint) => filter(&joint.iter().map(|pair| pair[0]).collect::<Vec<_>>())?,
            None => None,
        };
        let (networks, first) = self.networks(progress, [&learnt, &said])?;
        let mse = Methods {
            persistence: of(&persistence(tests)),
            least_squares: of(&said),
            least_squares_ar1: of(&by_regression),
            elman: Spread::of(&networks[0].mse).mean,
            kalman_least_squares: filter(coefficients)?.as_ref().map(of),
            kalman_joint: by_joint.as_ref().map(of),
            kalman: best.as_ref().map(of),
        };
        let bound_expected = model.as_ref().map(bound).transpose();
        let steps = *self.settings.data.steps;
        let of_sequences = model.as_ref().map(|model| bound_of_sequences(model, steps));
        let example = tests[0].drift.iter().enumerate().flat_map(|(step, drift)| {
            let filtered = best.as_ref().map_or(f64::NAN, |best| best[0][step]);
            let time = step as f64 * self.data.interval;
            [time, *drift, first[step], by_regression[0][step], filtered]
        });
        let term = |index: usize| Coefficient {
            term: names[index].clone(),
            truth: truth.as_ref().map(|truth| truth[index]),
            least_squares: coefficients[index],
            joint: joint.as_ref().map(|joint| joint[index]),
        };
        Ok(Findings {
            simulated: model.is_some(),
            sequences: [training.len(), tests.len()],
            bound: mse.kalman,
            bound_expected: bound_expected.map_err(RunError::numerical)?,
            bound_of_sequences: of_sequences.transpose().map_err(RunError::numerical)?,
            ratio_to_bound: mse.kalman.map(|bound| mse.over(bound)),
            mse,
            coefficients: (0..names.len()).map(term).collect(),
            autoregression: share,
            networks,
            allan: self.allan(&left),
            example: Array::rows("example", 5, example.collect()).along(
                ["reading", "column of the table `example`"],
                "in the units of the readings",
            ),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![
            ("methods".into(), methods(findings)),
            ("networks".into(), forms(findings)),
            ("coefficients".into(), coefficients(findings)),
        ]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let source = match &settings.data.file {
            Some(file) => format!("readings of {file}"),
            None => "simulated readings: the measurements of the paper are not public".into(),
        };
        let line = format!(
            "{source}; {} sequences, {} tests",
            findings.sequences[0], findings.sequences[1]
        );
        let expected = findings.bound_of_sequences.map(|expected| {
            Block::Line(format!(
                "no prediction does better than {expected:.6e} in expectation; on these tests the filter that knows \
                 everything has {:.6e}",
                findings.bound.unwrap_or(f64::NAN)
            ))
        });
        let tables = [methods(findings), forms(findings), coefficients(findings)];
        let blocks = std::iter::once(Block::Line(line)).chain(expected);
        blocks.chain(tables.map(Block::Table)).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        drift_figures::all(settings, findings)
    }
}
