//! Kind `edge-of-stability`: gradient descent drives the sharpness to `2 / rate`, the flow does not.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::deep::DeepSettings;
use super::points::PointSettings;
use super::size::Size;
use crate::experiment::ensemble::ensemble;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, Positive, Real, Tolerance, settings,
};
use crate::experiment::{DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::solver::Options;
use crate::training::flow::{
    FlowError, FlowMethod, GradientFlow, Reading, Readings, Squared, read, read_descent, read_flow,
};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// By which network.
        pub network: DeepSettings,
        /// How.
        pub descent: DescentSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The inputs.
        pub train: PointSettings,
        /// The targets are `sin(frequency x_1)` of the first number of an input, unless inputs come with their own.
        pub frequency: Real,
    }

    /// Section `[descent]`.
    pub struct DescentSettings {
        /// Rates in units of `2 / sharpness` at the start: below 1 the start is stable.
        pub rates: NonEmpty<Positive>,
        /// Time of the flow, in units of `2 / sharpness` at the start.
        pub t_end: Positive,
        /// Looks at every course.
        pub looks: Count<2> = 60,
        /// How the flow is followed.
        pub method: Choice<FlowMethod> = FlowMethod::default(),
        /// Error of the flow: 1e-4 is far below what the eye sees in a loss.
        pub tolerance: Tolerance = 1e-4,
    }
}

impl Settings {
    /// Whether everything fits, before there is anything.
    fn require_memory(&self) -> Result<(), Mistakes> {
        let (train, descent) = (&self.data.train, &self.descent);
        let mut mistakes = Mistakes::default();
        mistakes.note(train.require_memory(0));
        let size = Size {
            image: train.image(),
            convolution: None,
            width: self.network.width,
            depth: self.network.depth,
            outputs: 1,
            examples: train.examples,
        };
        size.require(1, *size.examples, &mut mistakes);
        let slowest = descent.rates.iter().map(|rate| **rate);
        let steps = *descent.t_end / slowest.fold(f64::INFINITY, f64::min);
        let what = "the losses of all steps";
        mistakes.note(require_memory(&descent.t_end, what, NUMBER * steps));
        // Five monitors and their time.
        let looks = NUMBER * 6.0 * *descent.looks as f64;
        mistakes.note(require_memory(&descent.looks, "what is looked at", looks));
        mistakes.end()
    }
}

/// Descent at several rates beside the flow.
pub struct EdgeOfStability {
    settings: Settings,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    statement: Option<DataStatement>,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Descent at every rate, from the smallest, and the flow last.
    pub courses: Vec<Course>,
}

/// What is seen along one course.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "CourseKeys")]
pub struct Course {
    /// Rate in the time of the flow; `None` for the flow itself.
    pub rate: Option<f64>,
    /// The monitors.
    #[serde(flatten)]
    pub seen: Readings,
}

/// The keys of a course in a report, spelled out for its schema, which sees nothing of what serde's `flatten` reads.
#[derive(Deserialize)]
struct CourseKeys {
    rate: Option<f64>,
    times: Vec<f64>,
    readings: Vec<Reading>,
}

impl From<CourseKeys> for Course {
    fn from(keys: CourseKeys) -> Self {
        Self {
            rate: keys.rate,
            seen: Readings {
                times: keys.times,
                readings: keys.readings,
            },
        }
    }
}

impl EdgeOfStability {
    /// Follows the flow (`None`) or descends at a rate, in units of `2 / sharpness` at the start.
    fn course(&self, rate: Option<f64>) -> Result<Course, FlowError> {
        let Settings {
            network, descent, ..
        } = &self.settings;
        let deep = network.network(self.inputs.ncols())?;
        let start = deep.initial(*network.law, self.seed)?;
        let flow = GradientFlow::new(&deep, &self.inputs, &self.targets, &Squared)?;
        let unit = 2.0 / read(&flow, &start)?.sharpness;
        let (end, looks) = (*descent.t_end * unit, *descent.looks);
        let rate = rate.map(|rate| rate * unit);
        let options = Options {
            absolute_tolerance: 1e-2 * *descent.tolerance,
            ..Options::with_tolerance(*descent.tolerance)
        };
        let seen = match rate {
            Some(rate) => read_descent(&flow, &start, end, looks, rate)?,
            None => read_flow(&flow, &start, end, looks, *descent.method, &options)?,
        };
        Ok(Course { rate, seen })
    }
}

impl Course {
    fn name(&self) -> String {
        match self.rate {
            Some(rate) => format!("descent, η = {rate:.3}"),
            None => "gradient flow".to_owned(),
        }
    }
}

impl Study for EdgeOfStability {
    const NAME: &'static str = "edge-of-stability";
    const SUMMARY: &'static str =
        "sharpness along gradient descent at several rates, beside that along the flow";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.require_memory()?;
        let points = settings.data.train.read(0, header.seed)?;
        let deep = &settings.network;
        let made = deep.network(points.inputs.ncols());
        made.map_err(|error| deep.unit.refused(None, &error))?;
        let target = |x: f64| (*settings.data.frequency * x).sin();
        Ok(Self {
            targets: points.one_target(&settings.data.train, || {
                points.inputs.columns(0, 1).map(target)
            })?,
            inputs: points.inputs,
            statement: points.statement,
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let rates = &self.settings.descent.rates;
        vec![
            ("points".into(), self.inputs.nrows().to_string()),
            ("rates".into(), format!("{rates:?} of 2 / sharpness")),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.statement.clone()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let mut rates: Vec<f64> = self
            .settings
            .descent
            .rates
            .iter()
            .map(|rate| **rate)
            .collect();
        rates.sort_by(f64::total_cmp);
        let jobs: Vec<Option<f64>> = rates.into_iter().map(Some).chain([None]).collect();
        let name =
            |rate: &Option<f64>| rate.map_or("flow".into(), |rate| format!("descent-{rate:e}"));
        let names: Vec<String> = jobs.iter().map(name).collect();
        progress.begin("courses", jobs.len() as u64);
        let courses = ensemble(progress, &names, |job| {
            self.course(jobs[job]).map_err(RunError::numerical)
        })?;
        Ok(Findings { courses })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "course",
            "2 / rate",
            "sharpness at the start",
            "largest",
            "late",
            "top of the kernel at the end",
            "loss at the end",
        ]);
        for course in &findings.courses {
            let readings = &course.seen.readings;
            let (first, last) = (readings.first(), readings.last());
            let sharpness = readings.iter().map(|reading| reading.sharpness);
            table.push([
                course.name().into(),
                course.rate.map(|rate| 2.0 / rate).into(),
                first.map(|reading| reading.sharpness).into(),
                sharpness.reduce(f64::max).into(),
                course.seen.late_sharpness().into(),
                last.map(|reading| reading.kernel_top).into(),
                last.map(|reading| reading.loss).into(),
            ]);
        }
        vec![("courses".into(), table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = format!(
            "{}; {} points, squared loss",
            settings.network.describe(),
            settings.data.train.examples
        );
        let figure = |title: &str, y: Axis, get: fn(&Reading) -> f64| Lines {
            title: title.into(),
            subtitle: subtitle.clone(),
            x: Axis::linear("time of the flow t = rate × steps"),
            y,
            series: findings
                .courses
                .iter()
                .map(|course| series(course, get))
                .collect(),
            ..Lines::default()
        };
        let edges = findings.courses.iter().filter_map(|course| course.rate);
        let edge = |rate: f64| Reference {
            label: format!("2/{rate:.3}"),
            at: 2.0 / rate,
            direction: Direction::Horizontal,
        };
        let sharpness = Lines {
            references: edges.map(edge).collect(),
            ..figure(
                "Descent holds the sharpness at 2/η, the flow lets it rise",
                Axis::linear("sharpness"),
                |reading| reading.sharpness,
            )
        };
        let loss = figure(
            "Loss along the same courses",
            Axis::logarithmic("loss"),
            |r| r.loss,
        );
        let kernel = figure(
            "Top of the tangent kernel along the same courses",
            Axis::linear("λₘₐₓ(Θ)"),
            |reading| reading.kernel_top,
        );
        vec![
            Drawing::of("sharpness", sharpness),
            Drawing::of("loss", loss),
            Drawing::of("kernel-top", kernel),
        ]
    }
}

/// One monitor along a course; a logarithmic axis has no place for an exact zero.
fn series(course: &Course, get: fn(&Reading) -> f64) -> Series {
    let Readings { times, readings } = &course.seen;
    let points = times.iter().zip(readings);
    let points = points.map(|(time, reading)| (*time, get(reading).max(1e-12)));
    Series::new(course.name(), points.collect(), Look::Line)
}
