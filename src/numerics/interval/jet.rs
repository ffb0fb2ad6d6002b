//! Values with first derivatives, and the mean value form that makes bounds over boxes tight.

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Interval;

/// A number and its derivatives by `N` variables, all enclosed over a box of these variables.
///
/// For functions that are continuous and piecewise smooth a derivative is any that exists in the box, so that
/// [`mean_value`] holds for them, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet<const N: usize> {
    /// The number.
    pub value: Interval,
    /// Its derivatives.
    pub by: [Interval; N],
}

impl<const N: usize> Jet<N> {
    /// A number that depends on no variable.
    #[must_use]
    pub fn constant(value: Interval) -> Self {
        Self {
            value,
            by: [Interval::ZERO; N],
        }
    }

    /// Variable number `place`.
    fn variable(place: usize, value: Interval) -> Self {
        let by = from_fn(|j| {
            if j == place {
                Interval::ONE
            } else {
                Interval::ZERO
            }
        });
        Self { value, by }
    }

    /// What a function of derivative `slope` makes of it.
    fn through(self, value: Interval, slope: Interval) -> Self {
        Self {
            value,
            by: self.by.map(|by| slope * by),
        }
    }

    /// The exponential.
    #[must_use]
    pub fn exp(self) -> Self {
        let value = self.value.exp();
        self.through(value, value)
    }

    /// The larger of the number and 0.
    #[must_use]
    pub fn positive_part(self) -> Self {
        let value = self.value;
        if value.low() >= 0.0 {
            self
        } else if value.high() <= 0.0 {
            Self::constant(Interval::ZERO)
        } else {
            self.through(Interval::new(0.0, value.high()), Interval::new(0.0, 1.0))
        }
    }
}

impl<const N: usize> From<f64> for Jet<N> {
    fn from(value: f64) -> Self {
        Self::constant(Interval::point(value))
    }
}

impl<const N: usize> Neg for Jet<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            by: self.by.map(|by| -by),
        }
    }
}

impl<const N: usize> Add for Jet<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            by: from_fn(|j| self.by[j] + other.by[j]),
        }
    }
}

impl<const N: usize> Sub for Jet<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const N: usize> Mul for Jet<N> {
    type Output = Self;

    // The product rule is a sum.
    #[expect(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            by: from_fn(|j| self.by[j] * other.value + self.value * other.by[j]),
        }
    }
}

impl<const N: usize> Div for Jet<N> {
    type Output = Self;

    // The quotient rule is a difference.
    #[expect(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        Self {
            value,
            by: from_fn(|j| (self.by[j] - value * other.by[j]) / other.value),
        }
    }
}

/// Enclosures of `M` functions over a box: of each the smaller of what its formula gives there and of the mean value form
/// `f(m) + f'(box) (box - m)` around the middle `m`, which is wrong by the square of the size of the box alone.
///
/// ```
/// use pulsatrix::numerics::interval::{Interval, Jet, mean_value};
///
/// // x (1 - x) over [0.4, 0.6] is [0.24, 0.25]; the formula alone gives [0.16, 0.36].
/// let around = [Interval::new(0.4, 0.6)];
/// let [found] = mean_value(|[x]: [Jet<1>; 1]| [x * (Jet::from(1.0) - x)], around);
/// assert!(found.low() > 0.22 && found.low() <= 0.24 && found.high() < 0.28);
/// ```
#[must_use]
pub fn mean_value<const N: usize, const M: usize>(
    functions: impl Fn([Jet<N>; N]) -> [Jet<N>; M],
    over: [Interval; N],
) -> [Interval; M] {
    let middle = over.map(|side| Interval::point(side.middle()));
    let everywhere = functions(from_fn(|j| Jet::variable(j, over[j])));
    let there = functions(middle.map(Jet::constant));
    from_fn(|m| {
        let moved = (0..N).fold(there[m].value, |sum, j| {
            sum + everywhere[m].by[j] * (over[j] - middle[j])
        });
        everywhere[m].value.meet(moved)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x exp(y) / (1 + x)` at (2, 0.5): derivatives `exp(y) / (1 + x)^2` and the value itself.
    #[test]
    fn derivatives_of_a_formula() {
        let at = [2.0, 0.5].map(Interval::point);
        let [x, y]: [Jet<2>; 2] = from_fn(|j| Jet::variable(j, at[j]));
        let found = x * y.exp() / (Jet::from(1.0) + x);
        let e = 0.5_f64.exp();
        for (found, expected) in [
            (found.value, 2.0 * e / 3.0),
            (found.by[0], e / 9.0),
            (found.by[1], 2.0 * e / 3.0),
        ] {
            assert!(found.inflated(1.0).contains(expected) && found.width() < 1e-14);
        }
    }

    #[test]
    fn a_corner_keeps_both_slopes() {
        let over = Jet::<1>::variable(0, Interval::new(-1.0, 2.0)).positive_part();
        assert_eq!(over.value, Interval::new(0.0, 2.0));
        assert!(over.by[0].contains(0.0) && over.by[0].contains(1.0));
        let below = Jet::<1>::variable(0, Interval::new(-2.0, -1.0)).positive_part();
        assert_eq!(below, Jet::constant(Interval::ZERO));
    }

    /// The overestimate of the mean value form falls with the square of the width, that of the formula with the width.
    #[test]
    fn the_mean_value_form_is_of_second_order() {
        let excess = |radius: f64| {
            let around = [Interval::around(1.0, radius)];
            let [found] = mean_value(|[x]: [Jet<1>; 1]| [x.exp() - x * x], around);
            // monotone: the true range is that of its ends
            let end = |x: f64| x.exp() - x * x;
            found.width() - (end(1.0 + radius) - end(1.0 - radius))
        };
        let ratio = excess(1e-2) / excess(1e-3);
        assert!((ratio - 100.0).abs() < 20.0, "{ratio}");
    }
}
