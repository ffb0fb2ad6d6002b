//! The bursting neuron: two delays, packets of impulses.

use serde::{Deserialize, Serialize};

use crate::networks::NetworkError;
use crate::numerics::lanes::Lane;
use crate::numerics::sigmoid::logistic;
use crate::solver::{
    Affine, DelayField, Delayed, Engine, History, Options, PanelField, Positive, RelayField,
    RelaySolver, SolverError, panel_or_general,
};

/// A neuron that fires packets of impulses, in the logarithm `x = ln(u) / lambda`:
///
/// ```text
/// u' = lambda [f(u(t-h)) - g(u(t-1))] u,    f(0) = 1, f -> -a,    g(0) = 0, g -> b
/// x' = f(e^{lambda x(t-h)}) - g(e^{lambda x(t-1)}),    relay limit  x' = R(x(t-h)) - b H(x(t-1))
/// ```
///
/// with `f(u) = (1 - u)/(1 + u/a)`, `g(u) = b u/(1 + u)`. S. D. Glyzin, A. Yu. Kolesov, N. Kh.
/// Rozov, "Modeling the bursting effect in neuron systems", Math. Notes 93(5), 676-690 (2013).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BurstingNeuron {
    a: f64,
    b: f64,
    lambda: f64,
    lags: [f64; 2],
}

impl BurstingNeuron {
    /// A neuron with `f -> -a`, `g -> b`, short delay `h` in `(0, 1)` and steepness `lambda`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`].
    pub fn new(a: f64, b: f64, h: f64, lambda: f64) -> Result<Self, NetworkError> {
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        if !(a > 0.0 && a.is_finite()) {
            return refuse("a", a, "a is positive and finite");
        }
        if !b.is_finite() {
            return refuse("b", b, "b is finite");
        }
        if !(h > 0.0 && h < 1.0) {
            return refuse("h", h, "the short delay lies between 0 and 1");
        }
        if lambda.is_nan() || lambda <= 0.0 {
            return refuse("lambda", lambda, "lambda is positive, or infinity");
        }
        Ok(Self {
            a,
            b,
            lambda,
            lags: [h, 1.0],
        })
    }

    /// `a` and `b`: how deep the feedback and the recovery pull.
    #[must_use]
    pub fn depths(&self) -> [f64; 2] {
        [self.a, self.b]
    }

    /// Whether the neuron is in the relay limit.
    #[must_use]
    pub fn is_relay(&self) -> bool {
        self.lambda.is_infinite()
    }

    /// The engine that this neuron asks for, started from the constant history `x = level` at time
    /// 0: the relay engine in the limit, otherwise the panel engine with `options`, or the
    /// general one if they name a method.
    ///
    /// # Errors
    /// [`SolverError`] for a level that is not finite and for options out of their range.
    pub fn engine(
        &self,
        level: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + '_>, SolverError> {
        DelayField::engine(self, History::constant(&[level]), 0.0, options)
    }

    /// Impulses per period and period in the relay limit, where the closed form applies.
    ///
    /// With `T0 = 2 + a + 1/a` the neuron fires exactly `n` impulses per period if
    /// `(n-1) h T0 + h (1 + 1/a) <= 1 < n h T0` and `b > 1 + a`; the period is then
    /// `n h (1 + 1/a)(1 + a + b)`.
    #[must_use]
    pub fn closed_form(&self) -> Option<(usize, f64)> {
        let (a, b, [h, _]) = (self.a, self.b, self.lags);
        let free = 2.0 + a + 1.0 / a;
        let impulse = 1.0 + 1.0 / a;
        let n = (1.0 / (h * free)).floor() + 1.0;
        let exact = b > 1.0 + a && (n - 1.0) * h * free + h * impulse <= 1.0 && 1.0 < n * h * free;
        exact.then_some((n as usize, n * h * impulse * (1.0 + a + b)))
    }
}

impl DelayField for BurstingNeuron {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn engine<'a>(
        &'a self,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + 'a>, SolverError> {
        if self.is_relay() {
            return match history.as_constant() {
                Some(state) if begin == 0.0 => Ok(Box::new(RelaySolver::new(self, state, 0.0)?)),
                _ => Err(SolverError::RelayStart),
            };
        }
        panel_or_general(self, history, begin, options)
    }

    fn switch_count(&self) -> usize {
        if self.is_relay() { 2 } else { 0 }
    }

    fn switches(&self, _: f64, _: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        (values[0], values[1]) = (delayed.state(0)[0], delayed.state(1)[0]);
    }

    fn derivative(&self, _: f64, _: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let near = logistic(self.lambda * delayed.state(0)[0]);
        let far = logistic(self.lambda * delayed.state(1)[0]);
        let feedback = (1.0 - 2.0 * near) / (1.0 - near * (1.0 - 1.0 / self.a));
        derivative[0] = feedback - self.b * far;
    }
}

/// Parameters `a` and `b`; right for a finite lambda.
impl PanelField<2, 2> for BurstingNeuron {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 2] {
        self.lags
    }

    fn parameters(&self, _: usize) -> [f64; 2] {
        [self.a, self.b]
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 2], state: R) -> R {
        (state * self.lambda).logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, [a, b]: [R; 2], _: R, gates: [R; 2], _: [R; 2]) -> Affine<R> {
        let ([near, far], one) = (gates, a.like(1.0));
        let feedback = (one - near * 2.0) / (one - near * (one - one / a));
        Affine {
            constant: feedback - b * far,
            rate: a.like(0.0),
        }
    }

    fn has_constant_rates(&self) -> bool {
        true
    }

    fn steepness(&self) -> f64 {
        self.lambda
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.lambda == other.lambda && self.lags == other.lags
    }
}

impl RelayField for BurstingNeuron {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], _: &mut [f64]) {
        let feedback = if positive.at(0)[0] { -self.a } else { 1.0 };
        let recovery = if positive.at(1)[0] { self.b } else { 0.0 };
        constant[0] = feedback - recovery;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_counts_impulses() {
        for ((a, b, h), expected) in [
            ((1.0, 3.0, 0.1), Some((3, 3.0))),
            ((2.0, 4.0, 0.08), Some((3, 2.52))),
            ((1.0, 3.0, 0.3), Some((1, 3.0))),
            ((1.0, 1.5, 0.1), None),
        ] {
            let found = BurstingNeuron::new(a, b, h, 50.0).unwrap().closed_form();
            assert_eq!(found.map(|(n, _)| n), expected.map(|(n, _)| n));
            if let (Some((_, period)), Some((_, exact))) = (found, expected) {
                assert!((period - exact).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn a_delay_beyond_one_is_refused() {
        let failure = BurstingNeuron::new(1.0, 3.0, 1.5, 50.0).unwrap_err();
        assert!(failure.to_string().starts_with("h = 1.5 is not allowed"));
    }
}
