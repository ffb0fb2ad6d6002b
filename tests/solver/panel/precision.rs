//! Panels of large networks are kept in single precision where the tolerance cannot tell: it must not.

use super::{difference, start};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, Engine, History, Input, Options, PanelField, PanelSolver, Save, solve,
};

/// As many copies of each of ten neurons, which hear the mean of all, by a sum or by a gathering:
/// `x_j' = 1 - 3 g_j + S (-6 - x_j)` with `S` the sum of the gates over the copies.
struct Copies(usize, Input);

const KINDS: usize = 10;

impl PanelField<1, 0> for Copies {
    fn dimension(&self) -> usize {
        KINDS * self.0
    }

    fn lags(&self) -> [f64; 1] {
        [1.0]
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        (state * 20.0).logistic()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], _: R, [gate]: [R; 1], [sum]: [R; 1]) -> Affine<R> {
        let rate = sum * (0.1 / self.0 as f64);
        Affine {
            constant: rate * -6.0 - gate * 3.0 + 1.0,
            rate,
        }
    }

    fn input(&self, _: usize) -> Input {
        self.1
    }

    fn gather(&self, _: usize, gates: &mut [f64]) {
        let sum = gates.iter().sum();
        gates.fill(sum);
    }

    fn has_common_rate(&self) -> bool {
        true
    }

    fn steepness(&self) -> f64 {
        20.0
    }
}

/// Last state, bytes a component of all panels, of a run from a past that is a function or constant.
fn run(field: &Copies, tolerance: f64, is_constant: bool) -> (Vec<f64>, usize) {
    let states = start(KINDS).repeat(field.0);
    let history = if is_constant {
        History::constant(&states)
    } else {
        History::function(states.len(), |_, state| state.copy_from_slice(&states))
    };
    let options = Options::with_tolerance(tolerance);
    let mut engine = PanelSolver::new(field, history, 0.0, options).unwrap();
    let last = solve(&mut engine, 25.3, &Save::Last, &[])
        .unwrap()
        .last()
        .to_vec();
    assert_eq!(engine.state(), last);
    (last, engine.history_bytes() / states.len())
}

#[test]
fn large_networks_are_where_their_copies_are() {
    let (exact, bytes) = run(&Copies(1, Input::Sum), 1e-10, true);
    // ten neurons fill two blocks, the second in part
    assert_eq!(bytes * KINDS % (65 * 16), 0);
    for (input, is_constant) in [
        (Input::Sum, true),
        (Input::Sum, false),
        (Input::Gathered, true),
    ] {
        for (tolerance, a_place) in [(1e-3, 33), (1e-4, 33), (1e-5, 65)] {
            let field = Copies(400, input);
            let (last, bytes) = run(&field, tolerance, is_constant);
            assert_eq!(bytes % a_place, 0, "{bytes}");
            let error = difference(&last, &exact.repeat(400));
            assert!(error < 10.0 * tolerance, "{input:?} {tolerance}: {error:e}");
        }
    }
}

/// Many components alike: `x' = cos t + rate x`.
struct Alike {
    lags: [f64; 2],
    rate: f64,
}

impl PanelField<2, 0> for Alike {
    fn dimension(&self) -> usize {
        4000
    }

    fn lags(&self) -> [f64; 2] {
        self.lags
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        state
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], time: R, _: [R; 2], _: [R; 2]) -> Affine<R> {
        Affine {
            constant: time.map(f64::cos),
            rate: time.like(-self.rate),
        }
    }
}

/// Breaking points lie a thousandth of a lag apart: slopes of rounded states would be off by a hundredth.
#[test]
fn slopes_over_short_panels_are_not_rounded() {
    let field = Alike {
        lags: [1.0, 1.001],
        rate: 0.0,
    };
    let start = vec![0.0; field.dimension()];
    let (history, options) = (History::constant(&start), Options::with_tolerance(1e-4));
    let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
    let (mut error, mut shortest) = (0.0_f64, f64::INFINITY);
    while engine.time() < 8.0 {
        let piece = engine.advance(8.0).unwrap();
        let (begin, end) = piece.span();
        shortest = shortest.min(end - begin);
        for k in 0..=8 {
            let time = (begin + (end - begin) * f64::from(k) / 8.0).min(end);
            error = error.max((piece.slope(7, time) - time.cos()).abs());
        }
    }
    assert!(shortest < 0.0011, "{shortest}");
    assert!(error < 3e-4, "{error:e}");
}

/// Single precision ends at 3.4e38.
#[test]
fn states_that_do_not_fit_are_not_lost() {
    let field = Alike {
        lags: [1.0; 2],
        rate: 3.0,
    };
    for first in [1.0, 1e37, 1e39] {
        let start = vec![first; field.dimension()];
        let (history, options) = (History::constant(&start), Options::with_tolerance(1e-4));
        let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
        let last = solve(&mut engine, 33.0, &Save::Last, &[]).unwrap();
        // cos t adds 3 / (9 + 1) to the start
        let exact = (first + 0.3) * 99.0_f64.exp();
        for state in last.last() {
            assert!((state / exact - 1.0).abs() < 1e-2, "{first:e}: {state:e}");
        }
    }
}
