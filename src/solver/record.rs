//! The stretch of trajectory that the longest lag still reaches: a ring of polynomials.

use super::Piece;
use super::tableau::TERMS;

/// Where a polynomial holds.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    begin: f64,
    end: f64,
    /// `1 / (end - begin)`.
    scale: f64,
}

/// A ring of polynomial pieces, numbered from the first of the run onwards.
///
/// Piece `i` holds `TERMS` rows of `dimension` coefficients in the normalised time
/// `theta = (t - begin) / (end - begin)`. One more slot, number `next`, is open for the piece under
/// construction. As a [`Piece`] the ring shows its newest one.
#[derive(Debug, Clone)]
pub(super) struct Record {
    dimension: usize,
    oldest: u64,
    next: u64,
    spans: Vec<Span>,
    coefficients: Vec<f64>,
}

impl Record {
    pub(super) fn new(dimension: usize) -> Self {
        const CAPACITY: usize = 16;
        Self {
            dimension,
            oldest: 0,
            next: 0,
            spans: vec![Span::default(); CAPACITY],
            coefficients: vec![0.0; CAPACITY * TERMS * dimension],
        }
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

    /// Coefficients of a piece, `TERMS` rows of `dimension`.
    #[inline]
    pub(super) fn coefficients(&self, piece: u64) -> &[f64] {
        let length = TERMS * self.dimension;
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
        let length = TERMS * self.dimension;
        let slot = self.slot(self.next);
        &mut self.coefficients[slot * length..][..length]
    }

    /// Whether a finished piece is held.
    pub(super) fn is_empty(&self) -> bool {
        self.next == 0
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
        for j in 0..n {
            let mut c: [f64; TERMS] =
                std::array::from_fn(|term| self.coefficients[(from * TERMS + term) * n + j]);
            // Taylor shift by one, then a change of scale
            for low in 0..TERMS {
                for term in (low..TERMS - 1).rev() {
                    c[term] += c[term + 1];
                }
            }
            let mut power = 1.0;
            for (term, value) in c.iter().enumerate() {
                self.coefficients[(to * TERMS + term) * n + j] = power * value;
                power *= ratio;
            }
        }
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
        let rows = &self.coefficients[slot * TERMS * n..][..TERMS * n];
        let (c0, rest) = rows.split_at(n);
        let (c1, rest) = rest.split_at(n);
        let (c2, rest) = rest.split_at(n);
        let (c3, c4) = rest.split_at(n);
        let state = &mut state[..n];
        for j in 0..n {
            state[j] = c0[j] + theta * (c1[j] + theta * (c2[j] + theta * (c3[j] + theta * c4[j])));
        }
    }

    /// Writes the slope of a piece at `time`.
    pub(super) fn read_slope(&self, piece: u64, time: f64, slope: &mut [f64]) {
        let span = self.spans[self.slot(piece)];
        let theta = (time - span.begin) * span.scale;
        let rows = self.coefficients(piece);
        for (j, slope) in slope.iter_mut().enumerate() {
            let term = |term: usize| term as f64 * rows[term * self.dimension + j];
            *slope = span.scale * (1..TERMS).rev().fold(0.0, |sum, k| sum * theta + term(k));
        }
    }

    /// Doubles the capacity; every piece keeps its number.
    fn grow(&mut self) {
        let length = TERMS * self.dimension;
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
        let (span, rows) = self.newest();
        let theta = (time - span.begin) * span.scale;
        let term = |term: usize| rows[term * self.dimension + component];
        (0..TERMS).rev().fold(0.0, |sum, k| sum * theta + term(k))
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let (span, rows) = self.newest();
        let theta = (time - span.begin) * span.scale;
        let term = |term: usize| term as f64 * rows[term * self.dimension + component];
        span.scale * (1..TERMS).rev().fold(0.0, |sum, k| sum * theta + term(k))
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
        let mut record = Record::new(1);
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
        let mut record = Record::new(1);
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
