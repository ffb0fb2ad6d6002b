//! Kind `deep-linear`: the modes of deep linear networks, beside their closed form.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Lines, Look, Reference, Series};
use crate::networks::Activation;
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Parameterisation, haar,
};
use crate::numerics::random::stream;
use crate::solver::{Options, Save};
use crate::training::flow::{
    FlowError, FlowMethod, GradientFlow, Loss, deep_linear_mode, follow, linear_balance,
};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "deep-linear",
    summary: "sigmoidal modes of deep linear networks under gradient flow, beside their closed form",
    read: |model| Ok(read(model)?),
    show: None,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    network: NetworkSettings,
    flow: FlowSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    /// Layers of weights, one network each.
    layers: Vec<Spanned<usize>>,
    /// Singular values of the target, all different.
    singular_values: Spanned<Vec<Spanned<f64>>>,
    /// Strength of every mode at the start.
    start: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowSettings {
    t_end: Spanned<f64>,
    #[serde(default = "samples")]
    samples: Spanned<usize>,
    #[serde(default)]
    method: FlowMethod,
    #[serde(default = "tolerance")]
    tolerance: Spanned<f64>,
}

fn samples() -> Spanned<usize> {
    unwritten(121)
}

fn tolerance() -> Spanned<f64> {
    unwritten(1e-8)
}

struct DeepLinear {
    settings: Settings,
    seed: u64,
}

/// The modes of one network along its flow.
struct Modes {
    layers: usize,
    /// `measured[time][mode]`, largest singular value first.
    measured: Vec<Vec<f64>>,
    exact: Vec<Vec<f64>>,
    /// Largest difference of the two.
    error: f64,
    /// Largest entry of the conserved matrices.
    imbalance: f64,
    gradients: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let network = &settings.network;
    for layers in &network.layers {
        at_least("layers", layers, 1)?;
    }
    positive("singular_values", network.singular_values.get_ref())?;
    positive("start", &network.start)?;
    let least = network.singular_values.get_ref().iter();
    let least = least.map(|s| *s.get_ref()).fold(f64::INFINITY, f64::min);
    require(
        &network.start,
        *network.start.get_ref() < least,
        format!("`start` is not below the smallest singular value {least}"),
        "too large",
        "give `start` a small positive value, as in 0.01",
    )?;
    positive("t_end", &settings.flow.t_end)?;
    at_least("samples", &settings.flow.samples, 2)?;
    crate::experiment::rules::between("tolerance", &settings.flow.tolerance, 1e-12, 1e-2)?;
    let seed = model.seed()?;
    Ok(Box::new(DeepLinear { settings, seed }))
}

impl DeepLinear {
    fn targets(&self) -> Vec<f64> {
        let values = self.settings.network.singular_values.get_ref().iter();
        let mut values: Vec<f64> = values.map(|s| *s.get_ref()).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    }

    fn times(&self) -> Vec<f64> {
        let (end, count) = (
            *self.settings.flow.t_end.get_ref(),
            *self.settings.flow.samples.get_ref(),
        );
        let last = (count - 1) as f64;
        (0..count).map(|i| end * i as f64 / last).collect()
    }

    fn modes(&self, layers: usize) -> Result<Modes, FlowError> {
        let (values, times) = (self.targets(), self.times());
        let size = values.len();
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Identity,
            parameterisation: Parameterisation::Standard,
            ..Architecture::fully_connected(size, &vec![size; layers - 1], size)
        })?;
        // W_l = R_{l+1} (start^(1/L) I) R_l^T with random rotations, R_1 and R_{L+1} of the target.
        let rotation = |index: usize| {
            let mut random = stream(self.seed, "rotations", index as u64);
            haar(size, size, &mut random)
        };
        let rotations: Vec<DMatrix<f64>> = (0..=layers).map(rotation).collect();
        let strength = *self.settings.network.start.get_ref();
        let scale = strength.powf(1.0 / layers as f64);
        let start: Vec<f64> = rotations
            .windows(2)
            .flat_map(|pair| {
                let weights = &pair[1] * pair[0].transpose() * scale;
                weights.as_slice().to_vec()
            })
            .collect();
        let strengths = DMatrix::from_diagonal(&DVector::from_column_slice(&values));
        let targets = (&rotations[layers] * strengths * rotations[0].transpose()).transpose();
        let inputs = DMatrix::identity(size, size);
        let flow = GradientFlow::new(&network, &inputs, &targets, Loss::Squared)?;
        let tolerance = *self.settings.flow.tolerance.get_ref();
        let options = Options {
            absolute_tolerance: tolerance,
            ..Options::with_tolerance(tolerance)
        };
        let end = *self.settings.flow.t_end.get_ref();
        let save = Save::At(times.clone());
        let run = follow(
            &flow,
            &start,
            end,
            self.settings.flow.method,
            &options,
            &save,
        )?;
        let mut measured = Vec::with_capacity(times.len());
        let mut imbalance = 0.0_f64;
        for index in 0..times.len() {
            let map = network.outputs(run.state(index), &inputs)?.transpose();
            // In the bases of the target the map stays diagonal.
            let aligned = rotations[layers].tr_mul(&map) * &rotations[0];
            measured.push(aligned.diagonal().as_slice().to_vec());
            for balance in linear_balance(&network, run.state(index)) {
                imbalance = imbalance.max(balance.amax());
            }
        }
        let modes = values
            .iter()
            .map(|s| deep_linear_mode(*s, strength, layers, &times))
            .collect::<Result<Vec<_>, _>>()?;
        let exact: Vec<Vec<f64>> = (0..times.len())
            .map(|index| modes.iter().map(|mode| mode[index]).collect())
            .collect();
        let pairs = measured.iter().flatten().zip(exact.iter().flatten());
        Ok(Modes {
            layers,
            error: pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
            measured,
            exact,
            imbalance,
            gradients: run.statistics.evaluations,
        })
    }

    fn figure(&self, modes: &Modes) -> Lines {
        let (values, times) = (self.targets(), self.times());
        let course = |rows: &[Vec<f64>], mode: usize, every: usize| -> Vec<(f64, f64)> {
            let points = times.iter().zip(rows).step_by(every);
            points.map(|(t, row)| (*t, row[mode])).collect()
        };
        let mut series = Vec::new();
        for (mode, value) in values.iter().enumerate() {
            series.push(Series {
                style: Some(mode),
                ..Series::new(
                    format!("s = {value}"),
                    course(&modes.exact, mode, 1),
                    Look::Line,
                )
            });
            series.push(Series {
                style: Some(mode),
                ..Series::new("", course(&modes.measured, mode, 6), Look::HollowMarkers)
            });
        }
        let start = self.settings.network.start.get_ref();
        Lines {
            title: format!(
                "A linear network of {} layers learns mode by mode",
                modes.layers
            ),
            subtitle: format!(
                "lines: u' = L u^(2−2/L) (s − u), u(0) = {start}; rings: the network under gradient flow"
            ),
            x: Axis::linear("time t"),
            y: Axis::linear("strength u of a mode"),
            series,
            references: values
                .iter()
                .map(|value| Reference {
                    label: value.to_string(),
                    at: *value,
                    direction: crate::figures::Direction::Horizontal,
                })
                .collect(),
            ..Lines::default()
        }
    }
}

impl Experiment for DeepLinear {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let layers: Vec<String> = self
            .settings
            .network
            .layers
            .iter()
            .map(ToString::to_string)
            .collect();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("layers", layers.join(", ")),
            pair("singular values", format!("{:?}", self.targets())),
            pair("time", format!("0 to {}", self.settings.flow.t_end)),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let layers = &self.settings.network.layers;
        progress.begin("flows", layers.len() as u64);
        let mut courses = Table::new(["layers", "t", "s", "u", "exact"]);
        let (mut figures, mut report) = (Vec::new(), Vec::new());
        let mut summary = Table::new(["layers", "largest_error", "imbalance", "gradients"]);
        let values = self.targets();
        for layers in layers {
            let modes = self.modes(*layers.get_ref()).map_err(RunError::numerical)?;
            for (time, (row, exact)) in self
                .times()
                .iter()
                .zip(modes.measured.iter().zip(&modes.exact))
            {
                for (s, (u, exact)) in values.iter().zip(row.iter().zip(exact)) {
                    courses.push([
                        modes.layers.into(),
                        (*time).into(),
                        (*s).into(),
                        (*u).into(),
                        (*exact).into(),
                    ]);
                }
            }
            summary.push([
                modes.layers.into(),
                modes.error.into(),
                modes.imbalance.into(),
                modes.gradients.into(),
            ]);
            report.push(json!({
                "layers": modes.layers,
                "largest_error": modes.error,
                "imbalance": modes.imbalance,
                "gradients": modes.gradients,
                "last": modes.measured.last(),
            }));
            figures.push(drawing(
                &format!("modes-{}", modes.layers),
                self.figure(&modes),
            ));
            progress.advance(1);
        }
        Ok(Outcome {
            report: json!({ "singular_values": values, "networks": report }),
            summary: vec![Block::Table(summary)],
            tables: vec![("modes".into(), courses)],
            figures,
            ..Outcome::default()
        })
    }
}
