//! The state of a whole network on a wave.

use super::course::follow;
use super::wave::{Wave, WaveNetwork};
use crate::networks::CyclicOrder;
use crate::solver::RelayState;

impl WaveNetwork {
    /// The network on a wave of single neurons that fire in an `order`: its levels, and the switches under way. With
    /// [`certify_from`](crate::analysis::certify_from) the theory is held against the network itself, also where no
    /// constant history leads to the wave. The moment is one at which nothing switches.
    ///
    /// # Panics
    /// If the wave is not one of single neurons, as many as the order has.
    #[must_use]
    pub fn state(&self, wave: &Wave, order: &CyclicOrder) -> RelayState {
        assert_eq!(
            (wave.size, wave.clusters),
            (1, order.len()),
            "a wave of single neurons"
        );
        let neuron = self.neuron(wave.clusters, 1);
        let course = neuron.course(wave.period, wave.length);
        // Everything repeats with the spacing, but for who does it: the longest pause of one is one of all.
        let spacing = wave.spacing();
        let mut times: Vec<f64> = course
            .iter()
            .map(|moment| moment.time.rem_euclid(spacing))
            .collect();
        times.push(spacing);
        times.sort_by(f64::total_cmp);
        let pauses = times
            .windows(2)
            .map(|pair| (pair[1] - pair[0], 0.5 * (pair[0] + pair[1])));
        let longest = pauses.max_by(|one, other| one.0.total_cmp(&other.0));
        let now = longest.map_or(0.5 * spacing, |(_, middle)| middle);
        // Time since the last onset of the neuron at each place of the order: the first to fire is the furthest.
        let phase = |rank: usize| (now - rank as f64 * spacing).rem_euclid(wave.period);
        let phases: Vec<f64> = order.ranks().into_iter().map(phase).collect();
        let on = |time: f64| time.rem_euclid(wave.period) < wave.length;
        let level = |phase: f64| {
            let next = course
                .iter()
                .position(|moment| moment.time >= phase)
                .unwrap_or(course.len() - 1);
            let moment = &course[next];
            let before = next.checked_sub(1).map(|before| &course[before]);
            let (from, level) = before.map_or((0.0, 0.0), |before| (before.time, before.level));
            let rate = match moment.time - from {
                0.0 => 0.0,
                span => (moment.decay - before.map_or(0.0, |before| before.decay)) / span,
            };
            let constant = moment.slope + rate * moment.level;
            follow(level, constant, rate, phase - from)
        };
        let lags = [1.0, self.delay()];
        let pending = lags.map(|lag| {
            let mut queue: Vec<(f64, usize)> = Vec::new();
            for (neuron, phase) in phases.iter().enumerate() {
                for crossing in [0.0, wave.length] {
                    // How long ago, the last time first.
                    let mut since = (phase - crossing).rem_euclid(wave.period);
                    while since < lag {
                        queue.push((lag - since, neuron));
                        since += wave.period;
                    }
                }
            }
            queue.sort_by(|one, other| one.0.total_cmp(&other.0));
            queue
        });
        RelayState {
            state: phases.iter().map(|phase| level(*phase)).collect(),
            positive: phases.iter().map(|phase| on(*phase)).collect(),
            delayed: lags
                .iter()
                .flat_map(|lag| {
                    phases
                        .iter()
                        .map(|phase| on(phase - lag))
                        .collect::<Vec<_>>()
                })
                .collect(),
            pending: pending.to_vec(),
        }
    }
}
