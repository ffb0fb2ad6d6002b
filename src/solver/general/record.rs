//! The stretch of trajectory that the longest lag still reaches: a ring of polynomials.

use pulp::Arch;
use serde::{Deserialize, Serialize};

use super::horner::{horner, horner_slope, pick};
use crate::solver::Piece;

/// Most coefficients of a polynomial.
const MOST_TERMS: usize = 8;

/// Where a polynomial holds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Span {
    begin: f64,
    end: f64,
    /// `1 / (end - begin)`.
    scale: f64,
}

/// A ring of polynomial pieces, numbered from the first of the run onwards.
///
/// Piece `i` holds `terms` rows of `dimension` coefficients in the normalised time
/// `theta = (t - begin) scale`, where `scale` is the inverse of the step. One more slot, number `next`, is open for the piece under
/// construction. As a [`Piece`] the ring shows its newest one.
#[derive(Debug, Clone)]
pub(super) struct Record {
    dimension: usize,
    terms: usize,
    oldest: u64,
    next: u64,
    spans: Vec<Span>,
    coefficients: Vec<f64>,
}

/// The finished pieces of a [`Record`], for a saved run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pieces {
    oldest: u64,
    spans: Vec<Span>,
    coefficients: Vec<f64>,
}

impl Record {
    pub(super) fn new(dimension: usize, terms: usize) -> Self {
        const CAPACITY: usize = 16;
        Self {
            dimension,
            terms,
            oldest: 0,
            next: 0,
            spans: vec![Span::default(); CAPACITY],
            coefficients: vec![0.0; CAPACITY * terms * dimension],
        }
    }

    /// The finished pieces.
    pub(super) fn pieces(&self) -> Pieces {
        let held = self.oldest..self.next;
        let coefficients = held.clone().flat_map(|piece| self.coefficients(piece));
        Pieces {
            oldest: self.oldest,
            coefficients: coefficients.copied().collect(),
            spans: held.map(|piece| self.spans[self.slot(piece)]).collect(),
        }
    }

    /// Puts saved pieces back, or says that they do not fit.
    pub(super) fn restore(&mut self, pieces: &Pieces) -> bool {
        let length = self.length();
        if pieces.coefficients.len() != pieces.spans.len() * length {
            return false;
        }
        (self.oldest, self.next) = (pieces.oldest, pieces.oldest);
        for (span, coefficients) in pieces.spans.iter().zip(pieces.coefficients.chunks(length)) {
            self.open(span.begin, span.end);
            let slot = self.slot(self.next);
            self.spans[slot] = *span;
            self.open_coefficients().copy_from_slice(coefficients);
            self.commit();
        }
        true
    }

    /// Numbers that a piece holds.
    #[inline]
    fn length(&self) -> usize {
        self.terms * self.dimension
    }

    #[inline]
    fn slot(&self, piece: u64) -> usize {
        // the capacity is a power of two
        piece as usize & (self.spans.len() - 1)
    }

    /// Number of finished pieces that are still held.
    pub(super) fn len(&self) -> usize {
        (self.next - self.oldest) as usize
    }

    /// Bytes reserved for pieces.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.spans[..]) + size_of_val(&self.coefficients[..])
    }

    /// Number of the piece under construction.
    #[inline]
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// End of a piece.
    #[inline]
    pub(super) fn end(&self, piece: u64) -> f64 {
        self.spans[self.slot(piece)].end
    }

    /// Coefficients of a piece, `terms` rows of `dimension`.
    #[inline]
    pub(super) fn coefficients(&self, piece: u64) -> &[f64] {
        let length = self.length();
        &self.coefficients[self.slot(piece) * length..][..length]
    }

    /// Begin of a piece.
    #[inline]
    pub(super) fn begin(&self, piece: u64) -> f64 {
        self.spans[self.slot(piece)].begin
    }

    /// Number of the oldest piece held.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    /// Opens the next piece over a span; its coefficients are whatever they were.
    pub(super) fn open(&mut self, begin: f64, end: f64) {
        if self.len() + 1 > self.spans.len() {
            self.grow();
        }
        let slot = self.slot(self.next);
        let scale = 1.0 / (end - begin);
        self.spans[slot] = Span { begin, end, scale };
    }

    /// Coefficients of the piece under construction.
    #[inline]
    pub(super) fn open_coefficients(&mut self) -> &mut [f64] {
        let length = self.length();
        let slot = self.slot(self.next);
        &mut self.coefficients[slot * length..][..length]
    }

    /// Fills the open piece with a straight line from `state` that rises by `slope` a step.
    pub(super) fn draw_line(&mut self, state: &[f64], step: f64, slope: &[f64]) {
        let n = self.dimension;
        let rows = self.open_coefficients();
        rows.fill(0.0);
        rows[..n].copy_from_slice(state);
        for (row, slope) in rows[n..2 * n].iter_mut().zip(slope) {
            *row = step * slope;
        }
    }

    /// Fills the open piece with the continuation of the one before it.
    pub(super) fn extrapolate(&mut self) {
        let n = self.dimension;
        let open = self.spans[self.slot(self.next)];
        let last = self.spans[self.slot(self.next - 1)];
        let ratio = (open.end - open.begin) * last.scale;
        let (from, to) = (self.slot(self.next - 1), self.slot(self.next));
        let terms = self.terms;
        let mut c = [0.0; MOST_TERMS];
        for j in 0..n {
            for (term, c) in c[..terms].iter_mut().enumerate() {
                *c = self.coefficients[(from * terms + term) * n + j];
            }
            // Taylor shift by one, then a change of scale
            for low in 0..terms {
                for term in (low..terms - 1).rev() {
                    c[term] += c[term + 1];
                }
            }
            let mut power = 1.0;
            for (term, value) in c[..terms].iter().enumerate() {
                self.coefficients[(to * terms + term) * n + j] = power * value;
                power *= ratio;
            }
        }
    }

    /// Ends the newest piece at a time inside it; its polynomial stays as it is.
    pub(super) fn cut(&mut self, time: f64) {
        let slot = self.slot(self.next.saturating_sub(1));
        self.spans[slot].end = time;
    }

    /// The piece that holds a time, or the nearest one.
    pub(super) fn find(&self, time: f64) -> u64 {
        let (mut low, mut high) = (self.oldest, self.next.saturating_sub(1));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.end(middle) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Shows every row of coefficients of the finished pieces.
    pub(super) fn for_each_row(&mut self, visit: &mut dyn FnMut(&mut [f64])) {
        let length = self.length();
        for piece in self.oldest..self.next {
            let slot = self.slot(piece);
            let rows = &mut self.coefficients[slot * length..][..length];
            rows.chunks_exact_mut(self.dimension.max(1))
                .for_each(&mut *visit);
        }
    }

    /// Begin of the newest piece, if there is one.
    #[inline]
    pub(super) fn newest_begin(&self) -> Option<f64> {
        self.next.checked_sub(1).map(|piece| self.begin(piece))
    }

    /// End of the newest piece, if there is one.
    #[inline]
    pub(super) fn newest_end(&self) -> Option<f64> {
        self.next.checked_sub(1).map(|piece| self.end(piece))
    }

    /// Begin, end and inverse length of the newest piece, and its rows of coefficients.
    pub(super) fn newest_rows(&self) -> ((f64, f64, f64), &[f64]) {
        let (span, rows) = self.newest();
        ((span.begin, span.end, span.scale), rows)
    }

    /// Makes the open piece the newest one.
    pub(super) fn commit(&mut self) {
        self.next += 1;
    }

    /// Lets go of all pieces that end before `time`, but not of the newest.
    #[inline]
    pub(super) fn forget(&mut self, time: f64) {
        while self.oldest + 1 < self.next && self.end(self.oldest) < time {
            self.oldest += 1;
        }
    }

    /// Writes the state of a piece at `time`, which may lie a rounding error outside its span.
    ///
    /// `N` is the dimension if it is known at compile time, else zero.
    #[inline]
    pub(super) fn read<const N: usize>(&self, piece: u64, time: f64, state: &mut [f64]) {
        let n = if N == 0 { self.dimension } else { N };
        let slot = self.slot(piece);
        let theta = (time - self.spans[slot].begin) * self.spans[slot].scale;
        let state = &mut state[..n];
        let rows = &self.coefficients[slot * self.terms * n..];
        match (N, self.terms) {
            (0, 5) => Arch::new().dispatch(|| horner::<5>(rows, theta, state)),
            (0, _) => Arch::new().dispatch(|| horner::<8>(rows, theta, state)),
            (_, 5) => horner::<5>(rows, theta, state),
            _ => horner::<8>(rows, theta, state),
        }
    }

    /// Writes components of a piece at `time` to their places among `values`.
    #[inline]
    pub(super) fn read_components(
        &self,
        piece: u64,
        time: f64,
        entries: &[(u32, u32)],
        values: &mut [f64],
    ) {
        let slot = self.slot(piece);
        let theta = (time - self.spans[slot].begin) * self.spans[slot].scale;
        let rows = self.coefficients(piece);
        match self.terms {
            5 => pick::<5>(rows, self.dimension, theta, entries, values),
            _ => pick::<8>(rows, self.dimension, theta, entries, values),
        }
    }

    /// One component of a piece at `time`.
    pub(super) fn component(&self, piece: u64, component: usize, time: f64) -> f64 {
        let span = self.spans[self.slot(piece)];
        let theta = (time - span.begin) * span.scale;
        let rows = self.coefficients(piece);
        let term = |term: usize| rows[term * self.dimension + component];
        (0..self.terms)
            .rev()
            .fold(0.0, |sum, k| sum * theta + term(k))
    }

    /// Writes the slope of a piece at `time`.
    pub(super) fn read_slope(&self, piece: u64, time: f64, slope: &mut [f64]) {
        let span = self.spans[self.slot(piece)];
        let theta = (time - span.begin) * span.scale;
        let rows = self.coefficients(piece);
        let scale = span.scale;
        match self.terms {
            5 => Arch::new().dispatch(|| horner_slope::<5>(rows, theta, scale, slope)),
            _ => Arch::new().dispatch(|| horner_slope::<8>(rows, theta, scale, slope)),
        }
    }

    /// Doubles the capacity; every piece keeps its number.
    fn grow(&mut self) {
        let length = self.length();
        let capacity = 2 * self.spans.len();
        let mut spans = vec![Span::default(); capacity];
        let mut coefficients = vec![0.0; capacity * length];
        for piece in self.oldest..self.next {
            let to = piece as usize & (capacity - 1);
            spans[to] = self.spans[self.slot(piece)];
            coefficients[to * length..][..length].copy_from_slice(self.coefficients(piece));
        }
        (self.spans, self.coefficients) = (spans, coefficients);
    }

    fn newest(&self) -> (Span, &[f64]) {
        let piece = self.next.saturating_sub(1);
        (self.spans[self.slot(piece)], self.coefficients(piece))
    }
}

impl Piece for Record {
    fn span(&self) -> (f64, f64) {
        let (span, _) = self.newest();
        (span.begin, span.end)
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        self.component(self.next.saturating_sub(1), component, time)
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let (span, rows) = self.newest();
        let theta = (time - span.begin) * span.scale;
        let term = |term: usize| term as f64 * rows[term * self.dimension + component];
        span.scale
            * (1..self.terms)
                .rev()
                .fold(0.0, |sum, k| sum * theta + term(k))
    }

    fn state(&self, time: f64, state: &mut [f64]) {
        self.read::<0>(self.next.saturating_sub(1), time, state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cubic(record: &mut Record, begin: f64, end: f64) {
        // y = t^3, written in theta
        let h = end - begin;
        record.open(begin, end);
        let c = [
            begin.powi(3),
            3.0 * begin * begin * h,
            3.0 * begin * h * h,
            h.powi(3),
            0.0,
        ];
        record.open_coefficients().copy_from_slice(&c);
    }

    #[test]
    fn pieces_survive_growth_and_are_forgotten() {
        let mut record = Record::new(1, 5);
        for k in 0..100 {
            cubic(&mut record, f64::from(k), f64::from(k + 1));
            record.commit();
            record.forget(f64::from(k) - 40.0);
        }
        assert!(record.len() <= 43);
        let mut state = [0.0];
        record.read::<1>(70, 70.5, &mut state);
        assert!((state[0] - 70.5_f64.powi(3)).abs() < 1e-8);
        assert!((record.slope(0, 99.5) - 3.0 * 99.5 * 99.5).abs() < 1e-8);
    }

    #[test]
    fn extrapolation_continues_the_polynomial() {
        let mut record = Record::new(1, 5);
        cubic(&mut record, 1.0, 1.5);
        record.commit();
        record.open(1.5, 2.75);
        record.extrapolate();
        record.commit();
        for t in [1.5, 2.0, 2.75] {
            assert!((record.value(0, t) - t * t * t).abs() < 1e-12);
        }
    }
}
