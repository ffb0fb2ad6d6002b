//! Paths of Brownian motion that do not depend on the step.

use rand::RngExt;
use rand_distr::StandardNormal;

use crate::numerics::random::{Stream, stream};

/// Most halvings of the first step: a stream for each of them, and 2^20 steps for one.
pub const LEAST_REFINED: u32 = 20;

/// What a step of length `h` from `t` needs to know of the path.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Increments {
    /// `W(t + h) - W(t)`.
    pub w: f64,
    /// `int_t^(t+h) (W(s) - W(t)) ds`.
    pub z: f64,
}

/// Independent Brownian motions, told in steps one after the other.
///
/// A path is a seed, a number, and the length of its *first* steps; it is then halved as often as one likes. Over a
/// step of length `h`, with independent standard normal `x` and `y`,
///
/// ```text
/// W(t + h) - W(t) = h^(1/2) x,      int (W(s) - W(t)) ds = h^(3/2) (x / 2 + y / 12^(1/2))
/// ```
///
/// and the four numbers of its two halves are an orthogonal transform of `x`, `y` and two fresh ones. So the increments
/// of the halves add up to those of the whole, and the law is exact at every level. Halvings draw from streams of their
/// own: a path keeps its coarse increments however often it is refined.
///
/// ```
/// use pulsatrix::solver::BrownianPath;
///
/// let (mut coarse, mut fine) = (BrownianPath::new(1, 0, 1, 0.5, 0), BrownianPath::new(1, 0, 1, 0.5, 3));
/// let whole = coarse.next_step()[0].w;
/// let parts: f64 = (0..8).map(|_| fine.next_step()[0].w).sum();
/// assert!((whole - parts).abs() < 1e-15 && fine.step() == 0.0625);
/// ```
#[derive(Debug)]
pub struct BrownianPath {
    processes: usize,
    step: f64,
    streams: Vec<Stream>,
    /// The normal numbers of the steps of a first step that are still to come, last one first.
    waiting: Vec<(u32, Vec<(f64, f64)>)>,
    told: Vec<Increments>,
}

impl BrownianPath {
    /// Path number `path` of `processes` motions, whose first steps of length `first` are halved `halvings` times.
    ///
    /// # Panics
    /// If there are more than [`LEAST_REFINED`] halvings.
    #[must_use]
    pub fn new(seed: u64, path: u64, processes: usize, first: f64, halvings: u32) -> Self {
        assert!(
            halvings <= LEAST_REFINED,
            "at most {LEAST_REFINED} halvings"
        );
        let levels = u64::from(LEAST_REFINED) + 1;
        let level = |level| {
            stream(
                seed,
                "Brownian path",
                path.wrapping_mul(levels) + u64::from(level),
            )
        };
        Self {
            processes,
            step: first / f64::from(1_u32 << halvings),
            streams: (0..=halvings).map(level).collect(),
            waiting: Vec::new(),
            told: vec![Increments::default(); processes],
        }
    }

    /// Length of a step.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.step
    }

    /// The increments of all motions over the next step.
    pub fn next_step(&mut self) -> &[Increments] {
        let last = self.streams.len() as u32 - 1;
        let mut newest = self.waiting.pop().unwrap_or_else(|| {
            let draw = |random: &mut Stream| random.sample::<f64, _>(StandardNormal);
            let random = &mut self.streams[0];
            let pairs = (0..self.processes).map(|_| (draw(random), draw(random)));
            (0, pairs.collect())
        });
        while newest.0 < last {
            newest = self.halve(newest);
        }
        let (root, h) = (self.step.sqrt(), self.step);
        for (told, (x, y)) in self.told.iter_mut().zip(&newest.1) {
            *told = Increments {
                w: root * x,
                z: h * root * (0.5 * x + y / 12_f64.sqrt()),
            };
        }
        &self.told
    }

    /// The first half of a step; the second one waits.
    fn halve(&mut self, (level, whole): (u32, Vec<(f64, f64)>)) -> (u32, Vec<(f64, f64)>) {
        // rows of the orthogonal transform: x = (x1 + x2) / sqrt 2, y = (x1 - x2) sqrt 6 / 4 + (y1 + y2) sqrt 2 / 4
        let (even, odd, rest) = (0.5_f64.sqrt(), 6_f64.sqrt() / 4.0, 2_f64.sqrt() / 4.0);
        let random = &mut self.streams[level as usize + 1];
        let mut second = Vec::with_capacity(whole.len());
        let mut first = whole;
        for pair in &mut first {
            let (x, y) = *pair;
            let u: f64 = random.sample(StandardNormal);
            let v: f64 = random.sample(StandardNormal);
            let (mean, apart) = (even * x, odd * y + rest * v);
            let both = rest * y - odd * v;
            *pair = (mean + apart, both + even * u);
            second.push((mean - apart, both - even * u));
        }
        self.waiting.push((level + 1, second));
        (level + 1, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halves add up: W, and its integral, int over both = z1 + w1 h / 2 + z2.
    #[test]
    fn halves_add_up_to_the_whole() {
        for halvings in 0..4 {
            let mut coarse = BrownianPath::new(7, 3, 2, 0.8, halvings);
            let mut fine = BrownianPath::new(7, 3, 2, 0.8, halvings + 1);
            for _ in 0..50 {
                let whole = coarse.next_step().to_vec();
                let first = fine.next_step().to_vec();
                let second = fine.next_step().to_vec();
                for process in 0..2 {
                    let (a, b) = (first[process], second[process]);
                    assert!((a.w + b.w - whole[process].w).abs() < 1e-14);
                    let integral = a.z + a.w * fine.step() + b.z;
                    assert!((integral - whole[process].z).abs() < 1e-14);
                }
            }
        }
    }

    /// Variances h, h^3/3 and covariance h^2/2 at every level, within four standard errors.
    #[test]
    fn the_law_of_the_increments_is_exact_at_every_level() {
        for halvings in [0, 1, 4] {
            let mut path = BrownianPath::new(1, 0, 1, 1.0, halvings);
            let h = path.step();
            let count = 40_000;
            let (mut ww, mut wz, mut zz) = (0.0, 0.0, 0.0);
            for _ in 0..count {
                let Increments { w, z } = path.next_step()[0];
                ww += w * w / h;
                wz += w * z / (h * h);
                zz += z * z / h.powi(3);
            }
            let error = (2.0 / f64::from(count)).sqrt();
            let n = f64::from(count);
            assert!((ww / n - 1.0).abs() < 4.0 * error);
            assert!((wz / n - 0.5).abs() < 4.0 * error * 0.8);
            assert!((zz / n - 1.0 / 3.0).abs() < 4.0 * error / 3.0);
        }
    }

    #[test]
    fn paths_and_seeds_have_nothing_in_common() {
        let first = |seed, path| BrownianPath::new(seed, path, 1, 1.0, 2).next_step()[0].w;
        let all = [first(1, 0), first(1, 1), first(2, 0), first(2, 1)];
        for (place, one) in all.iter().enumerate() {
            assert!(all[place + 1..].iter().all(|other| other != one));
        }
    }
}
