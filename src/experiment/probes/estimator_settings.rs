//! Section `[estimator]`: an estimator of mutual information, and its own settings.

use serde::{Deserialize, Serialize};

use crate::experiment::settings::{
    Choice, Count, Mistakes, Place, Placed, Positive, require, settings,
};
use crate::probes::information::{Bins, Bound, Estimator, NeuralOptions};

/// Estimators by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// The bound of Donsker and Varadhan by a critic.
    Mine,
    /// The bound of Nguyen, Wainwright and Jordan.
    Nwj,
    /// The contrast of a batch.
    InfoNce,
    /// The clipped bound of a classifier.
    Smile,
    /// Nearest neighbours.
    Ksg,
    /// Counted frequencies.
    Binning,
}

settings! {
    /// Section `[estimator]`. What is absent has the estimator's default; keys of another estimator are
    /// refused.
    pub struct EstimatorSettings {
        /// Which one.
        pub name: Choice<Name>,
        /// Of `ksg`: neighbours, 3 if nothing is said, as is usual.
        pub neighbours: Option<Count>,
        /// Of `binning`: bins of a column, 10 if nothing is said.
        pub bins: Option<Count<2>>,
        /// Of `binning`: where their borders lie, `equal-width` or `equal-count`.
        pub borders: Option<Choice<Bins>>,
        /// Of a critic: steps of Adam.
        pub steps: Option<Count>,
        /// Of a critic: pairs of a step.
        pub batch: Option<Count<2>>,
        /// Of a critic: rate of Adam.
        pub rate: Option<Positive>,
        /// Of a critic: units of its hidden layers.
        pub widths: Option<Vec<Count>>,
    }
}

impl EstimatorSettings {
    /// Refuses keys that the estimator does not have, and fills in those that it has.
    pub(super) fn fill(&mut self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let widths = self.widths.as_ref();
        let widths = widths.map(|list| list.first().map_or(Place::NOWHERE, Placed::place));
        // Each key, its place if it is there, and whose it is.
        let keys = [
            ("neighbours", self.neighbours.map(|s| s.place()), "ksg"),
            ("bins", self.bins.map(|s| s.place()), "binning"),
            ("borders", self.borders.map(|s| s.place()), "binning"),
            ("steps", self.steps.map(|s| s.place()), "a critic"),
            ("batch", self.batch.map(|s| s.place()), "a critic"),
            ("rate", self.rate.map(|s| s.place()), "a critic"),
            ("widths", widths, "a critic"),
        ];
        let own = match *self.name {
            Name::Ksg => "ksg",
            Name::Binning => "binning",
            _ => "a critic",
        };
        for (key, place, whose) in keys {
            let Some(place) = place else { continue };
            mistakes.note(require(
                &place,
                whose == own,
                format!("`{key}` is a setting of {whose}, and the estimator is {own}"),
                "not used",
                "leave it out, or choose another `name`",
            ));
        }
        mistakes.end()?;
        let critic = NeuralOptions::default();
        match *self.name {
            Name::Ksg => {
                self.neighbours.get_or_insert(3.into());
            }
            Name::Binning => {
                self.bins.get_or_insert(10.into());
                self.borders.get_or_insert(Bins::default().into());
            }
            _ => {
                self.steps.get_or_insert(critic.steps.into());
                self.batch.get_or_insert(critic.batch.into());
                self.rate.get_or_insert(critic.rate.into());
                let widths = critic.widths.into_iter().map(Count::from);
                self.widths.get_or_insert(widths.collect());
            }
        }
        Ok(())
    }

    /// The estimator; `seed` is that of a critic.
    pub(super) fn estimator(&self, seed: u64) -> Estimator {
        let bound = match *self.name {
            Name::Ksg => {
                let neighbours = self.neighbours.map_or(3, |count| *count);
                return Estimator::Ksg { neighbours };
            }
            Name::Binning => {
                return Estimator::Binning {
                    bins: self.bins.map_or(10, |count| *count),
                    borders: self.borders.map_or(Bins::default(), |borders| *borders),
                };
            }
            Name::Mine => Bound::Mine,
            Name::Nwj => Bound::Nwj,
            Name::InfoNce => Bound::InfoNce,
            Name::Smile => Bound::Smile,
        };
        let default = NeuralOptions::default();
        let options = NeuralOptions {
            widths: match &self.widths {
                Some(widths) => widths.iter().map(|count| **count).collect(),
                None => default.widths,
            },
            steps: self.steps.map_or(default.steps, |count| *count),
            batch: self.batch.map_or(default.batch, |count| *count),
            rate: self.rate.map_or(default.rate, |rate| *rate),
            seed,
        };
        Estimator::Critic { bound, options }
    }
}
