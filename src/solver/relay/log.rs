//! The crossings that are still to be felt: one log, one cursor per lag.

use std::collections::VecDeque;

/// A zero of one component or cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crossing {
    pub(super) time: f64,
    pub(super) source: u32,
}

/// Crossings in the order of time, each kept until it has been felt through both lags.
///
/// 16 bytes a crossing; nothing is copied per lag.
#[derive(Debug)]
pub(super) struct Log {
    lags: [f64; 2],
    /// Index into `crossings` of the next one to be felt, per lag.
    next: [usize; 2],
    crossings: VecDeque<Crossing>,
}

impl Log {
    pub(super) fn new(lags: [f64; 2]) -> Self {
        Self {
            lags,
            next: [0, 0],
            crossings: VecDeque::new(),
        }
    }

    /// Time at which the next crossing is felt, and through which lag; infinite if none is.
    #[inline]
    pub(super) fn due(&self) -> (f64, usize) {
        let due = |lag: usize| {
            self.crossings
                .get(self.next[lag])
                .map_or(f64::INFINITY, |crossing| crossing.time + self.lags[lag])
        };
        let (first, second) = (due(0), due(1));
        if first <= second {
            (first, 0)
        } else {
            (second, 1)
        }
    }

    /// Who is felt next through a lag.
    #[inline]
    pub(super) fn source(&self, lag: usize) -> Option<u32> {
        self.crossings
            .get(self.next[lag])
            .map(|crossing| crossing.source)
    }

    /// The next crossing has been felt through a lag.
    #[inline]
    pub(super) fn felt(&mut self, lag: usize) {
        self.next[lag] += 1;
        if self.next[0] > 0 && self.next[1] > 0 {
            self.crossings.pop_front();
            self.next[0] -= 1;
            self.next[1] -= 1;
        }
    }

    #[inline]
    pub(super) fn push(&mut self, time: f64, source: u32) {
        self.crossings.push_back(Crossing { time, source });
    }

    /// The latest crossing that is still kept.
    pub(super) fn last(&mut self) -> Option<&mut Crossing> {
        self.crossings.back_mut()
    }

    /// The crossings at exactly `time`, which is not before the latest.
    pub(super) fn at(&self, time: f64) -> impl Iterator<Item = u32> + '_ {
        self.crossings
            .iter()
            .rev()
            .take_while(move |crossing| crossing.time >= time)
            .map(|crossing| crossing.source)
    }

    /// Heap memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.crossings.capacity() * size_of::<Crossing>()
    }
}
