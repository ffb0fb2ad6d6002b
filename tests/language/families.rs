//! Families: sums, delay matrices, Kuramoto's oscillators.

use pulsatrix::analysis::rightmost_roots;
use pulsatrix::language::{Data, System, SystemText};
use pulsatrix::solver::{
    DelayField, Options, OrdinaryMethod, Save, Trajectory, closure_field, integrate,
    ordinary_field, solve_ordinary,
};

fn run(system: &System, end: f64, tolerance: f64) -> Trajectory {
    let (field, history) = (system.field(), system.history(0.0));
    let options = Options::with_tolerance(tolerance);
    integrate(&field, history, (0.0, end), options, &Save::Last, &[]).unwrap()
}

/// Weights with zeros, and spread frequencies.
fn weights(n: usize) -> Vec<f64> {
    let entry = |place: usize| {
        let value = (0.618_033_988_749_895 * place as f64).fract();
        if value < 0.4 || place.is_multiple_of(n + 1) {
            0.0
        } else {
            value
        }
    };
    (0..n * n).map(entry).collect()
}

fn kuramoto(n: usize, coupling: &str, history: &str) -> SystemText {
    SystemText::new()
        .size("N", n)
        .parameter("K", 0.8)
        .data("A", Data::matrix(n, weights(n)))
        .equation("theta[i]", coupling)
        .history("theta[i]", history)
}

#[test]
fn a_family_is_the_same_field_in_rust() {
    let n = 7;
    let text = kuramoto(
        n,
        "1 + 0.1*i + K/N*sum(j, A[i,j]*sin(theta[j](t - tau) - theta[i]))",
        "0.3*i + t",
    )
    .parameter("tau", 0.7);
    let system = text.compile().unwrap();
    let a = weights(n);
    let rust = closure_field(n, &[0.7], move |_, x, delayed, dx| {
        let late = delayed.state(0);
        for i in 0..n {
            let terms = (0..n).map(|j| a[i * n + j] * (late[j] - x[i]).sin());
            dx[i] = 1.0 + 0.1 * i as f64 + 0.8 / 7.0 * terms.sum::<f64>();
        }
    });
    let options = Options::with_tolerance(1e-10);
    let history = system.history(0.0);
    let other = integrate(&rust, history, (0.0, 20.0), options, &Save::Last, &[]).unwrap();
    for (value, other) in run(&system, 20.0, 1e-10).last().iter().zip(other.last()) {
        assert!((value - other).abs() < 1e-9, "{value} and {other}");
    }
}

#[test]
fn a_delay_matrix_of_equal_entries_is_one_lag() {
    let n = 6;
    let one = "1 + K/N*sum(j, A[i,j]*sin(theta[j](t - tau) - theta[i]))";
    let many = "1 + K/N*sum(j, A[i,j]*sin(theta[j](t - D[i,j]) - theta[i]))";
    let delays = Data::matrix(n, vec![0.7; n * n]);
    let one = kuramoto(n, one, "0.3*i + t")
        .parameter("tau", 0.7)
        .compile()
        .unwrap();
    let many = kuramoto(n, many, "0.3*i + t")
        .data("D", delays)
        .compile()
        .unwrap();
    assert_eq!(many.lags(), [0.7]);
    let (one, many) = (run(&one, 30.0, 1e-8), run(&many, 30.0, 1e-8));
    assert_eq!(one.states, many.states);
    assert_eq!(one.statistics, many.statistics);
}

#[test]
fn without_delays_a_family_is_an_ordinary_equation() {
    let n = 6;
    let zeros = Data::matrix(n, vec![0.0; n * n]);
    let formula = "1 + 0.2*i + K/N*sum(j, A[i,j]*sin(theta[j](t - D[i,j]) - theta[i]))";
    let system = kuramoto(n, formula, "0.3*i")
        .data("D", zeros)
        .compile()
        .unwrap();
    assert!(system.is_ordinary());
    let a = weights(n);
    let rust = ordinary_field(n, move |_, x, dx| {
        for i in 0..n {
            let terms = (0..n).map(|j| a[i * n + j] * (x[j] - x[i]).sin());
            dx[i] = 1.0 + 0.2 * i as f64 + 0.8 / 6.0 * terms.sum::<f64>();
        }
    });
    let start: Vec<f64> = (0..n).map(|i| 0.3 * i as f64).collect();
    let options = Options::with_tolerance(1e-11);
    let method = OrdinaryMethod::Dop853;
    let other = solve_ordinary(&rust, &start, (0.0, 20.0), method, &options, &Save::Last).unwrap();
    for (value, other) in run(&system, 20.0, 1e-11).last().iter().zip(other.last()) {
        assert!((value - other).abs() < 1e-9, "{value} and {other}");
    }
    // the text itself through the solver of ordinary equations
    let field = system.ordinary().unwrap();
    let start = system.initial_state(0.0);
    let text = solve_ordinary(&field, &start, (0.0, 20.0), method, &options, &Save::Last).unwrap();
    for (value, other) in text.last().iter().zip(other.last()) {
        assert!((value - other).abs() < 1e-12, "{value} and {other}");
    }
    let late = SystemText::new()
        .equation("y", "-y(t - 1)")
        .history("y", "1");
    assert!(late.compile().unwrap().ordinary().is_none());
}

#[test]
fn zero_weights_and_lags_are_not_read() {
    let n = 3;
    let weights = vec![0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.0];
    let lags = vec![9.0, 0.0, 8.0, 1.0, 7.0, 6.0, 5.0, 1.0, 4.0];
    let system = SystemText::new()
        .size("N", n)
        .data("A", Data::matrix(n, weights))
        .data("D", Data::matrix(n, lags))
        .equation("x[i]", "sum(j, A[i,j]*x[j](t - D[i,j]))")
        .history("x[i]", "1 + i");
    let system = system.compile().unwrap();
    assert_eq!(system.lags(), [1.0]);
    let field = system.field();
    let mut slope = [0.0; 3];
    let late = [10.0, 20.0, 30.0];
    let delayed = pulsatrix::solver::Delayed::new(&late, 3);
    field.derivative(0.0, &[1.0, 2.0, 3.0], delayed, &mut slope);
    assert_eq!(slope, [2.0, 20.0, 60.0]);
}

/// In the frame that turns with `Omega = omega - K sin(Omega tau)`, the phases are at rest, and they
/// come back to it exactly if `K cos(Omega tau) > 0`.
#[test]
fn oscillators_with_one_delay_turn_at_the_synchronous_frequency() {
    let (omega, k, tau) = (1.0, 1.5, 2.0);
    for guess in [0.3, 1.9, 2.5] {
        let mut turn: f64 = guess;
        for _ in 0..100 {
            let miss = turn - omega + k * (turn * tau).sin();
            turn -= miss / (1.0 + k * tau * (turn * tau).cos());
        }
        assert!((turn - omega + k * (turn * tau).sin()).abs() < 1e-14);
        let stable = k * (turn * tau).cos() > 0.0;
        let frame = SystemText::new()
            .size("N", 2)
            .parameter("turn", turn)
            .parameter("tau", tau)
            .parameter("K", k)
            .equation(
                "p[i]",
                "1 - turn + K*(sum(j, sin(p[j](t - tau) - turn*tau - p[i])) \
                 - sin(p[i](t - tau) - turn*tau - p[i]))/(N - 1)",
            )
            .history("p[i]", "0");
        let system = frame.compile().unwrap();
        let mut slope = vec![1.0; 2];
        let zeros = [0.0; 2];
        let field = system.field();
        let delayed = pulsatrix::solver::Delayed::new(&zeros, 2);
        field.derivative(0.0, &zeros, delayed, &mut slope);
        assert!(slope.iter().all(|slope| slope.abs() < 1e-13), "{slope:?}");
        let linear = pulsatrix::analysis::linearise(&field, &zeros).unwrap();
        let roots = linear.characteristic_roots(3).unwrap();
        // a common shift of all phases is neutral
        let others = roots.iter().filter(|root| root.re.hypot(root.im) > 1e-7);
        let rightmost = others.map(|root| root.re).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(rightmost < 0.0, stable, "{turn}: {roots:?}");
        if stable {
            // the phases themselves, from beside the synchronous state
            let text = SystemText::new()
                .size("N", 4)
                .parameter("turn", turn)
                .parameter("K", k)
                .equation(
                    "p[i]",
                    "1 + K*(sum(j, sin(p[j](t - 2) - p[i])) - sin(p[i](t - 2) - p[i]))/(N - 1)",
                )
                .history("p[i]", "turn*t + 0.02*i");
            let system = text.compile().unwrap();
            let (field, history) = (system.field(), system.history(0.0));
            let save = Save::At(vec![400.0, 410.0]);
            let options = Options::with_tolerance(1e-11);
            let run = integrate(&field, history, (0.0, 410.0), options, &save, &[]).unwrap();
            let found = (run.state(1)[2] - run.state(0)[2]) / 10.0;
            assert!((found - turn).abs() < 1e-8, "{found} for {turn}");
        }
    }
    // roots need no frame where there is a steady state
    let resting = SystemText::new()
        .equation("y", "-y(t - 1)")
        .history("y", "0");
    let resting = resting.compile().unwrap();
    assert!(rightmost_roots(&resting.field(), &[0.0], 2).unwrap().1[0].re < 0.0);
}

#[test]
fn sums_of_sums_and_other_sizes_are_laid_out() {
    let system = SystemText::new()
        .size("N", 2)
        .size("M", 3)
        .data("B", Data::matrix(3, vec![1.0, 0.0, 2.0, 0.0, 3.0, 4.0]))
        .data("c", Data::vector(vec![1.0, 10.0, 100.0]))
        .equation("x[i in N]", "sum(k in M, B[i,k]*y[k]) + x[1 - i]")
        .equation(
            "y[k in M]",
            "c[k]*sum(i in N, sum(l in M, B[i,l]*(l + 1)*x[i]*y[k]))",
        )
        .equation("z", "sum(k in M, c[k])")
        .history("x[i]", "0")
        .history("y[k]", "0")
        .history("z", "0")
        .compile()
        .unwrap();
    assert_eq!(system.components()[1..3], ["x[1]", "y[0]"]);
    let mut slope = [0.0; 6];
    let state = [2.0, 3.0, 5.0, 7.0, 11.0, 0.0];
    let delayed = pulsatrix::solver::Delayed::new(&[], 6);
    system.field().derivative(0.0, &state, delayed, &mut slope);
    // sum over l of B[i, l] (l + 1): 7 and 18
    let inner = 7.0 * 2.0 + 18.0 * 3.0;
    assert_eq!(slope[..2], [5.0 + 22.0 + 3.0, 21.0 + 44.0 + 2.0]);
    assert_eq!(
        slope[2..5],
        [inner * 5.0, 10.0 * inner * 7.0, 100.0 * inner * 11.0]
    );
    assert_eq!(slope[5], 111.0);
}

#[test]
fn long_families_go_through_in_pieces() {
    let n = 700;
    let text = SystemText::new()
        .size("N", n)
        .equation(
            "x[i]",
            "sin(x[i])*mean(j, cos(x[j])) - x[mod(i + N - 1, N)](t - 1)",
        )
        .history("x[i]", "i/N");
    let system = text.compile().unwrap();
    let state: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
    let late: Vec<f64> = (0..n).map(|i| (i as f64).sqrt()).collect();
    let mut slope = vec![0.0; n];
    let delayed = pulsatrix::solver::Delayed::new(&late, n);
    system.field().derivative(0.0, &state, delayed, &mut slope);
    let mean = state.iter().map(|x| x.cos()).sum::<f64>() / n as f64;
    for i in 0..n {
        let exact = state[i].sin() * mean - late[(i + n - 1) % n];
        assert!(
            (slope[i] - exact).abs() < 1e-13,
            "{i}: {} for {exact}",
            slope[i]
        );
    }
}

/// `z_i = r exp(i (W t - i phi))` solves the ring of Stuart-Landau oscillators exactly.
#[test]
fn a_travelling_wave_of_amplitudes_is_followed() {
    let (n, k, tau, omega, lambda) = (6, 0.4, 0.6, 2.0, 1.0);
    let phi = std::f64::consts::TAU / n as f64;
    let mut turn: f64 = omega;
    for _ in 0..50 {
        let miss = turn - omega - k * (phi - turn * tau).sin();
        turn -= miss / (1.0 + k * tau * (phi - turn * tau).cos());
    }
    let radius = (lambda - k + k * (phi - turn * tau).cos()).sqrt();
    let text = SystemText::new()
        .size("N", n)
        .parameter("K", k)
        .parameter("tau", tau)
        .parameter("turn", turn)
        .parameter("radius", radius)
        .data("D", Data::matrix(n, vec![tau; n * n]))
        .function("A(i, j) = if(mod(i - j, N) == 1, 1, 0)")
        .equation(
            "x[i]",
            "(1 - x[i]^2 - y[i]^2)*x[i] - 2*y[i] + K*sum(j, A(i, j)*(x[j](t - D[i,j]) - x[i]))",
        )
        .equation(
            "y[i]",
            "(1 - x[i]^2 - y[i]^2)*y[i] + 2*x[i] + K*sum(j, A(i, j)*(y[j](t - tau) - y[i]))",
        )
        .history("x[i]", "radius*cos(turn*t - 2*pi*i/N)")
        .history("y[i]", "radius*sin(turn*t - 2*pi*i/N)");
    let system = text.compile().unwrap();
    for tolerance in [1e-6, 1e-9] {
        let found = run(&system, 20.0, tolerance);
        for i in 0..n {
            let angle = turn * 20.0 - phi * i as f64;
            let exact = radius * angle.cos();
            let error = (found.last()[i] - exact).abs();
            assert!(error < 10.0 * tolerance, "{i}: {error:e} at {tolerance:e}");
        }
    }
}
