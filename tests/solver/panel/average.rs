//! Components that follow from an average one, where that one is far from them or is none.

use super::{difference, run};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, DelaySolver, History, Input, Options, PanelField, Save, closure_field, solve,
};

const NEURONS: usize = 30;
const LAGS: [f64; 2] = [1.0, 1.7];
const END: f64 = 12.0;

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn start() -> Vec<f64> {
    let golden = |j: usize| (0.618_033_988_749_895 * j as f64).fract();
    (1..=NEURONS).map(|j| 1.0 + golden(j)).collect()
}

/// How far the panel engine is off the general one, with these slopes from state and delayed states.
fn distance(field: &Field, slope: fn(f64, &[f64], &[f64], usize) -> f64) -> f64 {
    let options = Options::with_tolerance(1e-9);
    let start = start();
    let fast = run(field, History::constant(&start), END, options);
    let same = closure_field(NEURONS, &LAGS, |_, state, delayed, slopes| {
        for j in 0..NEURONS {
            slopes[j] = slope(state[j], delayed.state(0), delayed.state(1), j);
        }
    });
    let history = History::constant(&start);
    let mut general = DelaySolver::new(&same, history, 0.0, options).unwrap();
    let slow = solve(&mut general, END, &Save::Last, &[]).unwrap();
    difference(&fast, slow.last())
}

/// Two fields whose gates are the logistic functions of their states.
enum Field {
    /// `x_j' = s(t - 1) / N - (1 + s(t - 1.7) / 10 + g_j(t - 1.7)) x_j`, `s` the sum of all gates: rates near 5 and
    /// a gate each.
    TwoSums,
    /// `x_j' = (3 - x_j) / (g_j(t - 1) - 1/2)`: a gate that stands halfway, as no component's does, has no rate.
    Halfway,
}

impl PanelField<2, 0> for Field {
    fn dimension(&self) -> usize {
        NEURONS
    }

    fn lags(&self) -> [f64; 2] {
        LAGS
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        state.logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], _: R, gates: [R; 2], sums: [R; 2]) -> Affine<R> {
        match self {
            Self::TwoSums => Affine {
                constant: sums[0] / NEURONS as f64,
                rate: sums[1] * 0.1 + gates[1] + 1.0,
            },
            Self::Halfway => {
                let rate = gates[0].like(1.0) / (gates[0] - 0.5);
                Affine {
                    constant: rate * 3.0,
                    rate,
                }
            }
        }
    }

    fn input(&self, _: usize) -> Input {
        Input::Sum
    }
}

#[test]
fn sums_through_two_lags_are_kept_apart() {
    let error = distance(&Field::TwoSums, |x, one, two, j| {
        let sum = |past: &[f64]| past.iter().copied().map(logistic).sum::<f64>();
        sum(one) / NEURONS as f64 - (1.0 + sum(two) / 10.0 + logistic(two[j])) * x
    });
    assert!(error < 1e-7, "{error:e}");
}

#[test]
fn an_average_component_without_a_rate_does_no_harm() {
    let error = distance(&Field::Halfway, |x, one, _, j| {
        (3.0 - x) / (logistic(one[j]) - 0.5)
    });
    assert!(error < 1e-7, "{error:e}");
}
