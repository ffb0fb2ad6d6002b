//! The sections of the kind, and the text that they make up.

use super::events::EventSettings;
use super::formulas::Formulas;
use super::input::InputSettings;
use super::numbers::{Named, Parameters, Sizes};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Positive, Real, Tolerance, Words, settings,
};
use crate::language::{Data, SystemText};
use crate::solver::{Method, StochasticMethod};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The equations.
        pub system: SystemSettings,
        /// The past of each variable, a formula of `t`.
        pub history: Formulas,
        /// Where a variable starts, if that is not where its past ends.
        pub start: Formulas,
        /// What happens along the way.
        pub events: Named<EventSettings>,
        /// Strength of the white noise of each variable that has any, a formula: dx = f dt + g dW in the sense of Ito.
        pub noise: Formulas,
        /// The paths of a system with noise.
        pub paths: Option<PathSettings>,
        /// How it is integrated.
        pub solver: SolverSettings,
        /// What is asked of steady state, cycle and neighbouring trajectories.
        pub analysis: AnalysisSettings,
        /// What is saved.
        pub output: OutputSettings,
    }

    /// Section `[system]`.
    pub struct SystemSettings {
        /// Right-hand sides by variable: `x`, or a family `x[i]`.
        pub equations: Formulas,
        /// Functions, as in `S = "S(x) = 1/(1 + exp(-x))"`.
        pub functions: Formulas,
        /// Parameters.
        pub parameters: Parameters,
        /// Sizes of families.
        pub sizes: Sizes,
        /// Vectors and matrices.
        pub data: Named<Numbers>,
        /// Functions of time by points, read as I(t): a file with the columns t, value, ... (.csv or .npy), rows written
        /// out, or { points = ..., between = "steps" }.
        pub inputs: Named<InputSettings>,
    }

    /// Section `[solver]`.
    pub struct SolverSettings {
        /// Relative tolerance, and a thousandth of it absolute.
        pub tolerance: Tolerance = 1e-6,
        /// Time at the end.
        pub t_end: Positive,
        /// Time at the start.
        pub t_begin: Real = 0.0,
        /// `tsit5`, `dop853` or `radau5`; absent, the first of them.
        pub method: Option<Choice<Method>>,
        /// Steps after which the run is given up: minutes of work.
        pub maximum_steps: Count = 10_000_000,
    }

    /// Section `[paths]`.
    pub struct PathSettings {
        /// Number of paths.
        pub count: Count<2> = 100,
        /// Longest step: the steps are the longest ones up to it that divide all lags.
        pub step: Positive,
        /// Seed of the paths; absent, that of the model.
        pub seed: Option<u64>,
        /// `euler-maruyama`, `milstein` or `additive-runge-kutta`; absent, the one of the highest order that the noise
        /// takes.
        pub method: Option<Choice<StochasticMethod>>,
    }

    /// Section `[analysis]`, of systems that do not depend on time.
    pub struct AnalysisSettings {
        /// Characteristic roots of the steady state near the end of the run; none are asked for if absent.
        pub roots: Option<Count>,
        /// The steady state along a parameter.
        pub continuation: Option<ContinuationSettings>,
        /// The cycle that the run leads to, closed by collocation, with its Floquet multipliers.
        pub cycle: Option<CycleSettings>,
        /// Number of Lyapunov exponents of the run from t = 0, from the largest down.
        pub lyapunov: Option<Count>,
        /// Time at the start that the Lyapunov exponents leave out; absent, half of the time span.
        pub transient: Option<NonNegative>,
        /// Time over which Lyapunov exponents are averaged; absent, the time span.
        pub duration: Option<Positive>,
    }

    /// A steady state along a parameter.
    pub struct ContinuationSettings {
        /// A parameter of the system; the way begins at its value there.
        pub parameter: Words,
        /// Where the way ends.
        pub to: Real,
        /// Equidistant values, both ends among them.
        pub points: Count<2> = 40,
    }

    /// How a cycle is closed.
    pub struct CycleSettings {
        /// Its period, roughly; absent, that of the maxima over the later half of the run.
        pub period_guess: Option<Positive>,
        /// Error that one interval of the mesh may commit.
        pub tolerance: Tolerance = 1e-9,
        /// Intervals of the first mesh; those that are too coarse are halved.
        pub intervals: Count<2> = 40,
    }

    /// Section `[output]`.
    pub struct OutputSettings {
        /// Equidistant times at which the solution is saved.
        pub samples: Count<2> = 1001,
        /// Formulas of `t` and the state that are saved and drawn, too.
        pub observables: Formulas,
    }
}

impl Settings {
    /// The whole text, and what was read from files.
    pub(super) fn text(&self) -> Result<(SystemText, Vec<Data>), Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut text = SystemText::new().beginning(*self.solver.t_begin);
        let system = &self.system;
        for formula in &system.equations.0 {
            text = text.equation(&formula.key, &formula.text);
        }
        for formula in &system.functions.0 {
            text = text.named_function(&formula.key, &formula.text);
        }
        for (name, value) in &system.parameters.0 {
            text = text.parameter(name, **value);
        }
        for (name, length) in &system.sizes.0 {
            text = text.size(name, **length);
        }
        let mut all = Vec::new();
        for (name, numbers) in &system.data.0 {
            if let Some(data) = mistakes.note(numbers.data()) {
                text = text.data(name, data.clone());
                if numbers.is_file() {
                    all.push(data);
                }
            }
        }
        for (name, input) in &system.inputs.0 {
            if let Some((course, read)) = mistakes.note(input.course()) {
                text = text.input(name, course);
                all.extend(read);
            }
        }
        for formula in &self.noise.0 {
            text = text.noise(&formula.key, &formula.text);
        }
        for formula in &self.history.0 {
            text = text.history(&formula.key, &formula.text);
        }
        for formula in &self.start.0 {
            text = text.start(&formula.key, &formula.text);
        }
        for (name, event) in &self.events.0 {
            if let Some(event) = mistakes.note(event.text(name)) {
                text = text.event(event);
            }
        }
        for formula in &self.output.observables.0 {
            text = text.observable(&formula.key, &formula.text);
        }
        mistakes.end()?;
        Ok((text, all))
    }
}
