//! Inputs of deep networks: points on a sphere, or the digits that ship with the crate.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::experiment::rules::{at_least, require};
use crate::experiment::{Diagnostic, LabelledImages};
use crate::networks::deep::Image;
use crate::numerics::random::stream;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PointSet {
    Sphere,
    Digits,
}

/// Which inputs, and how many. All are scaled to a mean square of 1, so that networks at the edge
/// of chaos neither lose nor amplify them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointSettings {
    set: PointSet,
    examples: Spanned<usize>,
    /// Of the sphere's space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dimension: Option<Spanned<usize>>,
}

/// Inputs, one row an example.
#[derive(Debug, Clone)]
pub(super) struct Points {
    pub inputs: DMatrix<f64>,
    pub image: Image,
    /// In words.
    pub name: String,
}

impl PointSettings {
    /// The same set with more examples behind the others.
    pub fn with_more(&self, examples: usize) -> Self {
        let all = self.examples.get_ref() + examples;
        Self {
            examples: Spanned::new(self.examples.span(), all),
            ..self.clone()
        }
    }

    /// Draws or reads the inputs.
    pub fn read(&self, seed: u64) -> Result<Points, Diagnostic> {
        at_least("examples", &self.examples, 1)?;
        let examples = *self.examples.get_ref();
        let mut points = match self.set {
            PointSet::Sphere => {
                let dimension = self.dimension.as_ref().ok_or_else(|| {
                    Diagnostic::new("points on a sphere without its dimension")
                        .at(self.examples.span())
                        .help("give `dimension`, the length of a point, as well")
                })?;
                at_least("dimension", dimension, 1)?;
                let dimension = *dimension.get_ref();
                let mut random = stream(seed, "points on a sphere", 0);
                Points {
                    inputs: DMatrix::from_fn(examples, dimension, |_, _| {
                        random.sample(StandardNormal)
                    }),
                    image: Image::vector(dimension),
                    name: format!("{examples} points on a sphere in {dimension} dimensions"),
                }
            }
            PointSet::Digits => {
                if let Some(dimension) = &self.dimension {
                    require(
                        dimension,
                        false,
                        "digits have a `dimension` of their own",
                        "not for digits",
                        "leave it out; they are images of 8 x 8 pixels",
                    )?;
                }
                let digits = LabelledImages::digits()
                    .map_err(|error| Diagnostic::new(error.to_string()).at(self.examples.span()))?;
                require(
                    &self.examples,
                    examples <= digits.len(),
                    format!("{examples} of {} digits", digits.len()),
                    "more than there are",
                    format!("give `examples` a value up to {}", digits.len()),
                )?;
                let (height, width) = digits.shape;
                Points {
                    inputs: digits.range(0, examples).images.transpose(),
                    image: Image {
                        channels: 1,
                        height,
                        width,
                    },
                    name: format!("{examples} digits of 8 × 8 pixels"),
                }
            }
        };
        let root = (points.inputs.ncols() as f64).sqrt();
        for mut row in points.inputs.row_iter_mut() {
            let scale = root / row.norm();
            row *= scale;
        }
        Ok(points)
    }
}
