//! Steady states of delay equations, and the linear equation around them.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::solver::{DelayField, Delayed, SolverError};

/// Newton steps towards a steady state.
const MOST_STEPS: usize = 50;

/// Why a linear analysis fails.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LinearError {
    /// The engine stopped.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// The field has something that the linear equation here cannot express.
    #[error("the field has {what}; linear analysis needs constant lags, and no switches or slopes")]
    Unsupported {
        /// What it has.
        what: &'static str,
    },
    /// The right-hand side or a difference quotient of it is not finite.
    #[error("the derivative of component {component} is not finite near the state given")]
    NotFinite {
        /// Which component.
        component: usize,
    },
    /// The difference quotients do not agree with each other.
    #[error(
        "component {component} of the right-hand side bends too sharply near the state given for \
         difference quotients; a switch, or a very steep sigmoid?"
    )]
    TooSharp {
        /// Which component.
        component: usize,
    },
    /// Newton's method found no steady state.
    #[error(
        "no steady state was found from the state given: after {steps} steps of Newton's method \
         the right-hand side is still {residual:e}; start nearer to it"
    )]
    NoSteadyState {
        /// Steps taken.
        steps: usize,
        /// Largest component of the right-hand side.
        residual: f64,
    },
    /// The Jacobian is singular where Newton's method has come to.
    #[error(
        "no steady state was found from the state given: the Jacobian is singular where Newton's method has come \
         to (something is conserved, or steady states meet there), and the right-hand side is still {residual:e}; \
         start nearer to it, or take a conserved quantity out of the equations"
    )]
    SingularJacobian {
        /// Largest component of the right-hand side.
        residual: f64,
    },
    /// The characteristic roots asked for are not resolved by the largest matrix allowed.
    #[error(
        "{count} characteristic roots were not resolved with {points} points a component; \
         ask for fewer"
    )]
    NotResolved {
        /// Number of roots asked for.
        count: usize,
        /// Collocation points used.
        points: usize,
    },
    /// An argument is out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    InvalidArgument {
        /// Name of the argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
}

/// The linear delay equation `y'(t) = A y(t) + sum_k B_k y(t - lag_k)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearDelay {
    /// `A`.
    pub present: DMatrix<f64>,
    /// The lags, each positive.
    pub lags: Vec<f64>,
    /// `B_k`, one a lag.
    pub delayed: Vec<DMatrix<f64>>,
}

/// Refuses what is not smooth with constant lags.
pub(super) fn check<F: DelayField + ?Sized>(field: &F) -> Result<(), LinearError> {
    let refuse = |what| Err(LinearError::Unsupported { what });
    if field.varying_lags() > 0 {
        return refuse("lags that vary");
    }
    if field.is_neutral() {
        return refuse("delayed slopes");
    }
    if field.switch_count() > 0 {
        return refuse("switches");
    }
    Ok(())
}

/// The right-hand side with the present state `states[..n]` and the delayed ones behind it.
fn evaluate<F: DelayField + ?Sized>(field: &F, states: &[f64], slope: &mut [f64]) {
    let n = field.dimension();
    let (present, delayed) = states.split_at(n);
    let delayed = Delayed::new(delayed, n).reading(field.reads());
    field.derivative(0.0, present, delayed, slope);
}

/// The linear equation around a state, at `t = 0`: difference quotients over three widths,
/// extrapolated to width zero, which leaves an error of about 1e-11 of the derivative where the
/// right-hand side is smooth on the scale of 1/256 of the state, and at most 1e-4 elsewhere.
///
/// A field that [knows its Jacobian](DelayField::has_exact_jacobian) is asked for that instead.
///
/// **Cost**: `6 dimension (lags + 1)` evaluations of the right-hand side, or one of the Jacobian.
///
/// # Errors
/// [`LinearError::Unsupported`] for lags that vary, neutral equations and switches;
/// [`LinearError::NotFinite`] if the right-hand side is not finite there;
/// [`LinearError::TooSharp`] if it bends within the differences.
pub fn linearise<F: DelayField + ?Sized>(
    field: &F,
    state: &[f64],
) -> Result<LinearDelay, LinearError> {
    /// Widest difference, relative to the state.
    const WIDTH: f64 = 1.0 / 256.0;
    /// Size below which a state counts as this large.
    const LEAST: f64 = 0.125;
    check(field)?;
    let (n, lags) = (field.dimension(), field.lags().to_vec());
    if state.len() != n {
        return Err(LinearError::Solver(SolverError::WrongLength {
            name: "the steady state",
            found: state.len(),
            expected: n,
        }));
    }
    if field.has_exact_jacobian() {
        return exact(field, state);
    }
    let mut states = state.repeat(lags.len() + 1);
    let mut matrices = vec![DMatrix::zeros(n, n); lags.len() + 1];
    let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
    for place in 0..states.len() {
        let centre = states[place];
        let mut quotients = [(); 3].map(|()| vec![0.0; n]);
        for (level, quotient) in quotients.iter_mut().enumerate() {
            let width = WIDTH * centre.abs().max(LEAST) * 0.5_f64.powi(level as i32);
            states[place] = centre + width;
            evaluate(field, &states, &mut above);
            states[place] = centre - width;
            evaluate(field, &states, &mut below);
            for (quotient, (above, below)) in quotient.iter_mut().zip(above.iter().zip(&below)) {
                *quotient = (above - below) / (2.0 * width);
            }
        }
        states[place] = centre;
        for component in 0..n {
            let [wide, half, quarter] = [0, 1, 2].map(|level| quotients[level][component]);
            let (first, second) = (half + (half - wide) / 3.0, quarter + (quarter - half) / 3.0);
            let value = second + (second - first) / 15.0;
            if !value.is_finite() {
                return Err(LinearError::NotFinite { component });
            }
            let rounding = 1e-6 * (1.0 + above[component].abs());
            if (second - first).abs() > 1e-3 * value.abs() + rounding {
                return Err(LinearError::TooSharp { component });
            }
            matrices[place / n][(component, place % n)] = value;
        }
    }
    let delayed = matrices.split_off(1);
    Ok(LinearDelay {
        present: matrices.swap_remove(0),
        lags,
        delayed,
    })
}

/// The linear equation of a field that knows its Jacobian.
fn exact<F: DelayField + ?Sized>(field: &F, state: &[f64]) -> Result<LinearDelay, LinearError> {
    let (n, lags) = (field.dimension(), field.lags().to_vec());
    let late = state.repeat(lags.len());
    let mut jacobian = vec![0.0; n * n * (lags.len() + 1)];
    field.jacobian(0.0, state, Delayed::new(&late, n), &mut jacobian);
    if let Some(place) = jacobian.iter().position(|value| !value.is_finite()) {
        let component = place % n;
        return Err(LinearError::NotFinite { component });
    }
    let mut matrices = jacobian
        .chunks(n * n)
        .map(|block| DMatrix::from_column_slice(n, n, block));
    Ok(LinearDelay {
        present: matrices.next().unwrap_or_else(|| DMatrix::zeros(n, n)),
        lags,
        delayed: matrices.collect(),
    })
}

/// Pivots of a matrix further apart than this make it singular: steps along what is left have no digit right (chosen:
/// the square root of rounding, and a hundred more).
const SINGULAR: f64 = 1e-10;

/// Rounding errors of a right-hand side, in units of its terms to first order: some ten operations a component (chosen).
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// `f(y, y, ..., y)` at `t = 0`: zero at a steady state.
///
/// # Errors
/// [`LinearError::NotFinite`] if it is not finite.
pub fn steady_residual<F: DelayField + ?Sized>(
    field: &F,
    state: &[f64],
) -> Result<Vec<f64>, LinearError> {
    let mut slope = vec![0.0; field.dimension()];
    evaluate(field, &state.repeat(field.lags().len() + 1), &mut slope);
    match slope.iter().position(|slope| !slope.is_finite()) {
        Some(component) => Err(LinearError::NotFinite { component }),
        None => Ok(slope),
    }
}

/// The derivative of a steady state by a parameter, `-J^-1 df/dp`, from that of the right-hand side; none where the
/// Jacobian `J` is singular.
///
/// # Errors
/// Those of [`linearise`].
pub fn steady_response<F: DelayField + ?Sized>(
    field: &F,
    state: &[f64],
    by_parameter: &[f64],
) -> Result<Option<Vec<f64>>, LinearError> {
    let matrix = steady_jacobian(linearise(field, state)?);
    let response = regular_solution(matrix, &DVector::from_column_slice(by_parameter));
    Ok(response.map(|response| response.iter().map(|value| -value).collect()))
}

/// The Jacobian of `f(y, y, ..., y)`.
fn steady_jacobian(linear: LinearDelay) -> DMatrix<f64> {
    linear.delayed.iter().fold(linear.present, |sum, b| sum + b)
}

/// A linear equation with rows of largest entry 1, so that slow equations do not pass for singular ones.
fn in_scale(mut matrix: DMatrix<f64>, right: &DVector<f64>) -> (DMatrix<f64>, DVector<f64>) {
    let mut right = right.clone();
    for (mut row, right) in matrix.row_iter_mut().zip(right.iter_mut()) {
        let size = row.amax();
        if size > 0.0 {
            row /= size;
            *right /= size;
        }
    }
    (matrix, right)
}

/// The solution of a linear equation; none if the matrix is singular.
fn regular_solution(matrix: DMatrix<f64>, right: &DVector<f64>) -> Option<DVector<f64>> {
    let (matrix, right) = in_scale(matrix, right);
    let factors = matrix.lu();
    let pivots = factors.u().diagonal().abs();
    if pivots.is_empty() || pivots.min() <= SINGULAR * pivots.max() {
        return None;
    }
    factors.solve(&right)
}

/// A steady state, `f(y, y, ..., y) = 0` at `t = 0`, by Newton's method from `guess`. Where the Jacobian is singular, as
/// with a conserved sum, the shortest of the steps that fit best is taken: of a family of steady states the one near
/// the guess is found.
///
/// # Errors
/// Those of [`linearise`]; [`LinearError::NoSteadyState`] and [`LinearError::SingularJacobian`] if the method does not
/// converge.
///
/// ```
/// use pulsatrix::analysis::steady_state;
/// use pulsatrix::networks::MackeyGlass;
///
/// let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0)?;
/// assert!((steady_state(&field, &[0.95])?[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn steady_state<F: DelayField + ?Sized>(
    field: &F,
    guess: &[f64],
) -> Result<Vec<f64>, LinearError> {
    let mut state = guess.to_vec();
    let mut residual = f64::INFINITY;
    let mut singular = false;
    for step in 0..=MOST_STEPS {
        let matrix = steady_jacobian(linearise(field, &state)?);
        let slope = DVector::from_vec(steady_residual(field, &state)?);
        residual = slope.amax();
        let terms = matrix.abs() * DVector::from_column_slice(&state).abs();
        let is_rounding = |(slope, terms): (&f64, &f64)| slope.abs() <= ROUNDING * terms;
        let at_rounding = slope.iter().zip(&terms).all(is_rounding);
        if step == MOST_STEPS {
            if at_rounding {
                return Ok(state);
            }
            break;
        }
        let regular = regular_solution(matrix.clone(), &slope);
        singular = regular.is_none();
        if singular && at_rounding {
            return Ok(state);
        }
        let Some(step) = regular.or_else(|| shortest_step(matrix, &slope)) else {
            break;
        };
        let mut moved = 0.0_f64;
        for (value, step) in state.iter_mut().zip(&step) {
            *value -= step;
            moved = moved.max(step.abs() / value.abs().max(1.0));
        }
        if state.iter().any(|value| !value.is_finite()) {
            break;
        }
        // a singular matrix may have no way towards zero
        if moved <= 1e-14 && !singular {
            return Ok(state);
        }
    }
    Err(if singular {
        LinearError::SingularJacobian { residual }
    } else {
        LinearError::NoSteadyState {
            steps: MOST_STEPS,
            residual,
        }
    })
}

/// The shortest of the steps that come nearest to solving a singular equation.
fn shortest_step(matrix: DMatrix<f64>, right: &DVector<f64>) -> Option<DVector<f64>> {
    let (matrix, right) = in_scale(matrix, right);
    let values = matrix.try_svd(true, true, f64::EPSILON, 0)?;
    let largest = values.singular_values.max();
    values.solve(&right, SINGULAR * largest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::MackeyGlass;
    use crate::solver::closure_field;

    #[test]
    fn matrices_are_the_partial_derivatives() {
        let field = closure_field(2, &[1.0, 2.0], |_, y, delayed, dy| {
            dy[0] = y[0].sin() * y[1] + delayed.state(1)[0].powi(3);
            dy[1] = delayed.state(0)[1].exp() - y[1];
        });
        let linear = linearise(&field, &[0.5, -0.3]).unwrap();
        let expected = [
            [0.5_f64.cos() * -0.3, 0.5_f64.sin(), 0.0, -1.0],
            [0.0, 0.0, 0.0, (-0.3_f64).exp()],
            [0.75, 0.0, 0.0, 0.0],
        ];
        let matrices = [&linear.present, &linear.delayed[0], &linear.delayed[1]];
        for (matrix, expected) in matrices.into_iter().zip(expected) {
            for (place, expected) in expected.into_iter().enumerate() {
                let value = matrix[(place / 2, place % 2)];
                assert!((value - expected).abs() < 1e-11, "{value} for {expected}");
            }
        }
    }

    #[test]
    fn the_slope_of_the_mackey_glass_equation_is_exact_to_ten_digits() {
        let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
        let linear = linearise(&field, &[1.0]).unwrap();
        assert!((linear.present[(0, 0)] + 0.1).abs() < 1e-12);
        assert!((linear.delayed[0][(0, 0)] + 0.4).abs() < 1e-10);
    }

    /// `S + I` is conserved: `S = g/b` with what is left of the sum, or all of it if that is less.
    #[test]
    fn a_conserved_sum_does_not_hide_the_steady_state() {
        let sis = closure_field(2, &[], |_, y, _, dy| {
            dy[1] = 2.0 * y[0] * y[1] - y[1];
            dy[0] = -dy[1];
        });
        let found = steady_state(&sis, &[0.52, 0.48]).unwrap();
        assert!((found[0] - 0.5).abs() < 1e-12, "{found:?}");
        let exchange = closure_field(2, &[], |_, y, _, dy| {
            dy[0] = y[1] - y[0];
            dy[1] = -dy[0];
        });
        let found = steady_state(&exchange, &[0.7, 0.3]).unwrap();
        // the Jacobian is one of differences
        let close = |value: &f64| (value - 0.5).abs() < 1e-13;
        assert!(found.iter().all(close), "{found:?}");
        // two steady states meet
        let meeting = closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0] * y[0]);
        for guess in [0.0, 0.1] {
            assert!(steady_state(&meeting, &[guess]).unwrap()[0].abs() < 1e-12);
        }
        let drift = closure_field(2, &[], |_, y, _, dy| {
            dy[0] = y[1] - y[0] + 1.0;
            dy[1] = y[0] - y[1];
        });
        let error = steady_state(&drift, &[0.7, 0.3]).unwrap_err();
        assert!(
            matches!(error, LinearError::SingularJacobian { .. }),
            "{error}"
        );
    }

    #[test]
    fn what_has_no_steady_state_or_is_not_smooth_is_refused() {
        let drift = closure_field(1, &[1.0], |_, y, _, dy| dy[0] = 1.0 + y[0] * y[0]);
        let error = steady_state(&drift, &[0.3]).unwrap_err();
        assert!(matches!(error, LinearError::NoSteadyState { .. }));
        let neutral = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0).neutral();
        let error = linearise(&neutral, &[0.0]).unwrap_err();
        assert!(matches!(error, LinearError::Unsupported { .. }));
        // no number at the centre only
        let hole = closure_field(1, &[1.0], |_, y, _, dy| dy[0] = y[0].sin() / y[0]);
        let error = steady_state(&hole, &[0.0]).unwrap_err();
        assert!(matches!(error, LinearError::NotFinite { .. }));
        let steep = |lambda: f64| {
            closure_field(1, &[1.0], move |_, y, _, dy| {
                dy[0] = (lambda * y[0]).tanh();
            })
        };
        assert!(linearise(&steep(100.0), &[0.0]).is_ok());
        for lambda in [1e4, 1e5, 1e8] {
            let error = linearise(&steep(lambda), &[0.0]).unwrap_err();
            assert!(matches!(error, LinearError::TooSharp { .. }), "{lambda}");
        }
    }
}
