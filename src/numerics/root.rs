//! Bracketed root finding.

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
