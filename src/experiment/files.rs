//! Files that a model names: where they are, and what stands in them.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{DataError, npy};

/// The path itself, or the file or folder of that name in `PULSATRIX_DATA` if that exists instead.
pub(super) fn locate(name: &str) -> PathBuf {
    let path = PathBuf::from(name);
    let elsewhere = std::env::var_os("PULSATRIX_DATA").map(|root| Path::new(&root).join(name));
    match elsewhere {
        Some(elsewhere) if !path.exists() && elsewhere.exists() => elsewhere,
        _ => path,
    }
}

/// Shape and numbers of an array of NumPy, the last index fastest; `remedy` says what to put where if
/// there is none.
pub(super) fn read_array(
    path: &Path,
    remedy: &'static str,
) -> Result<(Vec<usize>, Vec<f64>), DataError> {
    let file = File::open(path).map_err(|source| DataError::Unreadable {
        path: path.to_owned(),
        source,
        remedy,
    })?;
    npy::read(file).map_err(|error| DataError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}
