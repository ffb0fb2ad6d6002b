//! Kind `ntk-drift`: how far kernel and weights move while networks learn, by width.

use nalgebra::DMatrix;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::course::StableRate;
use super::deep::{ConvolutionSettings, UnitSettings};
use super::drift_figures;
use super::ntk_width::law_name;
use super::points::{PointSettings, Points};
use super::power_series::power;
use super::size::{Size, require_runs};
use crate::analysis::{PowerLaw, Spread};
use crate::experiment::ensemble::ensemble;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{Choice, Count, Flat, Mistakes, NonEmpty, require, settings};
use crate::experiment::{Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::deep::{Architecture, DeepNetwork, Image, Initialisation};
use crate::numerics::random::{member, stream};
use crate::numerics::worst::worst;
use crate::training::flow::{GradientFlow, KernelDrift, Squared, kernel_drift};

/// Kernels recorded along a run: enough for a curve.
const RECORDS: usize = 20;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The inputs; targets are random signs.
        pub data: PointSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How they learn.
        pub training: TrainingSettings,
        /// How many of them.
        pub study: StudySettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// The units.
        pub unit: Flat<UnitSettings>,
        /// Hidden layers.
        pub depth: Count,
        /// Units or channels of each.
        pub widths: NonEmpty<Count>,
        /// Convolutional, if it is there.
        pub convolution: Option<ConvolutionSettings>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// Rate of gradient descent in units of `1 / lambda_max` of the first kernel.
        pub rate: StableRate,
        /// Steps of it.
        pub steps: Count,
    }

    /// Section `[study]`.
    pub struct StudySettings {
        /// Laws of the weights.
        pub laws: NonEmpty<Choice<Initialisation>>,
        /// Networks of every width and law.
        pub networks: Count<2>,
    }
}

/// Training runs over width and law.
pub struct NtkDrift {
    settings: Settings,
    points: Points,
    targets: DMatrix<f64>,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The inputs in words.
    pub inputs: String,
    /// Every law and width, in this order.
    pub runs: Vec<Runs>,
    /// How each quantity falls with the width, law by law.
    pub quantities: Vec<Quantity>,
}

/// All networks of one law and width.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Runs {
    /// Law of the weights.
    pub law: Initialisation,
    /// Units or channels of every hidden layer.
    pub width: usize,
    /// Every network.
    pub networks: Vec<KernelDrift>,
}

/// One number of a run, over width and network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Quantity {
    /// Law of the weights.
    pub law: Initialisation,
    /// What it is.
    pub quantity: String,
    /// The widths.
    pub widths: Vec<usize>,
    /// `values[width][network]`.
    pub values: Vec<Vec<f64>>,
    /// `value ~ width^exponent`, where it can be fitted.
    pub power: Option<PowerLaw>,
}

impl Settings {
    /// What can be told before there is a network.
    fn check(&self) -> Result<(), Mistakes> {
        let (network, steps, networks) = (&self.network, self.training.steps, self.study.networks);
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &network.widths,
            network.widths.len() > 1,
            "a drift by width needs two widths",
            "too few",
            "give `widths` at least two numbers",
        ));
        mistakes.note(self.data.require_memory(0));
        let size = Size {
            image: self.data.image(),
            convolution: network.convolution.as_ref(),
            width: largest(&network.widths),
            depth: network.depth,
            outputs: 1,
            examples: self.data.examples,
        };
        size.require(1, *size.examples, &mut mistakes);
        let losses = NUMBER * *steps as f64;
        mistakes.note(require_memory(&steps, "the losses of all steps", losses));
        let runs = (network.widths.len() * self.study.laws.len()) as f64 * *networks as f64;
        let numbers = 2 * RECORDS + *network.depth;
        require_runs(&networks, runs, numbers as f64, &mut mistakes);
        mistakes.end()
    }
}

impl NtkDrift {
    fn architecture(&self, width: usize) -> Architecture {
        let network = &self.settings.network;
        let convolution = network.convolution.as_ref();
        let image = match convolution {
            Some(_) => self.points.image,
            None => Image::vector(self.points.image.numbers()),
        };
        network
            .unit
            .architecture(image, convolution, width, *network.depth)
    }

    fn train(
        &self,
        law: Initialisation,
        width: usize,
        index: usize,
    ) -> Result<KernelDrift, RunError> {
        let network = DeepNetwork::new(self.architecture(width))?;
        let start = network.initial(law, member(self.seed, "network", index))?;
        let training = &self.settings.training;
        let flow = GradientFlow::new(&network, &self.points.inputs, &self.targets, &Squared);
        let flow = flow.map_err(RunError::numerical)?;
        kernel_drift(
            &network,
            &flow,
            &start,
            *training.rate,
            *training.steps,
            RECORDS,
        )
        .map_err(RunError::numerical)
    }
}

/// Name of a layer of weights.
fn layer_name(layer: usize, layers: usize) -> String {
    if layer + 1 == layers {
        "read-out".into()
    } else {
        format!("layer {}", layer + 1)
    }
}

/// Name of the change of the kernel among the quantities.
pub(super) const KERNEL_DRIFT: &str = "kernel drift";

/// Names of the motions of weights begin with it, the layer behind it.
pub(super) const WEIGHTS_OF: &str = "weights, ";

type Get = Box<dyn Fn(&KernelDrift) -> f64>;

/// The numbers of a run, with their names.
fn quantities(layers: usize) -> Vec<(String, Get)> {
    let mut all: Vec<(String, Get)> = vec![
        (KERNEL_DRIFT.into(), Box::new(|run| run.drift)),
        (
            "distance from linearised".into(),
            Box::new(|run| run.nonlinear),
        ),
    ];
    for layer in 0..layers {
        let name = format!("{WEIGHTS_OF}{}", layer_name(layer, layers));
        all.push((name, Box::new(move |run| run.moves[layer])));
    }
    all
}

impl Study for NtkDrift {
    const NAME: &'static str = "ntk-drift";
    const SUMMARY: &'static str = "how far kernel and weights move while networks learn, by width";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.check()?;
        let points = settings.data.read(0, header.seed)?;
        let mut random = stream(header.seed, "targets", 0);
        let sign = |_, _| if random.random::<bool>() { 1.0 } else { -1.0 };
        let study = Self {
            targets: points.one_target(&settings.data, || {
                DMatrix::from_fn(points.inputs.nrows(), 1, sign)
            })?,
            points,
            seed: header.seed,
            settings,
        };
        let NetworkSettings {
            unit, convolution, ..
        } = &study.settings.network;
        let made = DeepNetwork::new(study.architecture(1));
        made.map_err(|error| unit.refused(convolution.as_ref(), &error))?;
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            network,
            training,
            study,
            ..
        } = &self.settings;
        vec![
            ("inputs".into(), self.points.name.clone()),
            ("widths".into(), format!("{:?}", network.widths)),
            ("steps".into(), training.steps.to_string()),
            (
                "networks".into(),
                format!("{} of every width and law", study.networks),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.points.statement.clone()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { network, study, .. } = &self.settings;
        let widths: Vec<usize> = network.widths.iter().map(|width| **width).collect();
        let laws: Vec<Initialisation> = study.laws.iter().map(|law| **law).collect();
        let mut jobs = Vec::new();
        // The widest first, so that no thread is left with one at the end.
        for width in widths.iter().rev() {
            for law in &laws {
                jobs.extend((0..*study.networks).map(|index| (*law, *width, index)));
            }
        }
        let name = |(law, width, index): &(Initialisation, usize, usize)| {
            format!("drift-{}-{width}-{index}", law_name(*law))
        };
        let names: Vec<String> = jobs.iter().map(name).collect();
        progress.begin("training", jobs.len() as u64);
        let found = ensemble(progress, &names, |job| {
            let (law, width, index) = jobs[job];
            self.train(law, width, index)
        })?;

        let sizes: Vec<f64> = widths.iter().map(|n| *n as f64).collect();
        let (mut runs, mut numbers) = (Vec::new(), Vec::new());
        for law in &laws {
            for width in &widths {
                let all = jobs.iter().zip(&found);
                let mine = all.filter(|(job, _)| job.0 == *law && job.1 == *width);
                runs.push(Runs {
                    law: *law,
                    width: *width,
                    networks: mine.map(|(_, run)| run.clone()).collect(),
                });
            }
            for (quantity, get) in quantities(*network.depth + 1) {
                let of_law = runs.iter().filter(|runs| runs.law == *law);
                let values = of_law.map(|runs| runs.networks.iter().map(&get).collect());
                let values: Vec<Vec<f64>> = values.collect();
                numbers.push(Quantity {
                    law: *law,
                    quantity,
                    widths: widths.clone(),
                    power: power(&sizes, &values),
                    values,
                });
            }
        }
        Ok(Findings {
            inputs: self.points.name.clone(),
            runs,
            quantities: numbers,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new(["law", "width", "quantity", "mean", "error"]);
        let mut slopes = Table::new(["law", "quantity", "slope", "error"]);
        for found in &findings.quantities {
            let names = [law_name(found.law).into(), found.quantity.as_str().into()];
            let power = found.power;
            let slope = [power.map(|fit| fit.exponent), power.map(|fit| fit.error)];
            slopes.push(names.into_iter().chain(slope.map(Into::into)));
            for (width, values) in found.widths.iter().zip(&found.values) {
                let spread = Spread::of(values);
                table.push([
                    law_name(found.law).into(),
                    (*width).into(),
                    found.quantity.as_str().into(),
                    spread.mean.into(),
                    spread.error.into(),
                ]);
            }
        }
        vec![("drift".into(), table), ("slopes".into(), slopes)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let runs: Vec<f64> = findings
            .runs
            .iter()
            .flat_map(|r| r.networks.iter().map(|n| n.loss))
            .collect();
        let most = worst(runs.iter().copied());
        let line = format!(
            "{} runs; the loss ended at {most:.1e} of its start, or below",
            runs.len()
        );
        let slopes = Self::tables(settings, findings).pop();
        let slopes = slopes.map(|(_, table)| Block::Table(table));
        [Block::Line(line)].into_iter().chain(slopes).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        drift_figures::figures(settings, findings)
    }
}
