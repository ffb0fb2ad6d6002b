//! Kind `information-plane`: what hidden layers know of inputs and labels along training, by three estimators.

use serde::{Deserialize, Serialize};

use super::losses::{Losses, rows};
use crate::experiment::ensemble::ensemble;
use crate::experiment::image_data::{ImageData, ImageSettings};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, Placed, Positive, require, settings,
};
use crate::experiment::{Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look as Drawn, Series};
use crate::networks::Activation;
use crate::networks::deep::{
    Architecture, Convolutions, DeepNetwork, Image, Initialisation, Parameterisation,
};
use crate::numerics::random::member;
use crate::probes::information::{
    Bins, Bound, Estimator, InformationPlane, LayerInformation, NeuralOptions,
};
use crate::probes::{At, Probe};
use crate::training::flow::{BatchOptions, CrossEntropy, Descent, GradientFlow, MiniBatches};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// A fully connected network.
        pub dense: DenseSettings,
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

    /// Section `[dense]`.
    pub struct DenseSettings {
        /// Units of the hidden layers.
        pub hidden: NonEmpty<Count>,
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Tanh,
    }

    /// Section `[convolutional]`.
    pub struct ConvolutionalSettings {
        /// Channels of the convolutions of every block.
        pub blocks: Vec<Vec<Count>>,
        /// Side of a filter, odd.
        pub kernel: Count = 3,
        /// Side of the max pooling behind every block.
        pub pool: Count = 2,
        /// Units of the hidden layers behind the blocks.
        pub hidden: Vec<Count>,
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Relu,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// From the mean gradient of a batch to a step.
        pub rule: Choice<Descent> = Descent::Adam { rate: 1e-3 },
        /// Images of a batch.
        pub batch: Count = 32,
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
        /// Networks of each form.
        pub networks: Count = 1,
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

const FORMS: [&str; 2] = ["fully connected", "convolutional"];

impl Plane {
    fn estimators(&self, seed: u64) -> Vec<Estimator> {
        let plane = &self.settings.plane;
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

    fn architectures(&self) -> Vec<(&'static str, Architecture)> {
        let (height, width) = self.data.training.shape;
        let plain = |counts: &[Count]| counts.iter().map(|count| **count).collect::<Vec<_>>();
        let dense = &self.settings.dense;
        let common = Architecture {
            parameterisation: Parameterisation::Standard,
            activation: *dense.activation,
            // Xavier's variance for tanh, He's for rectifiers below.
            sigma_w: 1.0,
            // Chosen: small beside signals of order 1.
            sigma_b: 0.1,
            ..Architecture::fully_connected(
                height * width,
                &plain(&dense.hidden),
                self.data.classes,
            )
        };
        let convolutional = self.settings.convolutional.as_ref().map(|settings| {
            let blocks: Vec<Vec<usize>> =
                settings.blocks.iter().map(|block| plain(block)).collect();
            Architecture {
                input: Image {
                    channels: 1,
                    height,
                    width,
                },
                convolutions: Some(Convolutions::blocks(
                    &blocks,
                    *settings.kernel,
                    *settings.pool,
                )),
                widths: plain(&settings.hidden),
                activation: *settings.activation,
                sigma_w: std::f64::consts::SQRT_2,
                ..common.clone()
            }
        });
        let forms = [Some(common), convolutional];
        let named = FORMS.into_iter().zip(forms);
        named
            .filter_map(|(name, form)| Some((name, form?)))
            .collect()
    }

    fn course(
        &self,
        form: &str,
        architecture: &Architecture,
        number: usize,
    ) -> Result<Course, RunError> {
        let Settings {
            data,
            training,
            plane,
            ..
        } = &self.settings;
        let numerical = RunError::numerical;
        let network = DeepNetwork::new(architecture.clone())?;
        let seed = |purpose: &str| member(self.seed, &format!("{purpose} {form}"), number);
        let start = network.initial(Initialisation::Gaussian, seed("network"))?;
        let (inputs, targets) = rows(&self.data.training, self.data.classes)?;
        let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy);
        let flow = flow.map_err(numerical)?;
        let options = BatchOptions {
            rule: *training.rule,
            batch: *training.batch,
            seed: seed("order"),
            dropout: None,
        };
        let mut batches = MiniBatches::new(&flow, start, options).map_err(numerical)?;
        let subset = *data.subset;
        let probe = InformationPlane {
            inputs: inputs.rows(0, subset).into_owned(),
            labels: self.data.training.labels[..subset].to_vec(),
            estimators: self.estimators(seed("critic")),
            noise: *plane.noise,
            seed: seed("noise"),
        };
        let probes = (probe, Losses::new(&self.data)?);
        let mut looks = Vec::new();
        for epoch in training.epochs.iter().map(|epoch| **epoch) {
            while batches.epochs() < epoch {
                batches.epoch().map_err(numerical)?;
            }
            let (layers, [_, _, accuracy]) = probes.find(&At {
                model: &network,
                parameters: batches.parameters(),
            })?;
            looks.push(Look {
                epoch,
                accuracy,
                layers,
            });
        }
        Ok(Course {
            form: form.to_owned(),
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
        mistakes.note(require(
            &settings.data.images.training,
            !data.test.is_empty(),
            "no image is left for tests",
            "all of them",
            "give `training` a smaller value",
        ));
        let epochs = &settings.training.epochs;
        mistakes.note(require(
            &epochs.place(),
            epochs.windows(2).all(|two| *two[0] < *two[1]),
            "the epochs do not ascend",
            "out of order",
            "give them in ascending order, each once",
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
        for (form, architecture) in study.architectures() {
            if let Err(error) = DeepNetwork::new(architecture) {
                let kernel = study
                    .settings
                    .convolutional
                    .as_ref()
                    .map(|form| form.kernel.place());
                let place = match kernel {
                    Some(kernel) if form == FORMS[1] => kernel,
                    _ => study.settings.dense.activation.place(),
                };
                return Err(Diagnostic::new(error.to_string()).at(place.bytes()).into());
            }
        }
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let forms: Vec<&str> = self
            .architectures()
            .into_iter()
            .map(|(form, _)| form)
            .collect();
        vec![
            ("forms".into(), forms.join(", ")),
            (
                "networks of each".into(),
                self.settings.plane.networks.to_string(),
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

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let networks = *self.settings.plane.networks;
        let forms = self.architectures();
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
            self.course(forms[form].0, &forms[form].1, number)
        })?;
        let estimators = self.estimators(0);
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
        for form in FORMS {
            // The critic first: the source's own estimator.
            for (place, estimator) in findings.estimators.iter().enumerate().rev() {
                let course = findings.networks.iter().find(|course| course.form == form);
                let Some(course) = course else { continue };
                let name = format!("{estimator}-{}", form.replace(' ', "-"));
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
fn picture(settings: &Settings, course: &Course, (place, estimator): (usize, &str)) -> Lines {
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
        "binning" => format!("{} bins a unit", settings.plane.bins),
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
            "The information plane of a {} network, by {estimator}",
            course.form
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
