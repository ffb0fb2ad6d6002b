//! How accurate and how long: the same options for every solver of this room.

use serde::{Deserialize, Serialize};

use super::engine::RESOLUTION;
use super::{Method, SolverError};

/// Part of the tolerance that one step may use, so that a whole run stays near the tolerance.
pub(super) const SHARE: f64 = 0.1;
/// The same of the implicit method, whose error estimate is of order 4: times
/// `relative_tolerance^-0.2`, because the error goes with `h^5` and the estimate with `h^4`.
const IMPLICIT_SHARE: f64 = 0.04;

/// Least relative tolerance: a tenth of it is nine roundings.
const LEAST_RELATIVE: f64 = 2e-14;

/// Which breaking points a step of the general engine must end at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakTracking {
    /// All that can still add to the error, judged by the size of the jump, by what the lags make of
    /// it, and by the step. Fields with at most four lags, neutral ones and those with varying lags,
    /// whose points are few or last for ever, are tracked in full.
    #[default]
    ByError,
    /// All combinations of lags up to the order of the method, whatever the jump.
    Full,
}

/// Tolerances and bounds of a run.
///
/// The error estimated for one step in component `j` is kept below a tenth of
/// `absolute_tolerance + relative_tolerance |y_j|`; unless the equation multiplies errors, a whole
/// run then stays within a few tolerances of the truth.
///
/// ```
/// use pulsatrix::solver::Options;
///
/// let options = Options { maximum_step: Some(0.5), ..Options::with_tolerance(1e-9) };
/// assert_eq!(options.relative_tolerance, 1e-9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Method of the general engine. If given, a field is left to the general engine even where it
    /// offers another one; absent, the engine is chosen, and the general one takes [`Method::Tsit5`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Breaking points at which the general engine ends its steps.
    #[serde(skip_serializing_if = "is_default")]
    pub break_tracking: BreakTracking,
    /// Error allowed a step, relative to the state.
    pub relative_tolerance: f64,
    /// Error allowed a step, in units of the state; positive.
    pub absolute_tolerance: f64,
    /// Longest step; unbounded if absent.
    pub maximum_step: Option<f64>,
    /// First step to try; chosen from the equation if absent.
    pub initial_step: Option<f64>,
    /// Steps after which the run is given up, accepted and rejected together.
    pub maximum_steps: u64,
}

fn is_default(tracking: &BreakTracking) -> bool {
    *tracking == BreakTracking::default()
}

impl Default for Options {
    fn default() -> Self {
        Self::with_tolerance(1e-6)
    }
}

impl Options {
    /// Options with relative tolerance `tolerance` and absolute tolerance `tolerance / 1000`.
    ///
    /// Small phases of a solution (a population between two blooms) often decide what comes next,
    /// so the absolute tolerance is the tighter one. Where the state is of order one throughout,
    /// a larger absolute tolerance saves a tenth of the steps.
    #[must_use]
    pub fn with_tolerance(tolerance: f64) -> Self {
        Self {
            method: None,
            break_tracking: BreakTracking::default(),
            relative_tolerance: tolerance,
            absolute_tolerance: 1e-3 * tolerance,
            maximum_step: None,
            initial_step: None,
            maximum_steps: 100_000_000,
        }
    }

    /// The method that the general engine takes.
    pub(super) fn general_method(&self) -> Method {
        self.method.unwrap_or_default()
    }

    /// Part of the tolerance that the error estimate of a step of the general engine may reach.
    pub(super) fn share(&self) -> f64 {
        match self.general_method() {
            Method::Radau5 if self.relative_tolerance > 0.0 => {
                IMPLICIT_SHARE * self.relative_tolerance.powf(-0.2)
            }
            Method::Tsit5 | Method::Dop853 | Method::Radau5 => SHARE,
        }
    }

    /// Refuses values that no run can honour.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for the first option that is out of its range.
    pub fn validate(&self) -> Result<(), SolverError> {
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        let positive = |value: f64| value > 0.0;
        if !(self.relative_tolerance >= 0.0 && self.relative_tolerance.is_finite()) {
            let requirement = "it must be zero or positive, and finite";
            return refuse("relative_tolerance", self.relative_tolerance, requirement);
        }
        if self.relative_tolerance > 0.0 && self.relative_tolerance < LEAST_RELATIVE {
            let requirement = "rounding does not allow less than 2e-14 (zero leaves the error to \
                               absolute_tolerance)";
            return refuse("relative_tolerance", self.relative_tolerance, requirement);
        }
        if !(positive(self.absolute_tolerance) && self.absolute_tolerance.is_finite()) {
            let requirement = "it must be positive and finite";
            return refuse("absolute_tolerance", self.absolute_tolerance, requirement);
        }
        for (name, step) in [
            ("maximum_step", self.maximum_step),
            ("initial_step", self.initial_step),
        ] {
            if let Some(step) = step.filter(|step| !positive(*step)) {
                return refuse(name, step, "it must be positive");
            }
        }
        Ok(())
    }

    /// Refuses, besides, a begin or lags that no delay engine can start with.
    pub(crate) fn validate_start(&self, begin: f64, lags: &[f64]) -> Result<(), SolverError> {
        self.validate()?;
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if !begin.is_finite() {
            return refuse("initial time", begin, "it must be finite");
        }
        if let Some(lag) = lags.iter().find(|lag| !(**lag > 0.0 && lag.is_finite())) {
            return refuse("lag", *lag, "lags must be positive and finite");
        }
        let shortest = lags.iter().copied().fold(f64::INFINITY, f64::min);
        tell_apart(shortest, begin, RESOLUTION * begin.abs())
    }
}

/// Resolutions of time that a lag must be longer than: a step needs two of them, and either end of a
/// lag has two sides.
const LEAST_LAG: f64 = 4.0;

/// Refuses a lag that the resolution of time at `time` swallows.
pub(super) fn tell_apart(lag: f64, time: f64, resolution: f64) -> Result<(), SolverError> {
    if lag > LEAST_LAG * resolution {
        return Ok(());
    }
    Err(SolverError::LagBelowResolution {
        lag,
        time,
        resolution,
    })
}
