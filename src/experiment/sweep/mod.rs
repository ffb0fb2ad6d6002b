//! A model at many values of some of its keys: points, rows, one table.
//!
//! A [`Sweep`] is a model and some [`Axis`]es, each a key with its values. Every point is the model with these overrides;
//! it becomes one row of `sweep.csv`: the keys, then every scalar of its report, or the reason why there is none.

mod axis;
mod definition;
mod error;
mod figures;
mod ledger;
mod row;
mod sampling;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::json;

use super::ensemble::each;
use super::{
    Block, ModelError, ModelFile, Outcome, Prepared, Progress, RunError, Silent, part, read,
};
use ledger::Ledger;
use row::{Row, Rows};

pub use axis::{Axis, Values};
pub use definition::Definition;
pub use error::SweepError;
pub use sampling::Sampling;

/// Most points of a sweep: each is a file while it runs.
pub const MOST_POINTS: usize = 1_000_000;

/// Time that looking at all points before the first one runs may take.
const CHECKING: Duration = Duration::from_secs(10);

/// Most rows that a summary shows.
const SHOWN: usize = 40;

/// A model at many points.
pub struct Sweep {
    model: ModelFile,
    definition: Definition,
    axes: Vec<Axis>,
    /// Values of the axes, point by point.
    points: Vec<Vec<f64>>,
}

impl Sweep {
    /// The points of a model, its overrides included.
    ///
    /// # Errors
    /// If the text of an axis is wrong, a key stands twice or holds no number, or there are no or too many points.
    pub fn new(model: ModelFile, definition: Definition) -> Result<Self, SweepError> {
        let axes = definition.over.iter().map(|text| Axis::read(text));
        let mut axes = axes.collect::<Result<Vec<Axis>, SweepError>>()?;
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|other| other.key == axis.key) {
                let key = axis.key.clone();
                return Err(SweepError::Twice { key });
            }
        }
        let resolved = read(&model).map(|prepared| prepared.resolved());
        let text = resolved.unwrap_or_else(|_| model.text().to_owned());
        for axis in &mut axes {
            axis.fit(&text)?;
        }
        let points = sampling::points(&axes, definition.sampling, definition.seed)?;
        Ok(Self {
            model,
            definition,
            axes,
            points,
        })
    }

    /// The text that [`Sweep::from_text`] reads: the whole sweep, with its model.
    #[must_use]
    pub fn text(&self) -> String {
        self.definition.text(&self.model)
    }

    /// The same sweep with other scalars to draw, if any are named.
    #[must_use]
    pub fn drawing(mut self, scalars: &[String]) -> Self {
        if !scalars.is_empty() {
            self.definition.draw = scalars.to_vec();
        }
        self
    }

    /// A sweep from its text.
    ///
    /// # Errors
    /// If it is no such text.
    pub fn from_text(text: &str) -> Result<Self, SweepError> {
        let (model, definition) = Definition::read(text)?;
        Self::new(model, definition)
    }

    /// The model without the keys of the sweep.
    #[must_use]
    pub fn model(&self) -> &ModelFile {
        &self.model
    }

    /// The axes, in the order in which they were given.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Values of the axes, point by point: those of the last axis change first.
    #[must_use]
    pub fn points(&self) -> &[Vec<f64>] {
        &self.points
    }

    /// The model of a point, validated.
    ///
    /// # Errors
    /// What the model file's reader says of it.
    pub fn prepare(&self, point: usize) -> Result<Prepared, Box<ModelError>> {
        let mut model = self.model.clone();
        for (axis, value) in self.axes.iter().zip(&self.points[point]) {
            model.set(&axis.assignment(*value))?;
        }
        read(&model)
    }

    /// Looks at all points, if that is quick, otherwise at the first: how many are refused.
    ///
    /// # Errors
    /// If all of them are: what is said of the first.
    pub fn check(&self) -> Result<usize, Box<ModelError>> {
        let begin = Instant::now();
        let first = self.prepare(0).err();
        let others = u32::try_from(self.points.len()).unwrap_or(u32::MAX);
        let looked = if begin.elapsed().saturating_mul(others) < CHECKING {
            self.points.len()
        } else {
            1
        };
        let refused = |point: &usize| self.prepare(*point).is_err();
        let refused = (0..looked).into_par_iter().filter(refused).count();
        match first {
            Some(first) if refused == self.points.len() => Err(first),
            _ => Ok(refused),
        }
    }

    /// Computes all points; with a folder, rows are appended to its `sweep.csv` as they come.
    ///
    /// # Errors
    /// If a row cannot be kept, or another rank has ended; [`RunError::NotDrawn`] after the first point if its report has no
    /// number of a name to draw. A point that fails is a row that says so.
    pub fn run(&self, progress: &dyn Progress, folder: Option<&Path>) -> Result<Outcome, RunError> {
        // what is drawn may change; rows of another sweep are no rows of this one
        let asked = Definition {
            draw: Vec::new(),
            ..self.definition.clone()
        };
        let asked = asked.text(&self.model);
        if part(progress, "definition", || Ok(asked.clone()))? != asked {
            return Err(RunError::DataChanged);
        }
        let keys: Vec<String> = self.axes.iter().map(|axis| axis.key.clone()).collect();
        let ledger = folder.map(|folder| Ledger::new(folder, keys.clone()));
        let names = (0..self.points.len()).map(|point| format!("point-{point}"));
        let names: Vec<String> = names.collect();
        progress.begin("points", names.len() as u64);
        let rows = each(
            progress,
            &names,
            |point| Ok(self.row(point)),
            |point, row| {
                // Hours are not spent on what would not be drawn.
                if let Some(words) = row.unknown(&self.definition.draw) {
                    return Err(RunError::NotDrawn(words));
                }
                if let Some(ledger) = &ledger {
                    ledger.add(point, &self.points[point], row)?;
                }
                progress.advance(1);
                Ok(())
            },
        )?;
        let all = self.points.iter().cloned().zip(rows).enumerate();
        let rows = Rows {
            keys,
            rows: all.collect(),
        };
        Ok(self.show(&rows))
    }

    /// What comes of a point.
    fn row(&self, point: usize) -> Row {
        let compute = || {
            let prepared = self.prepare(point).map_err(|error| error.to_string())?;
            let outcome = prepared.experiment().run(&Silent);
            outcome.map_err(|error| error.to_string())
        };
        let found = catch_unwind(AssertUnwindSafe(compute));
        match found.unwrap_or_else(|_| Err("this point has panicked".into())) {
            Ok(outcome) => Row::of(&outcome.report),
            Err(error) => Row::failed(&error),
        }
    }

    fn show(&self, rows: &Rows) -> Outcome {
        let table = rows.table();
        let failed = rows.rows.values().filter(|(_, row)| row.error.is_some());
        let failed = failed.count();
        let count = self.points.len();
        let mut said = format!("{count} points");
        if failed > 0 {
            said += &format!(", {failed} without a result: the column `error` says why");
        }
        let (drawn, notes) = rows.chosen(&self.definition.draw);
        let mut summary = vec![Block::Line(said)];
        summary.extend(notes.into_iter().map(Block::Line));
        if count <= SHOWN {
            summary.push(Block::Table(rows.short_table(&drawn)));
        }
        Outcome {
            report: json!({
                "model": self.model.name(),
                "over": self.definition.over,
                "sampling": self.definition.sampling.map(|sampling| sampling.to_string()),
                "points": count,
                "failed": failed,
                "columns": table.columns(),
            }),
            summary,
            figures: figures::figures(&self.axes, rows, &drawn, self.model.name()),
            tables: vec![("sweep".into(), table)],
            ..Outcome::default()
        }
    }
}
