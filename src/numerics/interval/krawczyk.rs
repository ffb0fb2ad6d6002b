//! Krawczyk's operator: a box that holds exactly one zero of a system of equations.

use nalgebra::DMatrix;
use thiserror::Error;

use super::Interval;

/// Newton steps to the middle of the box: quadratic from the 1e-10 of a floating-point cycle, two would do.
const NEWTON_STEPS: usize = 4;

/// Boxes that are tried, each about twice the image of the one before.
const ATTEMPTS: usize = 8;

/// Radius of a box in which a system that cannot be evaluated says little of itself, but that the operator has no box of the
/// size of rounding (chosen).
const WIDE: f64 = 1e-6;

/// Radius of the first box that is tried, relative to the unknowns where they exceed 1: a thousand times what a floating-point
/// cycle leaves, so that the zero is the only one in a box wide beside rounding (chosen).
const GENEROUS: f64 = 1e-9;

/// A zero and where it is the only one.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// A box that holds exactly one zero.
    pub unique: Vec<Interval>,
    /// A smaller one, inside it, that holds that zero.
    pub zero: Vec<Interval>,
}

/// Equations as many as unknowns, continuous and piecewise smooth.
pub trait System {
    /// Why they cannot be evaluated over a box.
    type Failure;

    /// Enclosures of the left-hand sides over a box, and of their derivatives: row `i`, column `j` is that of
    /// equation `i` by unknown `j`, wherever in the box it exists.
    ///
    /// # Errors
    /// Its own.
    fn evaluate(&self, at: &[Interval]) -> Result<Evaluation, Self::Failure>;
}

/// Values and derivatives over a box.
pub type Evaluation = (Vec<Interval>, DMatrix<Interval>);

/// Why no zero is verified.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NotVerified<F> {
    /// The system cannot be evaluated.
    #[error("{0}")]
    Evaluation(F),
    /// The derivative has no inverse.
    #[error("the derivative of the return map minus 1 has no inverse")]
    Singular,
    /// The operator maps no box into itself.
    #[error("Krawczyk's operator maps no box of width {width:e} into itself")]
    Open {
        /// Width of the last box.
        width: f64,
    },
}

/// A box around `guess` that holds exactly one zero of `system`, and a smaller one inside it that holds the zero.
///
/// With `C` an approximate inverse of the derivative and `m` the middle of a box `X`, the operator is
/// `K = m - C f(m) + (1 - C f'(X)) (X - m)`. If it lies in the interior of `X`, then `X` holds exactly one zero, and `K`
/// holds it. R. Krawczyk, Computing 4, 187-201 (1969); S. M. Rump, Acta Numerica 19 (2010), theorem 13.3.
/// The derivative enters only by `f(x) - f(y) = A (x - y)` with some `A` in its enclosure, which holds for continuous,
/// piecewise smooth `f`, too.
///
/// Cost: about six evaluations, and `O(n^3)`.
///
/// # Errors
/// [`NotVerified`].
pub fn krawczyk<S: System>(
    system: &S,
    mut guess: Vec<f64>,
) -> Result<Verified, NotVerified<S::Failure>> {
    let unknowns = guess.len();
    let points = |at: &[f64]| -> Vec<Interval> { at.iter().map(|x| Interval::point(*x)).collect() };
    let mut steps = 0;
    let (inverse, correction) = loop {
        let evaluated = system.evaluate(&points(&guess));
        let (values, derivative) = evaluated.map_err(NotVerified::Evaluation)?;
        let middle = derivative.map(Interval::middle);
        let inverse = middle.try_inverse().ok_or(NotVerified::Singular)?;
        if inverse.iter().any(|entry| !entry.is_finite()) {
            return Err(NotVerified::Singular);
        }
        let correction: Vec<Interval> = (0..unknowns)
            .map(|i| {
                let terms = values.iter().enumerate();
                terms.fold(Interval::ZERO, |sum, (l, value)| {
                    sum + value.scaled(inverse[(i, l)])
                })
            })
            .collect();
        // The middle is good enough as soon as rounding hides the rest.
        let close = |value: &Interval| value.middle().abs() <= 2.0 * value.width();
        if steps == NEWTON_STEPS || correction.iter().all(close) {
            break (inverse, correction);
        }
        for (x, step) in guess.iter_mut().zip(&correction) {
            *x -= step.middle();
        }
        steps += 1;
    };

    let smallest = |x: f64| f64::EPSILON * x.abs().max(1.0);
    let tight = |factor: f64| -> Vec<f64> {
        let moved = guess.iter().zip(&correction);
        let radius = moved.map(|(x, step)| {
            (2.0 * step.magnitude() + smallest(*x)).max(factor * x.abs().max(1.0))
        });
        radius.collect()
    };
    let mut radius = tight(GENEROUS);
    for attempt in 0..ATTEMPTS {
        let around = guess.iter().zip(&radius);
        let tried: Vec<Interval> = around.map(|(x, r)| Interval::around(*x, *r)).collect();
        let derivative = match system.evaluate(&tried) {
            Ok((_, derivative)) => derivative,
            Err(_) if attempt == 0 => {
                radius = tight(0.0);
                continue;
            }
            Err(failure) if widest(&radius) < WIDE => return Err(NotVerified::Evaluation(failure)),
            Err(_) => break,
        };
        let rest = defect(&inverse, &derivative);
        let away: Vec<Interval> = tried
            .iter()
            .zip(&guess)
            .map(|(box_, x)| *box_ - Interval::point(*x))
            .collect();
        let image: Vec<Interval> = (0..unknowns)
            .map(|i| {
                let row = away.iter().enumerate();
                let spread = row.fold(Interval::ZERO, |sum, (j, away)| sum + rest[(i, j)] * *away);
                Interval::point(guess[i]) - correction[i] + spread
            })
            .collect();
        if image
            .iter()
            .zip(&tried)
            .all(|(image, tried)| image.is_inside(*tried))
        {
            return Ok(Verified {
                unique: tried,
                zero: image,
            });
        }
        if attempt == 0 {
            radius = tight(0.0);
            continue;
        }
        for ((r, image), x) in radius.iter_mut().zip(&image).zip(&guess) {
            let reach = (*image - Interval::point(*x)).magnitude();
            *r = 2.0 * reach + smallest(*x);
        }
        if radius.iter().any(|r| !r.is_finite()) {
            break;
        }
    }
    let width = 2.0 * widest(&radius);
    Err(NotVerified::Open { width })
}

fn widest(radius: &[f64]) -> f64 {
    radius.iter().copied().fold(0.0, f64::max)
}

/// `1 - C A`.
fn defect(inverse: &DMatrix<f64>, derivative: &DMatrix<Interval>) -> DMatrix<Interval> {
    let size = inverse.nrows();
    let mut rest = DMatrix::from_element(size, size, Interval::ZERO);
    for j in 0..size {
        for l in 0..size {
            let entry = derivative[(l, j)];
            if entry != Interval::ZERO {
                for i in 0..size {
                    rest[(i, j)] = rest[(i, j)] - entry.scaled(inverse[(i, l)]);
                }
            }
        }
        rest[(j, j)] += Interval::ONE;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x^2 = 2` or, with a double zero, `x^2 = 0`.
    struct Square(f64);

    impl System for Square {
        type Failure = ();
        fn evaluate(&self, at: &[Interval]) -> Result<Evaluation, ()> {
            let value = at[0].square() - Interval::point(self.0);
            let slope = Interval::point(2.0) * at[0];
            Ok((vec![value], DMatrix::from_element(1, 1, slope)))
        }
    }

    #[test]
    fn the_root_of_two_is_enclosed() {
        let found = krawczyk(&Square(2.0), vec![1.4]).unwrap().zero[0];
        assert!(found.low() <= std::f64::consts::SQRT_2 && found.width() < 2e-15);
        // the square of the lower end lies below 2, that of the upper one above
        assert!(found.low() * found.low() < 2.0 && found.high() * found.high() > 2.0);
    }

    #[test]
    fn a_double_zero_and_a_missing_one_are_not_verified() {
        assert!(krawczyk(&Square(0.0), vec![1e-9]).is_err());
        assert!(krawczyk(&Square(-1e-12), vec![1e-3]).is_err());
        assert_eq!(
            krawczyk(&Square(0.0), vec![0.0]),
            Err(NotVerified::Singular)
        );
    }
}
