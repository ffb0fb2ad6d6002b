//! How descent leaves what the flow conserves.

use serde::{Deserialize, Serialize};

use super::{Descent, FlowError, GradientFlow, Schedule, descend, unit_balance};
use crate::networks::deep::DeepNetwork;

/// Largest change, over all hidden units, of what the flow conserves: the
/// [balance](unit_balance) of a unit between two lists of parameters.
///
/// ```
/// use pulsatrix::networks::deep::{Architecture, DeepNetwork};
/// use pulsatrix::training::flow::balance_change;
///
/// // w = 3, a = 1: 9 - 1; then w = 3, a = 2: 9 - 4
/// let network = DeepNetwork::new(Architecture::fully_connected(1, &[1], 1))?;
/// assert_eq!(balance_change(&network, &[3.0, 1.0], &[3.0, 2.0]), 3.0);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[must_use]
pub fn balance_change(network: &DeepNetwork, before: &[f64], after: &[f64]) -> f64 {
    let layers = unit_balance(network, before).into_iter();
    let changes = layers.zip(unit_balance(network, after));
    changes.fold(0.0, |most, (before, after)| {
        f64::max(most, (after - before).amax())
    })
}

/// The [change of balance](balance_change) along gradient descent, which is the flow by Euler's method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BalanceDrift {
    /// Size of a step, in the time of the flow.
    pub rate: f64,
    /// Change after the first step: exactly the square of the rate times the largest difference of the
    /// squared gradients.
    pub first: f64,
    /// Change at the end: such squares add up to the first power of the rate over a fixed time.
    pub last: f64,
}

/// Descends from `parameters` to the time `end` of the flow in so many equal steps.
///
/// # Errors
/// Those of [`descend`].
pub fn balance_drift(
    flow: &GradientFlow<'_>,
    network: &DeepNetwork,
    parameters: &[f64],
    end: f64,
    steps: usize,
) -> Result<BalanceDrift, FlowError> {
    let rate = end / steps as f64;
    let change = |now: &[f64]| balance_change(network, parameters, now);
    let mut now = parameters.to_vec();
    let descent = Descent::Plain { rate };
    descend(flow, &mut now, descent, Schedule::steps(1), |_| Ok(()))?;
    let first = change(&now);
    let rest = Schedule::steps(steps.saturating_sub(1));
    descend(flow, &mut now, descent, rest, |_| Ok(()))?;
    Ok(BalanceDrift {
        rate,
        first,
        last: change(&now),
    })
}
