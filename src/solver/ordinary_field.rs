//! Right-hand sides of ordinary equations, and their way into the general engine.

use super::{DelayField, Delayed};

/// Right-hand side of `y'(t) = f(t, y(t))`.
///
/// Closures `Fn(f64, &[f64], &mut [f64])` become fields by [`ordinary_field`].
pub trait OrdinaryField {
    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// Writes `f(time, state)` into `derivative`; both slices have length `dimension()`.
    fn derivative(&self, time: f64, state: &[f64], derivative: &mut [f64]);
}

/// A right-hand side given by a closure; made by [`ordinary_field`].
#[derive(Debug, Clone, Copy)]
pub struct OrdinaryClosure<C> {
    dimension: usize,
    derivative: C,
}

/// The field `y' = f(t, y)` with `derivative(t, y, dy)` writing `f` into `dy`.
pub fn ordinary_field<C>(dimension: usize, derivative: C) -> OrdinaryClosure<C>
where
    C: Fn(f64, &[f64], &mut [f64]),
{
    OrdinaryClosure {
        dimension,
        derivative,
    }
}

impl<C> OrdinaryField for OrdinaryClosure<C>
where
    C: Fn(f64, &[f64], &mut [f64]),
{
    fn dimension(&self) -> usize {
        self.dimension
    }

    #[inline]
    fn derivative(&self, time: f64, state: &[f64], derivative: &mut [f64]) {
        (self.derivative)(time, state, derivative);
    }
}

/// An ordinary field as a delay field without lags, for the general engine: steps by hand, dense
/// output and events.
#[derive(Debug, Clone, Copy)]
pub struct WithoutLags<F>(pub F);

impl<F: OrdinaryField> DelayField for WithoutLags<F> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn lags(&self) -> &[f64] {
        &[]
    }

    #[inline]
    fn derivative(&self, time: f64, state: &[f64], _: Delayed<'_>, derivative: &mut [f64]) {
        self.0.derivative(time, state, derivative);
    }
}
