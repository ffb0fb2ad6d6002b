//! The sections of the kind, and the text that they make up.

use super::formulas::Formulas;
use super::inputs::is_called;
use super::numbers::{Named, Numbers, Parameters, Sizes};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Positive, Real, Tolerance, Words, require, settings,
};
use crate::language::{Data, EventText, SystemText};
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
        /// How it is integrated.
        pub solver: SolverSettings,
        /// Paths of a system with noise.
        pub paths: PathSettings,
        /// What is asked of steady states, cycles and neighbours.
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
        /// Vectors, matrices, and inputs.
        pub data: Named<Numbers>,
        /// Strengths of the noise, by variable: `dx = f dt + g dW` in the sense of Ito.
        pub noise: Formulas,
    }

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

    /// Section `[paths]`, of systems with noise.
    pub struct PathSettings {
        /// Number of paths.
        pub count: Count<2> = 100,
        /// Longest step: steps divide the lags.
        pub step: Positive = 0.01,
        /// `euler-maruyama`, `milstein` or `additive-runge-kutta`; that of the highest order which the noise takes, if absent.
        pub method: Option<Choice<StochasticMethod>>,
    }

    /// Section `[analysis]`.
    pub struct AnalysisSettings {
        /// Characteristic roots of the steady state near the end of the run; none are asked for if absent.
        pub roots: Option<Count>,
        /// A parameter along which that steady state is followed.
        pub continuation: Option<ContinuationSettings>,
        /// Whether the cycle at the end of the run is found by collocation, with its multipliers.
        pub cycle: bool = false,
        /// Lyapunov exponents of the trajectory.
        pub lyapunov: Option<ExponentSettings>,
    }

    /// Where a steady state is followed.
    pub struct ContinuationSettings {
        /// The parameter.
        pub parameter: Words,
        /// Its first value.
        pub from: Real,
        /// Its last value.
        pub to: Real,
        /// Number of equidistant values.
        pub points: Count<2> = 41,
    }

    /// Exponents.
    pub struct ExponentSettings {
        /// Number of exponents, from the largest down.
        pub count: Count = 1,
        /// Time that is left out.
        pub transient: NonNegative = 1000.0,
        /// Time over which is averaged.
        pub duration: Positive = 10_000.0,
    }

    /// Section `[output]`.
    pub struct OutputSettings {
        /// Equidistant times at which the solution is saved.
        pub samples: Count<2> = 1001,
        /// Formulas of `t` and the state that are saved and drawn, too.
        pub observables: Formulas,
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

impl Settings {
    /// All formulas that may read inputs.
    fn formulas(&self) -> impl Iterator<Item = &str> {
        let system = &self.system;
        let sections = [
            &system.equations,
            &system.functions,
            &system.noise,
            &self.output.observables,
        ];
        let events = self.events.0.iter().flat_map(|(_, event)| {
            let set = event.set.0.iter().map(|formula| &formula.text);
            let emit = event.emit.iter();
            let emit = emit.flat_map(|pulse| [&pulse.after, &pulse.change]);
            event.when.iter().chain(set).chain(emit)
        });
        let plain = sections.into_iter().flat_map(|formulas| &formulas.0);
        let all = plain.map(|formula| &formula.text).chain(events);
        all.map(|words| &**words)
    }

    /// The whole text, and the vectors and matrices that it reads.
    pub(super) fn text(&self) -> Result<(SystemText, Vec<Data>), Mistakes> {
        let mut mistakes = Mistakes::default();
        let mut text = SystemText::new();
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
            let called = self.formulas().any(|formula| is_called(formula, name));
            if let Some(input) = numbers.input(name, called) {
                if let Some((course, data)) = mistakes.note(input) {
                    text = text.input(name, course);
                    all.extend(data);
                }
            } else if let Some(data) = mistakes.note(numbers.data()) {
                text = text.data(name, data.clone());
                if numbers.is_file() {
                    all.push(data);
                }
            }
        }
        for formula in &system.noise.0 {
            text = text.noise(&formula.key, &formula.text);
        }
        text = text.beginning(*self.solver.t_begin);
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
