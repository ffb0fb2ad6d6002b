//! Numbers that a pass computes with: plain ones, and dual ones that carry a derivative along.
//!
//! One forward and one backward pass, written over [`Number`], give everything that is asked of a model: on dual
//! numbers the forward pass is `J v`, and the backward pass the Hessian times `v` (B. A. Pearlmutter, Neural
//! Computation 6, 147-160, 1994).

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Sub};

use crate::numerics::elementary;
use crate::numerics::matrix::{View, gemm_into};

/// A matrix stored column after column, or its transpose.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a, T> {
    numbers: &'a [T],
    rows: usize,
    transposed: bool,
}

impl<'a, T> Factor<'a, T> {
    /// The matrix of so many rows.
    pub fn new(numbers: &'a [T], rows: usize) -> Self {
        Self {
            numbers,
            rows,
            transposed: false,
        }
    }

    /// Its transpose.
    pub fn transposed(self) -> Self {
        Self {
            transposed: !self.transposed,
            ..self
        }
    }

    fn view(self, numbers: &[f64]) -> View<'_, f64> {
        let columns = numbers.len() / self.rows.max(1);
        let view = View::column_major(numbers, self.rows, columns);
        if self.transposed {
            view.transposed()
        } else {
            view
        }
    }
}

/// What a layer computes with.
pub trait Number:
    Copy
    + Default
    + Debug
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Mul<f64, Output = Self>
    + AddAssign
{
    /// A number whose derivative is zero.
    fn constant(value: f64) -> Self;

    /// The number without its derivative.
    fn value(self) -> f64;

    /// One over it.
    fn reciprocal(self) -> Self;

    /// `exp` of every entry.
    fn exp(values: &mut [Self]);

    /// `tanh` of every entry.
    fn tanh(values: &mut [Self]);

    /// `1 / (1 + exp(-x))` of every entry.
    fn logistic(values: &mut [Self]);

    /// `c = a b`, or `c + a b` if it is to be added.
    fn multiply(a: Factor<'_, Self>, b: Factor<'_, Self>, add: bool, c: &mut [Self]);
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }

    fn reciprocal(self) -> Self {
        1.0 / self
    }

    fn exp(values: &mut [Self]) {
        elementary::exp(values);
    }

    fn tanh(values: &mut [Self]) {
        elementary::tanh(values);
    }

    fn logistic(values: &mut [Self]) {
        elementary::logistic(values);
    }

    fn multiply(a: Factor<'_, Self>, b: Factor<'_, Self>, add: bool, c: &mut [Self]) {
        let beta = if add { 1.0 } else { 0.0 };
        gemm_into(1.0, a.view(a.numbers), b.view(b.numbers), beta, c);
    }
}

/// `value + slope e` with `e^2 = 0`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dual {
    /// The number.
    pub value: f64,
    /// Its derivative along a direction.
    pub slope: f64,
}

impl Dual {
    /// Numbers beside their derivatives.
    pub fn pair(values: &[f64], slopes: &[f64]) -> Vec<Self> {
        let pairs = values.iter().zip(slopes);
        pairs
            .map(|(&value, &slope)| Self { value, slope })
            .collect()
    }

    /// Values and derivatives apart.
    pub fn split(numbers: &[Self]) -> (Vec<f64>, Vec<f64>) {
        numbers.iter().map(|dual| (dual.value, dual.slope)).unzip()
    }

    /// A function of every entry by its values and its derivative, from the value of the function.
    fn apply(values: &mut [Self], function: fn(&mut [f64]), derivative: impl Fn(f64) -> f64) {
        let mut found: Vec<f64> = values.iter().map(|dual| dual.value).collect();
        function(&mut found);
        for (dual, value) in values.iter_mut().zip(found) {
            *dual = Self {
                value,
                slope: dual.slope * derivative(value),
            };
        }
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            slope: self.slope + other.slope,
        }
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + other * -1.0
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            slope: self.value * other.slope + self.slope * other.value,
        }
    }
}

impl Mul<f64> for Dual {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self {
            value: self.value * factor,
            slope: self.slope * factor,
        }
    }
}

impl AddAssign for Dual {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Number for Dual {
    fn constant(value: f64) -> Self {
        Self { value, slope: 0.0 }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn reciprocal(self) -> Self {
        let value = 1.0 / self.value;
        Self {
            value,
            slope: -self.slope * value * value,
        }
    }

    fn exp(values: &mut [Self]) {
        Self::apply(values, elementary::exp, |y| y);
    }

    fn tanh(values: &mut [Self]) {
        Self::apply(values, elementary::tanh, |y| 1.0 - y * y);
    }

    fn logistic(values: &mut [Self]) {
        Self::apply(values, elementary::logistic, |y| y * (1.0 - y));
    }

    fn multiply(a: Factor<'_, Self>, b: Factor<'_, Self>, add: bool, c: &mut [Self]) {
        let (av, at) = Self::split(a.numbers);
        let (bv, bt) = Self::split(b.numbers);
        let (mut value, mut slope) = Self::split(c);
        let beta = if add { 1.0 } else { 0.0 };
        gemm_into(1.0, a.view(&av), b.view(&bv), beta, &mut value);
        gemm_into(1.0, a.view(&av), b.view(&bt), beta, &mut slope);
        gemm_into(1.0, a.view(&at), b.view(&bv), 1.0, &mut slope);
        for (dual, (value, slope)) in c.iter_mut().zip(value.into_iter().zip(slope)) {
            *dual = Self { value, slope };
        }
    }
}
