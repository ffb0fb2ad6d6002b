//! Floquet multipliers of a wave by its symmetry: from one neuron instead of the whole network.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::course::{Event, Moment, Neuron};
use super::wave::{Wave, WaveNetwork};
use crate::numerics::matrix::{MatrixError, eigenvalues};

/// Moduli below this are left out, as by [`certify_smooth`](crate::analysis::certify_smooth): the many multipliers 0 of an
/// equation with delays come out of the eigenvalues as roots of roundings, and say nothing (chosen).
const NOTHING: f64 = 1e-3;

/// The multipliers of a wave above 1e-3 in modulus, as `(re, im)`, the largest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaveMultipliers {
    /// Of shifts of whole clusters against each other; the first is the trivial 1 of a shift in time.
    pub between: Vec<(f64, f64)>,
    /// Of shifts within a cluster, each `clusters (size - 1)` times; empty for clusters of one neuron.
    pub within: Vec<(f64, f64)>,
    /// Of silent neurons.
    pub silent: f64,
    /// Neurons that fire.
    firing: usize,
}

impl WaveMultipliers {
    /// Modulus of the largest but the trivial one among `neurons` neurons, of which those beyond the wave are silent.
    #[must_use]
    pub fn leading(&self, neurons: usize) -> f64 {
        let modulus = |(re, im): &(f64, f64)| re.hypot(*im);
        let firing = self.between.iter().skip(1).chain(&self.within).map(modulus);
        let silent = (neurons > self.firing).then_some(self.silent);
        firing.chain(silent).fold(0.0, f64::max)
    }
}

impl WaveNetwork {
    /// The multipliers of a wave, exactly but for the eigenvalues of one matrix.
    ///
    /// Let the impulse of slot `q` (at `q` spacings) begin late by `alpha_q` and end late by `beta_q`. Each is a
    /// fixed linear function of earlier ones, the same for every slot since all neurons do the same, so that a
    /// perturbation that grows by `theta` a slot, `alpha_q = theta^q alpha`, solves it, and `theta^n` is a
    /// multiplier. Differences within a cluster hear none but each other, with weight -1. Ours. Cost: the
    /// eigenvalues of a matrix of about `2 n (1 + h / T)`.
    ///
    /// # Errors
    /// [`MatrixError`] if the eigenvalues do not converge.
    pub fn multipliers(&self, wave: &Wave) -> Result<WaveMultipliers, MatrixError> {
        let neuron = self.neuron(wave.clusters, wave.size);
        let course = neuron.course(wave.period, wave.length);
        let clusters = wave.clusters as i64;
        let between = between(&neuron, &course)?;
        let mates = |slot: i64, _: f64| (slot % clusters == 0).then_some((slot / clusters, -1.0));
        let within = if wave.size > 1 {
            Recurrence::of(&neuron, &course, 1, mates).multipliers()?
        } else {
            Vec::new()
        };
        Ok(WaveMultipliers {
            between,
            within,
            silent: wave.silent_multiplier,
            firing: wave.firing(),
        })
    }
}

/// The multipliers of shifts of whole clusters against each other, the trivial one first.
pub(super) fn between(neuron: &Neuron, course: &[Moment]) -> Result<Vec<(f64, f64)>, MatrixError> {
    let all = |slot: i64, weight: f64| Some((slot, weight));
    let recurrence = Recurrence::of(neuron, course, neuron.clusters as i64, all);
    let mut between = recurrence.multipliers()?;
    // The one nearest to 1 is the shift in time.
    let off = |(re, im): (f64, f64)| (re - 1.0).hypot(im);
    let trivial = (0..between.len()).min_by(|n, k| off(between[*n]).total_cmp(&off(between[*k])));
    if let Some(trivial) = trivial {
        between[..=trivial].rotate_right(1);
    }
    Ok(between)
}

/// How late an event is, as a sum over events of earlier slots: `(slot, whether an onset, coefficient)`.
type Sum = Vec<(i64, bool, f64)>;

/// How late the impulses of a wave are, by those before.
struct Recurrence {
    /// Of the end of the impulse of slot 0,
    end: Sum,
    /// and of the onset of the next one of the same neuron,
    onset: Sum,
    /// so many slots later.
    turn: i64,
}

impl Recurrence {
    /// A period has `turn` slots; `heard` gives slot and weight of what the course hears with a slot and a weight, if
    /// it is perturbed.
    fn of(
        neuron: &Neuron,
        course: &[Moment],
        turn: i64,
        heard: impl Fn(i64, f64) -> Option<(i64, f64)>,
    ) -> Self {
        let until = |last: Event| {
            let place = course.iter().position(|moment| moment.event == last);
            let at = course[place.unwrap_or(0)];
            let mut sum = Sum::new();
            // A moment that is late by 1 moves the level at the end by (slope before - slope after) and what decays of it,
            // and a level that is higher by 1 crosses late by -1 / slope.
            let mut add = |slot: i64, onset: bool, moved: f64, decay: f64| {
                sum.push((slot, onset, -moved * (decay - at.decay).exp() / at.slope));
            };
            add(0, true, -neuron.first_slope(course), 0.0);
            for moment in &course[..place.unwrap_or(0)] {
                match moment.event {
                    Event::Own { rising, periods } => {
                        let fall = 1.0 + neuron.a;
                        let moved = if rising { fall } else { -fall };
                        add(periods * turn, rising, moved, moment.decay);
                    }
                    Event::Heard {
                        rising,
                        slot,
                        weight,
                    } => {
                        if let Some((slot, weight)) = heard(slot, weight) {
                            let pull = neuron.b * weight * (neuron.c - moment.level);
                            let moved = if rising { -pull } else { pull };
                            add(slot, rising, moved, moment.decay);
                        }
                    }
                    Event::End | Event::Onset => {}
                }
            }
            sum
        };
        Self {
            end: until(Event::End),
            onset: until(Event::Onset),
            turn,
        }
    }

    /// The factors `theta^turn` by which what obeys the recurrence grows in a period.
    fn multipliers(&self) -> Result<Vec<(f64, f64)>, MatrixError> {
        let mut all: Vec<(f64, f64)> = eigenvalues(&self.companion())?
            .into_iter()
            .map(|(re, im)| {
                let (modulus, angle) = (re.hypot(im), im.atan2(re));
                let power = modulus.powi(self.turn as i32);
                let turned = self.turn as f64 * angle;
                (
                    power * turned.cos(),
                    if im == 0.0 { 0.0 } else { power * turned.sin() },
                )
            })
            .filter(|(re, im)| re.hypot(*im) > NOTHING)
            .collect();
        all.sort_by(|a, b| b.0.hypot(b.1).total_cmp(&a.0.hypot(a.1)));
        Ok(all)
    }

    /// The matrix that takes the events of all slots that are still felt one slot further.
    ///
    /// First the onsets, of the newest slot `p` back; then the ends, of slot `p - ahead` back: the newest that is
    /// known when slot `p` begins.
    fn companion(&self) -> DMatrix<f64> {
        let n = self.turn;
        let sums = || {
            self.end
                .iter()
                .map(|term| (0, term))
                .chain(self.onset.iter().map(|term| (n, term)))
        };
        // An end may hear onsets of later slots, so it can be told only that many slots later.
        let later = self
            .end
            .iter()
            .filter(|(_, onset, _)| *onset)
            .map(|(slot, ..)| *slot);
        let ahead = later.fold(0, i64::max);
        let oldest = sums()
            .map(|(base, (slot, ..))| base - slot)
            .fold(0, i64::max);
        let length = (oldest + ahead + 1) as usize;
        let mut matrix = DMatrix::zeros(2 * length, 2 * length);
        for row in 1..length {
            matrix[(row, row - 1)] = 1.0;
            matrix[(length + row, length + row - 1)] = 1.0;
        }
        // The new onset is that of slot p; before the step the newest are p - 1 and, of ends, p - 1 - ahead.
        for &(slot, onset, coefficient) in &self.onset {
            let back = n - slot;
            let column = if onset {
                back - 1
            } else {
                length as i64 + back - 1 - ahead
            };
            matrix[(0, column as usize)] += coefficient;
        }
        let newest = matrix.row(0).clone_owned();
        // The new end is that of slot p - ahead.
        for &(slot, onset, coefficient) in &self.end {
            let back = ahead - slot;
            if onset && back == 0 {
                let mut row = matrix.row_mut(length);
                row += &newest * coefficient;
            } else {
                let column = if onset {
                    back - 1
                } else {
                    length as i64 - slot - 1
                };
                matrix[(length, column as usize)] += coefficient;
            }
        }
        matrix
    }
}
