//! Scalar delay equations of the textbooks.

use serde::{Deserialize, Serialize};

use super::NetworkError;
use crate::numerics::lanes::Lane;
use crate::solver::{
    Affine, Chart, DelayField, DelaySolver, Delayed, Engine, History, Options, PanelField,
    SolverError, panel_or_general,
};

/// Hutchinson's equation of a population that feels its own crowd late:
///
/// ```text
/// y' = r y (1 - y(t - lag))
/// ```
///
/// in units of the carrying capacity. The steady state 1 loses its stability at `r lag = pi/2`; the
/// cycle beyond is a slow rise and a sharp impulse, the ancestor of the impulse neuron.
///
/// G. E. Hutchinson, "Circular causal systems in ecology", Ann. N. Y. Acad. Sci. 50(4), 221-246
/// (1948), doi:10.1111/j.1749-6632.1948.tb39854.x.
///
/// ```
/// use pulsatrix::networks::Hutchinson;
/// use pulsatrix::solver::{DelaySolver, History, Options, Save, solve};
///
/// let field = Hutchinson::new(1.0, 1.0)?;
/// let history = History::constant(&[0.5]);
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-8))?;
/// let trajectory = solve(&mut solver, 60.0, &Save::Last, &[])?;
/// assert!((trajectory.last()[0] - 1.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hutchinson {
    rate: f64,
    lags: [f64; 1],
}

/// The Mackey-Glass equation of the regulation of blood cells:
///
/// ```text
/// y' = beta y(t - lag) / (1 + y(t - lag)^n) - gamma y
/// ```
///
/// M. C. Mackey, L. Glass, "Oscillation and chaos in physiological control systems", Science
/// 197(4300), 287-289 (1977), doi:10.1126/science.267326.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MackeyGlass {
    beta: f64,
    gamma: f64,
    exponent: f64,
    whole_exponent: Option<u32>,
    lags: [f64; 1],
}

fn positive(name: &'static str, value: f64) -> Result<f64, NetworkError> {
    if value > 0.0 && value.is_finite() {
        return Ok(value);
    }
    Err(NetworkError::OutOfRange {
        name,
        value,
        requirement: "it is positive and finite",
    })
}

impl Hutchinson {
    /// Growth rate `r` (1/time) and lag (time).
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] unless both are positive and finite.
    pub fn new(rate: f64, lag: f64) -> Result<Self, NetworkError> {
        Ok(Self {
            rate: positive("r", rate)?,
            lags: [positive("lag", lag)?],
        })
    }
}

impl DelayField for Hutchinson {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    /// The panel engine, in `ln y`, for a constant positive history; else the general one, and
    /// wherever the options name a method.
    fn engine<'a>(
        &'a self,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + 'a>, SolverError> {
        let positive = |state: &[f64]| state.iter().all(|y| *y > 0.0);
        if history.as_constant().is_some_and(positive) {
            return panel_or_general(self, history, begin, options);
        }
        Ok(Box::new(DelaySolver::new(self, history, begin, options)?))
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        derivative[0] = self.rate * state[0] * (1.0 - delayed.state(0)[0]);
    }
}

impl MackeyGlass {
    /// Production `beta` and decay `gamma` (1/time), exponent `n`, lag (time).
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] unless all are positive and finite.
    pub fn new(beta: f64, gamma: f64, exponent: f64, lag: f64) -> Result<Self, NetworkError> {
        Ok(Self {
            beta: positive("beta", beta)?,
            gamma: positive("gamma", gamma)?,
            exponent: positive("n", exponent)?,
            whole_exponent: (exponent.fract() == 0.0 && exponent < f64::from(WHOLE))
                .then_some(exponent as u32),
            lags: [positive("lag", lag)?],
        })
    }
}

impl DelayField for MackeyGlass {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn engine<'a>(
        &'a self,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + 'a>, SolverError> {
        panel_or_general(self, history, begin, options)
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let past = delayed.state(0)[0];
        derivative[0] = self.beta * past / (1.0 + past.powf(self.exponent)) - self.gamma * state[0];
    }
}

/// In `z = ln y`, where the equation `z' = r (1 - e^{z(t - lag)})` is affine. Parameter `r`.
impl PanelField<1, 1> for Hutchinson {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 1] {
        self.lags
    }

    fn parameters(&self, _: usize) -> [f64; 1] {
        [self.rate]
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 1], state: R) -> R {
        state.exp()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, [rate]: [R; 1], _: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
        Affine {
            constant: rate - rate * gates[0],
            rate: rate.like(0.0),
        }
    }

    fn has_constant_rates(&self) -> bool {
        true
    }

    fn chart(&self) -> Chart {
        Chart::Logarithm
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.lags == other.lags
    }
}

/// Parameters `beta` and `gamma`.
impl PanelField<1, 2> for MackeyGlass {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 1] {
        self.lags
    }

    fn parameters(&self, _: usize) -> [f64; 2] {
        [self.beta, self.gamma]
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 2], state: R) -> R {
        let power = match self.whole_exponent {
            Some(exponent) => whole_power(state, exponent),
            None => state.map(|state| state.powf(self.exponent)),
        };
        state / (power + 1.0)
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, [beta, gamma]: [R; 2], _: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
        Affine {
            constant: beta * gates[0],
            rate: gamma,
        }
    }

    fn has_constant_rates(&self) -> bool {
        true
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.lags == other.lags && self.exponent == other.exponent
    }
}

/// Exponents below this are powers by squaring.
const WHOLE: u32 = 64;

/// `y^exponent` for an exponent below [`WHOLE`], by squaring.
#[inline(always)]
fn whole_power<R: Lane>(y: R, exponent: u32) -> R {
    let (mut power, mut square) = (y.like(1.0), y);
    for bit in 0..WHOLE.ilog2() {
        if exponent >> bit & 1 == 1 {
            power = power * square;
        }
        square = square * square;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slope(field: &dyn DelayField, present: f64, past: f64) -> f64 {
        let mut derivative = [0.0];
        field.derivative(0.0, &[present], Delayed::new(&[past], 1), &mut derivative);
        derivative[0]
    }

    #[test]
    fn steady_states_are_steady() {
        assert_eq!(slope(&Hutchinson::new(2.0, 1.0).unwrap(), 1.0, 1.0), 0.0);
        // beta / (1 + y^n) = gamma at y = (beta / gamma - 1)^(1/n)
        let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
        assert!(slope(&field, 1.0, 1.0).abs() < 1e-17);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        assert!(Hutchinson::new(0.0, 1.0).is_err());
        assert!(Hutchinson::new(1.0, f64::INFINITY).is_err());
        assert!(MackeyGlass::new(0.2, f64::NAN, 10.0, 17.0).is_err());
    }
}
