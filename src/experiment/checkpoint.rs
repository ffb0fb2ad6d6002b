//! Long work in parts, each of which is computed once, however often the run is interrupted.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Progress, RunError};

/// The part `name` of a run: read back if an interrupted run has kept it, else computed and kept.
///
/// Parts are kept as JSON in [`Progress::checkpoint`] and give back every `f64` bit for bit. A
/// file appears whole or not at all, so a run may be killed at any time.
///
/// # Errors
/// Those of `compute`, and [`RunError::Checkpoint`] if a part cannot be read or written.
pub fn part<T: Serialize + DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
    compute: impl FnOnce() -> Result<T, RunError>,
) -> Result<T, RunError> {
    if let Some(kept) = restore(progress, name)? {
        return Ok(kept);
    }
    let result = compute()?;
    keep(progress, name, &result)?;
    Ok(result)
}

/// What [`keep`] has saved last under this name, if anything.
///
/// # Errors
/// [`RunError::Checkpoint`] if it cannot be read.
pub fn restore<T: DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
) -> Result<Option<T>, RunError> {
    let Some(folder) = progress.checkpoint() else {
        return Ok(None);
    };
    let path = folder.join(format!("{name}.json"));
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read(&path).map_err(|error| failure(&path, error.to_string()))?;
    let value = serde_json::from_slice(&text);
    value
        .map(Some)
        .map_err(|error| failure(&path, error.to_string()))
}

/// Saves the state of long work under a name, in place of what was saved there before; does nothing
/// where there is no [`Progress::checkpoint`].
///
/// # Errors
/// [`RunError::Checkpoint`] if it cannot be written.
pub fn keep<T: Serialize>(progress: &dyn Progress, name: &str, value: &T) -> Result<(), RunError> {
    let Some(folder) = progress.checkpoint() else {
        return Ok(());
    };
    let path = folder.join(format!("{name}.json"));
    let draft = folder.join(format!(".{name}.draft"));
    let text = serde_json::to_vec(value)?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&draft, text))
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|error| failure(&path, error.to_string()))
}

fn failure(path: &Path, reason: String) -> RunError {
    RunError::Checkpoint {
        path: path.display().to_string(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    struct Kept(PathBuf);

    impl Progress for Kept {
        fn begin(&self, _: &str, _: u64) {}
        fn advance(&self, _: u64) {}
        fn message(&self, _: &str) {}
        fn checkpoint(&self) -> Option<&Path> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_part_is_computed_once_and_comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept(folder.path().join("checkpoint"));
        let values: Vec<f64> = (1..200).map(|n| 1.0 / f64::from(n) + 1e-9).collect();
        let first = part(&kept, "values", || Ok(values.clone())).unwrap();
        let again = part(&kept, "values", || -> Result<Vec<f64>, RunError> {
            unreachable!("it has been computed")
        });
        assert_eq!(first, again.unwrap());
    }

    #[test]
    fn a_broken_part_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x.json"), "[1, ").unwrap();
        let found = part(&Kept(folder.path().to_owned()), "x", || Ok(vec![1.0])).unwrap_err();
        assert!(found.to_string().contains("x.json"), "{found}");
    }
}
