//! Kind `bursting`: the neuron with two delays, and its packets of impulses.

use serde::Serialize;

use super::settled::{Formula, Settlement, read_with_settlement};
use crate::analysis::settle;
use crate::experiment::course::Course;
use crate::experiment::sections::{OutputSettings, SettlingSettings, SolverSettings};
use crate::experiment::settings::{Lambda, Mistakes, Placed, Positive, Real, rules, settings};
use crate::experiment::{Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::BurstingNeuron;
use crate::solver::Statistics;

/// Time that is drawn of a trajectory which has not settled.
const UNSETTLED: f64 = 20.0;

/// Packets that are drawn of one that has.
const PERIODS: f64 = 5.0;

rules! {
    /// The shorter delay, in units of the longer.
    ShorterDelay = BetweenZeroAndOne, "above 0 and below 1", |h| h > 0.0 && h < 1.0;
}

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neuron.
        pub neuron: NeuronSettings,
        /// How it begins.
        pub history: HistorySettings,
        /// How it is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
        /// What is saved.
        pub output: OutputSettings,
    }

    /// Section `[neuron]`.
    pub struct NeuronSettings {
        /// Depth of the after-hyperpolarisation.
        pub a: Positive,
        /// Strength of the second feedback.
        pub b: Real,
        /// Delay of the first feedback.
        pub h: ShorterDelay,
        /// Steepness of the sigmoids.
        pub lambda: Lambda,
    }

    /// Section `[history]`.
    pub struct HistorySettings {
        /// `x(t)` for `t <= 0`.
        pub level: Real = -1.0,
    }
}

/// One neuron with two delays.
pub struct Bursting {
    settings: Settings,
    neuron: BurstingNeuron,
}

/// What is found.
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// The engine that has run.
    pub engine: String,
    /// Where the trajectory has settled.
    #[serde(flatten)]
    pub settlement: Settlement,
    /// Impulses of a packet in the relay limit, by the closed form.
    pub impulses_per_period_formula: Option<usize>,
    /// The trajectory from its start.
    pub course: Course,
    /// Cost of settling.
    pub statistics: Statistics,
}

read_with_settlement!(Findings {
    engine: String,
    impulses_per_period_formula: Option<usize>,
    course: Course,
    statistics: Statistics,
});

impl NeuronSettings {
    fn describe(&self) -> String {
        let Self { a, b, h, lambda } = self;
        format!("a = {a}, b = {b}, h = {h}, λ = {lambda}").replace("infinity", "∞")
    }
}

impl Study for Bursting {
    const NAME: &'static str = "bursting";
    const SUMMARY: &'static str = "one neuron with two delays, and its packets of impulses";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let NeuronSettings { a, b, h, lambda } = &settings.neuron;
        let neuron = BurstingNeuron::new(**a, **b, **h, lambda.value());
        let refused = |error: crate::networks::NetworkError| {
            Diagnostic::new(error.to_string()).at(h.place().bytes())
        };
        Ok(Self {
            neuron: neuron.map_err(refused)?,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let level = self.settings.history.level;
        vec![
            ("equation".into(), "x' = f(x(t - h)) - g(x(t - 1))".into()),
            ("parameters".into(), self.settings.neuron.describe()),
            ("history".into(), format!("x = {level}")),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("settling", 1);
        let Settings {
            neuron,
            history,
            solver,
            analysis,
            output,
        } = &self.settings;
        let options = solver.options();
        let settling = analysis.settling(neuron.lambda.is_relay(), *solver.tolerance, 1e-4);
        let mut engine = self.neuron.engine(*history.level, options)?;
        let settled = settle(engine.as_mut(), settling)?;
        let exact = self.neuron.closed_form();
        let formula = Formula {
            period: exact.map(|(_, period)| period),
            ..Formula::default()
        };
        let cycle = settled.outcome.as_ref();
        let span = cycle.map_or(UNSETTLED, |cycle| PERIODS * cycle.period);
        let end = output.t_end.map_or(span, |end| *end);
        let mut again = self.neuron.engine(*history.level, options)?;
        Ok(Findings {
            engine: engine.name().to_owned(),
            settlement: Settlement::of(&settled, |_| formula),
            impulses_per_period_formula: exact.map(|(impulses, _)| impulses),
            course: Course::record(again.as_mut(), end, *output.samples, [true].into())?,
            statistics: settled.statistics,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        findings.course.tables()
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let mut summary = findings.settlement.summary();
        if !settings.neuron.lambda.is_relay() && findings.settlement.formula.period.is_some() {
            let line = "the closed form is that of the relay limit, λ = ∞";
            summary.push(Block::Line(line.into()));
        }
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let title = match &findings.settlement.cycle {
            Some(cycle) => format!(
                "One neuron with two delays: {} impulses in every packet",
                cycle.impulses_per_period[0]
            ),
            None => "One neuron with two delays, not settled".to_owned(),
        };
        findings.course.figures(&title, &settings.neuron.describe())
    }
}
