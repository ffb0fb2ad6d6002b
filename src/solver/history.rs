//! What a delay equation remembers before it starts.

use super::SolverError;

/// The state before the initial time, and at it.
///
/// A history is a constant or a function of time, asked only at times `t <= t_0`. The state *at*
/// `t_0` is the history there unless [`starting_at`](Self::starting_at) says otherwise; the
/// solution then jumps at `t_0`.
///
/// ```
/// use pulsatrix::solver::History;
///
/// let rest = History::constant(&[0.0]).starting_at(&[1.0]);
/// let wave = History::function(2, |t, state| {
///     state[0] = t.sin();
///     state[1] = t.cos();
/// });
/// assert_eq!((rest.dimension(), wave.dimension()), (1, 2));
/// ```
pub struct History<'a> {
    past: Past<'a>,
    dimension: usize,
    initial: Option<Vec<f64>>,
    breaking_points: Vec<f64>,
    slope: Option<Function<'a>>,
}

type Function<'a> = Box<dyn Fn(f64, &mut [f64]) + Send + Sync + 'a>;

type Component<'a> = Box<dyn Fn(f64, usize) -> f64 + Send + Sync + 'a>;

enum Past<'a> {
    Constant(Vec<f64>),
    Function(Function<'a>),
    Components(Component<'a>),
}

impl<'a> History<'a> {
    /// The same state at all times up to the initial one.
    #[must_use]
    pub fn constant(state: &[f64]) -> Self {
        Self {
            past: Past::Constant(state.to_vec()),
            dimension: state.len(),
            initial: None,
            breaking_points: Vec::new(),
            slope: None,
        }
    }

    /// `function(t, state)` writes the state at time `t <= t_0`, of length `dimension`.
    #[must_use]
    pub fn function(
        dimension: usize,
        function: impl Fn(f64, &mut [f64]) + Send + Sync + 'a,
    ) -> Self {
        Self {
            past: Past::Function(Box::new(function)),
            dimension,
            initial: None,
            breaking_points: Vec::new(),
            slope: None,
        }
    }

    /// `function(t, component)` is one component at time `t <= t_0`: spares a field that
    /// [reads single components](super::DelayField::reads) the whole states.
    #[must_use]
    pub fn components(
        dimension: usize,
        function: impl Fn(f64, usize) -> f64 + Send + Sync + 'a,
    ) -> Self {
        Self {
            past: Past::Components(Box::new(function)),
            dimension,
            initial: None,
            breaking_points: Vec::new(),
            slope: None,
        }
    }

    /// Gives the time derivative of the history, which a neutral equation reads;
    /// `slope(t, derivative)` is asked at times up to the initial one. A constant history has none
    /// to give: its slope is zero.
    #[must_use]
    pub fn with_slope(mut self, slope: impl Fn(f64, &mut [f64]) + Send + Sync + 'a) -> Self {
        self.slope = Some(Box::new(slope));
        self
    }

    /// Starts the solution at `state` although the history ends elsewhere.
    #[must_use]
    pub fn starting_at(mut self, state: &[f64]) -> Self {
        self.initial = Some(state.to_vec());
        self
    }

    /// Declares the times before `t_0` at which the history jumps or bends.
    ///
    /// Steps then end where a lag carries these times. The history is asked on the proper side of
    /// each of them, never at the time itself.
    #[must_use]
    pub fn with_breaking_points(mut self, times: &[f64]) -> Self {
        self.breaking_points = times.to_vec();
        self.breaking_points.sort_by(f64::total_cmp);
        self
    }

    /// The state of a constant history without a jump at its end; `None` for any other.
    #[must_use]
    pub fn as_constant(&self) -> Option<&[f64]> {
        match &self.past {
            Past::Constant(state) if self.initial.is_none() => Some(state),
            _ => None,
        }
    }

    /// Number of components.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Times declared with [`with_breaking_points`](Self::with_breaking_points), ascending.
    #[must_use]
    pub fn breaking_points(&self) -> &[f64] {
        &self.breaking_points
    }

    /// Whether the solution was given a state of its own at the initial time.
    #[must_use]
    pub fn jumps(&self) -> bool {
        self.initial.is_some()
    }

    /// Writes the history at `time` into `state`.
    #[inline]
    pub fn evaluate(&self, time: f64, state: &mut [f64]) {
        match &self.past {
            Past::Constant(past) => state.copy_from_slice(past),
            Past::Function(function) => function(time, state),
            Past::Components(function) => {
                for (component, value) in state.iter_mut().enumerate() {
                    *value = function(time, component);
                }
            }
        }
    }

    /// One component, where that needs no whole state.
    #[inline]
    pub(super) fn component(&self, time: f64, component: usize) -> Option<f64> {
        match &self.past {
            Past::Constant(past) => past.get(component).copied(),
            Past::Function(_) => None,
            Past::Components(function) => Some(function(time, component)),
        }
    }

    /// Whether nothing changes before the initial time.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self.past, Past::Constant(_))
    }

    /// Whether the slope is known: given, or zero.
    pub(super) fn has_slope(&self) -> bool {
        self.slope.is_some() || matches!(self.past, Past::Constant(_))
    }

    /// Writes the slope of the history at `time` into `slope`.
    pub(super) fn evaluate_slope(&self, time: f64, slope: &mut [f64]) {
        match &self.slope {
            Some(function) => function(time, slope),
            None => slope.fill(0.0),
        }
    }

    /// The history at a time whose side matters: a time within `rounding` of a declared break is
    /// moved to the side that `selected`, a time a little before or after, lies on.
    pub(super) fn evaluate_beside(
        &self,
        time: f64,
        selected: f64,
        rounding: f64,
        state: &mut [f64],
    ) {
        self.evaluate(self.beside(time, selected, rounding), state);
    }

    /// The time, on the side of a declared break within `rounding` on which `selected` lies.
    #[inline]
    pub(super) fn beside(&self, time: f64, selected: f64, rounding: f64) -> f64 {
        let close = |point: &&f64| (time - **point).abs() <= rounding;
        match self.breaking_points.iter().find(close) {
            Some(point) if selected > *point => point + rounding,
            Some(point) if selected < *point => point - rounding,
            _ => time,
        }
    }

    /// The state at the initial time, checked.
    ///
    /// # Errors
    /// [`SolverError::WrongLength`] if it has another length than `dimension`,
    /// [`SolverError::NotFinite`] if a component is NaN or infinite.
    pub fn initial_state(&self, time: f64, dimension: usize) -> Result<Vec<f64>, SolverError> {
        let wrong = |found| SolverError::WrongLength {
            name: "the history",
            found,
            expected: dimension,
        };
        if self.dimension != dimension {
            return Err(wrong(self.dimension));
        }
        let state = match &self.initial {
            Some(initial) if initial.len() == dimension => initial.clone(),
            Some(initial) => return Err(wrong(initial.len())),
            None => {
                let mut state = vec![0.0; dimension];
                self.evaluate(time, &mut state);
                state
            }
        };
        match state.iter().position(|value| !value.is_finite()) {
            Some(component) => Err(SolverError::NotFinite {
                quantity: "history",
                component,
                value: state[component],
                time,
            }),
            None => Ok(state),
        }
    }
}

impl std::fmt::Debug for History<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let past = match &self.past {
            Past::Constant(state) => format!("constant {state:?}"),
            Past::Function(_) | Past::Components(_) => "function".to_owned(),
        };
        formatter
            .debug_struct("History")
            .field("past", &past)
            .field("initial", &self.initial)
            .field("breaking_points", &self.breaking_points)
            .finish()
    }
}
