//! A delay equation of one's own in ten lines: Nicholson's blowflies.
//!
//! `N'(t) = p N(t - tau) exp(-N(t - tau) / n) - d N(t)`, adults that mature `tau` days late:
//! W. S. C. Gurney, S. P. Blythe, R. M. Nisbet, Nature 287, 17-21 (1980), doi:10.1038/287017a0.
//! Prints the population at its maxima, and asserts that they lie above its steady state and below what births can sustain.

use pulsatrix::solver::{
    DelaySolver, Event, History, Options, Save, SolverError, closure_field, solve,
};

fn main() -> Result<(), SolverError> {
    let (birth, crowd, death, lag) = (8.5, 600.0, 0.27, 14.8);
    let field = closure_field(1, &[lag], move |_, y, delayed, dy| {
        let past = delayed.state(0)[0];
        dy[0] = birth * past * (-past / crowd).exp() - death * y[0];
    });
    let history = History::constant(&[500.0]);
    let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-8))?;
    let trajectory = solve(&mut solver, 400.0, &Save::Last, &[Event::maximum(0)])?;
    for maximum in &trajectory.events {
        println!("day {:6.1}: {:7.0} flies", maximum.time, maximum.state[0]);
    }
    println!("{:?}", trajectory.statistics);
    // at rest births make up for deaths; they are never more than birth * crowd / e
    let steady = crowd * f64::ln(birth / death);
    let most = birth * crowd / (std::f64::consts::E * death);
    assert!(trajectory.events.len() > 10);
    for maximum in &trajectory.events {
        assert!(maximum.state[0] > steady && maximum.state[0] < most);
    }
    Ok(())
}
