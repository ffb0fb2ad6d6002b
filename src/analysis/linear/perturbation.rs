//! A delay equation with perturbations of its trajectory carried along.

use std::cell::RefCell;

use rand::RngExt;

use crate::numerics::random::stream;
use crate::solver::{DelayField, Delayed, History};

/// The history of the trajectory with `count` perturbations of it: waves with random phases.
pub(super) fn perturbed(
    history: History<'_>,
    n: usize,
    count: usize,
    natural: f64,
    seed: u64,
) -> History<'_> {
    let phases: Vec<f64> = (0..n * count)
        .map(|index| stream(seed, "perturbation", index as u64).random())
        .collect();
    let breaks = history.breaking_points().to_vec();
    let start = history
        .initial_state(0.0, n)
        .ok()
        .filter(|_| history.jumps());
    let wave = move |time: f64, perturbations: &mut [f64]| {
        for (index, value) in perturbations.iter_mut().enumerate() {
            let turns = (1 + index / n) as f64 * 0.5 * time / natural + phases[index];
            *value = (2.0 * std::f64::consts::PI * turns).cos();
        }
    };
    let mut first = vec![0.0; n * (1 + count)];
    wave(0.0, &mut first[n..]);
    let extended = History::function(n * (1 + count), move |time, state| {
        history.evaluate(time, &mut state[..n]);
        wave(time, &mut state[n..]);
    });
    let extended = extended.with_breaking_points(&breaks);
    match start {
        Some(start) => {
            first[..n].copy_from_slice(&start);
            extended.starting_at(&first)
        }
        None => extended,
    }
}

/// A field with perturbations of its state behind the state.
pub(super) struct Tangent<'a, F: ?Sized> {
    field: &'a F,
    count: usize,
    scratch: RefCell<Scratch>,
}

impl<'a, F: DelayField + ?Sized> Tangent<'a, F> {
    pub(super) fn new(field: &'a F, count: usize) -> Self {
        let scratch = Scratch::new(field.dimension(), field.lags().len());
        Self {
            field,
            count,
            scratch: RefCell::new(scratch),
        }
    }
}

/// Buffers for one evaluation.
struct Scratch {
    /// Present and delayed states, one after the other.
    centre: Vec<f64>,
    /// A perturbation of them.
    direction: Vec<f64>,
    moved: Vec<f64>,
    slopes: [Vec<f64>; 2],
}

impl Scratch {
    fn new(n: usize, lags: usize) -> Self {
        let states = vec![0.0; n * (1 + lags)];
        Self {
            centre: states.clone(),
            direction: states.clone(),
            moved: states,
            slopes: [vec![0.0; n], vec![0.0; n]],
        }
    }
}

impl<F: DelayField + ?Sized> DelayField for Tangent<'_, F> {
    fn dimension(&self) -> usize {
        self.field.dimension() * (1 + self.count)
    }

    fn lags(&self) -> &[f64] {
        self.field.lags()
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        /// Central difference, relative to each component.
        const WIDTH: f64 = 1e-5;
        /// Size below which a component counts as this large.
        const LEAST: f64 = 1e-2;
        let n = self.field.dimension();
        let lags = self.field.lags().len();
        let mut scratch = self.scratch.borrow_mut();
        let Scratch {
            centre,
            direction,
            moved,
            slopes,
        } = &mut *scratch;
        let gather = |part: usize, into: &mut [f64]| {
            into[..n].copy_from_slice(&state[part * n..][..n]);
            for (lag, into) in into[n..].chunks_exact_mut(n.max(1)).enumerate() {
                into.copy_from_slice(&delayed.state(lag)[part * n..][..n]);
            }
        };
        gather(0, centre);
        let (first, rest) = derivative.split_at_mut(n);
        let late = Delayed::new(&centre[n..], n).reading(self.field.reads());
        self.field.derivative(time, &centre[..n], late, first);
        for (part, slope) in rest.chunks_exact_mut(n.max(1)).enumerate() {
            gather(part + 1, direction);
            // in sizes of each component, so that none of them is moved by much of itself
            let pairs = centre.iter().zip(direction.iter());
            let length = pairs.fold(0.0, |l: f64, (c, d)| l.max(d.abs() / c.abs().max(LEAST)));
            if length == 0.0 {
                slope.fill(0.0);
                continue;
            }
            let width = WIDTH / length;
            for (sign, slopes) in [1.0, -1.0].into_iter().zip(slopes.iter_mut()) {
                let pairs = centre.iter().zip(direction.iter());
                for (moved, (centre, direction)) in moved.iter_mut().zip(pairs) {
                    *moved = centre + sign * width * direction;
                }
                let late = Delayed::new(&moved[n..n * (1 + lags)], n).reading(self.field.reads());
                self.field.derivative(time, &moved[..n], late, slopes);
            }
            for (slope, (above, below)) in slope.iter_mut().zip(slopes[0].iter().zip(&slopes[1])) {
                *slope = (above - below) / (2.0 * width);
            }
        }
    }
}
