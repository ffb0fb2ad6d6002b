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
/// rounding by a bracketed root finder; two turns closer than a quarter of a step may be missed. A maximum is listed
/// once the component has fallen from it, a minimum once it has risen.
#[derive(Debug, Clone)]
pub struct Turns {
    component: usize,
    /// Absolute and relative size of what is no turn but an error.
    errors: (f64, f64),
    maxima: Vec<Turn>,
    minima: Vec<Turn>,
    /// Sign of the slope where the last piece ended.
    rising: Option<bool>,
    way: Way,
}

/// Where a component is going, errors aside.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Nowhere since the start: the least and the largest value so far, if there is any.
    Nowhere(Option<(f64, f64)>),
    /// Up; the highest maximum on the way.
    Up(Option<Turn>),
    /// Down; the lowest minimum on the way.
    Down(Option<Turn>),
}

/// What a turn is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Maximum,
    Minimum,
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
        Self::beyond(component, (0.0, 0.0))
    }

    /// The same, of turns that stand out on both sides by more than an absolute error and a relative one, as
    /// [`Engine::tolerances`](crate::solver::Engine::tolerances) gives them: a solution that is steady but for its
    /// errors has none.
    #[must_use]
    pub fn beyond(component: usize, errors: (f64, f64)) -> Self {
        Self {
            component,
            errors,
            maxima: Vec::new(),
            minima: Vec::new(),
            rising: None,
            way: Way::Nowhere(None),
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
        if let Way::Nowhere(None) = self.way {
            self.pass(begin, piece.value(self.component, begin), None);
        }
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
        self.pass(end, piece.value(self.component, end), None);
    }

    fn turn(&mut self, piece: &dyn Piece, time: f64, rising: bool) {
        let kind = if rising { Kind::Minimum } else { Kind::Maximum };
        let value = piece.value(self.component, time);
        self.pass(time, value, Some(kind));
    }

    /// Takes in a value on the way, and whether the component turns there.
    fn pass(&mut self, time: f64, value: f64, kind: Option<Kind>) {
        let (absolute, relative) = self.errors;
        let is_above =
            |high: f64, low: f64| high - low > absolute + relative * high.abs().max(low.abs());
        if let Way::Nowhere(seen) = self.way {
            let (low, high) = seen.unwrap_or((value, value));
            self.way = if is_above(value, low) {
                Way::Up(None)
            } else if is_above(high, value) {
                Way::Down(None)
            } else {
                Way::Nowhere(Some((low.min(value), high.max(value))))
            };
        }
        let turn = Turn { time, value };
        let new = |wanted: Kind| (kind == Some(wanted)).then_some(turn);
        match self.way {
            Way::Nowhere(_) => {}
            Way::Up(highest) => match highest {
                Some(top) if is_above(top.value, value) => {
                    self.maxima.push(top);
                    self.way = Way::Down(new(Kind::Minimum));
                }
                Some(top) if top.value >= value => {}
                _ => self.way = Way::Up(new(Kind::Maximum).or(highest)),
            },
            Way::Down(lowest) => match lowest {
                Some(bottom) if is_above(value, bottom.value) => {
                    self.minima.push(bottom);
                    self.way = Way::Up(new(Kind::Maximum));
                }
                Some(bottom) if bottom.value <= value => {}
                _ => self.way = Way::Down(new(Kind::Minimum).or(lowest)),
            },
        }
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

    /// `1 + e^(-t) sin 5t`, which ends in errors of size 1e-9.
    struct Fading(f64, f64);

    impl Piece for Fading {
        fn span(&self) -> (f64, f64) {
            (self.0, self.1)
        }

        fn dimension(&self) -> usize {
            1
        }

        fn value(&self, _: usize, time: f64) -> f64 {
            1.0 + (-time).exp() * (5.0 * time).sin() + 1e-9 * (40.0 * time).sin()
        }

        fn slope(&self, _: usize, time: f64) -> f64 {
            let (sine, cosine) = (5.0 * time).sin_cos();
            (-time).exp() * (5.0 * cosine - sine) + 4e-8 * (40.0 * time).cos()
        }
    }

    #[test]
    fn errors_are_no_turns() {
        let watched = |mut turns: Turns| {
            for step in 0..1000 {
                let begin = 0.05 * f64::from(step);
                turns.watch(&Fading(begin, begin + 0.05));
            }
            turns
        };
        let all = watched(Turns::new(0));
        assert!(all.maxima().len() > 150, "{}", all.maxima().len());
        let real = watched(Turns::beyond(0, (0.0, 1e-8)));
        // maxima at 5t = atan 5 + 2 pi k; they stand out by more than 1e-8 up to t = ln(2e8), about 19
        let count = real.maxima().len();
        assert!((14..=16).contains(&count), "{count}");
        for (k, turn) in (0..8_u32).zip(real.maxima()) {
            let exact = (5f64.atan() + std::f64::consts::TAU * f64::from(k)) / 5.0;
            assert!((turn.time - exact).abs() < 1e-4, "{turn:?} for {exact}");
        }
    }

    #[test]
    fn few_maxima_prove_nothing() {
        assert_eq!(watched(0.0).period(125.0, 1e-9), None);
    }
}
