//! Lags that are spread over a window, and those with the kernel of a gamma distribution.

use super::SolverError;
use super::collocation::gauss_rule;

/// The integral of the past over a window of lags, by a Gauss rule between its breaking points.
///
/// ```text
/// int_nearest^farthest k(s) y(t - s) ds
/// ```
///
/// The rule reads the solution at [delayed times](super::DelayField::delayed_times) that move with
/// the time: the window is cut where the solution bends, so that the rule never sees a bend. Cut it at
/// the initial time and at those of an initial time later by `nearest` or `farthest` that can still be
/// felt; breaks of the history too.
///
/// Cost: `count` delayed times. Where the window begins at lag zero, steps are iterated.
///
/// ```
/// use pulsatrix::solver::{DelaySolver, DistributedLag, History, Options, Save, closure_field, solve};
///
/// // y' = -(the mean of y over the last unit of time)
/// let window = DistributedLag::new(0.0, 1.0, 6)?.with_breaks(&[0.0, 1.0]);
/// let field = closure_field(1, &[], |t, _, delayed, dy| {
///     dy[0] = -window.integrate(t, |number, _| delayed.state(number)[0]);
/// })
/// .with_delayed_times(window.count(), |t, _, times| window.delayed_times(t, times))
/// .with_longest_varying_lag(window.farthest());
/// let history = History::constant(&[1.0]);
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-8))?;
/// let end = solve(&mut solver, 1.0, &Save::Last, &[])?;
/// // y'' = 1 - y up to t = 1, y(0) = 1, y'(0) = -1
/// assert!((end.last()[0] - (1.0 - 1f64.sin())).abs() < 1e-7);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DistributedLag {
    nearest: f64,
    farthest: f64,
    /// Times at which the solution bends, ascending.
    breaks: Vec<f64>,
    /// Equal parts of the stretch between two cuts.
    parts: usize,
    /// Points and weights on `[0, 1]`.
    rule: Vec<(f64, f64)>,
}

impl DistributedLag {
    /// A window from the lag `nearest` to the lag `farthest`, with `nodes` points in each part.
    ///
    /// A rule of `n` points is exact for products of kernel and solution of degree `2 n - 1`.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] unless `0 <= nearest < farthest`, both finite, and
    /// `1 <= nodes <= 64`.
    pub fn new(nearest: f64, farthest: f64, nodes: usize) -> Result<Self, SolverError> {
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if !(nearest >= 0.0 && nearest.is_finite()) {
            let requirement = "a window begins at a lag that is zero or positive, and finite";
            return refuse("nearest lag", nearest, requirement);
        }
        if !(farthest > nearest && farthest.is_finite()) {
            let requirement = "a window ends at a lag above the nearest one, and finite";
            return refuse("farthest lag", farthest, requirement);
        }
        if !(1..=64).contains(&nodes) {
            return refuse("nodes", nodes as f64, "a rule has 1 to 64 points");
        }
        Ok(Self {
            nearest,
            farthest,
            breaks: Vec::new(),
            parts: 1,
            rule: gauss_rule(nodes),
        })
    }

    /// Cuts the window also at these times, where the solution bends.
    #[must_use]
    pub fn with_breaks(mut self, times: &[f64]) -> Self {
        self.breaks = times.to_vec();
        self.breaks.sort_by(f64::total_cmp);
        self.breaks.dedup();
        self
    }

    /// Cuts every stretch between two breaks into equal parts: for kernels that a polynomial over the
    /// whole window does not follow. None is taken as one.
    #[must_use]
    pub fn with_parts(mut self, parts: usize) -> Self {
        self.parts = parts.max(1);
        self
    }

    /// Number of delayed times.
    #[must_use]
    pub fn count(&self) -> usize {
        (self.breaks.len() + 1) * self.parts * self.rule.len()
    }

    /// The farthest lag: the bound on the varying lags.
    #[must_use]
    pub fn farthest(&self) -> f64 {
        self.farthest
    }

    /// Shows every point: its number, its time and its weight.
    fn visit(&self, time: f64, mut visit: impl FnMut(usize, f64, f64)) {
        let (low, high) = (time - self.farthest, time - self.nearest);
        let mut number = 0;
        let mut from = low;
        for stretch in 0..=self.breaks.len() {
            let end = self.breaks.get(stretch).copied().unwrap_or(high);
            let to = end.clamp(low, high);
            let length = (to - from) / self.parts as f64;
            for part in 0..self.parts {
                for (point, weight) in &self.rule {
                    let past = from + (part as f64 + point) * length;
                    visit(number, past, weight * length);
                    number += 1;
                }
            }
            from = to;
        }
    }

    /// Writes the delayed times for the present time, `count` of them.
    pub fn delayed_times(&self, time: f64, times: &mut [f64]) {
        self.visit(time, |number, past, _| {
            if let Some(place) = times.get_mut(number) {
                *place = past;
            }
        });
    }

    /// The integral over the window of what `integrand(number, lag)` gives for every delayed time.
    pub fn integrate(&self, time: f64, mut integrand: impl FnMut(usize, f64) -> f64) -> f64 {
        let mut sum = 0.0;
        self.visit(time, |number, past, weight| {
            if weight > 0.0 {
                sum += weight * integrand(number, time - past);
            }
        });
        sum
    }
}

/// The past of `input` weighed with a gamma kernel of order `chain.len()`, as ordinary equations:
/// writes `z_1' = rate (input - z_1)`, `z_k' = rate (z_(k-1) - z_k)` into `slopes`.
///
/// The last `z` is `int_0^inf g(s) input(t - s) ds` with `g(s) = rate^n s^(n-1) e^(-rate s) / (n-1)!`,
/// of mean lag `n / rate`. Start all `z` at what the past has made of them: at the input, if it was
/// constant. N. MacDonald, "Time Lags in Biological Models", Springer 1978,
/// doi:10.1007/978-3-642-93107-9.
pub fn gamma_chain(rate: f64, input: f64, chain: &[f64], slopes: &mut [f64]) {
    let mut before = input;
    for (slope, value) in slopes.iter_mut().zip(chain) {
        *slope = rate * (before - value);
        before = *value;
    }
}
