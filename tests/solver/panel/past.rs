//! What is kept once: a constant past, and parameters that all components share.

use super::{difference, run};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, DelaySolver, History, Options, PanelField, Save, closure_field, solve,
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
