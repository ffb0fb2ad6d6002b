//! Time that runs backwards.

use super::trajectory::solve;
use super::{
    DelayField, DelaySolver, Delayed, History, Options, Read, Save, SolverError, Trajectory,
};

/// Breaks that a field may declare in the time to be run through.
const MOST_BREAKS: usize = 1 << 20;

/// A field with the sign of time turned: what solves it at `s` solves the field at `t = -s`.
///
/// Backwards run ordinary equations, and [advanced](Self::advanced) ones, which read what is yet to
/// come. A delay equation does not: its past does not follow from its present.
#[derive(Debug)]
pub struct Backward<'a> {
    field: Field<'a>,
    /// Breaks of the field, latest first, with their signs turned.
    breaks: Vec<f64>,
}

struct Field<'a>(&'a (dyn DelayField + 'a));

impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("field")
    }
}

impl<'a> Backward<'a> {
    /// A field without lags, for times from `begin` back to `end`.
    ///
    /// # Errors
    /// [`SolverError::NoWayBack`] for a field that reads its past;
    /// [`SolverError::InvalidArgument`] if `end` does not lie before `begin`.
    pub fn new(
        field: &'a (dyn DelayField + 'a),
        (begin, end): (f64, f64),
    ) -> Result<Self, SolverError> {
        let late = field.lags().iter().any(|lag| *lag != 0.0);
        for (found, what) in [
            (late, "constant lags"),
            (field.varying_lags() > 0, "varying lags"),
            (field.is_neutral(), "delayed slopes"),
        ] {
            if found {
                return Err(SolverError::NoWayBack { what });
            }
        }
        Self::advanced(field, (begin, end))
    }

    /// The field of an advanced equation `y'(t) = f(t, y(t), y(t + lag), ...)`, whose lags count
    /// forwards in time; it starts from the states after `begin`.
    ///
    /// # Errors
    /// [`SolverError::NoWayBack`] for a field with varying lags or delayed slopes;
    /// [`SolverError::InvalidArgument`] if `end` does not lie before `begin`.
    pub fn advanced(
        field: &'a (dyn DelayField + 'a),
        (begin, end): (f64, f64),
    ) -> Result<Self, SolverError> {
        if field.varying_lags() > 0 {
            let what = "varying lags";
            return Err(SolverError::NoWayBack { what });
        }
        if field.is_neutral() {
            let what = "delayed slopes";
            return Err(SolverError::NoWayBack { what });
        }
        if !(end <= begin && end.is_finite()) {
            return Err(SolverError::InvalidArgument {
                name: "end",
                value: end,
                requirement: "backwards it must be finite and not after the begin",
            });
        }
        let mut breaks = Vec::new();
        let mut after = end.next_down();
        while let Some(time) = field.next_break(after).filter(|time| *time <= begin) {
            if time <= after || breaks.len() >= MOST_BREAKS {
                break;
            }
            breaks.push(-time);
            after = time;
        }
        breaks.reverse();
        let field = Field(field);
        Ok(Self { field, breaks })
    }
}

impl DelayField for Backward<'_> {
    fn dimension(&self) -> usize {
        self.field.0.dimension()
    }

    fn lags(&self) -> &[f64] {
        self.field.0.lags()
    }

    fn reads(&self) -> &[Read] {
        self.field.0.reads()
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        self.field.0.derivative(-time, state, delayed, derivative);
        for slope in derivative {
            *slope = -*slope;
        }
    }

    fn switch_count(&self) -> usize {
        self.field.0.switch_count()
    }

    fn switches(&self, time: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        self.field.0.switches(-time, state, delayed, values);
    }

    fn next_break(&self, after: f64) -> Option<f64> {
        self.breaks.iter().copied().find(|time| *time > after)
    }
}

/// Solves an ordinary equation from `state` at `begin` back to `end <= begin`.
///
/// Save times descend; so do the times of the trajectory. With `keep` the
/// [whole trajectory](Trajectory::dense) can be evaluated later.
///
/// # Errors
/// [`SolverError::NoWayBack`] for an equation that reads its past, and those of
/// [`solve`](super::solve).
///
/// ```
/// use pulsatrix::solver::{Options, Save, closure_field, integrate_backward};
///
/// // a logistic population, from 0.9 at t = 5 back to t = 0
/// let field = closure_field(1, &[], |_, y, _, dy| dy[0] = y[0] * (1.0 - y[0]));
/// let options = Options::with_tolerance(1e-9);
/// let past = integrate_backward(&field, &[0.9], (5.0, 0.0), options, &Save::Last, true)?;
/// let exact = |t: f64| 1.0 / (1.0 + (5.0 - t).exp() / 9.0);
/// assert!((past.last()[0] - exact(0.0)).abs() < 1e-8);
/// assert!((past.at(2.0).unwrap()[0] - exact(2.0)).abs() < 1e-8);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn integrate_backward(
    field: &dyn DelayField,
    state: &[f64],
    (begin, end): (f64, f64),
    options: Options,
    save: &Save,
    keep: bool,
) -> Result<Trajectory, SolverError> {
    let backward = Backward::new(field, (begin, end))?;
    let turned = |times: &[f64]| times.iter().map(|time| -time).collect::<Vec<f64>>();
    let save = match save {
        Save::At(times) => Save::At(turned(times)),
        other => other.clone(),
    };
    let history = History::constant(state);
    let mut solver = DelaySolver::new(&backward, history, -begin, options)?;
    if keep {
        solver.keep(&[])?;
    }
    let mut trajectory = solve(&mut solver, -end, &save, &[])?;
    trajectory.times = turned(&trajectory.times);
    if let Some(dense) = &mut trajectory.dense {
        dense.turn_time();
    }
    Ok(trajectory)
}
