//! What becomes of a pattern, in one word.

use serde::{Deserialize, Serialize};

/// What becomes of a pattern that is shown to a network: the same word in tables, pictures and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A dominance cycle of the very pattern that has been shown to attract: every multiplier but the
    /// trivial one lies inside the unit circle, or different cues were seen to end on the same cycle.
    Memory,
    /// Such a cycle in a family of others: differences between its neurons stay as they are.
    Neutral,
    /// Such a cycle was reached, but nothing shows that it attracts.
    NotShown,
    /// Such a cycle that repels.
    Unstable,
    /// The network ends in another pattern.
    Lost,
    /// The neurons of the pattern fire, but not as one synchronous group.
    OtherMode,
    /// Nothing periodic was reached.
    NotSettled,
    /// No cycle was found.
    NotFound,
    /// The trajectory could not be followed.
    Failed,
}

impl Fate {
    /// All of them, in the order of their numbers in arrays.
    pub const ALL: [Self; 9] = [
        Self::Memory,
        Self::Neutral,
        Self::NotShown,
        Self::Unstable,
        Self::Lost,
        Self::OtherMode,
        Self::NotSettled,
        Self::NotFound,
        Self::Failed,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Neutral => "neutral",
            Self::NotShown => "not shown",
            Self::Unstable => "unstable",
            Self::Lost => "lost",
            Self::OtherMode => "other mode",
            Self::NotSettled => "not settled",
            Self::NotFound => "not found",
            Self::Failed => "failed",
        }
    }

    /// Whether the pattern has a cycle of its own that is not shown to attract.
    #[must_use]
    pub fn has_cycle(self) -> bool {
        matches!(self, Self::Neutral | Self::NotShown | Self::Unstable)
    }

    /// Its number in arrays.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL
            .iter()
            .position(|fate| *fate == self)
            .unwrap_or(Self::ALL.len())
    }
}
