//! Kind `one-shot`: read-outs solved at once against the number of features and the ridge, beside a network that
//! learns by steps and the kernel of infinite width.

use std::time::Instant;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::fit::{Fit, Point, fit};
use super::one_shot_figures;
use super::one_shot_settings::{FlowSettings, NetworkSettings, Settings};
use crate::experiment::ensemble::ensemble;
use crate::experiment::flow::course::geometric;
use crate::experiment::image_data::ImageData;
use crate::experiment::probes::image_networks::{Learner, spread, train_to};
use crate::experiment::settings::Mistakes;
use crate::experiment::{
    Array, Block, Drawing, Header, LabelledImages, Progress, RunError, Study, Table, part,
};
use crate::networks::deep::{Architecture, DifferentiableModel, Parameterisation};
use crate::networks::features::{FeatureLaw, FeatureMap, RandomFeatures};
use crate::networks::kernels::{DenseKernel, Dual};
use crate::numerics::random::member;
use crate::training::readout::{
    ReadoutError, SpectralFilter, SpectralReadout, accuracy, class_targets,
};

/// Read-outs of random features.
pub struct OneShot {
    settings: Settings,
    data: ImageData,
    seed: u64,
}

/// What is found. The read-out of the report is the one with the least leave-one-out error among those of the first
/// draw of features; no test has a say in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Images that were learnt.
    pub training: usize,
    /// Images that were not.
    pub tests: usize,
    /// Share of the tests that the read-out classifies right.
    pub test_accuracy: f64,
    /// The same of the training images.
    pub train_accuracy: f64,
    /// Law of its features.
    pub law: FeatureLaw,
    /// Number of its features.
    pub neurons: usize,
    /// Its ridge.
    pub ridge: f64,
    /// Share of the training images that is classified right by read-outs that have not seen them.
    pub leave_one_out: Option<f64>,
    /// Mean square error of their answers.
    pub leave_one_out_square: Option<f64>,
    /// Directions of the features that were told from zero.
    pub rank: usize,
    /// Condition number of what was solved.
    pub condition: f64,
    /// Seed from which its features were drawn.
    pub features_seed: u64,
    /// Its weights, a row a feature.
    pub readout: Array,
    /// The class that it gives every test.
    pub predictions: Array,
    /// What the tests themselves would have chosen among the same read-outs.
    pub best_by_test: Best,
    /// All draws of all features, at all ridges.
    pub sweep: Vec<Draw>,
    /// The kernel of infinitely many Gaussian features, if the images are few enough.
    pub kernel: Option<KernelPoint>,
    /// The network that learns by steps.
    pub network: Option<Learnt>,
    /// Test errors over the time of gradient flow.
    pub flow: Option<Flow>,
}

/// A choice of features and ridge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Best {
    /// Law of the features.
    pub law: FeatureLaw,
    /// Their number.
    pub neurons: usize,
    /// The ridge.
    pub ridge: f64,
    /// Accuracy on the tests, by which it was chosen.
    pub test_accuracy: f64,
}

/// One draw of features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draw {
    /// Law of the features.
    pub law: FeatureLaw,
    /// Their number.
    pub neurons: usize,
    /// Number of the draw, from 1.
    pub seed: usize,
    /// Its read-outs, in the order of the ridges.
    pub points: Vec<Point>,
}

/// The kernel read-out with the least leave-one-out error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KernelPoint {
    /// Its ridge: that of `L` features over `L`.
    pub ridge: f64,
    /// Accuracy on the tests.
    pub test_accuracy: f64,
    /// Accuracy on training images that were left out.
    pub leave_one_out: f64,
}

/// A network after its last epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learnt {
    /// Units of its hidden layer.
    pub hidden: usize,
    /// Epochs.
    pub epochs: usize,
    /// Accuracy on the training images.
    pub train_accuracy: f64,
    /// Accuracy on the tests.
    pub test_accuracy: f64,
}

/// Shares of the tests that are wrong, at all times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Gaussian features of the read-out.
    pub neurons: usize,
    /// The times.
    pub times: Vec<f64>,
    /// The read-out of so many features alone.
    pub readout: Vec<f64>,
    /// The same at infinite width: the covariance kernel.
    pub infinite: Vec<f64>,
    /// All layers at infinite width: the tangent kernel.
    pub all_layers: Vec<f64>,
    /// The same features solved at once, with the ridge that leave-one-out chooses.
    pub solved: f64,
    /// That ridge.
    pub ridge: f64,
}

/// Images whose kernel is diagonalised without being asked for. Chosen: a second or two.
const MOST_OF_A_KERNEL: usize = 1200;

impl OneShot {
    fn ridges(&self) -> Vec<f64> {
        self.settings.readout.ridges.iter().map(|r| **r).collect()
    }

    fn features_seed(&self, draw: usize) -> u64 {
        member(self.seed, "features", draw)
    }

    fn features(
        &self,
        law: FeatureLaw,
        neurons: usize,
        draw: usize,
    ) -> Result<RandomFeatures, RunError> {
        let options = self.settings.features.options(law, &self.data);
        let examples = self.data.training.examples();
        let seed = self.features_seed(draw);
        Ok(RandomFeatures::draw_from(options, examples, neurons, seed)?)
    }

    /// Covariance and tangent kernels of one infinitely wide hidden layer with these features and weights of
    /// variance `1/L` behind it; among the training images, and from the tests to them.
    fn kernels(&self) -> Result<[[DMatrix<f64>; 2]; 2], RunError> {
        let features = &self.settings.features;
        let (weight, bias) = (features.scale.powi(2), features.bias.powi(2));
        let dual = Dual::of(*features.activation)?;
        let kernel = DenseKernel::new(dual, 1, weight, bias)?;
        let inputs = self.data.training.images.transpose();
        let tests = self.data.test.images.transpose();
        // the crate's kernel has `scale` and `bias` behind the layer once more
        let plain = |kernel: DMatrix<f64>| kernel.map(|k| (k - bias) / weight);
        let (train, cross) = (kernel.train(&inputs)?, kernel.cross(&tests, &inputs)?);
        Ok([
            [plain(train.nngp), plain(cross.nngp)],
            [plain(train.ntk), plain(cross.ntk)],
        ])
    }

    fn kernel(&self) -> Result<Option<KernelPoint>, RunError> {
        let features = &self.settings.features;
        let gaussian = features
            .laws
            .iter()
            .any(|law| **law == FeatureLaw::Gaussian);
        if !gaussian || features.field.is_some() || self.data.training.len() > MOST_OF_A_KERNEL {
            return Ok(None);
        }
        let [[train, cross], _] = self.kernels()?;
        let targets = class_targets(&self.data.training.labels, self.data.classes)?;
        let all = SpectralReadout::of_kernel(&train, &targets)?;
        let neurons = self.settings.readout.neurons.iter().map(|n| **n).max();
        let mut best: Option<(f64, KernelPoint)> = None;
        for ridge in self.ridges() {
            let ridge = ridge / neurons.unwrap_or(1) as f64;
            let filter = SpectralFilter::Ridge { ridge };
            let left = match all.leave_one_out(filter) {
                Err(ReadoutError::Leverage { .. }) => continue,
                left => left?,
            };
            if best
                .as_ref()
                .is_none_or(|(square, _)| left.mean_square < *square)
            {
                let outputs = &cross * all.coefficients(filter)?;
                let point = KernelPoint {
                    ridge,
                    test_accuracy: accuracy(&outputs, &self.data.test.labels),
                    leave_one_out: accuracy(&left.outputs, &self.data.training.labels),
                };
                best = Some((left.mean_square, point));
            }
        }
        Ok(best.map(|(_, point)| point))
    }

    fn network(&self, settings: &NetworkSettings) -> Result<Learnt, RunError> {
        let (pixels, classes) = (self.data.training.images.nrows(), self.data.classes);
        let architecture = Architecture {
            activation: *self.settings.features.activation,
            parameterisation: Parameterisation::Standard,
            sigma_w: *settings.sigma_w,
            // small beside sums of order 1; chosen
            sigma_b: 0.1,
            ..Architecture::fully_connected(pixels, &[*settings.hidden], classes)
        };
        let learner = Learner {
            architecture: &architecture,
            images: &self.data.training,
            classes,
            steps: &settings.steps,
            dropout: 0.0,
            seed: &|purpose| member(self.seed, purpose, 1),
        };
        learner.train(|network, batches| {
            train_to(batches, *settings.epochs)?;
            let right = |images: &LabelledImages| {
                let outputs = network.outputs(batches.parameters(), &images.images.transpose())?;
                Ok::<_, RunError>(accuracy(&outputs, &images.labels))
            };
            Ok(Learnt {
                hidden: *settings.hidden,
                epochs: *settings.epochs,
                train_accuracy: right(&self.data.training)?,
                test_accuracy: right(&self.data.test)?,
            })
        })
    }

    fn flow(&self, settings: &FlowSettings) -> Result<Flow, RunError> {
        let features = self.features(FeatureLaw::Gaussian, *settings.neurons, 1)?;
        let root = (*settings.neurons as f64).sqrt();
        let hidden = features.evaluate(self.data.training.examples().inputs)? / root;
        let tests = features.evaluate(self.data.test.examples().inputs)? / root;
        let targets = class_targets(&self.data.training.labels, self.data.classes)?;
        let times = geometric(*settings.start, *settings.end, *settings.times);
        let wrong = |outputs: &DMatrix<f64>| 1.0 - accuracy(outputs, &self.data.test.labels);
        let finite = SpectralReadout::new(&hidden, &targets)?;
        let at = |time: &f64| {
            Ok(wrong(
                &(&tests * finite.weights(SpectralFilter::Flow { time: *time })?),
            ))
        };
        let readout = times.iter().map(at).collect::<Result<_, RunError>>()?;
        let mut solved = (f64::INFINITY, 0.0, SpectralFilter::PseudoInverse);
        for ridge in self.ridges() {
            let ridge = ridge / *settings.neurons as f64;
            let filter = SpectralFilter::Ridge { ridge };
            match finite.leave_one_out(filter) {
                Err(ReadoutError::Leverage { .. }) => {}
                left => {
                    let square = left?.mean_square;
                    if square < solved.0 {
                        solved = (square, ridge, filter);
                    }
                }
            }
        }
        let [covariance, tangent] = self.kernels()?;
        let follow = |[train, cross]: [DMatrix<f64>; 2]| {
            let all = SpectralReadout::of_kernel(&train, &targets)?;
            let at = |time: &f64| {
                let filter = SpectralFilter::Flow { time: *time };
                Ok(wrong(&(&cross * all.coefficients(filter)?)))
            };
            times.iter().map(at).collect::<Result<Vec<f64>, RunError>>()
        };
        Ok(Flow {
            neurons: *settings.neurons,
            readout,
            infinite: follow(covariance)?,
            all_layers: follow(tangent)?,
            solved: wrong(&(&tests * finite.weights(solved.2)?)),
            ridge: solved.1 * *settings.neurons as f64,
            times,
        })
    }
}

/// The name of a law, as in a model file.
pub(super) fn name(law: FeatureLaw) -> &'static str {
    match law {
        FeatureLaw::Gaussian => "gaussian",
        FeatureLaw::Uniform => "uniform",
        FeatureLaw::Orthogonal => "orthogonal",
        FeatureLaw::ClassDifferences => "class-differences",
    }
}

impl Findings {
    /// The draws of every law and number of features, in the order of the sweep.
    pub(super) fn groups(&self) -> Vec<Vec<&Draw>> {
        let mut groups: Vec<Vec<&Draw>> = Vec::new();
        for draw in &self.sweep {
            match groups.last_mut() {
                Some(group) if (group[0].law, group[0].neurons) == (draw.law, draw.neurons) => {
                    group.push(draw);
                }
                _ => groups.push(vec![draw]),
            }
        }
        groups
    }
}

fn sweep(findings: &Findings) -> Table {
    let mut table = Table::new([
        "law",
        "neurons",
        "ridge",
        "test accuracy",
        "± test accuracy",
        "train accuracy",
        "leave-one-out accuracy",
        "leave-one-out square",
        "rank",
        "condition",
    ]);
    for group in findings.groups() {
        for (index, first) in group[0].points.iter().enumerate() {
            let of = |get: fn(&Point) -> Option<f64>| {
                spread(group.iter().map(|draw| get(&draw.points[index])))
            };
            let test = of(|p| Some(p.test_accuracy));
            table.push([
                name(group[0].law).into(),
                group[0].neurons.into(),
                first.ridge.into(),
                test[0].into(),
                test[1].into(),
                of(|p| Some(p.train_accuracy))[0].into(),
                of(|p| p.leave_one_out)[0].into(),
                of(|p| p.leave_one_out_square)[0].into(),
                first.rank.into(),
                of(|p| Some(p.condition))[0].into(),
            ]);
        }
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
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
        let laws: Vec<&str> = features.laws.iter().map(|law| name(**law)).collect();
        let (learnt, tests) = (self.data.training.len(), self.data.test.len());
        vec![
            (
                "images".into(),
                format!("{}: {learnt}, and {tests} tests", data.images.images),
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

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings {
            features, readout, ..
        } = &self.settings;
        let mut jobs = Vec::new();
        for law in features.laws.iter().map(|law| **law) {
            for neurons in readout.neurons.iter().map(|neurons| **neurons) {
                jobs.extend((1..=*features.seeds).map(|draw| (law, neurons, draw)));
            }
        }
        let job_name = |(law, neurons, draw): &(FeatureLaw, usize, usize)| {
            format!("{}-{neurons}-{draw}", name(*law))
        };
        let names: Vec<String> = jobs.iter().map(job_name).collect();
        let ridges = self.ridges();
        progress.begin("layers of features", jobs.len() as u64);
        let fits: Vec<Fit> = ensemble(progress, &names, |index| {
            let start = Instant::now();
            let (law, neurons, draw) = jobs[index];
            let found = fit(&self.features(law, neurons, draw)?, &self.data, &ridges)?;
            // not in the report, which is the same on every machine
            let seconds = start.elapsed().as_secs_f64();
            progress.message(&format!("{}: {seconds:.2} s", names[index]));
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
            progress.message(&format!("network: {seconds:.2} s"));
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
                neurons,
                ridge: point.ridge,
                test_accuracy: point.test_accuracy,
            })
        });
        let best_by_test = points.max_by(|a, b| a.test_accuracy.total_cmp(&b.test_accuracy));
        let (fit, point) = (&fits[chosen], fits[chosen].point().clone());
        let (law, neurons, draw) = jobs[chosen];
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
            readout: Array::rows("readout", self.data.classes, fit.weights.clone()),
            predictions: Array::list("predictions", classes.collect()),
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
                    neurons: *neurons,
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
        vec![("sweep".into(), sweep(findings))]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let left_out = findings.leave_one_out.map_or("undefined".into(), percent);
        let mut lines = vec![
            format!(
                "chosen by leave-one-out: {} {} features, ridge {:e}: {} of the tests right, {} of the training \
                 images, {left_out} when left out",
                findings.neurons,
                name(findings.law),
                findings.ridge,
                percent(findings.test_accuracy),
                percent(findings.train_accuracy),
            ),
            format!(
                "the tests would have chosen {} {} features, ridge {:e}: {}",
                findings.best_by_test.neurons,
                name(findings.best_by_test.law),
                findings.best_by_test.ridge,
                percent(findings.best_by_test.test_accuracy),
            ),
        ];
        if let Some(kernel) = &findings.kernel {
            lines.push(format!(
                "infinitely many Gaussian features: {} of the tests right, {} when left out",
                percent(kernel.test_accuracy),
                percent(kernel.leave_one_out),
            ));
        }
        if let Some(network) = &findings.network {
            lines.push(format!(
                "{} hidden units after {} epochs of steps: {} of the tests right, {} of the training images",
                network.hidden,
                network.epochs,
                percent(network.test_accuracy),
                percent(network.train_accuracy),
            ));
        }
        let lines = lines.into_iter().map(Block::Line);
        lines.chain([Block::Table(sweep(findings))]).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        one_shot_figures::all(settings, findings)
    }
}
