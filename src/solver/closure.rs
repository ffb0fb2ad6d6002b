//! A user's own delay equation in a few lines.

use super::{DelayField, Delayed};

type Switches<'a> = Box<dyn Fn(f64, &[f64], Delayed<'_>, &mut [f64]) + Send + Sync + 'a>;

/// A right-hand side given by a closure; made by [`closure_field`].
pub struct ClosureField<'a, C> {
    dimension: usize,
    lags: Vec<f64>,
    derivative: C,
    switch_count: usize,
    switches: Option<Switches<'a>>,
}

/// The field `y' = f(t, y, y(t - lags[0]), ...)` with `derivative(t, y, delayed, dy)` writing `f`
/// into `dy`.
///
/// ```
/// use pulsatrix::solver::{closure_field, solve, DelaySolver, History, Options, Save};
///
/// // Hutchinson's equation of a population that feels its own crowd late
/// let field = closure_field(1, &[1.0], |_, y, delayed, dy| {
///     dy[0] = 1.6 * y[0] * (1.0 - delayed.state(0)[0]);
/// });
/// let history = History::constant(&[0.1]);
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-8))?;
/// let trajectory = solve(&mut solver, 20.0, &Save::Last, &[])?;
/// assert!((trajectory.last()[0] - 0.983240313725974).abs() < 1e-7);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn closure_field<'a, C>(dimension: usize, lags: &[f64], derivative: C) -> ClosureField<'a, C>
where
    C: Fn(f64, &[f64], Delayed<'_>, &mut [f64]),
{
    ClosureField {
        dimension,
        lags: lags.to_vec(),
        derivative,
        switch_count: 0,
        switches: None,
    }
}

impl<'a, C> ClosureField<'a, C> {
    /// Declares `count` functions at whose sign changes the right-hand side jumps; see
    /// [`DelayField::switches`]. `switches(t, y, delayed, values)` writes their values.
    #[must_use]
    pub fn with_switches(
        mut self,
        count: usize,
        switches: impl Fn(f64, &[f64], Delayed<'_>, &mut [f64]) + Send + Sync + 'a,
    ) -> Self {
        self.switch_count = count;
        self.switches = Some(Box::new(switches));
        self
    }
}

impl<C> DelayField for ClosureField<'_, C>
where
    C: Fn(f64, &[f64], Delayed<'_>, &mut [f64]),
{
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    #[inline]
    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        (self.derivative)(time, state, delayed, derivative);
    }

    fn switch_count(&self) -> usize {
        self.switch_count
    }

    fn switches(&self, time: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        if let Some(switches) = &self.switches {
            switches(time, state, delayed, values);
        }
    }
}

impl<C> std::fmt::Debug for ClosureField<'_, C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClosureField")
            .field("dimension", &self.dimension)
            .field("lags", &self.lags)
            .field("switch_count", &self.switch_count)
            .finish_non_exhaustive()
    }
}
