//! Kind `text`: classes of texts by separable convolution, beside rivals with as many parameters.

use std::collections::BTreeSet;

use super::rivals::{NETWORKS, REGRESSION, architectures, parameters, unequal};
use super::settings::{Settings, Task};
use super::training::train;
use super::{figures, tables};
use crate::experiment::data::files::checksum;
use crate::experiment::ensemble::ensemble;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Mistakes, require};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::deep::{DifferentiableModel, Dropout};
use crate::networks::text::{Average, BagOfWords, TextArchitecture, TextNetwork, Vocabulary};
use crate::numerics::random::member;
use crate::training::flow::{
    BatchOptions, EarlyStopping, GradientFlow, LogProbability, decided, penalised_minimum,
};
use crate::training::order::shuffled;
use nalgebra::DMatrix;

pub use super::findings::{Findings, Model, Positions, TaskFindings};

/// Networks and a logistic regression that learn the classes of texts.
pub struct TextClassification {
    settings: Settings,
    seed: u64,
    tasks: Vec<Task>,
    vocabulary: Vocabulary,
    /// Training texts and tests, one row a text.
    rows: [DMatrix<f64>; 2],
    /// Words of a test, on average.
    words: f64,
    /// Tests that are training texts as well.
    shared: usize,
    /// The test whose positions are shown, in words.
    passage: Vec<String>,
}

/// One model: of a task, of a kind (the regression behind all networks), and which of its kind.
#[derive(Clone, Copy)]
struct Job {
    task: usize,
    kind: usize,
    number: usize,
}

impl Job {
    fn name(self) -> String {
        format!("{}-{}-{}", self.task, self.kind, self.number)
    }
}

impl TextClassification {
    fn targets(&self, task: &Task, of: &[usize]) -> DMatrix<f64> {
        let outputs = task.outputs();
        DMatrix::from_fn(of.len(), outputs, |text, class| {
            let wanted = if outputs == 1 { 1 } else { class };
            f64::from(u8::from(of[text] == wanted))
        })
    }

    fn accuracy(
        &self,
        task: &Task,
        model: &dyn DifferentiableModel,
        parameters: &[f64],
    ) -> Result<f64, RunError> {
        let found = decided(&model.outputs(parameters, &self.rows[1])?);
        let right = found
            .iter()
            .zip(&task.tests)
            .filter(|(found, class)| found == class);
        Ok(right.count() as f64 / task.tests.len() as f64)
    }

    /// Trains one network.
    fn network(
        &self,
        job: Job,
        name: &str,
        architecture: &TextArchitecture,
        progress: &dyn Progress,
    ) -> Result<Model, RunError> {
        let (task, training) = (&self.tasks[job.task], &self.settings.training);
        let seed = |purpose: &str| member(self.seed, purpose, job.number);
        let network = TextNetwork::new(architecture.clone())?;
        let [learnt, held_out] = self.parts(seed("held out"));
        let targets = self.targets(task, &task.training);
        let pick = |part: &[usize]| (self.rows[0].select_rows(part), targets.select_rows(part));
        let ((inputs, targets), held) = (pick(&learnt), pick(&held_out));
        let flow = |inputs, targets| {
            GradientFlow::new(&network, inputs, targets, &LogProbability)
                .map_err(RunError::numerical)
        };
        let (flow, held_out) = (flow(&inputs, &targets)?, flow(&held.0, &held.1)?);
        let options = BatchOptions {
            rule: *training.rule,
            batch: *training.batch,
            seed: seed("order"),
            dropout: None,
        };
        let dropout = Dropout {
            dense: *training.features_dropped,
            words: *training.words_dropped,
            seed: seed("dropout"),
            ..Dropout::default()
        };
        let stopping = EarlyStopping {
            epochs: *training.epochs,
            patience: *training.patience,
            penalty: *training.penalty,
            dropout: (dropout.dense > 0.0 || dropout.words > 0.0).then_some(dropout),
        };
        let ended = train(
            progress,
            (
                &format!("course-{}", job.name()),
                &format!("{name}, {}", task.label),
            ),
            (&flow, &held_out),
            || network.initial(seed("network")),
            (options, stopping),
        )?;
        let shown = (job.task, job.kind, job.number) == (0, 0, 0);
        Ok(Model {
            task: job.task,
            name: name.to_owned(),
            parameters: network.parameter_count(),
            own_parameters: parameters(architecture),
            multiply_adds: architecture.multiply_adds(match architecture.average {
                Average::Words => self.words.round() as usize,
                Average::Positions => *self.settings.words.length,
            }),
            accuracy: self.accuracy(task, &network, &ended.parameters)?,
            epoch: Some(ended.epoch),
            training_loss: ended.training_loss,
            held_out_loss: ended.held_out_loss,
            positions: if shown {
                Some(self.shown(&network, &ended.parameters)?)
            } else {
                None
            },
        })
    }

    /// Numbers of the training texts that are learnt, and of those that are held out, at least one of each.
    fn parts(&self, seed: u64) -> [Vec<usize>; 2] {
        let count = self.rows[0].nrows();
        let mut order = shuffled((seed, "held out"), 0, count);
        let share = (*self.settings.training.held_out * count as f64).round() as usize;
        let learnt = order.split_off(share.clamp(1, count - 1));
        [learnt, order]
    }

    fn shown(&self, network: &TextNetwork, parameters: &[f64]) -> Result<Positions, RunError> {
        let task = &self.tasks[0];
        let class = task.tests[0];
        let row: Vec<usize> = self.rows[1]
            .row(0)
            .iter()
            .map(|word| *word as usize)
            .collect();
        let found = network.positions(parameters, &row)?;
        let probabilities = found.row_iter().map(|row| match (row.len(), class) {
            (1, 0) => 1.0 - row[0],
            (1, _) => row[0],
            _ => row[class],
        });
        Ok(Positions {
            words: self.passage.clone(),
            class: task.classes[class].clone(),
            stride: (*self.settings.network.pool)
                .saturating_pow(self.settings.network.channels.len() as u32),
            probabilities: probabilities.collect(),
        })
    }

    fn regression(&self, task_index: usize) -> Result<Model, RunError> {
        let task = &self.tasks[task_index];
        let bag = BagOfWords::learn(&self.rows[0], self.vocabulary.size(), task.outputs())?;
        let targets = self.targets(task, &task.training);
        let flow = GradientFlow::new(&bag, &self.rows[0], &targets, &LogProbability);
        let flow = flow.map_err(RunError::numerical)?;
        let penalty = *self.settings.training.regression_penalty;
        let weights = penalised_minimum(&flow, penalty).map_err(|error| {
            let label = &task.label;
            RunError::numerical(Unfound {
                problem: format!("the regression on `{label}` has found no minimum: {error}"),
            })
        })?;
        Ok(Model {
            task: task_index,
            name: REGRESSION.to_owned(),
            parameters: bag.parameter_count(),
            own_parameters: bag.parameter_count(),
            multiply_adds: self.words.round() as usize * task.outputs(),
            accuracy: self.accuracy(task, &bag, &weights)?,
            epoch: None,
            training_loss: Vec::new(),
            held_out_loss: Vec::new(),
            positions: None,
        })
    }
}

/// A regression that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("{problem}; choose a `regression_penalty` nearer to 1")]
struct Unfound {
    problem: String,
}

impl Task {
    /// Outputs of a model: the probability of the second class, or those of all.
    fn outputs(&self) -> usize {
        if self.classes.len() == 2 {
            1
        } else {
            self.classes.len()
        }
    }
}

impl Study for TextClassification {
    const NAME: &'static str = "text";
    const SUMMARY: &'static str =
        "classes of texts by separable convolution, beside rivals with as many parameters";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.check()?;
        let ([training, tests], tasks) = settings.read()?;
        settings.check_rows(training.len().max(tests.len()))?;
        let known: BTreeSet<&str> = training.iter().map(String::as_str).collect();
        let shared = tests
            .iter()
            .filter(|text| known.contains(text.as_str()))
            .count();
        require(
            &settings.data.train,
            shared < tests.len(),
            "every test is a training text as well",
            "nothing is left to test",
            "give `test` a file of texts that are not learnt",
        )?;
        let learnt = training.iter().map(String::as_str);
        let vocabulary = Vocabulary::learn(learnt, *settings.words.least, *settings.words.most);
        if vocabulary.size() < 3 {
            require(
                &settings.words.least,
                false,
                format!(
                    "no word stands {} times in the training texts",
                    settings.words.least
                ),
                "more often than any word",
                "give `least` a smaller value",
            )?;
        }
        for (task, label) in tasks.iter().zip(settings.data.label.iter()) {
            let outputs = task.outputs();
            let numbers = vocabulary.size() as f64 * outputs as f64;
            // point and gradient, ten pairs of the quasi-Newton method, and what a step tries
            let bytes = 24.0 * NUMBER * numbers;
            require_memory(label, "the regression on as many classes", bytes)?;
            let all = architectures(&settings.network, vocabulary.size(), outputs);
            if let Some((name, own, aim)) = unequal(&all) {
                require(
                    &settings.network.networks,
                    false,
                    format!("`{name}` would have {own} parameters, the separable network {aim}"),
                    "networks of unequal size",
                    "choose other `channels`, or a smaller `ordinary_kernel`",
                )?;
            }
        }
        let length = *settings.words.length;
        let rows = [&training, &tests]
            .map(|texts| vocabulary.rows(texts.iter().map(String::as_str), length));
        let words = rows[1].iter().filter(|word| **word > 0.0).count() as f64 / tests.len() as f64;
        let mut passage = crate::networks::text::words(&tests[0]);
        passage.truncate(length);
        Ok(Self {
            settings,
            seed: header.seed,
            tasks,
            vocabulary,
            rows,
            words,
            shared,
            passage,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let tasks = self.tasks.iter();
        let tasks: Vec<String> = tasks
            .map(|task| format!("{} ({} classes)", task.label, task.classes.len()))
            .collect();
        let [training, tests] = [0, 1].map(|part| self.rows[part].nrows());
        let networks = self.settings.network.networks;
        vec![
            (
                "texts".into(),
                format!("{training}, and {tests} tests, of {:.1} words", self.words),
            ),
            (
                "words told apart".into(),
                self.vocabulary.size().to_string(),
            ),
            ("tasks".into(), tasks.join(", ")),
            (
                "networks".into(),
                format!("{networks} of each: {}", NETWORKS.join(", ")),
            ),
            (
                "beside them".into(),
                format!("{REGRESSION}, to its minimum"),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        let labels = self
            .tasks
            .iter()
            .flat_map(|task| task.training.iter().chain(&task.tests));
        let labels: Vec<f64> = labels.map(|class| *class as f64).collect();
        let words = self.rows.iter().flat_map(|rows| rows.iter());
        Some(checksum(words.chain(&labels)))
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let each = *self.settings.network.networks;
        let mut jobs = Vec::new();
        for task in 0..self.tasks.len() {
            // networks of one number share start and order of the texts as far as they can
            for kind in 0..=NETWORKS.len() {
                let count = if kind < NETWORKS.len() { each } else { 1 };
                jobs.extend((0..count).map(|number| Job { task, kind, number }));
            }
        }
        let names: Vec<String> = jobs
            .iter()
            .map(|job| format!("model-{}", job.name()))
            .collect();
        progress.begin("models", names.len() as u64);
        let mut models = ensemble(progress, &names, |index| {
            let job = jobs[index];
            let Some(name) = NETWORKS.get(job.kind) else {
                return self.regression(job.task);
            };
            let outputs = self.tasks[job.task].outputs();
            let all = architectures(&self.settings.network, self.vocabulary.size(), outputs);
            self.network(job, name, &all[job.kind], progress)
        })?;
        let tasks = self.tasks.iter().map(|task| {
            let of = |class| task.tests.iter().filter(|test| **test == class).count();
            let largest = (0..task.classes.len()).map(of).max().unwrap_or(0);
            TaskFindings {
                label: task.label.clone(),
                classes: task.classes.clone(),
                majority: largest as f64 / task.tests.len() as f64,
            }
        });
        let shown = models.iter_mut().find_map(|model| model.positions.take());
        Ok(Findings {
            texts: [self.rows[0].nrows(), self.rows[1].nrows()],
            vocabulary: self.vocabulary.size(),
            words: self.words,
            shared: self.shared,
            tasks: tasks.collect(),
            models,
            positions: shown.unwrap_or_default(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        tables::all(findings)
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        tables::summary(findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures::all(settings, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::ModelFile;
    use crate::training::flow::Loss;

    /// Tests that are right, and the least loss with its penalty, from L-BFGS of SciPy on the same tf-idf vectors.
    #[test]
    fn the_regression_on_the_shipped_texts_is_that_of_another_program() {
        let model = ModelFile::open_shipped("text-separable").unwrap();
        let study = model.study::<TextClassification>();
        let study = study.map_err(|error| error.to_string()).unwrap();
        assert_eq!(study.vocabulary.size(), 5401);
        for (index, right, least) in [(0, 393.0, 662.0383), (1, 298.0, 2028.7213)] {
            let found = study.regression(index).unwrap();
            assert_eq!((found.accuracy * 486.0).round(), right);
            let task = &study.tasks[index];
            let bag = BagOfWords::learn(&study.rows[0], 5401, task.outputs()).unwrap();
            let targets = study.targets(task, &task.training);
            let flow = GradientFlow::new(&bag, &study.rows[0], &targets, &LogProbability).unwrap();
            let weights = penalised_minimum(&flow, 1.0).unwrap();
            let outputs = bag.outputs(&weights, &study.rows[0]).unwrap();
            let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
            let loss = LogProbability.value(&outputs, &targets) + 0.5 * squares;
            // the minimum is flat: a gradient of 1e-5 an example leaves less than this
            assert!((loss - least).abs() < 1e-3, "{loss}");
        }
    }
}
