//! Sections of a model file for the kind `drift`.

use serde::{Deserialize, Serialize};

use super::sequence_settings::{LearningSettings, NetworkSettings, check_gradients};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, NonNegative, Positive, Real, Words, require, settings,
};
use crate::networks::drift::{DriftModel, DriftTerm, GaussMarkov};
use crate::networks::recurrent::{Gradient, Node};
use crate::networks::{Activation, NetworkError};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// Where the readings come from, and how many are learnt.
        pub data: DataSettings,
        /// The drift that is simulated, where no file is read.
        pub drift: Option<DriftSettings>,
        /// The networks.
        pub network: NetworkSettings,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// CSV file: `time`, inputs, `drift`. It takes the place of the section `[drift]`.
        pub file: Option<Words>,
        /// Sequences that are learnt.
        pub sequences: Count,
        /// Sequences after them, for tests.
        pub tests: Count,
        /// Readings of a sequence.
        pub steps: Count<8>,
    }

    /// Section `[drift]`.
    pub struct DriftSettings {
        /// Time from one reading to the next.
        pub interval: Positive = 1.0,
        /// Correlation time of the bias.
        pub correlation_time: Positive,
        /// Its standard deviation.
        pub bias: NonNegative,
        /// Random walk, per root of time.
        pub walk: NonNegative = 0.0,
        /// Standard deviation of the noise of a reading.
        pub noise: Positive,
        /// Time of one turn of the platform.
        pub turn: Positive,
        /// Period of the temperature, which swings by 1.
        pub season: Positive,
        /// Coefficients of the terms.
        pub coefficients: CoefficientSettings,
    }

    /// Section `[drift.coefficients]`: a term that is not named is left out.
    pub struct CoefficientSettings {
        /// Of 1.
        pub fixed: Option<Real>,
        /// Of `a_I`.
        pub input: Option<Real>,
        /// Of `a_S`.
        pub spin: Option<Real>,
        /// Of `a_I^2`.
        pub input_squared: Option<Real>,
        /// Of `a_S^2`.
        pub spin_squared: Option<Real>,
        /// Of `a_I a_S`.
        pub input_spin: Option<Real>,
        /// Of `T - T_0`.
        pub temperature: Option<Real>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How far errors are followed into the past; one network for each.
        pub gradients: NonEmpty<Choice<Gradient>> = [Gradient::Full.into()],
        /// What the network predicts.
        pub learns: NonEmpty<Choice<Learns>> = [Learns::Drift.into()],
        /// What its hidden units do.
        pub nodes: NonEmpty<Choice<DriftNode>> = [DriftNode::Tanh.into()],
        /// How.
        pub learning: Flat<LearningSettings>,
    }
}

/// What a network of the kind `drift` predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learns {
    /// The reading, from the one before and the regressors.
    Drift,
    /// What least squares leave of it, from what they left of the one before.
    Residual,
}

/// Hidden units of the kind `drift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftNode {
    /// `tanh z`.
    Tanh,
    /// `A tanh(B z) + D z`.
    Extended,
    /// `z`.
    Identity,
}

impl DriftNode {
    pub(super) fn node(self) -> Node {
        match self {
            Self::Tanh => Node::Plain(Activation::Tanh),
            Self::Extended => Node::Extended,
            Self::Identity => Node::Plain(Activation::Identity),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Extended => "extended",
            Self::Identity => "identity",
        }
    }
}

/// One form of network that is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    pub gradient: Gradient,
    pub learns: Learns,
    pub node: DriftNode,
}

impl CoefficientSettings {
    /// All terms that have a coefficient, in the order of the keys.
    fn given(&self) -> impl Iterator<Item = (DriftTerm, Real)> {
        let terms = [
            (DriftTerm::Fixed, self.fixed),
            (DriftTerm::Input, self.input),
            (DriftTerm::Spin, self.spin),
            (DriftTerm::InputSquared, self.input_squared),
            (DriftTerm::SpinSquared, self.spin_squared),
            (DriftTerm::InputSpin, self.input_spin),
            (DriftTerm::Temperature, self.temperature),
        ];
        let terms = terms.into_iter();
        terms.filter_map(|(term, value)| Some((term, value?)))
    }

    /// The coefficient that a mistake of the terms is shown at: the squares first, which are most often at fault.
    pub(super) fn last(&self) -> Option<Real> {
        let any = self.given().map(|(_, value)| value).last();
        self.spin_squared.or(self.input_squared).or(any)
    }
}

impl DriftSettings {
    /// The drift that is asked for.
    pub(super) fn model(&self) -> DriftModel {
        DriftModel {
            terms: self
                .coefficients
                .given()
                .map(|(term, value)| (term, *value))
                .collect(),
            interval: *self.interval,
            bias: GaussMarkov {
                correlation_time: *self.correlation_time,
                deviation: *self.bias,
            },
            walk: *self.walk,
            noise: *self.noise,
        }
    }
}

impl Settings {
    /// All forms that are trained, the first of every list together first.
    pub(super) fn forms(&self) -> Vec<Form> {
        let TrainingSettings {
            gradients,
            learns,
            nodes,
            ..
        } = &self.training;
        let mut forms = Vec::new();
        for learns in learns.iter() {
            for node in nodes.iter() {
                for gradient in gradients.iter() {
                    forms.push(Form {
                        gradient: **gradient,
                        learns: **learns,
                        node: **node,
                    });
                }
            }
        }
        forms
    }

    /// What can be refused before any reading is made.
    pub(super) fn check(&self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let DataSettings {
            file,
            sequences,
            tests,
            steps,
        } = &self.data;
        mistakes.note(require(
            sequences,
            file.is_some() || self.drift.is_some(),
            "no readings are asked for",
            "of what?",
            "give `file = \"readings.csv\"`, or a section `[drift]` to simulate",
        ));
        if let (None, Some(drift)) = (file, &self.drift) {
            mistakes.note(require(
                &drift.interval,
                drift.coefficients.last().is_some(),
                "`[drift.coefficients]` names no term",
                "a drift without terms",
                "give at least one coefficient, as in `fixed = 0.05`",
            ));
        }
        let readings = (**sequences as f64 + **tests as f64) * **steps as f64;
        // Up to seven regressors, in the sequences, in the design and in its factor; readings and all predictions.
        let bytes = 40.0 * NUMBER * readings;
        mistakes.note(require_memory(steps, "the readings", bytes));
        let forms = self.forms().len();
        mistakes.note(self.network.check(readings, forms));
        let networks = (*self.network.networks * forms) as f64;
        mistakes.note(self.training.learning.check(networks));
        let gradients = &self.training.gradients;
        mistakes.note(check_gradients(gradients, gradients, **steps));
        if let Some(drift) = &self.drift {
            let checked = drift.model().check();
            mistakes.note(checked.map_err(|error: NetworkError| {
                crate::experiment::Diagnostic::new(error.to_string())
            }));
        }
        mistakes.end()
    }
}
