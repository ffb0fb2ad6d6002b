//! One recorded trajectory of a network: samples, impulses, and their tables and figures.

use serde::{Deserialize, Serialize};

use super::{Array, Drawing, Table};
use crate::analysis::{Activity, Impulse, Samples};
use crate::figures::{NeuronCourse, Raster, RasterRow, TimeCourses};
use crate::networks::Pattern;
use crate::solver::{Engine, SolverError};

/// Most neurons that are drawn in panels of their own: more do not fit on a page.
const MOST_PANELS: usize = 16;

/// A trajectory from its start to a given time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// The neurons that belong to the mode that it shows.
    pub active: Pattern,
    /// Time at its end.
    pub end: f64,
    /// Equidistant times.
    pub t: Array,
    /// The states then: times x neurons.
    pub x: Array,
    /// Complete impulses of every neuron.
    pub impulses: Vec<Vec<Impulse>>,
}

impl Course {
    /// Follows `engine` to `end` and keeps `samples` equidistant states.
    pub fn record(
        engine: &mut dyn Engine,
        end: f64,
        samples: usize,
        active: Pattern,
    ) -> Result<Self, SolverError> {
        let neurons = engine.state().len();
        let mut activity = Activity::new(engine.time(), engine.state());
        let mut samples = Samples::equidistant(engine.time(), end, samples, neurons);
        while engine.time() < end {
            let piece = engine.advance(end)?;
            activity.watch(piece);
            samples.watch(piece);
        }
        Ok(Self {
            active,
            end,
            t: Array::list("t", samples.times().to_vec())
                .along(["sample"], "time in the unit of the delay"),
            x: Array::rows("x", neurons, samples.values().to_vec()).along(
                ["sample, at the times of t", "neuron"],
                "state of the neuron, in units of the model",
            ),
            impulses: (0..neurons)
                .map(|j| activity.impulses(j).to_vec())
                .collect(),
        })
    }

    fn neurons(&self) -> usize {
        self.impulses.len()
    }

    /// `trajectory.csv` and `impulses.csv`.
    pub fn tables(&self) -> Vec<(String, Table)> {
        let names = (1..=self.neurons()).map(|neuron| format!("x{neuron}"));
        let mut trajectory = Table::new(std::iter::once("t".to_owned()).chain(names));
        for (time, state) in self
            .t
            .values
            .iter()
            .zip(self.x.values.chunks(self.neurons()))
        {
            let row = std::iter::once(time).chain(state);
            trajectory.push(row.map(|value| (*value).into()));
        }
        let mut impulses = Table::new(["neuron", "onset", "offset"]);
        for (neuron, list) in self.impulses.iter().enumerate() {
            for impulse in list {
                impulses.push([
                    (neuron + 1).into(),
                    impulse.onset.into(),
                    impulse.offset.into(),
                ]);
            }
        }
        vec![
            ("trajectory".into(), trajectory),
            ("impulses".into(), impulses),
        ]
    }

    /// `time-courses`, where there are not too many neurons for it, and `raster`.
    pub fn figures(&self, title: &str, subtitle: &str) -> Vec<Drawing> {
        let mut figures = Vec::new();
        if self.neurons() <= MOST_PANELS {
            let courses = self.time_courses(title, subtitle);
            figures.push(Drawing::of("time-courses", courses));
        }
        figures.push(Drawing::of("raster", self.raster(title, subtitle)));
        figures
    }

    fn time_courses(&self, title: &str, subtitle: &str) -> TimeCourses {
        let component = |neuron: usize| {
            let states = self.x.values.chunks(self.neurons());
            states.map(|state| state[neuron]).collect()
        };
        let neuron = |neuron: usize| NeuronCourse {
            label: format!("x{}", subscript(neuron + 1)),
            values: component(neuron),
            impulses: self.pairs(neuron),
            active: self.active[neuron],
        };
        TimeCourses {
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            time_axis: "time t (delays of a neuron)".into(),
            value_axis: "x = ln u / λ".into(),
            times: self.t.values.clone(),
            neurons: (0..self.neurons()).map(neuron).collect(),
            threshold: Some(0.0),
            ..TimeCourses::default()
        }
    }

    fn raster(&self, title: &str, subtitle: &str) -> Raster {
        let row = |neuron: usize| RasterRow {
            label: (neuron + 1).to_string(),
            impulses: self.pairs(neuron),
            active: self.active[neuron],
        };
        Raster {
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
            time_axis: "time t (delays of a neuron)".into(),
            span: (0.0, self.end),
            rows: (0..self.neurons()).map(row).collect(),
            ..Raster::default()
        }
    }

    fn pairs(&self, neuron: usize) -> Vec<(f64, f64)> {
        let impulses = self.impulses[neuron].iter();
        impulses
            .map(|impulse| (impulse.onset, impulse.offset))
            .collect()
    }
}

/// A number in subscript digits.
fn subscript(number: usize) -> String {
    let digit = |byte: u8| char::from_u32(0x2080 + u32::from(byte - b'0')).unwrap_or('?');
    number.to_string().bytes().map(digit).collect()
}
