//! Kind `one-shot-transfer`: the hidden layer of a network that has learnt some classes, frozen, and a read-out of the
//! other classes in one solve.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::copies::{Change, changes};
use super::fit::choose;
use super::transfer_settings::Settings;
use crate::analysis::Spread;
use crate::experiment::data::images::ImageData;
use crate::experiment::ensemble::spread;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::image_networks::{Learner, train_to};
use crate::experiment::settings::Mistakes;
use crate::experiment::{
    Array, Block, DataStatement, Drawing, Header, LabelledImages, Progress, RunError, Study, Table,
};
use crate::figures::{Axis, Lines};
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Initialisation, Parameterisation,
};
use crate::networks::features::{FeatureMap, FrozenFeatures};
use crate::numerics::random::member;
use crate::training::readout::{Readout, ReadoutSums, accuracy, class_targets, classes, defined};

/// Read-outs of frozen features.
pub struct Transfer {
    settings: Settings,
    /// The classes that networks learn, and the others.
    data: [ImageData; 2],
    seed: u64,
}

/// What is found. The read-out of the report is that of the first network's frozen layer, with most examples and
/// without copies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Tests of the other classes.
    pub tests: usize,
    /// Share of them that is classified right.
    pub test_accuracy: f64,
    /// The same of the training images.
    pub train_accuracy: f64,
    /// Its features.
    pub neurons: usize,
    /// The ridge that leave-one-out has chosen.
    pub ridge: f64,
    /// Share of the training images that is classified right by read-outs that have not seen them.
    pub leave_one_out: Option<f64>,
    /// Seed of the network.
    pub features_seed: u64,
    /// Its weights, a row a feature.
    pub readout: Array,
    /// The class that it gives every test, counted from the first of the others.
    pub predictions: Array,
    /// All networks.
    pub networks: Vec<Network>,
}

/// One network and its read-outs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Network {
    /// Its number, from 1.
    pub seed: usize,
    /// Share of the tests of its own classes that it classifies right.
    pub source_accuracy: f64,
    /// Its read-outs.
    pub points: Vec<Point>,
    weights: Vec<f64>,
    predictions: Vec<usize>,
}

/// One read-out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// Whether the features have learnt, or are as they were drawn.
    pub trained: bool,
    /// Whether copies were in the sums.
    pub copies: bool,
    /// Images of the other classes that were learnt, without copies.
    pub examples: usize,
    /// The ridge that leave-one-out has chosen, each image and each copy left out alone.
    pub ridge: f64,
    /// Share of the tests that is classified right.
    pub test_accuracy: f64,
    /// The same of the training images.
    pub train_accuracy: f64,
    /// The same of images and copies that were left out.
    pub leave_one_out: Option<f64>,
}

/// What the sums of some images say.
struct Solved {
    readout: Readout,
    left_out: Option<(f64, f64)>,
}

impl Transfer {
    fn architecture(&self) -> Architecture {
        let network = &self.settings.network;
        let pixels = self.data[0].training.images.nrows();
        Architecture {
            activation: *network.activation,
            parameterisation: Parameterisation::Standard,
            sigma_w: *network.sigma_w,
            sigma_b: *network.sigma_b,
            ..Architecture::fully_connected(pixels, &[*network.hidden], self.data[0].classes)
        }
    }

    /// Image and copies go into the same sums, one kind of copies after the other. An image is left out alone: its
    /// copies stay, so that errors with copies guide the choice of a ridge and say little of tests.
    fn solve(
        &self,
        features: &dyn FeatureMap,
        images: &LabelledImages,
        changes: &[Change],
    ) -> Result<Solved, RunError> {
        let targets = class_targets(&images.labels, self.data[1].classes)?;
        let copies = changes.iter().map(|change| change.of(images));
        let mut batches: Vec<DMatrix<f64>> = vec![features.evaluate(images.examples().inputs)?];
        for copy in copies {
            batches.push(features.evaluate(copy.examples().inputs)?);
        }
        let mut sums = ReadoutSums::new(features.features(), targets.ncols());
        for batch in &batches {
            sums.add(batch, &targets)?;
        }
        let mut found = Vec::new();
        for ridge in self.settings.readout.ridges.iter() {
            let (readout, leverage) = sums.solve_and_leverage(**ridge)?;
            let mut left_out = Some((0.0, 0.0));
            for batch in &batches {
                let outputs = readout.outputs(batch)?;
                let left = defined(leverage.leave_one_out(batch, &outputs, &targets))?;
                left_out = left_out.zip(left).map(|((square, right), left)| {
                    (
                        square + left.mean_square,
                        right + accuracy(&left.outputs, &images.labels),
                    )
                });
            }
            let count = batches.len() as f64;
            let left_out = left_out.map(|(square, right)| (square / count, right / count));
            found.push(Solved { readout, left_out });
        }
        let errors = found.iter();
        let errors = errors.map(|s| (s.readout.ridge, s.left_out.map(|left| left.0)));
        let chosen = choose(&errors.collect::<Vec<_>>());
        Ok(found.swap_remove(chosen))
    }

    fn network(&self, number: usize) -> Result<Network, RunError> {
        let settings = &self.settings;
        let [source, target] = &self.data;
        let architecture = self.architecture();
        let seed = |purpose: &str| member(self.seed, purpose, number);
        let learner = Learner {
            architecture: &architecture,
            images: &source.training,
            classes: source.classes,
            steps: &settings.network.steps,
            dropout: 0.0,
            seed: &seed,
        };
        let (weights, source_accuracy) = learner.train(|network, batches| {
            train_to(batches, *settings.network.epochs)?;
            let weights = batches.parameters().to_vec();
            let outputs = network.outputs(&weights, &source.test.images.transpose())?;
            Ok((weights, accuracy(&outputs, &source.test.labels)))
        })?;
        let network = DeepNetwork::new(architecture)?;
        let untrained = network.initial(Initialisation::Gaussian, seed("network"))?;
        let layers = [
            FrozenFeatures::of(network.clone(), weights)?,
            FrozenFeatures::of(network, untrained)?,
        ];
        let copies = changes(*settings.copies.shift, *settings.copies.rotation);
        let most = settings.readout.examples.iter().map(|count| **count).max();
        let mut found = Network {
            seed: number,
            source_accuracy,
            points: Vec::new(),
            weights: Vec::new(),
            predictions: Vec::new(),
        };
        for (layer, trained) in layers.iter().zip([true, false]) {
            let tests = layer.evaluate(target.test.examples().inputs)?;
            for examples in settings.readout.examples.iter().map(|count| **count) {
                let images = target.training.range(0, examples);
                let hidden = layer.evaluate(images.examples().inputs)?;
                for changes in [&copies[..0], &copies[..]] {
                    let with = !changes.is_empty();
                    let kept = trained && Some(examples) == most && !with;
                    if copies.is_empty() && found.repeats(trained, examples) {
                        continue;
                    }
                    let Solved { readout, left_out } = self.solve(layer, &images, changes)?;
                    let outputs = readout.outputs(&tests)?;
                    found.points.push(Point {
                        trained,
                        copies: with,
                        examples,
                        ridge: readout.ridge,
                        test_accuracy: accuracy(&outputs, &target.test.labels),
                        train_accuracy: accuracy(&readout.outputs(&hidden)?, &images.labels),
                        leave_one_out: left_out.map(|found| found.1),
                    });
                    if kept {
                        found.weights = readout.weights.transpose().as_slice().to_vec();
                        found.predictions = classes(&outputs);
                    }
                }
            }
        }
        Ok(found)
    }
}

impl Network {
    /// Whether there is such a read-out already, as there is where no copies are asked for.
    fn repeats(&self, trained: bool, examples: usize) -> bool {
        let mut points = self.points.iter();
        points.any(|point| (point.trained, point.examples) == (trained, examples))
    }
}

/// What is shown beside each other.
const KINDS: [(&str, bool, bool); 4] = [
    ("frozen", true, false),
    ("frozen, with copies", true, true),
    ("random", false, false),
    ("random, with copies", false, true),
];

impl Findings {
    /// Numbers of one kind of read-out: examples, and a number for each network.
    fn values(
        &self,
        (trained, copies): (bool, bool),
        get: impl Fn(&Point) -> Option<f64>,
    ) -> Vec<(usize, Vec<f64>)> {
        let own = |point: &&Point| (point.trained, point.copies) == (trained, copies);
        let first = self
            .networks
            .first()
            .into_iter()
            .flat_map(|n| n.points.iter().filter(own));
        let mut examples: Vec<usize> = first.map(|point| point.examples).collect();
        examples.sort_unstable();
        let of = |examples: usize| {
            let points = self
                .networks
                .iter()
                .flat_map(|network| network.points.iter().filter(own));
            points
                .filter(|point| point.examples == examples)
                .filter_map(&get)
                .collect()
        };
        examples
            .into_iter()
            .map(|count| (count, of(count)))
            .collect()
    }
}

fn accuracies(findings: &Findings) -> Table {
    let mut table = Table::new([
        "features",
        "examples",
        "test accuracy",
        "± test accuracy",
        "leave-one-out accuracy",
    ]);
    for (label, trained, copies) in KINDS {
        let tests = findings.values((trained, copies), |point| Some(point.test_accuracy));
        let left = findings.values((trained, copies), |point| point.leave_one_out);
        for ((examples, tests), (_, left)) in tests.into_iter().zip(left) {
            let [mean, error] = spread(tests.into_iter().map(Some));
            table.push([
                label.into(),
                examples.into(),
                mean.into(),
                error.into(),
                spread(left.into_iter().map(Some))[0].into(),
            ]);
        }
    }
    table
}

impl Study for Transfer {
    const NAME: &'static str = "one-shot-transfer";
    const SUMMARY: &'static str =
        "features frozen from other classes, read out in one solve, beside random ones";
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
        let [source, target] = &self.data;
        let part = |data: &ImageData| {
            let (learnt, tests) = (data.training.len(), data.test.len());
            format!("{} classes, {learnt} images, {tests} tests", data.classes)
        };
        let network = &self.settings.network;
        vec![
            ("networks learn".into(), part(source)),
            ("read-outs learn".into(), part(target)),
            (
                "networks".into(),
                format!("{} of {} hidden units", network.networks, network.hidden),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        Some(self.data[0].checksum() ^ self.data[1].checksum())
    }

    fn data_statement(&self) -> Option<DataStatement> {
        let [first, second] = self.data.each_ref().map(ImageData::said);
        Some(DataStatement {
            training: first.training + second.training,
            tests: first.tests + second.tests,
            checksum: first.checksum ^ second.checksum,
            ..first
        })
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let count = *self.settings.network.networks;
        let names: Vec<String> = (1..=count).map(|n| format!("network-{n}")).collect();
        progress.begin("networks", count as u64);
        let mut networks = ensemble(progress, &names, |index| self.network(index + 1))?;
        let first = &mut networks[0];
        let (weights, predictions) = (
            std::mem::take(&mut first.weights),
            std::mem::take(&mut first.predictions),
        );
        networks.iter_mut().skip(1).for_each(|network| {
            network.weights.clear();
            network.predictions.clear();
        });
        let own = networks[0].points.iter().filter(|p| p.trained && !p.copies);
        let point = own.max_by_key(|point| point.examples).cloned();
        let point = point.unwrap_or_else(|| networks[0].points[0].clone());
        let predictions = predictions.iter().map(|class| *class as f64).collect();
        Ok(Findings {
            tests: self.data[1].test.len(),
            test_accuracy: point.test_accuracy,
            train_accuracy: point.train_accuracy,
            neurons: *self.settings.network.hidden,
            ridge: point.ridge,
            leave_one_out: point.leave_one_out,
            features_seed: member(self.seed, "network", 1),
            readout: Array::rows("readout", self.data[1].classes, weights)
                .along(["feature", "class"], "weight"),
            predictions: Array::list("predictions", predictions)
                .along(["test image"], "class, from 0"),
            networks,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![("accuracies".into(), accuracies(findings))]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let own: Vec<f64> = findings
            .networks
            .iter()
            .map(|n| n.source_accuracy)
            .collect();
        let line = format!(
            "networks classify {:.1} % of the tests of their own classes right; {} tests of the others",
            100.0 * Spread::of(&own).mean,
            findings.tests
        );
        vec![Block::Line(line), Block::Table(accuracies(findings))]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let series = KINDS.into_iter().filter_map(|(label, trained, copies)| {
            let values = findings.values((trained, copies), |p| Some(100.0 * p.test_accuracy));
            let (places, values): (Vec<usize>, Vec<Vec<f64>>) = values.into_iter().unzip();
            let places: Vec<f64> = places.into_iter().map(|count| count as f64).collect();
            (!places.is_empty()).then(|| curve(label, &places, &values))
        });
        let figure = Lines {
            title: "A hidden layer that has learnt other classes, read out in one solve".into(),
            subtitle: format!(
                "{}; networks of {} units learn {} classes; {} of them, bars: standard errors",
                settings.data.images.name(),
                settings.network.hidden,
                settings.data.classes,
                settings.network.networks
            ),
            x: Axis::logarithmic("images of the other classes"),
            y: Axis::linear("their tests right (%)"),
            series: series.collect(),
            ..Lines::default()
        };
        vec![Drawing::of("transfer", figure)]
    }
}
