//! Long work in parts, each of which is computed once, however often the run is interrupted.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::run_directory::crc32;
use super::shared::{Kept, crew, share_one};
use super::{Progress, RunError};
use crate::cluster::CrewError;

/// The part `name` of a run: read back if an interrupted run has kept it, else computed and kept.
///
/// Parts are kept as JSON with a checksum in [`Progress::checkpoint`] and give back every `f64` bit for bit. A
/// file appears whole or not at all, so a run may be killed at any time. Of several ranks, one computes it for all.
///
/// # Errors
/// Those of `compute`, and [`RunError::Checkpoint`] if a part cannot be read or written.
pub fn part<T: Serialize + DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
    compute: impl FnOnce() -> Result<T, RunError> + Send,
) -> Result<T, RunError> {
    if let Some(crew) = crew(progress) {
        let mut compute = Some(compute);
        let mut text = || match compute.take() {
            Some(compute) => Ok(serde_json::to_vec(&compute()?)?),
            None => Err(RunError::Crew(CrewError::OutOfStep { rank: 0 })),
        };
        let text = share_one(crew, progress, name, &mut text)?;
        return parse(progress, name, &text);
    }
    if let Some(kept) = restore(progress, name)? {
        return Ok(kept);
    }
    let result = compute()?;
    keep(progress, name, &result)?;
    Ok(result)
}

/// What [`keep`] has saved last under this name, if anything; of several ranks, all get what the first one has.
///
/// # Errors
/// [`RunError::Checkpoint`] if it cannot be read.
pub fn restore<T: DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
) -> Result<Option<T>, RunError> {
    let text = match crew(progress) {
        Some(crew) => Kept(progress, name).tell(crew)?,
        None => read(progress, name)?,
    };
    text.map(|text| parse(progress, name, &text)).transpose()
}

/// Saves the state of long work under a name, in place of what was saved there before; does nothing
/// where there is no [`Progress::checkpoint`].
///
/// # Errors
/// [`RunError::Checkpoint`] if it cannot be written.
pub fn keep<T: Serialize>(progress: &dyn Progress, name: &str, value: &T) -> Result<(), RunError> {
    match file(progress, name) {
        Some(path) => write(&path, &serde_json::to_vec(value)?),
        None => Ok(()),
    }
}

/// The text of what is kept under a name: behind a line with its checksum, so that what was damaged or changed is not
/// taken for a result.
pub(super) fn read(progress: &dyn Progress, name: &str) -> Result<Option<Vec<u8>>, RunError> {
    let Some(path) = file(progress, name).filter(|path| path.is_file()) else {
        return Ok(None);
    };
    let mut text = fs::read(&path).map_err(|error| failure(&path, error.to_string()))?;
    let begin = text
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let kept = text.split_off(begin);
    if text != checksum_line(&kept) {
        let reason = "its checksum is not the one that it was kept with; remove it, and the part is computed again";
        return Err(failure(&path, reason.into()));
    }
    Ok(Some(kept))
}

fn checksum_line(text: &[u8]) -> Vec<u8> {
    format!("{:08x}\n", crc32(text)).into_bytes()
}

/// The value that a text says.
pub(super) fn parse<T: DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
    text: &[u8],
) -> Result<T, RunError> {
    // through a value, as findings are read: code for every type that is kept exists once
    let value = serde_json::from_slice(text).and_then(serde_json::from_value);
    value.map_err(|error| match file(progress, name) {
        Some(path) => failure(&path, error.to_string()),
        None => RunError::Format(error),
    })
}

/// Saves a text under a name, where there is a place for it.
pub(super) fn keep_text(progress: &dyn Progress, name: &str, text: &[u8]) -> Result<(), RunError> {
    file(progress, name).map_or(Ok(()), |path| write(&path, text))
}

fn write(path: &Path, text: &[u8]) -> Result<(), RunError> {
    let draft = path.with_extension("draft");
    let text = [&checksum_line(text), text].concat();
    fs::create_dir_all(path.parent().unwrap_or(Path::new("")))
        .and_then(|()| fs::write(&draft, text))
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|error| failure(path, error.to_string()))
}

fn file(progress: &dyn Progress, name: &str) -> Option<PathBuf> {
    let folder = progress.checkpoint()?;
    Some(folder.join(format!("{name}.part")))
}

fn failure(path: &Path, reason: String) -> RunError {
    RunError::Checkpoint {
        path: path.display().to_string(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Progress for Folder {
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
        let kept = Folder(folder.path().join("checkpoint"));
        let values: Vec<f64> = (1..200).map(|n| 1.0 / f64::from(n) + 1e-9).collect();
        let first = part(&kept, "values", || Ok(values.clone())).unwrap();
        let again = part(&kept, "values", || -> Result<Vec<f64>, RunError> {
            unreachable!("it has been computed")
        });
        assert_eq!(first, again.unwrap());
    }

    #[test]
    fn a_part_that_was_changed_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, path) = (
            Folder(folder.path().to_owned()),
            folder.path().join("x.part"),
        );
        keep(&kept, "x", &vec![1.0, 2.0]).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        assert_eq!(
            restore::<Vec<f64>>(&kept, "x").unwrap(),
            Some(vec![1.0, 2.0])
        );
        for other in [
            "[1, ".to_owned(),
            "[]".to_owned(),
            String::new(),
            whole.replace("1.0,2.0", "1.0"),
            whole.replace("2.0", "3.0"),
            whole[..whole.len() - 1].to_owned(),
        ] {
            fs::write(&path, &other).unwrap();
            let found = part(&kept, "x", || Ok(vec![1.0])).unwrap_err();
            assert!(found.to_string().contains("x.part"), "{other}: {found}");
        }
    }
}
