//! One recorded trajectory of a network: samples, impulses, and their tables and figures.

use super::{Array, Drawing, Outcome, Table};
use crate::analysis::{Activity, Samples};
use crate::figures::{Figure, NeuronCourse, Raster, RasterRow, TimeCourses};
use crate::networks::Pattern;
use crate::solver::{Engine, SolverError};

/// Most neurons that are drawn in panels of their own.
const MOST_PANELS: usize = 16;

/// A trajectory from its start to a given time.
pub(super) struct Course {
    samples: Samples,
    activity: Activity,
    active: Pattern,
}

impl Course {
    /// Follows `engine` to `end` and keeps `samples` equidistant states; `active` are the
    /// neurons that belong to the mode that it shows.
    pub fn record(
        engine: &mut dyn Engine,
        end: f64,
        samples: usize,
        active: Pattern,
    ) -> Result<Self, SolverError> {
        let mut activity = Activity::new(engine.time(), engine.state());
        let mut samples = Samples::equidistant(engine.time(), end, samples, engine.state().len());
        while engine.time() < end {
            let piece = engine.advance(end)?;
            activity.watch(piece);
            samples.watch(piece);
        }
        Ok(Self {
            samples,
            activity,
            active,
        })
    }

    /// Adds the trajectory to an outcome: `trajectory.csv`, `impulses.csv`, `t.npy`, `x.npy` and the
    /// figures `time-courses` and `raster`.
    pub fn add_to(&self, outcome: &mut Outcome, title: &str, subtitle: &str) {
        let neurons = self.activity.neurons();
        let times = self.samples.times();
        let values = self.samples.values();
        let names = (1..=neurons).map(|neuron| format!("x{neuron}"));
        let mut trajectory = Table::new(std::iter::once("t".to_owned()).chain(names));
        for (time, state) in times.iter().zip(values.chunks(neurons)) {
            let row = std::iter::once(time).chain(state);
            trajectory.push(row.map(|value| (*value).into()));
        }
        let mut impulses = Table::new(["neuron", "onset", "offset"]);
        for neuron in 0..neurons {
            for impulse in self.activity.impulses(neuron) {
                impulses.push([
                    (neuron + 1).into(),
                    impulse.onset.into(),
                    impulse.offset.into(),
                ]);
            }
        }
        outcome.tables.push(("trajectory".into(), trajectory));
        outcome.tables.push(("impulses".into(), impulses));
        outcome.arrays.push(Array::list("t", times.to_vec()));
        outcome
            .arrays
            .push(Array::rows("x", neurons, values.to_vec()));
        if neurons <= MOST_PANELS {
            let courses = self.time_courses(title, subtitle);
            outcome.figures.push(drawing("time-courses", courses));
        }
        outcome
            .figures
            .push(drawing("raster", self.raster(title, subtitle)));
    }

    fn time_courses(&self, title: &str, subtitle: &str) -> TimeCourses {
        let neuron = |neuron: usize| NeuronCourse {
            label: format!("x{}", subscript(neuron + 1)),
            values: self.samples.component(neuron),
            impulses: self.impulses(neuron),
            active: self.active[neuron],
        };
        TimeCourses {
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            time_axis: "time t (delays of a neuron)".into(),
            value_axis: "x = ln u / λ".into(),
            times: self.samples.times().to_vec(),
            neurons: (0..self.active.len()).map(neuron).collect(),
            threshold: Some(0.0),
        }
    }

    fn raster(&self, title: &str, subtitle: &str) -> Raster {
        let row = |neuron: usize| RasterRow {
            label: (neuron + 1).to_string(),
            impulses: self.impulses(neuron),
            active: self.active[neuron],
        };
        Raster {
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            time_axis: "time t (delays of a neuron)".into(),
            span: (0.0, self.activity.time()),
            rows: (0..self.active.len()).map(row).collect(),
        }
    }

    fn impulses(&self, neuron: usize) -> Vec<(f64, f64)> {
        let impulses = self.activity.impulses(neuron).iter();
        impulses
            .map(|impulse| (impulse.onset, impulse.offset))
            .collect()
    }
}

/// A figure that is drawn when the run directory is written.
pub(super) fn drawing(name: &str, figure: impl Figure + Send + Sync + 'static) -> Drawing {
    Drawing::new(name, move |folder, name| {
        figure.save(folder, name)?;
        Ok(())
    })
}

/// A number in subscript digits.
fn subscript(number: usize) -> String {
    let digit = |byte: u8| char::from_u32(0x2080 + u32::from(byte - b'0')).unwrap_or('?');
    number.to_string().bytes().map(digit).collect()
}
