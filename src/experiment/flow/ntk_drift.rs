//! Kind `ntk-drift`: how far kernel and weights move while networks learn, by width.

use nalgebra::DMatrix;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::deep::{ConvolutionSettings, UnitSettings};
use super::ntk_width::law_name;
use super::points::{PointSettings, Points};
use crate::analysis::{PowerLaw, Spread};
use crate::experiment::ensemble::{ensemble, power, power_series};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, Positive, require, settings,
};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::deep::{Architecture, DeepNetwork, Image, Initialisation};
use crate::numerics::random::{member, stream};
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
        pub rate: Positive,
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

type Get = Box<dyn Fn(&KernelDrift) -> f64>;

/// The numbers of a run, with their names.
fn quantities(layers: usize) -> Vec<(String, Get)> {
    let mut all: Vec<(String, Get)> = vec![
        ("kernel drift".into(), Box::new(|run| run.drift)),
        (
            "distance from linearised".into(),
            Box::new(|run| run.nonlinear),
        ),
    ];
    for layer in 0..layers {
        let name = format!("weights, {}", layer_name(layer, layers));
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
        let network = &settings.network;
        require(
            &network.widths,
            network.widths.len() > 1,
            "a drift by width needs two widths",
            "too few",
            "give `widths` at least two numbers",
        )?;
        let points = settings.data.read(0, header.seed)?;
        let mut random = stream(header.seed, "targets", 0);
        let sign = |_, _| if random.random::<bool>() { 1.0 } else { -1.0 };
        let study = Self {
            targets: DMatrix::from_fn(points.inputs.nrows(), 1, sign),
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
        let worst = runs.iter().copied().fold(0.0, f64::max);
        let line = format!(
            "{} runs; the loss ended at {worst:.1e} of its start, or below",
            runs.len()
        );
        let slopes = Self::tables(settings, findings).pop();
        let slopes = slopes.map(|(_, table)| Block::Table(table));
        [Block::Line(line)].into_iter().chain(slopes).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let Settings {
            network, training, ..
        } = &settings;
        let subtitle = format!(
            "{}, L = {}; {}; {} steps at {}/λ_max; {} networks a point",
            network.unit.activation_name(),
            network.depth,
            findings.inputs,
            training.steps,
            training.rate,
            settings.study.networks,
        );
        let by_width = |title: &str, y: &str, series: Vec<Series>| Lines {
            title: title.into(),
            subtitle: format!("{subtitle}; bars: standard errors"),
            x: Axis::logarithmic("width n"),
            y: Axis::logarithmic(y),
            series,
            ..Lines::default()
        };
        let curve = |label: &str, found: &Quantity| {
            let sizes: Vec<f64> = found.widths.iter().map(|n| *n as f64).collect();
            power_series(label, &sizes, &found.values)
        };
        let of_kernels = findings
            .quantities
            .iter()
            .filter(|q| q.quantity == "kernel drift");
        let drift = by_width(
            "Kernels move less in wider networks",
            "drift of the kernel, |Θ(end) − Θ(0)| / |Θ(0)|",
            of_kernels
                .map(|found| curve(law_name(found.law), found))
                .collect(),
        );
        let first = *settings.study.laws[0];
        let of_weights = findings.quantities.iter().filter(|q| q.law == first);
        let of_weights = of_weights.filter_map(|found| {
            let layer = found.quantity.strip_prefix("weights, ")?;
            Some(curve(layer, found))
        });
        let weights = by_width(
            &format!("How far weights move ({} start)", law_name(first)),
            "|W(end) − W(0)| / |W(0)|",
            of_weights.collect(),
        );
        let path = Lines {
            title: "Kernels along the training".into(),
            subtitle: subtitle.clone(),
            x: Axis::linear("step"),
            y: Axis::logarithmic("|Θ − Θ(0)| / |Θ(0)|"),
            series: paths(settings, findings),
            ..Lines::default()
        };
        vec![
            Drawing::of("drift", drift),
            Drawing::of("weights", weights),
            Drawing::of("path", path),
        ]
    }
}

/// The kernel of the first network of the narrowest and the widest, along the training.
fn paths(settings: &Settings, findings: &Findings) -> Vec<Series> {
    let widths = &settings.network.widths;
    let ends = [*widths[0], *widths[widths.len() - 1]];
    let shown = findings
        .runs
        .iter()
        .filter(|runs| ends.contains(&runs.width));
    let path = |runs: &Runs| {
        let label = format!("{}, n = {}", law_name(runs.law), runs.width);
        let path = runs.networks[0].path.iter().skip(1);
        let points = path.map(|(step, distance)| (*step as f64, *distance));
        Series::new(label, points.collect(), Look::LineAndMarkers)
    };
    shown.map(path).collect()
}
