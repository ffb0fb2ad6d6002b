//! Section `[history]` of an impulse network: how it begins.

use crate::experiment::Diagnostic;
use crate::experiment::settings::{
    Finite, Given, Interval, Mistakes, NonNegative, PerNeuron, Place, Placed, Real, Setting,
    require, settings,
};
use crate::networks::{Cue, ImpulseNetwork, Pattern, random_state};

settings! {
    /// Section `[history]`: a pattern as a cue, or constants, or a range to draw from.
    pub struct HistorySettings {
        /// A binary pattern as a cue, neuron 1 first.
        pub pattern: Option<WrittenPattern>,
        /// The value of every neuron before time 0.
        pub constants: Option<PerNeuron<Finite>>,
        /// The range that these values are drawn from.
        pub random: Option<Interval>,
        /// Level of the active neurons of a cue.
        pub active: Real = Cue::default().active,
        /// Width of the noise on that level.
        pub spread: NonNegative = Cue::default().spread,
        /// Range of the silent neurons of a cue, in units of `c`.
        pub silent: Interval = Cue::default().silent,
    }
}

/// A pattern as a model file writes it: `"011"`, or `110` without quotes as a command line gives it.
#[derive(Debug, Clone)]
pub struct WrittenPattern {
    text: String,
    place: Place,
}

impl WrittenPattern {
    /// The pattern, if it is one of so many neurons.
    pub fn pattern(&self, neurons: usize) -> Result<Pattern, Diagnostic> {
        let pattern = self.text.parse::<Pattern>().ok();
        let pattern = pattern.filter(|pattern| pattern.len() == neurons);
        pattern.ok_or_else(|| {
            let text = &self.text;
            Diagnostic::new(format!(
                "{text} is not a binary pattern of {neurons} neurons"
            ))
            .at(self.place.bytes())
            .label("this pattern")
            .help(format!(
                "write {neurons} digits in quotes, 1 for an active neuron and 0 for a silent one"
            ))
        })
    }
}

impl Placed for WrittenPattern {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for WrittenPattern {
    fn expected() -> String {
        "a binary pattern like \"011\"".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": ["string", "integer"] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let number = given.whole().map(|digits| digits.to_string());
        let text = given.text().map(str::to_owned).or(number);
        Some(Self {
            text: given.expect(text, &Self::expected(), mistakes)?,
            place: given.place(),
        })
    }

    fn write(&self) -> toml_edit::Item {
        toml_edit::value(self.text.as_str())
    }
}

impl HistorySettings {
    /// How patterns are written.
    pub fn cue(&self) -> Cue {
        Cue {
            active: *self.active,
            spread: *self.spread,
            silent: self.silent.ends(),
        }
    }

    /// The pattern that the history names, if it names one.
    pub fn pattern(&self, neurons: usize) -> Result<Option<Pattern>, Diagnostic> {
        let written = self.pattern.as_ref();
        written.map(|pattern| pattern.pattern(neurons)).transpose()
    }

    /// The state that the history describes; all neurons as one cue where it says nothing.
    pub fn state(&self, network: &ImpulseNetwork, seed: u64) -> Result<Vec<f64>, Diagnostic> {
        let places = [
            self.pattern.place(),
            self.constants.place(),
            self.random.place(),
        ];
        let mut given = places.iter().filter(|place| **place != Place::NOWHERE);
        let second = given.nth(1);
        require(
            &second.copied(),
            second.is_none(),
            "the history is given in two ways",
            "a second history",
            "keep one of `pattern`, `constants` and `random`",
        )?;
        let neurons = network.neurons();
        if let Some(constants) = &self.constants {
            return constants.values("constants", neurons);
        }
        if let Some(random) = self.random {
            let (low, high) = random.ends();
            return Ok(random_state(neurons, low, high, seed, 0));
        }
        let pattern = self.pattern(neurons)?;
        let pattern = pattern.unwrap_or_else(|| Pattern::all(neurons));
        Ok(self.cue().state(&pattern, &network.parameters().c, seed, 0))
    }
}
