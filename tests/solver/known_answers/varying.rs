//! Lags that depend on time or on the state, with closed forms.

use std::f64::consts::SQRT_2;

use super::KnownAnswer;
use pulsatrix::solver::{History, closure_field};

/// Problem 5: `y' = 1 - y(exp(1 - 1/t))`, `y = log t`: the lag vanishes at `t = 1`.
pub fn logarithm() -> KnownAnswer {
    KnownAnswer {
        name: "logarithm",
        field: Box::new(
            closure_field(1, &[], |_, _, delayed, dy| {
                dy[0] = 1.0 - delayed.state(0)[0];
            })
            .with_delayed_times(1, |t, _, times| times[0] = (1.0 - 1.0 / t).exp()),
        ),
        history: || History::function(1, |t, y| y[0] = t.ln()),
        begin: 0.1,
        end: 10.0,
        answer: vec![10_f64.ln()],
    }
}

/// Problem 6: `y' = -1 - y + 2 [y(t/2) < 0]`, `y(0) = 1`: the lag vanishes at the start.
pub fn switching_at_half_time() -> KnownAnswer {
    KnownAnswer {
        name: "switching at half time",
        field: Box::new(
            closure_field(1, &[], |_, y, delayed, dy| {
                let jump = if delayed.state(0)[0] < 0.0 { 2.0 } else { 0.0 };
                dy[0] = -1.0 - y[0] + jump;
            })
            .with_delayed_times(1, |t, _, times| times[0] = 0.5 * t)
            .with_switches(1, |_, _, delayed, values| values[0] = delayed.state(0)[0]),
        ),
        history: || History::constant(&[1.0]),
        begin: 0.0,
        end: 2.0 * 66_f64.ln(),
        answer: vec![66.0 / (66.0 * 66.0) - 1.0],
    }
}

/// Problem 7: `y1' = y2`, `y2' = -y2(exp(1 - y2)) y2^2 exp(1 - y2)`, `y = (log t, 1/t)`: the lag
/// depends on the state and vanishes at `t = 1`.
pub fn reciprocal() -> KnownAnswer {
    KnownAnswer {
        name: "reciprocal",
        field: Box::new(
            closure_field(2, &[], |_, y, delayed, dy| {
                dy[0] = y[1];
                dy[1] = -delayed.state(0)[1] * y[1] * y[1] * (1.0 - y[1]).exp();
            })
            .with_delayed_times(1, |_, y, times| times[0] = (1.0 - y[1]).exp()),
        ),
        history: || {
            History::function(2, |t, y| {
                y[0] = t.ln();
                y[1] = 1.0 / t;
            })
        },
        begin: 0.1,
        end: 5.0,
        answer: vec![5_f64.ln(), 0.2],
    }
}

/// Problem 8: `y' = y(y(t))`, a jump at the start and a chain of breaks at times that only the
/// solution knows.
pub fn self_reading() -> KnownAnswer {
    KnownAnswer {
        name: "self-reading",
        field: Box::new(
            closure_field(1, &[], |_, _, delayed, dy| {
                dy[0] = delayed.state(0)[0];
            })
            .with_delayed_times(1, |_, y, times| times[0] = y[0]),
        ),
        history: || History::constant(&[0.5]).starting_at(&[1.0]),
        begin: 2.0,
        end: 5.5,
        answer: vec![4.2414122950565184365],
    }
}

/// Problem 10: `y' = y(alpha) y / (2 sqrt(t + 1))`, `alpha = y - sqrt 2`, history one.
pub fn root() -> KnownAnswer {
    KnownAnswer {
        name: "root",
        field: Box::new(
            closure_field(1, &[], |t: f64, _, delayed, dy| {
                dy[0] = delayed.state(0)[0] / (2.0 * (t + 1.0).sqrt());
            })
            .with_delayed_times(1, |_, y, times| times[0] = y[0] - SQRT_2),
        ),
        history: || History::constant(&[1.0]),
        begin: 0.0,
        end: 2.0,
        answer: vec![1.7573059361772882444],
    }
}

/// Problem 15: `y' = exp(t/2) y(t/2) / 2 + y/2`, `y = exp t`: the lag vanishes at the start.
pub fn exponential() -> KnownAnswer {
    KnownAnswer {
        name: "exponential",
        field: Box::new(
            closure_field(1, &[], |t: f64, y, delayed, dy| {
                dy[0] = 0.5 * ((0.5 * t).exp() * delayed.state(0)[0] + y[0]);
            })
            .with_delayed_times(1, |t, _, times| times[0] = 0.5 * t),
        ),
        history: || History::constant(&[1.0]),
        begin: 0.0,
        end: 3.0,
        answer: vec![3_f64.exp()],
    }
}

pub fn all() -> Vec<KnownAnswer> {
    vec![
        logarithm(),
        switching_at_half_time(),
        reciprocal(),
        self_reading(),
        root(),
        exponential(),
    ]
}
