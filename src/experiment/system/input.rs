//! An input: a function of time by its points.

use toml_edit::Item;

use crate::experiment::Diagnostic;
use crate::experiment::data::files::refuse_file;
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{Choice, Given, KeyAbout, Mistakes, Section, Setting, settings};
use crate::language::{Between, Data, TimeCourse};

settings! {
    /// Points, and what lies between them.
    pub struct PointSettings {
        /// Rows of a time and one or more values: a file (.csv, .npy), or written out.
        pub points: Numbers,
        /// `lines` from one to the next, or `steps`: what it was at the point before.
        pub between: Choice<Between> = Between::Lines,
    }
}

/// An input: its points alone, or a section with them.
#[derive(Debug, Clone)]
pub struct InputSettings(PointSettings);

impl Setting for InputSettings {
    fn expected() -> String {
        format!("{}, or a section with `points`", Numbers::expected())
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [Numbers::schema(), PointSettings::schema()] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if given.section().is_some() {
            return PointSettings::read(given, mistakes).map(Self);
        }
        let points = Numbers::read(given, mistakes)?;
        let between = Between::Lines.into();
        Some(Self(PointSettings { points, between }))
    }

    fn write(&self) -> Item {
        if *self.0.between == Between::Lines {
            return self.0.points.write();
        }
        self.0.write()
    }

    fn inner() -> Vec<KeyAbout> {
        PointSettings::about()
    }
}

impl InputSettings {
    /// The function of time, and its points if they were read from a file.
    pub(super) fn course(&self) -> Result<(TimeCourse, Option<Data>), Diagnostic> {
        let PointSettings { points, between } = &self.0;
        let data = points.data()?;
        let columns = match data.shape[..] {
            [_, columns] => columns,
            // one row is written like a vector
            _ => data.values.len().max(1),
        };
        let rows: Vec<Vec<f64>> = data.values.chunks(columns).map(<[f64]>::to_vec).collect();
        let course = TimeCourse::new(&rows, **between).map_err(|error| {
            let problem = match error.row() {
                Some(row) => format!("row {} of the points: {error}", row + 1),
                None => error.to_string(),
            };
            refuse_file(
                points,
                &problem,
                "write rows of a time and its values, sorted by time",
            )
        })?;
        Ok((course, points.is_file().then_some(data)))
    }
}
