//! Independent tasks, shared out among ranks that compute the same run.

mod error;
mod leader;
mod messages;
mod together;
mod worker;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use super::Communicator;

pub use error::CrewError;

/// Independent tasks, the same on every rank; their results are bytes.
pub trait Tasks: Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// A result that is known beforehand. Asked for on rank 0 alone.
    ///
    /// # Errors
    /// If what was kept of it cannot be read.
    fn known(&self, _task: usize) -> Result<Option<Vec<u8>>, String> {
        Ok(None)
    }

    /// The result of a task: the same bytes on whichever rank it is computed.
    ///
    /// # Errors
    /// If there is none; the first such error ends the work of all ranks.
    fn compute(&self, task: usize) -> Result<Vec<u8>, String>;

    /// A result has come, `known` beforehand or new. Called on rank 0 alone, from any thread, in no order.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn finished(&self, _task: usize, _result: &[u8], _known: bool) -> Result<(), String> {
        Ok(())
    }
}

/// This process as one of those that compute the same run.
///
/// Every rank does the same things in the same order, and meets the same tasks. Rank 0 hands them out one by one to whoever
/// is free, itself included: its threads compute while the one that called serves the others. A result goes to rank 0 at
/// once, and all of them to every rank at the end, so that all go on alike. Work goes on in the threads of rayon; the
/// thread that made the crew is the only one that talks.
///
/// ```
/// use std::time::Duration;
/// use pulsatrix::cluster::{Crew, Tasks, Threads};
///
/// struct Squares;
/// impl Tasks for Squares {
///     fn count(&self) -> usize {
///         10
///     }
///     fn compute(&self, task: usize) -> Result<Vec<u8>, String> {
///         Ok(vec![u8::try_from(task * task).map_err(|error| error.to_string())?])
///     }
/// }
///
/// let ranks = Threads::linked(3, Duration::from_secs(60));
/// std::thread::scope(|scope| {
///     for rank in ranks {
///         scope.spawn(|| {
///             let crew = Crew::new(rank);
///             assert_eq!(crew.hand_out(&Squares, 1).unwrap()[9], [81]);
///         });
///     }
/// });
/// ```
pub struct Crew {
    rank: usize,
    ranks: usize,
    home: ThreadId,
    state: Mutex<State>,
}

/// What changes while a crew works.
struct State {
    link: Box<dyn Communicator>,
    /// How often tasks were handed out.
    phase: u64,
    /// On rank 0, who has left the run. On the others, whether this rank was told to leave.
    left: Vec<bool>,
    /// Who has asked for tasks that rank 0 does not hand out yet: ranks need not be equally fast.
    early: Vec<usize>,
}

impl Crew {
    /// The crew of all ranks of a communicator; made by the thread that will talk.
    #[must_use]
    pub fn new(link: impl Communicator + 'static) -> Self {
        let (rank, ranks) = (link.rank(), link.ranks());
        let mut left = vec![false; ranks];
        if rank == 0 {
            left[0] = true;
        }
        Self {
            rank,
            ranks,
            home: thread::current().id(),
            state: Mutex::new(State {
                link: Box::new(link),
                phase: 0,
                left,
                early: Vec::new(),
            }),
        }
    }

    /// This rank.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many there are.
    #[must_use]
    pub fn ranks(&self) -> usize {
        self.ranks
    }

    /// Whether this is the thread that may talk. Work inside a task is not shared out again.
    #[must_use]
    pub fn is_home(&self) -> bool {
        thread::current().id() == self.home
    }

    /// The results of all tasks, in their order, on every rank; each was computed by one of them, up to `slots` at a time
    /// on each.
    ///
    /// # Errors
    /// That of a task, with its rank; that of a rank that ends or says nothing any more, with its number. What was
    /// finished before has gone through [`Tasks::finished`].
    pub fn hand_out(&self, tasks: &dyn Tasks, slots: usize) -> Result<Vec<Vec<u8>>, CrewError> {
        let state = &mut *self.state();
        state.phase += 1;
        if self.rank == 0 {
            leader::hand_out(state, tasks, slots.max(1))
        } else {
            worker::hand_out(state, tasks, slots.max(1))
        }
    }

    /// What rank 0 says, on every rank.
    ///
    /// # Errors
    /// That of `words`, on rank 0; that of a rank that ends or says nothing any more.
    pub fn tell(
        &self,
        words: impl Fn() -> Result<Vec<u8>, String> + Sync,
    ) -> Result<Vec<u8>, CrewError> {
        let told = self.hand_out(&Told(words), 1)?;
        Ok(told.into_iter().next().unwrap_or_default())
    }

    /// Work that all ranks do at once, and the results of all, in their order, on every rank. In it every rank has its own
    /// end of the links between all of them; [`Communicator::receive_any`] alone is not to be had there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pulsatrix::cluster::{Crew, Threads};
    ///
    /// let ranks = Threads::linked(3, Duration::from_secs(60));
    /// std::thread::scope(|scope| {
    ///     for rank in ranks {
    ///         scope.spawn(|| {
    ///             let found = Crew::new(rank).together(|link| {
    ///                 let (rank, ranks) = (link.rank(), link.ranks());
    ///                 link.send((rank + 1) % ranks, vec![rank as u8]).map_err(|error| error.to_string())?;
    ///                 link.receive((rank + ranks - 1) % ranks).map_err(|error| error.to_string())
    ///             });
    ///             assert_eq!(found.unwrap(), [[2], [0], [1]]);
    ///         });
    ///     }
    /// });
    /// ```
    ///
    /// # Errors
    /// On every rank that of the first rank whose work has failed or panicked, with what another one noticed of it; that of a
    /// rank which says nothing any more, or is elsewhere in the run.
    pub fn together(
        &self,
        work: impl FnOnce(&mut dyn Communicator) -> Result<Vec<u8>, String>,
    ) -> Result<Vec<Vec<u8>>, CrewError> {
        // All are here, and nobody has anything to say about tasks any more.
        let met = self.hand_out(&Nothing, 1);
        let state = &mut *self.state();
        let called = match self.rank {
            0 => together::call(state, met.is_ok()),
            _ => Ok(()),
        };
        met?;
        called?;
        together::work(state, work)
    }

    /// The run of this rank is over, with an error or without. Rank 0 waits until all others have left.
    ///
    /// # Errors
    /// If one of them cannot be reached.
    pub fn leave(&self, failure: Option<&str>) -> Result<(), CrewError> {
        let state = &mut *self.state();
        if self.rank == 0 {
            leader::dismiss(state)
        } else {
            worker::leave(state, failure)
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that rank 0 knows the result of.
struct Told<F>(F);

impl<F: Fn() -> Result<Vec<u8>, String> + Sync> Tasks for Told<F> {
    fn count(&self) -> usize {
        1
    }

    fn known(&self, _: usize) -> Result<Option<Vec<u8>>, String> {
        (self.0)().map(Some)
    }

    fn compute(&self, _: usize) -> Result<Vec<u8>, String> {
        Err("only rank 0 can say this".into())
    }
}

/// No tasks: ranks that meet.
struct Nothing;

impl Tasks for Nothing {
    fn count(&self) -> usize {
        0
    }

    fn compute(&self, _: usize) -> Result<Vec<u8>, String> {
        Err("there is nothing to compute".into())
    }
}

/// The result of a task; one that panics fails, so that nobody waits for it for ever.
fn attempt(tasks: &dyn Tasks, task: usize) -> Result<Vec<u8>, String> {
    catch_unwind(AssertUnwindSafe(|| tasks.compute(task)))
        .unwrap_or_else(|_| Err(format!("task {task} has panicked")))
}
