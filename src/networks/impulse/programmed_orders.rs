//! Programmed orders: weights and delays of inhibition in which a list of cyclic orders is kept.

use nalgebra::DMatrix;

use crate::networks::{CyclicOrder, NetworkError};
use crate::solver::LEAST_LAG;

/// Weights of inhibition for an impulse network that is to remember `orders`. Ours:
///
/// ```text
/// w_js = 1 - contrast   if neuron j follows neuron s in one of the orders,
///        1              otherwise,          w_jj = 0
/// ```
///
/// and every row scaled so that its sum is that of a row for one order, `m - 1 - contrast`. Equal weights keep all orders
/// where inhibition is weak; who hears little of its predecessor loses the orders in which it has another one. A
/// single order comes with relatives: an order that follows it in steps of `k` sees the weak synapse at another
/// distance, and is kept as well where that does no harm.
///
/// # Errors
/// [`NetworkError::Empty`] without orders, [`NetworkError::WrongLength`] for orders of unequal numbers of neurons,
/// [`NetworkError::OutOfRange`] unless the contrast lies between 0 and 1.
///
/// ```
/// use pulsatrix::networks::programmed_order_weights;
///
/// let weights = programmed_order_weights(&["1-2-3".parse()?], 0.5)?;
/// assert_eq!((weights[(1, 0)], weights[(0, 1)], weights[(0, 0)]), (0.5, 1.0, 0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn programmed_order_weights(
    orders: &[CyclicOrder],
    contrast: f64,
) -> Result<DMatrix<f64>, NetworkError> {
    let Some(first) = orders.first() else {
        return Err(NetworkError::Empty);
    };
    let neurons = first.len();
    for order in orders {
        if order.len() != neurons {
            return Err(NetworkError::WrongLength {
                name: "an order",
                found: order.len(),
                neurons,
            });
        }
    }
    if !(0.0..=1.0).contains(&contrast) {
        return Err(NetworkError::OutOfRange {
            name: "contrast",
            value: contrast,
            requirement: "the contrast of stored orders lies between 0 and 1",
        });
    }
    let mut weights = DMatrix::from_element(neurons, neurons, 1.0);
    weights.fill_diagonal(0.0);
    for order in orders {
        for (before, after) in order.transitions() {
            weights[(after, before)] = 1.0 - contrast;
        }
    }
    for mut row in weights.row_iter_mut() {
        let sum = row.sum();
        if sum > 0.0 {
            row *= (neurons as f64 - 1.0 - contrast) / sum;
        }
    }
    Ok(weights)
}

/// Delays of synapses for an impulse network that is to remember `orders`, all of its synapses equally strong. Ours:
///
/// ```text
/// h_js = h + shift   if neuron j follows neuron s in one of the orders,
///        h           otherwise
/// ```
///
/// Who hears its predecessor at another time than all others loses the orders in which it has another one.
///
/// # Errors
/// Those of [`programmed_order_weights`]; [`NetworkError::OutOfRange`] unless `h` and `h + shift` are lags.
///
/// ```
/// use pulsatrix::networks::programmed_order_delays;
///
/// let delays = programmed_order_delays(&["1-2-3".parse()?], 3.3, -0.5)?;
/// assert_eq!((delays[(1, 0)], delays[(0, 1)]), (2.8, 3.3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn programmed_order_delays(
    orders: &[CyclicOrder],
    h: f64,
    shift: f64,
) -> Result<DMatrix<f64>, NetworkError> {
    let weights = programmed_order_weights(orders, 0.0)?;
    for value in [h, h + shift] {
        check_delay(value)?;
    }
    let neurons = weights.nrows();
    let mut delays = DMatrix::from_element(neurons, neurons, h);
    for order in orders {
        for (before, after) in order.transitions() {
            delays[(after, before)] = h + shift;
        }
    }
    Ok(delays)
}

/// Refuses what is no lag.
fn check_delay(value: f64) -> Result<(), NetworkError> {
    if value == 0.0 || value >= LEAST_LAG && value.is_finite() {
        return Ok(());
    }
    Err(NetworkError::OutOfRange {
        name: "the delay of a synapse",
        value,
        requirement: "a delay is 0, or at least 1e-9",
    })
}

/// Delays for one order alone, such that a neuron hears all others at one time: `phase` after its own onset, if they fire in
/// the order and at even distances of a `period`. Ours, after the polychronous groups of E. M. Izhikevich,
/// "Polychronization: computation with spikes", Neural Computation 18(2), 245-282 (2006).
///
/// ```text
/// h_js = phase + (r_j - r_s) period / m,   modulo the period,   r_j the place of neuron j
/// ```
///
/// In every other order impulses arrive at other times.
///
/// # Errors
/// [`NetworkError::OutOfRange`] unless the period is positive and finite, and the phase finite.
///
/// ```
/// use pulsatrix::networks::aligned_order_delays;
///
/// let delays = aligned_order_delays(&"1-3-2".parse()?, 3.0, 0.5)?;
/// assert_eq!((delays[(2, 0)], delays[(1, 0)], delays[(0, 1)]), (1.5, 2.5, 1.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aligned_order_delays(
    order: &CyclicOrder,
    period: f64,
    phase: f64,
) -> Result<DMatrix<f64>, NetworkError> {
    for (name, value, sound) in [("period", period, period > 0.0), ("phase", phase, true)] {
        if !(sound && value.is_finite()) {
            let requirement = "the period is positive, and both are finite";
            return Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            });
        }
    }
    let ranks = order.ranks();
    let spacing = period / order.len() as f64;
    Ok(DMatrix::from_fn(order.len(), order.len(), |j, s| {
        let behind = ranks[j] as f64 - ranks[s] as f64;
        let delay = (phase + behind * spacing).rem_euclid(period);
        // What is too short to be told from none waits for the next impulse.
        if delay < LEAST_LAG {
            delay + period
        } else {
            delay
        }
    }))
}
