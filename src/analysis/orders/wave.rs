//! Discrete travelling waves of a homogeneous relay network: period, existence, coexistence.

use serde::{Deserialize, Serialize};

use super::course::{Event, Hears, Moment, Neuron, follow};
use crate::networks::ImpulseNetwork;
use crate::numerics::worst::worst;

/// Gap of both conditions at which a wave counts as found: a few roundings of levels of 1 to 100 (chosen).
const CLOSED: f64 = 1e-12;
/// Newton steps from one guess; a good guess takes five.
const STEPS: usize = 40;
/// Step of the numerical derivative: the square root of the rounding.
const STEP: f64 = 1e-7;
/// Guesses of the period grow by this factor (chosen; all waves of the tables are found).
const FINENESS: f64 = 1.12;
/// Guesses of the length of an impulse, in those of a free one.
const LENGTHS: [f64; 5] = [0.4, 0.6, 0.75, 0.9, 1.0];
/// Relative distance of two periods that are one.
const SAME: f64 = 1e-9;

/// The homogeneous all-to-all relay network without self-term, seen by one neuron of a wave.
///
/// In a *wave* of `n` clusters of `d` neurons all neurons do the same, cluster after cluster at a spacing
/// `Delta`, `x_j(t) = x(t + j Delta)`, and the others are silent:
///
/// ```text
/// x' = R(x(t-1)) + b (c - x) [ (d-1) H(x(t-h)) + d sum_{j=1}^{n-1} H(x(t - h - j Delta)) ],    n Delta = p T
/// ```
///
/// With `n = 1` this is the `d`-dominance cycle; with `d = 1` every cyclic order of the `n` neurons is such a
/// cycle, `(n - 1)!` of them. A number of turns `p` that has a divisor `g` in common with `m` makes `m / g` clusters
/// of `g` neurons, and one that has none renames the neurons: so `p = 1` for clusters of every size is all there is.
///
/// The waves are those of I. E. Preobrazhenskii, M. M. Preobrazhenskaia, "Discrete traveling waves in a relay
/// system of differential-difference equations modeling a fully connected network of synaptically connected neurons",
/// Izvestiya VUZ. Applied Nonlinear Dynamics 32(5), 654-669 (2024), whose abstract announces them for their network;
/// equation, method and numbers here are ours.
///
/// ```
/// use pulsatrix::analysis::WaveNetwork;
///
/// let network = WaveNetwork::new(1.0, 0.3, -1.0, 3.3).expect("a > 0, h > 0, all finite");
/// let wave = &network.waves(4, 1)[0];
/// assert!((wave.period - 3.8481793798).abs() < 1e-9);
/// let multipliers = network.multipliers(wave)?;
/// assert!((multipliers.leading(4) - 0.34648).abs() < 1e-5);
/// # Ok::<(), pulsatrix::numerics::matrix::MatrixError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaveNetwork {
    a: f64,
    b: f64,
    c: f64,
    h: f64,
}

/// One wave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// Clusters that fire one after the other.
    pub clusters: usize,
    /// Neurons in each, which fire together.
    pub size: usize,
    /// Period of every neuron; the spacing is this over the clusters.
    pub period: f64,
    /// Length of an impulse.
    pub length: f64,
    /// How far a firing neuron stays from thresholds that it does not pass, in levels and slopes: the wave is lost
    /// where this is zero.
    pub margin: f64,
    /// Largest value of a silent neuron; the wave needs it below zero as soon as there is a silent neuron.
    pub silent_maximum: f64,
    /// Factor by which a perturbation of a silent neuron shrinks in one period.
    pub silent_multiplier: f64,
}

impl Wave {
    /// Neurons that fire.
    #[must_use]
    pub fn firing(&self) -> usize {
        self.clusters * self.size
    }

    /// Time between two clusters.
    #[must_use]
    pub fn spacing(&self) -> f64 {
        self.period / self.clusters as f64
    }

    /// Whether it exists among `neurons`, of which those that do not fire stay below the threshold.
    #[must_use]
    pub fn exists_among(&self, neurons: usize) -> bool {
        self.firing() == neurons || self.firing() < neurons && self.silent_maximum < 0.0
    }
}

impl WaveNetwork {
    /// The network; `None` unless `a > 0`, `h > 0` and all are finite.
    #[must_use]
    pub fn new(a: f64, b: f64, c: f64, h: f64) -> Option<Self> {
        let sound = a > 0.0 && h > 0.0 && [a, b, c, h].iter().all(|value| value.is_finite());
        sound.then_some(Self { a, b, c, h })
    }

    /// The relay limit of a homogeneous all-to-all network; `None` for any other.
    #[must_use]
    pub fn of(network: &ImpulseNetwork) -> Option<Self> {
        let (a, b, c, h) = network.as_homogeneous().filter(|_| network.is_relay())?;
        Self::new(a, b, c, h)
    }

    /// Period `T0 = 2 + a + 1/a` of a free neuron.
    #[must_use]
    pub fn free_period(&self) -> f64 {
        2.0 + self.a + 1.0 / self.a
    }

    /// Delay of the synapses.
    pub(super) fn delay(&self) -> f64 {
        self.h
    }

    pub(super) fn neuron(&self, clusters: usize, size: usize) -> Neuron {
        let Self { a, b, c, h } = *self;
        Neuron {
            a,
            b,
            c,
            h,
            clusters,
            size,
            hears: Hears::All,
        }
    }

    /// The waves of `clusters` clusters of `size` neurons with one impulse a period, the shortest period first;
    /// whether they are stable is told by [`multipliers`](Self::multipliers). Empty where there is none.
    ///
    /// Period and length of an impulse solve `x(length) = 0` and `x(period) = 0`, both closed forms of the two; Newton's
    /// method starts from guesses between 0.6 free periods and the longest recovery from `c`. Cost: some hundred
    /// courses of `O(n)` stretches. A wave that none of the guesses leads to is missed.
    #[must_use]
    pub fn waves(&self, clusters: usize, size: usize) -> Vec<Wave> {
        if clusters == 0 || size == 0 {
            return Vec::new();
        }
        let neuron = self.neuron(clusters, size);
        let closed = self.closed(&neuron).into_iter();
        closed
            .map(|[period, length]| self.describe(&neuron, period, length))
            .collect()
    }

    /// Periods and lengths of an impulse at which the course of a neuron closes, the shortest period first.
    pub(super) fn closed(&self, neuron: &Neuron) -> Vec<[f64; 2]> {
        let free = self.free_period();
        let longest = (self.h + 2.0 * free - self.c.min(0.0)).max(2.0 * free);
        let guesses = std::iter::successors(Some(0.6 * free), |period| Some(period * FINENESS));
        let mut found: Vec<[f64; 2]> = Vec::new();
        for period in guesses.take_while(|period| *period < longest) {
            for share in LENGTHS {
                let guess = [period, share * (1.0 + 1.0 / self.a)];
                if let Some([period, length]) = solve(neuron, guess)
                    && found
                        .iter()
                        .all(|[known, _]| (known - period).abs() > SAME * period)
                    && margin(neuron, &neuron.course(period, length), length) > 0.0
                {
                    found.push([period, length]);
                }
            }
        }
        found.sort_by(|one, other| one[0].total_cmp(&other[0]));
        found
    }

    /// The wave whose course closes.
    fn describe(&self, neuron: &Neuron, period: f64, length: f64) -> Wave {
        let margin = margin(neuron, &neuron.course(period, length), length);
        let firing = (neuron.clusters * neuron.size) as f64;
        Wave {
            clusters: neuron.clusters,
            size: neuron.size,
            period,
            length,
            margin,
            silent_maximum: silent_maximum(neuron, period, length),
            silent_multiplier: (-self.b * firing * length).exp(),
        }
    }
}

/// The two conditions: levels at the end of the impulse and at the next onset.
fn gaps(neuron: &Neuron, [period, length]: [f64; 2]) -> [f64; 2] {
    let mut gaps = [f64::NAN; 2];
    for moment in neuron.course(period, length) {
        match moment.event {
            Event::End => gaps[0] = moment.level,
            Event::Onset => gaps[1] = moment.level,
            _ => {}
        }
    }
    gaps
}

/// Newton's method for period and length, a step at most a tenth of the period.
fn solve(neuron: &Neuron, mut at: [f64; 2]) -> Option<[f64; 2]> {
    let size = |gap: &[f64; 2]| worst(gap.iter().map(|gap| gap.abs()));
    let mut gap = gaps(neuron, at);
    for _ in 0..STEPS {
        let [along_period, along_length] = [0, 1].map(|axis| {
            let mut moved = at;
            moved[axis] += STEP;
            let there = gaps(neuron, moved);
            [0, 1].map(|n| (there[n] - gap[n]) / STEP)
        });
        let determinant = along_period[0] * along_length[1] - along_period[1] * along_length[0];
        let step = [
            -(gap[0] * along_length[1] - gap[1] * along_length[0]) / determinant,
            -(along_period[0] * gap[1] - along_period[1] * gap[0]) / determinant,
        ];
        let longest = worst(step.iter().map(|step| step.abs()));
        let share = (0.1 * at[0] / longest).min(1.0);
        let next = [at[0] + share * step[0], at[1] + share * step[1]];
        let sound = next[1] > 0.0 && next[1] < next[0] && next[0].is_finite();
        if !sound {
            return None;
        }
        let before = size(&gap);
        (at, gap) = (next, gaps(neuron, next));
        // Once closed, go on while that pays: the last digits are free.
        if size(&gap) < CLOSED && size(&gap) >= before {
            return Some(at);
        }
    }
    (size(&gap) < CLOSED).then_some(at)
}

/// Least distance of a firing neuron from what would end the wave: below zero during the impulse, above it outside,
/// a threshold that is grazed. A neuron is monotone between two moments.
pub(super) fn margin(neuron: &Neuron, course: &[Moment], length: f64) -> f64 {
    let mut margin = neuron.first_slope(course);
    for moment in course {
        let room = match moment.event {
            Event::End => -moment.slope,
            Event::Onset => moment.slope,
            _ if moment.time < length => moment.level,
            _ => -moment.level,
        };
        margin = if room.is_nan() {
            room
        } else {
            margin.min(room)
        };
    }
    margin
}

/// The largest value of a neuron that hears all clusters and does not fire, on its periodic course.
fn silent_maximum(neuron: &Neuron, period: f64, length: f64) -> f64 {
    let spacing = period / neuron.clusters as f64;
    // The pattern of open synapses repeats with the spacing.
    let (whole, rest) = (
        (length / spacing).floor(),
        (length / spacing).fract() * spacing,
    );
    let rates = [whole + 1.0, whole].map(|open| neuron.b * open * neuron.size as f64);
    let stretch = |level: f64, n: usize| {
        let elapsed = if n == 0 { rest } else { spacing - rest };
        follow(level, 1.0 + rates[n] * neuron.c, rates[n], elapsed)
    };
    // One spacing is an affine map, whose fixed point is the periodic course.
    let around = |level: f64| stretch(stretch(level, 0), 1);
    let (from_zero, slope) = (around(0.0), around(1.0) - around(0.0));
    let start = from_zero / (1.0 - slope);
    start.max(stretch(start, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::ReferenceNetwork;

    /// One cluster is a set: its wave is the dominance cycle, whose closed form is another derivation.
    #[test]
    fn one_cluster_is_the_dominance_cycle() {
        for (a, b, c, h, neurons) in [
            (1.0, 0.5, -44.0, 3.3, 3),
            (1.0, 0.4, -12.5, 2.1, 3),
            (1.0, 0.3, -22.0, 2.1, 4),
            (2.0, 0.1, -40.0, 3.0, 4),
        ] {
            let sets = ReferenceNetwork::new(a, b, c, h).unwrap();
            let network = WaveNetwork::new(a, b, c, h).unwrap();
            for k in 1..=neurons {
                let set = sets.cycle(k).unwrap();
                let same = |wave: &&Wave| (wave.period - set.period).abs() < 1e-10 * set.period;
                let waves = network.waves(1, k);
                let wave = waves
                    .iter()
                    .find(same)
                    .unwrap_or_else(|| panic!("{k} of {c}: {waves:?}"));
                assert!((wave.silent_maximum - set.silent_maximum).abs() < 1e-9);
                assert!((wave.silent_multiplier - set.silent_multiplier).abs() < 1e-12);
                let multipliers = network.multipliers(wave).unwrap();
                if let Some(mu) = set.synchrony_multiplier {
                    let (re, im) = multipliers.within[0];
                    assert!(
                        (re - mu).abs() < 1e-10 && im == 0.0,
                        "{multipliers:?}, {mu}"
                    );
                }
            }
        }
    }

    /// Without coupling every spacing will do, and the neuron is free.
    #[test]
    fn without_coupling_the_neuron_is_free() {
        let network = WaveNetwork::new(2.0, 0.0, -1.0, 3.3).unwrap();
        let waves = network.waves(3, 1);
        assert_eq!(waves.len(), 1);
        assert!((waves[0].period - 4.5).abs() < 1e-12 && (waves[0].length - 1.5).abs() < 1e-12);
        assert!((network.multipliers(&waves[0]).unwrap().leading(3) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn nonsense_has_no_wave() {
        assert!(WaveNetwork::new(0.0, 0.1, -1.0, 3.3).is_none());
        assert!(WaveNetwork::new(1.0, f64::NAN, -1.0, 3.3).is_none());
        let network = WaveNetwork::new(1.0, 0.1, -1.0, 3.3).unwrap();
        assert!(network.waves(0, 1).is_empty() && network.waves(1, 0).is_empty());
    }
}
