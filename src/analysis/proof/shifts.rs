//! How crossings shift with those before them, over a box of trajectories.

use super::NotProved;
use super::leg::{Leg, Pulse};
use crate::numerics::interval::Interval;

/// The shift of a crossing as a linear function of some shifts at the beginning, whose coefficients lie in intervals.
pub(super) type Row = Vec<Interval>;

/// What is known of a crossing: its row, and a name that it shares with the crossings that shift as it does, whatever happens.
///
/// An impulse that hears nothing is as long as every other: its end shifts by what its onset does, exactly.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub row: Row,
    pub name: usize,
}

/// Where the way to a crossing begins.
#[derive(Clone, Copy)]
pub(super) enum Begin<'r> {
    /// At an earlier crossing of the neuron.
    Crossing(&'r Known),
    /// At the beginning of all, where its level is this coordinate.
    Level(usize),
}

/// What is known of the crossing at the end of a leg, named `name` unless it shifts as the one before; `of` tells of the
/// crossings that were felt on the way.
///
/// The end of the leg is on the threshold for every trajectory, so that by the mean value theorem
/// `0 = slope d + decay (level) + sum_s shift_s d_s`, where the coefficients lie in their enclosures over the box.
pub(super) fn known<'r>(
    leg: &Leg,
    begin: Begin<'r>,
    (name, size): (usize, usize),
    of: impl Fn(usize, usize) -> &'r Known,
) -> Known {
    // Coefficients by the name of what they multiply.
    let mut terms: Vec<(&Known, Interval)> = Vec::new();
    let mut add = |known: &'r Known, factor: Interval| {
        let place = terms.iter().position(|(other, _)| other.name == known.name);
        match place {
            Some(place) => terms[place].1 += factor,
            None => terms.push((known, factor)),
        }
    };
    let mut sum = vec![Interval::ZERO; size];
    match &begin {
        Begin::Crossing(before) => add(before, -leg.start_slope * leg.decay),
        Begin::Level(place) => sum[*place] = leg.decay,
    }
    let whole = |pulse: &&Pulse| {
        let [onset, end] = [pulse.onset, pulse.end].map(|place| {
            let (event, back, _) = leg.shifts[place];
            of(event, back)
        });
        onset.name == end.name
    };
    let pulses: Vec<&Pulse> = leg.pulses.iter().filter(whole).collect();
    for (place, (event, back, shift)) in leg.shifts.iter().enumerate() {
        if pulses.iter().any(|pulse| pulse.end == place) {
            continue;
        }
        let pulse = pulses.iter().find(|pulse| pulse.onset == place);
        add(of(*event, *back), pulse.map_or(*shift, |pulse| pulse.joint));
    }
    if let (Begin::Crossing(before), 1) = (&begin, terms.len()) {
        return Known::clone(before);
    }
    for (known, factor) in terms {
        for (sum, entry) in sum.iter_mut().zip(&known.row) {
            *sum += factor * *entry;
        }
    }
    let row = sum.into_iter().map(|entry| -(entry / leg.end_slope));
    Known {
        row: row.collect(),
        name,
    }
}

/// Half the largest sum of the moduli of a difference of two rows: if the coefficients of every row sum to 1, which they do
/// because a trajectory may be shifted as a whole, shifts that lie within a width end within this factor times it (R. L.
/// Dobrushin, Theory of Probability and its Applications 1, 65-80 (1956), of stochastic matrices).
pub(super) fn ergodic_coefficient<'r>(rows: impl Iterator<Item = &'r Known> + Clone) -> f64 {
    let mut largest = 0.0_f64;
    let mut rest = rows;
    while let Some(one) = rest.next() {
        for other in rest.clone().filter(|other| other.name != one.name) {
            let entries = one.row.iter().zip(&other.row);
            let sum = entries.fold(Interval::ZERO, |sum, (a, b)| sum + (*a - *b).abs());
            largest = largest.max(0.5 * sum.high());
        }
    }
    largest
}

/// Refuses a leg that may touch the threshold between its ends, or that meets it without a slope. It begins above the threshold or
/// below it, and at a crossing or not.
pub(super) fn check(
    leg: &Leg,
    above: bool,
    from_crossing: bool,
    (unit, time): (usize, Interval),
) -> Result<(), NotProved> {
    let neuron = unit + 1;
    let (extreme, sound) = if above {
        (leg.lowest, leg.lowest.is_none_or(Interval::is_positive))
    } else {
        (leg.highest, leg.highest.is_none_or(Interval::is_negative))
    };
    if !sound {
        let level = extreme.unwrap_or(Interval::ZERO);
        return Err(NotProved::Threshold { neuron, level });
    }
    let ends = [(leg.end_slope, !above), (leg.start_slope, above)];
    for (slope, up) in ends.into_iter().take(1 + usize::from(from_crossing)) {
        if !(if up {
            slope.is_positive()
        } else {
            slope.is_negative()
        }) {
            return Err(NotProved::NotTransversal {
                neuron,
                time,
                slope,
            });
        }
    }
    Ok(())
}
