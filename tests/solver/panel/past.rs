//! What is kept once: a constant past, and parameters that all components share.

use super::{difference, run};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, DelaySolver, Engine, History, Input, Options, PanelField, PanelSolver, Save,
    closure_field, solve,
};

const NEURONS: usize = 19;
const LAGS: [f64; 2] = [1.0, 1.7];
const END: f64 = 9.0;

/// `x_j' = p_j (1 - 2 g_j(t - 1)) - g_j(t - 1.7) x_j`, where the last `p_j` may be another.
struct Net {
    last: f64,
}

impl Net {
    fn strength(&self, component: usize) -> f64 {
        if component + 1 == NEURONS {
            self.last
        } else {
            1.5
        }
    }
}

impl PanelField<2, 1> for Net {
    fn dimension(&self) -> usize {
        NEURONS
    }

    fn lags(&self) -> [f64; 2] {
        LAGS
    }

    fn parameters(&self, component: usize) -> [f64; 1] {
        [self.strength(component)]
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 1], state: R) -> R {
        state.logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, [strength]: [R; 1], _: R, gates: [R; 2], _: [R; 2]) -> Affine<R> {
        Affine {
            constant: strength * (gates[0] * -2.0 + 1.0),
            rate: gates[1],
        }
    }
}

#[test]
fn alike_or_not_from_a_constant_past_or_a_function() {
    let past: Vec<f64> = (0..NEURONS).map(|j| 0.3 * j as f64 - 2.0).collect();
    let start: Vec<f64> = past.iter().map(|x| x + 0.5).collect();
    let options = Options::with_tolerance(1e-9);
    for last in [1.5, 0.4] {
        let net = Net { last };
        let constant = || History::constant(&past).starting_at(&start);
        let function = History::function(NEURONS, |_, state| state.copy_from_slice(&past));
        let found = run(&net, constant(), END, options);
        assert_eq!(found, run(&net, function.starting_at(&start), END, options));
        let same = closure_field(NEURONS, &LAGS, |_, state, delayed, slopes| {
            let gate = |lag: usize, j: usize| 1.0 / (1.0 + (-delayed.state(lag)[j]).exp());
            for j in 0..NEURONS {
                slopes[j] = net.strength(j) * (1.0 - 2.0 * gate(0, j)) - gate(1, j) * state[j];
            }
        });
        let mut general = DelaySolver::new(&same, constant(), 0.0, options).unwrap();
        let slow = solve(&mut general, END, &Save::Last, &[]).unwrap();
        let error = difference(&found, slow.last());
        assert!(error < 1e-7, "{last}: {error:e}");
    }
}

/// `x_j' = 1 - 3 g_j(t - 1) - (6 + x_j) (sum of g - g_j)(t - 1.7) / N` with steepness 20: components that are sorted,
/// and whose gates may stand.
struct Alike;

impl PanelField<2, 0> for Alike {
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
        (state * 20.0).logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], _: R, gates: [R; 2], inputs: [R; 2]) -> Affine<R> {
        let rate = (inputs[1] - gates[1]) / NEURONS as f64;
        Affine {
            constant: rate * -6.0 - gates[0] * 3.0 + 1.0,
            rate,
        }
    }

    fn input(&self, lag: usize) -> Input {
        [Input::None, Input::Sum][lag]
    }

    fn has_common_rate(&self) -> bool {
        true
    }

    fn steepness(&self) -> f64 {
        20.0
    }
}

/// A plain constant past is sorted and may stand; that of a function is read as it is. Two components are equal.
#[test]
fn a_past_that_is_sorted_or_not() {
    let mut past: Vec<f64> = (0..NEURONS)
        .map(|j| 0.4 - (0.618 * j as f64).fract() * 2.0)
        .collect();
    past[3] = past[11];
    let options = Options::with_tolerance(1e-9);
    let found = run(&Alike, History::constant(&past), END, options);
    assert_eq!(found[3], found[11]);
    let function = History::function(NEURONS, |_, state| state.copy_from_slice(&past));
    let unsorted = run(&Alike, function, END, options);
    let error = difference(&found, &unsorted);
    assert!(error < 1e-8, "{error:e}");
    let same = closure_field(NEURONS, &LAGS, |_, state, delayed, slopes| {
        let gate = |lag: usize, j: usize| 1.0 / (1.0 + (-20.0 * delayed.state(lag)[j]).exp());
        let sum: f64 = (0..NEURONS).map(|j| gate(1, j)).sum();
        for j in 0..NEURONS {
            let rate = (sum - gate(1, j)) / NEURONS as f64;
            slopes[j] = 1.0 - 3.0 * gate(0, j) - rate * (6.0 + state[j]);
        }
    });
    let mut general = DelaySolver::new(&same, History::constant(&past), 0.0, options).unwrap();
    let slow = solve(&mut general, END, &Save::Last, &[]).unwrap();
    let error = difference(&found, slow.last());
    assert!(error < 1e-7, "{error:e}");
}

/// The state is put in order when it is asked for: at ends of panels, within them, and after going back.
#[test]
fn the_state_reached_is_that_of_the_piece() {
    let past: Vec<f64> = (0..NEURONS).map(|j| -0.1 * j as f64 - 0.1).collect();
    let options = Options::with_tolerance(1e-9);
    let mut engine = PanelSolver::new(&Alike, History::constant(&past), 0.0, options).unwrap();
    assert_eq!(engine.state(), past);
    while engine.time() < 4.0 {
        let limit = engine.time() + 0.07;
        let piece = engine.advance(limit).unwrap();
        let (begin, end) = piece.span();
        let (mut whole, mut half) = (vec![0.0; NEURONS], vec![0.0; NEURONS]);
        piece.state(end, &mut whole);
        let middle = 0.5 * (begin + end);
        piece.state(middle, &mut half);
        assert!(difference(engine.state(), &whole) < 1e-13);
        engine.go_back(middle).unwrap();
        assert!(difference(engine.state(), &half) < 1e-13);
        engine.advance(end).unwrap();
        assert!(difference(engine.state(), &whole) < 1e-13);
    }
}
