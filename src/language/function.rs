//! The functions of the language, one number at a time.

use crate::numerics::elementary;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unary {
    Minus,
    Not,
    Exp,
    Log,
    Log10,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Logistic,
    Erf,
    Abs,
    Sign,
    Floor,
    /// A whole power.
    Power(i32),
}

/// A function of two numbers. Comparisons give 1 or 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Atan2,
    Minimum,
    Maximum,
    /// What is left of a division, with the sign of the divisor.
    Modulo,
    Less,
    LessOrEqual,
    Equal,
    And,
    Or,
}

/// The functions that formulas call by name, with one argument.
pub(super) const UNARY: [(&str, Unary); 20] = [
    ("exp", Unary::Exp),
    ("ln", Unary::Log),
    ("log", Unary::Log),
    ("log10", Unary::Log10),
    ("sqrt", Unary::Sqrt),
    ("sin", Unary::Sin),
    ("cos", Unary::Cos),
    ("tan", Unary::Tan),
    ("asin", Unary::Asin),
    ("acos", Unary::Acos),
    ("atan", Unary::Atan),
    ("sinh", Unary::Sinh),
    ("cosh", Unary::Cosh),
    ("tanh", Unary::Tanh),
    ("logistic", Unary::Logistic),
    ("erf", Unary::Erf),
    ("abs", Unary::Abs),
    ("sign", Unary::Sign),
    ("floor", Unary::Floor),
    ("not", Unary::Not),
];

/// The same with two.
pub(super) const BINARY: [(&str, Binary); 5] = [
    ("pow", Binary::Power),
    ("atan2", Binary::Atan2),
    ("min", Binary::Minimum),
    ("max", Binary::Maximum),
    ("mod", Binary::Modulo),
];

/// Those with a form of their own.
pub(super) const FORMS: [&str; 6] = ["if", "heaviside", "sum", "mean", "average", "integral"];

/// One number through a function over slices.
#[inline]
fn one(function: fn(&mut [f64]), x: f64) -> f64 {
    let mut value = [x];
    function(&mut value);
    value[0]
}

impl Unary {
    /// The value at `x`. What `numerics` does not offer comes from `libm`, the same on all machines.
    #[inline]
    pub(super) fn value(self, x: f64) -> f64 {
        match self {
            Self::Minus => -x,
            Self::Not => f64::from(x == 0.0),
            Self::Exp => one(elementary::exp, x),
            Self::Log => libm::log(x),
            Self::Log10 => libm::log10(x),
            Self::Sqrt => x.sqrt(),
            Self::Sin => one(elementary::sin, x),
            Self::Cos => one(elementary::cos, x),
            Self::Tan => libm::tan(x),
            Self::Asin => libm::asin(x),
            Self::Acos => libm::acos(x),
            Self::Atan => libm::atan(x),
            Self::Sinh => libm::sinh(x),
            Self::Cosh => libm::cosh(x),
            Self::Tanh => one(elementary::tanh, x),
            Self::Logistic => one(elementary::logistic, x),
            Self::Erf => libm::erf(x),
            Self::Abs => x.abs(),
            Self::Sign => sign(x),
            Self::Floor => x.floor(),
            Self::Power(exponent) => whole_power(x, exponent),
        }
    }
}

/// -1, 0 or 1; NaN stays NaN.
#[inline(always)]
pub(super) fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x
    }
}

/// `x^exponent` by squares.
#[inline(always)]
pub(super) fn whole_power(x: f64, exponent: i32) -> f64 {
    let (mut left, mut square, mut product) = (exponent.unsigned_abs(), x, 1.0);
    while left > 0 {
        if left & 1 == 1 {
            product *= square;
        }
        square *= square;
        left >>= 1;
    }
    if exponent < 0 { 1.0 / product } else { product }
}

impl Binary {
    /// The value at `x` and `y`.
    #[inline(always)]
    pub(super) fn value(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Add => x + y,
            Self::Subtract => x - y,
            Self::Multiply => x * y,
            Self::Divide => x / y,
            Self::Power => libm::pow(x, y),
            Self::Atan2 => libm::atan2(x, y),
            // NaN on either side is the result
            Self::Minimum if x.is_nan() || x < y => x,
            Self::Maximum if x.is_nan() || x > y => x,
            Self::Minimum | Self::Maximum => y,
            Self::Modulo => x - y * (x / y).floor(),
            Self::Less => f64::from(x < y),
            Self::LessOrEqual => f64::from(x <= y),
            Self::Equal => f64::from(x == y),
            Self::And => f64::from(x != 0.0 && y != 0.0),
            Self::Or => f64::from(x != 0.0 || y != 0.0),
        }
    }
}

/// Whether a name belongs to the language.
pub(super) fn is_reserved(name: &str) -> bool {
    names().any(|own| own == name) || matches!(name, "t" | "pi" | "in" | "and" | "or")
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let unary = UNARY.iter().map(|(name, _)| *name);
    let binary = BINARY.iter().map(|(name, _)| *name);
    unary.chain(binary).chain(FORMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_powers_are_products() {
        assert_eq!(whole_power(3.0, 5), 243.0);
        assert_eq!(whole_power(2.0, -3), 0.125);
        assert_eq!(whole_power(7.0, 0), 1.0);
    }

    #[test]
    fn what_is_no_number_is_not_hidden() {
        for (operator, first) in [(Binary::Minimum, true), (Binary::Maximum, false)] {
            assert!(operator.value(f64::NAN, 1.0).is_nan(), "{first}");
            assert!(operator.value(1.0, f64::NAN).is_nan(), "{first}");
        }
        assert!(Unary::Sign.value(f64::NAN).is_nan());
        assert_eq!(Binary::Modulo.value(-0.25, 1.0), 0.75);
    }
}
