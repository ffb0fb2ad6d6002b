//! The exponential and the logarithm, with bounds that are proved here.
//!
//! **exp.** `x = k ln 2 + r` with an integer `k` and `0 <= r <= 7/10`. `ln 2` is the sum of a number with 33 bits,
//! whose product with `k` is exact, and a rest between two neighbours; so `r` lies in a known interval. All terms of the
//! Taylor series are positive; Horner's rule with every product and sum rounded down, on the lower end of `r` and with
//! coefficients rounded down, stays below `e^r`. Rounded up, it stays above the polynomial of degree 16; what
//! follows is at most `r/17 (1 + r/18 + (r/18)^2 + ...) < 1/20` of the term of degree 16, whose coefficient is
//! therefore raised by a twentieth. Scaling by `2^k` is exact.
//!
//! **ln.** `x = 2^k m` with `m` between `1/sqrt 2` and `sqrt 2` but for rounding, `s = (m - 1)/(m + 1)`, `|s| < 0.1717`,
//! and `ln m = 2 s (1 + s^2/3 + s^4/5 + ...)`, again a series of positive terms in `s^2 < 0.0295`. What follows the
//! term in `s^20` is at most `s^2/(1 - s^2) < 1/20` of it.

use super::Interval;

/// A number with 33 bits below `ln 2`.
const LN_2_HIGH: f64 = 6.931_471_803_691_238_2e-1;

/// The number nearest to the rest, so that the rest lies between its neighbours.
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Beyond these the exponential is bounded by its value there, which spares subnormal numbers.
const LEAST: f64 = -708.0;
const LARGEST: f64 = 709.0;

/// `1/n!` from `n = 0`, rounded to nearest.
const FACTORIALS: [f64; 17] = {
    let mut table = [1.0; 17];
    let mut factorial = 1.0;
    let mut n = 1;
    while n < 17 {
        // Exact up to 18!.
        factorial *= n as f64;
        table[n] = 1.0 / factorial;
        n += 1;
    }
    table
};

/// `1/(2 n + 1)` from `n = 0`, rounded to nearest.
const ODD: [f64; 11] = {
    let mut table = [1.0; 11];
    let mut n = 0;
    while n < 11 {
        table[n] = 1.0 / (2 * n + 1) as f64;
        n += 1;
    }
    table
};

/// Which way a bound is rounded.
trait Direction {
    /// A number on the safe side of a result that was rounded to nearest.
    fn step(value: f64) -> f64;
    /// By how much the last coefficient is raised for the terms that follow it.
    const REST: f64;
}

struct Down;
struct Up;

impl Direction for Down {
    #[inline(always)]
    fn step(value: f64) -> f64 {
        value.next_down()
    }
    const REST: f64 = 1.0;
}

impl Direction for Up {
    #[inline(always)]
    fn step(value: f64) -> f64 {
        value.next_up()
    }
    const REST: f64 = 1.05;
}

/// Horner's rule for positive coefficients and `x >= 0`, on one side of the truth.
#[inline(always)]
fn series<D: Direction, const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let last = D::step(D::step(coefficients[N - 1]) * D::REST);
    let mut value = last;
    for coefficient in coefficients[1..N - 1].iter().rev() {
        value = D::step(D::step(*coefficient) + D::step(value * x));
    }
    // The first coefficient of both series is 1, exactly.
    D::step(1.0 + D::step(value * x))
}

/// `2^k` for `-1022 <= k <= 1023`.
#[inline]
fn power_of_two(k: f64) -> f64 {
    f64::from_bits(((k + 1023.0) as u64) << 52)
}

/// `k` and an interval around `x - k ln 2`, which lies between 0 and 0.7.
#[inline]
fn reduced(x: f64) -> (f64, Interval) {
    let rest = |k: f64| {
        if k == 0.0 {
            return Interval::point(x);
        }
        let coarse = Interval::point(x) - Interval::point(k * LN_2_HIGH);
        let fine = Interval::new(LN_2_LOW.next_down(), LN_2_LOW.next_up());
        coarse - Interval::point(k) * fine
    };
    let k = (x * std::f64::consts::LOG2_E).floor();
    let r = rest(k);
    if r.low() >= 0.0 {
        (k, r)
    } else {
        (k - 1.0, rest(k - 1.0))
    }
}

/// A bound of `e^x` on one side.
#[inline]
fn exponential<D: Direction>(x: f64, end: fn(Interval) -> f64) -> f64 {
    let (k, r) = reduced(x);
    series::<D, 17>(&FACTORIALS, end(r)) * power_of_two(k)
}

fn below_exponential(x: f64) -> f64 {
    if x < LEAST {
        0.0
    } else {
        exponential::<Down>(x.min(LARGEST), Interval::low)
    }
}

fn above_exponential(x: f64) -> f64 {
    if x > LARGEST {
        f64::INFINITY
    } else {
        exponential::<Up>(x.max(LEAST), Interval::high)
    }
}

/// The interval around `ln x` for a positive finite `x`.
fn logarithm(x: f64) -> Interval {
    let (x, raised) = if x < f64::MIN_POSITIVE {
        (x * 18_014_398_509_481_984.0, -54.0) // 2^54, exactly
    } else {
        (x, 0.0)
    };
    let bits = x.to_bits();
    let exponent = (bits >> 52) as f64 - 1023.0 + raised;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    let (m, k) = if mantissa > std::f64::consts::SQRT_2 {
        (0.5 * mantissa, exponent + 1.0)
    } else {
        (mantissa, exponent)
    };
    // m lies between 1/2 and 2: the difference is exact.
    let difference = m - 1.0;
    let s = Interval::point(difference.abs()) / (Interval::point(m) + Interval::ONE);
    let square = s.square();
    let sum = Interval::new(
        series::<Down, 11>(&ODD, square.low()),
        series::<Up, 11>(&ODD, square.high()),
    );
    let size = Interval::point(2.0) * s * sum;
    let of_m = if difference < 0.0 { -size } else { size };
    let fine = Interval::new(LN_2_LOW.next_down(), LN_2_LOW.next_up());
    Interval::point(k * LN_2_HIGH) + (Interval::point(k) * fine + of_m)
}

impl Interval {
    /// The exponentials of its numbers. Of a single number between -708 and 709 the bounds are within `8 * 2^-52` of the
    /// value.
    #[must_use]
    pub fn exp(self) -> Self {
        Self::new(
            below_exponential(self.low()),
            above_exponential(self.high()),
        )
    }

    /// The natural logarithms of those of its numbers that have one; all numbers if none has. Of a single number the bounds
    /// are within `12 * 2^-52` of the value.
    #[must_use]
    pub fn ln(self) -> Self {
        if self.high() <= 0.0 {
            return Self::ENTIRE;
        }
        let low = if self.low() <= 0.0 {
            f64::NEG_INFINITY
        } else if self.low().is_infinite() {
            f64::MAX
        } else {
            logarithm(self.low()).low()
        };
        let high = if self.high().is_infinite() {
            f64::INFINITY
        } else {
            logarithm(self.high()).high()
        };
        Self::new(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `e^r >= 1 + r + r^2/2 + r^3/6` for `r >= 0`: a bound from below that is rounded upwards breaks it where
    /// little is left to spare.
    #[test]
    fn a_wrong_direction_is_seen() {
        struct Wrong;
        impl Direction for Wrong {
            fn step(value: f64) -> f64 {
                value.next_up()
            }
            const REST: f64 = 1.0;
        }
        let r = 2.0_f64.powi(-30);
        // 1 + r + r^2/2 is a number of 60 bits; to 53 bits the truth lies above 1 + r, by 2^-61.
        let wrong = series::<Wrong, 17>(&FACTORIALS, r);
        let right = series::<Down, 17>(&FACTORIALS, r);
        assert!(right <= 1.0 + r && wrong > 1.0 + r, "{right} {wrong}");
    }

    #[test]
    fn special_values() {
        assert!(Interval::ZERO.exp().contains(1.0) && Interval::ZERO.exp().width() < 5e-16);
        assert!(Interval::ONE.ln().contains(0.0));
        assert_eq!(Interval::ENTIRE.exp(), Interval::new(0.0, f64::INFINITY));
        assert_eq!(Interval::new(-1.0, 0.0).ln(), Interval::ENTIRE);
        assert_eq!(Interval::new(0.0, 1.0).ln().low(), f64::NEG_INFINITY);
        assert_eq!(Interval::point(-1e5).exp().low(), 0.0);
        assert!(Interval::point(-1e5).exp().high() > 0.0);
        assert_eq!(Interval::point(1e5).exp().high(), f64::INFINITY);
        let subnormal = Interval::point(5e-324).ln();
        assert!(subnormal.contains(-744.440_071_921_381_2) && subnormal.width() < 1e-12);
    }

    #[test]
    fn the_constants_of_the_proof() {
        // 33 bits: the product with k of 11 bits is exact
        assert_eq!(LN_2_HIGH.to_bits() & ((1 << 20) - 1), 0);
        for x in [-707.9, -0.1, -1e-300, 1e-17, 0.69, 0.694, 3.0, 708.9] {
            let (_, r) = reduced(x);
            assert!(r.low() >= 0.0 && r.high() <= 0.7, "{x}: {r}");
        }
    }
}
