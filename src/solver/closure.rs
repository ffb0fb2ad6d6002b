//! A user's own delay equation in a few lines.

use super::{DelayField, Delayed, Read};

type DelayedTimes<'a> = Box<dyn Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a>;
type NextBreak<'a> = Box<dyn Fn(f64) -> Option<f64> + Send + Sync + 'a>;
type Switches<'a> = Box<dyn Fn(f64, &[f64], Delayed<'_>, &mut [f64]) + Send + Sync + 'a>;

/// A right-hand side given by a closure; made by [`closure_field`].
pub struct ClosureField<'a, C> {
    dimension: usize,
    lags: Vec<f64>,
    derivative: C,
    switch_count: usize,
    switches: Option<Switches<'a>>,
    varying_lags: usize,
    delayed_times: Option<DelayedTimes<'a>>,
    longest_varying_lag: f64,
    remembered: f64,
    neutral: bool,
    next_break: Option<NextBreak<'a>>,
    reads: Vec<Read>,
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
        varying_lags: 0,
        delayed_times: None,
        longest_varying_lag: f64::INFINITY,
        remembered: 0.0,
        neutral: false,
        next_break: None,
        reads: Vec::new(),
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

    /// Adds `count` delayed times that vary, numbered after the constant lags;
    /// `delayed_times(t, y, times)` writes them. See [`DelayField::delayed_times`].
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, History, Options, Save};
    ///
    /// // y' = y(y(t)): looks back to the time that its own value names
    /// let field = closure_field(1, &[], |_, _, delayed, dy| dy[0] = delayed.state(0)[0])
    ///     .with_delayed_times(1, |_, y, times| times[0] = y[0]);
    /// let history = History::constant(&[0.5]).starting_at(&[1.0]);
    /// let mut solver = DelaySolver::new(&field, history, 2.0, Options::with_tolerance(1e-9))?;
    /// let trajectory = solve(&mut solver, 5.5, &Save::Last, &[])?;
    /// assert!((trajectory.last()[0] - 4.241_412_295_056_518).abs() < 1e-8);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn with_delayed_times(
        mut self,
        count: usize,
        delayed_times: impl Fn(f64, &[f64], &mut [f64]) + Send + Sync + 'a,
    ) -> Self {
        self.varying_lags = count;
        self.delayed_times = Some(Box::new(delayed_times));
        self
    }

    /// Bounds the varying lags, and with them the memory of a run.
    #[must_use]
    pub fn with_longest_varying_lag(mut self, lag: f64) -> Self {
        self.longest_varying_lag = lag;
        self
    }

    /// Keeps the past for this time even if no lag reaches so far, for events that look back; see
    /// [`DelayField::remembered`].
    #[must_use]
    pub fn remembering(mut self, time: f64) -> Self {
        self.remembered = time;
        self
    }

    /// Declares times, ascending, at which the right-hand side jumps or bends; see
    /// [`DelayField::next_break`].
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, History, Options, Save};
    ///
    /// // a current of 2 from t = 1 to t = 3
    /// let field = closure_field(1, &[], |t, y, _, dy| {
    ///     dy[0] = if (1.0..3.0).contains(&t) { 2.0 } else { 0.0 } - y[0];
    /// })
    /// .with_breaks(&[1.0, 3.0]);
    /// let history = History::constant(&[0.0]);
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9))?;
    /// let trajectory = solve(&mut solver, 4.0, &Save::Last, &[])?;
    /// let exact = 2.0 * (1.0 - (-2f64).exp()) * (-1f64).exp();
    /// assert!((trajectory.last()[0] - exact).abs() < 1e-9);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn with_breaks(mut self, times: &[f64]) -> Self {
        let times = times.to_vec();
        self.next_break = Some(Box::new(move |after| {
            times.iter().copied().find(|time| *time > after)
        }));
        self
    }

    /// The same for the times `first`, `first + period`, and so on for ever; `period` must be
    /// positive.
    #[must_use]
    pub fn with_periodic_breaks(mut self, first: f64, period: f64) -> Self {
        self.next_break = Some(Box::new(move |after| next_of(first, period, after)));
        self
    }

    /// Declares that the right-hand side reads these single values and no whole states; see
    /// [`DelayField::reads`].
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, DelayTable, History, Options, Save};
    ///
    /// // three phases, each of which hears the two others with a delay of its own
    /// let delays = [(0.3, 1), (0.5, 2), (0.3, 0), (0.7, 2), (0.5, 0), (0.7, 1)];
    /// let table = DelayTable::new(delays);
    /// let field = closure_field(3, table.lags(), |_, phases, delayed, slopes| {
    ///     for j in 0..3 {
    ///         let heard = (2 * j..2 * j + 2).map(|k| (delayed.value(k) - phases[j]).sin());
    ///         slopes[j] = 1.0 + 0.5 * heard.sum::<f64>();
    ///     }
    /// })
    /// .with_reads(table.reads());
    /// let history = History::constant(&[0.0, 0.1, 0.2]);
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::default())?;
    /// assert!(solve(&mut solver, 10.0, &Save::Last, &[])?.last()[0] > 0.0);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn with_reads(mut self, reads: &[Read]) -> Self {
        self.reads = reads.to_vec();
        self
    }

    /// Declares that the right-hand side reads delayed slopes.
    #[must_use]
    pub fn neutral(mut self) -> Self {
        self.neutral = true;
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

    fn reads(&self) -> &[Read] {
        &self.reads
    }

    #[inline]
    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        (self.derivative)(time, state, delayed, derivative);
    }

    fn varying_lags(&self) -> usize {
        self.varying_lags
    }

    fn delayed_times(&self, time: f64, state: &[f64], times: &mut [f64]) {
        if let Some(delayed_times) = &self.delayed_times {
            delayed_times(time, state, times);
        }
    }

    fn longest_varying_lag(&self) -> f64 {
        self.longest_varying_lag
    }

    fn remembered(&self) -> f64 {
        self.remembered
    }

    fn is_neutral(&self) -> bool {
        self.neutral
    }

    fn next_break(&self, after: f64) -> Option<f64> {
        self.next_break.as_ref().and_then(|next| next(after))
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
            .field("varying_lags", &self.varying_lags)
            .field("neutral", &self.neutral)
            .field("switch_count", &self.switch_count)
            .finish_non_exhaustive()
    }
}

/// The first of the times `first + k period` after `after`; none if the period is not positive.
pub(super) fn next_of(first: f64, period: f64, after: f64) -> Option<f64> {
    if !(period > 0.0 && period.is_finite()) {
        return None;
    }
    // counted, not summed, so that rounding does not add up
    let count = ((after - first) / period).floor().max(-1.0);
    let times = (0..3).map(|more| first + (count + f64::from(more)).max(0.0) * period);
    times.into_iter().find(|time| *time > after)
}
