//! The engine for mean fields: an event costs no more in a network of millions than in one of tens.

use std::cell::{OnceCell, RefCell};

use super::clusters::Clusters;
use super::flow::Label;
use super::groups::{Ensemble, Group};
use super::log::Log;
use super::mean_field::{MeanField, check_state};
use super::unit::{RelayEvent, Switch, bit};
use crate::solver::{Engine, Piece, SolverError, Statistics};

/// The exact engine for a [`MeanField`]; its history is constant before the start.
///
/// Components that share a group and both delayed signs share a flow, which is kept as one affine
/// map of the labels that they carry; the flow keeps them in order, so the next zero is that of the
/// one at the end. Components with equal value and equal pending switches are one cluster.
///
/// Cost of an event: `O(G)` for `G` groups, and `O(log N)` more where a component arrives out of
/// order; [`Engine::state`] and a piece read in full cost `O(N)`. Memory: below 200 bytes a
/// component (measured, with two crossings of each under way). Values and times are exact to
/// rounding.
///
/// ```
/// use pulsatrix::solver::{MeanField, MeanFieldSolver, RelayUnit, Switch};
///
/// // A thousand neurons x' = R(x(t - 1)) + b (c - x) S, where S counts the others above 0 at t - h.
/// let neuron = RelayUnit { drive: [1.0, -1.0], strength: 1e-3, level: -6.0 };
/// let field = MeanField::new(vec![neuron], vec![0; 1000], [1.0, 2.5], false)?;
/// let state: Vec<f64> = (0..1000).map(|j| -0.1 - 1e-3 * f64::from(j)).collect();
/// let mut solver = MeanFieldSolver::new(&field, &state, 0.0)?;
/// let first = solver.advance_event(9.0)?.expect("the first neuron fires");
/// assert_eq!((first.switch, solver.members(first.source).next()), (Switch::Up, Some(0)));
/// assert!((first.time - 0.1).abs() < 1e-14);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug)]
pub struct MeanFieldSolver {
    self_term: bool,
    /// Whether the drive and the others feel a crossing at once.
    at_once: [bool; 2],
    ensemble: Ensemble,
    log: Log,
    /// Number of components that are heard.
    open: f64,
    /// The event at the present time whose effect is still to come.
    found: Option<(Switch, u32)>,
    /// Zeros in a row without time passing.
    stalled: usize,
    statistics: Statistics,
    state: OnceCell<Vec<f64>>,
    spare: RefCell<Vec<f64>>,
}

impl MeanFieldSolver {
    /// Starts at `time` with the constant history `state`. Cost `O(N log N)`.
    ///
    /// # Errors
    /// [`SolverError::WrongLength`], and [`SolverError::NotFinite`] for the state.
    pub fn new(field: &MeanField, state: &[f64], time: f64) -> Result<Self, SolverError> {
        check_state(state, field.group_of().len(), time)?;
        let open = state.iter().filter(|x| **x > 0.0).count() as f64;
        let mut ensemble = Ensemble {
            span: (time, time),
            groups: field
                .groups()
                .iter()
                .map(|unit| Group::new(*unit, time, open))
                .collect(),
            clusters: Clusters::new(state.len()),
            components: state.len(),
        };
        // In the order of their values, neighbours in a set are neighbours in memory.
        let mut order: Vec<(u32, u64, u32)> = field
            .group_of()
            .iter()
            .zip(state)
            .zip(0..)
            .map(|((group, x), j)| (*group, ascending(*x), j))
            .collect();
        order.sort_unstable();
        let mut last = None;
        for (group, key, j) in order {
            let clusters = &mut ensemble.clusters;
            if let Some((same, id)) = last
                && same == (group, key)
            {
                clusters.join(j, id);
                continue;
            }
            let x = state[j as usize];
            let heard = if field.self_term() { 0 } else { bit::UNHEARD };
            let bits = if x > 0.0 {
                bit::SIGN | bit::DRIVE | bit::OPEN | heard
            } else {
                0
            };
            let label = Label {
                mantissa: x - field.groups()[group as usize].level,
                epoch: 0,
            };
            let id = clusters.found(j, group, bits, label);
            ensemble.groups[group as usize].enter(id, &clusters.list);
            last = Some(((group, key), id));
        }
        Ok(Self {
            self_term: field.self_term(),
            at_once: field.delays().map(|lag| lag == 0.0),
            ensemble,
            log: Log::new(field.delays()),
            open,
            found: None,
            stalled: 0,
            statistics: Statistics::default(),
            state: OnceCell::new(),
            spare: RefCell::default(),
        })
    }

    /// Advances to the next event, never past `limit`; `None` where none happens up to there.
    ///
    /// Cheap: nothing of size `N` is touched. Events of equal time come one by one, crossings first.
    ///
    /// # Errors
    /// [`SolverError::Chattering`].
    pub fn advance_event(&mut self, limit: f64) -> Result<Option<RelayEvent>, SolverError> {
        self.step(limit)?;
        Ok(self.found.map(|(switch, id)| RelayEvent {
            time: self.ensemble.span.1,
            switch,
            source: id as usize,
        }))
    }

    /// The components of the cluster that an event of this moment names, in no particular order.
    pub fn members(&self, cluster: usize) -> impl Iterator<Item = usize> + '_ {
        self.ensemble.clusters.members(cluster)
    }

    /// Heap memory held, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ensemble.bytes() + self.log.bytes()
    }

    /// Lets the last event take effect and finds the next one.
    #[inline]
    fn step(&mut self, limit: f64) -> Result<(), SolverError> {
        if let Some(values) = self.state.take() {
            *self.spare.get_mut() = values;
        }
        let now = self.ensemble.span.1;
        match self.found.take() {
            None => {}
            Some((Switch::Felt(lag), id)) => self.feel(lag, id, now),
            Some((_, id)) => self.cross(id, now),
        }
        let (due, lag) = self.log.due();
        let horizon = due.min(limit).max(now);
        let (mut next, mut first) = (horizon, None);
        let Ensemble {
            groups, clusters, ..
        } = &mut self.ensemble;
        for group in groups {
            if let Some((time, id)) = group.next_crossing(now, horizon, &clusters.list)
                && (time < next || first.is_none())
            {
                next = time;
                first = Some(id);
            }
        }
        self.ensemble.span = (now, next);
        self.statistics.steps += 1;
        let (switch, id) = match first {
            Some(id) => {
                let up = self.ensemble.clusters.list[id as usize].bits & bit::SIGN == 0;
                (if up { Switch::Up } else { Switch::Down }, id)
            }
            None if due <= next => match self.log.source(lag) {
                Some(id) => (Switch::Felt(lag), id),
                None => return Ok(()),
            },
            None => return Ok(()),
        };
        let size = self.ensemble.clusters.list[id as usize].multiplicity;
        // Through a lag of zero, crossing and being felt are one event.
        let felt_at_once = first.is_none() && self.at_once[lag];
        if !felt_at_once {
            self.statistics.events += u64::from(size);
        }
        if next > now {
            self.stalled = 0;
        } else if first.is_some() {
            self.stalled += 1;
            let (clusters, count) = (&self.ensemble.clusters, self.stalled);
            if count > 8 * clusters.list.len() + 64 {
                return Err(SolverError::Chattering {
                    time: next,
                    component: clusters.members(id as usize).next().unwrap_or(0),
                    count,
                });
            }
        }
        self.found = Some((switch, id));
        Ok(())
    }

    /// A cluster is on the other side of zero.
    #[inline]
    fn cross(&mut self, id: u32, now: f64) {
        let Ensemble {
            groups, clusters, ..
        } = &mut self.ensemble;
        let group = clusters.list[id as usize].group as usize;
        groups[group].shift(id, bit::SIGN, now, &mut clusters.list);
        // Another one that crosses at the same time with nothing else pending is the same from now on.
        if let Some(last) = self.log.last()
            && last.time == now
        {
            let (one, other) = (
                &clusters.list[last.source as usize],
                &clusters.list[id as usize],
            );
            let same = (one.group, one.bits, one.pending()) == (other.group, other.bits, 2);
            if same && other.pending() == 0 && last.source != id {
                let into = clusters.merge(last.source, id);
                let from = if into == id { last.source } else { id };
                groups[group].drop_out(&mut clusters.list[from as usize]);
                if into == id {
                    clusters.list[id as usize].expect(2);
                }
                last.source = into;
                return;
            }
        }
        clusters.list[id as usize].expect(2);
        self.log.push(now, id);
    }

    /// A former crossing of a cluster is felt.
    #[inline]
    fn feel(&mut self, lag: usize, id: u32, now: f64) {
        self.log.felt(lag);
        let Ensemble {
            groups, clusters, ..
        } = &mut self.ensemble;
        let cluster = &mut clusters.list[id as usize];
        cluster.felt();
        let group = cluster.group as usize;
        if lag == 0 {
            groups[group].shift(id, bit::DRIVE, now, &mut clusters.list);
            return;
        }
        cluster.bits ^= bit::OPEN;
        let size = f64::from(cluster.multiplicity);
        self.open += if cluster.bits & bit::OPEN == 0 {
            -size
        } else {
            size
        };
        for group in groups.iter_mut() {
            group.turn(now, self.open);
        }
        self.statistics.evaluations += 1;
        if !self.self_term {
            groups[group].shift(id, bit::UNHEARD, now, &mut clusters.list);
        }
    }

    /// The state at the present time, into a buffer.
    fn fill(&self, values: &mut Vec<f64>) {
        let time = self.ensemble.span.1;
        values.resize(self.ensemble.components, 0.0);
        self.ensemble.state(time, values);
        let crossing = match self.found {
            Some((Switch::Up | Switch::Down, id)) => Some(id),
            _ => None,
        };
        for id in self.log.at(time).chain(crossing) {
            for component in self.members(id as usize) {
                values[component] = 0.0;
            }
        }
    }
}

/// Bits that ascend with the value; both zeros are one.
fn ascending(x: f64) -> u64 {
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

impl Engine for MeanFieldSolver {
    fn name(&self) -> &'static str {
        "relay"
    }

    fn time(&self) -> f64 {
        self.ensemble.span.1
    }

    fn state(&self) -> &[f64] {
        self.state.get_or_init(|| {
            let mut values = self.spare.take();
            self.fill(&mut values);
            values
        })
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        self.step(limit)?;
        Ok(&self.ensemble)
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}

#[cfg(test)]
mod tests {
    use super::super::RelayUnit;
    use super::*;

    const NEURON: RelayUnit = RelayUnit {
        drive: [1.0, -1.0],
        strength: 0.5,
        level: -44.0,
    };

    #[test]
    fn equal_values_are_one_cluster_with_the_count_of_all() {
        let field = MeanField::new(vec![NEURON], vec![0; 5], [1.0, 3.3], false).unwrap();
        let mut solver =
            MeanFieldSolver::new(&field, &[-1.0, -9.0, -1.0, -1.0, -9.0], 0.0).unwrap();
        let first = solver.advance_event(100.0).unwrap().unwrap();
        let mut members: Vec<_> = solver.members(first.source).collect();
        members.sort_unstable();
        assert_eq!((members, first.time), (vec![0, 2, 3], 1.0));
        assert_eq!(solver.state(), [0.0, -8.0, 0.0, 0.0, -8.0]);
        assert_eq!(solver.statistics().events, 3);
    }

    #[test]
    fn unsound_input_is_refused() {
        let repelling = RelayUnit {
            strength: -1.0,
            ..NEURON
        };
        let lags = [1.0, 3.3];
        assert!(MeanField::new(vec![repelling], vec![0], lags, false).is_err());
        assert!(MeanField::new(vec![NEURON], vec![1], lags, false).is_err());
        assert!(MeanField::new(vec![NEURON], vec![0], [1.0, f64::NAN], false).is_err());
        let field = MeanField::from_units(&[NEURON; 2], lags, true).unwrap();
        assert_eq!(field.groups().len(), 1);
        assert!(MeanFieldSolver::new(&field, &[1.0], 0.0).is_err());
        assert!(MeanFieldSolver::new(&field, &[1.0, f64::NAN], 0.0).is_err());
    }
}
