//! A lag for every connection: single components read, breaking points judged by the error.

use std::f64::consts::TAU;

use pulsatrix::solver::{
    BreakTracking, DelayField, DelaySolver, DelayTable, Delayed, Engine, Event, History, Method,
    Options, Read, Save, SolverError, Statistics, closure_field, solve,
};

/// Fractional parts without a pattern.
fn golden(k: usize) -> f64 {
    (0.618_033_988_749_894_9 * k as f64).fract()
}

/// `theta_j' = 1 + K / (N - 1) sum_k sin(theta_k(t - tau_jk) - theta_j)`.
struct Kuramoto {
    units: usize,
    strength: f64,
    table: DelayTable,
}

impl Kuramoto {
    fn new(units: usize, strength: f64, delay: impl Fn(usize, usize) -> f64) -> Self {
        let pairs = (0..units).flat_map(|j| (0..units).map(move |k| (j, k)));
        let others = pairs.filter(|(j, k)| j != k);
        Self {
            units,
            strength,
            table: DelayTable::new(others.map(|(j, k)| (delay(j, k), k))),
        }
    }
}

impl DelayField for Kuramoto {
    fn dimension(&self) -> usize {
        self.units
    }

    fn lags(&self) -> &[f64] {
        self.table.lags()
    }

    fn reads(&self) -> &[Read] {
        self.table.reads()
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let others = self.units - 1;
        for (j, slope) in derivative.iter_mut().enumerate() {
            let heard = (j * others..(j + 1) * others).map(|k| (delayed.value(k) - state[j]).sin());
            *slope = 1.0 + self.strength / others as f64 * heard.sum::<f64>();
        }
    }
}

/// `z_j' = (1 + i w - |z_j|^2) z_j + K / (N - 1) sum_k (z_k(t - tau_jk) - z_j)`, with delays for which
/// `z_j = r e^(i (t + phi_j))` solves it: `tau_jk = phi_k - phi_j + angle` and whole turns.
struct StuartLandau {
    units: usize,
    strength: f64,
    frequency: f64,
    table: DelayTable,
}

const ANGLE: f64 = 0.3;

impl StuartLandau {
    fn new(units: usize, strength: f64) -> Self {
        let delay = |j: usize, k: usize| {
            let difference = Self::phase(k) - Self::phase(j) + ANGLE;
            let turns = if difference > 0.2 { 0.0 } else { 1.0 };
            difference + TAU * turns
        };
        let pairs = (0..units).flat_map(|j| (0..units).map(move |k| (j, k)));
        let others = pairs.filter(|(j, k)| j != k);
        let reads = others.flat_map(|(j, k)| [(delay(j, k), 2 * k), (delay(j, k), 2 * k + 1)]);
        Self {
            units,
            strength,
            // the wave turns once in TAU
            frequency: 1.0 + strength * ANGLE.sin(),
            table: DelayTable::new(reads),
        }
    }

    fn phase(j: usize) -> f64 {
        TAU * golden(j + 1)
    }

    fn wave(&self, time: f64, component: usize) -> f64 {
        let radius = (1.0 - self.strength + self.strength * ANGLE.cos()).sqrt();
        let angle = time + Self::phase(component / 2);
        radius
            * if component.is_multiple_of(2) {
                angle.cos()
            } else {
                angle.sin()
            }
    }

    fn run(&self, options: Options, end: f64) -> (f64, Statistics) {
        let history = History::components(2 * self.units, |time, j| self.wave(time, j));
        let mut solver = DelaySolver::new(self, history, 0.0, options).unwrap();
        let trajectory = solve(&mut solver, end, &Save::Last, &[]).unwrap();
        let errors = trajectory.last().iter().enumerate();
        let errors = errors.map(|(j, value)| (value - self.wave(end, j)).abs());
        (errors.fold(0.0, f64::max), trajectory.statistics)
    }
}

impl DelayField for StuartLandau {
    fn dimension(&self) -> usize {
        2 * self.units
    }

    fn lags(&self) -> &[f64] {
        self.table.lags()
    }

    fn reads(&self) -> &[Read] {
        self.table.reads()
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let others = self.units - 1;
        for j in 0..self.units {
            let (x, y) = (state[2 * j], state[2 * j + 1]);
            let (mut re, mut im) = (0.0, 0.0);
            for k in j * others..(j + 1) * others {
                re += delayed.value(2 * k);
                im += delayed.value(2 * k + 1);
            }
            let (gain, part) = (
                1.0 - x * x - y * y - self.strength,
                self.strength / others as f64,
            );
            derivative[2 * j] = gain * x - self.frequency * y + part * re;
            derivative[2 * j + 1] = gain * y + self.frequency * x + part * im;
        }
    }
}

fn options(tolerance: f64, break_tracking: BreakTracking) -> Options {
    Options {
        break_tracking,
        ..Options::with_tolerance(tolerance)
    }
}

#[test]
fn travelling_waves_are_met_in_the_steps_of_a_smooth_problem() {
    for units in [7, 12] {
        let network = StuartLandau::new(units, 0.5);
        for (tolerance, most) in [(1e-4, 150), (1e-6, 400), (1e-8, 1200)] {
            let (error, statistics) = network.run(options(tolerance, BreakTracking::ByError), 30.0);
            assert!(error <= 10.0 * tolerance, "{units} {tolerance}: {error}");
            assert!(
                statistics.steps < most,
                "{units} {tolerance}: {statistics:?}"
            );
        }
    }
}

#[test]
fn full_tracking_stays_a_choice() {
    let network = StuartLandau::new(5, 0.5);
    let (full, by_error) = (
        network.run(options(1e-6, BreakTracking::Full), 10.0),
        network.run(options(1e-6, BreakTracking::ByError), 10.0),
    );
    assert!(full.0 <= 1e-5 && by_error.0 <= 1e-5);
    assert!(full.1.breaking_points > 50 && by_error.1.breaking_points < 10);
}

/// A history that the solution does not go on smoothly from: its breaks matter at first.
#[test]
fn breaks_that_matter_are_not_passed_over() {
    let network = Kuramoto::new(20, 1.0, |j, k| 0.5 + golden(20 * j + k));
    let start: Vec<f64> = (0..20).map(|j| TAU * 0.5 * golden(j)).collect();
    let run = |options| {
        let history = History::constant(&start);
        let mut solver = DelaySolver::new(&network, history, 0.0, options).unwrap();
        let times = (1..=40).map(|k| 0.25 * f64::from(k)).collect();
        solve(&mut solver, 10.0, &Save::At(times), &[]).unwrap()
    };
    let exact = run(options(1e-11, BreakTracking::ByError));
    for (tolerance, most) in [(1e-3, 200), (1e-6, 1000), (1e-8, 4000)] {
        let found = run(options(tolerance, BreakTracking::ByError));
        let pairs = found.states.iter().zip(&exact.states);
        let error = pairs.fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(error <= 10.0 * tolerance, "{tolerance}: {error}");
        assert!(found.statistics.steps < most, "{:?}", found.statistics);
    }
}

/// By-error tracking against full tracking where the latter still ends: five lags, one of them read
/// strongly, and a jump at the start.
#[test]
fn judged_points_and_all_points_lead_to_the_same_solution() {
    let lags = [0.5, 0.75, 0.9, 1.1, 1.25];
    let field = closure_field(1, &lags, |_, _, delayed, dy| {
        let weights = [-1.0, 0.1, 0.05, -0.02, 0.01];
        dy[0] = (0..5).map(|lag| weights[lag] * delayed.state(lag)[0]).sum();
    });
    let run = |options| {
        let history = History::constant(&[0.0]).starting_at(&[1.0]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        solve(&mut solver, 10.0, &Save::Last, &[]).unwrap()
    };
    let exact = run(options(1e-12, BreakTracking::Full)).last()[0];
    for method in [Method::Tsit5, Method::Dop853, Method::Radau5] {
        for tolerance in [1e-4, 1e-6, 1e-8] {
            let options = Options {
                method: Some(method),
                ..options(tolerance, BreakTracking::ByError)
            };
            let found = run(options);
            let error = (found.last()[0] - exact).abs();
            assert!(error <= 10.0 * tolerance, "{method:?} {tolerance}: {error}");
        }
    }
}

/// Resets send jumps of the state itself through six lags.
#[test]
fn jumps_are_judged_by_their_size() {
    let lags = [0.31, 0.5, 0.77, 0.9, 1.13, 1.4];
    let field = closure_field(1, &lags, |_, _, delayed, dy| {
        let weights = [-0.4, 0.3, 0.2, -0.1, 0.05, 0.01];
        let heard = (0..6).map(|lag| weights[lag] * delayed.state(lag)[0]);
        dy[0] = 1.0 + heard.sum::<f64>();
    });
    let run = |options| {
        let history = History::constant(&[0.0]);
        let mut solver = DelaySolver::new(&field, history, 0.0, options).unwrap();
        let reset = Event::new(|_, x| x[0] - 1.0).rising();
        let reset = reset.resetting(|_, x| x[0] = 0.0);
        solve(&mut solver, 5.0, &Save::Last, &[reset]).unwrap()
    };
    let exact = run(options(1e-11, BreakTracking::Full));
    assert!(exact.events.len() > 3);
    for tolerance in [1e-4, 1e-6, 1e-8] {
        let found = run(options(tolerance, BreakTracking::ByError));
        let error = (found.last()[0] - exact.last()[0]).abs();
        assert!(error <= 10.0 * tolerance, "{tolerance}: {error}");
        assert!(found.statistics.steps < exact.statistics.steps);
        let pairs = found.events.iter().zip(&exact.events);
        let late = pairs.fold(0.0_f64, |worst, (a, b)| worst.max((a.time - b.time).abs()));
        assert!(late <= 10.0 * tolerance && found.events.len() == exact.events.len());
    }
}

#[test]
fn a_matrix_of_equal_delays_is_one_lag() {
    let network = Kuramoto::new(6, 1.5, |_, _| 0.4);
    assert_eq!(network.lags(), [0.4]);
    let whole = closure_field(6, &[0.4], |_, state, delayed, slopes| {
        let late = delayed.state(0);
        for j in 0..6 {
            let others = (0..6).filter(|k| *k != j);
            let heard = others.map(|k| (late[k] - state[j]).sin());
            slopes[j] = 1.0 + 1.5 / 5.0 * heard.sum::<f64>();
        }
    });
    let start: Vec<f64> = (0..6).map(golden).collect();
    for method in [Method::Tsit5, Method::Dop853] {
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-8)
        };
        let [one, other] = [&network as &dyn DelayField, &whole].map(|field| {
            let history = History::constant(&start);
            let mut solver = DelaySolver::new(field, history, 0.0, options).unwrap();
            solve(&mut solver, 12.0, &Save::EveryStep, &[]).unwrap()
        });
        assert_eq!(one.times, other.times, "{method:?}");
        assert_eq!(one.states, other.states, "{method:?}");
    }
}

/// The synchronous solution `theta = Omega t` of one delay has `Omega = 1 - K sin(Omega tau)`.
#[test]
fn phases_with_one_delay_turn_at_the_known_frequency() {
    for (strength, delay) in [(1.5, 0.4), (0.8, 1.0)] {
        let network = Kuramoto::new(5, strength, |_, _| delay);
        let start: Vec<f64> = (0..5).map(|j| 0.5 * golden(j)).collect();
        let options = Options {
            method: Some(Method::Dop853),
            ..Options::with_tolerance(1e-12)
        };
        let history = History::constant(&start);
        let mut solver = DelaySolver::new(&network, history, 0.0, options).unwrap();
        solve(&mut solver, 80.0, &Save::Last, &[]).unwrap();
        let piece = solver.advance(90.0).unwrap();
        let found = piece.slope(0, piece.span().1);
        let mut exact = 1.0;
        for _ in 0..200 {
            exact = 0.5 * (exact + 1.0 - strength * f64::sin(exact * delay));
        }
        assert!((found - exact).abs() < 1e-8, "{found} {exact}");
        assert!((exact * delay).cos() > 0.0);
    }
}

#[test]
fn reads_of_what_is_not_there_are_refused() {
    let field = |reads: &[Read]| {
        let field = closure_field(2, &[1.0], |_, _, delayed, dy| dy.fill(delayed.value(0)));
        let field = field.with_reads(reads);
        let history = History::constant(&[0.0, 0.0]);
        DelaySolver::new(&field, history, 0.0, Options::default())
            .err()
            .map(|error| error.to_string())
    };
    let read = |lag, component| Read { lag, component };
    assert_eq!(field(&[read(0, 1)]), None);
    assert!(
        field(&[read(1, 0)])
            .unwrap()
            .contains("its lag must be one of the field")
    );
    assert!(
        field(&[read(0, 2)])
            .unwrap()
            .contains("its component must be")
    );
    let neutral = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0).neutral();
    let neutral = neutral.with_reads(&[read(0, 0)]);
    let refused = DelaySolver::new(&neutral, History::constant(&[0.0]), 0.0, Options::default());
    assert!(matches!(
        refused,
        Err(SolverError::InvalidArgument { name: "read", .. })
    ));
}

/// `y' = -y(t - 1) - y(t - 0)`: what is read at lag zero is the present state.
#[test]
fn lag_zero_is_the_present() {
    let with_zero = closure_field(1, &[1.0, 0.0], |_, _, delayed, dy| {
        dy[0] = -delayed.state(0)[0] - delayed.state(1)[0];
    });
    let without = closure_field(1, &[1.0], |_, y, delayed, dy| {
        dy[0] = -delayed.state(0)[0] - y[0];
    });
    let listed = closure_field(1, &[1.0, 0.0], |_, _, delayed, dy| {
        dy[0] = -delayed.value(0) - delayed.value(1);
    });
    let read = |lag| Read { lag, component: 0 };
    let listed = listed.with_reads(&[read(0), read(1)]);
    for method in [Method::Tsit5, Method::Dop853, Method::Radau5] {
        let options = Options {
            method: Some(method),
            ..Options::with_tolerance(1e-8)
        };
        let fields = [&without as &dyn DelayField, &with_zero, &listed];
        let [exact, whole, listed] = fields.map(|field| {
            let history = History::constant(&[1.0]);
            let mut solver = DelaySolver::new(field, history, 0.0, options).unwrap();
            solve(&mut solver, 7.3, &Save::EveryStep, &[])
                .unwrap()
                .states
        });
        assert!(exact == whole && exact == listed, "{method:?}");
    }
    let neutral = closure_field(1, &[0.0], |_, _, _, dy| dy[0] = 0.0).neutral();
    let refused = DelaySolver::new(&neutral, History::constant(&[0.0]), 0.0, Options::default());
    assert!(refused.err().unwrap().to_string().contains("present time"));
}
