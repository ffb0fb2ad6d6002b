//! The components of equal parameters in a mean field: four flows, eight ordered sets.

use super::clusters::{Cluster, Clusters};
use super::flow::{Flow, Map, time_to_zero};
use super::ordered::Ordered;
use super::unit::{RelayUnit, bit};
use crate::solver::Piece;

/// Rates of the two flows; where nothing is open, nobody is in the second.
#[inline]
fn rates(unit: &RelayUnit, open: f64) -> [f64; 2] {
    [unit.strength * open, unit.strength * (open - 1.0).max(0.0)]
}

/// Slope of each flow at zero.
#[inline]
fn slopes(unit: &RelayUnit, rates: [f64; 2]) -> [f64; 4] {
    let [below, above] = unit.drive;
    let [all, others] = rates.map(|rate| rate * unit.level);
    [below + all, below + others, above + all, above + others]
}

/// One group. Its flow depends on the two delayed signs alone, its sets also on the sign.
#[derive(Debug)]
pub(super) struct Group {
    unit: RelayUnit,
    /// For components that hear the whole sum, and for those that hear all of it but themselves.
    flows: [Flow; 2],
    /// The maps of both flows at a time ahead.
    ahead: (f64, [Map; 2]),
    /// Per flow, by the bits [`bit::DRIVE`] and [`bit::UNHEARD`], the slope at zero.
    slopes: [f64; 4],
    /// By the bits [`bit::SIGN`], [`bit::DRIVE`] and [`bit::UNHEARD`].
    sets: [Ordered; 8],
}

impl Group {
    pub(super) fn new(unit: RelayUnit, time: f64, open: f64) -> Self {
        let rates = rates(&unit, open);
        let flows = rates.map(|rate| Flow::new(time, rate));
        Self {
            slopes: slopes(&unit, rates),
            unit,
            flows,
            ahead: (time, flows.map(|flow| *flow.now())),
            sets: Default::default(),
        }
    }

    /// Looks ahead to `time`.
    #[inline]
    fn look(&mut self, time: f64) {
        if self.ahead.0 != time {
            self.ahead = (time, [self.flows[0].at(time), self.flows[1].at(time)]);
        }
    }

    /// The first component that crosses zero up to `until`, and when; not before `now`.
    ///
    /// No logarithm is taken for a set none of whose members crosses in time.
    #[inline]
    pub(super) fn next_crossing(
        &mut self,
        now: f64,
        until: f64,
        clusters: &[Cluster],
    ) -> Option<(f64, u32)> {
        self.look(until);
        let RelayUnit { drive, level, .. } = self.unit;
        let mut first: Option<(f64, u32)> = None;
        for flow_bits in 0..4 {
            let heard = flow_bits & usize::from(bit::UNHEARD);
            let constant = self.slopes[flow_bits];
            let positive = constant < 0.0;
            let set = &mut self.sets[flow_bits + 4 * usize::from(positive)];
            if set.is_empty() {
                continue;
            }
            let drive = drive[flow_bits >> 1];
            let flow = &self.flows[heard];
            let Some((label, id)) = set.nearest(positive, clusters) else {
                continue;
            };
            let ahead = level + self.ahead.1[heard].value(label, drive);
            if (positive && ahead > 0.0) || (!positive && ahead < 0.0) {
                continue;
            }
            let x = level + flow.now().value(label, drive);
            if let Some(wait) = time_to_zero(x, constant, flow.rate(), positive) {
                let time = (flow.since() + wait).min(until).max(now);
                if first.is_none_or(|(earliest, _)| time < earliest) {
                    first = Some((time, id));
                }
            }
        }
        first
    }

    /// Puts a cluster with its bits and its stamp into its set.
    #[inline]
    pub(super) fn enter(&mut self, id: u32, clusters: &[Cluster]) {
        let bits = clusters[id as usize].bits & 7;
        self.sets[usize::from(bits)].insert(id, bits & bit::SIGN != 0, clusters);
    }

    /// Moves a cluster to the set that belongs to its bits after `toggled` have changed, at `time`,
    /// to which [`Self::look`] or a turn has brought the maps.
    #[inline]
    pub(super) fn shift(&mut self, id: u32, toggled: u8, time: f64, clusters: &mut [Cluster]) {
        let cluster = &mut clusters[id as usize];
        let (old, new) = (cluster.bits, cluster.bits ^ toggled);
        self.sets[usize::from(old & 7)].leave();
        if toggled & (bit::DRIVE | bit::UNHEARD) != 0 {
            self.look(time);
            let drive = |bits: u8| self.unit.drive[usize::from(bits & bit::DRIVE != 0)];
            let map = |bits: u8| &self.ahead.1[usize::from(bits & bit::UNHEARD)];
            let value = map(old).value(cluster.label(), drive(old));
            cluster.set_label(map(new).label(value, drive(new)));
        }
        cluster.bits = new;
        cluster.stamp = cluster.stamp.wrapping_add(1);
        self.enter(id, clusters);
    }

    /// Removes a cluster that another one absorbs.
    pub(super) fn drop_out(&mut self, cluster: &mut Cluster) {
        self.sets[usize::from(cluster.bits & 7)].leave();
        cluster.stamp = cluster.stamp.wrapping_add(1);
    }

    /// The common sum is `open` from `time` on.
    #[inline]
    pub(super) fn turn(&mut self, time: f64, open: f64) {
        self.look(time);
        let rates = rates(&self.unit, open);
        self.slopes = slopes(&self.unit, rates);
        for ((flow, map), rate) in self.flows.iter_mut().zip(self.ahead.1).zip(rates) {
            flow.turn(time, map, rate);
        }
    }

    /// Value and slope of a member at a time at which its bits hold.
    pub(super) fn course(&self, cluster: &Cluster, time: f64) -> (f64, f64) {
        let drive = self.unit.drive[usize::from(cluster.bits & bit::DRIVE != 0)];
        let flow = &self.flows[usize::from(cluster.bits & bit::UNHEARD)];
        let y = flow.at(time).value(cluster.label(), drive);
        (self.unit.level + y, drive - flow.rate() * y)
    }

    fn bytes(&self) -> usize {
        self.sets.iter().map(Ordered::bytes).sum()
    }
}

/// All groups and clusters: between two events, a piece of the trajectory.
#[derive(Debug)]
pub(super) struct Ensemble {
    pub(super) span: (f64, f64),
    pub(super) groups: Vec<Group>,
    pub(super) clusters: Clusters,
    pub(super) components: usize,
}

impl Ensemble {
    /// Heap memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let groups: usize = self.groups.iter().map(Group::bytes).sum();
        groups + self.groups.capacity() * size_of::<Group>() + self.clusters.bytes()
    }
}

impl Piece for Ensemble {
    fn span(&self) -> (f64, f64) {
        self.span
    }

    fn dimension(&self) -> usize {
        self.components
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        let cluster = self.clusters.of(component);
        self.groups[cluster.group as usize].course(cluster, time).0
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let cluster = self.clusters.of(component);
        self.groups[cluster.group as usize].course(cluster, time).1
    }

    fn is_monotone(&self) -> bool {
        true
    }
}
