//! Noise of a system: `dx = f dt + g dW` in the sense of Ito.

use std::sync::Mutex;

use super::derivative::{Derivatives, TIME};
use super::graph::{Graph, Id, Read, Space, When};
use super::lowering::Lowering;
use super::mistake::{Source as Formula, TextError};
use super::parser::parse;
use super::program::Program;
use super::run::Scratch;
use super::system::{System, SystemField};
use super::text::SystemText;
use super::written::of_variable;
use crate::solver::{DelayField, Delayed, Noise, StochasticField};

/// The noise of a variable, laid out.
pub(super) struct Written {
    first: usize,
    length: usize,
    root: Id,
}

/// The noise of all variables.
#[derive(Debug)]
pub(super) struct Strengths {
    program: Program,
    /// First component and number of components of every result.
    places: Vec<(usize, usize)>,
    kind: Noise,
}

impl SystemText {
    /// Lays out the noise of every variable that has any.
    pub(super) fn noises(
        &self,
        lowering: &mut Lowering<'_>,
        errors: &mut Vec<TextError>,
    ) -> Vec<Written> {
        let mut all: Vec<Written> = Vec::new();
        for (key, formula) in &self.noise {
            let of_key = Formula::new("noise", key, key);
            let given = all.iter().map(|written| written.first);
            let Some(named) = of_variable(&of_key, lowering.scope, given, errors) else {
                continue;
            };
            let (variable, index) = (named.variable, named.index.as_ref());
            let index = index.map(|(index, length)| (index.as_str(), *length));
            let parsed = parse(formula).map_err(|(span, mistake)| (None, span, mistake));
            match parsed.and_then(|parsed| lowering.formula(&parsed, index, &[])) {
                Ok(root) => all.push(Written {
                    first: variable.first,
                    length: variable.length(),
                    root,
                }),
                Err(failure) => {
                    errors.push(self.error(&Formula::new("noise", key, formula), failure));
                }
            }
        }
        all
    }
}

impl Strengths {
    /// None without noise.
    pub(super) fn new(graph: &Graph, all: &[Written], dimension: usize) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let roots: Vec<Id> = all.iter().map(|written| written.root).collect();
        Some(Self {
            program: Program::new(graph, &roots),
            places: all
                .iter()
                .map(|written| (written.first, written.length))
                .collect(),
            kind: kind(graph, all, dimension),
        })
    }
}

/// What the strengths depend on.
fn kind(graph: &Graph, all: &[Written], dimension: usize) -> Noise {
    let mut graph = graph.clone();
    let mut derivatives = Derivatives::new(&mut graph);
    let mut kind = Noise::Additive;
    for written in all {
        let terms = derivatives.of(written.root);
        let graph = &*derivatives.graph;
        let shared = graph.space_of(written.root) == Space::SCALAR && written.length > 1;
        for term in terms.iter() {
            let rows = term.rows.map(|rows| graph.entries(rows));
            for (lane, column) in graph.entries(term.columns).iter().enumerate() {
                if *column == TIME {
                    continue;
                }
                let row = rows.as_ref().map_or(lane, |rows| rows[lane] as usize);
                let Read {
                    component, when, ..
                } = graph.read(*column);
                let own = component as usize == written.first + row;
                if shared || !own || when != When::Present {
                    return Noise::General(dimension);
                }
                kind = Noise::Diagonal;
            }
        }
    }
    kind
}

/// A [`System`] with its noise, for [`StochasticSolver`](crate::solver::StochasticSolver): made by
/// [`System::noisy`].
///
/// Threads that run paths take one each: evaluations of one wait for each other.
pub struct NoisySystem<'s> {
    system: &'s System,
    strengths: &'s Strengths,
    drift: Drift<'s>,
    scratch: Mutex<Scratch>,
}

/// The right-hand side, for any thread.
struct Drift<'s> {
    system: &'s System,
    field: Mutex<SystemField<'s>>,
}

impl System {
    /// The system with its [noise](SystemText::noise); none if it has no noise.
    ///
    /// ```
    /// use pulsatrix::language::SystemText;
    /// use pulsatrix::solver::{Save, StochasticOptions, StochasticSolver, solve};
    ///
    /// let text = SystemText::new()
    ///     .equation("x", "-x(t - 1)")
    ///     .noise("x", "0.5")
    ///     .history("x", "0");
    /// let system = text.whole_windows().compile()?;
    /// let field = system.noisy().ok_or("no noise")?;
    /// let options = StochasticOptions::with_step(0.01);
    /// let mut solver = StochasticSolver::new(&field, &system.history(0.0), 0.0, options)?;
    /// assert_eq!(solve(&mut solver, 2.0, &Save::EveryStep, &[])?.times.len(), 201);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn noisy(&self) -> Option<NoisySystem<'_>> {
        let strengths = self.noise.as_ref()?;
        Some(NoisySystem {
            system: self,
            strengths,
            drift: Drift {
                system: self,
                field: Mutex::new(self.field()),
            },
            scratch: Mutex::new(strengths.program.scratch()),
        })
    }
}

impl StochasticField for NoisySystem<'_> {
    fn drift(&self) -> &dyn DelayField {
        &self.drift
    }

    fn noise(&self) -> Noise {
        self.strengths.kind
    }

    fn intensity(&self, time: f64, state: &[f64], delayed: Delayed<'_>, g: &mut [f64]) {
        let Strengths {
            program,
            places,
            kind,
        } = self.strengths;
        let scratch = &mut *super::event::unpoisoned(&self.scratch);
        program.run(time, &self.system.reading(state, delayed), scratch);
        g.fill(0.0);
        let apart = match kind {
            Noise::General(_) => state.len() + 1,
            _ => 1,
        };
        for (result, (first, length)) in places.iter().enumerate() {
            let lanes = (0..*length).map(|lane| program.result_at(result, lane, scratch));
            for (lane, strength) in lanes.enumerate() {
                g[(first + lane) * apart] = strength;
            }
        }
    }
}

impl<'s> Drift<'s> {
    fn with<T>(&self, act: impl FnOnce(&SystemField<'s>) -> T) -> T {
        act(&super::event::unpoisoned(&self.field))
    }
}

impl DelayField for Drift<'_> {
    fn dimension(&self) -> usize {
        self.system.dimension()
    }

    fn lags(&self) -> &[f64] {
        self.system.lags()
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        self.with(|field| field.derivative(time, state, delayed, derivative));
    }

    fn varying_lags(&self) -> usize {
        self.with(DelayField::varying_lags)
    }

    fn delayed_times(&self, time: f64, state: &[f64], times: &mut [f64]) {
        self.with(|field| field.delayed_times(time, state, times));
    }

    fn is_neutral(&self) -> bool {
        self.with(DelayField::is_neutral)
    }

    fn next_break(&self, after: f64) -> Option<f64> {
        self.with(|field| field.next_break(after))
    }
}
