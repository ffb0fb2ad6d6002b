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
    let Some(folder) = progress.checkpoint() else {
        return compute();
    };
    let path = folder.join(format!("{name}.json"));
    let failure = |path: &Path, reason: String| RunError::Checkpoint {
        path: path.display().to_string(),
        reason,
    };
    if path.is_file() {
        let text = fs::read(&path).map_err(|error| failure(&path, error.to_string()))?;
        return serde_json::from_slice(&text).map_err(|error| failure(&path, error.to_string()));
    }
    let result = compute()?;
    let draft = folder.join(format!(".{name}.draft"));
    let text = serde_json::to_vec(&result)?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&draft, text))
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|error| failure(&path, error.to_string()))?;
    Ok(result)
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
