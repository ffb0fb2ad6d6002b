//! Programmed orders: inhibition in which a list of cyclic orders is kept.

use nalgebra::DMatrix;

use crate::networks::{CyclicOrder, NetworkError};

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
        let around = order.neurons().iter().cycle();
        for (before, after) in around.clone().zip(around.skip(1)).take(neurons) {
            if before != after {
                weights[(*after, *before)] = 1.0 - contrast;
            }
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
