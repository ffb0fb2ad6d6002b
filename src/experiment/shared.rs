//! Parts of a run that several ranks compute together.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Progress, RunError, checkpoint};
use crate::cluster::{Communicator, Crew, CrewError, Tasks};

/// The crew of a run, where it may be asked: inside of a part everybody works alone.
pub(super) fn crew(progress: &dyn Progress) -> Option<&Crew> {
    progress.crew().filter(|crew| crew.is_home())
}

/// Hears of a part that is done, by its number and its text.
type Finished<'a> = dyn Fn(usize, &[u8]) -> Result<(), RunError> + Sync + 'a;

/// Texts of named parts, in the same form as a run of one process keeps them.
struct Parts<'a> {
    progress: &'a dyn Progress,
    names: &'a [String],
    compute: &'a (dyn Fn(usize) -> Result<Vec<u8>, RunError> + Sync),
    finished: &'a Finished<'a>,
    /// The error of a part of this rank, with its type.
    failure: Mutex<Option<RunError>>,
}

impl Parts<'_> {
    /// Words for the other ranks; the error itself stays here.
    fn refuse(&self, error: RunError) -> String {
        let words = error.to_string();
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
        words
    }

    /// Computed on all ranks; every rank gets all of them.
    fn share(&self, crew: &Crew, slots: usize) -> Result<Vec<Vec<u8>>, RunError> {
        crew.hand_out(self, slots).map_err(|error| {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            match (&error, failure.take()) {
                (CrewError::Task { rank, .. }, Some(failure)) if *rank == crew.rank() => failure,
                _ => RunError::Crew(error),
            }
        })
    }
}

impl Tasks for Parts<'_> {
    fn count(&self) -> usize {
        self.names.len()
    }

    fn known(&self, task: usize) -> Result<Option<Vec<u8>>, String> {
        checkpoint::read(self.progress, &self.names[task]).map_err(|error| self.refuse(error))
    }

    fn compute(&self, task: usize) -> Result<Vec<u8>, String> {
        (self.compute)(task).map_err(|error| self.refuse(error))
    }

    fn finished(&self, task: usize, result: &[u8], known: bool) -> Result<(), String> {
        let keep = || {
            if !known {
                checkpoint::keep_text(self.progress, &self.names[task], result)?;
            }
            (self.finished)(task, result)
        };
        keep().map_err(|error| self.refuse(error))
    }
}

/// Computes parts on all ranks; every rank gets all of them.
pub(super) fn share<T: Serialize + DeserializeOwned>(
    crew: &Crew,
    progress: &dyn Progress,
    names: &[String],
    slots: usize,
    compute: impl Fn(usize) -> Result<T, RunError> + Sync,
    finished: impl Fn(usize, &T) -> Result<(), RunError> + Sync,
) -> Result<Vec<T>, RunError> {
    let parts = Parts {
        progress,
        names,
        compute: &|task| Ok(serde_json::to_vec(&compute(task)?)?),
        finished: &|task, text| finished(task, &checkpoint::parse(progress, &names[task], text)?),
        failure: Mutex::new(None),
    };
    let texts = parts.share(crew, slots)?;
    let texts = names.iter().zip(&texts);
    texts
        .map(|(name, text)| checkpoint::parse(progress, name, text))
        .collect()
}

/// The text of one part that one of the ranks computes.
pub(super) fn share_one(
    crew: &Crew,
    progress: &dyn Progress,
    name: &str,
    compute: &mut (dyn FnMut() -> Result<Vec<u8>, RunError> + Send),
) -> Result<Vec<u8>, RunError> {
    // a task is given out once
    let compute = Mutex::new(compute);
    let parts = Parts {
        progress,
        names: &[name.to_owned()],
        compute: &|_| compute.lock().unwrap_or_else(PoisonError::into_inner)(),
        finished: &|_, _| Ok(()),
        failure: Mutex::new(None),
    };
    let text = parts.share(crew, 1)?.pop();
    text.ok_or(RunError::Crew(CrewError::OutOfStep { rank: 0 }))
}

/// A part that all ranks compute at once, each its own share of it, and that a process alone computes another way.
pub(super) fn part_of_all<T: Serialize + DeserializeOwned>(
    progress: &dyn Progress,
    name: &str,
    alone: impl FnOnce() -> Result<T, RunError> + Send,
    of_all: impl FnOnce(&Crew) -> Result<T, RunError>,
) -> Result<T, RunError> {
    let Some(crew) = crew(progress) else {
        return checkpoint::part(progress, name, alone);
    };
    if let Some(kept) = checkpoint::restore(progress, name)? {
        return Ok(kept);
    }
    let found = of_all(crew)?;
    checkpoint::keep(progress, name, &found)?;
    Ok(found)
}

/// Does work on all ranks at once, each with its end of the links; results of all ranks, in their order, on every rank.
pub(super) fn together<T: Serialize + DeserializeOwned>(
    crew: &Crew,
    work: impl FnOnce(&mut dyn Communicator) -> Result<T, RunError>,
) -> Result<Vec<T>, RunError> {
    let found = crew.together(|link| {
        let result = work(link).map_err(|error| error.to_string())?;
        serde_json::to_vec(&result).map_err(|error| error.to_string())
    })?;
    let results = found.iter().map(|text| serde_json::from_slice(text));
    Ok(results.collect::<Result<_, _>>()?)
}

/// What rank 0 has kept under a name.
pub(super) struct Kept<'a>(pub &'a dyn Progress, pub &'a str);

impl Kept<'_> {
    /// Told to all ranks.
    pub fn tell(&self, crew: &Crew) -> Result<Option<Vec<u8>>, RunError> {
        let failure = Mutex::new(None);
        let words = || {
            checkpoint::read(self.0, self.1)
                .map(Option::unwrap_or_default)
                .map_err(|error| {
                    let words = error.to_string();
                    *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    words
                })
        };
        let told = crew.tell(words).map_err(|error| {
            let failure = failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            failure.unwrap_or(RunError::Crew(error))
        })?;
        // No JSON is empty.
        Ok(Some(told).filter(|told| !told.is_empty()))
    }
}
