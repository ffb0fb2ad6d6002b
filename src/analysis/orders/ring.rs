//! Which orders a directed ring of relay neurons holds.

use serde::{Deserialize, Serialize};

use super::WaveNetwork;
use super::course::{Hears, Neuron};
use super::modes::between;
use super::wave::margin;
use crate::networks::{Coupling, CyclicOrder, ImpulseNetwork};
use crate::numerics::matrix::MatrixError;

/// An order around a ring: neuron `j` fires `step` places after neuron `j - 1`, the one that it hears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RingOrder {
    /// Places between a neuron and the one that it hears.
    pub step: usize,
    /// The order.
    pub order: CyclicOrder,
    /// Period of every neuron; the wave needs `step` of them to run around the ring, and neuron `j` fires
    /// `step * period / m` after the one that it hears.
    pub period: f64,
    /// Length of an impulse.
    pub length: f64,
    /// How far a neuron stays from thresholds that it does not pass, in levels and slopes.
    pub margin: f64,
    /// Modulus of the largest multiplier but the trivial one.
    pub leading_multiplier: f64,
}

impl RingOrder {
    /// Whether it attracts.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.leading_multiplier < 1.0
    }
}

/// The waves of single neurons around the homogeneous relay ring `x_j' = R(x_j(t-1)) + b (c - x_j) H(x_{j-1}(t-h))`, by
/// their steps; of several with one step the one that attracts most. `None` for another network.
///
/// In a wave all neurons do the same at times of their own, so that each must be as late behind the one that it hears:
/// of the `(m - 1)!` orders only those of equal steps `p`, coprime to `m`, can be waves, Euler's `phi(m)` of them.
/// A step with a common divisor makes neurons fire together. The neuron hears itself `h - p T / m` late: equation and
/// multipliers are those of [`WaveNetwork`] with one synapse. Ours; for delays `p T / m + h` between an impulse and
/// the free period see also [`ring_waves`](crate::analysis::ring_waves), with `m - p` turns.
///
/// # Errors
/// [`MatrixError`] if eigenvalues do not converge.
///
/// ```
/// use pulsatrix::analysis::ring_orders;
/// use pulsatrix::networks::{Coupling, ImpulseNetwork, ImpulseParameters};
///
/// let mut parameters = ImpulseParameters::homogeneous(5, 1.0, 0.5, -1.0, 2.6);
/// parameters.coupling = Coupling::Ring;
/// let found = ring_orders(&ImpulseNetwork::new(parameters)?)?.expect("a ring of equal relays");
/// let stable = found.iter().filter(|order| order.is_stable());
/// assert_eq!(stable.map(|order| order.step).collect::<Vec<_>>(), [1, 2, 3, 4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ring_orders(network: &ImpulseNetwork) -> Result<Option<Vec<RingOrder>>, MatrixError> {
    let parameters = network.parameters();
    let neurons = network.neurons();
    let is_ring = parameters.coupling == Coupling::Ring
        && network.is_relay()
        && network.is_uniform()
        && parameters.electrical == 0.0
        && neurons > 1;
    // A synapse without delay is heard at once: the same course with h = 0.
    let (a, b, c, h) = (
        parameters.a[0],
        network.strength(0),
        parameters.c[0],
        parameters.h,
    );
    let scale = WaveNetwork::new(a, b, c, h.max(f64::MIN_POSITIVE)).filter(|_| is_ring);
    let Some(scale) = scale else { return Ok(None) };
    let mut found = Vec::new();
    for step in 1..neurons {
        let Some(order) = CyclicOrder::of_steps(neurons, step) else {
            continue;
        };
        let neuron = Neuron {
            a,
            b,
            c,
            h,
            clusters: neurons,
            size: 1,
            hears: Hears::One(neurons - step),
        };
        let mut best: Option<RingOrder> = None;
        for [period, length] in scale.closed(&neuron) {
            let course = neuron.course(period, length);
            let others = between(&neuron, &course)?;
            let others = others.iter().skip(1).map(|(re, im)| re.hypot(*im));
            let leading_multiplier = others.fold(0.0, f64::max);
            if best
                .as_ref()
                .is_none_or(|best| leading_multiplier < best.leading_multiplier)
            {
                best = Some(RingOrder {
                    step,
                    order: order.clone(),
                    period,
                    length,
                    margin: margin(&neuron, &course, length),
                    leading_multiplier,
                });
            }
        }
        found.extend(best);
    }
    Ok(Some(found))
}
