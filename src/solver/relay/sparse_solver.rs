//! The engine for sparse relay equations: an event costs as much as it has listeners.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use super::calendar::Calendar;
use super::flow::{relaxation, time_to_zero};
use super::log::Log;
use super::mean_field::check_state;
use super::sparse::SparseRelay;
use super::unit::{RelayEvent, Switch, bit};
use crate::solver::{Engine, Piece, SolverError, Statistics};

/// One component, as it was when something last happened to it.
#[derive(Debug, Clone, Copy)]
struct Node {
    x: f64,
    since: f64,
    /// The input `S`, and what rounding has lost of it.
    input: (f64, f64),
    constant: f64,
    rate: f64,
    /// Number of open connections; with none the input is exactly zero.
    open: u32,
    bits: u8,
}

impl Node {
    #[inline]
    fn at(&self, time: f64) -> f64 {
        let elapsed = time - self.since;
        let slope = self.constant - self.rate * self.x;
        let u = self.rate * elapsed;
        if u < 0.0 {
            return self.x - slope * (-u).exp_m1() / self.rate;
        }
        self.x + slope * elapsed * relaxation(u).1
    }

    /// Adds to the input without losing what rounding drops (T. Ogita, S. M. Rump, S. Oishi, SIAM
    /// J. Sci. Comput. 26(6), 1955-1988 (2005), algorithm 3.1).
    #[inline]
    fn hear(&mut self, weight: f64, opens: bool) {
        let change = if opens { weight } else { -weight };
        let (sum, lost) = self.input;
        let total = sum + change;
        let shared = total - sum;
        let dropped = (sum - (total - shared)) + (change - shared);
        self.open = if opens { self.open + 1 } else { self.open - 1 };
        self.input = if self.open == 0 {
            (0.0, 0.0)
        } else {
            (total, lost + dropped)
        };
    }
}

/// The exact engine for a [`SparseRelay`]; its history is constant before the start.
///
/// Every component is kept at the time at which something last happened to it; a calendar holds the
/// next zero of each. Cost of an event: `O(log N)` for a zero or a switch that only its own
/// component feels, `O(D log N)` for one that `D` others hear; [`Engine::state`] and a piece read in
/// full cost `O(N)`. Memory: 88 bytes a component and 16 for every crossing under way.
///
/// ```
/// use pulsatrix::solver::{Engine, RelayUnit, SparseRelay, SparseSolver};
///
/// // A ring of neurons, each of which hears the one before it.
/// let neuron = RelayUnit { drive: [1.0, -1.0], strength: 1.0, level: -4.0 };
/// let ring = (0..6).map(|j| (j, (j + 5) % 6, 1.0));
/// let field = SparseRelay::new(vec![neuron; 6], ring, [1.0, 0.5])?;
/// let mut solver = SparseSolver::new(&field, &[-1.0, -4.0, -1.5, -4.0, -2.0, -4.0], 0.0)?;
/// while let Some(event) = solver.advance_event(20.0)? {
///     assert!(event.time <= 20.0);
/// }
/// assert_eq!(solver.time(), 20.0);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug)]
pub struct SparseSolver<'f> {
    field: Cow<'f, SparseRelay>,
    nodes: Nodes,
    calendar: Calendar,
    log: Log,
    found: Option<(Switch, u32)>,
    /// Zeros in a row without time passing.
    stalled: usize,
    statistics: Statistics,
    state: OnceCell<Vec<f64>>,
    spare: RefCell<Vec<f64>>,
}

/// All components: between two events, a piece of the trajectory.
#[derive(Debug)]
struct Nodes {
    span: (f64, f64),
    list: Vec<Node>,
}

impl Piece for Nodes {
    fn span(&self) -> (f64, f64) {
        self.span
    }

    fn dimension(&self) -> usize {
        self.list.len()
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        self.list[component].at(time)
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let node = &self.list[component];
        node.constant - node.rate * node.at(time)
    }

    fn is_monotone(&self) -> bool {
        true
    }
}

impl<'f> SparseSolver<'f> {
    /// Starts at `time` with the constant history `state`; takes the field or a reference to it.
    ///
    /// # Errors
    /// [`SolverError::WrongLength`], and [`SolverError::NotFinite`] for the state.
    pub fn new(
        field: impl Into<Cow<'f, SparseRelay>>,
        state: &[f64],
        time: f64,
    ) -> Result<Self, SolverError> {
        let field = field.into();
        check_state(state, field.units().len(), time)?;
        let all = bit::SIGN | bit::DRIVE | bit::OPEN;
        let node = |x: &f64| Node {
            x: *x,
            since: time,
            input: (0.0, 0.0),
            constant: 0.0,
            rate: 0.0,
            open: 0,
            bits: if *x > 0.0 { all } else { 0 },
        };
        let mut list: Vec<Node> = state.iter().map(node).collect();
        for (source, x) in state.iter().enumerate() {
            if *x > 0.0 {
                for (listener, weight) in field.listeners(source) {
                    list[*listener as usize].hear(*weight, true);
                }
            }
        }
        let log = Log::new(field.delays());
        let mut solver = Self {
            field,
            calendar: Calendar::new(list.len()),
            nodes: Nodes {
                span: (time, time),
                list,
            },
            log,
            found: None,
            stalled: 0,
            statistics: Statistics::default(),
            state: OnceCell::new(),
            spare: RefCell::default(),
        };
        for component in 0..state.len() {
            solver.plan(component, time);
        }
        Ok(solver)
    }

    /// Advances to the next event, never past `limit`; `None` where none happens up to there.
    ///
    /// Events of equal time come one by one, crossings first.
    ///
    /// # Errors
    /// [`SolverError::Chattering`].
    pub fn advance_event(&mut self, limit: f64) -> Result<Option<RelayEvent>, SolverError> {
        self.step(limit)?;
        Ok(self.found.map(|(switch, source)| RelayEvent {
            time: self.nodes.span.1,
            switch,
            source: source as usize,
        }))
    }

    /// Heap memory held beside that of the field, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.nodes.list.capacity() * size_of::<Node>() + self.calendar.bytes() + self.log.bytes()
    }

    /// Reads the coefficients of a component whose value is that of `now`, and enters its next zero.
    #[inline]
    fn plan(&mut self, component: usize, now: f64) {
        let unit = &self.field.units()[component];
        let node = &mut self.nodes.list[component];
        node.since = now;
        node.rate = unit.strength * (node.input.0 + node.input.1);
        let drive = unit.drive[usize::from(node.bits & bit::DRIVE != 0)];
        node.constant = drive + node.rate * unit.level;
        let positive = node.bits & bit::SIGN != 0;
        let wait = time_to_zero(node.x, node.constant, node.rate, positive);
        let time = wait.map(|wait| now + wait);
        self.calendar.set(component, time);
    }

    /// Brings the value of a component to `now`.
    #[inline]
    fn touch(&mut self, component: usize, now: f64) -> &mut Node {
        let node = &mut self.nodes.list[component];
        node.x = node.at(now);
        node.since = now;
        node
    }

    /// Lets the last event take effect and finds the next one.
    fn step(&mut self, limit: f64) -> Result<(), SolverError> {
        if let Some(values) = self.state.take() {
            *self.spare.get_mut() = values;
        }
        let now = self.nodes.span.1;
        match self.found.take() {
            None => {}
            Some((Switch::Felt(lag), source)) => self.feel(lag, source as usize, now),
            Some((_, source)) => self.cross(source, now),
        }
        let (due, lag) = self.log.due();
        let horizon = due.min(limit).max(now);
        let first = self.calendar.first().filter(|(time, _)| *time <= horizon);
        let next = first.map_or(horizon, |(time, _)| time.max(now));
        self.nodes.span = (now, next);
        self.statistics.steps += 1;
        if next > now {
            self.stalled = 0;
        }
        self.found = match first {
            Some((_, component)) => {
                self.stalled += 1;
                if self.stalled > 8 * self.nodes.list.len() + 64 {
                    return Err(SolverError::Chattering {
                        time: next,
                        component,
                        count: self.stalled,
                    });
                }
                let up = self.nodes.list[component].bits & bit::SIGN == 0;
                let switch = if up { Switch::Up } else { Switch::Down };
                Some((switch, component as u32))
            }
            None if due <= next => {
                let source = self.log.source(lag);
                source.map(|source| (Switch::Felt(lag), source))
            }
            None => None,
        };
        self.statistics.events += u64::from(self.found.is_some());
        Ok(())
    }

    /// A component is on the other side of zero.
    fn cross(&mut self, source: u32, now: f64) {
        let node = &mut self.nodes.list[source as usize];
        node.x = 0.0;
        node.bits ^= bit::SIGN;
        self.log.push(now, source);
        self.plan(source as usize, now);
    }

    /// A former crossing of a component is felt.
    fn feel(&mut self, lag: usize, source: usize, now: f64) {
        self.log.felt(lag);
        self.statistics.evaluations += 1;
        if lag == 0 {
            self.touch(source, now).bits ^= bit::DRIVE;
            self.plan(source, now);
            return;
        }
        let node = &mut self.nodes.list[source];
        node.bits ^= bit::OPEN;
        let opens = node.bits & bit::OPEN != 0;
        for index in 0..self.field.listeners(source).len() {
            let (listener, weight) = self.field.listeners(source)[index];
            let listener = listener as usize;
            self.touch(listener, now).hear(weight, opens);
            self.plan(listener, now);
        }
    }
}

impl Engine for SparseSolver<'_> {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn time(&self) -> f64 {
        self.nodes.span.1
    }

    fn state(&self) -> &[f64] {
        self.state.get_or_init(|| {
            let time = self.nodes.span.1;
            let mut values = self.spare.take();
            values.resize(self.nodes.list.len(), 0.0);
            self.nodes.state(time, &mut values);
            if let Some((Switch::Up | Switch::Down, source)) = self.found {
                values[source as usize] = 0.0;
            }
            values
        })
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        self.step(limit)?;
        Ok(&self.nodes)
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}

#[cfg(test)]
mod tests {
    use super::super::RelayUnit;
    use super::*;

    /// Opening and closing in another order leaves no trace.
    #[test]
    fn the_input_forgets_what_has_closed() {
        let field = SparseRelay::new(
            vec![
                RelayUnit {
                    drive: [1.0, -1.0],
                    strength: 1.0,
                    level: -5.0
                };
                2
            ],
            [(0, 1, 0.5)],
            [1.0, 2.0],
        )
        .unwrap();
        let mut node = SparseSolver::new(&field, &[-1.0, -2.0], 0.0)
            .unwrap()
            .nodes
            .list[0];
        for weight in [0.1, 1e9, 0.3] {
            node.hear(weight, true);
        }
        node.hear(1e9, false);
        assert!((node.input.0 + node.input.1 - 0.4).abs() < 1e-16);
        node.hear(0.3, false);
        node.hear(0.1, false);
        assert_eq!(node.input, (0.0, 0.0));
    }

    #[test]
    fn unsound_input_is_refused() {
        let unit = RelayUnit {
            drive: [1.0, -1.0],
            strength: 1.0,
            level: -5.0,
        };
        let new = |connection, lag| SparseRelay::new(vec![unit; 2], [connection], [1.0, lag]);
        assert!(new((0, 2, 1.0), 2.0).is_err());
        assert!(new((0, 1, f64::NAN), 2.0).is_err());
        assert!(new((0, 1, 1.0), -1.0).is_err());
        let field = new((0, 1, 1.0), 2.0).unwrap();
        assert_eq!(
            (field.connections(), field.listeners(1)),
            (1, &[(0, 1.0)][..])
        );
        assert!(SparseSolver::new(&field, &[0.0], 0.0).is_err());
    }
}
