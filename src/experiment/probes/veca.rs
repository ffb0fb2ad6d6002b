//! Kind `veca`: the spread of the activations' spectrum beside the test loss, through overfitting.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::losses::Losses;
use super::veca_figures;
use super::veca_settings::{NAMES, Settings};
use crate::experiment::data::images::ImageData;
use crate::experiment::ensemble::{ensemble, spread};
use crate::experiment::image_networks::Learner;
use crate::experiment::settings::Mistakes;
use crate::experiment::{
    Array, Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::networks::deep::{Architecture, DifferentiableModel};
use crate::numerics::random::member;
use crate::probes::{Agreement, At, Stopping, Veca, VecaProbe, along_batches};

/// Networks of one or two architectures that learn until they overfit.
pub struct VecaStudy {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Images that were learnt.
    pub training: usize,
    /// Images that were not.
    pub tests: usize,
    /// Every network, those of one architecture together.
    pub networks: Vec<Course>,
}

/// One network from its first epoch to its last; index 0 is what was seen after one epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Its architecture in words.
    pub architecture: String,
    /// Its number among all networks, from 1, from which its seed is derived.
    pub seed: usize,
    /// Number of its weights.
    pub weights: usize,
    /// Mean cross-entropy of the training images, in nats.
    pub training_loss: Vec<f64>,
    /// The same of the tests.
    pub test_loss: Vec<f64>,
    /// Share of the tests that is classified right.
    pub test_accuracy: Vec<f64>,
    /// VECA of the last hidden layer on the subset.
    pub veca: Vec<f64>,
    /// The same over the square of the mean eigenvalue; none where the layer is dead.
    pub veca_relative: Vec<Option<f64>>,
    /// How VECA goes with the test loss.
    pub agreement: Agreement,
    /// The same from the least test loss on, while the network overfits.
    pub agreement_late: Option<Agreement>,
    /// The same for the form without a scale.
    pub agreement_relative: Option<Agreement>,
    /// What stopping at the least VECA gives.
    pub stopping: Option<Stopping>,
    /// The same for the form without a scale.
    pub stopping_relative: Option<Stopping>,
    /// Activations of the last hidden layer on the subset after the last epoch, one row an image, of
    /// which the last entry of `veca` is made.
    pub activations: Array,
}

impl VecaStudy {
    /// Trains one network; `number` is its own among all, from 1.
    fn course(
        &self,
        name: &str,
        architecture: &Architecture,
        number: usize,
    ) -> Result<Course, RunError> {
        let Settings { data, training, .. } = &self.settings;
        let learner = Learner {
            architecture,
            images: &self.data.training,
            classes: self.data.classes,
            steps: &training.steps,
            dropout: *training.dropout,
            seed: &|purpose| member(self.seed, purpose, number),
        };
        learner.train(|network, batches| {
            let subset = batches.flow().inputs().rows(0, *data.subset).into_owned();
            let probes = (Losses::new(&self.data)?, VecaProbe::last_hidden(subset));
            let seen = along_batches(batches, *training.epochs, &probes)?;
            let activations = probes.1.activations(&At {
                model: network,
                parameters: batches.parameters(),
            })?;
            let weights = network.parameter_count();
            Ok(Course::of(name, number, weights, seen, &activations))
        })
    }
}

impl Course {
    fn of(
        name: &str,
        number: usize,
        weights: usize,
        seen: Vec<(usize, ([f64; 3], Veca))>,
        activations: &DMatrix<f64>,
    ) -> Self {
        let row_by_row = activations.transpose().as_slice().to_vec();
        let (losses, vecas): (Vec<[f64; 3]>, Vec<Veca>) =
            seen.into_iter().map(|(_, found)| found).unzip();
        let column = |index: usize| -> Vec<f64> { losses.iter().map(|row| row[index]).collect() };
        let test_loss = column(1);
        let veca: Vec<f64> = vecas.iter().map(|found| found.variance).collect();
        let veca_relative: Vec<Option<f64>> = vecas.iter().map(|found| found.relative).collect();
        let relative: Option<Vec<f64>> = veca_relative.iter().copied().collect();
        let relative = relative.as_deref();
        let stopping = Stopping::at_minimum(&veca, &test_loss);
        Self {
            architecture: name.to_owned(),
            seed: number,
            weights,
            training_loss: column(0),
            agreement: Agreement::of(&veca, &test_loss),
            agreement_late: stopping
                .map(|found| Agreement::of(&veca[found.best..], &test_loss[found.best..])),
            agreement_relative: relative.map(|course| Agreement::of(course, &test_loss)),
            stopping,
            stopping_relative: relative.and_then(|course| Stopping::at_minimum(course, &test_loss)),
            test_loss,
            test_accuracy: column(2),
            veca,
            veca_relative,
            activations: Array::rows(
                format!("activations-{number}"),
                activations.ncols(),
                row_by_row,
            )
            .along(["unit", "image"], "activation"),
        }
    }
}

impl Findings {
    /// The courses of every architecture, with its name.
    pub(super) fn groups(&self) -> Vec<(&str, Vec<&Course>)> {
        let of = |name: &'static str| {
            let courses = self.networks.iter();
            let own: Vec<&Course> = courses.filter(|c| c.architecture == name).collect();
            (name, own)
        };
        let groups = NAMES.into_iter().map(of);
        groups.filter(|(_, courses)| !courses.is_empty()).collect()
    }
}

type Of = fn(&Course) -> (Option<&Agreement>, Option<&Stopping>);

/// What is held against the test loss.
const FORMS: [(&str, Of); 3] = [
    ("VECA", |course| {
        (Some(&course.agreement), course.stopping.as_ref())
    }),
    ("VECA, from the least test loss on", |course| {
        (course.agreement_late.as_ref(), None)
    }),
    ("VECA / mean²", |course| {
        let (agreement, stopping) = (&course.agreement_relative, &course.stopping_relative);
        (agreement.as_ref(), stopping.as_ref())
    }),
];

type Get<T> = fn(&T) -> Option<f64>;

/// What is said of an agreement.
const AGREEMENTS: [(&str, Get<Agreement>); 4] = [
    ("Pearson", |a| a.pearson),
    ("Spearman", |a| a.spearman),
    ("Pearson, increments", |a| a.pearson_increments),
    ("Spearman, increments", |a| a.spearman_increments),
];

/// What is said of a stopping; epochs count from 1.
const STOPPINGS: [(&str, Get<Stopping>); 6] = [
    ("epoch chosen", |s| Some((s.chosen + 1) as f64)),
    ("epoch best", |s| Some((s.best + 1) as f64)),
    ("test loss chosen", |s| Some(s.loss_chosen)),
    ("test loss best", |s| Some(s.loss_best)),
    ("test loss last", |s| Some(s.loss_last)),
    ("gain", Stopping::gain),
];

fn agreements(findings: &Findings) -> Table {
    let heads = AGREEMENTS.iter().map(|(name, _)| (*name).to_owned());
    let heads = heads.flat_map(|name| [name.clone(), format!("± {name}")]);
    let first = ["network", "observable"].map(str::to_owned);
    let mut table = Table::new(first.into_iter().chain(heads));
    for (name, courses) in findings.groups() {
        for (form, of) in FORMS {
            let numbers = AGREEMENTS.iter().flat_map(|(_, get)| {
                spread(courses.iter().map(|course| of(course).0.and_then(get)))
            });
            let words = [name.into(), form.into()];
            table.push(words.into_iter().chain(numbers.map(Into::into)));
        }
    }
    table
}

fn stoppings(findings: &Findings) -> Table {
    let heads = STOPPINGS.iter().map(|(name, _)| *name);
    let mut table = Table::new(["network", "observable"].into_iter().chain(heads));
    for (name, courses) in findings.groups() {
        for (form, of) in FORMS {
            if courses.iter().all(|course| of(course).1.is_none()) {
                continue;
            }
            let numbers = STOPPINGS
                .iter()
                .map(|(_, get)| spread(courses.iter().map(|course| of(course).1.and_then(get)))[0]);
            let words = [name.into(), form.into()];
            table.push(words.into_iter().chain(numbers.map(Into::into)));
        }
    }
    table
}

fn epochs(findings: &Findings) -> Table {
    let mut table = Table::new([
        "network",
        "seed",
        "epoch",
        "training loss",
        "test loss",
        "test accuracy",
        "veca",
        "veca relative",
    ]);
    for course in &findings.networks {
        for index in 0..course.test_loss.len() {
            table.push([
                course.architecture.as_str().into(),
                course.seed.into(),
                (index + 1).into(),
                course.training_loss[index].into(),
                course.test_loss[index].into(),
                course.test_accuracy[index].into(),
                course.veca[index].into(),
                course.veca_relative[index].into(),
            ]);
        }
    }
    table
}

impl Study for VecaStudy {
    const NAME: &'static str = "veca";
    const SUMMARY: &'static str =
        "variance of the activations' eigenvalues beside the test loss, through overfitting";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let data = settings.read()?;
        settings.check(&data)?;
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
        let names = self.settings.forms();
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        let (learnt, tests) = (self.data.training.len(), self.data.test.len());
        let epochs = format!(
            "{} epochs in batches of {}",
            training.epochs, training.steps.batch
        );
        vec![
            (
                "images".into(),
                format!("{}: {learnt}, and {tests} tests", data.images.name()),
            ),
            (
                "networks".into(),
                format!("{} of each: {}", network.networks, names.join(", ")),
            ),
            ("training".into(), epochs),
            (
                "looked at".into(),
                format!("the last hidden layer on {} images", data.subset),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        Some(self.data.checksum())
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.data.said())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let each = *self.settings.network.networks;
        let forms = self.settings.forms();
        let names: Vec<String> = (1..=each * forms.len())
            .map(|number| format!("network-{number}"))
            .collect();
        progress.begin("networks", names.len() as u64);
        let networks = ensemble(progress, &names, |job| {
            let (name, form) = forms[job / each];
            let architecture = form.architecture(&self.data, self.data.classes);
            self.course(name, &architecture, job + 1)
        })?;
        Ok(Findings {
            training: self.data.training.len(),
            tests: self.data.test.len(),
            networks,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![
            ("correlation".into(), agreements(findings)),
            ("stopping".into(), stoppings(findings)),
            ("epochs".into(), epochs(findings)),
        ]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let lines = findings.groups().into_iter().map(|(name, courses)| {
            let last = |of: fn(&Course) -> &Vec<f64>| {
                spread(courses.iter().map(|c| of(c).last().copied()))[0].unwrap_or(f64::NAN)
            };
            Block::Line(format!(
                "{name}, {} weights, after the last epoch: training loss {:.2e}, test loss {:.3}, {:.1} % of \
                 the tests right",
                courses[0].weights,
                last(|c| &c.training_loss),
                last(|c| &c.test_loss),
                100.0 * last(|c| &c.test_accuracy),
            ))
        });
        let tables = [agreements(findings), stoppings(findings)];
        lines.chain(tables.map(Block::Table)).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        veca_figures::all(settings, findings)
    }
}
