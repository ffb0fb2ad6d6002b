//! A system as a person writes it.

use std::sync::Arc;

use super::course::TimeCourse;
use super::event::EventText;
use super::mistake::Mistake;
use super::parser::Parser;
use super::scope::Data;

/// Equations, functions, parameters and data as text, to be [compiled](Self::compile).
///
/// ```
/// use pulsatrix::language::SystemText;
/// use pulsatrix::solver::{Options, Save, integrate};
///
/// let text = SystemText::new()
///     .equation("y", "beta*y(t - tau)/(1 + y(t - tau)^n) - gamma*y")
///     .parameter("beta", 0.2)
///     .parameter("gamma", 0.1)
///     .parameter("n", 10.0)
///     .parameter("tau", 17.0)
///     .history("y", "0.5");
/// let system = text.compile()?;
/// let (field, history) = (system.field(), system.history(0.0));
/// let options = Options::with_tolerance(1e-9);
/// let end = integrate(&field, history, (0.0, 100.0), options, &Save::Last, &[])?;
/// assert!(end.last()[0] > 0.2 && end.last()[0] < 1.4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SystemText {
    pub(super) equations: Vec<(String, String)>,
    pub(super) functions: Vec<(String, String)>,
    pub(super) parameters: Vec<(String, f64)>,
    pub(super) sizes: Vec<(String, usize)>,
    pub(super) data: Vec<(String, Data)>,
    pub(super) history: Vec<(String, String)>,
    pub(super) start: Vec<(String, String)>,
    pub(super) events: Vec<EventText>,
    pub(super) observables: Vec<(String, String)>,
    pub(super) inputs: Vec<(String, Arc<TimeCourse>)>,
    pub(super) noise: Vec<(String, String)>,
    pub(super) begin: f64,
    pub(super) whole_windows: bool,
    pub(super) eventless: bool,
}

/// What stands on the left of an equation: `x`, `x[i]` or `x[i in N]`.
pub(super) struct Head {
    pub(super) name: String,
    pub(super) index: Option<(String, Option<String>)>,
}

/// Reads a left-hand side.
pub(super) fn head(text: &str) -> Result<Head, (std::ops::Range<usize>, Mistake)> {
    let bad = || {
        let expected = "a variable or a family of them";
        let example = "x` or `x[i]";
        (0..text.len(), Mistake::BadHead { expected, example })
    };
    let mut parser = Parser::new(text)?;
    let (name, _) = parser.name().ok_or_else(bad)?;
    let mut index = None;
    if parser.accept("[") {
        let (letter, _) = parser.name().ok_or_else(bad)?;
        let size = match parser.name() {
            Some((word, _)) if word == "in" => Some(parser.name().ok_or_else(bad)?.0),
            Some(_) => return Err(bad()),
            None => None,
        };
        if !parser.accept("]") {
            return Err(bad());
        }
        index = Some((letter, size));
    }
    parser.end().map_err(|_| bad())?;
    Ok(Head { name, index })
}

impl SystemText {
    /// A system without equations yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `variable' = formula`; the variable is `x`, or a family `x[i]` or `x[i in N]`.
    #[must_use]
    pub fn equation(mut self, variable: &str, formula: &str) -> Self {
        self.equations
            .push((variable.to_owned(), formula.to_owned()));
        self
    }

    /// Adds a function, `S(x) = 1/(1 + exp(-x))`.
    #[must_use]
    pub fn function(self, text: &str) -> Self {
        let name = text.split('(').next().unwrap_or("").trim().to_owned();
        self.named_function(&name, text)
    }

    /// The same under a key that must be its name.
    #[must_use]
    pub fn named_function(mut self, key: &str, text: &str) -> Self {
        self.functions.push((key.to_owned(), text.to_owned()));
        self
    }

    /// Gives a parameter its value, a new one if it has one.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: f64) -> Self {
        match self.parameters.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.parameters.push((name.to_owned(), value)),
        }
        self
    }

    /// Adds a size that indices run over, from 0 to `length - 1`.
    #[must_use]
    pub fn size(mut self, name: &str, length: usize) -> Self {
        self.sizes.push((name.to_owned(), length));
        self
    }

    /// Adds a vector or a matrix, read as `w[i]` or `A[i, j]`.
    #[must_use]
    pub fn data(mut self, name: &str, data: Data) -> Self {
        self.data.push((name.to_owned(), data));
        self
    }

    /// Adds a function of time by its points, read as `I(t)` or `I(t - 2)`, or with several columns `I[k](t)`.
    /// Steps of the solver end at its corners.
    #[must_use]
    pub fn input(mut self, name: &str, course: TimeCourse) -> Self {
        self.inputs.push((name.to_owned(), Arc::new(course)));
        self
    }

    /// Adds white noise to an equation, `dx = f dt + formula dW` in the sense of Ito; every component has a motion of its
    /// own. What it is run by: [`System::noisy`](super::System::noisy).
    #[must_use]
    pub fn noise(mut self, variable: &str, formula: &str) -> Self {
        self.noise.push((variable.to_owned(), formula.to_owned()));
        self
    }

    /// Adds the history of a variable, a formula of `t`; without one it is the start at all times.
    #[must_use]
    pub fn history(mut self, variable: &str, formula: &str) -> Self {
        self.history.push((variable.to_owned(), formula.to_owned()));
        self
    }

    /// Starts a variable elsewhere than its history ends.
    #[must_use]
    pub fn start(mut self, variable: &str, formula: &str) -> Self {
        self.start.push((variable.to_owned(), formula.to_owned()));
        self
    }

    /// Says when runs begin, 0 unless it is said: windows over the past are cut where that makes the solution bend.
    #[must_use]
    pub fn beginning(mut self, time: f64) -> Self {
        self.begin = time;
        self
    }

    /// The system as it is long after its beginning, for steady states and cycles: it has
    /// [whole windows](Self::whole_windows), there are no events, and what they change is constant.
    #[must_use]
    pub fn smooth(self) -> Self {
        Self {
            eventless: true,
            ..self.whole_windows()
        }
    }

    /// Makes windows over the past sums over constant lags from the beginning on, as paths of noise need: nothing bends
    /// where they are cut.
    #[must_use]
    pub fn whole_windows(mut self) -> Self {
        self.whole_windows = true;
        self
    }

    /// Adds an event.
    #[must_use]
    pub fn event(mut self, event: EventText) -> Self {
        self.events.push(event);
        self
    }

    /// Adds a formula of time and present state that is to be looked at: `r`, or a family `s[i]`.
    #[must_use]
    pub fn observable(mut self, name: &str, formula: &str) -> Self {
        self.observables.push((name.to_owned(), formula.to_owned()));
        self
    }
}
