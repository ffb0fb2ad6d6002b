//! Delay fields that are affine in the present state.

use crate::numerics::lanes::Lane;

/// A right-hand side that is affine in the present state: `x' = constant - rate x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine<R> {
    /// What does not depend on the present state.
    pub constant: R,
    /// How fast the present state is forgotten (1/time).
    pub rate: R,
}

/// What a component hears of the others through one lag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Input {
    /// Nothing.
    #[default]
    None,
    /// The sum of all gates, itself included: the mean field, in `O(N)`.
    Sum,
    /// What [`PanelField::gather`] makes of all gates.
    Gathered,
}

/// In which variable a field is affine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chart {
    /// The state itself.
    #[default]
    State,
    /// The natural logarithm of the state, which must stay positive.
    Logarithm,
}

/// A field that is nonlinear only in delayed states:
///
/// ```text
/// x_j'(t) = p_j - q_j x_j(t)
/// (p_j, q_j) = affine(theta_j, t, g_j(t - lag_0), ..., input_j(t - lag_0), ...)
/// g_j = gate(theta_j, x_j),    input_j = nothing, the sum of all g, or a gathering of them
/// ```
///
/// Opt-in: the panel engine solves such a field many times faster than the general one, because
/// over a stretch no longer than the shortest lag `p` and `q` are known beforehand and every
/// component is a scalar linear problem. `LAGS` is the number of lags, `PARAMETERS` that of the
/// numbers `theta_j` in which components (and members of an [ensemble](super::PanelEnsemble)) may
/// differ.
///
/// Gate and affine part are written over a [`Lane`], which is one number or a register full of
/// them, one of each component; mark them `#[inline(always)]`.
///
/// ```
/// use pulsatrix::numerics::lanes::Lane;
/// use pulsatrix::solver::{Affine, History, Options, PanelField, PanelSolver, Save, solve};
///
/// /// y' = -y(t - 1)
/// struct Linear;
///
/// impl PanelField<1, 0> for Linear {
///     fn dimension(&self) -> usize {
///         1
///     }
///     fn lags(&self) -> [f64; 1] {
///         [1.0]
///     }
///     fn parameters(&self, _: usize) -> [f64; 0] {
///         []
///     }
///     #[inline(always)]
///     fn gate<R: Lane>(&self, _: [R; 0], state: R) -> R {
///         state
///     }
///     #[inline(always)]
///     fn affine<R: Lane>(&self, _: [R; 0], _: R, gates: [R; 1], _: [R; 1]) -> Affine<R> {
///         Affine { constant: -gates[0], rate: gates[0].like(0.0) }
///     }
/// }
///
/// let options = Options::with_tolerance(1e-9);
/// let mut engine = PanelSolver::new(&Linear, History::constant(&[1.0]), 0.0, options)?;
/// let trajectory = solve(&mut engine, 5.0, &Save::Last, &[])?;
/// assert!((trajectory.last()[0] - 19.0 / 120.0).abs() < 1e-9);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub trait PanelField<const LAGS: usize, const PARAMETERS: usize>: Sync {
    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// The lags, each positive and finite; equal ones cost no more than one.
    fn lags(&self) -> [f64; LAGS];

    /// The numbers `theta_j` in which component `component` differs from others.
    fn parameters(&self, component: usize) -> [f64; PARAMETERS];

    /// The nonlinear function of a component that is heard one lag later.
    fn gate<R: Lane>(&self, parameters: [R; PARAMETERS], state: R) -> R;

    /// The equation of a component at `time`, from its own gate and its input one lag ago, per lag.
    ///
    /// Inputs are zero through lags of [`Input::None`].
    fn affine<R: Lane>(
        &self,
        parameters: [R; PARAMETERS],
        time: R,
        gates: [R; LAGS],
        inputs: [R; LAGS],
    ) -> Affine<R>;

    /// What is heard of the other components through lag `lag`.
    fn input(&self, lag: usize) -> Input {
        let _ = lag;
        Input::None
    }

    /// Turns the gates of all components, delayed by lag `lag`, into their inputs, in place.
    ///
    /// Asked only through lags of [`Input::Gathered`].
    fn gather(&self, lag: usize, gates: &mut [f64]) {
        let _ = (lag, gates);
    }

    /// Whether the rates are the same at all times; panels are then solved by matrices made once.
    fn has_constant_rates(&self) -> bool {
        false
    }

    /// Whether all components with the same own gates and inputs have the same rate, bit by bit, and
    /// constant and rate are affine in the inputs and do not depend on time.
    ///
    /// Components whose own gates stand still at 0 or 1, as [`steepness`](Self::steepness) tells,
    /// then share the solution of a panel, in a sixth of the operations. Rates are looked at once, when
    /// an engine is made; where they differ, each component is solved alone.
    fn has_common_rate(&self) -> bool {
        false
    }

    /// Steepness `lambda` of gates that switch like `1 / (1 + exp(-lambda x))` at `x = 0`; zero for
    /// gates that do not.
    ///
    /// Passages through zero are then foreseen one lag ahead, by the poles that the gates have beside
    /// them, at a cost that hardly depends on `lambda`.
    fn steepness(&self) -> f64 {
        0.0
    }

    /// The variable `x` of the equation above; histories and solutions are in the state itself.
    fn chart(&self) -> Chart {
        Chart::State
    }

    /// Number of independent systems that the components are interleaved from: component `j`
    /// belongs to system `j % systems()`, and sums run over one system. 1, or
    /// [`LANES`](super::LANES).
    fn systems(&self) -> usize {
        1
    }

    /// Whether the field, with the values that it now has, is what this trait says; if not, the
    /// engine refuses it.
    fn has_panel_form(&self) -> bool {
        true
    }

    /// Whether `other` is the same field but for [`parameters`](Self::parameters), so that the two
    /// can go side by side in an ensemble. A field that does not say so cannot.
    fn is_alike(&self, other: &Self) -> bool {
        let _ = other;
        false
    }
}
