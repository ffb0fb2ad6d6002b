//! Section `[data]` of the kind `mutual-information`: pairs of samples from files, or drawn.

use nalgebra::DMatrix;

use crate::experiment::Diagnostic;
use crate::experiment::data::files::{matrix_at, refuse_file};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Count, Mistakes, NonNegative, Placed, Real, require, settings};
use crate::numerics::random::member;
use crate::probes::information::{
    InformationError, gaussian_information, gaussian_pairs, with_noise,
};

const SHAPES: &str =
    "save x and y as matrices of one sample a row, or as lists of numbers, with as many rows each";

settings! {
    /// Section `[data]`.
    pub struct PairSettings {
        /// File of one side: a matrix of one sample a row, or a list.
        pub x: Option<Numbers>,
        /// File of the other side.
        pub y: Option<Numbers>,
        /// Pairs that are drawn, instead of files.
        pub gaussian: Option<GaussianSettings>,
        /// Standard deviation of the normal noise that is added to `y`, in units of the deviation of each
        /// column.
        pub noise: NonNegative = 0.0,
    }

    /// Section `[data.gaussian]`.
    pub struct GaussianSettings {
        /// Correlation of the two sides in every dimension.
        pub correlation: Real,
        /// Dimensions of each side.
        pub dimensions: Count = 1,
        /// Pairs.
        pub samples: Count<2>,
    }
}

/// Pairs of samples, one a row.
pub struct Pairs {
    /// One side.
    pub x: DMatrix<f64>,
    /// The other, with its noise.
    pub y: DMatrix<f64>,
    /// Their mutual information, if it is known.
    pub truth: Option<f64>,
}

impl PairSettings {
    /// Reads or draws the pairs, noise included.
    pub(super) fn read(&self, seed: u64) -> Result<Pairs, Mistakes> {
        let pairs = match (&self.x, &self.y, &self.gaussian) {
            (Some(x), Some(y), None) => {
                let mut mistakes = Mistakes::default();
                let [x, y] = [x, y].map(|name| mistakes.note(matrix_at(name, true, SHAPES)));
                let (Some(x), Some(y)) = (x, y) else {
                    return Err(mistakes);
                };
                Pairs { x, y, truth: None }
            }
            (None, None, Some(gaussian)) => gaussian.draw(*self.noise, seed)?,
            _ => {
                let place = [&self.x, &self.y].map(Placed::place);
                let place = place.into_iter().find(|place| !place.bytes().is_empty());
                let remedy = "give both `x` and `y`, or `gaussian = { correlation = 0.5, samples = 2000 }` without them";
                let message = "the pairs come from two files, or are drawn";
                let mistake = Diagnostic::new(message).label("one side only, or both sources");
                let mistake = mistake.help(remedy);
                return Err(match place {
                    Some(place) => mistake.at(place.bytes()).into(),
                    None => mistake.into(),
                });
            }
        };
        Ok(Pairs {
            y: with_noise(&pairs.y, *self.noise, member(seed, "noise of y", 0)),
            ..pairs
        })
    }

    /// A refusal of the pairs, at the file or the number that it is about.
    pub(super) fn refused(&self, error: &InformationError) -> Diagnostic {
        let (file, remedy) = match error {
            InformationError::NotFinite { name: "x", .. } => (&self.x, "save finite numbers"),
            InformationError::NotFinite { .. } => (&self.y, "save finite numbers"),
            InformationError::Constant { name: "x" } => (&self.x, "give samples that differ"),
            InformationError::Constant { .. } => (&self.y, "give samples that differ"),
            InformationError::Coincide { .. } => (
                &self.y,
                "set `noise` above 0, which is then part of what is measured, or take `name = \"binning\"`",
            ),
            InformationError::TooFew { remedy, .. } => (&self.x, *remedy),
            _ => (&self.y, SHAPES),
        };
        match (file, &self.gaussian) {
            (Some(file), _) => refuse_file(file, error, remedy),
            (None, Some(gaussian)) => Diagnostic::new(error.to_string())
                .at(gaussian.samples.place().bytes())
                .label("these samples")
                .help(remedy),
            (None, None) => Diagnostic::new(error.to_string()).help(remedy),
        }
    }

    /// The source of the pairs in words.
    pub(super) fn source(&self) -> String {
        match (&self.x, &self.y, &self.gaussian) {
            (Some(x), Some(y), _) => format!("{x} and {y}"),
            (_, _, Some(gaussian)) => format!(
                "Gaussian pairs of correlation {} in {} dimension{}",
                gaussian.correlation,
                gaussian.dimensions,
                if *gaussian.dimensions == 1 { "" } else { "s" }
            ),
            _ => "no pairs".into(),
        }
    }
}

impl GaussianSettings {
    fn draw(&self, noise: f64, seed: u64) -> Result<Pairs, Mistakes> {
        let (columns, samples) = (*self.dimensions, *self.samples);
        let bytes = NUMBER * columns as f64 * samples as f64;
        require_memory(&self.samples, "the samples", bytes)?;
        let correlation = *self.correlation;
        require(
            &self.correlation,
            correlation.abs() < 1.0,
            format!("a correlation of {correlation}"),
            "not between -1 and 1",
            "choose one between them: at either end the information is infinite",
        )?;
        let drawn = gaussian_pairs(correlation, columns, samples, member(seed, "pairs", 0));
        let (x, y) = drawn.map_err(|error| Diagnostic::new(error.to_string()))?;
        // Noise of relative size s makes the correlation smaller by the root of 1 + s^2.
        let seen = correlation / 1.0_f64.hypot(noise);
        Ok(Pairs {
            x,
            y,
            truth: Some(gaussian_information(seen, columns)),
        })
    }
}
