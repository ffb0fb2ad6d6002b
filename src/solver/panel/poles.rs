//! How long a panel may be that reads gates near their poles.
//!
//! Let a function have a pole at `d + i w`, seen from the start of a panel of length `h`. Its Legendre
//! coefficients over the panel fall like `rho^-n`, where `rho + 1 / rho = (|p| + |p - h|) / h`, the
//! distances of the pole `p` from both ends: the pole lies on an ellipse with foci there. So the error
//! of a panel of `STAGES` stages is about `strength w rho^-STAGES`, with a strength that is learned, and
//! the longest panel follows in closed form. A gate is flat far from its passage, which one pole
//! does not tell: panels may reach up to there.

use std::collections::VecDeque;

use super::clock::TICKS;
use super::collocation::STAGES;
use super::passage::Passage;
use super::step::{NOTHING, inverse_root};

/// Error, over that allowed, that poles may make. Measured: between 0.15 and 0.3 the number of panels
/// hardly changes; fewer are rejected the smaller it is.
const LIMIT: f64 = 0.2;
/// Least ellipse that is kept free, however little its pole seems to count: a panel over a passage is
/// at most 1.9 of its widths long, so that several stages see it. Measured: with 2 errors at a thousand
/// neurons are six times as large, with 4 panels are as many.
const LEAST: f64 = 3.0;
/// By what the strength rises at most, and falls at most before the root is taken, at one panel: chosen,
/// a panel that fails for other reasons does not spoil it for long.
const CHANGE: f64 = 1e3;

/// A passage in ticks.
#[derive(Debug, Clone, Copy)]
struct Pole {
    /// End of the panel it was found on.
    known: i64,
    passage: Passage,
}

/// The poles that the lags still reach, in the order of the panels they were found on.
#[derive(Debug, Clone)]
pub(super) struct Poles {
    all: VecDeque<Pole>,
    /// Widths of a passage beyond which a gate stands still.
    reach: f64,
    /// Error over that allowed, over width, of a panel on whose ellipse `rho = 1` a pole lies.
    strength: f64,
    /// Those within reach of the panel that is tried, as seen from its start.
    near: Vec<Passage>,
}

impl Poles {
    pub(super) fn new(reach: f64) -> Self {
        Self {
            all: VecDeque::new(),
            reach,
            strength: 0.0,
            near: Vec::new(),
        }
    }

    /// Adds a passage of the panel of ticks `begin` to `end`.
    pub(super) fn add(&mut self, (begin, end): (i64, i64), passage: &Passage) {
        let (start, length) = (begin as f64, (end - begin) as f64);
        let passage = Passage {
            first: start + passage.first * length,
            last: start + passage.last * length,
            width: passage.width * length,
        };
        match self.all.back_mut() {
            // the same, met beside the end of the panel before
            Some(pole) if pole.passage.is_near(&passage) => {
                pole.known = end;
                pole.passage.take_in(&passage);
            }
            _ => self.all.push_back(Pole {
                known: end,
                passage,
            }),
        }
    }

    /// Forgets what was found before `tick`.
    pub(super) fn forget(&mut self, tick: i64) {
        while self.all.front().is_some_and(|pole| pole.known < tick) {
            self.all.pop_front();
        }
    }

    /// The longest panel, of `wanted` ticks at most, that the poles allow it that reads from each of `starts` on.
    pub(super) fn longest(&mut self, starts: impl Iterator<Item = i64>, wanted: f64) -> f64 {
        self.near.clear();
        starts.fold(wanted, |longest, from| self.look(from, longest))
    }

    /// The same for what is read from tick `from` on, where the lag before and the one after are looked at.
    fn look(&mut self, from: i64, mut longest: f64) -> f64 {
        let (first, last) = (from - TICKS, from + longest as i64 + 2 * TICKS);
        let start = match self.all.front() {
            Some(pole) if pole.known < first => self.all.partition_point(|pole| pole.known < first),
            _ => 0,
        };
        for pole in self.all.range(start..) {
            if pole.known > last {
                break;
            }
            let Passage { first, last, width } = pole.passage;
            let (first, last) = (first - from as f64, last - from as f64);
            let reach = self.reach * width;
            if first >= longest + reach || last <= -reach {
                continue;
            }
            let pole = Passage { first, last, width };
            self.near.push(pole);
            let part = self.strength * width / LIMIT;
            let rho = match part > power(LEAST) {
                true => 1.0 / inverse_root(part),
                false => LEAST,
            };
            longest = longest.min(pole.longest(rho).max(first - reach));
        }
        longest
    }

    /// Learns the strength of poles from the panel that was tried, its length in ticks and its error over that
    /// allowed.
    pub(super) fn learn(&mut self, length: f64, error: f64) {
        let mut part = 0.0_f64;
        for pole in &self.near {
            if pole.first < length + self.reach * pole.width {
                part = part.max(pole.width / power(pole.ellipse(length)));
            }
        }
        if !(part > 0.0 && error.is_finite()) {
            return;
        }
        let strength = error.max(NOTHING) / part;
        if strength < self.strength {
            self.strength *= (strength / self.strength).max(1.0 / CHANGE).sqrt();
        } else if error > NOTHING {
            self.strength = match self.strength {
                0.0 => strength,
                old => strength.min(CHANGE * old),
            };
        }
    }
}

/// `value^STAGES`.
fn power(value: f64) -> f64 {
    let square = value * value;
    let fourth = square * square;
    fourth * fourth
}

const _: () = assert!(STAGES == 8, "two fourth powers make the power");

impl Passage {
    /// The `rho` of the ellipse on which the pole lies, with foci at the ends of a panel from 0 to `length`.
    fn ellipse(&self, length: f64) -> f64 {
        let along = (0.5 * length).clamp(self.first, self.last);
        let sum = self.distance(along) + self.distance(along - length);
        (sum + (sum * sum - length * length).max(0.0).sqrt()) / length
    }

    /// The length of the panel from 0 on whose ellipse of this `rho` the pole lies.
    fn longest(&self, rho: f64) -> f64 {
        // half axes of an ellipse whose foci are one apart
        let (along, across) = (0.25 * (rho + 1.0 / rho), 0.25 * (rho - 1.0 / rho));
        // where along the passage the panel has to be shortest
        let place = (0.5 * self.width / across).clamp(self.first, self.last);
        (2.0 * along * self.distance(place) - place) / (2.0 * across * across)
    }

    /// The distance of the pole from a moment that it is so far behind.
    fn distance(&self, along: f64) -> f64 {
        (along * along + self.width * self.width).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_panel_has_the_pole_on_its_ellipse() {
        for place in [-3.0, -0.2, 0.0, 0.7, 5.0] {
            for rho in [1.1, 2.0, 6.0] {
                let pole = Passage::at(place, 0.4);
                let length = pole.longest(rho);
                assert!(length > 0.0);
                assert!((pole.ellipse(length) / rho - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn of_a_stretch_the_worst_place_counts() {
        let stretch = |first: f64, last: f64| Passage {
            first,
            last,
            width: 0.1,
        };
        let of = |place: f64| stretch(place, place).longest(3.0);
        let places = (0..=300).map(|k| -1.0 + 0.01 * f64::from(k));
        let worst = places.map(of).fold(f64::INFINITY, f64::min);
        let whole = stretch(-1.0, 2.0).longest(3.0);
        assert!(whole <= worst && whole > 0.999 * worst, "{whole} {worst}");
    }

    /// The coefficients of the function `1 / (t - p)` itself, by a Gauss rule of 64 points.
    #[test]
    fn coefficients_fall_as_the_ellipse_says() {
        let (first, width, length) = (0.3, 0.4, 1.0);
        let pole = Passage::at(first, width);
        let legendre = |n: usize, y: f64| {
            let (mut before, mut value) = (1.0, y);
            for k in 1..n {
                let k = k as f64;
                let next = ((2.0 * k + 1.0) * y * value - k * before) / (k + 1.0);
                (before, value) = (value, next);
            }
            value
        };
        let coefficient = |n: usize| {
            let cells = 20_000;
            let sum = (0..cells).map(|k| {
                let y = -1.0 + (2.0 * f64::from(k) + 1.0) / f64::from(cells);
                let t = 0.5 * length * (y + 1.0) - first;
                // the real part
                legendre(n, y) * t / (t * t + width * width)
            });
            let imaginary = (0..cells).map(|k| {
                let y = -1.0 + (2.0 * f64::from(k) + 1.0) / f64::from(cells);
                let t = 0.5 * length * (y + 1.0) - first;
                legendre(n, y) * width / (t * t + width * width)
            });
            let sum = sum.sum::<f64>().hypot(imaginary.sum::<f64>());
            sum * (n as f64 + 0.5)
        };
        let ratio = coefficient(9) / coefficient(13);
        let expected = pole.ellipse(length).powi(4);
        assert!((ratio / expected - 1.0).abs() < 0.2, "{ratio} {expected}");
    }
}
