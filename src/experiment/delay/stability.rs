//! Kind `stability`: how a scalar delay equation leaves its steady state, and how fast neighbouring
//! trajectories part, along one parameter.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::scalar::{Equation, EquationSettings};
use crate::analysis::{
    CharacteristicRoot, LinearError, LyapunovSettings, LyapunovSpectrum, linearise,
    lyapunov_exponents, steady_state,
};
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, non_negative, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::numerics::root::bracketed_root;
use crate::solver::{History, Method, Options, Statistics};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "stability",
    summary: "characteristic roots and Lyapunov exponents of a scalar delay equation",
    read: |model| Ok(read(model)?),
    show: None,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    equation: EquationSettings,
    sweep: SweepSettings,
    history: HistorySettings,
    #[serde(default)]
    solver: SolverSettings,
    lyapunov: ExponentSettings,
    #[serde(default)]
    roots: RootSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SweepSettings {
    /// A parameter of the equation; its value there is the one before the sweep.
    parameter: Spanned<String>,
    from: Spanned<f64>,
    to: Spanned<f64>,
    points: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistorySettings {
    /// `y(t)` for `t <= 0`, and the guess at the steady state.
    value: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SolverSettings {
    tolerance: Spanned<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
}

impl Default for SolverSettings {
    fn default() -> Self {
        Self {
            tolerance: unwritten(1e-6),
            method: None,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExponentSettings {
    /// Number of exponents, from the largest down.
    exponents: Spanned<usize>,
    transient: Spanned<f64>,
    duration: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RootSettings {
    /// Characteristic roots in the table, from the right.
    count: Spanned<usize>,
}

impl Default for RootSettings {
    fn default() -> Self {
        Self {
            count: unwritten(4),
        }
    }
}

struct Stability {
    settings: Settings,
    equation: &'static Equation,
    parameters: Vec<f64>,
    /// Place of the parameter that varies.
    varied: usize,
}

/// What is found at one value of the parameter.
struct Point {
    value: f64,
    steady: f64,
    roots: Vec<CharacteristicRoot>,
    spectrum: LyapunovSpectrum,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let (equation, parameters) = settings.equation.resolve()?;
    let SweepSettings {
        parameter,
        from,
        to,
        points,
    } = &settings.sweep;
    let name = parameter.get_ref();
    let varied = equation.parameters.iter().position(|key| key == name);
    let varied = varied.ok_or_else(|| {
        Diagnostic::unknown("parameter", name, parameter.span(), equation.parameters)
    })?;
    positive("from", from)?;
    require(
        to,
        to.get_ref() > from.get_ref() && to.get_ref().is_finite(),
        format!("the sweep ends at {to}, which is not after its begin {from}"),
        "this end",
        "choose `to` > `from`",
    )?;
    at_least("points", points, 2)?;
    positive("value", &settings.history.value)?;
    positive("tolerance", &settings.solver.tolerance)?;
    at_least("exponents", &settings.lyapunov.exponents, 1)?;
    non_negative("transient", &settings.lyapunov.transient)?;
    positive("duration", &settings.lyapunov.duration)?;
    at_least("count", &settings.roots.count, 1)?;
    Ok(Box::new(Stability {
        settings,
        equation,
        parameters,
        varied,
    }))
}

impl Stability {
    /// The values of the parameter.
    fn values(&self) -> Vec<f64> {
        let sweep = &self.settings.sweep;
        let (from, to) = (*sweep.from.get_ref(), *sweep.to.get_ref());
        let last = sweep.points.get_ref() - 1;
        let part = |index| index as f64 / last as f64;
        (0..=last)
            .map(|index| from + part(index) * (to - from))
            .collect()
    }

    /// Steady state and characteristic roots at one value of the parameter.
    fn linear(&self, value: f64, count: usize) -> Result<(f64, Vec<CharacteristicRoot>), RunError> {
        let field = self.field(value)?;
        let guess = *self.settings.history.value.get_ref();
        let numerical = |error: LinearError| RunError::numerical(error);
        let steady = steady_state(&*field, &[guess]).map_err(numerical)?;
        let linear = linearise(&*field, &steady).map_err(numerical)?;
        let roots = linear.characteristic_roots(count).map_err(numerical)?;
        Ok((steady[0], roots))
    }

    fn field(&self, value: f64) -> Result<super::scalar::Field, RunError> {
        let mut parameters = self.parameters.clone();
        parameters[self.varied] = value;
        (self.equation.build)(&parameters).map_err(RunError::numerical)
    }

    fn point(&self, value: f64) -> Result<Point, RunError> {
        let (steady, roots) = self.linear(value, *self.settings.roots.count.get_ref())?;
        let solver = &self.settings.solver;
        let lyapunov = &self.settings.lyapunov;
        let settings = LyapunovSettings {
            exponents: *lyapunov.exponents.get_ref(),
            transient: *lyapunov.transient.get_ref(),
            duration: *lyapunov.duration.get_ref(),
            solver: Options {
                method: solver.method,
                ..Options::with_tolerance(*solver.tolerance.get_ref())
            },
            ..LyapunovSettings::default()
        };
        let history = History::constant(&[*self.settings.history.value.get_ref()]);
        let spectrum = lyapunov_exponents(&*self.field(value)?, history, &settings)
            .map_err(RunError::numerical)?;
        Ok(Point {
            value,
            steady,
            roots,
            spectrum,
        })
    }

    /// Where between two points the rightmost root passes the imaginary axis: value, frequency.
    fn crossings(&self, points: &[Point]) -> Result<Vec<(f64, f64)>, RunError> {
        let rate = |point: &Point| point.roots[0].re;
        let mut found = Vec::new();
        for pair in points.windows(2) {
            let (old, new) = (rate(&pair[0]), rate(&pair[1]));
            if (old > 0.0) == (new > 0.0) {
                continue;
            }
            let mut failure = None;
            let value = bracketed_root(
                |value| match self.linear(value, 1) {
                    Ok((_, roots)) => roots[0].re,
                    Err(error) => {
                        failure = Some(error);
                        0.0
                    }
                },
                (pair[0].value, old),
                (pair[1].value, new),
                1e-12,
            );
            if let Some(error) = failure {
                return Err(error);
            }
            let (_, roots) = self.linear(value, 1)?;
            found.push((value, roots[0].im));
        }
        Ok(found)
    }

    fn figure(&self, points: &[Point], crossings: &[(f64, f64)]) -> Lines {
        let largest = points
            .iter()
            .map(|point| (point.value, point.spectrum.exponents[0]));
        let leaving = points.iter().map(|point| (point.value, point.roots[0].re));
        let name = self.settings.sweep.parameter.get_ref();
        let mut references = vec![Reference {
            label: "0".into(),
            at: 0.0,
            direction: Direction::Horizontal,
        }];
        references.extend(crossings.iter().map(|(value, _)| Reference {
            label: format!("{value:.4}"),
            at: *value,
            direction: Direction::Vertical,
        }));
        Lines {
            title: self.equation.formula.replace('-', "−"),
            subtitle: self.settings.equation.subtitle(self.equation, name),
            x: Axis::linear(name.clone()),
            y: Axis::linear("rate per unit of time"),
            series: vec![
                Series::new(
                    "rightmost root at the steady state",
                    leaving.collect(),
                    Look::Line,
                ),
                Series {
                    errors: points
                        .iter()
                        .map(|point| point.spectrum.errors[0])
                        .collect(),
                    ..Series::new(
                        "largest Lyapunov exponent",
                        largest.collect(),
                        Look::Markers,
                    )
                },
            ],
            references,
            ..Lines::default()
        }
    }
}

impl Experiment for Stability {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let sweep = &self.settings.sweep;
        let lyapunov = &self.settings.lyapunov;
        let name = sweep.parameter.get_ref();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("equation", self.equation.formula.to_owned()),
            pair(
                "parameters",
                self.settings.equation.subtitle(self.equation, name),
            ),
            pair(
                "sweep",
                format!(
                    "{name} from {} to {}, {} points",
                    sweep.from, sweep.to, sweep.points
                ),
            ),
            pair(
                "Lyapunov exponents",
                format!(
                    "{} over {} after {}",
                    lyapunov.exponents, lyapunov.duration, lyapunov.transient
                ),
            ),
            pair(
                "characteristic roots",
                self.settings.roots.count.to_string(),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let values = self.values();
        progress.begin("exponents", values.len() as u64);
        let points = values.into_par_iter().map(|value| {
            let point = self.point(value);
            progress.advance(1);
            point
        });
        let points: Vec<Point> = points.collect::<Result<_, _>>()?;
        let crossings = self.crossings(&points)?;
        let name = self.settings.sweep.parameter.get_ref();

        let mut rates = Table::new([
            name.as_str(),
            "steady state",
            "root re",
            "root im",
            "exponent",
            "error",
            "dimension",
        ]);
        let mut exponents = Table::new([name.as_str(), "number", "exponent", "error"]);
        let mut roots = Table::new([name.as_str(), "number", "re", "im", "error"]);
        for point in &points {
            let (root, spectrum) = (point.roots[0], &point.spectrum);
            rates.push([
                point.value.into(),
                point.steady.into(),
                root.re.into(),
                root.im.into(),
                spectrum.exponents[0].into(),
                spectrum.errors[0].into(),
                spectrum.dimension.into(),
            ]);
            let pairs = spectrum.exponents.iter().zip(&spectrum.errors);
            for (number, (exponent, error)) in pairs.enumerate() {
                exponents.push([
                    point.value.into(),
                    (number + 1).into(),
                    (*exponent).into(),
                    (*error).into(),
                ]);
            }
            for (number, root) in point.roots.iter().enumerate() {
                roots.push([
                    point.value.into(),
                    (number + 1).into(),
                    root.re.into(),
                    root.im.into(),
                    root.error.into(),
                ]);
            }
        }

        let mut summary: Vec<Block> = crossings
            .iter()
            .map(|(value, frequency)| {
                Block::Line(format!(
                    "the rightmost root passes the imaginary axis at {name} = {value:.8}, \
                     frequency {frequency:.8}"
                ))
            })
            .collect();
        let largest = points.iter().max_by(|a, b| {
            let exponent = |point: &Point| point.spectrum.exponents[0];
            exponent(a).total_cmp(&exponent(b))
        });
        if let Some(point) = largest {
            summary.push(Block::Line(format!(
                "the largest Lyapunov exponent of the sweep is {:.5} +- {:.5}, at {name} = {}",
                point.spectrum.exponents[0], point.spectrum.errors[0], point.value
            )));
        }
        summary.push(Block::Table(rates.clone()));
        let report: Vec<_> = points
            .iter()
            .map(|point| {
                json!({
                    "value": point.value,
                    "steady_state": point.steady,
                    "roots": point.roots,
                    "exponents": point.spectrum.exponents,
                    "errors": point.spectrum.errors,
                    "dimension": point.spectrum.dimension,
                })
            })
            .collect();
        let crossing =
            |(value, frequency): &(f64, f64)| json!({ "value": value, "frequency": frequency });
        let total = points.iter().fold(Statistics::default(), |sum, point| {
            let part = point.spectrum.statistics;
            Statistics {
                steps: sum.steps + part.steps,
                rejected: sum.rejected + part.rejected,
                evaluations: sum.evaluations + part.evaluations,
                events: sum.events + part.events,
                breaking_points: sum.breaking_points + part.breaking_points,
            }
        });
        Ok(Outcome {
            report: json!({
                "equation": self.equation.name,
                "formula": self.equation.formula,
                "parameter": name,
                "crossings": crossings.iter().map(crossing).collect::<Vec<_>>(),
                "points": report,
            }),
            summary,
            tables: vec![
                ("rates".into(), rates),
                ("exponents".into(), exponents),
                ("roots".into(), roots),
            ],
            figures: vec![drawing("stability", self.figure(&points, &crossings))],
            statistics: serde_json::to_value(total)?,
            ..Outcome::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Silent, read};

    fn model(set: &[&str]) -> ModelFile {
        let mut model = ModelFile::open_shipped("mackey-glass-stability").unwrap();
        for assignment in set {
            model.set(assignment).unwrap();
        }
        model
    }

    /// The steady state 1 is left at `lag = arccos(-1/4) / sqrt(0.15)`.
    #[test]
    fn the_sweep_finds_where_blood_cells_begin_to_oscillate() {
        let model = model(&[
            "sweep.from=4",
            "sweep.to=6",
            "sweep.points=3",
            "lyapunov.duration=1000",
        ]);
        let outcome = read(&model).unwrap().experiment().run(&Silent).unwrap();
        let crossings = outcome.report["crossings"].as_array().unwrap().clone();
        assert_eq!(crossings.len(), 1);
        let exact = (-0.25_f64).acos() / 0.15_f64.sqrt();
        assert!((crossings[0]["value"].as_f64().unwrap() - exact).abs() < 1e-8);
        assert!((crossings[0]["frequency"].as_f64().unwrap() - 0.15_f64.sqrt()).abs() < 1e-8);
        // below, the exponent is the rate of the root; above, that of the shift along the cycle
        let points = outcome.report["points"].as_array().unwrap();
        let exponent = |index: usize| points[index]["exponents"][0].as_f64().unwrap();
        let root = points[0]["roots"][0]["re"].as_f64().unwrap();
        assert!((exponent(0) - root).abs() < 2e-3, "{} {root}", exponent(0));
        assert!(exponent(2).abs() < 2e-3, "{}", exponent(2));
    }

    #[test]
    fn a_sweep_of_nothing_is_refused() {
        for set in [
            "sweep.parameter=tau",
            "sweep.to=1",
            "sweep.points=1",
            "lyapunov.exponents=0",
        ] {
            assert!(read(&model(&[set])).is_err(), "{set}");
        }
    }
}
