//! Kind `predictive-images`: networks that learn labelled images, classify them, and generate images
//! of every class, with and without decay.

use std::path::Path;

use nalgebra::DMatrix;
use serde_json::json;

use super::generation::{Course, Picture, course, generate};
use super::images_figures as figures;
use super::images_settings::{Data, SHIPPED, Settings};
use super::{Reached, accuracy, singular_values};
use crate::experiment::{
    Array, Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
    keep, read_matrices, restore,
};
use crate::networks::predictive::{Activation, Feedback, PredictiveNetwork, RelaxOptions, one_hot};
use crate::training::predictive::{EpochReport, Trainer};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "predictive-images",
    summary: "predictive-coding networks that learn, classify and generate images",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Published weights below this are decay's leftovers, many of them denormal numbers.
const FLOOR: f64 = 1e-12;

struct Images {
    settings: Settings,
    relaxation: RelaxOptions,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings = Settings::read(model)?;
    Ok(Box::new(Images {
        relaxation: settings.relaxation.options()?,
        seed: model.seed()?,
        settings,
    }))
}

/// A network, how well it classifies, and what it generates.
pub(super) struct Member {
    pub name: String,
    network: PredictiveNetwork,
    /// Feed-forward accuracies on the training and the test images.
    training_accuracy: f64,
    test_accuracy: f64,
    /// Singular values of the matrix next to the image, before (if it was trained here) and now.
    pub before: Option<Vec<f64>>,
    pub after: Vec<f64>,
    epochs: Vec<EpochReport>,
    /// Generated with the value decay of the model, and without any.
    pub pictures: [Picture; 2],
}

impl Images {
    fn sizes(&self, data: &Data) -> Vec<usize> {
        let mut sizes = vec![data.classes];
        sizes.extend(self.settings.network.hidden.get_ref());
        sizes.push(data.training.images.nrows());
        sizes
    }

    /// Trains a network, from the last whole epoch of an interrupted run if there is one.
    fn train(
        &self,
        data: &Data,
        weight_decay: f64,
        progress: &dyn Progress,
    ) -> Result<Trainer, RunError> {
        let name = format!("training-decay-{weight_decay}");
        let options = self.settings.options(weight_decay, self.seed);
        let images = &data.training.images;
        let class = one_hot(&data.training.labels, data.classes)?;
        let batches = images.ncols().div_ceil(options.batch) as u64;
        let what = format!("training, weight decay {weight_decay}");
        progress.begin(&what, batches * options.epochs as u64);
        let mut trainer = match restore::<Trainer>(progress, &name)? {
            Some(trainer) => trainer,
            None => Trainer::new(self.start(data)?, options)?,
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

    fn start(&self, data: &Data) -> Result<PredictiveNetwork, RunError> {
        let activation = self.settings.network.activation;
        let sizes = self.sizes(data);
        Ok(PredictiveNetwork::random(
            &sizes,
            activation,
            Feedback::Tied,
            self.seed,
        )?)
    }

    fn member(
        &self,
        name: String,
        network: PredictiveNetwork,
        before: Option<Vec<f64>>,
        epochs: Vec<EpochReport>,
        data: &Data,
    ) -> Result<Member, RunError> {
        let decay = *self.settings.generation.value_decay.get_ref();
        let means = data.training.class_means(data.classes);
        let picture = |decay: f64| {
            generate(
                &network,
                self.settings.dynamics(decay),
                &self.relaxation,
                &means,
                self.seed,
            )
        };
        let part = |part: &crate::experiment::LabelledImages| {
            Ok::<_, RunError>(accuracy(&network.classify(&part.images)?, &part.labels))
        };
        Ok(Member {
            training_accuracy: part(&data.training)?,
            test_accuracy: part(&data.test)?,
            after: singular_values(network.prediction(network.last() - 1))?,
            pictures: [picture(decay)?, picture(0.0)?],
            name,
            network,
            before,
            epochs,
        })
    }

    /// The network whose matrices a folder holds.
    fn published(
        &self,
        folder: &Path,
        activation: Activation,
        data: &Data,
    ) -> Result<Member, RunError> {
        let matrices = read_matrices(folder)?;
        let activations = vec![activation; matrices.len()];
        let mut network = PredictiveNetwork::from_matrices(matrices, activations)?;
        network.flush(FLOOR);
        self.member("published".into(), network, None, Vec::new(), data)
    }

    /// The published way to generate, by the first network.
    fn course(&self, members: &[Member]) -> Result<Option<Course>, RunError> {
        let (Some(settings), Some(member)) = (&self.settings.course, members.first()) else {
            return Ok(None);
        };
        let decay = *self.settings.generation.value_decay.get_ref();
        let found = course(
            &member.network,
            self.settings.dynamics(decay),
            *settings.tau.get_ref(),
            *settings.duration.get_ref(),
            &member.pictures[0],
        )?;
        Ok(Some(found))
    }
}

fn accuracies(members: &[Member]) -> Table {
    let columns = [
        "network",
        "training_accuracy",
        "test_accuracy",
        "epochs",
        "energy",
    ];
    let mut table = Table::new(columns.into_iter().chain(["evaluations", "rank"]));
    for member in members {
        let last = member.epochs.last();
        let large = member.after.iter().filter(|s| **s > 1e-2 * member.after[0]);
        table.push([
            member.name.clone().into(),
            member.training_accuracy.into(),
            member.test_accuracy.into(),
            member.epochs.len().into(),
            last.map(|epoch| epoch.energy).into(),
            member
                .epochs
                .iter()
                .map(|epoch| epoch.evaluations)
                .sum::<u64>()
                .into(),
            large.count().into(),
        ]);
    }
    table
}

fn generation(members: &[Member]) -> Table {
    let columns = [
        "network",
        "value_decay",
        "classified",
        "best_match",
        "correlation",
        "energy",
    ];
    let mut table = Table::new(columns.into_iter().chain(["equilibrium"]));
    for member in members {
        for picture in &member.pictures {
            table.push([
                member.name.clone().into(),
                picture.value_decay.into(),
                picture.classified().into(),
                picture.matched().into(),
                picture.correlation().into(),
                picture.energy().into(),
                picture.reached.words().into(),
            ]);
        }
    }
    table
}

impl Experiment for Images {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let training = &self.settings.training;
        let decays = training
            .weight_decays
            .iter()
            .map(|d| d.get_ref().to_string());
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let images = match self.settings.images() {
            SHIPPED => "8 x 8 digits, shipped".to_owned(),
            folder => format!("folder {folder}"),
        };
        vec![
            pair("images", images),
            pair(
                "hidden layers",
                format!("{:?}", self.settings.network.hidden.get_ref()),
            ),
            pair("weight decays", decays.collect::<Vec<_>>().join(", ")),
            pair(
                "training",
                format!(
                    "{} epochs in batches of {}",
                    training.epochs, training.batch
                ),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let data = self.settings.data()?;
        let mut summary = Vec::new();
        let mut members = Vec::new();
        if let Some(published) = &self.settings.published {
            match published.folder() {
                Ok(folder) => {
                    members.push(self.published(&folder, published.activation, &data)?);
                }
                Err(missing) => summary.push(Block::Line(format!(
                    "the published network is left out: there is no folder {} (set `published.weights`)",
                    missing.display()
                ))),
            }
        }
        let start = self.start(&data)?;
        let before = singular_values(start.prediction(start.last() - 1))?;
        for decay in &self.settings.training.weight_decays {
            let decay = *decay.get_ref();
            let trainer = self.train(&data, decay, progress)?;
            let epochs = trainer.reports().to_vec();
            let name = format!("weight decay {decay}");
            members.push(self.member(
                name,
                trainer.into_network(),
                Some(before.clone()),
                epochs,
                &data,
            )?);
        }
        let course = self.course(&members)?;
        let reached = members.iter().flat_map(|m| &m.pictures).map(|p| p.reached);
        let reached = reached.fold(Reached::default(), Reached::and);
        let (accuracies, generation) = (accuracies(&members), generation(&members));
        summary.push(Block::Table(accuracies.clone()));
        summary.push(Block::Table(generation.clone()));
        summary.push(Block::Line(format!(
            "equilibria of generation: {}",
            reached.words()
        )));
        if let Some(course) = &course {
            summary.push(Block::Line(course.words()));
        }
        let report = json!({
            "equilibria": reached.report(),
            "course": course.as_ref().map(Course::report),
            "networks": members.iter().map(|member| json!({
                "name": member.name,
                "training_accuracy": member.training_accuracy,
                "test_accuracy": member.test_accuracy,
                "epochs": member.epochs,
                "singular_values": member.after,
                "generation": member.pictures.iter().map(Picture::report).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        });
        let mut arrays = Vec::new();
        // The first network that was trained here can be given back as `published.weights`.
        if let Some(member) = members.iter().find(|member| !member.epochs.is_empty()) {
            for layer in 0..member.network.last() {
                arrays.push((
                    format!("M_{layer}"),
                    transposed(member.network.prediction(layer)),
                ));
            }
        }
        for (number, member) in members.iter().enumerate() {
            arrays.push((
                format!("generated_{number}"),
                transposed(&member.pictures[0].images),
            ));
        }
        let mut tables = vec![
            ("accuracy".into(), accuracies),
            ("generation".into(), generation),
        ];
        if let Some(course) = &course {
            tables.push(("course".into(), course.table()));
        }
        Ok(Outcome {
            report,
            summary,
            tables,
            arrays: crate::experiment::array::named(arrays),
            figures: figures::all(&members, &data, course.as_ref()),
            ..Outcome::default()
        })
    }
}

/// The transpose as an array: one row a column of the matrix.
fn transposed(matrix: &DMatrix<f64>) -> Array {
    Array {
        name: String::new(),
        shape: vec![matrix.ncols(), matrix.nrows()],
        values: matrix.as_slice().to_vec(),
    }
}
