//! Kind `relevance-homology`: loops among the relevances of trained networks, by width, by the number of
//! classes, and along training.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::relevance_figures;
use super::relevance_settings::Settings;
use crate::experiment::data::images::ImageData;
use crate::experiment::ensemble::{ensemble, spread};
use crate::experiment::image_networks::{Learner, train_to};
use crate::experiment::settings::Mistakes;
use crate::experiment::{
    Block, DataStatement, Drawing, Header, LabelledImages, Progress, RunError, Study, Table,
};
use crate::numerics::random::member;
use crate::probes::homology::RelevanceProbe;
use crate::probes::{At, Probe, ProbeError, Snapshot};

/// Networks of several widths on several numbers of classes.
pub struct RelevanceHomology {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Every network, those of one form together.
    pub networks: Vec<Course>,
}

/// One network that learns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Its form: fully connected, or behind convolutions.
    pub form: String,
    /// Units of each of its fully connected hidden layers.
    pub width: usize,
    /// Classes that it tells apart.
    pub classes: usize,
    /// Its number among those of its form, width and classes, from 1.
    pub number: usize,
    /// What is seen of it, at the epochs of the settings.
    pub looks: Vec<Look>,
}

/// A network after some epochs: the complex of relevances of its last two layers of weights.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Look {
    /// Finished epochs.
    pub epoch: usize,
    /// Loops that live for a while.
    pub loops: usize,
    /// Mean life of the loops that die, in levels.
    pub mean_life: Option<f64>,
    /// Share of the tests that is classified right.
    pub accuracy: f64,
}

/// A network to be trained.
pub(super) struct Job {
    pub form: &'static str,
    pub width: usize,
    pub classes: usize,
    pub number: usize,
}

impl Job {
    fn name(&self) -> String {
        let Self {
            form,
            width,
            classes,
            number,
            ..
        } = self;
        format!("{}-{width}-{classes}-{number}", form.replace(' ', "-"))
    }
}

/// What is seen besides loops.
struct Accuracy {
    inputs: DMatrix<f64>,
    labels: Vec<usize>,
}

impl Probe for Accuracy {
    type Finding = f64;

    fn find(&self, snapshot: &dyn Snapshot) -> Result<f64, ProbeError> {
        let outputs = snapshot.outputs(&self.inputs)?;
        let rows = outputs.row_iter().zip(&self.labels);
        let right = rows.filter(|(row, label)| row.transpose().imax() == **label);
        Ok(right.count() as f64 / self.labels.len() as f64)
    }
}

/// The images of the first so many classes, at most `count` of them.
pub(super) fn of_classes(images: &LabelledImages, classes: usize, count: usize) -> LabelledImages {
    let labels = images.labels.iter().enumerate();
    let chosen = labels
        .filter(|(_, label)| **label < classes)
        .map(|(place, _)| place);
    let chosen: Vec<usize> = chosen.take(count).collect();
    LabelledImages {
        images: images.images.select_columns(&chosen),
        labels: chosen.iter().map(|place| images.labels[*place]).collect(),
        shape: images.shape,
    }
}

impl Course {
    /// Loops at the last look over those at the first, less 1.
    pub(super) fn gained(&self) -> Option<f64> {
        let (first, last) = (self.looks.first()?, self.looks.last()?);
        (first.loops > 0).then(|| last.loops as f64 / first.loops as f64 - 1.0)
    }
}

impl RelevanceHomology {
    /// Trains one network, and looks at it.
    fn course(&self, job: &Job) -> Result<Course, RunError> {
        let Settings {
            data,
            training,
            relevance,
            ..
        } = &self.settings;
        let learnt = of_classes(&self.data.training, job.classes, *data.examples);
        let tests = of_classes(&self.data.test, job.classes, *data.tests);
        let architecture = self.settings.architecture(&self.data, job);
        let learner = Learner {
            architecture: &architecture,
            images: &learnt,
            classes: job.classes,
            steps: &training.steps,
            dropout: 0.0,
            seed: &|purpose| member(self.seed, &format!("{purpose} {}", job.name()), 0),
        };
        let accuracy = Accuracy {
            inputs: tests.images.transpose(),
            labels: tests.labels,
        };
        let probe = (RelevanceProbe(relevance.options()), accuracy);
        let looks = learner.train(|network, batches| {
            let mut looks = Vec::new();
            for epoch in training.epochs.iter().map(|epoch| **epoch) {
                train_to(batches, epoch)?;
                let (diagrams, accuracy) = probe.find(&At {
                    model: network,
                    parameters: batches.parameters(),
                })?;
                let loops = &diagrams[1].intervals;
                let finite = loops.iter().filter(|class| !class.is_essential());
                let lives: Vec<f64> = finite.map(|class| class.persistence()).collect();
                let mean_life = lives.iter().sum::<f64>() / lives.len() as f64;
                looks.push(Look {
                    epoch,
                    loops: loops.len(),
                    mean_life: (!lives.is_empty()).then_some(mean_life),
                    accuracy,
                });
            }
            Ok(looks)
        })?;
        Ok(Course {
            form: job.form.to_owned(),
            width: job.width,
            classes: job.classes,
            number: job.number,
            looks,
        })
    }
}

/// Networks of one form, width and number of classes.
pub(super) type Group<'f> = (&'f str, usize, usize, Vec<&'f Course>);

impl Findings {
    /// All groups, in the order of the runs.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for course in &self.networks {
            let key = (course.form.as_str(), course.width, course.classes);
            match groups
                .iter_mut()
                .find(|(form, width, classes, _)| (*form, *width, *classes) == key)
            {
                Some((.., members)) => members.push(course),
                None => groups.push((key.0, key.1, key.2, vec![course])),
            }
        }
        groups
    }
}

impl Study for RelevanceHomology {
    const NAME: &'static str = "relevance-homology";
    const SUMMARY: &'static str =
        "loops among the relevances of trained networks, by width, classes and epoch";
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
        let jobs = self.settings.jobs(self.data.classes);
        let largest = self
            .settings
            .network
            .widths
            .iter()
            .map(|width| **width)
            .max();
        vec![
            ("networks".into(), jobs.len().to_string()),
            ("widest".into(), largest.unwrap_or_default().to_string()),
            (
                "images each".into(),
                self.settings.data.examples.to_string(),
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
        let jobs = self.settings.jobs(self.data.classes);
        let names: Vec<String> = jobs.iter().map(Job::name).collect();
        progress.begin("networks", jobs.len() as u64);
        let networks = ensemble(progress, &names, |job| self.course(&jobs[job]))?;
        Ok(Findings { networks })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "form",
            "width",
            "classes",
            "epoch",
            "loops",
            "±",
            "mean life",
            "± life",
            "accuracy",
        ]);
        for (form, width, classes, members) in findings.groups() {
            let looks = members.first().map_or(0, |course| course.looks.len());
            for look in 0..looks {
                let of = |get: fn(&Look) -> Option<f64>| {
                    spread(members.iter().map(|course| get(course.looks.get(look)?)))
                };
                let [loops, loops_error] = of(|look| Some(look.loops as f64));
                let [life, life_error] = of(|look| look.mean_life);
                let [accuracy, _] = of(|look| Some(look.accuracy));
                table.push([
                    form.into(),
                    width.into(),
                    classes.into(),
                    members[0].looks[look].epoch.into(),
                    loops.into(),
                    loops_error.into(),
                    life.into(),
                    life_error.into(),
                    accuracy.into(),
                ]);
            }
        }
        vec![("loops".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new([
            "form",
            "width",
            "classes",
            "loops at first",
            "at last",
            "gained",
            "±",
            "mean life",
            "accuracy",
        ]);
        for (form, width, classes, members) in findings.groups() {
            let mean = |get: fn(&Course) -> Option<f64>| {
                spread(members.iter().map(|course| get(course)))[0]
            };
            let [gained, error] = spread(members.iter().map(|course| course.gained()));
            table.push([
                form.into(),
                width.into(),
                classes.into(),
                mean(|course| Some(course.looks.first()?.loops as f64)).into(),
                mean(|course| Some(course.looks.last()?.loops as f64)).into(),
                gained.into(),
                error.into(),
                mean(|course| course.looks.last()?.mean_life).into(),
                mean(|course| Some(course.looks.last()?.accuracy)).into(),
            ]);
        }
        vec![Block::Table(table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        relevance_figures::all(settings, findings)
    }
}
