//! Gradient descent with momentum and an alterable rate: the toolbox's `traingdx`.

use serde::{Deserialize, Serialize};

use crate::training::flow::FlowError;

/// How momentum enters a step, with the gradient `g` of the performance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MomentumForm {
    /// `dX = mc dX_prev - lr mc g`, and 0 after a step that was taken back: the formula of the page on
    /// `traingdx` in the manual of MATLAB, as printed.
    #[default]
    Printed,
    /// `dX = mc dX_prev - (1 - mc) lr g`, and `-lr g` after a step that was taken back: the toolbox's code as
    /// we remember it; it could not be read again.
    Toolbox,
}

/// Momentum with a rate that grows while steps help and falls when one has harmed, which is then taken back:
/// T. P. Vogl, J. K. Mangis, A. K. Rigler, W. T. Zink, D. L. Alkon, "Accelerating the convergence of the
/// back-propagation method", Biol. Cybern. 59, 257-263 (1988), doi:10.1007/BF00332914, in the form of the
/// toolbox of MATLAB, where it is the default of Elman networks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AlterableRate {
    /// Rate `lr` at the start.
    pub rate: f64,
    /// Share `mc` of the last step.
    pub momentum: f64,
    /// Factor of the rate after a step that has helped.
    pub increase: f64,
    /// Factor of the rate after a step that is taken back.
    pub decrease: f64,
    /// A step is taken back if the performance grows by more than this factor.
    pub tolerated: f64,
    /// How momentum enters.
    pub form: MomentumForm,
}

impl Default for AlterableRate {
    /// The numbers of the toolbox; its end of a training at a small gradient (`min_grad`) is left out, as epochs are
    /// counted here.
    fn default() -> Self {
        Self {
            rate: 0.01,
            momentum: 0.9,
            increase: 1.05,
            decrease: 0.7,
            tolerated: 1.04,
            form: MomentumForm::Printed,
        }
    }
}

/// A descent under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateState {
    rate: f64,
    step: Vec<f64>,
    performance: f64,
    gradient: Vec<f64>,
}

impl AlterableRate {
    /// Whether the constants are in their ranges.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for the first that is not.
    pub fn check(&self) -> Result<(), FlowError> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        for (name, value, holds, requirement) in [
            (
                "rate",
                self.rate,
                positive(self.rate),
                "positive and finite",
            ),
            (
                "momentum",
                self.momentum,
                (0.0..1.0).contains(&self.momentum)
                    && (self.momentum > 0.0 || self.form == MomentumForm::Toolbox),
                "below 1, and above 0 in the printed form, which multiplies the gradient by it",
            ),
            (
                "increase",
                self.increase,
                (1.0..=2.0).contains(&self.increase),
                "from 1 to 2",
            ),
            (
                "decrease",
                self.decrease,
                self.decrease > 0.0 && self.decrease < 1.0,
                "above 0 and below 1",
            ),
            (
                "tolerated",
                self.tolerated,
                self.tolerated >= 1.0 && self.tolerated.is_finite(),
                "at least 1",
            ),
        ] {
            if !holds {
                return Err(FlowError::OutOfRange {
                    name,
                    value,
                    requirement,
                });
            }
        }
        Ok(())
    }

    /// A descent from parameters at which performance and gradient are known.
    #[must_use]
    pub fn begin(&self, performance: f64, gradient: Vec<f64>) -> RateState {
        RateState {
            rate: self.rate,
            step: vec![0.0; gradient.len()],
            performance,
            gradient,
        }
    }

    /// Tries one step; `evaluate` gives performance and gradient at the new parameters, which are the old ones
    /// again if the step is taken back. Returns whether it was kept. A performance that is not finite counts
    /// as worse.
    ///
    /// ```
    /// use pulsatrix::training::recurrent::AlterableRate;
    ///
    /// let rule = AlterableRate { rate: 0.1, ..AlterableRate::default() };
    /// let mut x = [1.0];
    /// let mut state = rule.begin(1.0, vec![2.0]);
    /// let square = |x: &[f64]| Ok::<_, std::convert::Infallible>((x[0] * x[0], vec![2.0 * x[0]]));
    /// assert!(rule.step(&mut state, &mut x, square)?);
    /// assert!((x[0] - 0.82).abs() < 1e-15);
    /// # Ok::<(), std::convert::Infallible>(())
    /// ```
    ///
    /// # Errors
    /// Those of `evaluate`; the parameters are then as they were.
    pub fn step<E>(
        &self,
        state: &mut RateState,
        parameters: &mut [f64],
        evaluate: impl FnOnce(&[f64]) -> Result<(f64, Vec<f64>), E>,
    ) -> Result<bool, E> {
        let share = match self.form {
            MomentumForm::Printed => self.momentum,
            MomentumForm::Toolbox => 1.0 - self.momentum,
        };
        let before = parameters.to_vec();
        for (place, g) in state.step.iter_mut().zip(&state.gradient) {
            *place = self.momentum * *place - state.rate * share * g;
        }
        for (weight, change) in parameters.iter_mut().zip(&state.step) {
            *weight += change;
        }
        let (performance, gradient) = match evaluate(parameters) {
            Ok(found) => found,
            Err(error) => {
                parameters.copy_from_slice(&before);
                return Err(error);
            }
        };
        if !performance.is_finite() || performance > self.tolerated * state.performance {
            parameters.copy_from_slice(&before);
            state.rate *= self.decrease;
            for (place, g) in state.step.iter_mut().zip(&state.gradient) {
                *place = match self.form {
                    MomentumForm::Printed => 0.0,
                    MomentumForm::Toolbox => -state.rate * g,
                };
            }
            return Ok(false);
        }
        if performance < state.performance {
            state.rate *= self.increase;
        }
        state.performance = performance;
        state.gradient = gradient;
        Ok(true)
    }
}

impl RateState {
    /// The rate now.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The performance of the parameters now.
    #[must_use]
    pub fn performance(&self) -> f64 {
        self.performance
    }
}
