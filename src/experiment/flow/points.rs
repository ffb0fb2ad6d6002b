//! Inputs of deep networks: points on a sphere, the digits that ship with the crate, or one's own.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use crate::experiment::data::own::OwnSettings;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{Choice, Count, Flat, Place, Placed, require, settings};
use crate::experiment::{DataStatement, Diagnostic, LabelledImages};
use crate::networks::deep::Image;
use crate::numerics::random::stream;

/// A set of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointSet {
    /// Random points on a sphere.
    Sphere,
    /// Digits of 8 x 8 pixels.
    Digits,
    /// One's own `inputs`.
    Own,
}

settings! {
    /// Which inputs, and how many. All are scaled to a mean square of 1, so that networks at the edge
    /// of chaos neither lose nor amplify them.
    pub struct PointSettings {
        /// The set that they are taken from.
        pub set: Choice<PointSet>,
        /// How many, the first ones of one's own.
        pub examples: Count,
        /// One's own inputs, with targets or without.
        pub own: Flat<OwnSettings>,
        /// Dimension of the sphere's space.
        pub dimension: Option<Count>,
    }
}

/// Inputs, one row an example.
#[derive(Debug, Clone)]
pub struct Points {
    /// The inputs.
    pub inputs: DMatrix<f64>,
    /// Their shape.
    pub image: Image,
    /// In words.
    pub name: String,
    /// Targets that came with them, one row an example.
    pub targets: Option<DMatrix<f64>>,
    /// What a report says of them, if they are one's own.
    pub statement: Option<DataStatement>,
}

/// Shape of the digits that ship.
pub const DIGIT: Image = Image {
    channels: 1,
    height: 8,
    width: 8,
};

impl Points {
    /// The one number that every input has as a target: its own, or what `made` makes of it.
    pub fn one_target(
        &self,
        own: &PointSettings,
        made: impl FnOnce() -> DMatrix<f64>,
    ) -> Result<DMatrix<f64>, Diagnostic> {
        let Some(targets) = &self.targets else {
            return Ok(made());
        };
        require(
            &own.own.targets,
            targets.ncols() == 1,
            format!(
                "{} targets an input, where the network has one output",
                targets.ncols()
            ),
            "more than one",
            "give one number for each input",
        )?;
        Ok(targets.clone())
    }
}

impl Placed for PointSettings {
    fn place(&self) -> Place {
        self.set.place()
    }
}

impl PointSettings {
    /// Shape of an input.
    pub fn image(&self) -> Image {
        match *self.set {
            PointSet::Sphere => Image::vector(self.dimension.map_or(1, |dimension| *dimension)),
            PointSet::Digits => DIGIT,
            // What cannot be read is said when it is read to be used.
            PointSet::Own => {
                let own = self.own.inputs(0);
                own.map_or(Image::vector(1), |own| shape(&own.shape))
            }
        }
    }

    /// Whether they fit, and `more` behind them.
    pub fn require_memory(&self, more: usize) -> Result<(), Diagnostic> {
        let examples = *self.examples as f64 + more as f64;
        let bytes = NUMBER * examples * self.image().numbers() as f64;
        let asked = largest(&[self.examples, self.dimension.unwrap_or(self.examples)]);
        require_memory(&asked, "the points", bytes)
    }

    /// Draws or reads the inputs, and `more` behind them.
    pub fn read(&self, more: usize, seed: u64) -> Result<Points, Diagnostic> {
        let examples = *self.examples + more;
        let mut points = match *self.set {
            PointSet::Sphere => self.on_sphere(examples, seed)?,
            PointSet::Digits => self.digits(examples)?,
            PointSet::Own => self.own(examples, more)?,
        };
        let given = self.own.is_given()?;
        require(
            &self.own.inputs,
            given == (*self.set == PointSet::Own),
            "`inputs` and the set do not belong together",
            "these inputs",
            "give `set = \"own\"` and `inputs = \"x.npy\"`, or neither",
        )?;
        let root = (points.inputs.ncols() as f64).sqrt();
        for mut row in points.inputs.row_iter_mut() {
            let norm = row.norm();
            let scale = if norm > 0.0 { root / norm } else { 1.0 };
            row *= scale;
        }
        Ok(points)
    }

    fn on_sphere(&self, examples: usize, seed: u64) -> Result<Points, Diagnostic> {
        let dimension = *self.dimension.ok_or_else(|| {
            Diagnostic::new("points on a sphere without its dimension")
                .at(self.set.place().bytes())
                .label("this set")
                .help("give `dimension`, the length of a point, as well")
        })?;
        let mut random = stream(seed, "points on a sphere", 0);
        let draw = |_, _| random.sample(StandardNormal);
        Ok(Points {
            inputs: DMatrix::from_fn(examples, dimension, draw),
            image: self.image(),
            name: format!("{examples} points on a sphere in {dimension} dimensions"),
            targets: None,
            statement: None,
        })
    }

    fn digits(&self, examples: usize) -> Result<Points, Diagnostic> {
        require(
            &self.dimension,
            self.dimension.is_none(),
            "digits have a `dimension` of their own",
            "not for digits",
            "leave it out; they are images of 8 x 8 pixels",
        )?;
        let digits = shipped_digits(&self.examples, examples)?;
        Ok(Points {
            inputs: digits.images.transpose(),
            image: self.image(),
            name: format!("{examples} digits of 8 × 8 pixels"),
            targets: None,
            statement: None,
        })
    }

    fn own(&self, examples: usize, more: usize) -> Result<Points, Diagnostic> {
        require(
            &self.dimension,
            self.dimension.is_none(),
            "one's own inputs have a `dimension` of their own",
            "not for these",
            "leave it out",
        )?;
        let found = self.own.inputs(more)?;
        let there = found.inputs.nrows();
        require(
            &self.examples,
            examples <= there,
            format!("{examples} of {there} inputs"),
            "more than there are",
            format!("ask for {there} at most, tests among them"),
        )?;
        Ok(Points {
            inputs: found.inputs.rows(0, examples).into_owned(),
            image: shape(&found.shape),
            name: format!("{examples} inputs of {}", found.statement.inputs),
            targets: found
                .targets
                .map(|targets| targets.rows(0, examples).into_owned()),
            statement: Some(DataStatement {
                split: format!(
                    "{}; every input is scaled to a mean square of 1",
                    found.statement.split
                ),
                training: examples - more,
                tests: more,
                ..found.statement
            }),
        })
    }
}

/// Inputs as images: of two axes as one channel, of three as channels of pictures, of one as a list.
pub(super) fn shape(shape: &[usize]) -> Image {
    match *shape {
        [height, width] => Image {
            channels: 1,
            height,
            width,
        },
        [channels, height, width] => Image {
            channels,
            height,
            width,
        },
        _ => Image::vector(shape.iter().product()),
    }
}

/// The first `count` of the digits that ship, if there are as many; `asked` is the setting that wants
/// them.
pub fn shipped_digits(asked: &impl Placed, count: usize) -> Result<LabelledImages, Diagnostic> {
    let digits = LabelledImages::digits();
    let digits =
        digits.map_err(|error| Diagnostic::new(error.to_string()).at(asked.place().bytes()))?;
    require(
        asked,
        count <= digits.len(),
        format!("{count} of {} digits", digits.len()),
        "more than there are",
        format!("ask for {} digits at most, tests among them", digits.len()),
    )?;
    Ok(digits.range(0, count))
}
