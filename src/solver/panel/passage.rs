//! Where, over a panel, gates pass through their thresholds or come near: the poles that their
//! readers meet one lag later.
//!
//! A gate `1 / (1 + exp(-lambda x(t)))` has its poles where `x(t) = i pi / lambda`. How near they lie
//! to the time axis tells how long a panel may be that reads the gate, as nothing on the axis does.

use super::LANES;
use super::collocation::{Collocation, POINTS, STAGES};
use super::task::Task;
use crate::numerics::lanes::Register;

/// Passages that are told apart on a panel. Chosen; where there are more, near ones go together.
const MOST: usize = 16;
/// Widths of two passages that go together differ by this factor at most.
const ALIKE: f64 = 2.0;
/// Part of a panel by which a passage may lie outside, where its parabola is still good.
const BESIDE: f64 = 0.1;

/// Poles as far from the axis as `width`, above places from `first` to `last`, where a panel goes from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Passage {
    pub(super) first: f64,
    pub(super) last: f64,
    pub(super) width: f64,
}

impl Passage {
    pub(super) fn at(place: f64, width: f64) -> Self {
        Self {
            first: place,
            last: place,
            width,
        }
    }

    /// Whether the two may go together: they are alike, and no further apart than wide.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        let gap = (self.first - other.last).max(other.first - self.last);
        let (least, most) = (self.width.min(other.width), self.width.max(other.width));
        gap <= least && most <= ALIKE * least
    }

    pub(super) fn take_in(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.width = self.width.min(other.width);
    }
}

/// The passages of many components over a panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passages {
    count: usize,
    all: [Passage; MOST],
}

impl Passages {
    pub(super) fn new() -> Self {
        Self {
            count: 0,
            all: [Passage::at(0.0, 0.0); MOST],
        }
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    pub(super) fn all(&self) -> &[Passage] {
        &self.all[..self.count]
    }

    /// Notes one more.
    pub(super) fn note(&mut self, passage: Passage) {
        let known = &mut self.all[..self.count];
        if let Some(near) = known.iter_mut().find(|known| known.is_near(&passage)) {
            near.take_in(&passage);
        } else if self.count < MOST {
            self.all[self.count] = passage;
            self.count += 1;
        } else {
            let gap =
                |other: &Passage| (passage.first - other.last).max(other.first - passage.last);
            let nearest = known
                .iter_mut()
                .min_by(|one, other| gap(one).total_cmp(&gap(other)));
            if let Some(nearest) = nearest {
                nearest.take_in(&passage);
            }
        }
    }

    /// Notes the poles that components with these values at the points of a panel come near, but those of
    /// passages that are searched for between the stages.
    #[inline(always)]
    pub(super) fn meet<R: Register, F, const LAGS: usize>(
        &mut self,
        task: &Task<'_, F, LAGS>,
        points: &[R; POINTS],
        slopes: [R; 2],
    ) {
        if !may_meet(
            [points[0], points[STAGES]],
            slopes.map(
                #[inline(always)]
                |slope| slope * task.step,
            ),
        ) {
            return;
        }
        let (mut low, mut high) = (points[0], points[0]);
        for point in &points[1..] {
            (low, high) = (low.smaller(*point), high.larger(*point));
        }
        let [place, width] = poles(task.method, points, task.level);
        let none = width.like(f64::INFINITY);
        let width = none.like(task.band).choose(low.larger(-high), width, none);
        let width = none.like(task.sharp).choose(high - low, width, none);
        let (mut places, mut widths) = ([0.0; LANES], [0.0; LANES]);
        place.store(&mut places[..R::WIDTH]);
        width.store(&mut widths[..R::WIDTH]);
        let lanes = places.iter().zip(widths).take(R::WIDTH);
        let here = lanes.filter(|(place, width)| {
            *width < f64::INFINITY && **place > -BESIDE && **place < 1.0 + BESIDE
        });
        let here = here.map(|(place, width)| Passage::at(*place, width));
        let mut whole: Option<Passage> = None;
        let mut most = 0.0_f64;
        for passage in here.clone() {
            most = most.max(passage.width);
            match &mut whole {
                Some(whole) => whole.take_in(&passage),
                None => whole = Some(passage),
            }
        }
        match whole {
            // neighbours in phase pass together
            Some(whole)
                if whole.last - whole.first <= whole.width && most <= ALIKE * whole.width =>
            {
                self.note(whole);
            }
            _ => here.for_each(|passage| self.note(passage)),
        }
    }
}

/// Whether some component may meet a pole on a panel, by its states and slopes at both ends.
///
/// It does not if it only goes on towards its threshold, or away from it, so slowly that the pole lies
/// beside the panel: there another panel has it.
#[inline(always)]
fn may_meet<R: Register>(states: [R; 2], slopes: [R; 2]) -> bool {
    let (zero, one) = (states[0].like(0.0), states[0].like(1.0));
    let departs = [states[0] * slopes[0], states[1] * slopes[1]];
    // the end that lies nearer to the threshold
    let (x, s) = (
        departs[0].choose(zero, states[0], states[1]).abs(),
        departs[0].choose(zero, slopes[0], slopes[1]).abs(),
    );
    let bend = (slopes[1] - slopes[0]).abs() * BESIDE;
    // neither its root nor its turn
    let passes = x.choose((bend * 0.5 + s) * BESIDE, zero, one);
    let passes = s.choose(bend, passes, one);
    let passes = (departs[0] * departs[1]).choose(zero, passes, one);
    let passes = (states[0] * states[1]).choose(zero, passes, one);
    passes.any_above(0.0)
}

/// Offset and width of the pole nearest to a place where the state is `x`, its slope `s` and its
/// second derivative `c`: the root of `x + s t + c t^2 / 2 = i level` nearest to zero.
#[inline(always)]
pub(super) fn nearest_pole<R: Register>([x, s, c]: [R; 3], level: f64) -> [R; 2] {
    let zero = x.like(0.0);
    // the root of the discriminant, on the side of the slope
    let (real, imaginary) = (s * s - c * x * 2.0, c * (2.0 * level));
    let size = (real * real + imaginary * imaginary).root();
    let u = ((size + real) * 0.5).larger(zero).root() + s.abs();
    let v = ((size - real) * 0.5).larger(zero).root();
    let v = zero.choose(imaginary, -v, v);
    let factor = x.like(2.0) / (u * u + v * v);
    let offset = (v * level - x * u) * factor;
    let width = ((u * level) + x * v) * factor;
    [zero.choose(s, -offset, offset), width.abs()]
}

/// Place and width of the pole that each component of a block comes nearest to, seen from the stage at
/// which its gate is nearest to the threshold.
#[inline(always)]
fn poles<R: Register>(method: &Collocation, points: &[R; POINTS], level: f64) -> [R; 2] {
    let zero = points[0].like(0.0);
    let mut nearest = zero.like(f64::INFINITY);
    let (mut place, mut parabola) = (zero, [zero; 3]);
    for i in 1..POINTS {
        // three points, this one in the middle where there is one on either side
        let first = i.min(STAGES - 1) - 1;
        let far = points[i].abs();
        parabola[0] = nearest.choose(far, points[i], parabola[0]);
        for (k, weights) in method.parabolas[i - 1].iter().enumerate() {
            let mut sum = points[first] * weights[0];
            for (point, weight) in points[first + 1..first + 3].iter().zip(&weights[1..]) {
                sum = point.mul_add(zero.like(*weight), sum);
            }
            parabola[k + 1] = nearest.choose(far, sum, parabola[k + 1]);
        }
        place = nearest.choose(far, zero.like(method.nodes[i - 1]), place);
        nearest = nearest.smaller(far);
    }
    let [offset, width] = nearest_pole(parabola, level);
    [place + offset, width]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poles_solve_their_equation() {
        let level = 0.3;
        for x in [-0.7, 0.0, 0.2] {
            for s in [-2.0, -1e-3, 0.0, 0.5] {
                for c in [-3.0, 0.0, 1e-6, 2.0] {
                    let [t, w] = nearest_pole([x, s, c], level);
                    if s == 0.0 && c == 0.0 {
                        assert!(!t.is_finite());
                        continue;
                    }
                    // the pole lies above or below: x(t + i w) = +- i level, to the root of the rounding,
                    // as one of two roots comes from a small difference
                    let real = x + s * t + 0.5 * c * (t * t - w * w);
                    let imaginary = s * w + c * t * w;
                    let scale = 1.0 + s.abs() * t.hypot(w) + c.abs() * (t * t + w * w);
                    assert!(real.abs() < 1e-8 * scale, "{x} {s} {c}: {real}");
                    let off = (imaginary.abs() - level).abs();
                    assert!(off < 1e-8 * scale, "{x} {s} {c}: {imaginary}");
                    // the other root, by the sum of both, lies no nearer
                    if c != 0.0 {
                        let other = (-2.0 * s / c - t).hypot(w);
                        assert!(t.hypot(w) <= other * (1.0 + 1e-8));
                    }
                }
            }
        }
    }

    #[test]
    fn a_block_finds_the_pole_of_the_state_between_its_stages() {
        let method = Collocation::get();
        // 2 (t - 0.35) + (t - 0.35)^2: slope 2 and second derivative 2 at the crossing
        let state = |t: f64| 2.0 * (t - 0.35) + (t - 0.35) * (t - 0.35);
        let mut points = [state(0.0); POINTS];
        for (point, node) in points[1..].iter_mut().zip(method.nodes) {
            *point = state(node);
        }
        let [place, width] = poles(method, &points, 0.05);
        let [offset, exact] = nearest_pole([0.0, 2.0, 2.0], 0.05);
        assert!((place - 0.35 - offset).abs() < 1e-12, "{place}");
        assert!((width - exact).abs() < 1e-12, "{width}");
    }

    #[test]
    fn passages_go_together_when_near_and_alike() {
        let mut passages = Passages::new();
        passages.note(Passage::at(0.50, 0.1));
        passages.note(Passage::at(0.58, 0.15));
        passages.note(Passage::at(0.50, 0.01));
        passages.note(Passage::at(0.90, 0.1));
        let found = passages.all();
        assert_eq!(found.len(), 3);
        let together = Passage {
            first: 0.50,
            last: 0.58,
            width: 0.1,
        };
        assert_eq!(found[0], together);
        for k in 0..100 {
            passages.note(Passage::at(0.01 * f64::from(k), 1e-5));
        }
        assert_eq!(passages.all().len(), MOST);
        // none is lost: where there is no room, the nearest takes it in
        for k in 0..100 {
            let place = 0.01 * f64::from(k);
            let covers = |p: &Passage| p.first <= place && place <= p.last && p.width <= 1e-5;
            assert!(passages.all().iter().any(covers), "{place}");
        }
    }
}
