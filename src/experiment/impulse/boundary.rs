//! Kind `boundary`: one memory followed through a parameter to where it is lost.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::parameter::{Family, Parameter};
use super::settings::{CouplingSettings, NetworkSettings};
use crate::analysis::{Continuation, ContinuationError, Loss, ReferenceNetwork, continue_cycle};
use crate::experiment::Table;
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, WrittenPattern,
};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::networks::{Cue, Pattern};
use crate::numerics::root::bracketed_root;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "boundary",
    summary: "one memory of a relay network followed through a parameter to where it is lost",
    read: |model| Ok(read(model)?),
    show: None,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    network: NetworkSettings,
    #[serde(default)]
    coupling: CouplingSettings,
    continuation: ContinuationSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContinuationSettings {
    pattern: Spanned<WrittenPattern>,
    parameter: Parameter,
    from: Spanned<f64>,
    to: Spanned<f64>,
    #[serde(default = "forty")]
    steps: Spanned<usize>,
    /// Width to which the boundary is found.
    #[serde(default = "fine")]
    tolerance: Spanned<f64>,
}

fn forty() -> Spanned<usize> {
    unwritten(40)
}

fn fine() -> Spanned<f64> {
    unwritten(1e-10)
}

struct ToBoundary {
    settings: Settings,
    family: Family,
    pattern: Pattern,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let family = Family::read(model, &settings.network, &settings.coupling)?;
    let ContinuationSettings {
        pattern,
        parameter,
        from,
        to,
        steps,
        tolerance,
    } = &settings.continuation;
    parameter.check(&[from.clone(), to.clone()])?;
    at_least("steps", steps, 1)?;
    positive("tolerance", tolerance)?;
    let neurons = family.neurons();
    let wanted = pattern.get_ref().pattern(neurons);
    let wanted = wanted.filter(|wanted| wanted.k() > 0);
    require(
        pattern,
        wanted.is_some(),
        format!("`pattern` {pattern} is not a pattern of {neurons} neurons"),
        "this pattern",
        format!("write {neurons} digits, 1 for an active neuron and 0 for a silent one"),
    )?;
    Ok(Box::new(ToBoundary {
        pattern: wanted.unwrap_or_default(),
        settings,
        family,
    }))
}

impl ToBoundary {
    /// Where the closed form changes sign first on the way, in a homogeneous network.
    fn closed_form(&self) -> Option<f64> {
        let ContinuationSettings {
            parameter,
            from,
            to,
            steps,
            ..
        } = &self.settings.continuation;
        let k = self.pattern.k();
        let margin = |value: f64| {
            let network = self.family.network(&[(*parameter, value)]).ok()?;
            let (a, b, c, h) = network.as_homogeneous()?;
            ReferenceNetwork::new(a, b, c, h)?.margin(k, self.pattern.len())
        };
        let (from, to) = (*from.get_ref(), *to.get_ref());
        let count = 10 * steps.get_ref();
        let at = |n: usize| from + (to - from) * n as f64 / count as f64;
        let crossing = (0..count).find_map(|n| {
            let ends = [at(n), at(n + 1)];
            let (Some(first), Some(second)) = (margin(ends[0]), margin(ends[1])) else {
                return None;
            };
            let values = [first, second];
            (values[0] > 0.0 && values[1] <= 0.0).then_some((ends, values))
        });
        let (ends, values) = crossing?;
        let mut ends = [(ends[0], values[0]), (ends[1], values[1])];
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let inside = |value: f64| margin(value).unwrap_or(-1.0);
        Some(bracketed_root(inside, ends[0], ends[1], 0.0))
    }

    fn figure(&self, found: &Continuation, formula: Option<f64>) -> Lines {
        let name = self.settings.continuation.parameter.name();
        let curve = |label: &str, value: &dyn Fn(&crate::analysis::Certificate) -> Option<f64>| {
            let points = found.points.iter();
            let points = points.filter_map(|(at, certificate)| Some((*at, value(certificate)?)));
            Series::new(label, points.collect(), Look::LineAndMarkers)
        };
        let mut series = vec![
            curve("period / first period", &|certificate| {
                Some(certificate.period / found.points[0].1.period)
            }),
            curve("largest multiplier", &|certificate| {
                Some(certificate.leading)
            }),
            curve("margin of the silent / first margin", &|certificate| {
                Some(certificate.silent_margin? / found.points[0].1.silent_margin?)
            }),
        ];
        series.retain(|series| !series.points.is_empty());
        let mut references = Vec::new();
        if let Some(formula) = formula {
            references.push(Reference {
                label: format!("closed form: {formula:.6}").replace('-', "−"),
                at: formula,
                direction: Direction::Vertical,
            });
        }
        let title = match &found.boundary {
            Some(boundary) => format!(
                "The memory {} is lost: {}",
                found.points[0].1.pattern,
                boundary.loss.name()
            ),
            None => format!("The memory {} is kept", found.points[0].1.pattern),
        };
        Lines {
            title,
            subtitle: self
                .family
                .describe(&[self.settings.continuation.parameter]),
            x: Axis::linear(format!("parameter {name}")),
            y: Axis::linear("share"),
            series,
            references,
            ..Lines::default()
        }
    }
}

impl Experiment for ToBoundary {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let ContinuationSettings {
            pattern,
            parameter,
            from,
            to,
            steps,
            ..
        } = &self.settings.continuation;
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("neurons", self.family.neurons().to_string()),
            pair("pattern", pattern.to_string()),
            pair(
                "parameter",
                format!("{} from {from} to {to}, {steps} steps", parameter.name()),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        progress.begin("following the cycle", 1);
        let ContinuationSettings {
            parameter,
            from,
            to,
            steps,
            tolerance,
            ..
        } = &self.settings.continuation;
        let family = |value: f64| self.family.network(&[(*parameter, value)]);
        let start = family(*from.get_ref()).map_err(RunError::numerical)?;
        // Silent neurons that start at their lowest stay below their course on the cycle.
        let cue = Cue {
            spread: 0.0,
            silent: (1.0, 1.0),
            ..Cue::default()
        };
        let state = cue.state(&self.pattern, &start.parameters().c, 0, 0);
        let ends = (*from.get_ref(), *to.get_ref());
        let found = continue_cycle(
            &family,
            &state,
            ends,
            *steps.get_ref(),
            *tolerance.get_ref(),
        )
        .map_err(RunError::numerical)?;
        let (wanted, first) = (&self.pattern, &found.points[0].1.pattern);
        if first != wanted {
            return Err(RunError::numerical(ContinuationError::OtherPattern {
                wanted: wanted.clone(),
                found: first.clone(),
            }));
        }
        let formula = self.closed_form();
        progress.advance(1);

        let name = parameter.name();
        let mut table = Table::new([
            name,
            "period",
            "leading_multiplier",
            "silent_margin",
            "crossing_margin",
            "residual",
            "stability",
        ]);
        for (value, certificate) in &found.points {
            table.push([
                (*value).into(),
                certificate.period.into(),
                certificate.leading.into(),
                certificate.silent_margin.into(),
                certificate.crossing_margin.into(),
                certificate.residual.into(),
                certificate.stability.name().into(),
            ]);
        }
        let line = match &found.boundary {
            None => format!("{} is kept all the way", found.points[0].1.pattern),
            Some(boundary) => {
                let place = formula.map_or_else(String::new, |formula| {
                    format!(", in closed form at {formula:.10}")
                });
                format!(
                    "{} is lost at {name} = {:.10}{place}: {}",
                    found.points[0].1.pattern,
                    boundary.value,
                    boundary.loss.name()
                )
            }
        };
        let report = json!({
            "pattern": found.points[0].1.pattern,
            "parameter": name,
            "boundary": found.boundary,
            "boundary_formula": formula,
            "loss": found.boundary.as_ref().map(|boundary| Loss::name(boundary.loss)),
            "points": found.points,
        });
        let figure = self.figure(&found, formula);
        Ok(Outcome {
            report,
            summary: vec![Block::Line(line)],
            tables: vec![("continuation".into(), table)],
            figures: vec![drawing("continuation", figure)],
            ..Outcome::default()
        })
    }
}
