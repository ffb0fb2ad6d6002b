//! Parts of a run that several ranks compute together.

use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Progress, RunError, checkpoint};
use crate::cluster::{Communicator, Crew, CrewError, Tasks};

/// The crew of a run, where it may be asked: inside of a part everybody works alone.
pub(super) fn crew(progress: &dyn Progress) -> Option<&Crew> {
    progress.crew().filter(|crew| crew.is_home())
}

/// Named parts, in the same form as a run of one process keeps them.
struct Parts<'a, T, C, F> {
    progress: &'a dyn Progress,
    names: &'a [String],
    compute: C,
    finished: F,
    /// The error of a part of this rank, with its type.
    failure: Mutex<Option<RunError>>,
    result: PhantomData<fn() -> T>,
}

impl<T, C, F> Parts<'_, T, C, F> {
    /// Words for the other ranks; the error itself stays here.
    fn refuse(&self, error: RunError) -> String {
        let words = error.to_string();
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
        words
    }
}

impl<T, C, F> Tasks for Parts<'_, T, C, F>
where
    T: Serialize + DeserializeOwned,
    C: Fn(usize) -> Result<T, RunError> + Sync,
    F: Fn(usize, &T) -> Result<(), RunError> + Sync,
{
    fn count(&self) -> usize {
        self.names.len()
    }

    fn known(&self, task: usize) -> Result<Option<Vec<u8>>, String> {
        checkpoint::read(self.progress, &self.names[task]).map_err(|error| self.refuse(error))
    }

    fn compute(&self, task: usize) -> Result<Vec<u8>, String> {
        let result = (self.compute)(task);
        let text = result.and_then(|result| Ok(serde_json::to_vec(&result)?));
        text.map_err(|error| self.refuse(error))
    }

    fn finished(&self, task: usize, result: &[u8], known: bool) -> Result<(), String> {
        let name = &self.names[task];
        let keep = || {
            if !known {
                checkpoint::write(self.progress, name, || Ok(result.to_vec()))?;
            }
            (self.finished)(task, &checkpoint::parse(self.progress, name, result)?)
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
        compute,
        finished,
        failure: Mutex::new(None),
        result: PhantomData,
    };
    let found = crew.hand_out(&parts, slots).map_err(|error| {
        let failure = parts
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match (&error, failure) {
            (CrewError::Task { rank, .. }, Some(failure)) if *rank == crew.rank() => failure,
            _ => RunError::Crew(error),
        }
    })?;
    let texts = names.iter().zip(&found);
    texts
        .map(|(name, text)| checkpoint::parse(progress, name, text))
        .collect()
}

/// Computes one part on one of the ranks.
pub(super) fn share_one<T: Serialize + DeserializeOwned>(
    crew: &Crew,
    progress: &dyn Progress,
    name: &str,
    compute: impl FnOnce() -> Result<T, RunError> + Send,
) -> Result<T, RunError> {
    let compute = Mutex::new(Some(compute));
    let once = |_| {
        let compute = compute
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A task is given out once.
        let compute = compute.ok_or(RunError::Crew(CrewError::OutOfStep { rank: crew.rank() }))?;
        compute()
    };
    let names = [name.to_owned()];
    let found = share(crew, progress, &names, 1, once, |_, _: &T| Ok(()))?;
    let found = found.into_iter().next();
    found.ok_or(RunError::Crew(CrewError::OutOfStep { rank: 0 }))
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
