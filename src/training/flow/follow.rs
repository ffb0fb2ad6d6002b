//! One call for every way to follow a flow.

use serde::{Deserialize, Serialize};

use super::adaptive::integrate;
use super::chebyshev::Chebyshev;
use super::exponential::KernelExponential;
use super::{FlowError, GradientFlow};
use crate::solver::{Options, OrdinaryMethod, Save, Trajectory, solve_ordinary};

/// How a gradient flow is followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowMethod {
    /// Dormand and Prince of order 5(4), by `ode_solvers`; step below about 3.3 / sharpness.
    Dopri5,
    /// Dormand and Prince of order 8(5,3), by `ode_solvers`: the reference.
    Dop853,
    /// Runge, Kutta and Chebyshev of order 2: `s` gradients reach `0.65 s^2 / sharpness` far.
    /// Little memory, for any size of batch.
    Chebyshev,
    /// Exponential method of order 3 with the tangent kernel as its linear part: steps that no
    /// sharpness limits, exact for a linearised network. Keeps and diagonalises the kernel, so for
    /// batches with up to about 2,000 outputs in all.
    #[default]
    KernelExponential,
}

/// Follows a flow from `parameters` at time 0 to `end`; states of the trajectory are weights.
///
/// The tolerances are those of [`Options`]. `ode_solvers` keeps every component of a step's error
/// below a tenth of them, our own methods keep its 2-norm below the whole. With
/// [`Save::At`] every time ends a step.
///
/// `statistics.evaluations` counts gradients, or for our own methods
/// [gradient equivalents](super::Work::gradient_equivalents).
///
/// # Errors
/// [`FlowError::Shape`] for parameters that do not fit, [`FlowError::Solver`] for options or times
/// out of range and steps that become too small or too many, and those of the model.
///
/// ```
/// use nalgebra::{dmatrix, DMatrix};
/// use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
/// use pulsatrix::solver::{Options, Save};
/// use pulsatrix::training::flow::{FlowMethod, GradientFlow, Squared, follow};
///
/// let network = DeepNetwork::new(Architecture::fully_connected(2, &[16, 16], 1))?;
/// let start = network.initial(Initialisation::Gaussian, 1)?;
/// let (inputs, targets) = (dmatrix![1.0, 0.0; 0.0, 1.0; 0.6, 0.8], dmatrix![1.0; -1.0; 0.5]);
/// let flow = GradientFlow::new(&network, &inputs, &targets, &Squared)?;
/// let options = Options::with_tolerance(1e-5);
/// let method = FlowMethod::KernelExponential;
/// let trajectory = follow(&flow, &start, 1000.0, method, &options, &Save::Last)?;
/// assert!(flow.gradient(trajectory.last())?.0 < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn follow(
    flow: &GradientFlow<'_>,
    parameters: &[f64],
    end: f64,
    method: FlowMethod,
    options: &Options,
    save: &Save,
) -> Result<Trajectory, FlowError> {
    let expected = flow.model().parameter_count();
    if parameters.len() != expected {
        return Err(FlowError::Shape {
            name: "the list of parameters",
            found: (parameters.len(), 1),
            expected: (expected, 1),
        });
    }
    options.validate()?;
    if !(end > 0.0 && end.is_finite()) {
        return Err(FlowError::OutOfRange {
            name: "end",
            value: end,
            requirement: "positive and finite",
        });
    }
    if let Save::At(times) = save {
        let ascending = times.windows(2).all(|pair| pair[0] <= pair[1]);
        let last = times.last().copied().unwrap_or(0.0);
        if !ascending || times.iter().any(|time| !(0.0..=end).contains(time)) {
            return Err(FlowError::OutOfRange {
                name: "time to save",
                value: last,
                requirement: "times ascend from 0 to the end",
            });
        }
    }
    let span = (0.0, end);
    let ordinary = |method| {
        Ok(solve_ordinary(
            flow, parameters, span, method, options, save,
        )?)
    };
    match method {
        FlowMethod::Dopri5 => ordinary(OrdinaryMethod::Dopri5),
        FlowMethod::Dop853 => ordinary(OrdinaryMethod::Dop853),
        FlowMethod::Chebyshev => {
            let mut scheme = Chebyshev::default();
            integrate(&mut scheme, flow, parameters, span, options, save)
        }
        FlowMethod::KernelExponential => {
            let mut scheme = KernelExponential::default();
            integrate(&mut scheme, flow, parameters, span, options, save)
        }
    }
}
