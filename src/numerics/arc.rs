//! The angle of a point in the first quadrant, for loops that the compiler turns into vectors.

/// `tan(pi / 8)`.
const TAN_EIGHTH: f64 = 0.414_213_562_373_095_048_8;
/// `tan(pi / 16)`.
const TAN_SIXTEENTH: f64 = 0.198_912_367_379_658_006_9;
/// `tan(3 pi / 16)`.
const TAN_THREE_SIXTEENTHS: f64 = 0.668_178_637_919_298_919_9;

/// `atan2(y, x)` for `y, x >= 0`, and 0 at the origin, within two units in the last place.
///
/// Free of branches and calls: inside a function that `pulp` dispatches it is compiled to vector
/// instructions. The quotient of the smaller by the larger is turned by 0, pi/8 or pi/4, which
/// leaves `|q| <= tan(pi / 16)` for the Taylor series up to `q^25`, whose remainder is below
/// `2^-62`.
#[inline(always)]
pub(crate) fn angle(y: f64, x: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, FRAC_PI_8};
    let (small, big) = if y <= x { (y, x) } else { (x, y) };
    let far = small > TAN_THREE_SIXTEENTHS * big;
    let near = small <= TAN_SIXTEENTH * big;
    let tangent = if far { 1.0 } else { TAN_EIGHTH };
    let turn = if far { FRAC_PI_4 } else { FRAC_PI_8 };
    let tangent = if near { 0.0 } else { tangent };
    let turn = if near { 0.0 } else { turn };
    let denominator = tangent.mul_add(small, big);
    let denominator = if denominator > 0.0 { denominator } else { 1.0 };
    let q = tangent.mul_add(-big, small) / denominator;
    let square = q * q;
    const TAYLOR: [f64; 12] = [
        1.0 / 25.0,
        -1.0 / 23.0,
        1.0 / 21.0,
        -1.0 / 19.0,
        1.0 / 17.0,
        -1.0 / 15.0,
        1.0 / 13.0,
        -1.0 / 11.0,
        1.0 / 9.0,
        -1.0 / 7.0,
        1.0 / 5.0,
        -1.0 / 3.0,
    ];
    let mut series = TAYLOR[0];
    for coefficient in &TAYLOR[1..] {
        series = series.mul_add(square, *coefficient);
    }
    let acute = turn + (square * series).mul_add(q, q);
    if y <= x { acute } else { FRAC_PI_2 - acute }
}

/// `a b - c^2` to the last places, however much cancels, and exactly zero for `a = b = c`.
///
/// C.-P. Jeannerod, N. Louvet, J.-M. Muller, "Further analysis of Kahan's algorithm for the
/// accurate computation of 2 x 2 determinants", Math. Comp. 82, 2245-2264 (2013),
/// doi:10.1090/S0025-5718-2013-02679-8.
#[inline(always)]
pub(crate) fn determinant(a: f64, b: f64, c: f64) -> f64 {
    let square = c * c;
    let error = (-c).mul_add(c, square);
    a.mul_add(b, -square) + error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_agree_with_the_standard_library() {
        let mut worst = 0.0_f64;
        for i in 0..=20_000 {
            let t = f64::from(i) / 20_000.0 * std::f64::consts::FRAC_PI_2;
            for scale in [1e-200, 0.3, 7e100] {
                let (y, x) = (scale * t.sin(), scale * t.cos().max(0.0));
                let exact = y.atan2(x);
                let unit = exact.next_up() - exact;
                worst = worst.max((angle(y, x) - exact).abs() / unit);
            }
        }
        assert!(worst <= 2.0, "{worst} ulp");
        assert_eq!(angle(0.0, 0.0), 0.0);
        assert_eq!(angle(0.0, 3.0), 0.0);
    }

    #[test]
    fn determinants_survive_cancellation() {
        let a = 1.0 + 2f64.powi(-30);
        assert_eq!(determinant(a, a, a), 0.0);
        // (1 + e)(1 - e) - 1 = -e^2
        let e = 2f64.powi(-40);
        assert_eq!(determinant(1.0 + e, 1.0 - e, 1.0), -e * e);
    }
}
