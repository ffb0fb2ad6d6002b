//! How long a memory lasts, from the times at which paths have left it.

use serde::{Deserialize, Serialize};

use super::noisy_memory::Escape;
use crate::analysis::NORMAL_95;

/// The lifetime that a number of escapes shows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lifetime {
    /// Paths.
    pub paths: usize,
    /// Those that have lost the memory before the horizon.
    pub escapes: usize,
    /// Mean lifetime, by maximum likelihood for the exponential law: time of all paths by number of escapes; `None`
    /// without escapes.
    pub mean: Option<f64>,
    /// Its 95 % interval; without escapes it has no upper end.
    pub interval: (f64, Option<f64>),
    /// Standard deviation over mean of the times of escape beyond the first one, 1 for the exponential law; `None` if
    /// some are unknown.
    pub variation: Option<f64>,
    /// Largest distance between the observed law of these times and the exponential one, times the root of the number,
    /// in Stephens' form; `None` if some are unknown. An escape takes a least time, the way to the edge of the basin,
    /// which is why the first time is taken off.
    pub distance: Option<f64>,
}

/// Above this the exponential law is refused at the level of 5 %: M. A. Stephens, J. Am. Stat. Assoc. 69(347), 730-737
/// (1974), doi:10.1080/01621459.1974.10480196, table 1.1, law with a mean taken from the data.
pub const EXPONENTIAL_5: f64 = 1.094;

impl Lifetime {
    /// From the ends of paths.
    ///
    /// The interval is that of the law chi squared of `2 n` degrees of freedom (`2 n + 2` at the upper end of a run
    /// with a horizon), whose quantiles are taken in the form of Wilson and Hilferty (1931), right to two thousandths
    /// from ten escapes on.
    #[must_use]
    pub fn of(escapes: &[Escape]) -> Self {
        let mut times: Vec<f64> = escapes
            .iter()
            .filter(|end| end.reading.is_some())
            .map(|end| end.time)
            .collect();
        times.sort_by(f64::total_cmp);
        let total: f64 = escapes.iter().map(|end| end.time).sum();
        let n = times.len() as f64;
        let all_known = times.len() == escapes.len() && times.len() > 1;
        let quantile = |freedom: f64, z: f64| {
            let part = 2.0 / (9.0 * freedom);
            freedom * (1.0 - part + z * part.sqrt()).powi(3)
        };
        let more = if all_known { 0.0 } else { 2.0 };
        let low = 2.0 * total / quantile(2.0 * n + more, NORMAL_95);
        let high = (n > 0.0).then(|| 2.0 * total / quantile(2.0 * n, -NORMAL_95));
        let mean = total / n;
        // what the other times have beyond the first one: of an exponential law that begins late, exponential again
        let first = times.first().copied().unwrap_or(0.0);
        let beyond: Vec<f64> = times.iter().skip(1).map(|time| time - first).collect();
        let law = Excess::of(&beyond).filter(|_| all_known);
        Self {
            paths: escapes.len(),
            escapes: times.len(),
            mean: (n > 0.0).then_some(mean),
            interval: (low, high),
            variation: law.as_ref().map(Excess::variation),
            distance: law.as_ref().map(Excess::distance),
        }
    }
}

/// Times that should follow the exponential law, ascending.
struct Excess<'t> {
    times: &'t [f64],
    mean: f64,
}

impl<'t> Excess<'t> {
    /// `None` unless there are two times or more, not all zero.
    fn of(times: &'t [f64]) -> Option<Self> {
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        (times.len() > 1 && mean > 0.0).then_some(Self { times, mean })
    }

    fn variation(&self) -> f64 {
        let squares: f64 = self
            .times
            .iter()
            .map(|time| (time - self.mean).powi(2))
            .sum();
        (squares / (self.times.len() as f64 - 1.0)).sqrt() / self.mean
    }

    /// The statistic of Kolmogorov and Smirnov in Stephens' form.
    fn distance(&self) -> f64 {
        let n = self.times.len() as f64;
        let farthest = self.times.iter().enumerate().map(|(below, time)| {
            let law = -libm::expm1(-time / self.mean);
            (law - below as f64 / n).max((below as f64 + 1.0) / n - law)
        });
        let largest = farthest.fold(0.0, f64::max);
        (largest - 0.2 / n) * (n.sqrt() + 0.26 + 0.5 / n.sqrt())
    }
}

/// `ln(lifetime) = barrier / noise^2 + constant`, the law of rare escapes (Kramers, Freidlin and Wentzell).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Barrier {
    /// Half the quasi-potential between the memory and the edge of its basin, in units of `x^2` per time.
    pub barrier: f64,
    /// Its standard error.
    pub error: f64,
    /// The constant.
    pub constant: f64,
}

impl Barrier {
    /// By least squares over strengths of noise and lifetimes, weighted by the number of escapes, as the variance of
    /// the logarithm is one over that. `None` unless three lifetimes are known from ten escapes or more.
    #[must_use]
    pub fn of(lifetimes: &[(f64, Lifetime)]) -> Option<Self> {
        let known = |(noise, lifetime): &(f64, Lifetime)| {
            let mean = lifetime.mean.filter(|_| lifetime.escapes >= 10)?;
            Some((noise.powi(-2), libm::log(mean), lifetime.escapes as f64))
        };
        let points: Vec<_> = lifetimes.iter().filter_map(known).collect();
        if points.len() < 3 {
            return None;
        }
        let sum = |part: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(part).sum::<f64>();
        let all = sum(&|(_, _, w)| *w);
        let (x, y) = (sum(&|(x, _, w)| w * x) / all, sum(&|(_, y, w)| w * y) / all);
        let spread = sum(&|(own, _, w)| w * (own - x).powi(2));
        let barrier = sum(&|(own, value, w)| w * (own - x) * (value - y)) / spread;
        Some(Self {
            barrier,
            error: spread.sqrt().recip(),
            constant: y - barrier * x,
        })
    }
}
