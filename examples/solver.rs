//! One delay equation, three ways: two methods of the general engine against the closed form, and the cost of each digit.
//!
//! `y' = -y(t - 1)`, y = 1 for t <= 0. By the method of steps y(t) = sum over k of (-1)^k (t - k + 1)^k / k!, k up to t + 1: between
//! multiples of the lag the solution is a polynomial, one degree higher in each. The slope jumps at 0, the k-th derivative at k - 1.

use pulsatrix::solver::{
    DelaySolver, History, Method, Options, Save, SolverError, closure_field, solve,
};

fn main() -> Result<(), SolverError> {
    let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
    let end = 10.0_f64;
    let (mut truth, mut factorial) = (1.0, 1.0);
    for k in 1..=11 {
        factorial *= -f64::from(k);
        truth += (end - f64::from(k) + 1.0).powi(k) / factorial;
    }
    println!("y(10) = {truth:.9} by the method of steps");
    println!("method   tolerance        error   steps   evaluations");
    for method in [Method::Tsit5, Method::Dop853] {
        for tolerance in [1e-4, 1e-8, 1e-12] {
            let options = Options {
                method: Some(method),
                ..Options::with_tolerance(tolerance)
            };
            let mut engine = DelaySolver::new(&field, History::constant(&[1.0]), 0.0, options)?;
            let course = solve(&mut engine, end, &Save::Last, &[])?;
            let (error, cost) = (course.last()[0] - truth, &course.statistics);
            println!(
                "{:6}   {tolerance:9.0e}   {error:10.1e}   {:5}   {:11}",
                format!("{method:?}"),
                cost.steps,
                cost.evaluations
            );
            assert!(
                error.abs() < 10.0 * tolerance,
                "steps end on the breaking points, so the error is that of the tolerance"
            );
        }
    }
    Ok(())
}
