//! How far apart two functions are.

use std::f64::consts::FRAC_2_PI;

use nalgebra::DVector;

use super::planes::Plane;
use super::two_layer::length;

/// A jump at a plane, as one term of a difference of functions.
pub(super) struct Kink {
    pub plane: Plane,
    pub jump: DVector<f64>,
}

/// Mean square over normal `y` of `1/2 sum J_i |p_i . y|`, with `p = (u, beta)`.
///
/// For unit vectors at an angle `theta` from 0 to `pi/2`, as lines, `E |p . y| |q . y|` is
/// `kappa = (2/pi) (sin theta + (pi/2 - theta) cos theta)` (Y. Cho, L. K. Saul, NIPS 22, 2009, for the
/// rectifier, of which this is the even part). The sum is taken as
/// `1/4 (|sum J |p||^2 - sum J . J' |p| |p'| (1 - kappa))`, in which a plane that has hardly moved does
/// not cancel: both parts are as small as the answer. `O(r^2 (d + k))` for `r` planes.
pub(super) fn mean_square(kinks: &[Kink]) -> f64 {
    let Some(first) = kinks.first() else {
        return 0.0;
    };
    let mut total = DVector::zeros(first.jump.len());
    let mut parted = 0.0;
    for (index, kink) in kinks.iter().enumerate() {
        let size = kink.plane.length();
        total.axpy(size, &kink.jump, 1.0);
        for other in &kinks[..index] {
            let scale = size * other.plane.length() * kink.jump.dot(&other.jump);
            parted += 2.0 * scale * (-parting(angle(&kink.plane, &other.plane)));
        }
    }
    // Rounding alone takes a sum of squares below zero.
    (0.25 * (total.norm_squared() + parted)).max(0.0)
}

/// `1 - kappa`, exact to rounding for small angles, where it is about `theta^2 / 2`.
fn parting(theta: f64) -> f64 {
    let half = (0.5 * theta).sin();
    2.0 * half * half - FRAC_2_PI * (theta.sin() - theta * theta.cos())
}

/// Angle between two planes as lines through the origin of `(x, t)`, from 0 to `pi/2`, exact to rounding
/// for small angles.
fn angle(first: &Plane, second: &Plane) -> f64 {
    let sizes = (first.length(), second.length());
    let chord = |sign: f64| {
        let along = &first.normal / sizes.0 - &second.normal * (sign / sizes.1);
        let up = first.offset / sizes.0 - sign * (second.offset / sizes.1);
        length(along.iter()).hypot(up)
    };
    2.0 * (0.5 * chord(1.0).min(chord(-1.0))).min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use super::*;
    use nalgebra::dvector;

    #[test]
    fn partings_of_lines() {
        // orthogonal lines: E |y_1 y_2| = 2/pi; small angles: theta^2 / 2 to second order
        assert!((parting(FRAC_PI_2) - (1.0 - FRAC_2_PI)).abs() < 1e-15);
        let small = 1e-6;
        assert!((parting(small) / (0.5 * small * small) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn angles_forget_orientations() {
        let plane = |angle: f64, offset: f64| Plane {
            normal: dvector![angle.cos(), angle.sin()],
            offset,
        };
        let there = angle(&plane(0.3, 0.0), &plane(0.3 + 1e-9, 0.0));
        assert!((there - 1e-9).abs() < 1e-15, "{there:e}");
        let back = angle(
            &plane(0.3, 0.0),
            &plane(0.3 + std::f64::consts::PI - 0.2, 0.0),
        );
        assert!((back - 0.2).abs() < 1e-14, "{back}");
        // (0, 1) . (0, -1 / sqrt 3): offsets tilt planes
        let tilted = angle(&plane(0.0, 1.0), &plane(0.0, 0.0));
        assert!((tilted - 0.25 * std::f64::consts::PI).abs() < 1e-15);
    }
}
