//! The modes of deep linear networks.

use super::FlowError;
use crate::solver::{Options, OrdinaryMethod, Save, ordinary_field, solve_ordinary};

/// Strength `u(t)` of one mode of a deep linear network under gradient flow, at ascending times.
///
/// From aligned and balanced weights and whitened inputs every singular value `s` of the target is
/// learned by itself, `u' = L u^(2 - 2/L) (s - u)` for `L` layers of weights; for two of them
/// `u(t) = s e^(2st) / (e^(2st) - 1 + s/u(0))`, which is returned in closed form. A. M. Saxe, J. L.
/// `McClelland`, S. Ganguli, ICLR 2014, arXiv:1312.6120.
///
/// # Errors
/// [`FlowError::OutOfRange`] without layers or for numbers that are not positive, and
/// [`FlowError::Solver`] for times that do not ascend from 0.
///
/// ```
/// use pulsatrix::training::flow::deep_linear_mode;
///
/// let u = deep_linear_mode(2.0, 0.01, 2, &[1.0, 2.0, 3.0])?;
/// assert!((u[0] - 0.43058792050343).abs() < 1e-13);
/// # Ok::<(), pulsatrix::training::flow::FlowError>(())
/// ```
pub fn deep_linear_mode(
    target: f64,
    start: f64,
    layers: usize,
    times: &[f64],
) -> Result<Vec<f64>, FlowError> {
    for (name, value) in [
        ("singular value", target),
        ("strength at the start", start),
        ("number of layers", layers as f64),
    ] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(FlowError::OutOfRange {
                name,
                value,
                requirement: "positive and finite",
            });
        }
    }
    if layers == 2 {
        let u = |t: &f64| {
            let decay = (-2.0 * target * t).exp();
            target / (1.0 - decay + target / start * decay)
        };
        return Ok(times.iter().map(u).collect());
    }
    let depth = layers as f64;
    let field = ordinary_field(1, |_, u, du| {
        du[0] = depth * u[0].powf(2.0 - 2.0 / depth) * (target - u[0]);
    });
    let end = times.last().copied().unwrap_or(0.0);
    let options = Options::with_tolerance(1e-12);
    let save = Save::At(times.to_vec());
    let method = OrdinaryMethod::Dop853;
    let trajectory = solve_ordinary(&field, &[start], (0.0, end), method, &options, &save)?;
    Ok(trajectory.states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_have_the_known_values() {
        // closed form: s = 2, u0 = 0.01
        for (layers, tolerance, expected) in [
            (
                2,
                1e-13,
                [0.43058792050343, 1.87484111374369, 1.99755758981406],
            ),
            (3, 5e-12, [0.0528021181796, 1.06796860509, 1.99882329784]),
            (4, 5e-11, [0.0274731384693, 0.209067110669, 1.9967253]),
        ] {
            let found = deep_linear_mode(2.0, 0.01, layers, &[1.0, 2.0, 3.0]).unwrap();
            for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                let tolerance = if (layers, i) == (4, 2) {
                    5e-8
                } else {
                    tolerance
                };
                assert!(
                    (found - expected).abs() < tolerance,
                    "{layers}: {found} {expected}"
                );
            }
        }
        assert!(deep_linear_mode(2.0, 0.0, 2, &[1.0]).is_err());
    }
}
