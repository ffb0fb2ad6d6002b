//! The ways to run a layer on several ranks.

use serde::{Deserialize, Serialize};

/// How one layer is run. The order is that of the tie-break: of plans that cost the same, the one whose first
/// different layer comes first here, so that fused pairs, which send the fewest messages, win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cut {
    /// `f`: a slice of the outputs, which stays where it is made: the first of a fused pair.
    First,
    /// `s`: the slice of the inputs that the first of the pair has made, summed on rank 0: the second of a fused pair.
    Second,
    /// `o`: every rank makes a slice of the outputs and needs the whole input.
    Outputs,
    /// `i`: every rank needs a slice of the inputs and makes a partial sum of all outputs.
    Inputs,
    /// `w`: rank 0 alone.
    Whole,
    /// `t`: every rank makes tiles of the map, with all weights.
    Tiles,
    /// `.`: no weights, and nothing to cut.
    Local,
}

impl Cut {
    /// The ways that a plan may choose for a layer with weights.
    pub(super) const CHOICES: [Self; 5] = [
        Self::First,
        Self::Second,
        Self::Outputs,
        Self::Inputs,
        Self::Whole,
    ];

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::First => 'f',
            Self::Second => 's',
            Self::Outputs => 'o',
            Self::Inputs => 'i',
            Self::Whole => 'w',
            Self::Tiles => 't',
            Self::Local => '.',
        }
    }

    /// The cut of a letter.
    #[must_use]
    pub fn of_letter(letter: char) -> Option<Self> {
        let all = [
            Self::First,
            Self::Second,
            Self::Outputs,
            Self::Inputs,
            Self::Whole,
            Self::Tiles,
            Self::Local,
        ];
        all.into_iter().find(|cut| cut.letter() == letter)
    }

    /// Whether this may follow another layer.
    pub(super) fn follows(self, before: Option<Self>) -> bool {
        (self == Self::Second) == (before == Some(Self::First))
    }

    /// Whether a rank keeps its slice of this layer's outputs for the next, which needs all of them.
    pub(super) fn reused_by(self, next: Option<Self>) -> bool {
        self == Self::Outputs && matches!(next, Some(Self::Outputs | Self::First))
    }

    /// Whether partial sums of this layer are needed in slices alone.
    pub(super) fn scattered_to(self, next: Option<Self>) -> bool {
        matches!(self, Self::Inputs | Self::Second) && next == Some(Self::Inputs)
    }
}

/// One letter a layer.
#[must_use]
pub fn letters(cuts: &[Cut]) -> String {
    cuts.iter().map(|cut| cut.letter()).collect()
}
