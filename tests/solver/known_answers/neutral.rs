//! Neutral equations with closed forms.

use std::f64::consts::PI;

use super::KnownAnswer;
use pulsatrix::solver::{History, closure_field};

/// Problem 11: `y' = exp(-y) + l (sin y'(alpha) - sin(1 / (3 + alpha)))`,
/// `alpha = t (1 - cos 2 pi t) / 2`, `y = log(t + 3)`: equations F3 to F5 (l = 0.2, 0.4, 0.6) of
/// C. A. H. Paul, "A test set of functional differential equations", Manchester 1994. The delayed
/// time sweeps the whole past and the lag vanishes once a unit of time.
pub fn sweeping_logarithm(l: f64) -> KnownAnswer {
    KnownAnswer {
        name: "sweeping logarithm",
        field: Box::new(
            closure_field(1, &[], move |t: f64, y, delayed, dy| {
                let alpha = 0.5 * t * (1.0 - (2.0 * PI * t).cos());
                dy[0] =
                    (-y[0]).exp() + l * (delayed.slope(0)[0].sin() - (1.0 / (3.0 + alpha)).sin());
            })
            .with_delayed_times(1, |t, _, times| {
                times[0] = 0.5 * t * (1.0 - (2.0 * PI * t).cos());
            })
            .neutral(),
        ),
        history: || {
            History::function(1, |t, y| y[0] = (t + 3.0).ln())
                .with_slope(|t, slope| slope[0] = 1.0 / (t + 3.0))
        },
        begin: 0.0,
        end: 10.0,
        answer: vec![13_f64.ln()],
    }
}

/// Problem 16: `y' = -y'(t - 1)`, `y = t` up to `t = 0`: a triangle wave whose breaks stay.
pub fn triangle(end: f64) -> KnownAnswer {
    let phase = end.rem_euclid(2.0);
    KnownAnswer {
        name: "triangle",
        field: Box::new(
            closure_field(1, &[1.0], |_, _, delayed, dy| {
                dy[0] = -delayed.slope(0)[0];
            })
            .neutral(),
        ),
        history: || History::function(1, |t, y| y[0] = t).with_slope(|_, slope| slope[0] = 1.0),
        begin: 0.0,
        end,
        answer: vec![if phase <= 1.0 { -phase } else { phase - 2.0 }],
    }
}

pub fn all() -> Vec<KnownAnswer> {
    vec![
        sweeping_logarithm(0.2),
        sweeping_logarithm(0.4),
        sweeping_logarithm(0.6),
        triangle(1000.5),
    ]
}
