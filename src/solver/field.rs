//! Right-hand sides of delay equations.

/// Right-hand side of `y'(t) = f(t, y(t), y(t - lag_0), y(t - lag_1), ...)` with constant lags.
///
/// A network is a vector field: this is the one thing that a system has to bring.
pub trait DelayField {
    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// The lags, each positive and finite, in the order in which `Delayed` numbers them.
    fn lags(&self) -> &[f64];

    /// Writes `f(time, state, delayed)` into `derivative`; all slices have length `dimension()`.
    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]);

    /// Number of switches: functions at whose sign changes `f` jumps or bends. None by default.
    fn switch_count(&self) -> usize {
        0
    }

    /// Writes the values of the switches into `values`, of length `switch_count()`.
    ///
    /// The general engine ends a step at every sign change (zero counts as negative) and starts
    /// the next one behind it. A relay `x' = if x(t - 1) > 0 { -a } else { 1 }` declares
    /// `x(t - 1)`. A switch should read the delayed states only; if it reads the state itself, a
    /// trial step may look across it, which costs steps but no accuracy.
    fn switches(&self, time: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        let _ = (time, state, delayed, values);
    }
}

/// The delayed states that a right-hand side reads.
#[derive(Debug, Clone, Copy)]
pub struct Delayed<'a> {
    states: &'a [f64],
    dimension: usize,
}

impl<'a> Delayed<'a> {
    /// A view of `states`, which holds the delayed states one after the other.
    #[must_use]
    pub fn new(states: &'a [f64], dimension: usize) -> Self {
        Self { states, dimension }
    }

    /// The whole state one lag ago: `y(t - lags()[lag])`.
    #[inline]
    #[must_use]
    pub fn state(self, lag: usize) -> &'a [f64] {
        &self.states[lag * self.dimension..(lag + 1) * self.dimension]
    }
}
