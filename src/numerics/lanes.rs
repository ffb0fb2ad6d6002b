//! Numbers that may be several at once: the registers that formulas are written over.
//!
//! A formula over a [`Lane`] runs on one `f64` and on a vector register alike. Registers come from
//! `pulp`; the elementary functions are those of [`elementary`](super::elementary), for finite
//! arguments.

use std::ops::{Add, Div, Mul, Neg, Sub};

use pulp::{Arch, Simd, WithSimd};

use super::elementary::{REDUCTION, ROUND, Reduction};

/// A number, or several that go through the same formula side by side.
///
/// ```
/// use pulsatrix::numerics::lanes::Lane;
///
/// fn hill<R: Lane>(y: R) -> R {
///     y / (y * y + 1.0)
/// }
/// assert_eq!(hill(2.0), 0.4);
/// ```
pub trait Lane:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// `value` in every lane, of a register like this one.
    #[must_use]
    fn like(self, value: f64) -> Self;

    /// `self * factor + summand`, rounded once.
    #[must_use]
    fn mul_add(self, factor: Self, summand: Self) -> Self;

    /// Absolute value.
    #[must_use]
    fn abs(self) -> Self;

    /// `exp(x)`, with `x` cut to `[-708, 708]`; NaN unless `x` is finite.
    #[must_use]
    fn exp(self) -> Self;

    /// `tanh(x)`; NaN unless `x` is finite.
    #[must_use]
    fn tanh(self) -> Self;

    /// `1 / (1 + exp(-x))`, zero below -709; NaN unless `x` is finite.
    #[must_use]
    fn logistic(self) -> Self;

    /// Any function, lane by lane: for what the other methods do not offer.
    #[must_use]
    fn map(self, function: impl Fn(f64) -> f64) -> Self;
}

/// What a kernel does with lanes beside arithmetic.
pub(crate) trait Register: Lane {
    /// Number of lanes.
    const WIDTH: usize;

    /// Shows that the machine has such registers.
    type Token: Copy;

    /// `value` in every lane.
    fn splat(token: Self::Token, value: f64) -> Self;

    /// The first numbers of a slice; zero in the lanes for which there is none.
    fn load(token: Self::Token, values: &[f64]) -> Self;

    /// Writes the first lanes into a slice, as many as it holds.
    fn store(self, values: &mut [f64]);

    /// The larger number lane by lane; `self` where `other` is NaN or neither is larger.
    #[must_use]
    fn larger(self, other: Self) -> Self;

    /// The smaller number lane by lane; `self` where `other` is NaN or neither is smaller.
    #[must_use]
    fn smaller(self, other: Self) -> Self;

    /// `yes` where `self > other`, else `no`.
    #[must_use]
    fn choose(self, other: Self, yes: Self, no: Self) -> Self;

    /// Whether a lane is larger.
    fn any_above(self, bound: f64) -> bool;

    /// Square root.
    #[must_use]
    fn root(self) -> Self;

    /// `2^k` for whole numbers `-1022 <= k <= 1023`; zero for `k = -1023`.
    #[must_use]
    fn power_of_two(k: Self) -> Self;
}

impl Lane for f64 {
    #[inline(always)]
    fn like(self, value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        f64::mul_add(self, factor, summand)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        exp(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        tanh(self)
    }

    #[inline(always)]
    fn logistic(self) -> Self {
        logistic(self)
    }

    #[inline(always)]
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        function(self)
    }
}

impl Register for f64 {
    const WIDTH: usize = 1;

    type Token = ();

    #[inline(always)]
    fn splat((): (), value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn load((): (), values: &[f64]) -> Self {
        values[0]
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        values[0] = self;
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn choose(self, other: Self, yes: Self, no: Self) -> Self {
        if self > other { yes } else { no }
    }

    #[inline(always)]
    fn any_above(self, bound: f64) -> bool {
        self > bound
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }

    #[inline(always)]
    fn power_of_two(k: Self) -> Self {
        f64::from_bits((k + (ROUND + 1023.0)).to_bits() << 52)
    }
}

/// A vector register of the instruction set `S`.
#[derive(Clone, Copy)]
pub(crate) struct Wide<S: Simd> {
    lanes: S::f64s,
    simd: S,
}

macro_rules! operator {
    ($operator:ident, $method:ident, $function:ident) => {
        impl<S: Simd> $operator for Wide<S> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let lanes = self.simd.$function(self.lanes, other.lanes);
                Self { lanes, ..self }
            }
        }

        impl<S: Simd> $operator<f64> for Wide<S> {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                self.$method(self.like(other))
            }
        }
    };
}

operator!(Add, add, add_f64s);
operator!(Sub, sub, sub_f64s);
operator!(Mul, mul, mul_f64s);
operator!(Div, div, div_f64s);

impl<S: Simd> Neg for Wide<S> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        // the negation and the absolute value of `pulp` are calls, not instructions
        self * -1.0
    }
}

impl<S: Simd> Lane for Wide<S> {
    #[inline(always)]
    fn like(self, value: f64) -> Self {
        Self::splat(self.simd, value)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        let lanes = self
            .simd
            .mul_add_f64s(self.lanes, factor.lanes, summand.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.larger(-self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        exp(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        tanh(self)
    }

    #[inline(always)]
    fn logistic(self) -> Self {
        logistic(self)
    }

    #[inline(always)]
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let mut lanes = self.lanes;
        for lane in pulp::bytemuck::cast_slice_mut(std::slice::from_mut(&mut lanes)) {
            *lane = function(*lane);
        }
        Self { lanes, ..self }
    }
}

impl<S: Simd> Register for Wide<S> {
    const WIDTH: usize = S::F64_LANES;

    type Token = S;

    #[inline(always)]
    fn splat(simd: S, value: f64) -> Self {
        let lanes = simd.splat_f64s(value);
        Self { lanes, simd }
    }

    #[inline(always)]
    fn load(simd: S, values: &[f64]) -> Self {
        let lanes = match S::as_simd_f64s(values) {
            ([lanes, ..], _) => *lanes,
            ([], part) => simd.partial_load_f64s(part),
        };
        Self { lanes, simd }
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        match S::as_mut_simd_f64s(values) {
            ([lanes, ..], _) => *lanes = self.lanes,
            ([], part) => self.simd.partial_store_f64s(part, self.lanes),
        }
    }

    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        let lanes = self.simd.max_f64s(other.lanes, self.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        let lanes = self.simd.min_f64s(other.lanes, self.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    fn choose(self, other: Self, yes: Self, no: Self) -> Self {
        let mask = self.simd.greater_than_f64s(self.lanes, other.lanes);
        let lanes = self.simd.select_f64s(mask, yes.lanes, no.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    fn any_above(self, bound: f64) -> bool {
        let mask = self
            .simd
            .greater_than_f64s(self.lanes, self.like(bound).lanes);
        self.simd.first_true_m64s(mask) < S::F64_LANES
    }

    #[inline(always)]
    fn root(self) -> Self {
        let lanes = self.simd.sqrt_f64s(self.lanes);
        Self { lanes, ..self }
    }

    #[inline(always)]
    fn power_of_two(k: Self) -> Self {
        // Adding this leaves k + 1023 in the low bits of the upper half of each number.
        const UPPER: f64 = 1_572_864.0 + 1023.0;
        let halves: S::u32s = pulp::bytemuck::cast((k + UPPER).lanes);
        let simd = k.simd;
        let halves = simd.wrapping_dyn_shl_u32s(halves, simd.splat_u32s(20));
        let lanes = pulp::bytemuck::cast(halves);
        Self { lanes, ..k }
    }
}

/// `(expm1(r), k)` with `x = k ln 2 + r`, as in `elementary`.
#[inline(always)]
fn reduced<R: Register>(x: R) -> (R, R) {
    let Reduction {
        ln2_high,
        ln2_low,
        series,
    } = REDUCTION;
    let round = x.like(ROUND);
    let k = x.mul_add(x.like(std::f64::consts::LOG2_E), round) - ROUND;
    let r = k.mul_add(x.like(-ln2_low), k.mul_add(x.like(-ln2_high), x));
    // Estrin's scheme: a short chain, so that few registers keep the machine busy
    let r2 = r * r;
    let mut pairs = [x.like(0.0); 5];
    for k in 0..5 {
        pairs[k] = x.like(series[2 * k]).mul_add(r, x.like(series[2 * k + 1]));
    }
    let middle = pairs[1].mul_add(r2, pairs[2]);
    let low = pairs[3].mul_add(r2, pairs[4]);
    let r4 = r2 * r2;
    let q = pairs[0].mul_add(r4, middle).mul_add(r4, low);
    (r2.mul_add(q, r), k)
}

/// `x` with magnitudes above `bound` cut; NaN becomes anything.
#[inline(always)]
fn cut<R: Register>(x: R, bound: f64) -> R {
    let (low, high) = (x.like(-bound), x.like(bound));
    let x = x.choose(high, high, x);
    low.choose(x, low, x)
}

/// `value`, made NaN where `x` is not finite: zero times infinity is not zero.
#[inline(always)]
fn poisoned<R: Register>(value: R, x: R) -> R {
    x.mul_add(x.like(0.0), value)
}

#[inline(always)]
pub(super) fn exp<R: Register>(x: R) -> R {
    let (p, k) = reduced(cut(x, 708.0));
    let scale = R::power_of_two(k);
    poisoned(scale.mul_add(p, scale), x)
}

#[inline(always)]
pub(super) fn tanh<R: Register>(x: R) -> R {
    let (p, k) = reduced(cut((x * 2.0).larger(x * -2.0), 40.0));
    let scale = R::power_of_two(k);
    let e = scale.mul_add(p, scale - 1.0);
    let magnitude = e / (e + 2.0);
    poisoned(x.choose(x.like(0.0), magnitude, -magnitude), x)
}

/// From here on `exp` is zero: `2^-1023` has no exponent left. Numbers without an exponent, which some
/// machines take a hundred cycles for, hardly come about then.
const NOTHING: f64 = -1023.0 * std::f64::consts::LN_2;

#[inline(always)]
pub(super) fn logistic<R: Register>(x: R) -> R {
    // minus the absolute value
    let fall = x.smaller(-x);
    let (p, k) = reduced(fall.larger(x.like(NOTHING)));
    let scale = R::power_of_two(k);
    let e = scale.mul_add(p, scale);
    let numerator = x.choose(x.like(0.0), x.like(1.0), e);
    // before the division, which has time meanwhile
    poisoned(numerator, x) / (e + 1.0)
}

/// A kernel over registers.
pub(crate) trait Kernel {
    /// What it returns.
    type Output;

    /// The kernel itself; `#[inline(always)]`, as everything that it calls.
    fn run<R: Register>(self, token: R::Token) -> Self::Output;
}

/// Runs a kernel over the registers of this machine, or over single numbers if rows have no more.
pub(crate) fn dispatch<K: Kernel>(arch: Arch, length: usize, kernel: K) -> K::Output {
    arch.dispatch(Dispatched { kernel, length })
}

struct Dispatched<K> {
    kernel: K,
    length: usize,
}

impl<K: Kernel> WithSimd for Dispatched<K> {
    type Output = K::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> K::Output {
        if S::IS_SCALAR || self.length == 1 {
            self.kernel.run::<f64>(())
        } else {
            self.kernel.run::<Wide<S>>(simd)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Each<'v>(&'v mut [f64], u8);

    impl Kernel for Each<'_> {
        type Output = ();

        #[inline(always)]
        fn run<R: Register>(self, token: R::Token) {
            for values in self.0.chunks_mut(R::WIDTH) {
                let x = R::load(token, values);
                let y = match self.1 {
                    0 => x.exp(),
                    1 => x.tanh(),
                    2 => x.logistic(),
                    _ => x.map(f64::sin),
                };
                y.store(values);
            }
        }
    }

    /// Every function, in registers and alone, against the standard library; 1003 is no multiple of
    /// any width.
    #[test]
    fn functions_are_those_of_the_standard_library() {
        let functions: [fn(f64) -> f64; 4] = [
            f64::exp,
            f64::tanh,
            crate::numerics::sigmoid::logistic,
            f64::sin,
        ];
        for (which, function) in functions.iter().enumerate() {
            let points: Vec<f64> = (0..1003).map(|i| 0.06 * (f64::from(i) - 501.0)).collect();
            for length in [1, 2, 1003] {
                let mut values = points.clone();
                dispatch(Arch::new(), length, Each(&mut values, which as u8));
                for (x, y) in points.iter().zip(&values) {
                    let exact = function(*x);
                    assert!((y - exact).abs() <= 1e-15 * exact.abs(), "{which} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for which in 0..3 {
            for length in [1, 2, 1003] {
                let mut values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 800.0, -800.0];
                dispatch(Arch::new(), length, Each(&mut values, which));
                assert!(values[..3].iter().all(|value| value.is_nan()));
                assert!(values[3..].iter().all(|value| value.is_finite()));
                if which == 2 {
                    assert_eq!(values[3..], [1.0, 0.0]);
                }
            }
        }
    }
}
