//! Kind `one-shot`: read-outs solved at once against the number of features and the ridge, beside a network that
//! learns by steps and the kernel of infinite width.

use std::time::Instant;

use super::fit::{Fit, fit};
use super::one_shot_settings::Settings;
use super::source::FeatureSource;
use super::{one_shot_figures, one_shot_tables};
use crate::experiment::data::images::ImageData;
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::{Count, Mistakes};
use crate::experiment::{
    Array, Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table, part,
};
use crate::networks::features::FeatureMap;
use crate::numerics::random::member;

pub use super::one_shot_findings::{Best, Draw, Findings, Flow, KernelPoint, Learnt};

/// Read-outs of random features.
pub struct OneShot {
    pub(super) settings: Settings,
    pub(super) data: ImageData,
    pub(super) seed: u64,
}

impl OneShot {
    pub(super) fn ridges(&self) -> Vec<f64> {
        self.settings.readout.ridges.iter().map(|r| **r).collect()
    }

    fn features_seed(&self, draw: usize) -> u64 {
        member(self.seed, "features", draw)
    }

    /// One draw of features.
    pub(super) fn features(
        &self,
        source: FeatureSource,
        neurons: Count,
        draw: usize,
    ) -> Result<Box<dyn FeatureMap>, RunError> {
        let Settings {
            features, filters, ..
        } = &self.settings;
        let which = (source, neurons, self.features_seed(draw));
        features.draw(which, filters.as_ref(), &self.data)
    }
}

impl Study for OneShot {
    const NAME: &'static str = "one-shot";
    const SUMMARY: &'static str =
        "read-outs of random features in one solve, beside steps and infinite width";
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
            features,
            readout,
            ..
        } = &self.settings;
        let laws: Vec<&str> = features.laws.iter().map(|law| law.name()).collect();
        let (learnt, tests) = (self.data.training.len(), self.data.test.len());
        vec![
            (
                "images".into(),
                format!("{}: {learnt}, and {tests} tests", data.images.name()),
            ),
            (
                "features".into(),
                format!("{}; {} draws of each", laws.join(", "), features.seeds),
            ),
            (
                "read-outs".into(),
                format!(
                    "{:?} neurons, ridges {:?}",
                    &*readout.neurons, &*readout.ridges
                ),
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
        let Settings {
            features, readout, ..
        } = &self.settings;
        let mut jobs = Vec::new();
        for law in features.laws.iter().map(|law| **law) {
            for neurons in readout.neurons.iter().copied() {
                jobs.extend((1..=*features.seeds).map(|draw| (law, neurons, draw)));
            }
        }
        let job_name = |(law, neurons, draw): &(FeatureSource, Count, usize)| {
            format!("{}-{neurons}-{draw}", law.name())
        };
        let names: Vec<String> = jobs.iter().map(job_name).collect();
        let ridges = self.ridges();
        progress.begin("layers of features", jobs.len() as u64);
        let fits: Vec<Fit> = ensemble(progress, &names, |index| {
            let start = Instant::now();
            let (law, neurons, draw) = jobs[index];
            let mut found = fit(&*self.features(law, neurons, draw)?, &self.data, &ridges)?;
            if draw > 1 {
                // the read-out of the report is one of a first draw
                found.weights.clear();
                found.predictions.clear();
            }
            let seconds = start.elapsed().as_secs_f64();
            progress.took(&names[index], seconds);
            Ok(found)
        })?;
        progress.begin("comparisons", 3);
        let kernel = part(progress, "kernel", || self.kernel())?;
        progress.advance(1);
        let network = self.settings.network.as_ref();
        let network = network.filter(|settings| *settings.epochs > 0);
        let network = network.map(|settings| {
            let start = Instant::now();
            let found = part(progress, "network", || self.network(settings));
            let seconds = start.elapsed().as_secs_f64();
            progress.took("network", seconds);
            found
        });
        let network = network.transpose()?;
        progress.advance(1);
        let flow = self.settings.flow.as_ref();
        let flow = flow.filter(|settings| *settings.times > 0);
        let flow = flow.map(|settings| part(progress, "flow", || self.flow(settings)));
        let flow = flow.transpose()?;
        progress.advance(1);
        let square = |fit: &Fit| fit.point().leave_one_out_square.unwrap_or(f64::INFINITY);
        let first: Vec<usize> = (0..jobs.len())
            .filter(|index| jobs[*index].2 == 1)
            .collect();
        let chosen = first.iter().copied();
        let chosen = chosen.min_by(|a, b| square(&fits[*a]).total_cmp(&square(&fits[*b])));
        let chosen = chosen.unwrap_or(0);
        let points = first.iter().flat_map(|index| {
            let (law, neurons, _) = jobs[*index];
            fits[*index].points.iter().map(move |point| Best {
                law,
                neurons: *neurons,
                ridge: point.ridge,
                test_accuracy: point.test_accuracy,
            })
        });
        let best_by_test = points.max_by(|a, b| a.test_accuracy.total_cmp(&b.test_accuracy));
        let (fit, point) = (&fits[chosen], fits[chosen].point().clone());
        let (law, neurons, draw) = (jobs[chosen].0, *jobs[chosen].1, jobs[chosen].2);
        let classes = fit.predictions.iter().map(|class| *class as f64);
        Ok(Findings {
            training: self.data.training.len(),
            tests: self.data.test.len(),
            test_accuracy: point.test_accuracy,
            train_accuracy: point.train_accuracy,
            law,
            neurons,
            ridge: point.ridge,
            leave_one_out: point.leave_one_out,
            leave_one_out_square: point.leave_one_out_square,
            rank: point.rank,
            condition: point.condition,
            features_seed: self.features_seed(draw),
            readout: Array::rows("readout", self.data.classes, fit.weights.clone())
                .along(["feature", "class"], "weight"),
            predictions: Array::list("predictions", classes.collect())
                .along(["test image"], "class, from 0"),
            best_by_test: best_by_test.unwrap_or(Best {
                law,
                neurons,
                ridge: point.ridge,
                test_accuracy: point.test_accuracy,
            }),
            sweep: jobs
                .iter()
                .zip(&fits)
                .map(|((law, neurons, seed), fit)| Draw {
                    law: *law,
                    neurons: **neurons,
                    seed: *seed,
                    points: fit.points.clone(),
                })
                .collect(),
            kernel,
            network,
            flow,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![("sweep".into(), one_shot_tables::sweep(findings))]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        one_shot_tables::summary(findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        one_shot_figures::all(settings, findings)
    }
}
