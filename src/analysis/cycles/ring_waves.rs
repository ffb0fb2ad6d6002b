//! Travelling waves of a ring of relay neurons, by their period relation.

use serde::{Deserialize, Serialize};

use crate::analysis::ReferenceNetwork;
use crate::numerics::root::bracketed_root;

/// Stretches of the admissible delays in which roots are looked for.
const STRETCHES: usize = 1000;

/// A wave `x_j(t) = u(t + j lead)` around a ring of `m` neurons.
///
/// In the ring `x_j' = R(x_j(t-1)) + b H(x_{j-1}(t-h)) (c - x_j)` every neuron then hears itself late
/// by `Delta = lead + h`, so that `u` is the cycle of one neuron with that delay, which is the cycle
/// of the 2-dominance mode with the delay `Delta`; its period `T(Delta)` is a closed form. The ring
/// closes if
///
/// ```text
/// p T(Delta) = m lead,     p = 1, 2, ... turns of the wave
/// ```
///
/// The relation is that of S. D. Glyzin, A. Yu. Kolesov, N. Kh. Rozov for rings of impulse neurons,
/// in general form that of S. Yanchuk, P. Perlikowski, "Delay and periodicity", Phys. Rev. E 79,
/// 046221 (2009), doi:10.1103/PhysRevE.79.046221; applying it to this ring is ours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RingWave {
    /// Turns `p` of the wave around the ring: impulses under way at a time.
    pub turns: usize,
    /// How much earlier a neuron fires than the one that it hears.
    pub lead: f64,
    /// Period of every neuron.
    pub period: f64,
}

/// All waves of a homogeneous ring of `neurons` relay neurons whose delay `Delta = lead + h` lies
/// between the length of a free impulse and the free period, by turns and then by lead; whether they
/// are stable is not said.
///
/// ```
/// use pulsatrix::analysis::ring_waves;
///
/// let waves = ring_waves(1.0, 1.0, -4.0, 0.0, 8);
/// assert_eq!(waves.len(), 1);
/// let wave = waves[0];
/// assert_eq!(wave.turns, 3);
/// assert!((3.0 * wave.period - 8.0 * wave.lead).abs() < 1e-12);
/// ```
#[must_use]
pub fn ring_waves(a: f64, b: f64, c: f64, h: f64, neurons: usize) -> Vec<RingWave> {
    let (impulse, free) = (1.0 + 1.0 / a, 2.0 + a + 1.0 / a);
    let lowest = impulse.max(h);
    let period = |delay: f64| Some(ReferenceNetwork::new(a, b, c, delay)?.cycle(2)?.period);
    let mut waves = Vec::new();
    for turns in 1..neurons {
        let gap = |delay: f64| {
            period(delay).map(|period| neurons as f64 * (delay - h) - turns as f64 * period)
        };
        let at = |n: usize| lowest + (free - lowest) * n as f64 / STRETCHES as f64;
        for n in 0..STRETCHES {
            // The ends themselves do not belong to the range of the closed form.
            let (low, high) = (at(n).next_up(), at(n + 1).next_down());
            let (Some(before), Some(after)) = (gap(low), gap(high)) else {
                continue;
            };
            if (before > 0.0) == (after > 0.0) {
                continue;
            }
            let inside = |delay: f64| gap(delay).unwrap_or(f64::NAN);
            let delay = bracketed_root(inside, (low, before), (high, after), 0.0);
            if let Some(period) = period(delay) {
                waves.push(RingWave {
                    turns,
                    lead: delay - h,
                    period,
                });
            }
        }
    }
    waves
}
