//! Right-hand sides with noise.

use serde::{Deserialize, Serialize};

use crate::solver::{DelayField, Delayed};

/// What a noise depends on, and how it enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noise {
    /// Every component has a motion of its own, and `g_j` depends on time alone.
    Additive,
    /// Every component has a motion of its own, and `g_j` depends on time and on `y_j`.
    Diagonal,
    /// So many motions, each of which may reach every component; `g` may depend on everything.
    General(usize),
}

/// A delay equation driven by noise, `dy = f dt + g dW` in the sense of Ito.
pub trait StochasticField: Sync {
    /// `f`, a field with constant lags.
    fn drift(&self) -> &dyn DelayField;

    /// What `g` depends on.
    fn noise(&self) -> Noise;

    /// Writes `g`: one number for each component, or of general noise one column for each motion, one after the other.
    /// Delayed states are there for general noise only.
    fn intensity(&self, time: f64, state: &[f64], delayed: Delayed<'_>, g: &mut [f64]);
}

/// Writes `g` for a time, a state and its past.
type Intensity<'a> = Box<dyn Fn(f64, &[f64], Delayed<'_>, &mut [f64]) + Sync + 'a>;

/// A field with a noise around it: made by [`additive_noise`], [`diagonal_noise`] or [`noisy`].
pub struct NoisyField<'a, F> {
    drift: F,
    noise: Noise,
    intensity: Intensity<'a>,
}

impl<F: DelayField + Sync> StochasticField for NoisyField<'_, F> {
    fn drift(&self) -> &dyn DelayField {
        &self.drift
    }

    fn noise(&self) -> Noise {
        self.noise
    }

    fn intensity(&self, time: f64, state: &[f64], delayed: Delayed<'_>, g: &mut [f64]) {
        (self.intensity)(time, state, delayed, g);
    }
}

/// `dy_j = f_j dt + strengths_j dW_j`.
///
/// # Panics
/// If there are not as many strengths as components.
///
/// ```
/// use pulsatrix::solver::{
///     History, Save, StochasticOptions, StochasticSolver, additive_noise, closure_field, solve,
/// };
///
/// // the linear delay equation y' = -y(t - 1) with noise of strength 1
/// let drift = closure_field(1, &[1.0], |_, _, late, dy| dy[0] = -late.state(0)[0]);
/// let field = additive_noise(drift, &[1.0]);
/// let options = StochasticOptions::with_step(0.01);
/// let mut solver = StochasticSolver::new(&field, &History::constant(&[0.0]), 0.0, options)?;
/// let path = solve(&mut solver, 20.0, &Save::EveryStep, &[])?;
/// assert_eq!((path.times.len(), path.engine.as_str()), (2001, "stochastic"));
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn additive_noise<'a, F: DelayField + Sync>(drift: F, strengths: &[f64]) -> NoisyField<'a, F> {
    assert_eq!(
        strengths.len(),
        drift.dimension(),
        "one strength for each component"
    );
    let strengths = strengths.to_vec();
    noisy(drift, Noise::Additive, move |_, _, _, g| {
        g.copy_from_slice(&strengths);
    })
}

/// `dy_j = f_j dt + g_j(t, y_j) dW_j`; `intensity(t, y_j, j)` gives `g_j`.
pub fn diagonal_noise<'a, F: DelayField + Sync>(
    drift: F,
    intensity: impl Fn(f64, f64, usize) -> f64 + Sync + 'a,
) -> NoisyField<'a, F> {
    noisy(drift, Noise::Diagonal, move |time, state, _, g| {
        for (component, (g, value)) in g.iter_mut().zip(state).enumerate() {
            *g = intensity(time, *value, component);
        }
    })
}

/// Any noise: `intensity(t, y, delayed, g)` writes `g` as [`StochasticField::intensity`] says.
pub fn noisy<'a, F: DelayField + Sync>(
    drift: F,
    noise: Noise,
    intensity: impl Fn(f64, &[f64], Delayed<'_>, &mut [f64]) + Sync + 'a,
) -> NoisyField<'a, F> {
    NoisyField {
        drift,
        noise,
        intensity: Box::new(intensity),
    }
}
