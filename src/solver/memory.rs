//! Looking back: history and record behind one moving cursor a lag.

use super::History;
use super::record::Record;

/// Side from which a time is approached, where the solution or its slope may jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The limit from earlier times: the end of a step.
    Before,
    /// No jump is near.
    Inside,
    /// The limit from later times: the start of a step.
    After,
}

/// Everything that a right-hand side may look back at.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    pub(super) history: History<'a>,
    pub(super) record: Record,
    pub(super) lags: Vec<f64>,
    /// Initial time: the history ends and the record begins.
    begin: f64,
    /// Piece that each lag reaches at the start of the step.
    anchors: Vec<u64>,
    /// Piece that each lag reached last.
    cursors: Vec<u64>,
    /// Times closer than this are one time.
    pub(super) rounding: f64,
    /// Whether the piece under construction may be read.
    pub(super) overlapping: bool,
}

impl<'a> Memory<'a> {
    pub(super) fn new(history: History<'a>, lags: &[f64], dimension: usize, begin: f64) -> Self {
        let mut memory = Self {
            history,
            record: Record::new(dimension),
            lags: lags.to_vec(),
            begin,
            anchors: vec![0; lags.len()],
            cursors: vec![0; lags.len()],
            rounding: 0.0,
            overlapping: false,
        };
        memory.move_to(begin);
        memory
    }

    pub(super) fn longest_lag(&self) -> f64 {
        self.lags.iter().copied().fold(0.0, f64::max)
    }

    pub(super) fn shortest_lag(&self) -> f64 {
        self.lags.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Back to the start of the step.
    #[inline]
    pub(super) fn rewind(&mut self) {
        self.cursors.copy_from_slice(&self.anchors);
    }

    /// Moves the start of the step to `time` and forgets what no lag reaches any more.
    pub(super) fn move_to(&mut self, time: f64) {
        let longest = self.longest_lag();
        self.rounding = 32.0 * f64::EPSILON * time.abs().max(longest);
        for (anchor, lag) in self.anchors.iter_mut().zip(&self.lags) {
            let past = time - lag - 2.0 * self.rounding;
            while *anchor + 1 < self.record.next() && past >= self.record.end(*anchor) {
                *anchor += 1;
            }
        }
        self.cursors.copy_from_slice(&self.anchors);
        self.record.forget(time - longest - 4.0 * self.rounding);
    }

    /// Writes `y(time - lag)` for every lag, one state after the other.
    ///
    /// Times may only grow between two calls of [`rewind`](Self::rewind).
    #[inline]
    pub(super) fn read<const N: usize>(&mut self, time: f64, side: Side, states: &mut [f64]) {
        let n = if N == 0 { self.history.dimension() } else { N };
        let shift = match side {
            Side::Before => -self.rounding,
            Side::Inside => 0.0,
            Side::After => self.rounding,
        };
        let readable = self.record.next() + u64::from(self.overlapping);
        let lags = self.lags.iter().zip(&mut self.cursors);
        for ((lag, cursor), state) in lags.zip(states.chunks_exact_mut(n)) {
            let past = time - lag;
            let selected = past + shift;
            if selected < self.begin {
                let past = past.min(self.begin);
                let rounding = 2.0 * self.rounding;
                self.history
                    .evaluate_beside(past, selected, rounding, state);
            } else {
                while *cursor + 1 < readable && selected >= self.record.end(*cursor) {
                    *cursor += 1;
                }
                self.record.read::<N>(*cursor, past, state);
            }
        }
    }
}
