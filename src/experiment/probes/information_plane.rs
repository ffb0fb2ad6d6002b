//! Kind `information-plane`: what hidden layers know of inputs and labels along training, by three estimators.

use serde::{Deserialize, Serialize};

use super::losses::Losses;
use super::veca_settings::{ConvolutionalSettings, DenseSettings, NAMES, forms, require_forms};
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::ensemble::ensemble;
use crate::experiment::image_networks::{
    Form, Learner, StepSettings, UnitSettings, require_ascending, require_tests, train_to,
};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Count, Flat, Mistakes, NonEmpty, Positive, require, settings};
use crate::experiment::{Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look as Drawn, Series};
use crate::numerics::random::member;
use crate::probes::information::{
    Bins, Bound, Estimator, InformationPlane, LayerInformation, NeuralOptions,
};
use crate::probes::{At, Probe};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// What all networks have in common.
        pub network: UnitSettings,
        /// A fully connected network.
        pub dense: Option<DenseSettings>,
        /// A network of convolutions.
        pub convolutional: Option<ConvolutionalSettings>,
        /// How they learn.
        pub training: TrainingSettings,
        /// How their layers are looked at.
        pub plane: PlaneSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Training images that layers are looked at on, the first so many.
        pub subset: Count<50>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How.
        pub steps: Flat<StepSettings>,
        /// Epochs after which layers are looked at, ascending; 0 is the start.
        pub epochs: NonEmpty<Count<0>>,
    }

    /// Section `[plane]`.
    pub struct PlaneSettings {
        /// Bins of a unit, for the estimator `binning`.
        pub bins: Count<2> = 30,
        /// Neighbours, for the estimator `ksg`.
        pub neighbours: Count = 3,
        /// Steps of a critic, for the estimator `mine`.
        pub steps: Count = 300,
        /// Standard deviation of the noise that `ksg` and `mine` see a layer with, over that of each unit:
        /// without it the information about the inputs is infinite.
        pub noise: Positive = 0.1,
    }
}

/// Networks in training, and what is asked of their layers.
pub struct Plane {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Estimators, in the order of every list below.
    pub estimators: Vec<String>,
    /// The logarithm of the number of images: all that can be known about which one it is.
    pub ceiling: f64,
    /// Every network.
    pub networks: Vec<Course>,
}

/// One network along its training.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Its form.
    pub form: String,
    /// Its number among those of its form, from 1.
    pub number: usize,
    /// What is seen of it.
    pub looks: Vec<Look>,
}

/// A network after some epochs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Look {
    /// Finished epochs.
    pub epoch: usize,
    /// Share of the tests that is classified right.
    pub accuracy: f64,
    /// By layer, then by estimator.
    pub layers: Vec<Vec<LayerInformation>>,
}

impl Settings {
    fn estimators(&self, seed: u64) -> Vec<Estimator> {
        let plane = &self.plane;
        vec![
            Estimator::Binning {
                bins: *plane.bins,
                borders: Bins::EqualWidth,
            },
            Estimator::Ksg {
                neighbours: *plane.neighbours,
            },
            Estimator::Critic {
                bound: Bound::Mine,
                options: NeuralOptions {
                    steps: *plane.steps,
                    batch: 128,
                    seed,
                    ..NeuralOptions::default()
                },
            },
        ]
    }
}

impl Plane {
    fn forms(&self) -> Vec<(&'static str, Form<'_>)> {
        let Settings {
            network,
            dense,
            convolutional,
            ..
        } = &self.settings;
        forms(network, dense.as_ref(), convolutional.as_ref())
    }

    fn course(&self, name: &str, form: Form<'_>, number: usize) -> Result<Course, RunError> {
        let Settings {
            data,
            training,
            plane,
            ..
        } = &self.settings;
        let seed = |purpose: &str| member(self.seed, &format!("{purpose} {name}"), number);
        let learner = Learner {
            architecture: &form.architecture(&self.data, self.data.classes),
            images: &self.data.training,
            classes: self.data.classes,
            steps: &training.steps,
            dropout: 0.0,
            seed: &seed,
        };
        let looks = learner.train(|network, batches| {
            let subset = *data.subset;
            let probe = InformationPlane {
                inputs: batches.flow().inputs().rows(0, subset).into_owned(),
                labels: self.data.training.labels[..subset].to_vec(),
                estimators: self.settings.estimators(seed("critic")),
                noise: *plane.noise,
                seed: seed("noise"),
            };
            let probes = (probe, Losses::new(&self.data)?);
            let look = |epoch: &Count<0>| {
                train_to(batches, **epoch)?;
                let (layers, [_, _, accuracy]) = probes.find(&At {
                    model: network,
                    parameters: batches.parameters(),
                })?;
                Ok(Look {
                    epoch: **epoch,
                    accuracy,
                    layers,
                })
            };
            let looks = training.epochs.iter().map(look);
            looks.collect::<Result<Vec<_>, RunError>>()
        })?;
        Ok(Course {
            form: name.to_owned(),
            number,
            looks,
        })
    }
}

impl Findings {
    /// Every layer and estimator at the chosen epochs.
    fn table(&self, chosen: impl Fn(usize) -> bool) -> Table {
        let mut table = Table::new([
            "form",
            "network",
            "epoch",
            "layer",
            "estimator",
            "I(X;T)",
            "±",
            "saturated",
            "I(T;Y)",
            "± Y",
            "accuracy",
        ]);
        for course in &self.networks {
            for look in course.looks.iter().filter(|look| chosen(look.epoch)) {
                for (layer, by_estimator) in look.layers.iter().enumerate() {
                    for (estimator, found) in self.estimators.iter().zip(by_estimator) {
                        table.push([
                            course.form.clone().into(),
                            course.number.into(),
                            look.epoch.into(),
                            (layer + 1).into(),
                            estimator.clone().into(),
                            found.of_inputs.nats.into(),
                            found.of_inputs.standard_error.into(),
                            found.saturated.into(),
                            found.of_labels.nats.into(),
                            found.of_labels.standard_error.into(),
                            look.accuracy.into(),
                        ]);
                    }
                }
            }
        }
        table
    }
}

impl Study for Plane {
    const NAME: &'static str = "information-plane";
    const SUMMARY: &'static str =
        "what hidden layers know of inputs and labels along training, by three estimators";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let data = settings.data.images.read()?;
        let mut mistakes = Mistakes::default();
        let (subset, training) = (settings.data.subset, data.training.len());
        mistakes.note(require(
            &subset,
            *subset <= training,
            format!("a subset of {subset} of {training} training images"),
            "more than are learnt",
            format!("give `subset` a value up to {training}"),
        ));
        mistakes.note(require_tests(&settings.data.images.training, &data));
        mistakes.note(require_ascending(&settings.training.epochs));
        mistakes.note(settings.training.steps.check());
        mistakes.note(require_forms(
            &settings.network,
            settings.dense.as_ref(),
            settings.convolutional.as_ref(),
        ));
        let neighbours = settings.plane.neighbours;
        mistakes.note(require(
            &neighbours,
            *neighbours < *subset,
            format!("{neighbours} neighbours of an image among {subset}"),
            "more than there are",
            format!("give `neighbours` a value below {subset}"),
        ));
        let distances = NUMBER * (*subset as f64).powi(2);
        mistakes.note(require_memory(
            &subset,
            "the distances of images",
            distances,
        ));
        mistakes.end()?;
        let study = Self {
            settings,
            data,
            seed: header.seed,
        };
        let seen = study.data.test.len().max(study.data.training.len());
        let mut mistakes = Mistakes::default();
        for (_, form) in study.forms() {
            mistakes.note(form.check(&study.data, seen));
        }
        mistakes.end()?;
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let forms: Vec<&str> = self.forms().into_iter().map(|(form, _)| form).collect();
        vec![
            ("forms".into(), forms.join(", ")),
            (
                "networks of each".into(),
                self.settings.network.networks.to_string(),
            ),
            (
                "images looked at".into(),
                self.settings.data.subset.to_string(),
            ),
            (
                "epochs".into(),
                format!("{:?}", self.settings.training.epochs),
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
        let networks = *self.settings.network.networks;
        let forms = self.forms();
        let jobs: Vec<(usize, usize)> = (0..forms.len())
            .flat_map(|form| (1..=networks).map(move |number| (form, number)))
            .collect();
        let name = |(form, number): &(usize, usize)| {
            format!("{}-{number}", forms[*form].0.replace(' ', "-"))
        };
        let names: Vec<String> = jobs.iter().map(name).collect();
        progress.begin("networks", jobs.len() as u64);
        let networks = ensemble(progress, &names, |job| {
            let (form, number) = jobs[job];
            self.course(forms[form].0, forms[form].1, number)
        })?;
        let estimators = self.settings.estimators(0);
        Ok(Findings {
            estimators: estimators
                .iter()
                .map(|estimator| estimator.name().to_owned())
                .collect(),
            ceiling: (*self.settings.data.subset as f64).ln(),
            networks,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![("plane".into(), findings.table(|_| true))]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let last = settings.training.epochs.last().map_or(0, |epoch| **epoch);
        let line = format!(
            "after {last} epochs; all that can be known about which image it is: ln {} = {:.3} nats",
            settings.data.subset, findings.ceiling
        );
        vec![
            Block::Line(line),
            Block::Table(findings.table(|epoch| epoch == last)),
        ]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let mut drawings = Vec::new();
        for form in NAMES {
            // The critic first: the source's own estimator.
            for (place, estimator) in settings.estimators(0).iter().enumerate().rev() {
                let course = findings.networks.iter().find(|course| course.form == form);
                let Some(course) = course else { continue };
                let name = format!("{}-{}", estimator.name(), form.replace(' ', "-"));
                drawings.push(Drawing::of(
                    name,
                    picture(settings, course, (place, estimator)),
                ));
            }
        }
        drawings
    }
}

/// The plane of the first network of a form, by one estimator: a curve a layer, from the first epoch on.
fn picture(settings: &Settings, course: &Course, (place, estimator): (usize, &Estimator)) -> Lines {
    let layers = course.looks.first().map_or(0, |look| look.layers.len());
    let layer = |layer: usize| {
        let points = course.looks.iter().map(|look| {
            let found = look.layers[layer][place];
            (found.of_inputs.nats, found.of_labels.nats)
        });
        Series::new(
            format!("layer {}", layer + 1),
            points.collect(),
            Drawn::LineAndMarkers,
        )
    };
    let all = course.looks.iter().flat_map(|look| &look.layers);
    let saturated = all.clone().filter(|layer| layer[place].saturated).count();
    let seen = match estimator {
        Estimator::Binning { bins, .. } => format!("{bins} bins a unit"),
        _ => format!("layers with noise of {} deviations", settings.plane.noise),
    };
    let warning = match saturated {
        0 => String::new(),
        count => format!(
            "; {count} of {} say nothing: all images told apart",
            all.count()
        ),
    };
    let epochs: Vec<String> = settings
        .training
        .epochs
        .iter()
        .map(ToString::to_string)
        .collect();
    Lines {
        title: format!(
            "The information plane of a {} network, by {}",
            course.form,
            estimator.title()
        ),
        subtitle: format!(
            "{} images, {seen}, after {} epochs{warning}",
            settings.data.subset,
            epochs.join(", ")
        ),
        x: Axis::linear("I(X; T), nats"),
        y: Axis::linear("I(T; Y), nats"),
        series: (0..layers).map(layer).collect(),
        ..Lines::default()
    }
}
