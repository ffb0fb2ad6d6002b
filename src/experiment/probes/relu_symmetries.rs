//! Kind `relu-symmetries`: which symmetries of a rectifier network its gradient flow keeps.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::symmetry_figures::{balance, functions, losses, weights};
pub use super::symmetry_settings::{
    DataSettings, DescentSettings, FlowSettings, NetworkSettings, Settings,
};
use crate::analysis::PowerLaw;
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::{Mistakes, Placed};
use crate::experiment::{
    Block, Cell, DataStatement, Diagnostic, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation, Parameterisation};
use crate::networks::{Activation, NetworkError};
use crate::probes::symmetry::{Apart, DEFAULT_TOLERANCE, Transformation, TwoLayerNetwork};
use crate::solver::{Options, Save};
use crate::training::flow::{
    BalanceDrift, GradientFlow, Squared, balance_change, balance_drift, follow, sharpness,
};

/// Steps after which a flow is given up: a minute or two of a small network (chosen). A point
/// that comes to rest on the kink of a neuron, with the field pushing it back from both sides, would
/// take steps without end: there the flow is none of an ordinary equation.
const MOST_STEPS: u64 = 1_000_000;

/// Symmetric starts under one flow.
pub struct ReluSymmetries {
    settings: Settings,
    network: DeepNetwork,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    statement: Option<DataStatement>,
    seed: u64,
}

/// How a start differs from the first one, as weights; as a function it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Its hidden neurons are permuted.
    Permuted,
    /// They have positive scales.
    Rescaled,
    /// Three of them, whose `a w^T` add up to zero, are flipped.
    Flipped,
}

impl Start {
    const ALL: [Self; 3] = [Self::Permuted, Self::Rescaled, Self::Flipped];

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Permuted => "permuted",
            Self::Rescaled => "rescaled",
            Self::Flipped => "flipped",
        }
    }
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Times of the looks.
    pub times: Vec<f64>,
    /// Losses of the first run.
    pub losses: Vec<f64>,
    /// Every other run.
    pub runs: Vec<SymmetricRun>,
    /// Largest change along the flow, over all runs and looks, of what it conserves.
    pub flow_drift: f64,
    /// The same along Euler steps, from the fewest.
    pub descent: Vec<BalanceDrift>,
    /// Powers of the rate with which it goes.
    pub orders: Orders,
}

/// A run from a symmetric start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SymmetricRun {
    /// Its start.
    pub start: Start,
    /// How far it is from the first run at every look.
    pub apart: Vec<Apart>,
    /// Its losses.
    pub losses: Vec<f64>,
}

/// Fitted powers of the rate; `None` where fewer than two rates change anything.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Orders {
    /// Of the change after one step: 2.
    pub one_step: Option<f64>,
    /// Of the change over the time of the flow: 1.
    pub end: Option<f64>,
}

/// One run, as it is kept.
#[derive(Serialize, Deserialize)]
struct Course {
    states: Vec<Vec<f64>>,
    losses: Vec<f64>,
    drift: f64,
}

impl ReluSymmetries {
    /// The first start: random, but for a third neuron that makes the first three a set that can be flipped.
    fn start(&self) -> Result<TwoLayerNetwork, RunError> {
        let parameters = self.network.initial(Initialisation::Gaussian, self.seed)?;
        let random =
            TwoLayerNetwork::of(&self.network, &parameters).map_err(RunError::numerical)?;
        let (mut w, mut a) = (random.weights().clone(), random.read_out().clone());
        let sum = w.row(0) * a[0] + w.row(1) * a[1];
        // Balanced, so that the third neuron is neither fast nor slow.
        let root = sum.norm().sqrt();
        w.row_mut(2).copy_from(&(sum / root));
        a[2] = -root;
        let (b, c) = (random.biases().clone(), random.offsets().clone());
        TwoLayerNetwork::new(w, b, a, c).map_err(RunError::numerical)
    }

    /// Another start with the same function.
    fn symmetric(
        &self,
        first: &TwoLayerNetwork,
        start: Start,
    ) -> Result<TwoLayerNetwork, RunError> {
        let neurons = first.neurons();
        let spread = *self.settings.network.spread;
        let identity = || (0..neurons).collect();
        let map = match start {
            Start::Permuted => Transformation::random(neurons, 0.0, self.seed),
            Start::Rescaled => Transformation {
                permutation: identity(),
                ..Transformation::random(neurons, spread, self.seed)
            },
            Start::Flipped => Transformation {
                permutation: identity(),
                scales: vec![1.0; neurons],
                flips: vec![0, 1, 2],
            },
        };
        map.apply(first, DEFAULT_TOLERANCE)
            .map_err(RunError::numerical)
    }

    fn flow(&self) -> Result<GradientFlow<'_>, RunError> {
        GradientFlow::new(&self.network, &self.inputs, &self.targets, &Squared)
            .map_err(RunError::numerical)
    }

    /// Follows the flow from a start.
    fn course(&self, start: &TwoLayerNetwork, times: &[f64]) -> Result<Course, RunError> {
        let FlowSettings {
            method, tolerance, ..
        } = &self.settings.flow;
        let start = start
            .layered()
            .parameters(&self.network)
            .map_err(RunError::numerical)?;
        let flow = self.flow()?;
        let options = Options {
            absolute_tolerance: **tolerance,
            maximum_steps: MOST_STEPS,
            ..Options::with_tolerance(**tolerance)
        };
        let end = times.last().copied().unwrap_or_default();
        let save = Save::At(times.to_vec());
        let run = follow(&flow, &start, end, **method, &options, &save);
        let run = run.map_err(RunError::numerical)?;
        let states: Vec<Vec<f64>> = (0..times.len())
            .map(|look| run.state(look).to_vec())
            .collect();
        let loss = |state: &Vec<f64>| {
            let found = flow.gradient(state).map_err(RunError::numerical)?;
            Ok::<f64, RunError>(found.0)
        };
        let losses = states.iter().map(loss).collect::<Result<_, _>>()?;
        let drifts = states
            .iter()
            .map(|state| balance_change(&self.network, &start, state));
        Ok(Course {
            drift: drifts.fold(0.0, f64::max),
            losses,
            states,
        })
    }

    /// How far two courses are apart at every look.
    fn apart(&self, first: &Course, second: &Course) -> Result<Vec<Apart>, RunError> {
        let pairs = first.states.iter().zip(&second.states);
        let look = |(ours, theirs): (&Vec<f64>, &Vec<f64>)| {
            let ours = TwoLayerNetwork::of(&self.network, ours)?;
            let theirs = TwoLayerNetwork::of(&self.network, theirs)?;
            Apart::new(&ours, &theirs, DEFAULT_TOLERANCE)
        };
        pairs
            .map(look)
            .collect::<Result<_, _>>()
            .map_err(RunError::numerical)
    }
}

impl Orders {
    fn of(descent: &[BalanceDrift]) -> Self {
        let rates: Vec<f64> = descent.iter().map(|drift| drift.rate).collect();
        let order = |get: fn(&BalanceDrift) -> f64| {
            let drifts = descent.iter().map(get).collect();
            PowerLaw::fit(&rates, &[drifts]).map(|law| law.exponent)
        };
        Self {
            one_step: order(|drift| drift.first),
            end: order(|drift| drift.last),
        }
    }
}

impl Study for ReluSymmetries {
    const NAME: &'static str = "relu-symmetries";
    const SUMMARY: &'static str =
        "gradient flow from symmetric starts: what stays one function, and what is conserved";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.require_memory()?;
        let points = settings.data.train.read(0, header.seed)?;
        let NetworkSettings {
            neurons,
            sigma_w,
            sigma_b,
            ..
        } = &settings.network;
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Relu,
            parameterisation: Parameterisation::Standard,
            sigma_w: **sigma_w,
            sigma_b: **sigma_b,
            ..Architecture::fully_connected(points.inputs.ncols(), &[**neurons], 1)
        });
        let refused =
            |error: NetworkError| Diagnostic::new(error.to_string()).at(neurons.place().bytes());
        let network = network.map_err(refused)?;
        let targets = settings.data.targets(&points)?;
        Ok(Self {
            targets,
            inputs: points.inputs,
            statement: points.statement,
            network,
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            network, descent, ..
        } = &self.settings;
        vec![
            ("points".into(), self.inputs.nrows().to_string()),
            ("hidden neurons".into(), network.neurons.to_string()),
            ("Euler steps".into(), format!("{:?}", descent.steps)),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.statement.clone()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { flow, descent, .. } = &self.settings;
        let first = self.start()?;
        let parameters = first
            .layered()
            .parameters(&self.network)
            .map_err(RunError::numerical)?;
        let unit = 2.0 / sharpness(&self.flow()?, &parameters).map_err(RunError::numerical)?;
        let end = *flow.t_end * unit;
        let last = *flow.looks as f64;
        let times: Vec<f64> = (0..=*flow.looks)
            .map(|look| end * look as f64 / last)
            .collect();

        let mut starts = vec![first.clone()];
        for start in Start::ALL {
            starts.push(self.symmetric(&first, start)?);
        }
        let mut steps: Vec<usize> = descent.steps.iter().map(|steps| **steps).collect();
        steps.sort_unstable();
        progress.begin("runs", (starts.len() + steps.len()) as u64);
        let names = ["first"].into_iter().chain(Start::ALL.map(Start::name));
        let names: Vec<String> = names.map(|name| format!("flow-{name}")).collect();
        let courses = ensemble(progress, &names, |job| self.course(&starts[job], &times))?;
        let names: Vec<String> = steps
            .iter()
            .map(|steps| format!("descent-{steps}"))
            .collect();
        let descent = ensemble(progress, &names, |job| {
            let flow = self.flow()?;
            let drift = balance_drift(&flow, &self.network, &parameters, end, steps[job]);
            drift.map_err(RunError::numerical)
        })?;

        let run = |(start, course): (Start, &Course)| {
            Ok(SymmetricRun {
                start,
                apart: self.apart(&courses[0], course)?,
                losses: course.losses.clone(),
            })
        };
        let runs = Start::ALL.into_iter().zip(&courses[1..]).map(run);
        Ok(Findings {
            runs: runs.collect::<Result<_, RunError>>()?,
            flow_drift: courses
                .iter()
                .map(|course| course.drift)
                .fold(0.0, f64::max),
            losses: courses[0].losses.clone(),
            orders: Orders::of(&descent),
            descent,
            times,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut runs = Table::new([
            "start",
            "functions apart at the start",
            "at the end",
            "weights apart at the start",
            "at the end",
            "canonical weights apart at the start",
            "at the end",
        ]);
        for run in &findings.runs {
            let ends = [run.apart.first(), run.apart.last()];
            let get = |get: fn(&Apart) -> f64| ends.map(|end| end.map(get).into());
            let functions = get(|apart| apart.functions);
            let weights = get(|apart| apart.weights);
            let orbits = get(|apart| apart.orbits);
            let distances = functions.into_iter().chain(weights).chain(orbits);
            runs.push([run.start.name().into()].into_iter().chain(distances));
        }
        let mut drifts = Table::new(["rate", "change after one step", "change at the end"]);
        for drift in &findings.descent {
            drifts.push([drift.rate.into(), drift.first.into(), drift.last.into()]);
        }
        drifts.push([0.0.into(), Cell::Empty, findings.flow_drift.into()]);
        vec![("runs".into(), runs), ("balance".into(), drifts)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let word = |order: Option<f64>| order.map_or("-".into(), |order| format!("{order:.3}"));
        let Orders { one_step, end } = findings.orders;
        let line = format!(
            "|w|² + b² − |a|² changes with the power {} of the rate after one step, {} at the end; along the \
             flow by {:.1e}",
            word(one_step),
            word(end),
            findings.flow_drift
        );
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        tables.chain([Block::Line(line)]).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = format!(
            "{} rectifiers, {} points, squared loss",
            settings.network.neurons, settings.data.train.examples
        );
        vec![
            functions(findings, &subtitle),
            balance(findings, &subtitle),
            weights(findings, &subtitle),
            losses(findings, &subtitle),
        ]
    }
}
