//! The type and its four operations.

use std::fmt;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use serde::{Deserialize, Serialize};

/// A closed interval of real numbers, written `[low, high]` in reports.
///
/// ```
/// use pulsatrix::numerics::interval::Interval;
///
/// let third = Interval::point(1.0) / Interval::point(3.0);
/// assert!(third.low() < third.high() && third.width() < 2e-16);
/// assert!((third * Interval::point(3.0)).contains(1.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Interval {
    low: f64,
    high: f64,
}

impl From<[f64; 2]> for Interval {
    fn from([low, high]: [f64; 2]) -> Self {
        Self::new(low, high)
    }
}

impl From<Interval> for [f64; 2] {
    fn from(of: Interval) -> Self {
        [of.low, of.high]
    }
}

impl Interval {
    /// The number 0.
    pub const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
    };

    /// The number 1.
    pub const ONE: Self = Self {
        low: 1.0,
        high: 1.0,
    };

    /// All numbers: nothing is known.
    pub const ENTIRE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// From `low` to `high`, as they stand; all numbers if that is no interval.
    #[inline]
    #[must_use]
    pub fn new(low: f64, high: f64) -> Self {
        if low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY {
            Self { low, high }
        } else {
            Self::ENTIRE
        }
    }

    /// One number; all numbers if that is none.
    #[inline]
    #[must_use]
    pub fn point(value: f64) -> Self {
        Self::new(value, value)
    }

    /// What lies within `radius` of `centre`.
    #[must_use]
    pub fn around(centre: f64, radius: f64) -> Self {
        Self::outward(centre - radius, centre + radius)
    }

    /// The neighbours of two bounds that were rounded to the nearest number.
    #[inline]
    fn outward(low: f64, high: f64) -> Self {
        Self::new(low.next_down(), high.next_up())
    }

    /// Its lower end.
    #[inline]
    #[must_use]
    pub fn low(self) -> f64 {
        self.low
    }

    /// Its upper end.
    #[inline]
    #[must_use]
    pub fn high(self) -> f64 {
        self.high
    }

    /// An upper bound of its width.
    #[inline]
    #[must_use]
    pub fn width(self) -> f64 {
        if self.low == self.high {
            0.0
        } else {
            (self.high - self.low).next_up()
        }
    }

    /// A number in the middle of it.
    #[inline]
    #[must_use]
    pub fn middle(self) -> f64 {
        (0.5 * self.low + 0.5 * self.high).clamp(self.low, self.high)
    }

    /// Its multiples by one number.
    #[inline]
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        if factor == 0.0 {
            Self::ZERO
        } else if factor > 0.0 {
            Self::outward(self.low * factor, self.high * factor)
        } else {
            Self::outward(self.high * factor, self.low * factor)
        }
    }

    /// Largest modulus of its numbers.
    #[inline]
    #[must_use]
    pub fn magnitude(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// Whether it contains a number.
    #[inline]
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether it lies in the interior of another one.
    #[inline]
    #[must_use]
    pub fn is_inside(self, other: Self) -> bool {
        other.low < self.low && self.high < other.high
    }

    /// Whether all of it lies below all of another one.
    #[inline]
    #[must_use]
    pub fn is_before(self, other: Self) -> bool {
        self.high < other.low
    }

    /// Whether all its numbers are positive.
    #[inline]
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.low > 0.0
    }

    /// Whether all its numbers are negative.
    #[inline]
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.high < 0.0
    }

    /// Whether both ends are finite.
    #[inline]
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// The smallest interval that holds both.
    #[inline]
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self::new(self.low.min(other.low), self.high.max(other.high))
    }

    /// What is in both, where there is such a number; else all of the first.
    ///
    /// For two enclosures of one number, which always meet.
    #[inline]
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        if low <= high {
            Self { low, high }
        } else {
            self
        }
    }

    /// Its moduli.
    #[inline]
    #[must_use]
    pub fn abs(self) -> Self {
        if self.low >= 0.0 {
            self
        } else if self.high <= 0.0 {
            -self
        } else {
            Self::new(0.0, self.magnitude())
        }
    }

    /// Its squares.
    #[must_use]
    pub fn square(self) -> Self {
        let size = self.abs();
        let product = size * size;
        Self::new(product.low.max(0.0), product.high)
    }

    /// The square roots of those of its numbers that have one; all numbers if none has.
    #[must_use]
    pub fn sqrt(self) -> Self {
        if self.high < 0.0 {
            return Self::ENTIRE;
        }
        let low = self.low.max(0.0).sqrt();
        Self::new(low.next_down().max(0.0), self.high.sqrt().next_up())
    }

    /// The same bounds, pushed apart by `factor` of their distance and by the smallest step.
    #[must_use]
    pub fn inflated(self, factor: f64) -> Self {
        let more = factor * self.width();
        Self::outward((self.low - more).next_down(), (self.high + more).next_up())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{}, {}]", self.low, self.high)
    }
}

impl Neg for Interval {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }
}

impl Add for Interval {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        // Nothing is rounded where nothing is added.
        if other == Self::ZERO {
            return self;
        }
        if self == Self::ZERO {
            return other;
        }
        Self::outward(self.low + other.low, self.high + other.high)
    }
}

impl AddAssign for Interval {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Interval {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        if self == Self::ZERO || other == Self::ZERO {
            return Self::ZERO;
        }
        let products = [
            self.low * other.low,
            self.low * other.high,
            self.high * other.low,
            self.high * other.high,
        ];
        let [p, q, r, s] = products;
        // `min` and `max` would pass over what is no number.
        if (p + q + r + s).is_nan() && products.iter().any(|product| product.is_nan()) {
            return Self::ENTIRE;
        }
        Self::outward(p.min(q).min(r.min(s)), p.max(q).max(r.max(s)))
    }
}

impl Div for Interval {
    type Output = Self;

    #[inline]
    fn div(self, other: Self) -> Self {
        if other.contains(0.0) {
            return Self::ENTIRE;
        }
        if self == Self::ZERO {
            return Self::ZERO;
        }
        let quotients = [
            self.low / other.low,
            self.low / other.high,
            self.high / other.low,
            self.high / other.high,
        ];
        let [p, q, r, s] = quotients;
        if (p + q + r + s).is_nan() && quotients.iter().any(|quotient| quotient.is_nan()) {
            return Self::ENTIRE;
        }
        Self::outward(p.min(q).min(r.min(s)), p.max(q).max(r.max(s)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_gives_the_whole_line() {
        let zero_to_one = Interval::new(0.0, 1.0);
        assert_eq!(Interval::ONE / zero_to_one, Interval::ENTIRE);
        assert_eq!(zero_to_one * Interval::ENTIRE, Interval::ENTIRE);
        assert_eq!(Interval::ENTIRE - Interval::ENTIRE, Interval::ENTIRE);
        assert_eq!(Interval::new(2.0, 1.0), Interval::ENTIRE);
        assert_eq!(Interval::point(f64::NAN), Interval::ENTIRE);
        assert_eq!(Interval::new(-2.0, -1.0).sqrt(), Interval::ENTIRE);
        assert_eq!(Interval::ENTIRE / Interval::ENTIRE, Interval::ENTIRE);
    }

    #[test]
    fn overflow_and_underflow_stay_outside() {
        let huge = Interval::point(f64::MAX);
        assert_eq!((huge + huge).low(), f64::MAX);
        assert_eq!((huge * huge).high(), f64::INFINITY);
        let tiny = Interval::point(5e-324);
        assert!((tiny * tiny).contains(0.0) && (tiny * tiny).high() > 0.0);
        assert!((tiny / huge).high() > 0.0);
    }

    #[test]
    fn order_and_inclusion() {
        let (one, two) = (Interval::new(1.0, 2.0), Interval::new(0.5, 3.0));
        assert!(one.is_inside(two) && !two.is_inside(one) && !one.is_inside(one));
        assert_eq!(one.hull(Interval::point(5.0)), Interval::new(1.0, 5.0));
        assert_eq!(Interval::new(-3.0, 1.0).abs(), Interval::new(0.0, 3.0));
        assert!(Interval::new(-3.0, 1.0).square().low() == 0.0);
        assert!(one.is_before(Interval::point(2.5)) && !one.is_before(Interval::point(2.0)));
    }
}
