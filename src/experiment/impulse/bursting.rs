//! Kind `bursting`: the neuron with two delays, and its packets of impulses.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::settings::{AnalysisSettings, OutputSettings, SolverSettings};
use super::settled::{self, Formula};
use crate::analysis::{Settling, settle};
use crate::experiment::course::Course;
use crate::experiment::rules::{at_least, each, finite, positive, unwritten};
use crate::experiment::{
    Diagnostic, Experiment, Kind, Lambda, ModelFile, Outcome, Progress, RunError,
};
use crate::networks::BurstingNeuron;
use crate::solver::Options;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "bursting",
    summary: "one neuron with two delays, and its packets of impulses",
    read: |model| Ok(read(model)?),
    show: None,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    neuron: NeuronSettings,
    #[serde(default)]
    history: HistorySettings,
    #[serde(default)]
    solver: SolverSettings,
    #[serde(default)]
    analysis: AnalysisSettings,
    #[serde(default)]
    output: OutputSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NeuronSettings {
    a: Spanned<f64>,
    b: Spanned<f64>,
    h: Spanned<f64>,
    lambda: Lambda,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HistorySettings {
    /// `x(t)` for `t <= 0`.
    level: Spanned<f64>,
}

impl Default for HistorySettings {
    fn default() -> Self {
        Self {
            level: unwritten(-1.0),
        }
    }
}

struct Bursting {
    settings: Settings,
    neuron: BurstingNeuron,
    options: Options,
    settling: Settling,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let NeuronSettings { a, b, h, lambda } = &settings.neuron;
    positive("a", a)?;
    finite("b", b)?;
    each("h", h, "between 0 and 1", |h| h > 0.0 && h < 1.0)?;
    finite("level", &settings.history.level)?;
    positive("t_end", &settings.output.t_end)?;
    at_least("samples", &settings.output.samples, 2)?;
    let options = settings.solver.options()?;
    let settling =
        settings
            .analysis
            .settling(lambda.is_relay(), options.relative_tolerance, 1e-4)?;
    let neuron = BurstingNeuron::new(*a.get_ref(), *b.get_ref(), *h.get_ref(), lambda.value())
        .map_err(|error| Diagnostic::new(error.to_string()).at(h.span()))?;
    Ok(Box::new(Bursting {
        settings,
        neuron,
        options,
        settling,
    }))
}

impl Experiment for Bursting {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let NeuronSettings { a, b, h, lambda } = &self.settings.neuron;
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("equation", "x' = f(x(t - h)) - g(x(t - 1))".into()),
            pair("parameters", format!("a = {a}, b = {b}, h = {h}")),
            pair("lambda", lambda.to_string()),
            pair("history", format!("x = {}", self.settings.history.level)),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        progress.begin("settling", 1);
        let level = *self.settings.history.level.get_ref();
        let mut engine = self.neuron.engine(level, self.options)?;
        let settled = settle(engine.as_mut(), self.settling)?;
        let exact = self.neuron.closed_form();
        let formula = Formula {
            period: exact.map(|(_, period)| period),
            ..Formula::default()
        };

        let mut report = settled::report(&settled, formula);
        report.insert("engine".into(), engine.name().into());
        report.insert(
            "impulses_per_period_formula".into(),
            serde_json::to_value(exact.map(|(impulses, _)| impulses))?,
        );

        let span = settled
            .outcome
            .as_ref()
            .map_or(20.0, |cycle| 5.0 * cycle.period);
        let output = &self.settings.output;
        let end = output.t_end.as_ref().map_or(span, |end| *end.get_ref());
        let mut again = self.neuron.engine(level, self.options)?;
        let samples = *output.samples.get_ref();
        let course = Course::record(again.as_mut(), end, samples, [true].into())?;

        let mut outcome = Outcome {
            report: report.into(),
            summary: settled::summary(&settled, formula),
            statistics: serde_json::to_value(settled.statistics)?,
            ..Outcome::default()
        };
        let NeuronSettings { a, b, h, lambda } = &self.settings.neuron;
        let steepness = if lambda.is_relay() {
            "relay limit".into()
        } else {
            format!("λ = {lambda}")
        };
        let title = settled.outcome.as_ref().map_or_else(
            |_| "A neuron with two delays".to_owned(),
            |cycle| format!("Packets of {} impulses", cycle.impulses_per_period[0]),
        );
        course.add_to(
            &mut outcome,
            &title,
            &format!("a = {a}, b = {b}, h = {h}, {steepness}"),
        );
        Ok(outcome)
    }
}
