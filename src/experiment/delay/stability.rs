//! Kind `stability`: how a scalar delay equation leaves its steady state, and how fast neighbouring
//! trajectories part, along one parameter.

use serde::{Deserialize, Serialize};

use super::scalar::{EquationSettings, ScalarField};
use crate::analysis::{
    AxisCrossing, CharacteristicRoot, LyapunovSettings, LyapunovSpectrum, axis_crossings,
    lyapunov_exponents, rightmost_roots,
};
use crate::experiment::ensemble::ensemble;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Placed, Positive, Tolerance, Words, require, settings,
};
use crate::experiment::{Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::solver::{History, Method, Options, Statistics};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The equation.
        pub equation: EquationSettings,
        /// The parameter that varies.
        pub sweep: SweepSettings,
        /// Where trajectories begin.
        pub history: HistorySettings,
        /// How they are integrated.
        pub solver: SolverSettings,
        /// The exponents.
        pub lyapunov: ExponentSettings,
        /// The characteristic roots.
        pub roots: RootSettings,
    }

    /// Section `[sweep]`.
    pub struct SweepSettings {
        /// A parameter of the equation; its value there is replaced.
        pub parameter: Words,
        /// Its first value.
        pub from: Positive,
        /// Its last value.
        pub to: Positive,
        /// Number of equidistant values.
        pub points: Count<2>,
    }

    /// Section `[history]`.
    pub struct HistorySettings {
        /// `y(t)` for `t <= 0`, and the guess at the steady state.
        pub value: Positive,
    }

    /// Section `[solver]`.
    pub struct SolverSettings {
        /// Relative and absolute tolerance: far below the scatter of an exponent.
        pub tolerance: Tolerance = 1e-6,
        /// `tsit5`, `dop853` or `radau5`; absent, the first of them.
        pub method: Option<Choice<Method>>,
    }

    /// Section `[lyapunov]`.
    pub struct ExponentSettings {
        /// Number of exponents, from the largest down.
        pub exponents: Count,
        /// Time that is left out.
        pub transient: NonNegative,
        /// Time over which is averaged.
        pub duration: Positive,
    }

    /// Section `[roots]`.
    pub struct RootSettings {
        /// Characteristic roots in the table, from the right.
        pub count: Count = 4,
    }
}

/// A sweep over one parameter.
pub struct Stability {
    settings: Settings,
    parameters: Vec<f64>,
    /// Place of the parameter that varies.
    varied: usize,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Name of the equation.
    pub equation: String,
    /// The equation itself.
    pub formula: String,
    /// The parameter that varies.
    pub parameter: String,
    /// Where the rightmost root passes the imaginary axis.
    pub crossings: Vec<AxisCrossing>,
    /// Every value of the parameter.
    pub points: Vec<Point>,
    /// Cost of all exponents.
    pub statistics: Statistics,
}

/// What is found at one value of the parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "PointKeys")]
pub struct Point {
    /// The value.
    pub value: f64,
    /// The steady state.
    pub steady_state: f64,
    /// Its rightmost characteristic roots.
    pub roots: Vec<CharacteristicRoot>,
    /// The exponents of the trajectory.
    #[serde(flatten)]
    pub spectrum: LyapunovSpectrum,
}

/// The keys of a point in a report, spelled out for its schema, which sees nothing of what serde's `flatten` reads.
#[derive(Deserialize)]
struct PointKeys {
    value: f64,
    steady_state: f64,
    roots: Vec<CharacteristicRoot>,
    exponents: Vec<f64>,
    errors: Vec<f64>,
    dimension: Option<f64>,
    duration: f64,
    statistics: Statistics,
}

impl From<PointKeys> for Point {
    fn from(keys: PointKeys) -> Self {
        Self {
            value: keys.value,
            steady_state: keys.steady_state,
            roots: keys.roots,
            spectrum: LyapunovSpectrum {
                exponents: keys.exponents,
                errors: keys.errors,
                dimension: keys.dimension,
                duration: keys.duration,
                statistics: keys.statistics,
            },
        }
    }
}

impl Stability {
    /// The values of the parameter.
    fn values(&self) -> Vec<f64> {
        let SweepSettings {
            from, to, points, ..
        } = &self.settings.sweep;
        let last = (**points - 1) as f64;
        let value = |index: usize| **from + index as f64 / last * (**to - **from);
        (0..**points).map(value).collect()
    }

    fn field(&self, value: f64) -> Result<ScalarField, RunError> {
        let mut parameters = self.parameters.clone();
        parameters[self.varied] = value;
        Ok((self.settings.equation.equation().build)(&parameters)?)
    }

    /// Steady state and characteristic roots at one value of the parameter.
    fn linear(&self, value: f64, count: usize) -> Result<(f64, Vec<CharacteristicRoot>), RunError> {
        let guess = [*self.settings.history.value];
        let found = rightmost_roots(&*self.field(value)?, &guess, count);
        let (steady, roots) = found.map_err(RunError::numerical)?;
        Ok((steady[0], roots))
    }

    fn point(&self, value: f64) -> Result<Point, RunError> {
        let Settings {
            history,
            solver,
            lyapunov,
            roots,
            ..
        } = &self.settings;
        let (steady_state, roots) = self.linear(value, *roots.count)?;
        let settings = LyapunovSettings {
            exponents: *lyapunov.exponents,
            transient: *lyapunov.transient,
            duration: *lyapunov.duration,
            solver: Options {
                method: solver.method.map(|method| *method),
                ..Options::with_tolerance(*solver.tolerance)
            },
            ..LyapunovSettings::default()
        };
        let history = History::constant(&[*history.value]);
        let spectrum = lyapunov_exponents(&*self.field(value)?, history, &settings);
        Ok(Point {
            value,
            steady_state,
            roots,
            spectrum: spectrum.map_err(RunError::numerical)?,
        })
    }
}

impl Study for Stability {
    const NAME: &'static str = "stability";
    const SUMMARY: &'static str =
        "characteristic roots and Lyapunov exponents of a scalar delay equation";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let (equation, parameters) = settings.equation.resolve()?;
        let SweepSettings {
            parameter,
            from,
            to,
            ..
        } = &settings.sweep;
        let mut mistakes = Mistakes::default();
        let (points, exponents) = (&settings.sweep.points, &settings.lyapunov.exponents);
        // Sixteen numbers a point in tables and curves; of the exponents every pair is made orthogonal.
        let bytes = 16.0 * NUMBER * **points as f64;
        mistakes.note(require_memory(points, "the sweep", bytes));
        let bytes = NUMBER * (**exponents as f64).powi(2);
        mistakes.note(require_memory(exponents, "the disturbances", bytes));
        let known = equation.parameters;
        let varied = known.iter().position(|key| *key == &**parameter);
        let unknown =
            || Diagnostic::unknown("parameter", parameter, parameter.place().bytes(), known);
        let varied = mistakes.note(varied.ok_or_else(unknown));
        mistakes.note(require(
            to,
            **to > **from,
            format!("the sweep ends at {to}, which is not after its begin {from}"),
            "this end",
            "choose `to` > `from`",
        ));
        mistakes.end()?;
        Ok(Self {
            varied: varied.unwrap_or(0),
            settings,
            parameters,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            equation,
            sweep,
            lyapunov,
            roots,
            ..
        } = &self.settings;
        let SweepSettings {
            parameter,
            from,
            to,
            points,
        } = sweep;
        let exponents = format!(
            "{} over {} after {}",
            lyapunov.exponents, lyapunov.duration, lyapunov.transient
        );
        vec![
            ("equation".into(), equation.equation().formula.to_owned()),
            ("parameters".into(), equation.subtitle(parameter)),
            (
                "sweep".into(),
                format!("{parameter} from {from} to {to}, {points} points"),
            ),
            ("Lyapunov exponents".into(), exponents),
            ("characteristic roots".into(), roots.count.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let values = self.values();
        progress.begin("exponents", values.len() as u64);
        let names: Vec<String> = (0..values.len()).map(|at| format!("point-{at}")).collect();
        let points: Vec<Point> = ensemble(progress, &names, |at| self.point(values[at]))?;
        let rates: Vec<(f64, f64)> = points.iter().map(|p| (p.value, p.roots[0].re)).collect();
        let crossings = axis_crossings(&rates, |value| {
            let (_, roots) = self.linear(value, 1)?;
            Ok::<_, RunError>(roots[0])
        })?;
        let equation = self.settings.equation.equation();
        Ok(Findings {
            equation: equation.name.to_owned(),
            formula: equation.formula.to_owned(),
            parameter: self.settings.sweep.parameter.to_string(),
            crossings,
            statistics: points.iter().map(|point| point.spectrum.statistics).sum(),
            points,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let name = findings.parameter.as_str();
        let mut rates = Table::new([
            name,
            "steady state",
            "root re",
            "root im",
            "exponent",
            "error",
            "dimension",
        ]);
        let mut exponents = Table::new([name, "number", "exponent", "error"]);
        let mut roots = Table::new([name, "number", "re", "im", "error"]);
        for point in &findings.points {
            let (root, spectrum) = (point.roots[0], &point.spectrum);
            rates.push([
                point.value.into(),
                point.steady_state.into(),
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
        vec![
            ("rates".into(), rates),
            ("exponents".into(), exponents),
            ("roots".into(), roots),
        ]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let name = &findings.parameter;
        let passes = |crossing: &AxisCrossing| {
            Block::Line(format!(
                "the rightmost root passes the imaginary axis at {name} = {:.8}, frequency {:.8}",
                crossing.value, crossing.frequency
            ))
        };
        let mut summary: Vec<Block> = findings.crossings.iter().map(passes).collect();
        let exponent = |point: &&Point| point.spectrum.exponents[0];
        let largest = findings
            .points
            .iter()
            .max_by(|a, b| exponent(a).total_cmp(&exponent(b)));
        if let Some(point) = largest {
            summary.push(Block::Line(format!(
                "the largest Lyapunov exponent of the sweep is {:.5} +- {:.5}, at {name} = {}",
                point.spectrum.exponents[0], point.spectrum.errors[0], point.value
            )));
        }
        let rates = Self::tables(settings, findings).into_iter().next();
        summary.extend(rates.map(|(_, table)| Block::Table(table)));
        summary
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let points = &findings.points;
        let leaving = points.iter().map(|point| (point.value, point.roots[0].re));
        let largest = points
            .iter()
            .map(|point| (point.value, point.spectrum.exponents[0]));
        let name = &findings.parameter;
        let crossings = findings.crossings.iter().map(|crossing| Reference {
            label: format!("{:.4}", crossing.value),
            at: crossing.value,
            direction: Direction::Vertical,
        });
        let zero = Reference {
            label: "0".into(),
            at: 0.0,
            direction: Direction::Horizontal,
        };
        let roots = "rightmost root at the steady state";
        let exponents = "largest Lyapunov exponent";
        let lines = Lines {
            title: findings.formula.replace('-', "−"),
            subtitle: settings.equation.subtitle(name),
            x: Axis::linear(name.clone()),
            y: Axis::linear("rate per unit of time"),
            series: vec![
                Series::new(roots, leaving.collect(), Look::Line),
                Series::new(exponents, largest.collect(), Look::Markers)
                    .with_errors(points.iter().map(|point| point.spectrum.errors[0])),
            ],
            references: [zero].into_iter().chain(crossings).collect(),
            ..Lines::default()
        };
        vec![Drawing::of("stability", lines)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{ModelFile, Silent, read};

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
        let found = model.study::<Stability>().unwrap().find(&Silent).unwrap();
        let [crossing] = found.crossings[..] else {
            panic!("{:?}", found.crossings);
        };
        let exact = (-0.25_f64).acos() / 0.15_f64.sqrt();
        assert!((crossing.value - exact).abs() < 1e-8);
        assert!((crossing.frequency - 0.15_f64.sqrt()).abs() < 1e-8);
        // below, the exponent is the rate of the root; above, that of the shift along the cycle
        let (first, last) = (&found.points[0], &found.points[2]);
        let (exponent, root) = (first.spectrum.exponents[0], first.roots[0].re);
        assert!((exponent - root).abs() < 2e-3, "{exponent} {root}");
        let (exponent, error) = (last.spectrum.exponents[0], last.spectrum.errors[0]);
        assert!(exponent.abs() < 2e-3, "{exponent}");
        assert!(exponent.abs() < 3.0 * error, "{exponent} +- {error}");
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
