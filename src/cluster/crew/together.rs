//! Work that all ranks do at once, with messages of their own between them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::{CrewError, State};
use crate::cluster::{Communicator, LinkError};

/// What the last byte of a message says that it is.
const GO: u8 = 0xf8;
const HALT: u8 = 0xf7;
const WORK: u8 = 0xf9;
const DONE: u8 = 0xfa;
const FAILED: u8 = 0xfb;
const STOPPED: u8 = 0xfc;

/// How the work of a rank has ended.
#[derive(Debug, Clone)]
enum End {
    /// With a result.
    Done(Vec<u8>),
    /// With an error of its own.
    Failed(String),
    /// Because another rank had ended.
    Stopped(String),
}

impl End {
    fn to_bytes(&self) -> Vec<u8> {
        let (bytes, mark) = match self {
            Self::Done(bytes) => (bytes.as_slice(), DONE),
            Self::Failed(words) => (words.as_bytes(), FAILED),
            Self::Stopped(words) => (words.as_bytes(), STOPPED),
        };
        let mut message = bytes.to_vec();
        message.push(mark);
        message
    }
}

/// The links of a crew while its ranks work together: messages of the work, until a rank says how it has ended.
struct Joint<'a> {
    state: &'a mut State,
    /// How the others have ended, as far as that is known.
    ends: Vec<Option<End>>,
    /// Whether the work was told that another rank had ended.
    told: bool,
}

/// A message, sorted.
enum Sorted {
    Work(Vec<u8>),
    End,
}

impl Joint<'_> {
    /// The next message of a rank that has not ended.
    fn next(&mut self, from: usize) -> Result<Sorted, LinkError> {
        let mut message = self.state.link.receive(from)?;
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let end = match message.pop() {
            Some(WORK) => return Ok(Sorted::Work(message)),
            Some(DONE) => End::Done(message),
            Some(FAILED) => End::Failed(words(&message)),
            Some(STOPPED) => End::Stopped(words(&message)),
            // All have come here together: this is another program.
            _ => End::Failed(CrewError::OutOfStep { rank: from }.to_string()),
        };
        self.ends[from] = Some(end);
        Ok(Sorted::End)
    }
}

impl Communicator for Joint<'_> {
    fn rank(&self) -> usize {
        self.state.link.rank()
    }

    fn ranks(&self) -> usize {
        self.state.link.ranks()
    }

    fn send(&mut self, to: usize, mut message: Vec<u8>) -> Result<(), LinkError> {
        if self.ends.get(to).is_some_and(Option::is_some) {
            self.told = true;
            return Err(LinkError::Gone { rank: to });
        }
        message.push(WORK);
        self.state.link.send(to, message)
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        let ended = self.ends.get(from).is_some_and(Option::is_some);
        if !ended && let Sorted::Work(message) = self.next(from)? {
            return Ok(message);
        }
        self.told = true;
        Err(LinkError::Gone { rank: from })
    }

    /// The others one after the other: nobody is asked for who would not send.
    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        Err(LinkError::Alone)
    }

    fn patience(&self) -> Duration {
        self.state.link.patience()
    }
}

/// On rank 0, which has answered everybody before anybody sends anything else: calls those to work who wait for it, or sends
/// them away if one of them did not come.
pub(super) fn call(state: &mut State, all_are_here: bool) -> Result<(), CrewError> {
    let word = if all_are_here { GO } else { HALT };
    for other in 1..state.link.ranks() {
        if !state.left[other] {
            state.link.send(other, vec![word])?;
        }
    }
    Ok(())
}

/// Does the work of this rank beside that of all others, which have all come here; results of all ranks, in their order.
pub(super) fn work(
    state: &mut State,
    work: impl FnOnce(&mut dyn Communicator) -> Result<Vec<u8>, String>,
) -> Result<Vec<Vec<u8>>, CrewError> {
    let (rank, ranks) = (state.link.rank(), state.link.ranks());
    if rank > 0 {
        match state.link.receive(0)?[..] {
            [GO] => {}
            [HALT] => return Err(CrewError::Stopped),
            _ => return Err(CrewError::OutOfStep { rank: 0 }),
        }
    }
    let mut joint = Joint {
        state,
        ends: vec![None; ranks],
        told: false,
    };
    let result = catch_unwind(AssertUnwindSafe(|| work(&mut joint)));
    let own = match result {
        Ok(Ok(result)) => End::Done(result),
        Ok(Err(words)) if joint.told => End::Stopped(words),
        Ok(Err(words)) => End::Failed(words),
        Err(_) => End::Failed(format!("rank {rank} has died at its work")),
    };
    conclude(joint, own)
}

/// Everybody says to everybody how it has ended. Nobody goes on, or leaves, before it has heard all others: what is on its
/// way to it would find nobody.
fn conclude(mut joint: Joint<'_>, own: End) -> Result<Vec<Vec<u8>>, CrewError> {
    let (rank, ranks) = (joint.rank(), joint.ranks());
    for other in (0..ranks).filter(|other| *other != rank) {
        joint.state.link.send(other, own.to_bytes())?;
    }
    joint.ends[rank] = Some(own);
    let (mut left_over, mut silent) = (None, None);
    for other in 0..ranks {
        while joint.ends[other].is_none() {
            match joint.next(other) {
                Ok(Sorted::Work(_)) => left_over = left_over.or(Some(other)),
                Ok(Sorted::End) => {}
                Err(LinkError::Silent { waited, .. }) => {
                    silent = silent.or(Some((other, waited)));
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let failure = failure(&joint.ends);
    if let Some(silent) = silent {
        return Err(lost(rank, silent, failure));
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    if let Some(rank) = left_over {
        return Err(CrewError::OutOfStep { rank });
    }
    let done = joint.ends.into_iter().filter_map(|end| match end {
        Some(End::Done(result)) => Some(result),
        _ => None,
    });
    Ok(done.collect())
}

/// The first error that is no consequence of another, with what the first of the others says about it.
fn failure(ends: &[Option<End>]) -> Option<CrewError> {
    let all = || ends.iter().enumerate();
    let mut failed = all().filter_map(|(rank, end)| match end {
        Some(End::Failed(words)) => Some((rank, words)),
        _ => None,
    });
    let mut stopped = all().filter_map(|(rank, end)| match end {
        Some(End::Stopped(words)) => Some((rank, words)),
        _ => None,
    });
    let (rank, cause) = failed.next().or_else(|| stopped.next())?;
    let message = match stopped.next() {
        Some((_, consequence)) => format!("{cause}; {consequence}"),
        None => cause.clone(),
    };
    Some(CrewError::Together { rank, message })
}

/// A rank that does not even say how it has ended. Rank 0 then ends all; the others leave that to it, if it is there.
fn lost(own: usize, (rank, silent): (usize, Duration), failure: Option<CrewError>) -> CrewError {
    let lost = CrewError::Lost { rank, silent };
    let broken = own == 0 || rank == 0;
    match failure {
        Some(failure) if broken => CrewError::LostTogether {
            rank,
            silent,
            message: failure.to_string(),
        },
        Some(failure) => failure,
        None if broken => lost,
        None => CrewError::Together {
            rank,
            message: lost.to_string(),
        },
    }
}
