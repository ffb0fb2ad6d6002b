//! Kind `predictive-images`: networks that learn labelled images, classify them, and generate images
//! of every class, with and without decay.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::generation::{Course, Picture, columns, course, generate};
use super::images_figures;
use super::images_settings::Settings;
use super::{accuracy, singular_values};
use crate::experiment::data::images::ImageData;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{Mistakes, Placed, short};
use crate::experiment::{
    Array, Block, DataError, DataStatement, Diagnostic, Drawing, Header, LabelledImages, Progress,
    RunError, Study, Table, keep, read_matrices, restore,
};
use crate::networks::predictive::{Activation, Feedback, PredictiveNetwork, Reached, one_hot};
use crate::training::predictive::{EpochReport, Trainer};

/// Published weights below this are decay's leftovers, many of them denormal numbers.
const FLOOR: f64 = 1e-12;

/// Share of the largest singular value above which one counts.
const RANK: f64 = 1e-2;

/// Networks that learn images.
pub struct Images {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// What came of the relaxations of generation.
    pub equilibria: Reached,
    /// Images for training.
    pub training: usize,
    /// Images for tests.
    pub tests: usize,
    /// Height and width of an image.
    pub shape: (usize, usize),
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// The published network first, if it is there; then one for each weight decay.
    pub networks: Vec<Member>,
    /// The published way to generate, by the first network.
    pub course: Option<Course>,
    /// Mean training image of every class, one row each.
    pub class_means: Array,
    /// Matrices of the first network that was trained here, class side first, which can be given back
    /// as `published.weights`.
    pub weights: Vec<Array>,
}

/// A network, how well it classifies, and what it generates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// In words.
    pub name: String,
    /// Weight decay that it was trained with here.
    pub weight_decay: Option<f64>,
    /// Feed-forward accuracy on the training images.
    pub training_accuracy: Option<f64>,
    /// The same on the test images; `None` where there are none.
    pub test_accuracy: Option<f64>,
    /// Class that every test image is given, in their order.
    pub test_classes: Array,
    /// Its training, epoch by epoch; empty if it was trained elsewhere.
    pub epochs: Vec<EpochReport>,
    /// Singular values of the matrix next to the image, before training here.
    pub singular_values_before: Option<Vec<f64>>,
    /// The same now.
    pub singular_values: Vec<f64>,
    /// Generated with the value decay of the model, and without any.
    pub generation: Vec<Picture>,
}

impl Images {
    /// Images that are not learnt.
    #[cfg(feature = "serve")]
    pub(crate) fn tests(&self) -> &LabelledImages {
        &self.data.test
    }

    /// Sizes of the layers of a network that is trained, from the class upwards.
    fn sizes(&self) -> Vec<usize> {
        let hidden = self.settings.network.hidden.iter().map(|layer| **layer);
        let pixels = self.data.training.images.nrows();
        [self.data.classes]
            .into_iter()
            .chain(hidden)
            .chain([pixels])
            .collect()
    }

    fn start(&self) -> Result<PredictiveNetwork, RunError> {
        Ok(PredictiveNetwork::random(
            &self.sizes(),
            *self.settings.network.activation,
            Feedback::Tied,
            self.seed,
        )?)
    }

    /// Trains a network, from the last whole epoch of an interrupted run if there is one.
    fn train(&self, weight_decay: f64, progress: &dyn Progress) -> Result<Trainer, RunError> {
        let name = format!("training-decay-{weight_decay:e}");
        let options = self.settings.options(weight_decay, self.seed);
        let images = &self.data.training.images;
        let class = one_hot(&self.data.training.labels, self.data.classes)?;
        let batches = images.ncols().div_ceil(options.batch) as u64;
        let what = format!("training, weight decay {weight_decay}");
        progress.begin(&what, batches * options.epochs as u64);
        let mut trainer = match restore::<Trainer>(progress, &name)? {
            Some(trainer) => trainer,
            None => Trainer::new(self.start()?, options)?,
        };
        let mut epochs = trainer.reports().len();
        progress.advance(batches * epochs as u64);
        while !trainer.is_finished() {
            trainer.step(images, &class)?;
            progress.advance(1);
            if trainer.reports().len() > epochs {
                epochs = trainer.reports().len();
                keep(progress, &name, &trainer)?;
                let energy = trainer.reports()[epochs - 1].energy;
                progress.message(&format!("{what}: epoch {epochs}, energy {energy:.6}"));
            }
        }
        Ok(trainer)
    }

    /// What a network classifies and generates; `number` is its place among all.
    fn member(&self, number: usize, network: &PredictiveNetwork) -> Result<Member, RunError> {
        let decay = *self.settings.generation.value_decay;
        let means = self.data.training.class_means(self.data.classes);
        let relaxation = self.settings.relaxation.options();
        let picture = |name: String, decay: f64| {
            let dynamics = self.settings.dynamics(decay);
            generate(name, network, dynamics, &relaxation, &means, self.seed)
        };
        let part = |part: &LabelledImages| {
            let found = network.classify(&part.images)?;
            Ok::<_, RunError>((accuracy(&found, &part.labels), found))
        };
        let ((training_accuracy, _), (test_accuracy, given)) =
            (part(&self.data.training)?, part(&self.data.test)?);
        let given: Vec<f64> = given.iter().map(|class| *class as f64).collect();
        Ok(Member {
            name: "published".into(),
            weight_decay: None,
            training_accuracy,
            test_accuracy,
            test_classes: Array::list(format!("test_classes_{number}"), given)
                .along(["test image"], "class that it is given, from 0"),
            epochs: Vec::new(),
            singular_values_before: None,
            singular_values: singular_values(network.prediction(network.last() - 1))?,
            generation: vec![
                picture(format!("generated_{number}"), decay)?,
                picture(format!("generated_{number}_without_decay"), 0.0)?,
            ],
        })
    }

    /// The network whose matrices a folder holds.
    fn published(
        &self,
        folder: &Path,
        activation: Activation,
    ) -> Result<PredictiveNetwork, RunError> {
        let matrices = read_matrices(folder)?;
        let activations = vec![activation; matrices.len()];
        let mut network = PredictiveNetwork::from_matrices(matrices, activations)?;
        let (classes, pixels) = (self.data.classes, self.data.training.images.nrows());
        if (network.class_size(), network.image_size()) != (classes, pixels) {
            let path = folder.to_owned();
            let problem = format!(
                "weights between {} classes and {} pixels, where the images have {classes} and {pixels}",
                network.class_size(),
                network.image_size()
            );
            return Err(DataError::Malformed { path, problem }.into());
        }
        network.flush(FLOOR);
        Ok(network)
    }
}

fn accuracies(findings: &Findings) -> Table {
    let mut table = Table::new([
        "network",
        "training_accuracy",
        "test_accuracy",
        "epochs",
        "energy",
        "evaluations",
        "rank",
    ]);
    for member in &findings.networks {
        let last = member.epochs.last();
        let values = &member.singular_values;
        let large = values.iter().filter(|s| **s > RANK * values[0]);
        let evaluations: u64 = member.epochs.iter().map(|epoch| epoch.evaluations).sum();
        table.push([
            member.name.as_str().into(),
            member.training_accuracy.into(),
            member.test_accuracy.into(),
            member.epochs.len().into(),
            last.map(|epoch| epoch.energy).into(),
            evaluations.into(),
            large.count().into(),
        ]);
    }
    table
}

fn generation(findings: &Findings) -> Table {
    let mut table = Table::new([
        "network",
        "value_decay",
        "classified",
        "best_match",
        "correlation",
        "energy",
        "equilibrium",
    ]);
    for member in &findings.networks {
        for picture in &member.generation {
            table.push([
                member.name.as_str().into(),
                picture.value_decay.into(),
                picture.classified.into(),
                picture.best_match.into(),
                picture.correlation().into(),
                picture.energy().into(),
                picture.equilibrium.words().into(),
            ]);
        }
    }
    table
}

impl Study for Images {
    const NAME: &'static str = "predictive-images";
    const SUMMARY: &'static str =
        "predictive-coding networks that learn, classify and generate images";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let study = Self {
            data: settings.data.read()?,
            settings,
            seed: header.seed,
        };
        let hidden = &study.settings.network.hidden;
        let weights = NUMBER * weights_between(study.sizes().into_iter());
        require_memory(&largest(hidden), "the weights of a network", weights)?;
        if let Err(error) = study.start() {
            let place = study.settings.network.activation.place();
            return Err(Diagnostic::new(error.to_string()).at(place.bytes()).into());
        }
        Ok(study)
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
        let (learnt, tests) = (self.data.training.len(), self.data.test.len());
        let epochs = format!(
            "{} epochs in batches of {}",
            training.epochs, training.batch
        );
        vec![
            (
                "images".into(),
                format!("{}: {learnt}, and {tests} tests", data.name()),
            ),
            ("hidden layers".into(), format!("{:?}", network.hidden)),
            (
                "weight decays".into(),
                format!("{:?}", training.weight_decays),
            ),
            ("training".into(), epochs),
        ]
    }

    fn data(&self) -> Option<u32> {
        Some(self.data.checksum())
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.data.said())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let (mut notes, mut members, mut networks) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(published) = &self.settings.published {
            match published.folder() {
                Ok(folder) => {
                    let network = self.published(&folder, *published.activation)?;
                    members.push(self.member(0, &network)?);
                    networks.push(network);
                }
                Err(missing) => notes.push(format!(
                    "the published network is left out: there is no folder {} (set `published.weights`)",
                    missing.display()
                )),
            }
        }
        if self.data.test.is_empty() {
            notes.push("there is no image left for tests".into());
        }
        let start = self.start()?;
        let before = singular_values(start.prediction(start.last() - 1))?;
        let mut weights = Vec::new();
        for decay in self.settings.training.weight_decays.iter() {
            let trainer = self.train(**decay, progress)?;
            let epochs = trainer.reports().to_vec();
            let network = trainer.into_network();
            if weights.is_empty() {
                let matrix = |layer| {
                    let weights = columns(format!("M_{layer}"), network.prediction(layer));
                    weights.along(
                        ["neuron of the layer above", "neuron of the layer below"],
                        "weight",
                    )
                };
                weights = (0..network.last()).map(matrix).collect();
            }
            members.push(Member {
                name: format!("weight decay {}", short(**decay)),
                weight_decay: Some(**decay),
                epochs,
                singular_values_before: Some(before.clone()),
                ..self.member(members.len(), &network)?
            });
            networks.push(network);
        }
        let course = match (&self.settings.course, networks.first()) {
            (Some(settings), Some(network)) => {
                let dynamics = self
                    .settings
                    .dynamics(*self.settings.generation.value_decay);
                let rest = &members[0].generation[0];
                let (tau, duration) = (*settings.tau, *settings.duration);
                Some(course(network, dynamics, tau, duration, rest)?)
            }
            _ => None,
        };
        let pictures = members.iter().flat_map(|member| &member.generation);
        let reached = pictures.map(|picture| picture.equilibrium);
        let means = self.data.training.class_means(self.data.classes);
        Ok(Findings {
            equilibria: reached.fold(Reached::default(), Reached::and),
            training: self.data.training.len(),
            tests: self.data.test.len(),
            shape: self.data.training.shape,
            notes,
            course,
            class_means: columns("class_means".into(), &means).along(
                ["class", "pixel, row by row"],
                "mean grey level of the training images",
            ),
            weights,
            networks: members,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut tables = vec![
            ("accuracy".into(), accuracies(findings)),
            ("generation".into(), generation(findings)),
        ];
        let course = findings.course.as_ref();
        tables.extend(course.map(|course| ("course".to_owned(), course.table())));
        tables
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut summary: Vec<Block> = findings.notes.iter().cloned().map(Block::Line).collect();
        summary.push(Block::Table(accuracies(findings)));
        summary.push(Block::Table(generation(findings)));
        let line = format!("equilibria of generation: {}", findings.equilibria.words());
        summary.push(Block::Line(line));
        summary.extend(
            findings
                .course
                .iter()
                .map(|course| Block::Line(course.words())),
        );
        summary
    }

    fn figures(_: &Settings, findings: &Findings) -> Vec<Drawing> {
        images_figures::all(findings)
    }
}
