//! Bracketed root finding.

/// Place in `[low, high]` at which `function` becomes positive, or stops being so, to the last bit but one.
///
/// Zero counts as negative, so that a function which stands at zero for a while, as truth values and
/// `max(x, 0)` do, is followed to the edge of that stretch; [`bracketed_root`] would stop anywhere on
/// it. Of the values at the ends one is positive and one is not. Costs of a smooth function are those
/// of `bracketed_root`.
///
/// ```
/// use pulsatrix::numerics::root::edge_of_positive;
///
/// let ramp = |x: f64| (x - 3.0).max(0.0);
/// assert!((edge_of_positive(ramp, (0.0, 0.0), (8.0, 5.0)) - 3.0).abs() < 1e-14);
/// ```
pub fn edge_of_positive(
    mut function: impl FnMut(f64) -> f64,
    low: (f64, f64),
    high: (f64, f64),
) -> f64 {
    let mut zero = [low, high].into_iter().find(|(_, value)| *value == 0.0);
    let root = bracketed_root(
        |place| {
            let value = function(place);
            if value == 0.0 {
                zero = Some((place, value));
            }
            value
        },
        low,
        high,
        0.0,
    );
    let Some((stop, _)) = zero else {
        return root;
    };
    // most functions only pass through zero
    let (to, rises) = if low.1 > 0.0 {
        (low, false)
    } else {
        (high, true)
    };
    let grain = f64::EPSILON * low.0.abs().max(high.0.abs());
    let beside = if rises {
        (stop + grain).min(to.0)
    } else {
        (stop - grain).max(to.0)
    };
    if function(beside) > 0.0 {
        return stop;
    }
    let strict = |value: f64| {
        if value > 0.0 {
            value
        } else {
            value.min(-f64::MIN_POSITIVE)
        }
    };
    let (stop, to) = ((stop, strict(0.0)), (to.0, to.1));
    let (left, right) = if rises { (stop, to) } else { (to, stop) };
    bracketed_root(|place| strict(function(place)), left, right, 0.0)
}

/// Root of `function` in `[low, high]` by the ITP method, given the values at both ends.
///
/// The two values must differ in sign (a zero counts as either); the bracket is then shrunk until
/// it is at most `tolerance` wide or no further floating-point number fits, and the end with the
/// smaller residual is returned. Never needs more than two evaluations beyond bisection.
///
/// I. F. D. Oliveira, R. H. C. Takahashi, "An enhancement of the bisection method average
/// performance preserving minmax optimality", ACM Trans. Math. Softw. 47(1), 5 (2020), with
/// `kappa_1 = 0.2 / (high - low)`, `kappa_2 = 2`, `n_0 = 1`.
///
/// ```
/// use pulsatrix::numerics::root::bracketed_root;
///
/// let root = bracketed_root(|x| x * x - 2.0, (0.0, -2.0), (2.0, 2.0), 1e-15);
/// assert!((root - 2f64.sqrt()).abs() < 1e-15);
/// ```
pub fn bracketed_root(
    mut function: impl FnMut(f64) -> f64,
    low: (f64, f64),
    high: (f64, f64),
    tolerance: f64,
) -> f64 {
    let ((mut a, mut fa), (mut b, mut fb)) = (low, high);
    if fa == 0.0 {
        return a;
    }
    if fb == 0.0 {
        return b;
    }
    let half = 0.5 * tolerance.max(f64::EPSILON * a.abs().max(b.abs()));
    let kappa = 0.2 / (b - a);
    let mut slack = half * ((((b - a) / (2.0 * half)).log2().ceil()).max(0.0) + 1.0).exp2();
    while b - a > 2.0 * half {
        let middle = 0.5 * (a + b);
        if middle <= a || middle >= b {
            break;
        }
        let radius = slack - 0.5 * (b - a);
        let secant = (fb * a - fa * b) / (fb - fa);
        let towards = (middle - secant).signum();
        let truncation = kappa * (b - a) * (b - a);
        let truncated = if truncation <= (middle - secant).abs() {
            secant + towards * truncation
        } else {
            middle
        };
        let probe = if (truncated - middle).abs() <= radius {
            truncated
        } else {
            middle - towards * radius
        };
        let probe = if probe > a && probe < b {
            probe
        } else {
            middle
        };
        let value = function(probe);
        if value == 0.0 {
            return probe;
        }
        if (value > 0.0) == (fb > 0.0) {
            (b, fb) = (probe, value);
        } else {
            (a, fa) = (probe, value);
        }
        slack *= 0.5;
    }
    if fa.abs() < fb.abs() { a } else { b }
}
