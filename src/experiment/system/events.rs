//! Events of a model file.

use super::formulas::Formulas;
use crate::experiment::settings::{
    Count, Mistakes, NonNegative, Positive, Real, Words, require, settings,
};
use crate::language::EventText;

settings! {
    /// An event.
    pub struct EventSettings {
        /// Where it happens: `"x = 1 rising"`.
        pub when: Option<Words>,
        /// At which times it happens.
        pub at: Option<Vec<Real>>,
        /// At which times without end.
        pub every: Option<EverySettings>,
        /// New values of variables.
        pub set: Formulas,
        /// Pulses that are sent.
        pub emit: Vec<PulseSettings> = Vec::<PulseSettings>::new(),
        /// Time for which it does not happen again.
        pub refractory: NonNegative = 0.0,
        /// The run ends when it happens for this time.
        pub stop_after: Option<Count>,
    }

    /// Times without end.
    pub struct EverySettings {
        /// The first time.
        pub first: Real,
        /// Time between two of them.
        pub period: Positive,
    }

    /// A pulse.
    pub struct PulseSettings {
        /// Variable that it is added to.
        pub target: Words,
        /// Time that it takes.
        pub after: Words,
        /// What is added.
        pub change: Words,
    }
}

impl EventSettings {
    /// The event as text.
    pub(super) fn text(&self, name: &Words) -> Result<EventText, Mistakes> {
        let triggers = [self.when.is_some(), self.at.is_some(), self.every.is_some()];
        let one = triggers.iter().filter(|given| **given).count() == 1;
        require(
            name,
            one,
            format!(
                "the event `{}` needs one of `when`, `at` and `every`",
                &**name
            ),
            "this event",
            "write `when = \"x = 1 rising\"`, `at = [1.0, 2.0]` or `every = { first = 0.0, period = 1.0 }`",
        )?;
        let mut text = match (&self.when, &self.at, &self.every) {
            (Some(when), ..) => EventText::when(name, when),
            (_, Some(times), _) => {
                let times: Vec<f64> = times.iter().map(|time| **time).collect();
                let rising = times.windows(2).all(|pair| pair[0] < pair[1]);
                require(
                    name,
                    rising,
                    format!("the times of the event `{}` do not ascend", &**name),
                    "this event",
                    "write the times in ascending order, each once",
                )?;
                EventText::at(name, &times)
            }
            (.., Some(every)) => EventText::every(name, *every.first, *every.period),
            (None, None, None) => return Err(Mistakes::default()),
        };
        for formula in &self.set.0 {
            text = text.set(&formula.key, &formula.text);
        }
        for pulse in &self.emit {
            text = text.emit(&pulse.target, &pulse.after, &pulse.change);
        }
        if let Some(count) = self.stop_after {
            text = text.stop_after(*count);
        }
        Ok(text.refractory(*self.refractory))
    }
}
