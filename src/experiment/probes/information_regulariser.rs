//! Kind `information-regulariser`: training with the mutual information of a layer in the loss, and without.

use serde::{Deserialize, Serialize};

use super::losses::Losses;
use crate::analysis::Spread;
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::ensemble::ensemble;
use crate::experiment::image_networks::{
    Form, Learner, StepSettings, UnitSettings, require_tests, train_to,
};
use crate::experiment::settings::{
    Choice, Count, Flat, Layers, Mistakes, NonEmpty, Placed, Positive, Real, require, settings,
};
use crate::experiment::{
    DataStatement, Diagnostic, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::deep::DeepNetwork;
use crate::numerics::random::member;
use crate::probes::information::{Partner, Regulariser, RegulariserOptions};
use crate::probes::{At, Probe};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: ImageSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// What is added to the loss.
        pub information: InformationSettings,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[network]`: a fully connected one.
    pub struct NetworkSettings {
        /// Units of the hidden layers.
        pub hidden: Layers,
        /// Their units; those of one number begin alike with each loss.
        pub units: Flat<UnitSettings>,
    }

    /// Section `[information]`.
    pub struct InformationSettings {
        /// Hidden layer, counted from 1.
        pub layer: Count,
        /// What it is held against: `input` or `label`.
        pub partner: Choice<Partner> = Partner::Input,
        /// Factors of the information in the loss, 0 for none: above 0 the layer is to know less.
        pub weights: NonEmpty<Real>,
        /// Standard deviation of the noise on the layer, over that of its units.
        pub noise: Positive = 0.3,
        /// Units of the hidden layers of the critic.
        pub widths: Vec<Count>,
        /// Rate of the critic.
        pub rate: Positive = 1e-3,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How.
        pub steps: Flat<StepSettings>,
        /// Passes through the training images.
        pub epochs: Count<2>,
        /// The last so many are the late ones, whose accuracy is compared.
        pub late: Count<2>,
    }
}

/// Networks with and without the term.
pub struct InformationRegulariser {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Every network, those of one weight together.
    pub networks: Vec<Course>,
}

/// One network from its first epoch to its last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Factor of the information in its loss.
    pub weight: f64,
    /// Its number, which says how it begins.
    pub number: usize,
    /// Share of the tests that is classified right, after every epoch.
    pub accuracy: Vec<f64>,
    /// Mean cross-entropy of the tests.
    pub test_loss: Vec<f64>,
    /// The critic's bound over each epoch, in nats; none without the term.
    pub bound: Vec<f64>,
    /// Mean accuracy of the late epochs.
    pub late_mean: f64,
    /// Variance of the accuracy over the late epochs.
    pub late_variance: f64,
}

impl InformationRegulariser {
    fn form(&self) -> Form<'_> {
        Form {
            units: &self.settings.network.units,
            activation: None,
            blocks: None,
            hidden: &self.settings.network.hidden,
        }
    }

    fn options(&self, weight: f64, seed: u64) -> RegulariserOptions {
        let information = &self.settings.information;
        RegulariserOptions {
            layer: *information.layer - 1,
            partner: *information.partner,
            weight,
            noise: *information.noise,
            widths: information.widths.iter().map(|units| **units).collect(),
            rate: *information.rate,
            seed,
        }
    }

    fn course(&self, weight: f64, number: usize) -> Result<Course, RunError> {
        let training = &self.settings.training;
        // The same start, order and critic for every weight.
        let seed = |purpose: &str| member(self.seed, purpose, number);
        let learner = Learner {
            architecture: &self.form().architecture(&self.data, self.data.classes),
            images: &self.data.training,
            classes: self.data.classes,
            steps: &training.steps,
            dropout: 0.0,
            seed: &seed,
        };
        let losses = Losses::new(&self.data)?;
        let (mut accuracy, mut test_loss, mut bound) = (Vec::new(), Vec::new(), Vec::new());
        learner.train(|network, batches| {
            let regulariser = Regulariser::new(network, self.options(weight, seed("critic")));
            let regulariser = regulariser.map_err(RunError::numerical)?;
            let mut regulariser = (weight != 0.0).then_some(regulariser);
            for epoch in 1..=*training.epochs {
                match &mut regulariser {
                    Some(regulariser) => bound.push(regulariser.epoch(batches)?),
                    None => train_to(batches, epoch)?,
                }
                let [_, loss, right] = losses.find(&At {
                    model: network,
                    parameters: batches.parameters(),
                })?;
                accuracy.push(right);
                test_loss.push(loss);
            }
            Ok(())
        })?;
        let late = Spread::of(&accuracy[accuracy.len() - *training.late..]);
        Ok(Course {
            weight,
            number,
            accuracy,
            test_loss,
            bound,
            late_mean: late.mean,
            late_variance: late.deviation.powi(2),
        })
    }
}

impl Findings {
    /// The courses of every weight, ascending.
    fn groups(&self) -> Vec<(f64, Vec<&Course>)> {
        let mut groups: Vec<(f64, Vec<&Course>)> = Vec::new();
        for course in &self.networks {
            match groups
                .iter_mut()
                .find(|(weight, _)| *weight == course.weight)
            {
                Some((_, members)) => members.push(course),
                None => groups.push((course.weight, vec![course])),
            }
        }
        groups.sort_by(|a, b| a.0.total_cmp(&b.0));
        groups
    }
}

fn spread(members: &[&Course], get: impl Fn(&Course) -> f64) -> Spread {
    let values: Vec<f64> = members.iter().map(|course| get(course)).collect();
    Spread::of(&values)
}

impl Study for InformationRegulariser {
    const NAME: &'static str = "information-regulariser";
    const SUMMARY: &'static str = "training with the mutual information of a layer in the loss, and the scatter of late accuracies";
    type Settings = Settings;
    type Findings = Findings;

    fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let data = settings.data.read()?;
        let mut mistakes = Mistakes::default();
        let (training, layers) = (&settings.training, settings.network.hidden.len());
        mistakes.note(require(
            &training.late,
            *training.late <= *training.epochs,
            format!("{} late epochs of {}", training.late, training.epochs),
            "more than there are",
            format!("give `late` a value up to {}", training.epochs),
        ));
        mistakes.note(require(
            &settings.information.layer,
            *settings.information.layer <= layers,
            format!("hidden layer {} of {layers}", settings.information.layer),
            "there is no such layer",
            format!("give `layer` a value from 1 to {layers}"),
        ));
        mistakes.note(require_tests(&settings.data.training, &data));
        mistakes.note(training.steps.check());
        mistakes.end()?;
        let study = Self {
            settings,
            data,
            seed: header.seed,
        };
        study.form().check(&study.data, study.data.test.len())?;
        let network = DeepNetwork::new(study.form().architecture(&study.data, study.data.classes));
        let place = study.settings.information.layer.place();
        let refuse =
            |error: &dyn std::error::Error| Diagnostic::new(error.to_string()).at(place.bytes());
        let network = network.map_err(|error| refuse(&error))?;
        Regulariser::new(&network, study.options(1.0, 0)).map_err(|error| refuse(&error))?;
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let information = &self.settings.information;
        vec![
            ("weights".into(), format!("{:?}", information.weights)),
            ("layer".into(), information.layer.to_string()),
            (
                "networks of each".into(),
                self.settings.network.units.networks.to_string(),
            ),
            ("epochs".into(), self.settings.training.epochs.to_string()),
        ]
    }

    fn data(&self) -> Option<u32> {
        Some(self.data.checksum())
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.data.said())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let networks = *self.settings.network.units.networks;
        let weights = self
            .settings
            .information
            .weights
            .iter()
            .map(|weight| **weight);
        let jobs: Vec<(f64, usize)> = weights
            .flat_map(|weight| (1..=networks).map(move |number| (weight, number)))
            .collect();
        let names: Vec<String> = jobs
            .iter()
            .map(|(weight, number)| format!("{weight:e}-{number}"))
            .collect();
        progress.begin("networks", jobs.len() as u64);
        let networks = ensemble(progress, &names, |job| {
            self.course(jobs[job].0, jobs[job].1)
        })?;
        Ok(Findings { networks })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "weight",
            "late accuracy",
            "±",
            "variance over late epochs",
            "± of that",
            "variance between networks",
            "bound at the end, nats",
        ]);
        for (weight, members) in findings.groups() {
            let mean = spread(&members, |course| course.late_mean);
            let within = spread(&members, |course| course.late_variance);
            let bounds: Vec<f64> = members
                .iter()
                .filter_map(|course| course.bound.last().copied())
                .collect();
            let bound = (!bounds.is_empty()).then(|| Spread::of(&bounds).mean);
            table.push([
                weight.into(),
                mean.mean.into(),
                mean.error.into(),
                within.mean.into(),
                within.error.into(),
                mean.deviation.powi(2).into(),
                bound.into(),
            ]);
        }
        vec![("late".into(), table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let Settings {
            network,
            information,
            training,
            ..
        } = settings;
        let subtitle = format!(
            "{} networks each; information of hidden layer {} about the {}; the last {} epochs are late",
            network.units.networks,
            information.layer,
            match *information.partner {
                Partner::Input => "inputs",
                Partner::Label => "labels",
            },
            training.late
        );
        let curve = |(weight, members): &(f64, Vec<&Course>)| {
            let points = (0..*training.epochs).map(|epoch| {
                let mean = spread(members, |course| course.accuracy[epoch]).mean;
                ((epoch + 1) as f64, 100.0 * mean)
            });
            Series::new(format!("weight {weight}"), points.collect(), Look::Line)
        };
        let groups = findings.groups();
        let late = |(weight, members): &(f64, Vec<&Course>)| {
            let found = spread(members, |course| course.late_variance.sqrt());
            ((*weight, 100.0 * found.mean), 100.0 * found.error)
        };
        let (points, errors): (Vec<(f64, f64)>, Vec<f64>) = groups.iter().map(late).unzip();
        let scatter = Lines {
            title: "Scatter of the accuracy over late epochs".into(),
            subtitle: format!("{subtitle}; bars are standard errors"),
            x: Axis::linear("weight of the information in the loss"),
            y: Axis::linear("standard deviation, % of the tests"),
            series: vec![
                Series::new("over the late epochs", points, Look::LineAndMarkers)
                    .with_errors(errors),
            ],
            ..Lines::default()
        };
        let accuracy = Lines {
            title: "Accuracy with the information of a layer in the loss".into(),
            subtitle,
            x: Axis::linear("epoch"),
            y: Axis::linear("tests classified right, %"),
            series: groups.iter().map(curve).collect(),
            ..Lines::default()
        };
        vec![
            Drawing::of("scatter", scatter),
            Drawing::of("accuracy", accuracy),
        ]
    }
}
