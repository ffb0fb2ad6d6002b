//! The linearised flow: the map from values to errors, the Jacobian, and stable explicit steps.

use nalgebra::{Complex, DMatrix, DVector};

use super::{ErrorNodes, PredictiveFlow, Scheme, State};
use crate::numerics::matrix::eigenvalues;

/// The linear map `B` from the free values of one sample to the errors, at unit variances
/// `e_l = v_l - mu_l`: the rows are the errors of all layers, class first, the columns the values
/// that move. Image errors count only where `beta > 0`.
///
/// With dynamic errors and `W = M^T` the flow of a linear network has the eigenvalues
/// `-1/2 +- sqrt(1/4 - s^2)` over `tau` for every singular value `s` of `B`, and -1 for every error
/// direction outside its range; with instantaneous errors `-s^2`.
#[must_use]
pub fn error_map(flow: &PredictiveFlow<'_>, state: &State, sample: usize) -> DMatrix<f64> {
    let (forth, _) = linear_maps(flow, state, sample);
    forth
}

/// `B` and the map `A` from errors to `-tau v'`, equal to `B^T` where there is an energy and no
/// curvature; softmax layers count by the diagonal of their Jacobian.
fn linear_maps(
    flow: &PredictiveFlow<'_>,
    state: &State,
    sample: usize,
) -> (DMatrix<f64>, DMatrix<f64>) {
    let (network, clamp) = (flow.network(), flow.clamp());
    let last = network.last();
    let free: Vec<(usize, usize)> = (0..=last)
        .flat_map(|l| (0..network.sizes()[l]).map(move |i| (l, i)))
        .filter(|(l, i)| !clamp.is_held(*l, *i))
        .collect();
    let errors = error_nodes(flow);
    let (mut forth, mut back) = (
        DMatrix::zeros(errors.len(), free.len()),
        DMatrix::zeros(free.len(), errors.len()),
    );
    for (column, &(l, i)) in free.iter().enumerate() {
        let slope = if l == 0 {
            0.0
        } else {
            let v = state.values[l][(i, sample)];
            network.activation(l).derivatives(v).map_or(0.25, |d| d.0)
        };
        for (row, &(k, j)) in errors.iter().enumerate() {
            if (k, j) == (l, i) {
                forth[(row, column)] = 1.0;
                back[(column, row)] = clamp.beta[l][i];
            } else if k + 1 == l {
                let gain = network.gain(k) * slope;
                forth[(row, column)] = -gain * network.prediction(k)[(j, i)];
                back[(column, row)] = -gain * network.feedback(k)[(i, j)] * clamp.alpha[l][i];
            }
        }
    }
    (forth, back)
}

/// Layer and index of every error node that counts.
fn error_nodes(flow: &PredictiveFlow<'_>) -> Vec<(usize, usize)> {
    let (network, clamp) = (flow.network(), flow.clamp());
    let last = network.last();
    (0..=last)
        .flat_map(|l| (0..network.sizes()[l]).map(move |i| (l, i)))
        .filter(|(l, i)| *l < last || clamp.beta[*l][*i] > 0.0)
        .collect()
}

/// The Jacobian of `tau (v', e')` of one sample with dynamic errors, free values first, without
/// curvature: `[[-lambda, -A], [B, -Sigma]]`.
#[must_use]
pub fn jacobian(flow: &PredictiveFlow<'_>, state: &State, sample: usize) -> DMatrix<f64> {
    let (forth, back) = linear_maps(flow, state, sample);
    let (errors, values) = forth.shape();
    let mut jacobian = DMatrix::zeros(values + errors, values + errors);
    jacobian
        .view_mut((0, values), back.shape())
        .copy_from(&-back);
    jacobian
        .view_mut((values, 0), forth.shape())
        .copy_from(&forth);
    let (dynamics, clamp) = (flow.dynamics(), flow.clamp());
    for (i, (l, _)) in error_nodes(flow).into_iter().enumerate() {
        jacobian[(values + i, values + i)] = -flow.network().variance(l);
    }
    let sizes = flow.network().sizes().iter().enumerate();
    let all = sizes.flat_map(|(l, n)| (0..*n).map(move |i| (l, i)));
    for (row, (l, i)) in all.filter(|(l, i)| !clamp.is_held(*l, *i)).enumerate() {
        jacobian[(row, row)] =
            -clamp.decay(l, i, dynamics.value_decay, dynamics.hidden_multiplicity);
    }
    jacobian
}

/// Largest real part of the eigenvalues of [`jacobian`], in units of `1 / tau`: the rate at which
/// the fastest disturbance grows; negative where the equilibrium of a linear network is stable.
///
/// `None` if the eigenvalues do not converge.
#[must_use]
pub fn growth(flow: &PredictiveFlow<'_>, state: &State, sample: usize) -> Option<f64> {
    let values = eigenvalues(&jacobian(flow, state, sample)).ok()?;
    Some(
        values
            .iter()
            .map(|(re, _)| *re)
            .fold(f64::NEG_INFINITY, f64::max),
    )
}

/// Largest step, in the unit of `tau`, at which an explicit scheme is stable for the network
/// linearised at `state` (its steepest sample), for `W = M^T`.
///
/// Euler at unit variances: `tau / s_max^2` with dynamic and `2 tau / s_max^2` with instantaneous
/// errors, where `s_max` is the largest singular value of [`error_map`]; found by power iteration.
/// Instantaneous errors count over the root of their variance; dynamic ones are taken to have one
/// variance, the smallest or the largest of the network, whichever asks for the shorter step. Other
/// schemes: where the stability polynomial leaves the unit disc.
#[must_use]
pub fn stable_step(flow: &PredictiveFlow<'_>, state: &State, scheme: Scheme) -> f64 {
    let dynamics = flow.dynamics();
    let hidden = dynamics.hidden_multiplicity.max(1.0) * dynamics.value_decay;
    let s2 = largest_square(flow, state);
    let variances = (0..=flow.network().last()).map(|l| flow.network().variance(l));
    let rates: Vec<Complex<f64>> = match dynamics.errors {
        ErrorNodes::Instantaneous => vec![Complex::new(-(s2 + hidden), 0.0)],
        // (mu + lambda) (mu + Sigma) + s^2 = 0, from the errors that no value answers (s = 0) to the
        // steepest ones.
        ErrorNodes::Dynamic => variances
            .flat_map(|variance| [(variance, 0.0), (variance, s2)])
            .flat_map(|(variance, s2)| {
                let half = 0.5 * (variance + hidden);
                let root = Complex::new(half * half - hidden * variance - s2, 0.0).sqrt();
                [root - half, -root - half]
            })
            .collect(),
    };
    let grows = |step: f64| {
        rates.iter().any(|rate| {
            let z = rate * step;
            let mut term = Complex::new(1.0, 0.0);
            let mut sum = term;
            for k in 1..=scheme.order() {
                term *= z / f64::from(k);
                sum += term;
            }
            sum.norm() > 1.0
        })
    };
    let fastest = rates.iter().map(Complex::norm_sqr).fold(1.0, f64::max);
    let mut high = 0.25 / (1.0 + s2).max(fastest);
    while !grows(high) && high < 1e6 {
        high *= 1.25;
    }
    let mut low = high / 1.25;
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if grows(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    low * dynamics.tau
}

/// Largest eigenvalue of `B^T B` over the samples, with instantaneous errors of `B^T Sigma^-1 B`, by
/// power iteration with the network's own products.
fn largest_square(flow: &PredictiveFlow<'_>, state: &State) -> f64 {
    let network = flow.network();
    let (clamp, last) = (flow.clamp(), network.last());
    let weight = |l: usize| match flow.dynamics().errors {
        ErrorNodes::Instantaneous => 1.0 / network.variance(l),
        ErrorNodes::Dynamic => 1.0,
    };
    // A free value has an error of its own, if it has any.
    let mut largest = (0..=last).map(weight).fold(f64::INFINITY, f64::min);
    // The slopes of one sample in every 50 represent a batch.
    for sample in (0..flow.samples()).step_by(50) {
        let slopes: Vec<DVector<f64>> = (0..=last)
            .map(|l| {
                DVector::from_fn(network.sizes()[l], |i, _| {
                    if l == 0 {
                        return 0.0;
                    }
                    let v = state.values[l][(i, sample)];
                    network.activation(l).derivatives(v).map_or(0.25, |d| d.0)
                })
            })
            .collect();
        let mask = |x: &mut [DVector<f64>]| {
            for (l, x) in x.iter_mut().enumerate() {
                for (i, x) in x.iter_mut().enumerate() {
                    if clamp.is_held(l, i) {
                        *x = 0.0;
                    }
                }
            }
        };
        let mut x: Vec<DVector<f64>> = (0..=last)
            .map(|l| {
                DVector::from_fn(network.sizes()[l], |i, _| {
                    1.0 + 0.1 * ((i + 7 * l) % 11) as f64
                })
            })
            .collect();
        mask(&mut x);
        let mut square = 0.0;
        for _ in 0..200 {
            let norm = x.iter().map(DVector::norm_squared).sum::<f64>().sqrt();
            if norm == 0.0 {
                break;
            }
            x.iter_mut().for_each(|x| *x /= norm);
            let mut e: Vec<DVector<f64>> = x.clone();
            for l in 0..last {
                let s = x[l + 1].component_mul(&slopes[l + 1]);
                e[l] -= network.prediction(l) * s * network.gain(l);
            }
            for (i, e) in e[last].iter_mut().enumerate() {
                *e *= f64::from(u8::from(clamp.beta[last][i] > 0.0));
            }
            let layers = e.iter().enumerate();
            let found: f64 = layers.map(|(l, e)| weight(l) * e.norm_squared()).sum();
            for (l, e) in e.iter_mut().enumerate() {
                *e *= weight(l);
            }
            for l in (0..=last).rev() {
                x[l] = e[l].clone();
                if l > 0 {
                    let drive = network.feedback(l - 1) * &e[l - 1] * network.gain(l - 1);
                    x[l] -= drive.component_mul(&slopes[l]);
                }
            }
            mask(&mut x);
            let change = (found - square).abs();
            square = found;
            if change < 1e-12 * found {
                break;
            }
        }
        largest = largest.max(square);
    }
    largest
}
