//! Files that a model names: where they are, and what stands in them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::Crc;
use nalgebra::DMatrix;

use super::{DataError, npy};
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::MOST_BYTES;
use crate::experiment::settings::{Placed, Words};

/// Where a missing array has to be put.
const REMEDY: &str = "write it there with numpy.save, or give the path of the file; paths are those of the \
    folder that the command is called in, or of the folder that PULSATRIX_DATA names";

/// The path itself, or the file or folder of that name in `PULSATRIX_DATA` if that exists instead.
pub(in crate::experiment) fn locate(name: &str) -> PathBuf {
    let path = PathBuf::from(name);
    let elsewhere = std::env::var_os("PULSATRIX_DATA").map(|root| Path::new(&root).join(name));
    match elsewhere {
        Some(elsewhere) if !path.exists() && elsewhere.exists() => elsewhere,
        _ => path,
    }
}

/// Opens a file; what is none (a folder, a pipe, a device) has no end that could be waited for.
pub(in crate::experiment) fn open(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(io::Error::other("this is no file"))
}

/// All bytes of a file that memory can hold.
pub(in crate::experiment) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    let size = file.metadata()?.len();
    if size as f64 > MOST_BYTES {
        let problem = format!("{size} bytes, more than memory can hold");
        return Err(io::Error::other(problem));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What tells numbers that were read from others.
pub(in crate::experiment) fn checksum<'n>(numbers: impl Iterator<Item = &'n f64>) -> u32 {
    let mut sum = Crc::new();
    for number in numbers {
        sum.update(&number.to_le_bytes());
    }
    sum.sum()
}

/// Shape and numbers of an array of NumPy, the last index fastest; `remedy` says what to put where if
/// there is none.
pub(in crate::experiment) fn read_array(
    path: &Path,
    remedy: &'static str,
) -> Result<(Vec<usize>, Vec<f64>), DataError> {
    let file = open(path).map_err(|source| DataError::Unreadable {
        path: path.to_owned(),
        source,
        remedy,
    })?;
    npy::read(file).map_err(|error| DataError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

/// An array of a model: one that it names, or one that is written out in it.
pub(in crate::experiment) trait ArraySource: Placed {
    /// The file, if it is in one.
    fn file(&self) -> Option<PathBuf>;

    /// Its shape and its numbers, the last index fastest.
    fn array(&self) -> Result<(Vec<usize>, Vec<f64>), Diagnostic>;
}

impl ArraySource for Words {
    fn file(&self) -> Option<PathBuf> {
        Some(locate(self))
    }

    fn array(&self) -> Result<(Vec<usize>, Vec<f64>), Diagnostic> {
        read_array(&locate(self), REMEDY).map_err(|error| match error {
            DataError::Unreadable { source, .. } => refuse_file(self, &source, REMEDY),
            DataError::Malformed { problem, .. } => {
                let help = "save it with numpy.save as float64 or float32";
                refuse_file(self, &problem, help)
            }
        })
    }
}

/// A refusal of a file, at its name in the model, or of what is written out there.
pub(in crate::experiment) fn refuse_file(
    source: &impl ArraySource,
    problem: &impl ToString,
    help: &str,
) -> Diagnostic {
    let problem = problem.to_string();
    let (message, label) = match source.file() {
        Some(path) => (format!("{}: {problem}", path.display()), "this file"),
        None => (problem, "these numbers"),
    };
    Diagnostic::new(message)
        .at(source.place().bytes())
        .label(label)
        .help(help)
}

/// The matrix that a model gives; a plain list is a matrix of one column, if lists are allowed. `shape`
/// says what is expected.
pub(in crate::experiment) fn matrix_at(
    source: &impl ArraySource,
    lists: bool,
    shape: &str,
) -> Result<DMatrix<f64>, Diagnostic> {
    let (found, values) = source.array()?;
    match found[..] {
        [rows, columns] => Ok(DMatrix::from_row_iterator(rows, columns, values)),
        [rows] if lists => Ok(DMatrix::from_vec(rows, 1, values)),
        _ => {
            let problem = format!("an array of shape {found:?} is no matrix");
            Err(refuse_file(source, &problem, shape))
        }
    }
}
