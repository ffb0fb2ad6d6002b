//! Kind `boundary`: one memory followed through a parameter to where it is lost.

use serde::{Deserialize, Serialize};

use super::axis::admit;
use super::history::WrittenPattern;
use super::network::{CouplingSettings, NetworkSettings};
use crate::analysis::{
    Boundary as Lost, Certificate, Continuation, ContinuationError, continue_cycle, size_margin,
};
use crate::experiment::settings::{
    Choice, Count, Mistakes, Placed, Positive, Real, require, settings,
};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::networks::{Cue, ImpulseFamily, ImpulseParameter, Pattern};
use crate::numerics::root::bracketed_root;

/// Looks at the closed form for every step of the way: its root must not be stepped over.
const LOOKS: usize = 10;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The network that is varied.
        pub network: NetworkSettings,
        /// Who hears whom in it.
        pub coupling: CouplingSettings,
        /// What is followed, and how far.
        pub continuation: ContinuationSettings,
    }

    /// Section `[continuation]`.
    pub struct ContinuationSettings {
        /// The memory.
        pub pattern: WrittenPattern,
        /// The parameter: a, b, c, h or mismatch.
        pub parameter: Choice<ImpulseParameter>,
        /// Its value at the start.
        pub from: Real,
        /// Its value at the end, on either side.
        pub to: Real,
        /// Equal steps on the way.
        pub steps: Count = 40,
        /// Width to which the boundary is found: ten digits, near the rounding of a certificate.
        pub tolerance: Positive = 1e-10,
    }
}

/// One memory and its way.
pub struct Boundary {
    settings: Settings,
    family: ImpulseFamily,
    pattern: Pattern,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The memory.
    pub pattern: Pattern,
    /// The parameter.
    pub parameter: ImpulseParameter,
    /// The parameter and the certified cycle there, in the order of the way.
    pub points: Vec<(f64, Certificate)>,
    /// Where the cycle is lost; `None` if it is there all the way.
    pub boundary: Option<Lost>,
    /// Where the closed form of a homogeneous network loses it.
    pub boundary_formula: Option<f64>,
}

impl Boundary {
    /// Where the closed form changes sign first on the way, in a homogeneous network.
    fn closed_form(&self) -> Option<f64> {
        let way = &self.settings.continuation;
        let margin = |value: f64| {
            let network = self.family.network(&[(*way.parameter, value)]).ok()?;
            size_margin(&network, self.pattern.k())
        };
        let count = LOOKS * *way.steps;
        let at = |n: usize| *way.from + (*way.to - *way.from) * n as f64 / count as f64;
        let crossing = (0..count).find_map(|n| {
            let ends = [at(n), at(n + 1)].map(|value| Some((value, margin(value)?)));
            let [Some(inside), Some(beyond)] = ends else {
                return None;
            };
            (inside.1 > 0.0 && beyond.1 <= 0.0).then_some([inside, beyond])
        });
        let mut ends = crossing?;
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let inside = |value: f64| margin(value).unwrap_or(-1.0);
        Some(bracketed_root(inside, ends[0], ends[1], 0.0))
    }
}

impl Study for Boundary {
    const NAME: &'static str = "boundary";
    const SUMMARY: &'static str =
        "one memory of a relay network followed through a parameter to where it is lost";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let ContinuationSettings {
            pattern,
            parameter,
            from,
            to,
            ..
        } = &settings.continuation;
        let mut mistakes = Mistakes::default();
        mistakes.note(admit(**parameter, from));
        mistakes.note(admit(**parameter, to));
        mistakes.note(require(
            to,
            from != to,
            "the way ends where it begins",
            "this end",
            "choose `to` different from `from`",
        ));
        let network = &settings.network;
        let family = mistakes.note(network.family(&settings.coupling, &[parameter], header.seed));
        let shown = mistakes.note(pattern.pattern(*network.neurons));
        mistakes.note(require(
            &pattern.place(),
            shown.as_ref().is_none_or(|shown| shown.k() > 0),
            "the empty pattern is no memory",
            "nobody fires",
            "write at least one 1",
        ));
        mistakes.end()?;
        let (Some(family), Some(pattern)) = (family, shown) else {
            return Err(Mistakes::default());
        };
        Ok(Self {
            settings,
            family,
            pattern,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let ContinuationSettings {
            parameter,
            from,
            to,
            steps,
            ..
        } = &self.settings.continuation;
        let way = format!("{} from {from} to {to}, {steps} steps", parameter.name());
        vec![
            ("neurons".into(), self.family.neurons().to_string()),
            ("pattern".into(), self.pattern.to_string()),
            ("parameter".into(), way),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("following the cycle", 1);
        let way = &self.settings.continuation;
        let family = |value: f64| self.family.network(&[(*way.parameter, value)]);
        // Silent neurons that start at their lowest stay below their course on the cycle.
        let cue = Cue {
            spread: 0.0,
            silent: (1.0, 1.0),
            ..Cue::default()
        };
        let state = cue.state(&self.pattern, &family(*way.from)?.parameters().c, 0, 0);
        let ends = (*way.from, *way.to);
        let Continuation { points, boundary } =
            continue_cycle(&family, &state, ends, *way.steps, *way.tolerance)
                .map_err(RunError::numerical)?;
        let first = &points[0].1.pattern;
        if *first != self.pattern {
            return Err(RunError::numerical(ContinuationError::OtherPattern {
                wanted: self.pattern.clone(),
                found: first.clone(),
            }));
        }
        Ok(Findings {
            pattern: self.pattern.clone(),
            parameter: *way.parameter,
            points,
            boundary,
            boundary_formula: self.closed_form(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            findings.parameter.name(),
            "period",
            "leading_multiplier",
            "silent_margin",
            "crossing_margin",
            "residual",
            "stability",
        ]);
        for (value, certificate) in &findings.points {
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
        vec![("continuation".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let (pattern, name) = (&findings.pattern, findings.parameter.name());
        let line = match &findings.boundary {
            None => format!("{pattern} is kept all the way"),
            Some(boundary) => {
                let closed = |formula: f64| format!(", in closed form at {formula:.10}");
                let closed = findings.boundary_formula.map_or_else(String::new, closed);
                let (value, how) = (boundary.value, boundary.ending.name());
                format!("{pattern} is lost at {name} = {value:.10}{closed}: {how}")
            }
        };
        vec![Block::Line(line)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let Findings {
            pattern, parameter, ..
        } = findings;
        let points = &findings.points;
        let first = &points[0].1;
        let curve = |label: &str, value: &dyn Fn(&Certificate) -> Option<f64>| {
            let known = points
                .iter()
                .filter_map(|(at, found)| Some((*at, value(found)?)));
            Series::new(label, known.collect(), Look::LineAndMarkers)
        };
        let mut series = vec![
            curve("period / first period", &|found| {
                Some(found.period / first.period)
            }),
            curve("largest multiplier", &|found| Some(found.leading)),
            curve("margin of the silent / first margin", &|found| {
                Some(found.silent_margin? / first.silent_margin?)
            }),
        ];
        series.retain(|series| !series.points.is_empty());
        let reference = |formula: f64| Reference {
            label: format!("closed form: {formula:.6}").replace('-', "−"),
            at: formula,
            direction: Direction::Vertical,
        };
        let title = match &findings.boundary {
            Some(boundary) => format!("The memory {pattern} is lost: {}", boundary.ending.name()),
            None => format!("The memory {pattern} is kept"),
        };
        let lines = Lines {
            title,
            subtitle: settings.network.describe(&[*parameter]),
            x: Axis::linear(format!("parameter {}", parameter.name())),
            y: Axis::linear("share"),
            series,
            references: findings
                .boundary_formula
                .map(reference)
                .into_iter()
                .collect(),
            ..Lines::default()
        };
        vec![Drawing::of("continuation", lines)]
    }
}
