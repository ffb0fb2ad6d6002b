//! Recall: what an associative memory makes of a corrupted cue, and how often it is right.

use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::networks::Pattern;
use crate::numerics::random::stream;

/// What is shown to a memory.
#[derive(Debug, Clone, PartialEq)]
pub struct CueLevels {
    /// One level a neuron: 1 active, -1 silent, 0 unknown, anything else analogue.
    pub levels: Vec<f64>,
    /// How much later than the others a neuron starts, in units of its own delay; only memories
    /// that have phases read it.
    pub delays: Vec<f64>,
}

/// What a memory makes of a cue.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The pattern it comes to rest on; `None` if it does not, or fails.
    pub pattern: Option<Pattern>,
    /// How long it took, in the memory's own unit (see [`AssociativeMemory::time_unit`]).
    pub time: f64,
}

/// Anything that turns a cue into a pattern.
pub trait AssociativeMemory: Sync {
    /// Number of neurons.
    fn neurons(&self) -> usize;

    /// What [`Answer::time`] counts: `"sweeps"`, `"delays"`, ...
    fn time_unit(&self) -> &'static str;

    /// Follows a cue to rest; the same cue always gives the same answer.
    fn answer(&self, cue: &CueLevels) -> Answer;
}

/// How a pattern is corrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corruption {
    /// That many bits, chosen at random, are turned over.
    Flipped,
    /// That many bits, chosen at random, are unknown.
    Missing,
    /// The last that many bits are unknown: the lower part of a picture.
    Hidden,
    /// Normal noise of that standard deviation is added to every level of `+-1`.
    Noise,
    /// Every neuron starts late by a time uniform between 0 and that.
    Phase,
}

impl Corruption {
    /// The corrupted cue number `index` of `seed`; counts are rounded to whole bits.
    #[must_use]
    pub fn apply(self, pattern: &Pattern, amount: f64, seed: u64, index: u64) -> CueLevels {
        let mut random = stream(seed, "recall cue", index);
        let mut levels: Vec<f64> = pattern.levels().collect();
        let mut delays = vec![0.0; pattern.len()];
        match self {
            Self::Flipped | Self::Missing => {
                let factor = if self == Self::Flipped { -1.0 } else { 0.0 };
                let mut left = amount.round();
                for (j, level) in levels.iter_mut().enumerate() {
                    if random.random::<f64>() * ((pattern.len() - j) as f64) < left {
                        *level *= factor;
                        left -= 1.0;
                    }
                }
            }
            Self::Hidden => {
                let known = pattern.len().saturating_sub(amount.round() as usize);
                levels[known..].fill(0.0);
            }
            Self::Noise => {
                for level in &mut levels {
                    // Box and Muller; 1 - u is never zero.
                    let (u, v): (f64, f64) = (random.random(), random.random());
                    let radius = (-2.0 * (1.0 - u).ln()).sqrt();
                    *level += amount * radius * (std::f64::consts::TAU * v).cos();
                }
            }
            Self::Phase => {
                for delay in &mut delays {
                    *delay = amount * random.random::<f64>();
                }
            }
        }
        CueLevels { levels, delays }
    }
}

/// What came of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The very pattern that was corrupted.
    Recalled,
    /// Another stored pattern.
    Confused,
    /// A pattern that was never stored.
    Spurious,
    /// No rest within the time given, or a failure on the way.
    Unsettled,
}

/// How a memory did at one amount of corruption.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecallPoint {
    /// Amount of corruption.
    pub amount: f64,
    /// Cues shown.
    pub cues: usize,
    /// Those answered by the right pattern,
    pub recalled: usize,
    /// by another stored one,
    pub confused: usize,
    /// by one never stored,
    pub spurious: usize,
    /// or not at all.
    pub unsettled: usize,
    /// Share of recalled cues.
    pub probability: f64,
    /// Its 95 % interval after Wilson.
    pub interval: (f64, f64),
    /// Mean time to settle of the recalled cues, in the unit of the memory.
    pub mean_time: Option<f64>,
}

/// Quantile of the standard normal distribution with 2.5 % above it: the `z` of 95 % intervals.
pub const NORMAL_95: f64 = 1.959_963_985;

/// The interval of E. B. Wilson for `successes` out of `trials` at `z` standard deviations:
///
/// ```text
/// (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n),   p = successes / n
/// ```
///
/// "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc.
/// 22(158), 209-212 (1927), doi:10.1080/01621459.1927.10502953. `(0, 1)` without trials.
///
/// ```
/// use pulsatrix::analysis::wilson_interval;
///
/// let (low, high) = wilson_interval(0, 10, 1.959964);
/// assert!(low == 0.0 && (high - 0.2775).abs() < 1e-4);
/// ```
#[must_use]
pub fn wilson_interval(successes: usize, trials: usize, z: f64) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (trials as f64, successes as f64 / trials as f64);
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let low = if successes == 0 {
        0.0
    } else {
        (centre - half) / scale
    };
    let high = if successes == trials {
        1.0
    } else {
        (centre + half) / scale
    };
    (low, high)
}

/// Shows `cues` corrupted copies of the stored patterns, in turn, at one amount of corruption.
///
/// Cue `n` is the same for every memory, so that memories are compared on the same cues. Parallel;
/// bitwise equal for any number of threads. Empty `patterns` give no cues.
#[must_use]
pub fn recall(
    memory: &dyn AssociativeMemory,
    patterns: &[Pattern],
    corruption: Corruption,
    amount: f64,
    cues: usize,
    seed: u64,
) -> RecallPoint {
    let cues = if patterns.is_empty() { 0 } else { cues };
    let answers: Vec<(Verdict, f64)> = (0..cues)
        .into_par_iter()
        .map(|n| {
            let shown = &patterns[n % patterns.len()];
            let answer = memory.answer(&corruption.apply(shown, amount, seed, n as u64));
            let verdict = match answer.pattern {
                None => Verdict::Unsettled,
                Some(found) if found == *shown => Verdict::Recalled,
                Some(found) if patterns.contains(&found) => Verdict::Confused,
                Some(_) => Verdict::Spurious,
            };
            (verdict, answer.time)
        })
        .collect();
    let count = |wanted| answers.iter().filter(|(v, _)| *v == wanted).count();
    let recalled = count(Verdict::Recalled);
    let times = answers.iter().filter(|(v, _)| *v == Verdict::Recalled);
    let total: f64 = times.map(|(_, time)| time).sum();
    RecallPoint {
        amount,
        cues,
        recalled,
        confused: count(Verdict::Confused),
        spurious: count(Verdict::Spurious),
        unsettled: count(Verdict::Unsettled),
        probability: recalled as f64 / cues.max(1) as f64,
        interval: wilson_interval(recalled, cues, NORMAL_95),
        mean_time: (recalled > 0).then(|| total / recalled as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{Hopfield, random_patterns};

    #[test]
    fn wilson_intervals_are_those_of_the_formula() {
        let (low, high) = wilson_interval(5, 10, NORMAL_95);
        assert!((low - 0.236_593).abs() < 1e-5 && (high - 0.763_407).abs() < 1e-5);
        assert_eq!(wilson_interval(7, 7, 2.0), (7.0 / 11.0, 1.0));
        assert_eq!(wilson_interval(0, 0, 2.0), (0.0, 1.0));
    }

    #[test]
    fn corruption_does_what_it_says() {
        let pattern: Pattern = "10110010".parse().unwrap();
        for index in 0..50 {
            let cue = Corruption::Flipped.apply(&pattern, 3.0, 1, index);
            assert_eq!(pattern.distance(&Pattern::from_levels(&cue.levels)), 3);
            let cue = Corruption::Missing.apply(&pattern, 2.0, 1, index);
            assert_eq!(cue.levels.iter().filter(|l| **l == 0.0).count(), 2);
        }
        let long = Pattern::all(20_000);
        let cue = Corruption::Noise.apply(&long, 0.5, 1, 0);
        let variance = cue.levels.iter().map(|l| (l - 1.0).powi(2)).sum::<f64>() / 20_000.0;
        assert!((variance - 0.25).abs() < 0.01, "{variance}");
    }

    /// Few random patterns in many neurons: a fifth of wrong bits is corrected; half is chance.
    #[test]
    fn a_lightly_loaded_network_corrects_its_cues() {
        let patterns = random_patterns(200, 6, 0.5, 1);
        let network = Hopfield::hebb(&patterns).unwrap();
        let at = |bits| recall(&network, &patterns, Corruption::Flipped, bits, 120, 1);
        assert!(at(40.0).probability > 0.97);
        assert!(at(100.0).probability < 0.5);
    }

    #[test]
    fn threads_change_nothing() {
        let patterns = random_patterns(30, 8, 0.5, 1);
        let network = Hopfield::hebb(&patterns).unwrap();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let measure = || recall(&network, &patterns, Corruption::Noise, 0.8, 64, 3);
            pool.build().unwrap().install(measure)
        };
        assert_eq!(run(1), run(3));
    }
}
