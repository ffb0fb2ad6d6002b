//! What the kinds of recurrent networks have in common: sizes, learning, and how a training is kept.

use serde::{Deserialize, Serialize};

use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Fraction, Mistakes, NonNegative, Placed, Positive, require, rules, settings,
};
use crate::experiment::{Diagnostic, Progress, RunError, keep, restore};
use crate::networks::recurrent::{ElmanNetwork, ElmanShape, Gradient, Node, StartWeights};
use crate::training::recurrent::{
    SequenceOptions, SequenceRule, SequenceTask, SequenceTrainer, StateRule,
};

rules! {
    /// The share of an activation that is new.
    Leak = UpToOne, "above 0 and at most 1", |x| x > 0.0 && x <= 1.0;
}

settings! {
    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Hidden units.
        pub hidden: Count,
        /// Self-connection of the context, after Pham and Liu.
        pub context: Fraction = 0.0,
        /// Share of the activation that is new at every step.
        pub leak: Leak = 1.0,
        /// Standard deviation of the weights of inputs at the start, times the root of their number.
        pub input_weights: Positive = 1.0,
        /// The same of the context.
        pub context_weights: NonNegative = 0.5,
        /// Networks of each form, with starts of their own.
        pub networks: Count,
    }

    /// Keys of the section `[training]`.
    pub struct LearningSettings {
        /// Passes through all sequences.
        pub epochs: Count<2>,
        /// From gradients to steps.
        pub rule: Choice<SequenceRule> = SequenceRule::default(),
        /// Steps of the pieces that sequences are cut into; whole sequences if nothing is said.
        pub piece: Option<Count>,
        /// What becomes of the state between pieces.
        pub state: Choice<StateRule> = StateRule::Carry,
    }
}

impl NetworkSettings {
    /// A network of these sizes.
    pub fn network(&self, inputs: usize, node: Node) -> Result<ElmanNetwork, RunError> {
        let network = ElmanNetwork::new(ElmanShape {
            node,
            context: *self.context,
            leak: *self.leak,
            ..ElmanShape::new(inputs, *self.hidden, 1)
        });
        network.map_err(RunError::numerical)
    }

    /// How large weights are at the start.
    pub fn start(&self) -> StartWeights {
        StartWeights {
            input: *self.input_weights,
            context: *self.context_weights,
            ..StartWeights::default()
        }
    }

    /// Refuses networks that do not fit into memory, for so many readings in all and so many forms.
    pub fn check(&self, readings: f64, forms: usize) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let hidden = *self.hidden as f64;
        let weights = NUMBER * hidden * hidden;
        mistakes.note(require_memory(
            &self.hidden,
            "the weights of a network",
            weights,
        ));
        let states = NUMBER * hidden * readings;
        mistakes.note(require_memory(
            &self.hidden,
            "the states of all steps",
            states,
        ));
        let all = weights * *self.networks as f64 * forms as f64;
        mistakes.note(require_memory(
            &self.networks,
            "the weights of all networks",
            all,
        ));
        mistakes.end()
    }
}

/// Refuses a truncation to no step, and gradients that are one and the same in sequences of so many steps.
pub(super) fn check_gradients(
    place: &impl Placed,
    gradients: &[Choice<Gradient>],
    steps: usize,
) -> Result<(), Diagnostic> {
    let plain = |gradient: &Choice<Gradient>| match **gradient {
        Gradient::Truncated(1) => Gradient::Static,
        Gradient::Truncated(many) if many >= steps => Gradient::Full,
        other => other,
    };
    let all: Vec<Gradient> = gradients.iter().map(plain).collect();
    let twice = (1..all.len()).find(|&index| all[..index].contains(&all[index]));
    require(
        place,
        twice.is_none(),
        twice.map_or_else(String::new, |index| {
            format!(
                "`{}` is another gradient of the list in sequences of {steps} steps",
                gradient_name(*gradients[index])
            )
        }),
        "the same again",
        "`{ truncated = 1 }` is `static`, and one over all steps is `full`: keep one of the two",
    )?;
    let wrong = gradients.iter().find_map(|gradient| gradient.check().err());
    require(
        place,
        wrong.is_none(),
        wrong.map_or_else(String::new, |error| error.to_string()),
        "no step to follow",
        "give `{ truncated = 2 }` or more; `static` follows no error",
    )
}

impl LearningSettings {
    /// The options of a training with a gradient.
    pub fn options(&self, gradient: Gradient) -> SequenceOptions {
        SequenceOptions {
            gradient,
            piece: self.piece.map(|piece| *piece),
            state: *self.state,
            rule: *self.rule,
        }
    }

    /// Refuses rules that are none, and courses that do not fit into memory.
    pub fn check(&self, networks: f64) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        if let Err(error) = self.options(Gradient::Full).check() {
            mistakes.add(
                Diagnostic::new(error.to_string())
                    .at(self.rule.place().bytes())
                    .label("this rule")
                    .help("leave the constants out: the defaults are those of the toolbox"),
            );
        }
        let losses = NUMBER * networks * *self.epochs as f64;
        mistakes.note(require_memory(
            &self.epochs,
            "the losses of all epochs",
            losses,
        ));
        mistakes.end()
    }
}

/// A gradient in words.
pub(super) fn gradient_name(gradient: Gradient) -> String {
    match gradient {
        Gradient::Static => "static".into(),
        Gradient::Truncated(1) => "1 step".into(),
        Gradient::Truncated(steps) => format!("{steps} steps"),
        Gradient::Full => "full".into(),
        Gradient::PhamLiu => "Pham-Liu".into(),
    }
}

/// A training under way: the trainer, and what was seen of it after some epochs.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Trained {
    /// Trainer.
    pub trainer: SequenceTrainer,
    /// Epoch, and what the look has found.
    pub looks: Vec<(usize, f64)>,
}

/// Looks of a training: enough for a curve over the logarithm of the epoch (chosen).
const LOOKS: usize = 40;

/// Epochs of a training after which it is looked at, evenly in their logarithm.
fn due(epochs: usize) -> Vec<usize> {
    let all = (0..=LOOKS).map(|look| {
        let share = look as f64 / LOOKS as f64;
        libm::pow(epochs as f64, share).round() as usize
    });
    let mut all: Vec<usize> = all.collect();
    all.dedup();
    all
}

/// Trains a network, from where an interrupted run has kept it if there is such a place; `look` sees the best
/// weights so far. It is kept at every look.
pub(super) fn train(
    progress: &dyn Progress,
    name: &str,
    (network, task): (&ElmanNetwork, &SequenceTask),
    epochs: usize,
    begin: impl FnOnce() -> Result<SequenceTrainer, RunError>,
    look: impl Fn(&[f64]) -> Result<f64, RunError>,
) -> Result<Trained, RunError> {
    let mut trained = match restore::<Trained>(progress, name)? {
        Some(kept) => kept,
        None => Trained {
            trainer: begin()?,
            looks: Vec::new(),
        },
    };
    for stop in due(epochs) {
        if stop <= trained.trainer.epochs() {
            continue;
        }
        while trained.trainer.epochs() < stop {
            let step = trained.trainer.epoch(network, task);
            step.map_err(RunError::numerical)?;
        }
        let found = look(trained.trainer.best())?;
        trained.looks.push((stop, found));
        keep(progress, name, &trained)?;
        progress.message(&format!("{name}: epoch {stop}, mean square {found:.4e}"));
    }
    Ok(trained)
}
