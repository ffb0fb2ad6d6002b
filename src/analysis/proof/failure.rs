//! Where and why a proof fails.

use thiserror::Error;

use crate::analysis::NotCertified;
use crate::numerics::interval::{Interval, NotVerified};

/// Why a cycle is not proved; neurons are counted from 1, times from its first crossing.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NotProved {
    /// There is no approximate cycle to begin with.
    #[error(transparent)]
    NoCycle(#[from] NotCertified),
    /// Not in the relay limit, and so no composition of closed forms.
    #[error("lambda is finite, and proofs are for the relay limit: set lambda = \"infinity\"")]
    Smooth,
    /// Another pattern fires.
    #[error("the cycle that was found is not one of this pattern")]
    OtherPattern,
    /// A neuron crosses as often upwards as downwards in a period; this one does not.
    #[error("neuron {neuron} does not cross alternately up and down in one period")]
    NotAlternating {
        /// The neuron.
        neuron: usize,
    },
    /// A crossing, or the beginning of the period, and a switch that the neuron feels cannot be told apart.
    #[error(
        "neuron {neuron} is at the threshold at {time}, and feels a switch of neuron {source_neuron} at {felt}: their order is not strict"
    )]
    Coincidence {
        /// The neuron that crosses.
        neuron: usize,
        /// When.
        time: Interval,
        /// The neuron that has switched.
        source_neuron: usize,
        /// When that is felt.
        felt: Interval,
    },
    /// Two crossings of one neuron cannot be told apart.
    #[error("two crossings of neuron {neuron}, at {first} and {second}, cannot be told apart")]
    Order {
        /// The neuron.
        neuron: usize,
        /// The earlier one.
        first: Interval,
        /// The later one.
        second: Interval,
    },
    /// A crossing that may graze the threshold.
    #[error("neuron {neuron} crosses at {time} with a slope in {slope}, which may be 0")]
    NotTransversal {
        /// The neuron.
        neuron: usize,
        /// When.
        time: Interval,
        /// Its slope there.
        slope: Interval,
    },
    /// A level that may be on the other side of the threshold.
    #[error("neuron {neuron} may reach the threshold: its extreme level lies in {level}")]
    Threshold {
        /// The neuron.
        neuron: usize,
        /// Its highest level, or lowest while it is above.
        level: Interval,
    },
    /// A silent neuron that forgets nothing.
    #[error("silent neuron {neuron} has a multiplier in {multiplier}, which may be 1")]
    Silent {
        /// The neuron.
        neuron: usize,
        /// Its multiplier.
        multiplier: Interval,
    },
    /// A window of switches that is too wide for its enclosure.
    #[error("neuron {neuron} feels switches whose times are known to {width:e} only")]
    TooWide {
        /// The neuron.
        neuron: usize,
        /// Width of the window.
        width: f64,
    },
    /// No zero is verified.
    #[error("{reason}, near period {period}: a family of cycles, a fold, or none")]
    NotVerified {
        /// What fails.
        reason: String,
        /// The period of the approximate cycle.
        period: f64,
    },
    /// Trajectories near the cycle that are not seen to come closer.
    #[error("crossings within {radius} of those of the cycle are not seen to come closer")]
    NoContraction {
        /// How near.
        radius: f64,
    },
    /// Cues whose trajectories are not followed to where they come closer.
    #[error("cues within {spread} of each other are not seen to come near the cycle")]
    NotReached {
        /// Width of the smallest box of cues that was tried.
        spread: f64,
    },
    /// The cycle exists, but its stability is open.
    #[error(
        "the cycle exists, but its leading multiplier, of modulus {leading}, cannot be told from the unit circle"
    )]
    Circle {
        /// Modulus of the leading multiplier.
        leading: Interval,
    },
}

impl NotProved {
    /// The failure of Krawczyk's method near a period.
    pub(super) fn verification(failure: NotVerified<Self>, period: f64) -> Self {
        match failure {
            NotVerified::Evaluation(failure) => failure,
            other => Self::NotVerified {
                reason: match other {
                    NotVerified::Open { width } => {
                        NotVerified::<String>::Open { width }.to_string()
                    }
                    _ => NotVerified::<String>::Singular.to_string(),
                },
                period,
            },
        }
    }
}
