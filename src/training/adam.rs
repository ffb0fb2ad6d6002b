//! One step of Adam, for every trainer of the crate.

use pulp::Arch;
use rayon::prelude::*;

/// Weights in one piece of parallel work: those that take as long as waking a thread, many times.
const PIECE: usize = 1 << 14;

/// Constants of Adam: D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
/// arXiv:1412.6980.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Step size.
    pub rate: f64,
    /// Memory of the mean.
    pub beta1: f64,
    /// Memory of the square.
    pub beta2: f64,
    /// Floor of the denominator.
    pub epsilon: f64,
}

impl Adam {
    /// With the constants of the paper: 0.9, 0.999 and 1e-8.
    pub const fn new(rate: f64) -> Self {
        Self {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }

    /// Step number `count`, from 1: `slope` gives the gradient of a weight from its number and value;
    /// `first` and `second` are the moments. The two corrections of the paper, `m / (1 - beta1^t)` and
    /// `sqrt(v / (1 - beta2^t))`, are in the rate and in epsilon.
    ///
    /// Long lists are shared out to the threads; every weight is its own.
    pub fn step(
        self,
        count: u64,
        weights: &mut [f64],
        slope: impl Fn(usize, f64) -> f64 + Sync,
        (first, second): (&mut [f64], &mut [f64]),
    ) {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let correction = (1.0 - self.beta2.powi(count)).sqrt();
        let constants = Self {
            rate: self.rate * correction / (1.0 - self.beta1.powi(count)),
            epsilon: self.epsilon * correction,
            ..self
        };
        let moments = first
            .par_chunks_mut(PIECE)
            .zip(second.par_chunks_mut(PIECE));
        let pieces = weights.par_chunks_mut(PIECE).zip(moments).enumerate();
        pieces.for_each(|(piece, (weights, (first, second)))| {
            Arch::new().dispatch(
                #[inline(always)]
                || constants.step_piece(piece * PIECE, weights, &slope, first, second),
            );
        });
    }

    /// Weights from number `begin` on, with the corrections in the constants.
    #[inline(always)]
    fn step_piece(
        self,
        begin: usize,
        weights: &mut [f64],
        slope: &impl Fn(usize, f64) -> f64,
        first: &mut [f64],
        second: &mut [f64],
    ) {
        let moments = first.iter_mut().zip(second);
        for (index, (weight, (m, v))) in weights.iter_mut().zip(moments).enumerate() {
            let g = slope(begin + index, *weight);
            *m = self.beta1 * *m + (1.0 - self.beta1) * g;
            *v = self.beta2 * *v + (1.0 - self.beta2) * g * g;
            *weight -= self.rate * *m / (v.sqrt() + self.epsilon);
        }
    }
}
