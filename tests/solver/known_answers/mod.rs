//! Delay equations whose answers are known: shared by tests and benchmarks.
//!
//! Closed forms and reference values (two methods agree to the digits shown): constant lags here,
//! lags that vary in `varying`, neutral equations in `neutral`.

#![allow(clippy::excessive_precision)] // the digits as published

pub mod neutral;
pub mod stiff;
pub mod varying;

use std::f64::consts::{FRAC_PI_2, LN_2, PI};

use pulsatrix::numerics::sigmoid::logistic;
use pulsatrix::solver::{
    DelayField, DelaySolver, History, Options, Save, SolverError, Trajectory, closure_field, solve,
};

/// An initial-value problem with the state at its end.
pub struct KnownAnswer {
    pub name: &'static str,
    pub field: Box<dyn DelayField>,
    pub history: fn() -> History<'static>,
    pub begin: f64,
    pub end: f64,
    pub answer: Vec<f64>,
}

impl KnownAnswer {
    /// Runs the general engine to the end.
    pub fn run(&self, options: Options) -> Result<Trajectory, SolverError> {
        let mut solver = DelaySolver::new(&*self.field, (self.history)(), self.begin, options)?;
        solve(&mut solver, self.end, &Save::Last, &[])
    }

    /// Largest error at the end, relative to `1 + |answer|`, of a run at tolerance `tolerance`.
    pub fn error(&self, options: Options) -> f64 {
        let trajectory = self.run(options).unwrap();
        let pairs = trajectory.last().iter().zip(&self.answer);
        pairs
            .map(|(value, exact)| (value - exact).abs() / (1.0 + exact.abs()))
            .fold(0.0, f64::max)
    }
}

/// `sum_k (-1)^k (t - k + s)_+^k / k!`, the method of steps for `y' = -y(t - 1)`.
pub fn steps(t: f64, shift: f64) -> f64 {
    let mut sum = 1.0;
    let mut factorial = 1.0;
    for k in 1..=(t + shift).floor() as i32 {
        factorial *= -f64::from(k);
        sum += (t - f64::from(k) + shift).powi(k) / factorial;
    }
    sum
}

/// Problem 1: `y' = -y(t - 1)`, zero before `t = 0`, one at it.
pub fn fundamental_solution() -> KnownAnswer {
    KnownAnswer {
        name: "fundamental solution",
        field: Box::new(closure_field(1, &[1.0], |_, _, delayed, dy| {
            dy[0] = -delayed.state(0)[0];
        })),
        history: || History::constant(&[0.0]).starting_at(&[1.0]),
        begin: 0.0,
        end: 10.0,
        answer: vec![0.052973434744268077601],
    }
}

/// Problem 3: `y' = -y(t - 1)`, one up to `t = 0`.
pub fn linear() -> KnownAnswer {
    KnownAnswer {
        name: "linear",
        history: || History::constant(&[1.0]),
        answer: vec![0.020241126543209877],
        ..fundamental_solution()
    }
}

/// Problem 4: `y' = -y(t - pi/2)`, `y = sin t`.
pub fn sine() -> KnownAnswer {
    KnownAnswer {
        name: "sine",
        field: Box::new(closure_field(1, &[FRAC_PI_2], |_, _, delayed, dy| {
            dy[0] = -delayed.state(0)[0];
        })),
        history: || History::function(1, |t, y| y[0] = t.sin()),
        begin: 0.0,
        end: 10.0 * PI + 1.0,
        answer: vec![1_f64.sin()],
    }
}

/// Problem 6: `y' = -1 - y + 2 [y(t/2) < 0]` in logarithmic time `s = log t`, where the lag is the
/// constant `log 2`; started on the known solution at `t = 1/2`.
pub fn switching() -> KnownAnswer {
    KnownAnswer {
        name: "switching",
        field: Box::new(
            closure_field(1, &[LN_2], |s, y, delayed, dy| {
                let jump = if delayed.state(0)[0] < 0.0 { 2.0 } else { 0.0 };
                dy[0] = s.exp() * (-1.0 - y[0] + jump);
            })
            .with_switches(1, |_, _, delayed, values| values[0] = delayed.state(0)[0]),
        ),
        history: || History::function(1, |s, y| y[0] = 2.0 * (-s.exp()).exp() - 1.0),
        begin: 0.5_f64.ln(),
        end: (2.0 * 66_f64.ln()).ln(),
        answer: vec![66.0 / (66.0 * 66.0) - 1.0],
    }
}

/// Problem 17: `x' = 1` if `x(t - 1) <= 0`, else `-a`, with `a = 2`: period `2 + a + 1/a`.
///
/// From the history -1 the state reaches 0 at `t = 1` and its maximum 1 at `t = 2`, where the cycle
/// is entered; the end is 30 periods later. Sign changes of the delayed state fall on breaking
/// points of the initial time here, the harder case.
pub fn relay() -> KnownAnswer {
    let a = 2.0;
    KnownAnswer {
        name: "relay",
        field: Box::new(
            closure_field(1, &[1.0], move |_, _, delayed, dy| {
                dy[0] = if delayed.state(0)[0] <= 0.0 { 1.0 } else { -a };
            })
            .with_switches(1, |_, _, delayed, values| values[0] = delayed.state(0)[0]),
        ),
        history: || History::constant(&[-1.0]),
        begin: 0.0,
        end: 2.0 + 30.0 * (2.0 + a + 1.0 / a),
        answer: vec![1.0],
    }
}

/// Hutchinson's equation `y' = r y (1 - y(t - 1))` with history 0.1.
pub fn hutchinson(r: f64, end: f64, answer: f64) -> KnownAnswer {
    KnownAnswer {
        name: "Hutchinson",
        field: Box::new(closure_field(1, &[1.0], move |_, y, delayed, dy| {
            dy[0] = r * y[0] * (1.0 - delayed.state(0)[0]);
        })),
        history: || History::constant(&[0.1]),
        begin: 0.0,
        end,
        answer: vec![answer],
    }
}

/// Suarez-Schopf delayed oscillator of El Niño.
pub fn suarez_schopf() -> KnownAnswer {
    KnownAnswer {
        name: "Suarez-Schopf",
        field: Box::new(closure_field(1, &[6.0], |_, y, delayed, dy| {
            dy[0] = y[0] - y[0].powi(3) - 0.75 * delayed.state(0)[0];
        })),
        history: || History::constant(&[0.1]),
        begin: 0.0,
        end: 100.0,
        answer: vec![-0.725807877216482],
    }
}

/// Ghil's seasonally forced model of El Niño.
pub fn ghil() -> KnownAnswer {
    KnownAnswer {
        name: "Ghil ENSO",
        field: Box::new(closure_field(1, &[0.42], |t, _, delayed, dy| {
            dy[0] = -(11.0 * delayed.state(0)[0]).tanh() + (2.0 * PI * t).cos();
        })),
        history: || History::constant(&[1.0]),
        begin: 0.0,
        end: 8.82,
        answer: vec![-0.105068621404801],
    }
}

/// First example of the documentation of dde23: lags 1 and 0.2, history one.
pub fn three_species() -> KnownAnswer {
    KnownAnswer {
        name: "three species",
        field: Box::new(closure_field(3, &[1.0, 0.2], |_, y, delayed, dy| {
            let (long, short) = (delayed.state(0), delayed.state(1));
            dy[0] = long[0];
            dy[1] = long[0] + short[1];
            dy[2] = y[1];
        })),
        history: || History::constant(&[1.0, 1.0, 1.0]),
        begin: 0.0,
        end: 5.0,
        answer: vec![19.175, 176.42257844738, 190.344201936071],
    }
}

/// Mackey-Glass equation, lag 17, history 0.5: chaotic.
pub fn mackey_glass() -> KnownAnswer {
    KnownAnswer {
        name: "Mackey-Glass",
        field: Box::new(closure_field(1, &[17.0], |_, y, delayed, dy| {
            let past = delayed.state(0)[0];
            dy[0] = 0.2 * past / (1.0 + past.powi(10)) - 0.1 * y[0];
        })),
        history: || History::constant(&[0.5]),
        begin: 0.0,
        end: 1000.0,
        answer: vec![1.0796123399269],
    }
}

/// Network `x_j' = 1 - (1 + a) g_j + b (S - g_j)(c - x_j)`, `g_j = logistic(lambda x_j(t - 1))`,
/// with `a = 2`, `b = 1`, `c = -6`, `lambda = 20`; the answer is `x_1(200)`.
pub fn network(neurons: usize, answer: f64) -> (impl DelayField, History<'static>, f64) {
    let field = closure_field(neurons, &[1.0], move |_, x, delayed, dx| {
        let past = delayed.state(0);
        let mut sum = 0.0;
        for (slope, past) in dx.iter_mut().zip(past) {
            *slope = logistic(20.0 * past);
            sum += *slope;
        }
        for (slope, x) in dx.iter_mut().zip(x) {
            let g = *slope;
            *slope = 1.0 - 3.0 * g + (sum - g) * (-6.0 - x);
        }
    });
    let start: Vec<f64> = (1..=neurons)
        .map(|j| -0.1 - 1.9 * (0.6180339887498949 * j as f64).fract())
        .collect();
    (field, History::constant(&start), answer)
}

/// The problems that are not chaotic: a run at tolerance `tol` ends within `10 tol`.
pub fn all() -> Vec<KnownAnswer> {
    vec![
        fundamental_solution(),
        linear(),
        sine(),
        switching(),
        relay(),
        hutchinson(1.6, 20.0, 0.983240313725974),
        hutchinson(2.5, 50.0, 4.446475261225),
        suarez_schopf(),
        ghil(),
        three_species(),
    ]
}
