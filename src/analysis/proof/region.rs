//! Regions of parameters, halved until something is proved.

use rayon::prelude::*;

use super::{ParameterBox, RegionVerdict};
use crate::networks::ImpulseParameter;
use crate::numerics::interval::Interval;

/// A parameter and the interval over which it is varied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Varied {
    /// Which: a, b, c or h.
    pub parameter: ImpulseParameter,
    /// Its least value.
    pub from: f64,
    /// Its largest value.
    pub to: f64,
}

impl Varied {
    /// `count + 1` equidistant values from end to end.
    #[must_use]
    pub fn divided(&self, count: usize) -> Vec<f64> {
        let at = |n: usize| self.from + (self.to - self.from) * (n as f64 / count as f64);
        (0..=count).map(at).collect()
    }

    /// Stretch number `place` of the `2^halvings` between the ends. Neighbours share their ends exactly, so that nothing lies between
    /// them.
    #[must_use]
    pub fn stretch(&self, place: u32, halvings: u32) -> (f64, f64) {
        let whole = 2.0_f64.powi(halvings as i32);
        let at = |place: u32| self.from + (self.to - self.from) * (f64::from(place) / whole);
        (at(place), at(place + 1))
    }
}

/// A box of the plane of two parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// How often the whole was halved in both directions.
    pub halvings: u32,
    /// Its number along the first and the second parameter.
    pub place: [u32; 2],
    /// What is proved of it.
    pub verdict: RegionVerdict,
}

/// Most halvings: a side of `2^-20` of the whole; beyond, the boxes along a boundary would fill the memory (derived: millions).
pub const MOST_HALVINGS: u32 = 20;

/// Proves for `neurons` equal neurons over two `varied` parameters where all `2^m - 1` memories exist, or some do not: the
/// whole is halved in both directions, at most `halvings` times, wherever nothing is proved. The other parameters lie
/// anywhere in `base`. The pieces cover the whole, the largest first; they are the same for any number of threads.
///
/// Cost: for boundaries of length `L` in units of the whole, about `4 L 2^halvings` boxes of `m` closed forms each.
///
/// ```
/// use pulsatrix::analysis::proof::{ParameterBox, RegionVerdict, Varied, prove_region};
/// use pulsatrix::networks::ImpulseParameter;
/// use pulsatrix::numerics::interval::Interval;
///
/// let [a, b, c, h] = [1.0, 0.4, -12.5, 2.1].map(Interval::point);
/// let b_and_c = [
///     Varied { parameter: ImpulseParameter::B, from: 0.35, to: 0.45 },
///     Varied { parameter: ImpulseParameter::C, from: -14.0, to: -12.5 },
/// ];
/// let pieces = prove_region(3, ParameterBox { a, b, c, h, divisor: 1.0 }, b_and_c, 6).expect("two of a, b, c, h");
/// assert!(pieces.iter().any(|piece| piece.verdict == RegionVerdict::AllStable));
/// ```
///
/// # Errors
/// `None` if a parameter is `mismatch`, if both are the same, or beyond [`MOST_HALVINGS`].
#[must_use]
pub fn prove_region(
    neurons: usize,
    base: ParameterBox,
    varied: [Varied; 2],
    halvings: u32,
) -> Option<Vec<Piece>> {
    let [first, second] = varied;
    let admitted = varied
        .iter()
        .all(|side| base.with(side.parameter, Interval::ZERO).is_some());
    if !admitted || first.parameter == second.parameter || halvings > MOST_HALVINGS {
        return None;
    }
    let judge = |level: u32, place: [u32; 2]| {
        let sides = [0, 1].map(|side| {
            let (low, high) = varied[side].stretch(place[side], level);
            Interval::new(low, high)
        });
        let within = base.with(first.parameter, sides[0]);
        let within = within.and_then(|within| within.with(second.parameter, sides[1]));
        let verdict = within.map_or(RegionVerdict::Open, |within| within.verdict(neurons));
        Piece {
            halvings: level,
            place,
            verdict,
        }
    };
    let mut open = vec![[0, 0]];
    let mut pieces = Vec::new();
    for level in 0..=halvings {
        let judged: Vec<Piece> = open.par_iter().map(|place| judge(level, *place)).collect();
        let undecided = |piece: &&Piece| level < halvings && piece.verdict == RegionVerdict::Open;
        open = judged
            .iter()
            .filter(undecided)
            .flat_map(|piece| {
                let [x, y] = piece.place.map(|place| 2 * place);
                [[x, y], [x + 1, y], [x, y + 1], [x + 1, y + 1]]
            })
            .collect();
        pieces.extend(judged.into_iter().filter(|piece| !undecided(&piece)));
    }
    Some(pieces)
}
