//! Ranks that are processes, on one machine or many, linked by MPI.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use std::{mem, thread};

use ::mpi::environment::Universe;
use ::mpi::point_to_point::MatchedReceiveVec;
use ::mpi::topology::SimpleCommunicator;
use ::mpi::traits::{Communicator as _, Destination, Source};
use ::mpi::{Tag, Threading, initialize_with_threading, request};
use thiserror::Error;

use super::{Communicator, LinkError};

/// Bytes that go in one piece: MPI counts them by an `int`.
const PIECE: usize = 1 << 30;

/// The tag of a piece that others follow, and that of the last one.
const MORE: Tag = 1;
const LAST: Tag = 0;

/// Time in which who waits asks again at once: some round trips between machines. Afterwards it sleeps for an eighth of
/// the time that it has waited, so that a core that others need is left to them.
const EAGER: Duration = Duration::from_micros(200);
const LONGEST_SLEEP: Duration = Duration::from_millis(1);

/// Why MPI cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MpiError {
    /// It can be started once in the life of a process.
    #[error("MPI has been started before in this process")]
    Started,
    /// The library allows fewer threads than this crate has.
    #[error(
        "this MPI library allows no threads beside the one that talks; use one that was built with threads"
    )]
    Threads,
}

/// This process as one of all that `mpirun` has started.
///
/// Only one thread at a time talks. Messages may have any length. A message is sent when its buffer is free again, and
/// messages of others are taken in meanwhile, so that two ranks may send to each other at once. That a process has died is
/// for the launcher to see: Open MPI ends all others within a second, and names the dead one.
#[derive(Debug)]
pub struct Mpi {
    world: World,
    /// What has come and was not asked for yet, of every rank.
    waiting: Vec<VecDeque<Vec<u8>>>,
    /// Messages of which pieces are missing, of every rank.
    begun: Vec<Vec<u8>>,
    patience: Duration,
    piece: usize,
    last_words: fn(&LinkError),
}

/// The library itself; it is finalised when this is dropped.
struct World(Universe);

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("World")
    }
}

impl Mpi {
    /// Starts MPI. A rank that waits longer than `patience` gives up; if that is for a message to be fetched, whose buffer
    /// MPI does not give back, `last_words` hears of it and all ranks are ended.
    ///
    /// # Errors
    /// If it was started before, or allows no threads.
    pub fn start(patience: Duration, last_words: fn(&LinkError)) -> Result<Self, MpiError> {
        let started = initialize_with_threading(Threading::Serialized);
        let (universe, threading) = started.ok_or(MpiError::Started)?;
        if threading < Threading::Funneled {
            return Err(MpiError::Threads);
        }
        let ranks = count(universe.world().size());
        Ok(Self {
            world: World(universe),
            waiting: vec![VecDeque::new(); ranks],
            begun: vec![Vec::new(); ranks],
            patience,
            piece: PIECE,
            last_words,
        })
    }

    /// The same with messages in pieces of at most so many bytes; all ranks may choose for themselves.
    #[must_use]
    pub fn in_pieces(self, bytes: usize) -> Self {
        Self {
            piece: bytes.clamp(1, PIECE),
            ..self
        }
    }

    /// Ends all ranks at once, this one too: what is left to do when one of them no longer answers.
    pub fn end_all(code: u8) -> ! {
        SimpleCommunicator::world().abort(code.into())
    }

    /// Whether a rank is another one that exists.
    fn known(&self, rank: usize) -> Result<(), LinkError> {
        if rank == self.rank() || rank >= self.ranks() {
            return Err(LinkError::Unknown {
                rank,
                ranks: self.ranks(),
            });
        }
        Ok(())
    }

    /// Takes one more piece in, if there is one.
    fn take(&mut self) -> bool {
        let arrived = self.world.0.world().any_process().immediate_matched_probe();
        let Some(arrived) = arrived else {
            return false;
        };
        let (piece, status) = arrived.matched_receive_vec::<u8>();
        let from = count(status.source_rank());
        let begun = &mut self.begun[from];
        if begun.is_empty() {
            *begun = piece;
        } else {
            begun.extend(piece);
        }
        if status.tag() == LAST {
            let whole = mem::take(begun);
            self.waiting[from].push_back(whole);
        }
        true
    }

    /// Sends one piece, and takes in what comes until its buffer is free.
    fn send_piece(&mut self, to: usize, piece: &[u8], tag: Tag) {
        let world = self.world.0.world();
        // The rank is one of `ranks`, which came from MPI as an `i32`.
        let process = world.process_at_rank(i32::try_from(to).unwrap_or(i32::MAX));
        let pause = Pause::begin(self.patience);
        request::scope(|scope| {
            let mut request = process.immediate_send_with_tag(scope, piece, tag);
            while let Err(unfinished) = request.test() {
                request = unfinished;
                if self.take() {
                    continue;
                }
                if !pause.rest() {
                    (self.last_words)(&LinkError::Silent {
                        rank: to,
                        waited: self.patience,
                    });
                    Self::end_all(1);
                }
            }
        });
    }
}

/// A rank or a number of ranks: never negative.
fn count(rank: i32) -> usize {
    usize::try_from(rank).unwrap_or(0)
}

/// Waiting that is short at first.
struct Pause {
    since: Instant,
    patience: Duration,
}

impl Pause {
    fn begin(patience: Duration) -> Self {
        Self {
            since: Instant::now(),
            patience,
        }
    }

    /// Lets others work; false if the patience is over.
    fn rest(&self) -> bool {
        let waited = self.since.elapsed();
        if waited < EAGER {
            thread::yield_now();
        } else {
            thread::sleep((waited / 8).min(LONGEST_SLEEP));
        }
        waited < self.patience
    }
}

impl Communicator for Mpi {
    fn rank(&self) -> usize {
        count(self.world.0.world().rank())
    }

    fn ranks(&self) -> usize {
        self.waiting.len()
    }

    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), LinkError> {
        self.known(to)?;
        let mut rest = message.as_slice();
        while rest.len() > self.piece {
            let (piece, others) = rest.split_at(self.piece);
            self.send_piece(to, piece, MORE);
            rest = others;
        }
        self.send_piece(to, rest, LAST);
        Ok(())
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.known(from)?;
        let pause = Pause::begin(self.patience);
        loop {
            if let Some(message) = self.waiting[from].pop_front() {
                return Ok(message);
            }
            if !self.take() && !pause.rest() {
                return Err(LinkError::Silent {
                    rank: from,
                    waited: self.patience,
                });
            }
        }
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        let pause = Pause::begin(self.patience);
        loop {
            let mut queues = self.waiting.iter_mut().enumerate();
            let first = queues.find_map(|(from, queue)| Some((from, queue.pop_front()?)));
            if let Some(first) = first {
                return Ok(first);
            }
            if !self.take() && (self.ranks() < 2 || !pause.rest()) {
                return Err(LinkError::Alone);
            }
        }
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
