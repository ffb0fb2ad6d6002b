//! Sections of a model file for the kind `relevance-homology`, and the networks that they ask for.

use super::relevance_homology::{Job, of_classes};
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::image_networks::{
    BlockSettings, Form, StepSettings, UnitSettings, require_ascending,
};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, UnitInterval, require, settings,
};
use crate::networks::deep::Architecture;
use crate::probes::homology::{Levels, RelevanceOptions, Triangles};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// Convolutions before the fully connected layers of further networks.
        pub convolutional: Option<BlockSettings>,
        /// How they learn.
        pub training: TrainingSettings,
        /// What their relevances are made of.
        pub relevance: RelevanceSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Images that every network learns, whatever the number of its classes.
        pub examples: Count<2>,
        /// Tests, at most.
        pub tests: Count = 500,
    }

    /// Section `[network]`: two fully connected hidden layers of equal width.
    pub struct NetworkSettings {
        /// Widths; the middle one is that of the networks of fewer classes.
        pub widths: NonEmpty<Count>,
        /// Numbers of classes, the first so many; all of them is added.
        pub classes: NonEmpty<Count<2>>,
        /// Their units.
        pub units: Flat<UnitSettings>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How.
        pub steps: Flat<StepSettings>,
        /// Epochs after which networks are looked at, ascending; 0 is the start.
        pub epochs: NonEmpty<Count<0>>,
    }

    /// Section `[relevance]`.
    pub struct RelevanceSettings {
        /// When triangles enter.
        pub triangles: Choice<Triangles> = Triangles::default(),
        /// Relevances below it do not enter.
        pub threshold: UnitInterval = 0.0,
    }
}

/// The two forms that a network may have.
pub(super) const FORMS: [&str; 2] = ["fully connected", "behind convolutions"];

impl RelevanceSettings {
    pub(super) fn options(&self) -> RelevanceOptions {
        RelevanceOptions {
            triangles: *self.triangles,
            levels: Levels::Exact,
            threshold: *self.threshold,
        }
    }
}

impl Settings {
    /// Reads the images, and sees that there are enough of every class.
    pub(super) fn read(&mut self) -> Result<ImageData, Mistakes> {
        let data = self.data.images.read()?;
        let mut mistakes = Mistakes::default();
        for classes in &*self.network.classes {
            mistakes.note(require(
                classes,
                **classes < data.classes,
                format!("{classes} classes of {} that there are", data.classes),
                "not fewer than all",
                format!(
                    "give numbers below {}; all classes are always there",
                    data.classes
                ),
            ));
        }
        mistakes.end()?;
        let fewest = self.network.classes.iter().map(|classes| **classes).min();
        let fewest = fewest.unwrap_or(data.classes);
        let wanted = self.data.examples;
        let there = of_classes(&data.training, fewest, *wanted).len();
        mistakes = Mistakes::default();
        mistakes.note(require(
            &wanted,
            there == *wanted,
            format!("{wanted} images, but {there} of the first {fewest} classes"),
            "more than there are",
            format!("give `examples` a value up to {there}, or `training` a larger one"),
        ));
        mistakes.note(require(
            &self.data.images.training,
            !of_classes(&data.test, fewest, 1).is_empty(),
            format!("no image of the first {fewest} classes is left for tests"),
            "all of them",
            "give `training` a smaller value",
        ));
        mistakes.end()?;
        Ok(data)
    }

    /// Whether everything fits and can be built.
    pub(super) fn check(&self, data: &ImageData) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let widest = largest(&self.network.widths);
        let ways = (*widest as f64).powi(2) * data.classes as f64;
        mistakes.note(require_memory(
            &widest,
            "the triangles",
            4.0 * NUMBER * ways,
        ));
        mistakes.note(require_ascending(&self.training.epochs));
        mistakes.note(self.training.steps.check());
        mistakes.end()?;
        let seen = data.test.len().max(*self.data.examples);
        for job in self.jobs(data.classes) {
            self.form(&job, &[job.width.into(); 2]).check(data, seen)?;
        }
        Ok(())
    }

    fn form<'a>(&'a self, job: &Job, hidden: &'a [Count]) -> Form<'a> {
        Form {
            units: &self.network.units,
            activation: None,
            blocks: self.convolutional.as_ref().filter(|_| job.form == FORMS[1]),
            hidden,
        }
    }

    /// The network of a job.
    pub(super) fn architecture(&self, data: &ImageData, job: &Job) -> Architecture {
        let hidden = [job.width.into(); 2];
        self.form(job, &hidden).architecture(data, job.classes)
    }

    /// All networks: every width with all classes, and the middle width with fewer.
    pub(super) fn jobs(&self, all_classes: usize) -> Vec<Job> {
        let network = &self.network;
        let widths: Vec<usize> = network.widths.iter().map(|width| **width).collect();
        let middle = widths[widths.len() / 2];
        let fewer = network.classes.iter().map(|classes| (middle, **classes));
        let all = widths.iter().map(|width| (*width, all_classes));
        let sizes: Vec<(usize, usize)> = all.chain(fewer).collect();
        let forms = if self.convolutional.is_some() { 2 } else { 1 };
        let mut jobs = Vec::new();
        for form in &FORMS[..forms] {
            for (width, classes) in &sizes {
                for number in 1..=*network.units.networks {
                    jobs.push(Job {
                        form,
                        width: *width,
                        classes: *classes,
                        number,
                    });
                }
            }
        }
        jobs
    }
}
