"""Networks of impulse neurons as associative memories."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Iterator, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._arguments import Array, array, choice, each, number, positive, rows, whole
from ._progress import Progress, shown
from .delay import Solution

Pattern = Union[str, Sequence[int], NDArray[Any]]


@dataclass
class ImpulseRecall:
    """What a network has made of cues; every array has one entry, or row, a cue."""

    #: Neurons that fire in the end, shape ``(cues, neurons)``; false throughout where nothing is found.
    patterns: NDArray[np.bool_]
    #: Whether the trajectory has settled on a cycle.
    found: NDArray[np.bool_]
    #: When the last neuron had joined or left, in units of a neuron's own delay.
    time: Array


@dataclass(repr=False)
class Atlas:
    """Every pattern of a network, in the order of its binary number, neuron 1 lowest.

    A record has ``pattern``, ``memory``, ``fate``, ``period``, ``period_formula``, ``silent_maximum``,
    ``synchrony_multiplier``, ``leading_multiplier`` (if certified), ``proof`` (if asked for), ...
    """

    records: list[dict[str, Any]]

    def __repr__(self) -> str:
        return f"Atlas(patterns={len(self)}, memories={len(self.memories)})"

    @property
    def memories(self) -> list[str]:
        """The patterns that are memories: their cycle exists and is shown to attract."""
        return [record["pattern"] for record in self.records if record["memory"]]

    def column(self, name: str) -> Any:
        """One entry of all records: an array of numbers with NaN for what is not known, or a list of words."""
        values = [record[name] for record in self.records]
        if all(value is None or isinstance(value, (int, float)) for value in values):
            return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return values

    def __getitem__(self, pattern: Pattern) -> dict[str, Any]:
        bits = _bits(pattern)
        for record in self.records:
            if record["pattern"] == bits:
                return record
        raise KeyError(bits)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


class ImpulseNetwork:
    """A network of impulse neurons, in the logarithm ``x = ln(u) / lam`` of the membrane potential::

        x_j' = F(x_j(t - 1)) + b_j (c_j - x_j) sum_s w_js G(x_s(t - h)),    G = E/(1 + E),  E = exp(lam x)

    and in the relay limit, ``lam`` infinite, exactly from event to event. Time is in units of a neuron's own delay.

    Parameters
    ----------
    neurons
        How many.
    a
        Depth of the after-hyperpolarisation, positive; ``a``, ``b`` and ``c`` are one number, or one for each neuron.
    b
        Strength of the synapses on a neuron.
    c
        Level to which they pull: negative inhibits, positive excites.
    h
        Synaptic delay.
    lam
        Steepness; infinite for the relay limit.
    weights
        ``weights[j, s]`` for the synapse from ``s`` to ``j``, shape ``(neurons, neurons)``; else ``coupling`` says
        who hears whom: ``"all-to-all"`` (the default; with ``self_term`` a neuron hears itself), ``"ring"``, ``"none"``.
    feedback
        ``"threshold"``: F = (1 - E)/(1 + E/a), or ``"mean"``: F = 1 - (1 + a) G.
    normalisation
        What the sum over synapses is divided by: nothing (``"sum"``), or their number (``"mean"``).
    synapse_exponent
        Exponent ``p`` of the synapse ``u^p / (1 + u^p)``.
    electrical
        Electrical all-to-all coupling, not scaled by ``lam``.

    >>> network = ImpulseNetwork(3)
    >>> network.atlas().memories
    ['100', '010', '110', '001', '101', '011', '111']
    """

    def __init__(
        self,
        neurons: int = 3,
        a: ArrayLike = 1.0,
        b: ArrayLike = 0.5,
        c: ArrayLike = -44.0,
        h: float = 3.3,
        *,
        lam: float = math.inf,
        weights: Optional[ArrayLike] = None,
        coupling: Optional[str] = None,
        self_term: bool = False,
        feedback: str = "threshold",
        normalisation: str = "sum",
        synapse_exponent: float = 1.0,
        electrical: float = 0.0,
    ) -> None:
        self.neurons = whole(neurons, "neurons", 1)
        self.a = each(a, "a", self.neurons)
        self.b = each(b, "b", self.neurons)
        self.c = each(c, "c", self.neurons)
        self.h = number(h, "h")
        self.lam = number(lam, "lam")
        self.weights = None if weights is None else array(weights, "weights", (self.neurons, self.neurons))
        if weights is not None and (coupling is not None or self_term):
            given = "self_term" if coupling is None else "coupling"
            raise TypeError(f"{given}: the weights say already who hears whom; give one or the other")
        self.coupling = choice(coupling or "all-to-all", "coupling", ("all-to-all", "ring", "none"))
        self.self_term = bool(self_term)
        self.feedback = choice(feedback, "feedback", ("threshold", "mean"))
        self.normalisation = choice(normalisation, "normalisation", ("sum", "mean"))
        self.synapse_exponent = number(synapse_exponent, "synapse_exponent")
        self.electrical = number(electrical, "electrical")

    def __repr__(self) -> str:
        steepness = "relay limit" if math.isinf(self.lam) else f"lam={self.lam:g}"
        return f"ImpulseNetwork(neurons={self.neurons}, h={self.h:g}, {steepness})"

    def atlas(
        self,
        *,
        certify: bool = False,
        prove: bool = False,
        spread: float = 0.3,
        tolerance: float = 1e-9,
        synchrony: Optional[float] = None,
        maximum_time: float = 1e4,
        seed: int = 1,
        progress: Progress = None,
    ) -> Atlas:
        """Starts every non-empty pattern and says which are memories; at most 20 neurons.

        Parameters
        ----------
        certify
            Close every cycle by Newton's method and read its stability from its multipliers, instead of waiting.
        prove
            Make a theorem of it by interval arithmetic, in the relay limit.
        spread
            Width of the range of levels that the wanted neurons of a cue start from.
        tolerance
            Relative tolerance of the integration, where it is not exact.
        synchrony
            Largest distance of the onsets of neurons that fire together; by default 1e-4 where all neurons are alike.
        maximum_time
            Time after which a trajectory counts as not settled.
        """
        waiting = _waiting(tolerance, synchrony, maximum_time)
        asked = {
            "certify": bool(certify),
            "prove": bool(prove),
            "spread": _spread(spread),
            "seed": whole(seed, "seed"),
        }
        with shown(progress) as callback:
            records = _native.atlas(self, waiting, asked, callback)
        return Atlas(records)

    def recall(
        self,
        cues: ArrayLike,
        *,
        tolerance: float = 1e-9,
        synchrony: Optional[float] = None,
        maximum_time: float = 1e4,
        progress: Progress = None,
    ) -> ImpulseRecall:
        """What the network makes of cues, shape ``(cues, neurons)``: levels from -1, silent, to 1, active."""
        levels = rows(cues, "cues", ("cues", self.neurons))
        waiting = _waiting(tolerance, synchrony, maximum_time)
        with shown(progress) as callback:
            bits, found, time = _native.impulse_recall(self, levels, waiting, callback)
        return ImpulseRecall(bits != 0, found, time)

    def certify(self, pattern: Pattern, *, prove: bool = False) -> dict[str, Any]:
        """The cycle of a pattern, closed by Newton's method in the relay limit and by collocation at a finite ``lam``.

        Returns
        -------
        dict
            ``stability``, ``period``, ``residual``, ``multipliers`` (pairs, largest first, the trivial one left out),
            ``leading``, ``silent_margin``, ``crossing_margin``, ``onsets``, ...; with ``prove`` also ``proof``: its
            ``verdict``, the ``enclosures`` of its numbers, or the ``reason`` why there is none.

        Raises
        ------
        NumericalError
            If there is no such cycle, or Newton's method closes on that of another pattern, with what was missing.
        """
        bits = self._pattern(pattern)
        if "1" not in bits:
            raise ValueError("pattern: no neuron of it fires, and rest is no cycle; give at least one 1")
        return _native.certify(self, bits, bool(prove))

    def settle(
        self,
        pattern: Optional[Pattern] = None,
        state: Optional[ArrayLike] = None,
        *,
        tolerance: float = 1e-9,
        synchrony: Optional[float] = None,
        maximum_time: float = 1e4,
    ) -> dict[str, Any]:
        """Where a trajectory settles: ``verdict``, ``cycle`` (or ``None``), ``time``, ``statistics``."""
        waiting = _waiting(tolerance, synchrony, maximum_time)
        return _native.settle_on(self, self._state(pattern, state), waiting)

    def simulate(
        self,
        t: float,
        pattern: Optional[Pattern] = None,
        state: Optional[ArrayLike] = None,
        *,
        samples: int = 1001,
        tolerance: float = 1e-9,
    ) -> Solution:
        """The trajectory up to ``t`` at equidistant times, from the constant history ``state`` or the cue of a pattern."""
        times = np.linspace(0.0, positive(t, "t"), whole(samples, "samples", 2))
        found = _native.simulate(self, self._state(pattern, state), times, positive(tolerance, "tolerance"))
        return Solution(
            t=times,
            y=found["y"],
            sol=None,
            t_events=[],
            y_events=[],
            event_names=[],
            names=[f"x[{neuron}]" for neuron in range(self.neurons)],
            observed=np.empty((0, len(times))),
            observable_names=[],
            status=0,
            message="the end was reached",
            nfev=found["statistics"]["evaluations"],
            statistics=found["statistics"],
            engine=found["engine"],
        )

    def cue(self, pattern: Pattern, *, spread: float = 0.3, seed: int = 1) -> Array:
        """The state that shows a pattern, shape ``(neurons,)``: wanted neurons within ``spread`` of -1, others near ``c``."""
        return _native.cue_state(self, self._pattern(pattern), _spread(spread), whole(seed, "seed"))

    def closed_form(self, k: int) -> Optional[dict[str, Any]]:
        """The cycle in which ``k`` neurons fire together, in closed form: ``period``, ``silent_maximum``, multipliers.

        ``None`` where the form does not apply: it is that of the homogeneous all-to-all relay network.
        """
        return _native.closed_form(self, whole(k, "k", 1))

    def _pattern(self, pattern: Pattern) -> str:
        bits = _bits(pattern)
        if len(bits) != self.neurons:
            raise ValueError(f"pattern: {len(bits)} bits for {self.neurons} neurons")
        return bits

    def _state(self, pattern: Optional[Pattern], state: Optional[ArrayLike]) -> Array:
        if (pattern is None) == (state is None):
            raise TypeError("state: give either a pattern or a state")
        if state is not None:
            return array(state, "state", (self.neurons,))
        return self.cue(pattern)  # type: ignore[arg-type]


def _waiting(tolerance: float, synchrony: Optional[float], maximum_time: float) -> dict[str, Any]:
    return {
        "tolerance": positive(tolerance, "tolerance"),
        "synchrony": None if synchrony is None else positive(synchrony, "synchrony"),
        "maximum_time": positive(maximum_time, "maximum_time"),
    }


def _spread(spread: float) -> float:
    found = number(spread, "spread")
    if not 0.0 <= found < math.inf:
        raise ValueError(f"spread: {found:g}, expected a finite number that is not negative")
    return found


def _bits(pattern: Pattern) -> str:
    if isinstance(pattern, str):
        return pattern
    levels = array(pattern, "pattern", ("neurons",))
    if not np.isin(levels, (0.0, 1.0)).all():
        raise ValueError(f"pattern: {levels.tolist()}, expected 1 for a neuron that fires and 0 for one that is silent")
    return "".join("1" if level else "0" for level in levels.tolist())
