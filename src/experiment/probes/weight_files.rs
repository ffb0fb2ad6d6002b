//! A two-layer network in four arrays of NumPy.

use nalgebra::{DMatrix, DVector};
use toml_edit::Item;

use crate::experiment::Diagnostic;
use crate::experiment::data::files::{ArraySource, matrix_at, refuse_file};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{Given, Mistakes, Place, Placed, Setting, require};
use crate::probes::symmetry::{SymmetryError, TwoLayerNetwork};

const SHAPES: &str = "f(x) = b2 + W2 relu(W1 x + b1) with W1 hidden x inputs, b1 hidden, W2 outputs x hidden, b2 \
    outputs: give the files in this order, and transpose what is the other way round";

/// The arrays `[W1, b1, W2, b2]`, in files or written out, of `f(x) = b2 + W2 relu(W1 x + b1)`.
#[derive(Debug, Clone)]
pub struct WeightFiles {
    files: Vec<Numbers>,
    place: Place,
}

impl Placed for WeightFiles {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for WeightFiles {
    fn expected() -> String {
        "a list of four .npy files, [W1, b1, W2, b2]".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": Numbers::schema(), "minItems": 4, "maxItems": 4 })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        given.expect(given.list(), &Self::expected(), mistakes)?;
        let (files, place) = (Vec::<Numbers>::read(given, mistakes)?, given.place());
        mistakes.note(require(
            &place,
            files.len() == 4,
            format!("{} files of weights instead of four", files.len()),
            "must be [W1, b1, W2, b2]",
            SHAPES,
        ))?;
        Some(Self { files, place })
    }

    fn write(&self) -> Item {
        self.files.write()
    }
}

impl WeightFiles {
    /// Reads the network.
    ///
    /// # Errors
    /// At the file that is missing, no array of the right shape, or holds a number that is not finite.
    pub fn network(&self) -> Result<TwoLayerNetwork, Mistakes> {
        let mut mistakes = Mistakes::default();
        // Every file is read before the first mistake ends it.
        let matrix = |file: usize, mistakes: &mut Mistakes| mistakes.note(self.matrix(file));
        let biases = |file: usize, mistakes: &mut Mistakes| mistakes.note(self.biases(file));
        let hidden = (matrix(0, &mut mistakes), biases(1, &mut mistakes));
        let read_out = (matrix(2, &mut mistakes), biases(3, &mut mistakes));
        let ((Some(w), Some(b)), (Some(a), Some(c))) = (hidden, read_out) else {
            return Err(mistakes);
        };
        let made = TwoLayerNetwork::new(w, b, a, c);
        made.map_err(|error| self.refused(&error).into())
    }

    /// A refusal by the network, at the file that it is about.
    fn refused(&self, error: &SymmetryError) -> Diagnostic {
        match error {
            SymmetryError::Shape { array, .. } => self.at(*array, error, SHAPES),
            SymmetryError::NotFinite { array, .. } => {
                self.at(*array, error, "save weights that are finite numbers")
            }
            _ => Diagnostic::new(error.to_string())
                .at(self.place.bytes())
                .label("these weights")
                .help(SHAPES),
        }
    }

    fn at(&self, file: usize, problem: &impl ToString, help: &str) -> Diagnostic {
        refuse_file(&self.files[file], problem, help)
    }

    fn matrix(&self, file: usize) -> Result<DMatrix<f64>, Diagnostic> {
        matrix_at(&self.files[file], false, SHAPES)
    }

    /// A list, or a matrix of one row or column.
    fn biases(&self, file: usize) -> Result<DVector<f64>, Diagnostic> {
        let (shape, values) = self.files[file].array()?;
        match shape[..] {
            [_] | [_, 1] | [1, _] => Ok(DVector::from_vec(values)),
            _ => {
                let problem = format!("an array of shape {shape:?} is no list of biases");
                Err(self.at(file, &problem, SHAPES))
            }
        }
    }
}
