//! Numbers that describe spike trains: rates, intervals, synchrony.

use serde::{Deserialize, Serialize};

use crate::networks::Spike;

/// The spikes of one neuron within a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Number of spikes.
    pub spikes: usize,
    /// Spikes per unit of time.
    pub rate: f64,
    /// Mean of the intervals between neighbouring spikes; none with fewer than two spikes.
    pub mean_interval: Option<f64>,
    /// Coefficient of variation of these intervals, their standard deviation by their mean: 0 for a clock, 1 for a
    /// Poisson process; none with fewer than two intervals, or if all spikes come at one time.
    pub cv: Option<f64>,
}

impl Firing {
    /// From the spike times of a neuron, in order; those from `begin` up to before `end` count.
    ///
    /// ```
    /// use pulsatrix::analysis::Firing;
    ///
    /// let found = Firing::of(&[0.5, 1.0, 2.0, 4.0], (0.75, 10.75));
    /// assert_eq!((found.spikes, found.rate, found.mean_interval), (3, 0.3, Some(1.5)));
    /// // intervals 1 and 2
    /// assert!((found.cv.unwrap() - 0.5f64.sqrt() / 1.5).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn of(times: &[f64], (begin, end): (f64, f64)) -> Self {
        let window = begin..end;
        let times: Vec<f64> = times
            .iter()
            .copied()
            .filter(|t| window.contains(t))
            .collect();
        let intervals = intervals(&times);
        let count = intervals.len() as f64;
        let mean = intervals.iter().sum::<f64>() / count;
        let squares = intervals.iter().map(|interval| (interval - mean).powi(2));
        let deviation = (squares.sum::<f64>() / (count - 1.0)).sqrt();
        Self {
            spikes: times.len(),
            rate: times.len() as f64 / (end - begin),
            mean_interval: (!intervals.is_empty()).then_some(mean),
            cv: (intervals.len() > 1 && mean > 0.0).then(|| deviation / mean),
        }
    }
}

/// Times between neighbouring spikes of a neuron.
#[must_use]
pub fn intervals(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Spikes per neuron and unit of time in `bins` equal parts of the span from 0 to `end`.
#[must_use]
pub fn population_rate(spikes: &[Spike], neurons: usize, end: f64, bins: usize) -> Vec<f64> {
    let width = end / bins as f64;
    let share = 1.0 / (neurons as f64 * width);
    let mut rates = vec![0.0; bins];
    for spike in spikes {
        let bin = ((spike.time / width) as usize).min(bins - 1);
        rates[bin] += share;
    }
    rates
}

/// Synchrony `chi` of `neurons` components from rows of samples: the standard deviation in time of their mean, by the
/// root of the mean of their own variances. 1 where all move as one, about `1/sqrt(neurons)` where each moves for
/// itself; none where nothing moves.
///
/// D. Golomb, J. Rinzel, Physica D 72(3), 259-282 (1994), doi:10.1016/0167-2789(94)90214-3.
#[must_use]
pub fn synchrony(samples: &[f64], neurons: usize) -> Option<f64> {
    let rows = samples.chunks_exact(neurons.max(1));
    let means: Vec<f64> = rows
        .map(|row| row.iter().sum::<f64>() / neurons as f64)
        .collect();
    let column = |neuron: usize| samples.iter().skip(neuron).step_by(neurons.max(1)).copied();
    let own = (0..neurons).map(|neuron| variance(column(neuron)));
    let own = own.sum::<f64>() / neurons as f64;
    let common = variance(means.iter().copied());
    // what rounding alone makes of a potential that stands still, with room for a mean of many (chosen)
    let largest = samples
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    let noise = (64.0 * f64::EPSILON * largest).powi(2);
    (own > noise).then(|| (common / own).sqrt())
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / count;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_courses_are_synchronous_and_shifted_ones_less() {
        let neurons = 4_u32;
        let course = |shift: f64| {
            let row = move |k: u32| {
                (0..neurons).map(move |j| {
                    let phase = f64::from(k) / 400.0 + shift * f64::from(j) / f64::from(neurons);
                    (std::f64::consts::TAU * phase).sin()
                })
            };
            (0..400).flat_map(row).collect::<Vec<f64>>()
        };
        let chi = |shift| synchrony(&course(shift), 4).unwrap();
        assert!((chi(0.0) - 1.0).abs() < 1e-12);
        // spread evenly over the period the mean stands still
        assert!(chi(1.0) < 1e-12);
        // sines a quarter of the way: the mean has the amplitude |sum e^(2 pi i j/16)|/4
        let angle = std::f64::consts::TAU / 32.0;
        let mean = (4.0 * angle).sin() / angle.sin() / 4.0;
        assert!((chi(0.25) - mean).abs() < 1e-12, "{}", chi(0.25));
        assert_eq!(synchrony(&[1.0; 12], 4), None);
        // potentials that stand still but for their last digits
        let still: Vec<f64> = (0..300)
            .map(|k| [0.7, 0.1, 0.3][k % 3] * (1.0 + f64::EPSILON * (k % 5) as f64))
            .collect();
        assert_eq!(synchrony(&still, 3), None);
    }

    #[test]
    fn the_rate_of_a_population_counts_every_spike_once() {
        let spike = |time| Spike { time, neuron: 0 };
        let spikes = [0.1, 0.2, 1.0, 3.9, 4.0].map(spike);
        let rates = population_rate(&spikes, 2, 4.0, 4);
        assert_eq!(rates, [1.0, 0.5, 0.0, 1.0]);
        assert_eq!(Firing::of(&[1.0], (0.0, 2.0)).mean_interval, None);
        let clock = Firing::of(&[1.0, 2.0, 3.0], (0.0, 4.0));
        assert_eq!((clock.mean_interval, clock.cv), (Some(1.0), Some(0.0)));
        let at_once = Firing::of(&[1.0; 3], (0.0, 4.0));
        assert_eq!((at_once.mean_interval, at_once.cv), (Some(0.0), None));
    }
}
