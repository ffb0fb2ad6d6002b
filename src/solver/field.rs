//! Right-hand sides of delay equations.

use super::{DelaySolver, Engine, History, Options, Read, SolverError};

/// Right-hand side of `y'(t) = f(t, y(t), y(t - lag_0), ..., y(alpha_0), ..., y'(t - lag_0), ...)`.
///
/// Constant lags are numbered first, then the varying ones, whose delayed times
/// `alpha_i(t, y(t)) <= t` depend on time or state. A neutral field also reads the slopes there.
///
/// A network is a vector field: this is the one thing that a system has to bring.
pub trait DelayField: AsDelayField {
    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// The lags, finite and not negative, in the order in which `Delayed` numbers them. At lag zero,
    /// which the general engine takes, the delayed state is the present one.
    fn lags(&self) -> &[f64];

    /// The single delayed values that `f` reads, for a field with many lags of which each matters to
    /// few components. Empty by default: whole states at every lag.
    ///
    /// If there are any, the general engine offers nothing else: the field asks for
    /// [`Delayed::value`] instead of [`Delayed::state`]. Such a field has constant lags alone and is
    /// not neutral. Cost of an evaluation: one polynomial a read, however many components there are.
    /// [`DelayTable`](super::DelayTable) makes the list from a delay for every connection.
    fn reads(&self) -> &[Read] {
        &[]
    }

    /// Writes `f(time, state, delayed)` into `derivative`; all slices have length `dimension()`.
    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]);

    /// The engine that suits the field best, at time `begin`: the general one, unless the field has
    /// a structure that another engine takes and says so by overriding this. Options that name a
    /// [`method`](Options::method) ask for the general engine.
    ///
    /// # Errors
    /// Those of the engine's constructor.
    fn engine<'a>(
        &'a self,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Box<dyn Engine + 'a>, SolverError> {
        let solver = DelaySolver::new(self.as_delay_field(), history, begin, options)?;
        Ok(Box::new(solver))
    }

    /// Writes the partial derivatives of `f` by the state and by the state at every constant lag,
    /// in this order: `1 + lags().len()` blocks of `dimension()^2` numbers, column by column.
    ///
    /// By central differences unless a field knows better: twice as many evaluations as columns,
    /// and an error of about `1e-10` where `f` is smooth on the scale of its arguments.
    fn jacobian(&self, time: f64, state: &[f64], delayed: Delayed<'_>, jacobian: &mut [f64]) {
        let n = self.dimension();
        let (lags, reads) = (self.lags().len(), self.reads());
        let mut state = state.to_vec();
        let mut late: Vec<f64> = vec![0.0; lags * n];
        if reads.is_empty() {
            for (lag, late) in late.chunks_exact_mut(n.max(1)).enumerate() {
                late.copy_from_slice(delayed.state(lag));
            }
        }
        for (number, read) in reads.iter().enumerate() {
            late[read.lag * n + read.component] = delayed.reading(reads).value(number);
        }
        let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
        for (column, target) in jacobian.chunks_mut(n.max(1)).enumerate() {
            let place = |state: &mut [f64], late: &mut [f64], value: Option<f64>| {
                let all = if column < n { state } else { late };
                let entry = &mut all[if column < n { column } else { column - n }];
                std::mem::replace(entry, value.unwrap_or(*entry))
            };
            let here = place(&mut state, &mut late, None);
            let step = 6e-6 * here.abs().max(1.0);
            for (side, derivative) in [(step, &mut above), (-step, &mut below)] {
                place(&mut state, &mut late, Some(here + side));
                let delayed = Delayed::new(&late, n).reading(reads);
                self.derivative(time, &state, delayed, derivative);
            }
            place(&mut state, &mut late, Some(here));
            for ((entry, above), below) in target.iter_mut().zip(&above).zip(&below) {
                *entry = (above - below) / (2.0 * step);
            }
        }
    }

    /// Whether [`jacobian`](Self::jacobian) is exact, not a difference quotient. It is not by default.
    fn has_exact_jacobian(&self) -> bool {
        false
    }

    /// Number of delayed times that depend on time or state. None by default.
    fn varying_lags(&self) -> usize {
        0
    }

    /// Writes the delayed times `alpha_i(time, state)` into `times`, of length `varying_lags()`.
    ///
    /// They must not lie after `time`; they may reach it (a vanishing lag). They may jump: a step
    /// ends there if the jump leads over a breaking point; any other is declared as a
    /// [switch](Self::switches) or a [break](Self::next_break).
    fn delayed_times(&self, time: f64, state: &[f64], times: &mut [f64]) {
        let _ = (time, state, times);
    }

    /// Whether the delayed times that vary may pass breaking points of the solution, so that steps have to end there. A
    /// field whose delayed times keep between them, or pass them at its [breaks](Self::next_break) alone,
    /// says no: nothing is searched then. It may by default.
    fn passes_breaks(&self) -> bool {
        true
    }

    /// Bound on `time - alpha_i`: no more of the trajectory is kept. All of it by default.
    fn longest_varying_lag(&self) -> f64 {
        f64::INFINITY
    }

    /// Time for which the past is kept even if no lag reaches so far: what [events](super::Event) look back at. The
    /// lags alone by default.
    fn remembered(&self) -> f64 {
        0.0
    }

    /// Whether `f` reads [`Delayed::slope`]: a neutral equation, whose breaks need not smooth out.
    fn is_neutral(&self) -> bool {
        false
    }

    /// Number of switches: functions at whose sign changes `f` jumps or bends. None by default.
    fn switch_count(&self) -> usize {
        0
    }

    /// The first time after `after` at which `f` jumps or bends because time itself says so: the
    /// edges of a stimulus, a parameter that changes. None by default.
    ///
    /// The general engine ends a step there, evaluates the old step strictly before that time and
    /// the next one strictly behind it; no test function is needed, and which of the two `f` takes
    /// at the time itself does not matter. Asked once for each of these times.
    fn next_break(&self, after: f64) -> Option<f64> {
        let _ = after;
        None
    }

    /// Writes the values of the switches into `values`, of length `switch_count()`.
    ///
    /// The general engine ends a step at every sign change (zero counts as negative) and starts
    /// the next one behind it; which side `f` takes at the zero itself does not matter. A relay `x' = if x(t - 1) > 0 { -a } else { 1 }` declares
    /// `x(t - 1)`. A switch should read the delayed states only; if it reads the state itself, a
    /// trial step may look across it, which costs steps but no accuracy.
    fn switches(&self, time: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        let _ = (time, state, delayed, values);
    }
}

/// Any field as the one type that the general engine takes: the engine is compiled once, not once for
/// every field. Comes by itself with [`DelayField`].
pub trait AsDelayField {
    /// The field itself.
    fn as_delay_field<'a>(&'a self) -> &'a (dyn DelayField + 'a);
}

impl<F: DelayField> AsDelayField for F {
    fn as_delay_field<'a>(&'a self) -> &'a (dyn DelayField + 'a) {
        self
    }
}

/// The delayed states that a right-hand side reads.
#[derive(Debug, Clone, Copy)]
pub struct Delayed<'a> {
    states: &'a [f64],
    /// Slopes of a neutral field, or the values of a field that lists its reads.
    rest: &'a [f64],
    reads: &'a [Read],
    dimension: usize,
}

impl<'a> Delayed<'a> {
    /// A view of `states`, which holds the delayed states one after the other.
    #[must_use]
    pub fn new(states: &'a [f64], dimension: usize) -> Self {
        Self {
            states,
            rest: &[],
            reads: &[],
            dimension,
        }
    }

    /// The same view with the delayed slopes beside the states, in the same order.
    #[must_use]
    pub fn with_slopes(self, slopes: &'a [f64]) -> Self {
        Self {
            rest: slopes,
            ..self
        }
    }

    /// A view of the values of a field that [lists its reads](DelayField::reads), in their order.
    #[must_use]
    pub fn of_values(values: &'a [f64]) -> Self {
        Self {
            states: &[],
            rest: values,
            reads: &[],
            dimension: 1,
        }
    }

    /// The same view for a field that lists these reads: where whole states are there, its
    /// [values](Self::value) are taken from them.
    #[must_use]
    pub fn reading(self, reads: &'a [Read]) -> Self {
        if self.states.is_empty() {
            return self;
        }
        Self { reads, ..self }
    }

    /// The delayed value number `read` of [`DelayField::reads`].
    ///
    /// # Panics
    /// If the field lists fewer reads.
    #[inline]
    #[must_use]
    pub fn value(self, read: usize) -> f64 {
        if let Some(&Read { lag, component }) = self.reads.get(read) {
            return self.state(lag)[component];
        }
        match self.rest.get(read) {
            Some(value) => *value,
            None => self.without_value(read),
        }
    }

    /// A view of a buffer that holds `lags` states and then, of a neutral field, as many slopes, or
    /// the values of a field that lists its reads.
    #[inline]
    pub(super) fn split(buffer: &'a [f64], dimension: usize, lags: usize) -> Self {
        let (states, rest) = buffer.split_at(lags * dimension);
        Self {
            states,
            rest,
            reads: &[],
            dimension,
        }
    }

    /// The whole slope one lag ago: `y'(t - lags()[lag])`, of a neutral field only.
    ///
    /// # Panics
    /// If the field did not say that it [is neutral](DelayField::is_neutral), or has fewer lags.
    #[inline]
    #[must_use]
    pub fn slope(self, lag: usize) -> &'a [f64] {
        match self
            .rest
            .get(lag * self.dimension..(lag + 1) * self.dimension)
        {
            Some(slope) => slope,
            None => self.without_slope(lag),
        }
    }

    /// The whole state at a delayed time: `y(t - lags()[lag])`, or `y(alpha)` behind the constant
    /// lags.
    ///
    /// # Panics
    /// If the field declares fewer lags.
    #[inline]
    #[must_use]
    pub fn state(self, lag: usize) -> &'a [f64] {
        match self
            .states
            .get(lag * self.dimension..(lag + 1) * self.dimension)
        {
            Some(state) => state,
            None => self.without_state(lag),
        }
    }

    /// Number of delayed states.
    fn count(self) -> usize {
        self.states.len() / self.dimension.max(1)
    }

    #[cold]
    fn without_state(self, lag: usize) -> ! {
        panic!(
            "the field reads the delayed state {lag}, but declares {} lags, numbered from 0: list \
             the lag in `lags()`, or the delayed time in `varying_lags()`",
            self.count()
        )
    }

    #[cold]
    fn without_value(self, read: usize) -> ! {
        panic!(
            "the field reads the delayed value {read}, but lists {} reads, numbered from 0: list it \
             in `reads()`",
            self.rest.len().max(self.reads.len())
        )
    }

    #[cold]
    fn without_slope(self, lag: usize) -> ! {
        if self.rest.is_empty() {
            panic!(
                "the field reads the delayed slope {lag}, but does not say that it is neutral: \
                 `is_neutral()`, or `.neutral()` of a closure field"
            )
        }
        self.without_state(lag)
    }
}
