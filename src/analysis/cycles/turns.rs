//! Turning points of one component, and the period that they repeat with.

use serde::{Deserialize, Serialize};

use crate::numerics::root::bracketed_root;
use crate::solver::Piece;

/// Looks a piece makes for a turn: a step of the solver holds at most a few.
const PROBES: u32 = 4;

/// Longest pattern of maxima that [`Turns::period`] looks for.
const LONGEST_PATTERN: usize = 16;

/// A local maximum or minimum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub time: f64,
    /// Value there.
    pub value: f64,
}

/// Local maxima and minima of one component, collected from the pieces of a trajectory.
///
/// Feed it every piece in order. A turn is a zero of the slope of the interpolant, found to
/// rounding by a bracketed root finder; two turns closer than a quarter of a step may be missed.
#[derive(Debug, Clone)]
pub struct Turns {
    component: usize,
    maxima: Vec<Turn>,
    minima: Vec<Turn>,
    /// Sign of the slope where the last piece ended.
    rising: Option<bool>,
}

/// A pattern of maxima that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// Mean time after which the maxima repeat.
    pub value: f64,
    /// Largest deviation of one repetition from the mean.
    pub spread: f64,
    /// Maxima in one period.
    pub maxima: usize,
    /// Repetitions seen.
    pub repetitions: usize,
}

impl Turns {
    /// Nothing seen yet of `component`.
    #[must_use]
    pub fn new(component: usize) -> Self {
        Self {
            component,
            maxima: Vec::new(),
            minima: Vec::new(),
            rising: None,
        }
    }

    /// Local maxima in order of time.
    #[must_use]
    pub fn maxima(&self) -> &[Turn] {
        &self.maxima
    }

    /// Local minima in order of time.
    #[must_use]
    pub fn minima(&self) -> &[Turn] {
        &self.minima
    }

    /// Looks at the next piece of the trajectory.
    ///
    /// Cost: five slopes, and a root where the component turns.
    pub fn watch(&mut self, piece: &dyn Piece) {
        let (begin, end) = piece.span();
        let mut left = (begin, piece.slope(self.component, begin));
        for probe in 1..=PROBES {
            let fraction = f64::from(probe) / f64::from(PROBES);
            let time = begin + fraction * (end - begin);
            let right = (time, piece.slope(self.component, time));
            if left.1 != 0.0 {
                let rising = left.1 > 0.0;
                if self.rising.is_some_and(|before| before != rising) {
                    self.turn(piece, left.0, rising);
                }
                self.rising = Some(rising);
                if right.1 != 0.0 && (right.1 > 0.0) != rising {
                    let slope = |time| piece.slope(self.component, time);
                    let time = bracketed_root(slope, left, right, 0.0);
                    self.turn(piece, time, !rising);
                    self.rising = Some(!rising);
                }
            }
            left = right;
        }
    }

    fn turn(&mut self, piece: &dyn Piece, time: f64, rising: bool) {
        let value = piece.value(self.component, time);
        let turns = if rising {
            &mut self.minima
        } else {
            &mut self.maxima
        };
        turns.push(Turn { time, value });
    }

    /// The shortest pattern of up to 16 maxima that repeats at least three times from time `from`
    /// on.
    ///
    /// Heights may differ by `tolerance` times the range of the component, durations by
    /// `tolerance` times their mean.
    #[must_use]
    pub fn period(&self, from: f64, tolerance: f64) -> Option<Period> {
        let late = |turns: &[Turn]| -> Vec<Turn> {
            turns
                .iter()
                .copied()
                .filter(|turn| turn.time >= from)
                .collect()
        };
        let (maxima, minima) = (late(&self.maxima), late(&self.minima));
        let highest = maxima
            .iter()
            .map(|turn| turn.value)
            .fold(f64::MIN, f64::max);
        let lowest = minima
            .iter()
            .map(|turn| turn.value)
            .fold(f64::MAX, f64::min);
        let range = highest - lowest;
        (1..=LONGEST_PATTERN.min(maxima.len() / 4)).find_map(|count| {
            let pairs = || maxima.iter().zip(&maxima[count..]);
            let repetitions = maxima.len() - count;
            let mean = pairs().map(|(a, b)| b.time - a.time).sum::<f64>() / repetitions as f64;
            let spread = pairs()
                .map(|(a, b)| (b.time - a.time - mean).abs())
                .fold(0.0, f64::max);
            let height = pairs()
                .map(|(a, b)| (b.value - a.value).abs())
                .fold(0.0, f64::max);
            (spread <= tolerance * mean && height <= tolerance * range).then_some(Period {
                value: mean,
                spread,
                maxima: count,
                repetitions: repetitions / count,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y = sin t + depth sin(t/2)` on one stretch.
    struct Wave(f64, f64, f64);

    impl Piece for Wave {
        fn span(&self) -> (f64, f64) {
            (self.0, self.1)
        }

        fn dimension(&self) -> usize {
            1
        }

        fn value(&self, _: usize, time: f64) -> f64 {
            time.sin() + self.2 * (0.5 * time).sin()
        }

        fn slope(&self, _: usize, time: f64) -> f64 {
            time.cos() + 0.5 * self.2 * (0.5 * time).cos()
        }
    }

    fn watched(depth: f64) -> Turns {
        let mut turns = Turns::new(0);
        for step in 0..200 {
            let begin = 0.7 * f64::from(step);
            turns.watch(&Wave(begin, begin + 0.7, depth));
        }
        turns
    }

    #[test]
    fn a_sine_turns_where_it_should() {
        let turns = watched(0.0);
        let half = std::f64::consts::FRAC_PI_2;
        assert!((turns.maxima()[0].time - half).abs() < 1e-14);
        assert!((turns.minima()[0].time - 3.0 * half).abs() < 1e-14);
        let period = turns.period(0.0, 1e-9).unwrap();
        assert_eq!(period.maxima, 1);
        assert!((period.value - 4.0 * half).abs() < 1e-13, "{period:?}");
    }

    #[test]
    fn two_unequal_maxima_make_a_double_period() {
        let period = watched(0.5).period(0.0, 1e-9).unwrap();
        assert_eq!(period.maxima, 2);
        assert!((period.value - 4.0 * std::f64::consts::PI).abs() < 1e-12);
    }

    #[test]
    fn few_maxima_prove_nothing() {
        assert_eq!(watched(0.0).period(125.0, 1e-9), None);
    }
}
