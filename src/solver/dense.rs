//! A whole trajectory, kept as polynomials to be evaluated at any later time.

use serde::{Deserialize, Serialize};

use super::SolverError;

/// Where a polynomial holds, and its normalised time `(t - origin) scale`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Span {
    begin: f64,
    end: f64,
    origin: f64,
    scale: f64,
}

/// The interpolants of a run, of all components or of some; made by
/// [`DelaySolver::keep`](super::DelaySolver::keep).
///
/// Where the solution jumps, the value after the jump is shown. Cost of a value: a binary search and
/// a polynomial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    components: Vec<usize>,
    terms: usize,
    spans: Vec<Span>,
    /// Piece after piece, component after component, from the constant upwards.
    coefficients: Vec<f64>,
}

impl Dense {
    /// Refuses components that are not there; none means all of them.
    pub(super) fn new(
        components: &[usize],
        dimension: usize,
        terms: usize,
    ) -> Result<Self, SolverError> {
        if let Some(component) = components.iter().find(|c| **c >= dimension) {
            return Err(SolverError::InvalidArgument {
                name: "component to keep",
                value: *component as f64,
                requirement: "it must be the number of a component, counted from 0",
            });
        }
        let components = if components.is_empty() {
            (0..dimension).collect()
        } else {
            components.to_vec()
        };
        Ok(Self {
            components,
            terms,
            spans: Vec::new(),
            coefficients: Vec::new(),
        })
    }

    /// The components that were kept, in the order of [`state`](Self::state).
    #[must_use]
    pub fn components(&self) -> &[usize] {
        &self.components
    }

    /// First and last time; none before the first step.
    #[must_use]
    pub fn span(&self) -> Option<(f64, f64)> {
        Some((self.spans.first()?.begin, self.spans.last()?.end))
    }

    /// Bytes that the pieces take: 32 a step and, of order 5, 40 a step and component (64 of order
    /// 8).
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.spans[..]) + size_of_val(&self.coefficients[..])
    }

    /// The value of a component at a time; none outside the span or if it was not kept.
    #[must_use]
    pub fn value(&self, component: usize, time: f64) -> Option<f64> {
        let (theta, _, terms) = self.polynomial(self.number(component)?, time)?;
        Some(terms.iter().rev().fold(0.0, |sum, term| term + theta * sum))
    }

    /// Its time derivative there: that of the interpolant, one order less accurate.
    #[must_use]
    pub fn slope(&self, component: usize, time: f64) -> Option<f64> {
        let (theta, scale, terms) = self.polynomial(self.number(component)?, time)?;
        let powers = terms.iter().enumerate().skip(1).rev();
        Some(scale * powers.fold(0.0, |sum, (power, term)| power as f64 * term + theta * sum))
    }

    /// All components that were kept, at a time; none outside the span.
    #[must_use]
    pub fn state(&self, time: f64) -> Option<Vec<f64>> {
        let all = self.components.iter();
        all.map(|component| self.value(*component, time)).collect()
    }

    fn number(&self, component: usize) -> Option<usize> {
        // all of them, as a rule
        if self.components.get(component) == Some(&component) {
            return Some(component);
        }
        self.components.iter().position(|kept| *kept == component)
    }

    fn polynomial(&self, number: usize, time: f64) -> Option<(f64, f64, &[f64])> {
        let (begin, end) = self.span()?;
        if !(time >= begin && time <= end) {
            return None;
        }
        let piece = self.spans.partition_point(|span| span.begin <= time) - 1;
        let span = &self.spans[piece];
        let place = (piece * self.components.len() + number) * self.terms;
        let terms = &self.coefficients[place..][..self.terms];
        Some(((time - span.origin) * span.scale, span.scale, terms))
    }

    /// Adds a piece whose rows of coefficients hold all components.
    pub(super) fn push(&mut self, (begin, end, scale): (f64, f64, f64), rows: &[f64]) {
        let dimension = rows.len() / self.terms;
        self.spans.push(Span {
            begin,
            end,
            origin: begin,
            scale,
        });
        for component in &self.components {
            let terms = (0..self.terms).map(|term| rows[term * dimension + component]);
            self.coefficients.extend(terms);
        }
    }

    /// Forgets what comes after a time.
    pub(super) fn cut(&mut self, time: f64) {
        while self.spans.last().is_some_and(|span| span.begin >= time) {
            self.spans.pop();
        }
        let held = self.spans.len() * self.components.len() * self.terms;
        self.coefficients.truncate(held);
        if let Some(span) = self.spans.last_mut() {
            span.end = span.end.min(time);
        }
    }

    /// The same trajectory with the sign of time turned.
    pub(super) fn turn_time(&mut self) {
        self.spans.reverse();
        for span in &mut self.spans {
            *span = Span {
                begin: -span.end,
                end: -span.begin,
                origin: -span.origin,
                scale: -span.scale,
            };
        }
        let length = (self.components.len() * self.terms).max(1);
        let pieces = self.coefficients.chunks(length).rev();
        self.coefficients = pieces.flatten().copied().collect();
    }
}
