//! A communicator that counts.

use super::{Communicator, LinkError};

/// Another communicator, with the bytes and messages that this rank has sent through it, by stages of the work.
#[derive(Debug)]
pub struct Counting<'a, C: ?Sized> {
    stage: usize,
    sent: Vec<u64>,
    messages: Vec<u64>,
    inner: &'a mut C,
}

impl<'a, C: Communicator + ?Sized> Counting<'a, C> {
    /// Counts in so many stages, at least one; the first has begun.
    pub fn new(inner: &'a mut C, stages: usize) -> Self {
        Self {
            stage: 0,
            sent: vec![0; stages.max(1)],
            messages: vec![0; stages.max(1)],
            inner,
        }
    }

    /// What is sent from now on counts in this stage.
    ///
    /// # Panics
    /// If there is no such stage.
    pub fn stage(&mut self, stage: usize) {
        assert!(
            stage < self.sent.len(),
            "stage {stage} of {}",
            self.sent.len()
        );
        self.stage = stage;
    }

    /// Bytes that were sent in every stage.
    #[must_use]
    pub fn sent(&self) -> &[u64] {
        &self.sent
    }

    /// Messages that were sent in every stage.
    #[must_use]
    pub fn messages(&self) -> &[u64] {
        &self.messages
    }
}

impl<C: Communicator + ?Sized> Communicator for Counting<'_, C> {
    fn rank(&self) -> usize {
        self.inner.rank()
    }

    fn ranks(&self) -> usize {
        self.inner.ranks()
    }

    fn send(&mut self, to: usize, message: Vec<u8>) -> Result<(), LinkError> {
        let bytes = message.len() as u64;
        self.inner.send(to, message)?;
        self.sent[self.stage] += bytes;
        self.messages[self.stage] += 1;
        Ok(())
    }

    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LinkError> {
        self.inner.receive(from)
    }

    fn receive_any(&mut self) -> Result<(usize, Vec<u8>), LinkError> {
        self.inner.receive_any()
    }
}
