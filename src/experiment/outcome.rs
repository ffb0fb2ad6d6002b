//! What a run gives back, or why it could not.

use std::error::Error;
use std::fmt;
use std::path::Path;

use serde_json::Value;
use thiserror::Error;

use super::array::{self, Array};
use super::{DataError, Table, Times};
use crate::cluster::CrewError;
use crate::figures::{Figure, PictureOptions, Untitled};
use crate::solver::SolverError;

/// Everything that a finished run has to say.
///
/// The report, the tables and the arrays depend on the settings and the seed alone; what depends
/// on the machine or the clock does not belong here.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Results, saved as `report.json` and printed by `--json`.
    pub report: Value,
    /// What a reader at a terminal wants to see.
    pub summary: Vec<Block>,
    /// Tables by name, saved as `<name>.csv`.
    pub tables: Vec<(String, Table)>,
    /// Arrays, saved as `<name>.npy`.
    pub arrays: Vec<Array>,
    /// Pictures, saved in `plots/`.
    pub figures: Vec<Drawing>,
    /// Cost of the run (steps, evaluations, ...), saved in `run.json`.
    pub statistics: Value,
    /// How long its parts took, saved in `run.json`; those that an earlier, interrupted run has kept are not among them.
    pub seconds: Times,
}

impl Outcome {
    /// Takes the report, with its arrays and its cost.
    pub(super) fn hold(&mut self, mut report: Value) {
        self.arrays.extend(array::take_out(&mut report));
        self.statistics = report.get("statistics").cloned().unwrap_or_default();
        self.report = report;
    }
}

/// One part of a summary.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A line of text.
    Line(String),
    /// A table.
    Table(Table),
}

/// Why a picture could not be drawn.
pub type DrawError = Box<dyn Error + Send + Sync>;

enum Draw {
    Figure(Box<dyn Figure + Send + Sync>),
    Own(Box<Own>),
}

type Own = dyn Fn(&Path, &str) -> Result<(), DrawError> + Send + Sync;

/// A picture that can be drawn on demand.
pub struct Drawing {
    /// File name without extension.
    pub name: String,
    draw: Draw,
}

impl Drawing {
    /// A picture; `draw` gets a folder and the name, and writes `<name>.svg` and `<name>.png`.
    ///
    /// ```
    /// use pulsatrix::experiment::Drawing;
    ///
    /// let drawing = Drawing::new("dot", |folder, name| {
    ///     Ok(std::fs::write(folder.join(format!("{name}.svg")), "<svg/>")?)
    /// });
    /// assert_eq!(drawing.name, "dot");
    /// ```
    pub fn new(
        name: impl Into<String>,
        draw: impl Fn(&Path, &str) -> Result<(), DrawError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            draw: Draw::Own(Box::new(draw)),
        }
    }

    /// A picture of the room of figures.
    pub fn of(name: impl Into<String>, figure: impl Figure + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            draw: Draw::Figure(Box::new(figure)),
        }
    }

    /// The same picture without title and subtitle, if it is one of the room of figures.
    #[must_use]
    pub fn untitled(self) -> Self {
        Self {
            draw: match self.draw {
                Draw::Figure(figure) => Draw::Figure(Box::new(Untitled(figure))),
                own @ Draw::Own(_) => own,
            },
            ..self
        }
    }

    /// Draws into `folder/<name>.svg` and `folder/<name>.png`.
    ///
    /// # Errors
    /// Whatever stops the drawing.
    pub fn draw(&self, folder: &Path) -> Result<(), DrawError> {
        self.draw_as(folder, &PictureOptions::default())
    }

    /// Draws in the formats and of the size that are asked for; a picture that draws itself does not know them.
    ///
    /// # Errors
    /// Whatever stops the drawing.
    pub fn draw_as(&self, folder: &Path, options: &PictureOptions) -> Result<(), DrawError> {
        match &self.draw {
            Draw::Figure(figure) => {
                figure.save_as(folder, &self.name, options)?;
                Ok(())
            }
            Draw::Own(draw) => draw(folder, &self.name),
        }
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Drawing({:?})", self.name)
    }
}

/// Why a run gave no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The trajectory could not be continued.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// Anything else that mathematics refused: no convergence, a singular matrix, ...
    #[error(transparent)]
    Numerical(Box<dyn Error + Send + Sync>),
    /// Data that the run needs are missing or damaged.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A part of an interrupted run that cannot be read back, or one that cannot be kept.
    #[error("the checkpoint {path}: {reason}; remove it to compute this part again")]
    Checkpoint {
        /// Its file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A file of results that cannot be written while the run goes on.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Files of data that are not those that the run began with.
    #[error(
        "the data have changed since this run began, and what is kept was made of the old ones: start a new run, or \
         put the old files back"
    )]
    DataChanged,
    /// A number that is to be drawn, and that reports do not have.
    #[error("{0}; `simulate sweep --resume DIR --draw NAME` goes on with another name")]
    NotDrawn(String),
    /// Several ranks compute together, and one of them has failed or is gone.
    #[error(transparent)]
    Crew(#[from] CrewError),
    /// A result that does not fit into its file format.
    #[error("the result cannot be saved: {0}")]
    Format(#[from] serde_json::Error),
}

impl RunError {
    /// The error of another room.
    pub fn numerical(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Numerical(Box::new(error))
    }
}
