//! The sections of the kind, and the text that they make up.

use super::formulas::Formulas;
use super::numbers::{Named, Parameters, Sizes};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Positive, Real, Tolerance, Words, require, settings,
};
use crate::language::{Data, EventText, SystemText};
use crate::solver::Method;

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
        /// What is asked of the steady state.
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

    /// Section `[analysis]`.
    pub struct AnalysisSettings {
        /// Characteristic roots of the steady state near the end of the run; none are asked for if absent.
        pub roots: Option<Count>,
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
            if let Some(data) = mistakes.note(numbers.data()) {
                text = text.data(name, data.clone());
                if numbers.is_file() {
                    all.push(data);
                }
            }
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
