//! A two-layer network in four arrays of NumPy.

use nalgebra::{DMatrix, DVector};
use toml_edit::Item;

use crate::experiment::files::{locate, read_array};
use crate::experiment::settings::{Given, Mistakes, Place, Placed, Setting, Words, require};
use crate::experiment::{DataError, Diagnostic};
use crate::probes::symmetry::{SymmetryError, TwoLayerNetwork};

const REMEDY: &str = "write the weights there with numpy.save, or give the path of the file; paths are those of \
    the folder that the command is called in, or of the folder that PULSATRIX_DATA names";

const SHAPES: &str = "f(x) = b2 + W2 relu(W1 x + b1) with W1 hidden x inputs, b1 hidden, W2 outputs x hidden, b2 \
    outputs: give the files in this order, and transpose what is the other way round";

/// The files `[W1, b1, W2, b2]` of `f(x) = b2 + W2 relu(W1 x + b1)`.
#[derive(Debug, Clone)]
pub struct WeightFiles {
    files: Vec<Words>,
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

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        given.expect(given.list(), &Self::expected(), mistakes)?;
        let (files, place) = (Vec::<Words>::read(given, mistakes)?, given.place());
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
        let name = &self.files[file];
        let path = locate(name);
        Diagnostic::new(format!("{}: {}", path.display(), problem.to_string()))
            .at(name.place().bytes())
            .label("this file")
            .help(help)
    }

    fn array(&self, file: usize) -> Result<(Vec<usize>, Vec<f64>), Diagnostic> {
        let path = locate(&self.files[file]);
        let read = read_array(&path, REMEDY);
        read.map_err(|error| {
            let name = &self.files[file];
            let (problem, help) = match error {
                DataError::Unreadable { source, .. } => (source.to_string(), REMEDY),
                DataError::Malformed { problem, .. } => {
                    (problem, "save it with numpy.save as float64 or float32")
                }
            };
            Diagnostic::new(format!("{}: {problem}", path.display()))
                .at(name.place().bytes())
                .label("this file")
                .help(help)
        })
    }

    fn matrix(&self, file: usize) -> Result<DMatrix<f64>, Diagnostic> {
        let (shape, values) = self.array(file)?;
        match shape[..] {
            [rows, columns] => Ok(DMatrix::from_row_iterator(rows, columns, values)),
            _ => {
                let problem = format!("an array of shape {shape:?} is no matrix");
                Err(self.at(file, &problem, SHAPES))
            }
        }
    }

    /// A list, or a matrix of one row or column.
    fn biases(&self, file: usize) -> Result<DVector<f64>, Diagnostic> {
        let (shape, values) = self.array(file)?;
        match shape[..] {
            [_] | [_, 1] | [1, _] => Ok(DVector::from_vec(values)),
            _ => {
                let problem = format!("an array of shape {shape:?} is no list of biases");
                Err(self.at(file, &problem, SHAPES))
            }
        }
    }
}
