//! Ranks that are threads of one process.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::{Communicator, LinkError};

/// A rank that is a thread: moved into it, and [gone](LinkError::Gone) for the others when it is dropped.
#[derive(Debug)]
pub struct Threads {
    rank: usize,
    /// To every rank, also this one.
    to: Vec<Sender<Letter>>,
    inbox: Receiver<Letter>,
    /// What has come and was not asked for yet, of every rank.
    waiting: Vec<VecDeque<Vec<u8>>>,
    gone: Vec<bool>,
    patience: Duration,
}

/// What is put into an inbox: from whom, and a message, or that there will be none any more.
#[derive(Debug)]
struct Letter {
    from: usize,
    message: Option<Vec<u8>>,
}

impl Threads {
    /// The ends of the links between so many ranks; one that waits longer than `patience` for a message gives up.
    #[must_use]
    pub fn linked(ranks: usize, patience: Duration) -> Vec<Self> {
        let (to, inboxes): (Vec<_>, Vec<_>) = (0..ranks).map(|_| channel()).unzip();
        inboxes
            .into_iter()
            .enumerate()
            .map(|(rank, inbox)| Self {
                rank,
                to: to.clone(),
                inbox,
                waiting: vec![VecDeque::new(); ranks],
                gone: vec![false; ranks],
                patience,
            })
            .collect()
    }

    /// Whether a rank is another one that exists.
    fn known(&self, rank: usize) -> Result<(), LinkError> {
        if rank == self.rank || rank >= self.ranks() {
            return Err(LinkError::Unknown {
                rank,
                ranks: self.ranks(),
            });
        }
        Ok(())
    }

    /// Sorts one more letter in; none if none comes before the deadline.
    fn take(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.inbox.recv_timeout(left) {
            Ok(Letter { from, message }) => {
                match message {
                    Some(message) => self.waiting[from].push_back(message),
                    None => self.gone[from] = true,
                }
                true
            }
            Err(_) => false,
        }
    }
}

impl Communicator for Threads {
    fn rank(&self) -> usize {
        self.rank
    }

    fn ranks(&self) -> usize {
        self.to.len()
    }

    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), LinkError> {
        self.known(to)?;
        let letter = Letter {
            from: self.rank,
            message: Some(message),
        };
        self.to[to]
            .send(letter)
            .map_err(|_| LinkError::Gone { rank: to })
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.known(from)?;
        let deadline = Instant::now() + self.patience;
        loop {
            if let Some(message) = self.waiting[from].pop_front() {
                return Ok(message);
            }
            if self.gone[from] {
                return Err(LinkError::Gone { rank: from });
            }
            if !self.take(deadline) {
                return Err(LinkError::Silent {
                    rank: from,
                    waited: self.patience,
                });
            }
        }
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        let deadline = Instant::now() + self.patience;
        loop {
            let mut queues = self.waiting.iter_mut().enumerate();
            let first = queues.find_map(|(from, queue)| Some((from, queue.pop_front()?)));
            if let Some(first) = first {
                return Ok(first);
            }
            let others = (0..self.ranks()).filter(|rank| *rank != self.rank);
            if others.clone().all(|rank| self.gone[rank]) || !self.take(deadline) {
                return Err(LinkError::Alone);
            }
        }
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    fn has_ended(&self, rank: usize) -> bool {
        self.gone.get(rank).copied().unwrap_or(false)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for to in &self.to {
            // Who is gone already need not know.
            let _ = to.send(Letter {
                from: self.rank,
                message: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn messages_of_each_rank_keep_their_order() {
        let mut ranks = Threads::linked(3, LONG);
        let (mut two, mut one, mut zero) = (
            ranks.pop().expect("rank 2"),
            ranks.pop().expect("rank 1"),
            ranks.pop().expect("rank 0"),
        );
        two.send(0, vec![20]).expect("rank 0 lives");
        one.send(0, vec![10]).expect("rank 0 lives");
        two.send(0, vec![21]).expect("rank 0 lives");
        assert_eq!(zero.receive(1), Ok(vec![10]));
        assert_eq!(zero.receive_any(), Ok((2, vec![20])));
        assert_eq!(zero.receive(2), Ok(vec![21]));
    }

    #[test]
    fn a_rank_that_has_ended_is_named_after_its_last_message() {
        let mut ranks = Threads::linked(2, LONG);
        let (mut one, mut zero) = (ranks.pop().expect("rank 1"), ranks.pop().expect("rank 0"));
        one.send(0, vec![1]).expect("rank 0 lives");
        drop(one);
        assert_eq!(zero.receive(1), Ok(vec![1]));
        assert_eq!(zero.receive(1), Err(LinkError::Gone { rank: 1 }));
        assert_eq!(zero.receive_any(), Err(LinkError::Alone));
        assert_eq!(zero.send(1, vec![1]), Err(LinkError::Gone { rank: 1 }));
    }

    #[test]
    fn silence_ends_and_strangers_are_refused() {
        let mut ranks = Threads::linked(2, SHORT);
        let silent = LinkError::Silent {
            rank: 1,
            waited: SHORT,
        };
        assert_eq!(ranks[0].receive(1), Err(silent));
        for stranger in [0, 2] {
            let unknown = LinkError::Unknown {
                rank: stranger,
                ranks: 2,
            };
            assert_eq!(ranks[0].receive(stranger), Err(unknown.clone()));
            assert_eq!(ranks[0].send(stranger, Vec::new()), Err(unknown));
        }
    }
}
