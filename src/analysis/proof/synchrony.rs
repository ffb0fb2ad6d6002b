//! The k-dominance cycles of equal neurons, over boxes of their parameters.

use crate::networks::ImpulseParameter;
use crate::numerics::interval::{Interval, Jet, mean_value};

/// Parameters of equal neurons that hear all others, each somewhere in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterBox {
    /// Depth of the after-hyperpolarisation.
    pub a: Interval,
    /// Strength of the synapses.
    pub b: Interval,
    /// Level that synapses pull to.
    pub c: Interval,
    /// Their delay.
    pub h: Interval,
    /// What `b` is divided by to be the strength of one of them: 1, or their number where their mean is heard.
    pub divisor: f64,
}

/// What holds for every network of a box of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionVerdict {
    /// The cycles of all `2^m - 1` patterns exist and attract.
    AllStable,
    /// The cycles of all patterns of one size do not exist, or repel: the smallest such size.
    Lost {
        /// Neurons that fire.
        k: usize,
    },
    /// The delay lies outside `t0 < h < T0`, of which the theorem speaks.
    Outside,
    /// Neither is shown.
    Open,
}

/// A number that depends on a, b, c and h.
type Of = Jet<4>;

/// `Xe`, `y` and `mu` for `k` firing neurons; for one alone only the second has a meaning.
fn margins(k: usize, [a, b, c, h]: [Of; 4]) -> [Of; 3] {
    let one = Of::from(1.0);
    let impulse = one + one / a;
    let total = b * Of::from(k as f64);
    let silent = one - (-(total * impulse)).exp();
    if k == 1 {
        let highest = c + one / total + (one + a) / silent;
        return [highest, highest, highest];
    }
    let felt = b * Of::from((k - 1) as f64);
    let share = one / Of::from((k - 1) as f64);
    let falling = (impulse + one - h).positive_part();
    let late = (h - impulse - one).positive_part();
    let first = (-(felt * falling)).exp();
    let second = (-(felt * (impulse - falling))).exp();
    let both = first * second;
    let start = late - a * (one - falling);
    // The way over both pieces, written so that c and the level before the window stand in it once.
    let end =
        c * (one - both) + start * both + (one - second) / felt - a * (one - first) * second / felt;
    let highest = c + one / total + (h - end) / silent;
    let multiplier = (one + share) * second * (one + a * (one - first)) - share;
    [end, highest, multiplier]
}

impl ParameterBox {
    /// The box with another interval for one parameter; `None` for `mismatch`, as these neurons are equal.
    #[must_use]
    pub fn with(self, parameter: ImpulseParameter, value: Interval) -> Option<Self> {
        Some(match parameter {
            ImpulseParameter::A => Self { a: value, ..self },
            ImpulseParameter::B => Self { b: value, ..self },
            ImpulseParameter::C => Self { c: value, ..self },
            ImpulseParameter::H => Self { h: value, ..self },
            ImpulseParameter::Mismatch => return None,
        })
    }

    /// What is proved of the memories of all networks of `neurons` in the box.
    ///
    /// # The theorem
    ///
    /// Of `m >= 2` equal neurons, `x_j' = R(x_j(t-1)) + b (c - x_j) sum_{s != j} H(x_s(t-h))` with `a, b > 0 > c`, let `t0 = 1 + 1/a`,
    /// `T0 = t0 + 1 + a`, `t0 < h < T0`, and `k` of them fire. Write `B = b (k-1)`, `K = b k`, `r = 1/(k-1)`,
    /// `s = max(0, t0 + 1 - h)`, `p = max(0, h - t0 - 1)`, and
    ///
    /// ```text
    /// E1 = exp(-B s)                    E2 = exp(-B (t0 - s))                     Xh = -a (1 - s) + p
    /// X1 = c - a/B + (Xh - c + a/B) E1  Xe = c + 1/B + (X1 - c - 1/B) E2          T = h + t0 - Xe   (k = 1: T = T0)
    /// y  = c + 1/K + (T - t0) / (1 - exp(-K t0))                                  mu = -r + (1 + r) E2 (1 + a (1 - E1))
    /// ```
    ///
    /// *If `Xe < 0` (for `k > 1`) and `y < 0` (for `k < m`), there is a cycle in which these `k` fire one impulse together in every
    /// period `T` and the others stay below the threshold; if `|mu| < 1` (for `k > 1`), it attracts.*
    ///
    /// A neuron that fires crosses upwards at 0 with slope 1 and hears nothing before `h`, since `Xe < 0` says that what it heard of
    /// the period before has ended. So it is the free impulse, up to 1, down with slope `-a` through 0 at `t0`, as long as
    /// `h > t0`. From `h` to `h + t0` all others are heard; its own drive is `-a` for the first `s` of that, and 1 for the rest. The two
    /// pieces are monotone, the first from `Xh < 0` (since `h < T0`) to `X1`, on the way to `c - a/B < 0`, the second from there to
    /// `Xe < 0`: both stay below the threshold. From `Xe` it rises with slope 1 to the next onset at `T`. Nothing of the impulse is felt then, as
    /// `T - t0 > h > 1`.
    /// A silent neuron has the drive 1 throughout, and loses in the window of length `t0` the share `1 - exp(-K t0)` of its distance
    /// from `c + 1/K`; `y` is where it begins, its highest level. Its perturbations decay by `exp(-K t0) < 1`.
    /// If the onsets of the firing neurons are shifted by `d_j`, a neuron feels the mean shift of the others, `-r d_j` where
    /// the sum is 0, as a shift of its window, and its own impulse comes later than that by `(1 + r) d_j`, which lifts `Xh` by `a` a
    /// unit in the first piece, or lowers it by 1, and moves the end of the first piece. What is left of it at the end of the window shifts
    /// the next onset: `mu`, `k - 1` times. All other multipliers but the trivial one are 0, because an onset is all that the
    /// future needs to know of the past.
    ///
    /// Where `Xe > 0` or `y > 0` there is no such cycle, and where `|mu| > 1` it repels. The inequalities are decided over boxes in
    /// interval arithmetic. Ours, as the closed form is, see [`ReferenceNetwork`](crate::analysis::ReferenceNetwork).
    #[must_use]
    pub fn verdict(&self, neurons: usize) -> RegionVerdict {
        let b = if self.divisor == 1.0 {
            self.b
        } else {
            self.b / Interval::point(self.divisor)
        };
        let sides = [self.a, b, self.c, self.h];
        if !(self.a.is_positive() && self.b.is_positive() && self.c.is_negative()) {
            return RegionVerdict::Open;
        }
        let room = |[a, _, _, h]: [Of; 4]| {
            let impulse = Of::from(1.0) + Of::from(1.0) / a;
            [h - impulse, impulse + Of::from(1.0) + a - h]
        };
        let room = mean_value(room, sides);
        if room.iter().any(|distance| distance.is_negative()) {
            return RegionVerdict::Outside;
        }
        if !room.iter().all(|distance| distance.is_positive()) {
            return RegionVerdict::Open;
        }
        let mut all = true;
        let mut lost = None;
        for k in 1..=neurons {
            let [end, highest, multiplier] = mean_value(|at| margins(k, at), sides);
            let mut sound = true;
            let mut broken = false;
            if k > 1 {
                let size = multiplier.abs();
                sound &= end.is_negative() && size.is_before(Interval::ONE);
                broken |= end.is_positive() || Interval::ONE.is_before(size);
            }
            if k < neurons {
                sound &= highest.is_negative();
                broken |= highest.is_positive();
            }
            all &= sound;
            if broken {
                lost = Some(k);
                break;
            }
        }
        match lost {
            Some(k) => RegionVerdict::Lost { k },
            None if all => RegionVerdict::AllStable,
            None => RegionVerdict::Open,
        }
    }
}
