//! What a component of a coupled relay equation is made of, and what happens to it.

use serde::{Deserialize, Serialize};

/// Parameters of `x' = drive + strength (level - x) S`.
///
/// The drive is `drive[0]` while `x(t - lag_0) <= 0` and `drive[1]` while it is positive; the input
/// `S` counts or weighs the components with `x(t - lag_1) > 0`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RelayUnit {
    /// Slope while the own delayed sign is negative, and while it is positive.
    pub drive: [f64; 2],
    /// How strongly the input acts.
    pub strength: f64,
    /// Level to which it pulls.
    pub level: f64,
}

impl RelayUnit {
    pub(super) fn is_finite(&self) -> bool {
        let [below, above] = self.drive;
        [below, above, self.strength, self.level]
            .iter()
            .all(|value| value.is_finite())
    }
}

/// The kinds of events of a relay equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// The component crosses zero upwards.
    Up,
    /// The component crosses zero downwards.
    Down,
    /// A former crossing of the component is felt through the lag of this number.
    Felt(usize),
}

/// One event on the way of a large relay equation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelayEvent {
    /// When it happens.
    pub time: f64,
    /// What happens.
    pub switch: Switch,
    /// To whom: the component, or for [`MeanFieldSolver`](super::MeanFieldSolver) the cluster of
    /// components.
    pub source: usize,
}

/// Bits of a component: its sign and the delayed signs.
pub(super) mod bit {
    /// The delayed sign that others hear, where the component itself does not hear it.
    pub(crate) const UNHEARD: u8 = 1;
    /// The delayed sign that sets the drive.
    pub(crate) const DRIVE: u8 = 2;
    /// The sign.
    pub(crate) const SIGN: u8 = 4;
    /// The delayed sign that others hear.
    pub(crate) const OPEN: u8 = 8;
}
