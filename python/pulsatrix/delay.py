"""Delay equations, written as text or as a function."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native, _system
from ._arguments import Array, array, choice, mapping, number, optional, whole
from ._progress import Progress, shown

Formulas = _system.Formulas
METHODS = ("tsit5", "dop853", "radau5")


class DenseOutput:
    """A solution at any time of its span: ``sol(t)`` has shape ``(components,)``, or ``(components, times)``.

    Where the solution jumps, the value after the jump is shown.
    """

    def __init__(self, native: Any) -> None:
        self._native = native

    @property
    def span(self) -> tuple[float, float]:
        """First and last time."""
        span: tuple[float, float] = self._native.span
        return span

    def __call__(self, t: ArrayLike) -> Array:
        """Values at ``t``. A time outside of the span is a ``ValueError``."""
        return _at(self._native.values, t)

    def slope(self, t: ArrayLike) -> Array:
        """Time derivatives at ``t``: those of the interpolant, one order less accurate."""
        return _at(self._native.slopes, t)


def _at(values: Callable[[Array], Array], t: ArrayLike) -> Array:
    if np.ndim(t) == 0:
        return values(array(np.atleast_1d(t), "t", (1,)))[:, 0]
    return values(array(t, "t", ("times",)))


@dataclass
class Solution:
    """A trajectory, with the names that ``scipy.integrate.solve_ivp`` has for its parts.

    ``solution["x"]`` is the row of a component, the rows of a family, or those of an observable.
    """

    #: Times, shape ``(times,)``.
    t: Array = field(repr=False)
    #: States then, shape ``(components, times)``.
    y: Array = field(repr=False)
    #: The solution between these times, if it is kept.
    sol: Optional[DenseOutput] = field(repr=False)
    #: Times of the events of every name, in the order of ``event_names``.
    t_events: list[Array] = field(repr=False)
    #: States before these events, shape ``(events, components)`` each.
    y_events: list[Array] = field(repr=False)
    #: Names of the events.
    event_names: list[str] = field(repr=False)
    #: Names of the components: ``x``, or ``x[0]``, ``x[1]``, ... of a family.
    names: list[str]
    #: Observables at the times, shape ``(observables, times)``.
    observed: Array = field(repr=False)
    #: Names of the observables.
    observable_names: list[str] = field(repr=False)
    #: 1 if an event has ended the run, else 0.
    status: int
    #: Why it ended, in words.
    message: str
    #: Evaluations of the right-hand side.
    nfev: int
    #: ``steps``, ``rejected``, ``evaluations``, ``events``, ``breaking_points``.
    statistics: dict[str, Any] = field(repr=False)
    #: The engine that has run.
    engine: str
    #: Always true: a run that fails raises ``NumericalError``.
    success: bool = True

    def __getitem__(self, name: str) -> Array:
        for names, values in ((self.names, self.y), (self.observable_names, self.observed)):
            if name in names:
                row: Array = values[names.index(name)]
                return row
            family = [place for place, known in enumerate(names) if re.fullmatch(re.escape(name) + r"\[\d+\]", known)]
            if family:
                rows: Array = values[family]
                return rows
        raise KeyError(f"`{name}`: there are {', '.join([*self.names, *self.observable_names])}")


def solve(
    equations: Union[Formulas, Callable[..., ArrayLike]],
    parameters: Optional[Mapping[str, Any]] = None,
    history: Any = None,
    t: Union[float, Sequence[float], None] = None,
    *,
    t_eval: Optional[ArrayLike] = None,
    start: Any = None,
    functions: Union[Mapping[str, str], Sequence[str], None] = None,
    sizes: Optional[Mapping[str, int]] = None,
    data: Optional[Mapping[str, ArrayLike]] = None,
    inputs: Optional[Mapping[str, Any]] = None,
    events: Optional[Mapping[str, Any]] = None,
    observables: Optional[Formulas] = None,
    lags: Optional[ArrayLike] = None,
    tolerance: float = 1e-6,
    rtol: Optional[float] = None,
    atol: Optional[float] = None,
    method: Optional[str] = None,
    first_step: Optional[float] = None,
    max_step: Optional[float] = None,
    max_steps: int = 100_000_000,
    dense: bool = True,
    progress: Progress = None,
) -> Solution:
    """Solves a delay equation from its history.

    **As text**, which is compiled: ``equations`` maps a variable to the formula of its derivative. ``x(t - tau)``
    reads the past, and ``tau`` may be any formula of time and state; ``x'(t - tau)`` reads the slope there.
    ``x[i]`` is a family over a size, ``sum(j, A[i, j]*x[j](t - D[i, j]))`` sums over it, and
    ``average(x, t - 2, t)`` is a mean over the past. Functions: ``exp ln sqrt sin cos tanh logistic if min max`` ...

    **As a function** ``f(t, y, past)``, which is called at every evaluation and therefore tens of times slower:
    ``y`` has shape ``(components,)``, ``past`` has shape ``(lags, components)`` with the state at ``t - lags[k]`` in
    row ``k``, and the answer is the derivative, shape ``(components,)``. ``parameters`` are keyword arguments of ``f``.
    A right-hand side that jumps is better written as text: the solver then knows where.

    Parameters
    ----------
    parameters
        Numbers by name.
    history
        Text: a formula of ``t`` for every variable, ``{"x": "1 + sin(t)"}``. Function: a state, shape
        ``(components,)``, for a constant history, or a function of ``t`` that gives one.
    t
        The end, or begin and end, in the unit of the equation. It must be given.
    t_eval
        Times at which the solution is saved, ascending; without them every step is.
    start
        Where the solution starts, if that is not where its history ends: formulas, or a state.
    functions
        ``["S(x) = 1/(1 + exp(-x))"]``, or such texts by name.
    sizes
        Lengths of families, ``{"N": 12}``.
    data
        Vectors and matrices by name, read as ``w[i]`` and ``A[i, j]``.
    inputs
        Functions of time by their points, rows of a time and one or more values, read as ``I(t)``: an array of shape
        ``(points, 1 + values)``, or ``{"points": array, "between": "steps"}``; lines otherwise.
    events
        By name. Text: a condition, ``"x = 1 rising"``, or a dictionary with one of ``when``, ``at`` (times) and
        ``every`` (first, period), and any of ``set`` (formulas by target), ``emit`` (target, after, change),
        ``refractory``, ``stop_after`` (how often), ``terminal``. Function: ``g(t, y)``, whose zeros are meant, or a
        dictionary with it as ``when`` and any of ``direction`` (``"rising"``, ``"falling"``), ``refractory``,
        ``stop_after``, ``terminal``, ``change`` (a function of ``t`` and ``y`` that gives the state behind the event).
    observables
        Formulas of time and present state that are saved, too. Text only.
    lags
        Constant lags of a function, positive.
    tolerance
        Relative tolerance, and a thousandth of it absolute; ``rtol`` and ``atol`` set them apart.
    method
        ``"tsit5"`` (the default), ``"dop853"`` (smooth equations below 1e-8) or ``"radau5"`` (stiff).
    dense
        Whether the solution can be asked at any time later, at 32 bytes a step and 40 a step and component.

    Raises
    ------
    ModelError
        What is wrong with formulas, and where.
    NumericalError
        Where the solution cannot be continued, with time and remedy.

    >>> sol = solve({"y": "beta*y(t - tau)/(1 + y(t - tau)^n) - gamma*y"},
    ...             {"beta": 0.2, "gamma": 0.1, "n": 10, "tau": 17}, {"y": 0.5}, 300.0)
    >>> sol.sol(123.4).shape
    (1,)
    """
    if parameters is not None and not isinstance(parameters, Mapping):
        raise TypeError(
            f"parameters: expected a dictionary of numbers by name, found {type(parameters).__name__}; "
            "the order is solve(equations, parameters, history, t), not (f, t_span, y0) as in SciPy"
        )
    span = _span(t)
    way = {
        "span": span,
        "at": None if t_eval is None else array(t_eval, "t_eval", ("times",)).tolist(),
        "relative": number(tolerance, "tolerance") if rtol is None else number(rtol, "rtol"),
        "absolute": 1e-3 * number(tolerance, "tolerance") if atol is None else number(atol, "atol"),
        "method": None if method is None else choice(method, "method", METHODS),
        "first_step": optional(first_step, "first_step"),
        "longest_step": optional(max_step, "max_step"),
        "most_steps": whole(max_steps, "max_steps", 1),
        "dense": bool(dense),
    }
    named_events = mapping(events, "events", "events by name")
    text_only = {"functions": functions, "sizes": sizes, "data": data, "inputs": inputs, "observables": observables}
    if callable(equations):
        for name, value in text_only.items():
            if value is not None:
                raise TypeError(f"{name}: belongs to equations as text, and these are a function")
        return _solve_function(equations, dict(parameters or {}), history, start, lags, named_events, way)
    if lags is not None:
        raise TypeError("lags: belong to a function; equations as text say their own, x(t - tau)")
    if not mapping(equations, "equations", "formulas by variable, or a function"):
        raise ValueError('equations: there is none; give at least one, as in {"x": "-x(t - 1)"}')
    vectors, matrices = _system.data(mapping(data, "data", "vectors and matrices by name"))
    system = {
        "equations": _system.formulas(equations, "equations"),
        "functions": _system.functions(functions),
        "parameters": [(str(name), number(value, f"parameters: {name}")) for name, value in (parameters or {}).items()],
        "sizes": [
            (str(name), whole(length, f"sizes: {name}", 1))
            for name, length in mapping(sizes, "sizes", "lengths by name").items()
        ],
        "vectors": vectors,
        "matrices": matrices,
        "inputs": [
            _system.course(name, value)
            for name, value in mapping(inputs, "inputs", "functions of time by name").items()
        ],
        "history": _system.formulas(history, "history"),
        "start": _system.formulas(start, "start"),
        "events": [_system.text_event(name, event) for name, event in named_events.items()],
        "observables": _system.formulas(observables, "observables"),
    }
    with shown(progress) as callback:
        found = _native.solve_text(system, way, callback)
    return _solution(found)


def _span(t: Any) -> tuple[float, float]:
    if t is None:
        raise TypeError("t: it is missing; give the end of the solution, or begin and end")
    if np.ndim(t) == 0:
        return 0.0, number(t, "t")
    span = array(t, "t", (2,))
    return float(span[0]), float(span[1])


def _solve_function(
    f: Callable[..., ArrayLike],
    parameters: dict[str, Any],
    history: Any,
    start: Any,
    lags: Optional[ArrayLike],
    events: Mapping[str, Any],
    way: dict[str, Any],
) -> Solution:
    if history is None:
        raise TypeError("history: expected a state, or a function of t that gives one")
    past = history if callable(history) else array(np.atleast_1d(history), "history", ("components",))
    if start is None:
        state = array(np.atleast_1d(history(way["span"][0])), "history", ("components",)) if callable(history) else past
    else:
        components = "components" if callable(history) else len(past)
        state = array(np.atleast_1d(start), "start", (components,))
    late = [] if lags is None else array(np.atleast_1d(lags), "lags", ("lags",)).tolist()
    g = (lambda t, y, past: f(t, y, past, **parameters)) if parameters else f
    all_events = [_system.function_event(name, event) for name, event in events.items()]
    found = _native.solve_callable(g, past, state, late, all_events, way)
    found["names"] = ["y"] if len(state) == 1 else [f"y[{row}]" for row in range(len(state))]
    found["event_names"] = [str(name) for name in events]
    found["observable_names"] = []
    found["observed"] = np.empty((0, len(found["t"])))
    return _solution(found)


def _solution(found: dict[str, Any]) -> Solution:
    numbers: NDArray[np.uint64] = found["event_numbers"]
    each = [numbers == number for number in range(len(found["event_names"]))]
    ended_by = found["ended_by"]
    names = found["event_names"]
    return Solution(
        t=found["t"],
        y=found["y"],
        sol=None if found["dense"] is None else DenseOutput(found["dense"]),
        t_events=[found["event_times"][mine] for mine in each],
        y_events=[found["event_states"][mine] for mine in each],
        event_names=names,
        names=found["names"],
        observed=found["observed"],
        observable_names=found["observable_names"],
        status=0 if ended_by is None else 1,
        message="the end was reached" if ended_by is None else f"ended by the event `{names[ended_by]}`",
        nfev=found["statistics"]["evaluations"],
        statistics=found["statistics"],
        engine=found["engine"],
    )
