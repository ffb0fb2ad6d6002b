//! What the kind `attractor-topology` looks at: the trajectories of two models, or one's own points or series.

use nalgebra::DMatrix;

use super::attractor_topology::{EmbeddingSettings, Settings};
use crate::analysis::Samples;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::delay::scalar::{EquationSettings, ScalarField};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Count, Flat, Mistakes, NonNegative, Placed, Positive, Section, require, settings,
};
use crate::experiment::{DataStatement, Diagnostic, RunError};
use crate::networks::ImpulseNetwork;
use crate::probes::homology::delay_embedding;
use crate::solver::Engine;

settings! {
    /// Section `[data]`.
    pub struct DataSettings {
        /// One's own points, one a row, in place of both attractors; or a series of one number a row.
        pub own: Flat<OwnSettings>,
        /// From one coordinate of a point to the next, in readings of a series.
        pub lag: Option<Count>,
    }

    /// Sections `[cycle]` and `[chaos]`.
    pub struct WindowSettings {
        /// Time that is left out.
        pub transient: NonNegative,
        /// Time that is looked at after that.
        pub duration: Positive,
        /// From one coordinate of a point to the next.
        pub lag: Positive,
    }

    /// Section `[past]`.
    pub struct PastSettings {
        /// `y(t)` for `t <= 0`.
        pub value: NonNegative,
    }
}

/// Where points come from.
pub(super) enum Source {
    Models(Box<Models>),
    Own(Box<OwnPoints>),
}

/// One's own points.
pub(super) struct OwnPoints {
    /// One a row.
    pub points: DMatrix<f64>,
    /// The lag of a series in readings, or 0.
    pub lag: f64,
    pub said: DataStatement,
}

/// Two models and where they are looked at.
pub(super) struct Models {
    pub network: ImpulseNetwork,
    pub state: Vec<f64>,
    pub field: ScalarField,
    pub equation: String,
    pub past: f64,
    pub cycle: WindowSettings,
    pub chaos: WindowSettings,
    pub plan: Vec<(String, String)>,
}

impl WindowSettings {
    /// Equidistant samples of a component, and the time between them.
    pub(super) fn sample(
        &self,
        engine: &mut dyn Engine,
        component: usize,
        samples: usize,
    ) -> Result<(Vec<f64>, f64), RunError> {
        let start = *self.transient;
        let end = start + *self.duration;
        let dimension = engine.state().len();
        let mut taken = Samples::equidistant(start, end, samples, dimension);
        while engine.time() < end {
            taken.watch(engine.advance(end)?);
        }
        let states = taken.values().chunks(dimension);
        let series = states.map(|state| state[component]).collect();
        Ok((series, *self.duration / (samples - 1) as f64))
    }

    /// Refuses points that reach over the whole window.
    fn check(&self, embedding: &EmbeddingSettings) -> Result<(), Diagnostic> {
        let span = (*embedding.dimension - 1) as f64 * *self.lag;
        require(
            &self.lag,
            span < *self.duration,
            format!(
                "a point reaches over {span}, the whole window over {}",
                *self.duration
            ),
            "too long",
            "choose a smaller `lag` or a longer `duration`",
        )
    }
}

/// A section that the models need.
fn needed<T: Clone>(section: &Option<T>, name: &str) -> Result<T, Diagnostic> {
    section.clone().ok_or_else(|| {
        let missing = Diagnostic::new(format!("the section `{name}` is missing"));
        missing.help(format!(
            "add a section `[{name}]`, or give your own points as `inputs` of a section `[data]`"
        ))
    })
}

impl Source {
    /// The models, or one's own points; sections that nobody has written get their defaults if they are needed.
    pub fn read(settings: &mut Settings, seed: u64) -> Result<Self, Mistakes> {
        let data = &settings.data;
        let given = data.own.is_given()?;
        require(
            &data.lag,
            given || data.lag.is_none(),
            "this belongs to `inputs`, which are not given",
            "without inputs",
            "give `inputs = \"x.npy\"` as well, or leave it out",
        )?;
        if given {
            return Self::own(settings);
        }
        settings.coupling = settings.coupling.take().or_else(Section::unwritten);
        settings.history = settings.history.take().or_else(Section::unwritten);
        Ok(Self::Models(Box::new(Models::read(settings, seed)?)))
    }

    fn own(settings: &Settings) -> Result<Self, Mistakes> {
        let idle = [
            ("network", settings.network.is_some()),
            ("coupling", settings.coupling.is_some()),
            ("history", settings.history.is_some()),
            ("cycle", settings.cycle.is_some()),
            ("equation", settings.equation.is_some()),
            ("past", settings.past.is_some()),
            ("chaos", settings.chaos.is_some()),
        ];
        let own = &settings.data.own;
        if let Some((name, _)) = idle.into_iter().find(|(_, there)| *there) {
            let both = format!("one's own points stand in place of the section `[{name}]`");
            return Err(Diagnostic::new(both)
                .at(own.inputs.place().bytes())
                .label("beside a model")
                .help("leave the sections of the models out, or the inputs")
                .into());
        }
        let found = own.alone("points have none")?;
        let (rows, width) = found.inputs.shape();
        let (lag, dimension) = (settings.data.lag, *settings.embedding.dimension);
        let place = lag.map_or(own.inputs.place(), |lag| lag.place());
        require(
            &place,
            (width == 1) == lag.is_some(),
            format!("{width} numbers a row: a series of one number has a lag, points have none"),
            "these inputs",
            "give `lag`, from one coordinate of a point to the next in readings, for one column alone",
        )?;
        let points = match lag {
            None => found.inputs,
            Some(lag) => {
                let span = (dimension - 1) as f64 * *lag as f64;
                require(
                    &lag,
                    span < rows as f64,
                    format!("a point reaches over {span} readings of {rows}"),
                    "too long",
                    "choose a smaller `lag` or a longer series",
                )?;
                let series = standardised(found.inputs.as_slice());
                let points = delay_embedding(&series, dimension, *lag);
                points.map_err(|error| Diagnostic::new(error.to_string()).at(place.bytes()))?
            }
        };
        let landmarks = &settings.embedding.landmarks;
        let most = points.nrows();
        require(
            landmarks,
            **landmarks <= most,
            format!("{landmarks} landmarks among {most} points"),
            "more than there are",
            format!("give `landmarks` in `[embedding]` a value up to {most}, or more points"),
        )?;
        Ok(Self::Own(Box::new(OwnPoints {
            points,
            lag: lag.map_or(0.0, |lag| *lag as f64),
            said: found.statement,
        })))
    }
}

impl Models {
    fn read(settings: &Settings, seed: u64) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let network = mistakes.note(needed(&settings.network, "network"));
        let cycle = mistakes.note(needed(&settings.cycle, "cycle"));
        let equation = mistakes.note(needed(&settings.equation, "equation"));
        let past = mistakes.note(needed(&settings.past, "past"));
        let chaos = mistakes.note(needed(&settings.chaos, "chaos"));
        for window in [&cycle, &chaos].into_iter().flatten() {
            mistakes.note(window.check(&settings.embedding));
        }
        let coupling = mistakes.note(needed(&settings.coupling, "coupling"));
        let history = mistakes.note(needed(&settings.history, "history"));
        let made = network.as_ref().zip(coupling);
        let made = made.map(|(network, coupling)| network.network(&coupling, seed));
        let made = made.and_then(|made| mistakes.note(made));
        let resolved = equation.as_ref().map(EquationSettings::resolve);
        let resolved = resolved.and_then(|resolved| mistakes.note(resolved));
        let (Some(network), Some(cycle), Some(equation)) = (network, cycle, equation) else {
            return Err(mistakes);
        };
        let (Some(past), Some(chaos), Some(history)) = (past, chaos, history) else {
            return Err(mistakes);
        };
        let (Some(made), Some((built, parameters))) = (made, resolved) else {
            return Err(mistakes);
        };
        mistakes.end()?;
        let state = history.state(&made, seed)?;
        let samples = &settings.embedding.samples;
        let bytes = NUMBER * **samples as f64 * state.len() as f64;
        require_memory(samples, "the samples", bytes)?;
        Ok(Self {
            field: equation.field(built, &parameters)?,
            equation: equation.equation().name.to_owned(),
            past: *past.value,
            plan: vec![
                ("cycle".into(), network.describe(&[])),
                ("equation".into(), equation.equation().formula.into()),
                ("parameters".into(), equation.subtitle("")),
            ],
            network: made,
            state,
            cycle,
            chaos,
        })
    }

    /// The neuron that begins highest, which is active.
    pub fn highest(&self) -> usize {
        let neurons = 0..self.network.neurons();
        let highest = neurons.max_by(|a, b| self.state[*a].total_cmp(&self.state[*b]));
        highest.unwrap_or(0)
    }
}

/// With mean 0 and variance 1; what never varies stays as it is.
pub(super) fn standardised(series: &[f64]) -> Vec<f64> {
    let count = series.len() as f64;
    let mean = series.iter().sum::<f64>() / count;
    let variance = series.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    series.iter().map(|x| (x - mean) / scale).collect()
}
