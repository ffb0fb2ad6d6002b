//! What a rank holds at a time, and the most that it has held.

/// Elements in the hands of a rank: weights, maps, patches, and the numbers of messages that are written or read.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    now: usize,
    most: usize,
}

impl Ledger {
    /// So many more from now on.
    pub fn hold(&mut self, elements: usize) {
        self.now += elements;
        self.most = self.most.max(self.now);
    }

    /// So many of them no more.
    pub fn release(&mut self, elements: usize) {
        self.now -= elements;
    }

    /// So many more for a moment.
    pub fn touch(&mut self, elements: usize) {
        self.most = self.most.max(self.now + elements);
    }

    /// So many in all from now on.
    pub fn settle(&mut self, elements: usize) {
        self.now = elements;
        self.most = self.most.max(elements);
    }

    /// The most so far.
    pub fn most(&self) -> usize {
        self.most
    }
}
