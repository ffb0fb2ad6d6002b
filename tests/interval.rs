//! Interval arithmetic against multiprecision numbers.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use pulsatrix::numerics::interval::Interval;
use pulsatrix::numerics::random::stream;
use rand::RngExt;

type Exact = FBig<HalfEven, 2>;

/// Bits of the reference: any sum, product or quotient of two numbers within 200 binary orders is told from a
/// neighbouring number.
const PRECISION: usize = 320;

fn exact(value: f64) -> Exact {
    let exact = Exact::try_from(value).expect("a finite number");
    exact.with_precision(PRECISION).value()
}

/// Whether an interval holds the truth.
fn holds(interval: Interval, truth: &Exact) -> bool {
    let below = interval.low() == f64::NEG_INFINITY || exact(interval.low()) <= *truth;
    let above = interval.high() == f64::INFINITY || *truth <= exact(interval.high());
    below && above
}

/// A number of either sign, of a wide range of sizes, now and then a round one.
fn number(random: &mut impl rand::Rng, orders: i32) -> f64 {
    let mantissa = match random.random_range(0..8) {
        0 => f64::from(random.random_range(-4..=4_i32)),
        1 => 1.0 + f64::EPSILON * f64::from(random.random_range(-3..=3_i32)),
        _ => 4.0 * random.random::<f64>() - 2.0,
    };
    mantissa * 2.0_f64.powi(random.random_range(-orders..=orders))
}

/// Operands, and a point in each.
struct Sample {
    intervals: [Interval; 2],
    points: [f64; 2],
}

fn sample(random: &mut impl rand::Rng, orders: i32) -> Sample {
    let mut one = || {
        let (low, width) = (number(random, orders), number(random, orders).abs());
        let high = if random.random() { low } else { low + width };
        let inside = low + random.random::<f64>() * (high - low);
        let ends = [low, high, inside.clamp(low, high)];
        (Interval::new(low, high), ends[random.random_range(0..3)])
    };
    let ((x, p), (y, q)) = (one(), one());
    Sample {
        intervals: [x, y],
        points: [p, q],
    }
}

/// How often of `times` an operation on intervals loses the truth.
fn losses(
    purpose: &str,
    times: usize,
    orders: i32,
    operation: impl Fn(Interval, Interval) -> Interval,
    truth: impl Fn(&Exact, &Exact) -> Option<Exact>,
) -> usize {
    let mut random = stream(1, purpose, 0);
    let mut lost = 0;
    for _ in 0..times {
        let Sample {
            intervals: [x, y],
            points: [p, q],
        } = sample(&mut random, orders);
        if let Some(truth) = truth(&exact(p), &exact(q)) {
            lost += usize::from(!holds(operation(x, y), &truth));
        }
    }
    lost
}

/// A million in all when optimised, a tenth of that in the profile of development.
const TIMES: usize = if cfg!(debug_assertions) {
    20_000
} else {
    200_000
};

fn is_zero(value: &Exact) -> bool {
    *value == Exact::ZERO
}

#[test]
fn the_four_operations_never_lose_the_truth() {
    let some = |value: Exact| Some(value);
    assert_eq!(
        losses("add", TIMES, 60, |x, y| x + y, |p, q| some(p + q)),
        0
    );
    assert_eq!(
        losses("subtract", TIMES, 60, |x, y| x - y, |p, q| some(p - q)),
        0
    );
    assert_eq!(
        losses("multiply", TIMES, 60, |x, y| x * y, |p, q| some(p * q)),
        0
    );
    let quotient = |p: &Exact, q: &Exact| (!is_zero(q)).then(|| p / q);
    assert_eq!(losses("divide", TIMES, 60, |x, y| x / y, quotient), 0);
}

#[test]
fn roots_squares_and_multiples_never_lose_the_truth() {
    let times = TIMES / 4;
    let root = |p: &Exact, _: &Exact| (*p >= Exact::ZERO).then(|| p.sqrt());
    assert_eq!(losses("root", times, 60, |x, _| x.sqrt(), root), 0);
    assert_eq!(
        losses("square", times, 60, |x, _| x.square(), |p, _| Some(p * p)),
        0
    );
    let scaled = |x: Interval, y: Interval| x.scaled(y.low());
    let mut random = stream(1, "scaled", 0);
    for _ in 0..times {
        let Sample {
            intervals: [x, y],
            points: [p, _],
        } = sample(&mut random, 60);
        assert!(holds(scaled(x, y), &(exact(p) * exact(y.low()))));
    }
}

#[test]
fn exponential_and_logarithm_never_lose_the_truth() {
    let times = TIMES / 8;
    let small = |p: &Exact, _: &Exact| (*p < exact(700.0) && *p > exact(-700.0)).then(|| p.exp());
    assert_eq!(losses("exp", times, 9, |x, _| x.exp(), small), 0);
    let positive = |p: &Exact, _: &Exact| (*p > Exact::ZERO).then(|| p.ln());
    assert_eq!(losses("ln", times, 40, |x, _| x.ln(), positive), 0);
}

/// The width for a single number, in units of `2^-52` of the value: 8 for `exp`, 12 for `ln`.
#[test]
fn elementary_functions_are_narrow() {
    let mut random = stream(1, "narrow", 0);
    for _ in 0..20_000 {
        let x = 1400.0 * random.random::<f64>() - 700.0;
        let found = Interval::point(x).exp();
        assert!(
            found.width() <= 8.0 * f64::EPSILON * found.low(),
            "exp {x}: {found}"
        );
        let y = number(&mut random, 60).abs();
        if y > 0.0 {
            let found = Interval::point(y).ln();
            assert!(
                found.width() <= 12.0 * f64::EPSILON * found.magnitude(),
                "ln {y}: {found}"
            );
        }
    }
}

/// Bounds rounded to nearest.
fn nearest(z: Interval) -> Interval {
    Interval::new(z.low().next_up(), z.high().next_down())
}

/// Bounds rounded towards each other.
fn inward(z: Interval) -> Interval {
    let z = nearest(z);
    let (low, high) = (z.low().next_up(), z.high().next_down());
    if low <= high {
        Interval::new(low, high)
    } else {
        Interval::point(low)
    }
}

/// One bound of two rounded to nearest.
fn half_wrong(z: Interval) -> Interval {
    Interval::new(z.low().next_up(), z.high())
}

/// The check is one that can fail: bounds rounded to nearest, or towards each other, lose the truth, and are seen.
#[test]
fn a_wrong_rounding_direction_is_caught() {
    let sum = |p: &Exact, q: &Exact| Some(p + q);
    let product = |p: &Exact, q: &Exact| Some(p * q);
    for wrong in [nearest as fn(Interval) -> Interval, inward, half_wrong] {
        let add = |x: Interval, y: Interval| {
            let right = x + y;
            if right == x || right == y {
                right
            } else {
                wrong(right)
            }
        };
        assert!(losses("add", 2000, 60, add, sum) > 50);
        let multiply = |x: Interval, y: Interval| {
            let right = x * y;
            if right == Interval::ZERO {
                right
            } else {
                wrong(right)
            }
        };
        assert!(losses("multiply", 2000, 60, multiply, product) > 50);
    }
    let exponential =
        |p: &Exact, _: &Exact| (*p < exact(700.0) && *p > exact(-700.0)).then(|| p.exp());
    let squeezed = |x: Interval, _: Interval| {
        let right = x.exp();
        let middle = right.middle();
        Interval::new(right.low().max(middle), right.high())
    };
    assert!(losses("exp", 2000, 9, squeezed, exponential) > 50);
}
