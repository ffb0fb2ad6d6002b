//! The stabilised explicit method of Runge, Kutta and Chebyshev.

use super::adaptive::{Attempt, Scheme};
use super::{FlowError, GradientFlow};

/// RKC of order 2 with as many stages as the sharpness asks for: `s` gradients reach over the
/// stability interval `2/3 (s^2 - 1)(1 - 2/15 epsilon)`, so that the cost per unit of time falls with
/// the length of the step.
///
/// B. P. Sommeijer, L. F. Shampine, J. G. Verwer, "RKC: an explicit solver for parabolic PDEs",
/// J. Comput. Appl. Math. 88, 315-326 (1998), doi:10.1016/S0377-0427(97)00219-7. The spectral radius
/// of the Hessian is followed by power iteration on differences of gradients, as there.
#[derive(Debug, Default)]
pub(super) struct Chebyshev {
    /// Field at the beginning of the step.
    field: Option<Vec<f64>>,
    /// Field at the end of the last attempt.
    ahead: Vec<f64>,
    /// Unit vector of the steepest direction, and the curvature along it.
    direction: Vec<f64>,
    radius: f64,
    /// Accepted steps since the radius was renewed.
    age: usize,
}

/// Accepted steps after which the spectral radius is renewed.
const RENEW: usize = 15;
/// The radius used is this much larger than the one found.
const MARGIN: f64 = 1.1;
/// Most stages of a step.
const MOST_STAGES: usize = 200;

fn field(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<Vec<f64>, FlowError> {
    let (_, mut gradient) = flow.gradient(parameters)?;
    gradient.iter_mut().for_each(|g| *g = -*g);
    Ok(gradient)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

impl Chebyshev {
    /// Renews the spectral radius at a place with the given field.
    fn renew(
        &mut self,
        flow: &GradientFlow<'_>,
        parameters: &[f64],
        here: &[f64],
    ) -> Result<(), FlowError> {
        if self.direction.is_empty() {
            self.direction = here.to_vec();
        }
        let size = norm(parameters).max(f64::MIN_POSITIVE);
        let step = f64::EPSILON.sqrt() * size;
        for _ in 0..50 {
            let length = norm(&self.direction);
            if length == 0.0 {
                break;
            }
            let probe = parameters.iter().zip(&self.direction);
            let probe: Vec<f64> = probe.map(|(p, d)| p + step / length * d).collect();
            let there = field(flow, &probe)?;
            let change = there
                .iter()
                .zip(here)
                .map(|(there, here)| (there - here) / step);
            self.direction = change.collect();
            let found = norm(&self.direction);
            let settled = (found - self.radius).abs() <= 0.02 * found;
            self.radius = found;
            if settled {
                break;
            }
        }
        self.age = 0;
        Ok(())
    }
}

impl<'f> Scheme<'f> for Chebyshev {
    fn name(&self) -> &'static str {
        "chebyshev"
    }

    fn error_order(&self) -> f64 {
        3.0
    }

    fn begin(&mut self, flow: &'f GradientFlow<'f>, parameters: &[f64]) -> Result<f64, FlowError> {
        let here = match self.field.take() {
            Some(here) => here,
            None => field(flow, parameters)?,
        };
        if self.direction.is_empty() || self.age >= RENEW {
            self.renew(flow, parameters, &here)?;
        }
        self.field = Some(here);
        Ok(self.radius)
    }

    fn longest(&self) -> f64 {
        let reach = 0.65 * (MOST_STAGES * MOST_STAGES - 1) as f64;
        reach / (MARGIN * self.radius).max(f64::MIN_POSITIVE)
    }

    fn attempt(
        &mut self,
        flow: &'f GradientFlow<'f>,
        origin: &[f64],
        h: f64,
    ) -> Result<Attempt, FlowError> {
        let start = match self.field.take() {
            Some(start) => start,
            None => field(flow, origin)?,
        };
        let stages = 1 + (1.0 + 1.54 * h * MARGIN * self.radius).sqrt() as usize;
        let stages = stages.clamp(2, MOST_STAGES);

        // Chebyshev polynomials, their first and second derivatives at w0.
        let s = stages as f64;
        let epsilon = 2.0 / 13.0;
        let w0 = 1.0 + epsilon / (s * s);
        let mut t = vec![(1.0, 0.0, 0.0), (w0, 1.0, 0.0)];
        for j in 2..=stages {
            let (a, b) = (t[j - 1], t[j - 2]);
            t.push((
                2.0 * w0 * a.0 - b.0,
                2.0 * a.0 + 2.0 * w0 * a.1 - b.1,
                4.0 * a.1 + 2.0 * w0 * a.2 - b.2,
            ));
        }
        let w1 = t[stages].1 / t[stages].2;
        let mut b: Vec<f64> = t.iter().map(|t| t.2 / (t.1 * t.1)).collect();
        b[0] = b[2];
        b[1] = 1.0 / w0;

        let mut before = origin.to_vec();
        let first = b[1] * w1 * h;
        let mut now: Vec<f64> = origin
            .iter()
            .zip(&start)
            .map(|(y, f)| y + first * f)
            .collect();
        for j in 2..=stages {
            let mu = 2.0 * b[j] * w0 / b[j - 1];
            let nu = -b[j] / b[j - 2];
            let slope = 2.0 * b[j] * w1 / b[j - 1];
            let anchor = -(1.0 - b[j - 1] * t[j - 1].0) * slope;
            let here = field(flow, &now)?;
            for i in 0..origin.len() {
                let next = (1.0 - mu - nu) * origin[i]
                    + mu * now[i]
                    + nu * before[i]
                    + h * (slope * here[i] + anchor * start[i]);
                before[i] = now[i];
                now[i] = next;
            }
        }
        let end = field(flow, &now)?;
        let mut square = 0.0;
        for i in 0..origin.len() {
            let error = 0.8 * (origin[i] - now[i]) + 0.4 * h * (start[i] + end[i]);
            square += error * error;
        }
        self.field = Some(start);
        self.ahead = end;
        Ok(Attempt {
            parameters: now,
            error: square.sqrt(),
        })
    }

    fn accepted(&mut self) {
        self.field = Some(std::mem::take(&mut self.ahead));
        self.age += 1;
    }

    fn rejected(&mut self) {
        self.age = RENEW;
    }
}
