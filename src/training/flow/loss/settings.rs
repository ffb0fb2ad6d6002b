//! Losses by name.

use serde::{Deserialize, Serialize};

use super::{BinaryCrossEntropy, CrossEntropy, Huber, Loss, Squared};
use crate::training::flow::FlowError;

/// A loss as a model file names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum LossSettings {
    /// [`Squared`].
    #[default]
    Squared,
    /// [`CrossEntropy`].
    CrossEntropy,
    /// [`BinaryCrossEntropy`].
    BinaryCrossEntropy,
    /// [`Huber`].
    Huber {
        /// Difference up to which it is squared.
        width: f64,
    },
}

impl LossSettings {
    /// The loss of that name.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for a width that is none.
    pub fn loss(self) -> Result<Box<dyn Loss>, FlowError> {
        Ok(match self {
            Self::Squared => Box::new(Squared),
            Self::CrossEntropy => Box::new(CrossEntropy),
            Self::BinaryCrossEntropy => Box::new(BinaryCrossEntropy),
            Self::Huber { width } => Box::new(Huber::new(width)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_model_files() {
        for (text, expected) in [
            ("\"squared\"", LossSettings::Squared),
            ("\"cross-entropy\"", LossSettings::CrossEntropy),
            ("\"binary-cross-entropy\"", LossSettings::BinaryCrossEntropy),
            (
                "{\"huber\":{\"width\":0.5}}",
                LossSettings::Huber { width: 0.5 },
            ),
        ] {
            let found: LossSettings = serde_json::from_str(text).unwrap();
            assert_eq!(found, expected);
            assert_eq!(serde_json::to_string(&found).unwrap(), text);
            assert!(found.loss().is_ok());
        }
        assert!(LossSettings::Huber { width: -1.0 }.loss().is_err());
    }
}
