//! The panel engine against known answers, against the general engine, and on its promises: no
//! missed switch, no silent NaN, bounded memory, the same bits on any number of threads.

mod average;
mod ensemble;
mod entry_point;
mod past;
mod precision;
mod standing;
mod steep;

use std::f64::consts::{FRAC_PI_2, PI};

use super::known_answers::steps;
use pulsatrix::networks::{
    Coupling, Feedback, Hutchinson, ImpulseNetwork, ImpulseParameters, MackeyGlass,
};
use pulsatrix::numerics::lanes::Lane;
use pulsatrix::solver::{
    Affine, DelaySolver, Engine, History, Options, PanelEnsemble, PanelField, PanelSolver, Save,
    SolverError, integrate, solve,
};

/// `y' = -y(t - lag)`.
struct Linear(f64);

impl PanelField<1, 0> for Linear {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 1] {
        [self.0]
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        state
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], _: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
        Affine {
            constant: -gates[0],
            rate: gates[0].like(0.0),
        }
    }

    fn has_constant_rates(&self) -> bool {
        true
    }
}

/// Ghil's seasonally forced model of El Niño: `h' = -tanh(11 h(t - 0.42)) + cos 2 pi t`.
struct Ghil;

impl PanelField<1, 0> for Ghil {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 1] {
        [0.42]
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    #[inline(always)]
    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        (state * 11.0).tanh()
    }

    #[inline(always)]
    fn affine<R: Lane>(&self, _: [R; 0], time: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
        Affine {
            constant: -gates[0] + (time * (2.0 * PI)).map(f64::cos),
            rate: gates[0].like(0.0),
        }
    }

    fn steepness(&self) -> f64 {
        22.0
    }
}

fn run<F: PanelField<LAGS, K>, const LAGS: usize, const K: usize>(
    field: &F,
    history: History<'_>,
    end: f64,
    options: Options,
) -> Vec<f64> {
    let mut engine = PanelSolver::new(field, history, 0.0, options).unwrap();
    let trajectory = solve(&mut engine, end, &Save::Last, &[]).unwrap();
    assert_eq!(trajectory.engine, "panel");
    trajectory.last().to_vec()
}

fn network(neurons: usize, b: f64, lambda: f64) -> ImpulseNetwork {
    let mut parameters = ImpulseParameters::homogeneous(neurons, 2.0, b, -6.0, 1.0);
    parameters.feedback = Feedback::Mean;
    parameters.lambda = lambda;
    ImpulseNetwork::new(parameters).unwrap()
}

fn start(neurons: usize) -> Vec<f64> {
    let golden = 0.618_033_988_749_894_9;
    let one = |j: usize| -0.1 - 1.9 * (golden * j as f64).fract();
    (1..=neurons).map(one).collect()
}

fn difference(one: &[f64], two: &[f64]) -> f64 {
    assert_eq!(one.len(), two.len());
    let pairs = one.iter().zip(two);
    pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// Known answers within ten tolerances, at both tolerances.
#[test]
fn known_answers_are_met() {
    for tolerance in [1e-6, 1e-9] {
        let options = Options::with_tolerance(tolerance);
        let check = |name: &str, found: f64, exact: f64| {
            let error = (found - exact).abs() / (1.0 + exact.abs());
            assert!(error <= 10.0 * tolerance, "{name} at {tolerance}: {error}");
        };
        let one = |value: f64| History::constant(&[value]);
        let jump = one(0.0).starting_at(&[1.0]);
        let found = run(&Linear(1.0), jump, 10.0, options)[0];
        check("fundamental solution", found, 0.052973434744268077601);
        let found = run(&Linear(1.0), one(1.0), 10.0, options)[0];
        check("linear", found, 0.020241126543209877);
        let sine = History::function(1, |t, y| y[0] = t.sin());
        let found = run(&Linear(FRAC_PI_2), sine, 10.0 * PI + 1.0, options)[0];
        check("sine", found, 1_f64.sin());
        for (r, end, exact) in [(1.6, 20.0, 0.983240313725974), (2.5, 50.0, 4.446475261225)] {
            let field = Hutchinson::new(r, 1.0).unwrap();
            check("Hutchinson", run(&field, one(0.1), end, options)[0], exact);
        }
        let found = run(&Ghil, one(1.0), 8.82, options)[0];
        check("Ghil ENSO", found, -0.105068621404801);
        let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
        let found = run(&field, one(0.5), 1000.0, options)[0];
        check("Mackey-Glass", found, 1.0796123399269);
        for (neurons, exact) in [
            (10, -4.07233698023146684824),
            (100, -5.80827758995906478622),
        ] {
            let history = History::constant(&start(neurons));
            let found = run(&network(neurons, 1.0, 20.0), history, 200.0, options)[0];
            check("network", found, exact);
        }
    }
}

#[test]
fn dense_output_and_its_slope_are_as_good_as_the_ends() {
    let tolerance = 1e-8;
    let options = Options::with_tolerance(tolerance);
    let mut engine =
        PanelSolver::new(&Linear(1.0), History::constant(&[1.0]), 0.0, options).unwrap();
    let mut looked = 0;
    while engine.time() < 8.0 {
        let piece = engine.advance(8.0).unwrap();
        let (begin, end) = piece.span();
        for part in 1..10 {
            let t = begin + 0.1 * f64::from(part) * (end - begin);
            let value = piece.value(0, t);
            assert!((value - steps(t, 1.0)).abs() < 10.0 * tolerance, "{t}");
            if t > 1.0 {
                assert!(
                    (piece.slope(0, t) + steps(t - 1.0, 1.0)).abs() < 1e-5,
                    "{t}"
                );
            }
            looked += 1;
        }
    }
    assert!(looked > 100);
}

/// A trajectory does not depend on where its pieces are cut.
#[test]
fn limits_leave_the_trajectory_alone() {
    let field = network(10, 1.0, 20.0);
    let run = |limits: &[f64]| {
        let history = History::constant(&start(10));
        let options = Options::with_tolerance(1e-6);
        let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
        for limit in limits {
            while engine.time() < *limit {
                engine.advance(*limit).unwrap();
            }
            assert_eq!(engine.time(), *limit);
        }
        engine.state().to_vec()
    };
    let limits: Vec<f64> = (1..=700).map(|i| 0.01 * f64::from(i)).collect();
    assert_eq!(run(&limits), run(&[7.0]));
}

/// Every coupling, both feedbacks, two lags: against the general engine.
#[test]
fn networks_agree_with_the_general_engine() {
    let weights = nalgebra::DMatrix::from_fn(9, 9, |j, s| {
        if j == s {
            0.0
        } else {
            0.1 * ((3 * j + s) % 4) as f64
        }
    });
    for coupling in [
        Coupling::None,
        Coupling::AllToAll { self_term: false },
        Coupling::AllToAll { self_term: true },
        Coupling::Ring,
        Coupling::Weights(weights),
    ] {
        for feedback in [Feedback::Threshold, Feedback::Mean] {
            let mut parameters = ImpulseParameters::homogeneous(9, 1.0, 0.4, -5.0, 2.1);
            parameters.spread(0.1, 3);
            parameters.lambda = 30.0;
            parameters.coupling = coupling.clone();
            parameters.feedback = feedback;
            let field = ImpulseNetwork::new(parameters).unwrap();
            let options = Options::with_tolerance(1e-9);
            let history = || History::constant(&start(9));
            let save = Save::At(vec![3.0, 7.7, 25.0]);
            let panel = integrate(&field, history(), (0.0, 25.0), options, &save, &[]).unwrap();
            let mut general = DelaySolver::new(&field, history(), 0.0, options).unwrap();
            let general = solve(&mut general, 25.0, &save, &[]).unwrap();
            assert_eq!((&*panel.engine, &*general.engine), ("panel", "general"));
            let error = difference(&panel.states, &general.states);
            assert!(error < 1e-7, "{coupling:?} {feedback:?}: {error}");
        }
    }
}

#[test]
fn memory_does_not_grow_with_time() {
    let field = network(10, 1.0, 20.0);
    let history = History::constant(&start(10));
    let options = Options::with_tolerance(1e-8);
    let mut engine = PanelSolver::new(&field, history, 0.0, options).unwrap();
    let mut bytes = Vec::new();
    for end in [200.0, 2000.0] {
        while engine.time() < end {
            engine.advance(end).unwrap();
        }
        bytes.push(engine.history_bytes());
    }
    assert_eq!(bytes[0], bytes[1]);
    assert!(engine.history_len() * 10 * 6 * 8 <= bytes[1]);
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

#[test]
fn threads_do_not_change_a_bit() {
    let neurons = 5000;
    let field = network(neurons, 1e-3, 20.0);
    let by = |threads: usize| {
        in_pool(threads, || {
            let history = History::constant(&start(neurons));
            run(&field, history, 4.0, Options::with_tolerance(1e-6))
        })
    };
    let alone = by(1);
    assert_eq!(alone, by(2));
    assert_eq!(alone, by(3));
}

/// `y' = -log(1 - y(t - 1))`, which is no number once `y` has passed 1.
struct Logarithmic;

impl PanelField<1, 0> for Logarithmic {
    fn dimension(&self) -> usize {
        1
    }

    fn lags(&self) -> [f64; 1] {
        [1.0]
    }

    fn parameters(&self, _: usize) -> [f64; 0] {
        []
    }

    fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
        state.map(|y| -(1.0 - y).ln())
    }

    fn affine<R: Lane>(&self, _: [R; 0], _: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
        Affine {
            constant: gates[0],
            rate: gates[0].like(0.0),
        }
    }
}

#[test]
fn what_is_not_finite_is_told() {
    let options = Options::with_tolerance(1e-6);
    let history = History::constant(&[0.5]);
    let mut engine = PanelSolver::new(&Logarithmic, history, 0.0, options).unwrap();
    let failure = solve(&mut engine, 10.0, &Save::Last, &[]).unwrap_err();
    let told = matches!(
        failure,
        SolverError::NotFinite { .. } | SolverError::StepTooSmall { .. }
    );
    assert!(told, "{failure}");
    // up to there the solution is sound
    assert!(engine.time() > 1.0 && engine.state()[0].is_finite());
    let history = History::function(1, |t, y| y[0] = if t < -0.5 { f64::NAN } else { 1.0 });
    let mut engine = PanelSolver::new(&Linear(1.0), history, 0.0, options).unwrap();
    let failure = engine.advance(1.0).map(|_| ()).unwrap_err();
    assert!(matches!(
        failure,
        SolverError::NotFinite {
            quantity: "history",
            ..
        }
    ));
}

#[test]
fn bad_input_is_refused() {
    let options = Options::with_tolerance(1e-6);
    let refused = |lag: f64, history: History<'_>, begin: f64, options: Options| {
        PanelSolver::new(&Linear(lag), history, begin, options)
            .map(|_| ())
            .unwrap_err()
    };
    let one = || History::constant(&[1.0]);
    for lag in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            refused(lag, one(), 0.0, options),
            SolverError::InvalidArgument { name: "lag", .. }
        ));
    }
    refused(1.0, one(), f64::NAN, options);
    refused(1.0, History::constant(&[1.0, 2.0]), 0.0, options);
    refused(1.0, History::constant(&[f64::NAN]), 0.0, options);
    refused(1.0, one().with_breaking_points(&[0.5]), 0.0, options);
    refused(1.0, one(), 0.0, Options::with_tolerance(-1.0));
    let hutchinson = Hutchinson::new(1.6, 1.0).unwrap();
    let failure = PanelSolver::new(&hutchinson, History::constant(&[-1.0]), 0.0, options);
    assert!(failure.is_err());
    let mut engine = PanelSolver::new(&Linear(1.0), one(), 0.0, options).unwrap();
    for limit in [0.0, -1.0, f64::NAN] {
        assert!(engine.advance(limit).is_err());
    }
    let mut electrical = network(3, 1.0, 20.0).parameters().clone();
    electrical.electrical = 0.1;
    let electrical = ImpulseNetwork::new(electrical).unwrap();
    let failure = PanelSolver::new(&electrical, History::constant(&[-1.0; 3]), 0.0, options);
    assert!(matches!(failure.err(), Some(SolverError::NoPanelForm)));
    assert!(PanelEnsemble::new(&[electrical.clone(), electrical]).is_err());
    let few = Options {
        maximum_steps: 3,
        ..options
    };
    let mut engine = PanelSolver::new(&Linear(1.0), one(), 0.0, few).unwrap();
    let failure = solve(&mut engine, 100.0, &Save::Last, &[]).unwrap_err();
    assert!(matches!(failure, SolverError::TooManySteps { .. }));
    let unlike = [
        MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap(),
        MackeyGlass::new(0.2, 0.1, 9.0, 17.0).unwrap(),
    ];
    assert!(PanelEnsemble::new(&unlike).is_err());
}
