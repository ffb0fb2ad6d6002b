//! Sections of a model file for the kind `relu-symmetries`.

use nalgebra::DMatrix;

use crate::experiment::Diagnostic;
use crate::experiment::flow::points::{PointSettings, Points};
use crate::experiment::memory_limit::{NUMBER, require_memory, weights_between};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, Placed, Positive, Real, Tolerance, require,
    settings,
};
use crate::training::flow::FlowMethod;

/// Runs that are kept: the first one and the symmetric ones.
const RUNS: f64 = 4.0;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// By which network.
        pub network: NetworkSettings,
        /// How the flow is followed.
        pub flow: FlowSettings,
        /// The steps beside it.
        pub descent: DescentSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The inputs.
        pub train: PointSettings,
        /// The targets are `sin(frequency x_1)` of the first number of an input, if there are none of one's own.
        pub frequency: Option<Real>,
    }

    /// Section `[network]`: one hidden layer of rectifiers, one output.
    pub struct NetworkSettings {
        /// Hidden neurons; the first three can be flipped together.
        pub neurons: Count<4>,
        /// Standard deviation of a weight, times the root of the numbers that it sums over.
        pub sigma_w: Positive,
        /// Standard deviation of a bias.
        pub sigma_b: Positive,
        /// Standard deviation of the logarithms of the scales of the rescaled start.
        pub spread: NonNegative,
    }

    /// Section `[flow]`.
    pub struct FlowSettings {
        /// Time of the flow, in units of `2 / sharpness` at the start.
        pub t_end: Positive,
        /// Looks at every run after the first.
        pub looks: Count<2> = 60,
        /// How the flow is followed. Where a point crosses the kink of a neuron the field jumps, and an order
        /// above 5 gains nothing: Dop853 takes eight times as long on the shipped model.
        pub method: Choice<FlowMethod> = FlowMethod::Dopri5,
        /// Error of a step, far below the changes by Euler steps.
        pub tolerance: Tolerance = 1e-6,
    }

    /// Section `[descent]`.
    pub struct DescentSettings {
        /// Numbers of equal Euler steps over the time of the flow.
        pub steps: NonEmpty<Count<2>>,
    }
}

impl DataSettings {
    /// The targets of the inputs: their own, or a sine of the first number of an input.
    pub(super) fn targets(&self, points: &Points) -> Result<DMatrix<f64>, Diagnostic> {
        let own = points.targets.is_some();
        let place = match &self.frequency {
            Some(frequency) => frequency.place(),
            None => self.train.place(),
        };
        require(
            &place,
            self.frequency.is_some() != own,
            "the targets are `sin(frequency x_1)`, or one's own",
            "one of them, not both or none",
            "give `frequency`, or `targets` of your own inputs",
        )?;
        let frequency = self.frequency.map_or(0.0, |frequency| *frequency);
        let sine = || points.inputs.columns(0, 1).map(|x| (frequency * x).sin());
        points.one_target(&self.train, sine)
    }
}

impl Settings {
    /// Whether everything fits, before there is anything.
    pub(super) fn require_memory(&self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let train = &self.data.train;
        mistakes.note(train.require_memory(0));
        let inputs = train.image().numbers();
        let neurons = &self.network.neurons;
        let weights = weights_between([inputs + 1, **neurons, 1].into_iter());
        mistakes.note(require_memory(neurons, "the weights", NUMBER * weights));
        let looks = &self.flow.looks;
        let all = NUMBER * weights * **looks as f64 * RUNS;
        mistakes.note(require_memory(looks, "all weights that are looked at", all));
        let square = NUMBER * (**neurons as f64).powi(2);
        mistakes.note(require_memory(
            neurons,
            "the distances of all neurons",
            square,
        ));
        let steps = &self.descent.steps;
        let most = steps.iter().map(|steps| **steps).max().unwrap_or_default();
        mistakes.note(require_memory(
            steps,
            "the losses of all steps",
            NUMBER * most as f64,
        ));
        // A step beyond the unit is unstable at the start already.
        let t_end = *self.flow.t_end;
        let least = steps.iter().map(|steps| **steps).min().unwrap_or_default();
        mistakes.note(require(
            steps,
            least as f64 > t_end,
            format!("{least} steps over {t_end} times 2 / sharpness are unstable"),
            "too few steps",
            "give more steps than `t_end`",
        ));
        mistakes.end()
    }
}
