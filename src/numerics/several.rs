//! Several registers that go through the same formula step by step, beside each other.
//!
//! A formula over one register is a chain: each operation waits some cycles for the one before, and a
//! machine looks only about a hundred instructions ahead for others to do meanwhile. Over
//! [`Several`] registers, each step is done for all of them before the next.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::lanes::{Lane, Register};

/// `M` registers.
#[derive(Clone, Copy)]
pub(crate) struct Several<R, const M: usize>(pub(crate) [R; M]);

impl<R: Copy, const M: usize> Several<R, M> {
    #[inline(always)]
    fn each(mut self, function: impl Fn(R) -> R) -> Self {
        for k in 0..M {
            self.0[k] = function(self.0[k]);
        }
        self
    }

    #[inline(always)]
    fn both(mut self, other: Self, function: impl Fn(R, R) -> R) -> Self {
        for k in 0..M {
            self.0[k] = function(self.0[k], other.0[k]);
        }
        self
    }
}

macro_rules! operator {
    ($operator:ident, $method:ident) => {
        impl<R: Lane, const M: usize> $operator for Several<R, M> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                self.both(
                    other,
                    #[inline(always)]
                    |one, other| one.$method(other),
                )
            }
        }

        impl<R: Lane, const M: usize> $operator<f64> for Several<R, M> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                self.each(
                    #[inline(always)]
                    |one| one.$method(other),
                )
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl<R: Lane, const M: usize> Neg for Several<R, M> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.each(
            #[inline(always)]
            |one| -one,
        )
    }
}

impl<R: Register, const M: usize> Lane for Several<R, M> {
    #[inline(always)]
    fn like(self, value: f64) -> Self {
        self.each(
            #[inline(always)]
            |one| one.like(value),
        )
    }

    #[inline(always)]
    fn mul_add(mut self, factor: Self, summand: Self) -> Self {
        for k in 0..M {
            self.0[k] = self.0[k].mul_add(factor.0[k], summand.0[k]);
        }
        self
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.each(R::abs)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        super::lanes::exp(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        super::lanes::tanh(self)
    }

    #[inline(always)]
    fn logistic(self) -> Self {
        super::lanes::logistic(self)
    }

    #[inline(always)]
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        self.each(
            #[inline(always)]
            |one| one.map(&function),
        )
    }
}

impl<R: Register, const M: usize> Register for Several<R, M> {
    const WIDTH: usize = M * R::WIDTH;

    type Token = R::Token;

    #[inline(always)]
    fn splat(token: Self::Token, value: f64) -> Self {
        Self([R::splat(token, value); M])
    }

    #[inline(always)]
    fn load(token: Self::Token, values: &[f64]) -> Self {
        let mut all = Self::splat(token, 0.0);
        for k in 0..M {
            all.0[k] = R::load(token, &values[k * R::WIDTH..]);
        }
        all
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        for k in 0..M {
            self.0[k].store(&mut values[k * R::WIDTH..]);
        }
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.both(other, R::larger)
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        self.both(other, R::smaller)
    }

    #[inline(always)]
    fn choose(mut self, other: Self, yes: Self, no: Self) -> Self {
        for k in 0..M {
            self.0[k] = self.0[k].choose(other.0[k], yes.0[k], no.0[k]);
        }
        self
    }

    #[inline(always)]
    fn any_above(self, bound: f64) -> bool {
        let mut largest = self.0[0];
        for k in 1..M {
            largest = largest.larger(self.0[k]);
        }
        largest.any_above(bound)
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.each(R::root)
    }

    #[inline(always)]
    fn power_of_two(k: Self) -> Self {
        k.each(
            #[inline(always)]
            |k| R::power_of_two(k),
        )
    }
}
