//! The networks of this crate as associative memories: how each reads a cue, and what it answers.

use nalgebra::DMatrix;

use super::recall::{Answer, AssociativeMemory, CueLevels};
use crate::analysis::{Settling, settle};
use crate::networks::predictive::{CovarianceMemory, PredictiveMemory};
use crate::networks::{DenseMemory, Hopfield, ImpulseNetwork, ModernHopfield, Pattern, Relaxed};
use crate::solver::Options;

impl AssociativeMemory for Hopfield {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn time_unit(&self) -> &'static str {
        "sweeps"
    }

    fn answer(&self, cue: &CueLevels) -> Answer {
        swept(&self.relax(&cue.levels))
    }
}

impl AssociativeMemory for DenseMemory {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn time_unit(&self) -> &'static str {
        "sweeps"
    }

    fn answer(&self, cue: &CueLevels) -> Answer {
        swept(&self.relax(&cue.levels))
    }
}

/// The answer of binary neurons: none while one is unknown.
fn swept(end: &Relaxed) -> Answer {
    let known = end.at_rest && end.state.iter().all(|s| *s != 0.0);
    Answer {
        pattern: known.then(|| Pattern::from_levels(&end.state)),
        time: end.sweeps as f64,
    }
}

impl AssociativeMemory for ModernHopfield {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn time_unit(&self) -> &'static str {
        "updates"
    }

    /// The signs of the resting state. A rest on a mixture of patterns, where a level is
    /// further than a tenth from `+-1`, is no pattern.
    fn answer(&self, cue: &CueLevels) -> Answer {
        let end = self.relax(&cue.levels);
        let clear = end.at_rest && end.state.iter().all(|x| (x.abs() - 1.0).abs() < 0.1);
        Answer {
            pattern: clear.then(|| Pattern::from_levels(&end.state)),
            time: end.updates as f64,
        }
    }
}

/// Cue levels as one column, and which of them are known (not zero).
fn column(cue: &CueLevels) -> (DMatrix<f64>, Vec<bool>) {
    let known = cue.levels.iter().map(|level| *level != 0.0).collect();
    (
        DMatrix::from_column_slice(cue.levels.len(), 1, &cue.levels),
        known,
    )
}

/// Patterns of `+-1`: a cue with unknown pixels is completed, any other is cleaned of its errors; the
/// answer is the sign of every pixel at rest.
impl AssociativeMemory for PredictiveMemory {
    fn neurons(&self) -> usize {
        self.pixels()
    }

    fn time_unit(&self) -> &'static str {
        "evaluations"
    }

    fn answer(&self, cue: &CueLevels) -> Answer {
        let (levels, known) = column(cue);
        let found = if known.contains(&false) {
            self.complete(&levels, &known)
        } else {
            self.denoise(&levels)
        };
        match found {
            Ok(found) => Answer {
                time: found.relaxation.evaluations as f64,
                pattern: found
                    .pattern_at_rest()
                    .then(|| Pattern::from_levels(found.images.as_slice())),
            },
            Err(_) => Answer {
                pattern: None,
                time: 0.0,
            },
        }
    }
}

/// As [`PredictiveMemory`]; errors count as noise of unit variance.
impl AssociativeMemory for CovarianceMemory {
    fn neurons(&self) -> usize {
        self.neurons()
    }

    fn time_unit(&self) -> &'static str {
        "solutions"
    }

    fn answer(&self, cue: &CueLevels) -> Answer {
        let (levels, known) = column(cue);
        let found = if known.contains(&false) {
            self.complete(&levels, &known)
        } else {
            self.denoise(&levels, 1.0)
        };
        Answer {
            pattern: found
                .ok()
                .map(|levels| Pattern::from_levels(levels.as_slice())),
            time: 1.0,
        }
    }
}

/// An impulse network as a memory: its pattern is the set of neurons that fire in the cycle that it
/// settles on, synchronous or not.
///
/// A level `v`, cut to `[-1, 1]`, starts a neuron at `active (1 + v)/2 + silent c_j (1 - v)/2`, lower
/// by its delay where it is active (an impulse neuron rises by 1 a unit of time). Ours.
#[derive(Debug, Clone, Copy)]
pub struct ImpulseMemory<'n> {
    /// The network.
    pub network: &'n ImpulseNetwork,
    /// Start of an active neuron, below zero.
    pub active: f64,
    /// Start of a silent one as a fraction of its `c_j`.
    pub silent: f64,
    /// When it counts as settled.
    pub settling: Settling,
    /// Tolerances, where the engine is not exact.
    pub options: Options,
}

impl AssociativeMemory for ImpulseMemory<'_> {
    fn neurons(&self) -> usize {
        self.network.neurons()
    }

    fn time_unit(&self) -> &'static str {
        "delays"
    }

    /// The time is that of the last impulse that does not belong to the final pattern, or of the
    /// first of the last neuron to join it, whichever is later.
    fn answer(&self, cue: &CueLevels) -> Answer {
        let start = cue.levels.iter().zip(&cue.delays);
        let state: Vec<f64> = start
            .zip(&self.network.parameters().c)
            .map(|((level, delay), c)| {
                let share = 0.5 * (1.0 + level.clamp(-1.0, 1.0));
                share * (self.active - delay) + (1.0 - share) * self.silent * c
            })
            .collect();
        let settled = self
            .network
            .engine(&state, self.options)
            .and_then(|mut engine| settle(engine.as_mut(), self.settling));
        let Ok(settled) = settled else {
            return Answer {
                pattern: None,
                time: 0.0,
            };
        };
        let Ok(cycle) = settled.outcome else {
            return Answer {
                pattern: None,
                time: settled.activity.time(),
            };
        };
        let moments = cycle.pattern.iter().enumerate().filter_map(|(j, active)| {
            let impulses = settled.activity.impulses(j);
            if active {
                impulses.first().map(|impulse| impulse.onset)
            } else {
                impulses.last().map(|impulse| impulse.offset)
            }
        });
        Answer {
            time: moments.fold(0.0, f64::max),
            pattern: Some(cycle.pattern),
        }
    }
}
