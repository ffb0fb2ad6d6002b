//! k-dominance cycles of the homogeneous relay network, in closed form.
//!
//! Ours: integrated by hand for the reference model and confirmed by event-driven integration. The
//! idea of the cycles and the count `2^m - 1` are those of Glyzin and Kolesov (2021).

use serde::{Deserialize, Serialize};

/// The homogeneous all-to-all relay network without self-term, `t0 < h < T0`, `c < 0`.
///
/// ```
/// use pulsatrix::analysis::ReferenceNetwork;
///
/// let network = ReferenceNetwork::new(1.0, 0.5, -44.0, 3.3).expect("t0 < h < T0 and c < 0");
/// let pair = network.cycle(2).expect("the two-dominance cycle exists");
/// assert!((pair.period - 32.10658).abs() < 1e-5);
/// assert!(pair.is_stable());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceNetwork {
    a: f64,
    b: f64,
    c: f64,
    h: f64,
}

/// One k-dominance cycle.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DominanceCycle {
    /// Number of neurons that fire.
    pub k: usize,
    /// Period.
    pub period: f64,
    /// Largest value of a silent neuron over the period; the cycle needs it below zero as soon as
    /// there is a silent neuron.
    pub silent_maximum: f64,
    /// Multiplier of the synchrony of the active neurons (multiplicity `k - 1`); `None` for one.
    pub synchrony_multiplier: Option<f64>,
    /// Multiplier of the silent neurons (multiplicity `m - k`).
    pub silent_multiplier: f64,
}

impl DominanceCycle {
    /// Whether all multipliers but the trivial one lie inside the unit circle.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.synchrony_multiplier.is_none_or(|mu| mu.abs() < 1.0) && self.silent_multiplier < 1.0
    }

    /// Whether the silent neurons of a network of `neurons` stay below the threshold.
    #[must_use]
    pub fn exists_among(&self, neurons: usize) -> bool {
        self.k <= neurons && (self.k == neurons || self.silent_maximum < 0.0)
    }
}

impl ReferenceNetwork {
    /// The network, where the closed form applies to it.
    #[must_use]
    pub fn new(a: f64, b: f64, c: f64, h: f64) -> Option<Self> {
        let network = Self { a, b, c, h };
        let applies = b > 0.0 && c < 0.0 && network.impulse() < h && h < network.free_period();
        applies.then_some(network)
    }

    /// Length `t0 = 1 + 1/a` of a free impulse.
    #[must_use]
    pub fn impulse(&self) -> f64 {
        1.0 + 1.0 / self.a
    }

    /// Period `T0 = 2 + a + 1/a` of a free neuron.
    #[must_use]
    pub fn free_period(&self) -> f64 {
        2.0 + self.a + 1.0 / self.a
    }

    /// The cycle in which `k` neurons fire; `None` if the active ones would fire while inhibited.
    ///
    /// For the maximum of the silent neurons see [`DominanceCycle::exists_among`].
    #[must_use]
    pub fn cycle(&self, k: usize) -> Option<DominanceCycle> {
        let Self { a, b, c, h } = *self;
        let impulse = self.impulse();
        let (period, synchrony_multiplier) = match k {
            0 => return None,
            1 => (self.free_period(), None),
            _ => {
                let felt = b * (k - 1) as f64;
                let share = 1.0 / (k - 1) as f64;
                // Relaxation towards the level that slope and synapse balance at.
                let relax = |x: f64, slope: f64, decay: f64| {
                    let level = c + slope / felt;
                    level + (x - level) * decay
                };
                let (end, multiplier) = if h <= impulse + 1.0 {
                    let falling = (-felt * (impulse + 1.0 - h)).exp();
                    let rising = (-felt * (h - 1.0)).exp();
                    let end = relax(relax(-a * (h - impulse), -a, falling), 1.0, rising);
                    (
                        end,
                        -share + (1.0 + share) * rising * (1.0 + a * (1.0 - falling)),
                    )
                } else {
                    let rising = (-felt * impulse).exp();
                    let end = relax(-a + (h - impulse - 1.0), 1.0, rising);
                    (end, -share + (1.0 + share) * rising)
                };
                if end >= 0.0 {
                    return None;
                }
                (h + impulse - end, Some(multiplier))
            }
        };
        let total = b * k as f64;
        let silent_multiplier = (-total * impulse).exp();
        let silent_maximum = c + 1.0 / total + (period - impulse) / (1.0 - silent_multiplier);
        Some(DominanceCycle {
            k,
            period,
            silent_maximum,
            synchrony_multiplier,
            silent_multiplier,
        })
    }
}

impl ReferenceNetwork {
    /// How far the k-dominance cycle among `neurons` is from being lost, positive where it exists
    /// and is stable: the smaller of `-silent_maximum` and `1 - |synchrony_multiplier|`. `None`
    /// where the form does not apply: there may still be a cycle, of neurons that fire while inhibited.
    #[must_use]
    pub fn margin(&self, k: usize, neurons: usize) -> Option<f64> {
        let cycle = self.cycle(k).filter(|_| k <= neurons)?;
        let synchrony = cycle
            .synchrony_multiplier
            .map_or(f64::INFINITY, |multiplier| 1.0 - multiplier.abs());
        Some(if k < neurons {
            synchrony.min(-cycle.silent_maximum)
        } else {
            synchrony
        })
    }
}

/// The impulse-refractory mode of a ring with undelayed synapses: every second neuron silent.
///
/// `x_j' = R(x_j(t-1)) + b H(x_{j-1}(t)) (c - x_j)`, an even number of neurons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RingMode {
    /// Depth of the after-hyperpolarisation.
    pub a: f64,
    /// Strength of the synapses.
    pub b: f64,
    /// Level to which they pull.
    pub c: f64,
}

impl RingMode {
    /// Largest value of a silent neuron, `c + 1/b + (1 + a) / (1 - exp(-b t0))`; the mode exists
    /// where it is negative.
    #[must_use]
    pub fn silent_maximum(&self) -> f64 {
        let impulse = 1.0 + 1.0 / self.a;
        self.c + 1.0 / self.b + (1.0 + self.a) / (1.0 - (-self.b * impulse).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the four reference networks, to the digits given there.
    #[test]
    fn the_reference_table() {
        #[rustfmt::skip]
        let table: [(_, _, &[f64], &[f64], &[f64]); 4] = [
            ((1.0, 0.5, -44.0, 3.3), 3, &[4.0, 32.10658, 42.57532], &[-38.83605, -8.18121], &[-0.2642411, -0.2969971]),
            ((1.0, 0.4, -12.5, 2.1), 3, &[4.0, 10.62518, 13.63107], &[-6.368068, -0.4429045], &[0.6774878, 0.4415040]),
            ((1.0, 0.3, -22.0, 2.1), 4, &[4.0, 13.71114, 19.05803, 22.01090], &[-14.23393, -3.574536, -0.4527983], &[0.7780717, 0.5987627, 0.4371393]),
            ((2.0, 0.1, -40.0, 3.0), 4, &[4.5, 9.969823, 14.68259, 18.74341], &[-8.462514, -2.320918, -0.2880416], &[0.7214160, 0.6112273, 0.5168375]),
        ];
        for ((a, b, c, h), neurons, periods, maxima, multipliers) in table {
            let network = ReferenceNetwork::new(a, b, c, h).unwrap();
            for k in 1..=neurons {
                let cycle = network.cycle(k).unwrap();
                let close = |x: f64, y: f64| (x - y).abs() < 6e-7 * y.abs();
                assert!(close(cycle.period, periods[k - 1]), "{cycle:?}");
                assert!(cycle.is_stable() && cycle.exists_among(neurons));
                if k < neurons {
                    assert!(close(cycle.silent_maximum, maxima[k - 1]), "{cycle:?}");
                }
                if k > 1 {
                    let multiplier = cycle.synchrony_multiplier.unwrap();
                    assert!(close(multiplier, multipliers[k - 2]), "{cycle:?}");
                }
            }
        }
    }

    #[test]
    fn outside_its_range_the_form_does_not_answer() {
        assert!(ReferenceNetwork::new(1.0, 0.5, -44.0, 1.0).is_none());
        assert!(ReferenceNetwork::new(1.0, 0.5, -44.0, 4.0).is_none());
        assert!(ReferenceNetwork::new(1.0, 0.5, 44.0, 3.3).is_none());
    }

    #[test]
    fn the_ring_loses_its_mode_where_the_silent_ones_reach_zero() {
        let ring = |c| RingMode { a: 1.0, b: 1.0, c }.silent_maximum();
        assert!(ring(-3.4) < 0.0 && ring(-3.2) > 0.0);
        assert!((ring(-3.313)).abs() < 1e-3);
    }
}
