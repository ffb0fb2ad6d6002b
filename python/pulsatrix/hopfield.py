"""Hopfield's networks: classical, dense, modern. Patterns, cues and states stand in rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._arguments import Array, array, choice, positive, rows, whole


@dataclass
class Recalled:
    """Where cues have come to rest; every array has one entry, or row, a cue."""

    #: States, shape ``(cues, neurons)``: -1 and 1, or any levels of a modern network.
    states: Array
    #: Whether nothing wants to change any more.
    at_rest: NDArray[np.bool_]
    #: Sweeps, or updates of all neurons at once.
    rounds: NDArray[np.uint64]
    #: 1 at rest, 2 for two states in turn (synchronous updates), 0 if the updates ran out.
    period: NDArray[np.uint64]


class Hopfield:
    """A classical network of neurons -1 and 1 that holds patterns.

    Parameters
    ----------
    patterns
        Shape ``(patterns, neurons)``; the sign of a level counts.
    rule
        ``"hebb"`` (up to about 0.138 patterns a neuron), ``"pseudo-inverse"``, ``"storkey"``.
    weights
        Symmetric weights of one's own without a diagonal, shape ``(neurons, neurons)``, in place of patterns.

    >>> network = Hopfield([[1, 1, -1, -1, 1, -1]])
    >>> network.recall([1, 1, -1, -1, 1, 1]).states[0].astype(int).tolist()
    [1, 1, -1, -1, 1, -1]
    """

    def __init__(
        self,
        patterns: Optional[ArrayLike] = None,
        rule: str = "hebb",
        *,
        weights: Optional[ArrayLike] = None,
    ) -> None:
        if (patterns is None) == (weights is None):
            raise TypeError("patterns: give either patterns or weights")
        if weights is not None:
            size = np.shape(weights)[0] if np.ndim(weights) else 0
            self.weights = array(weights, "weights", (size, size) if size else ("neurons", "neurons"))
        else:
            stored = rows(patterns, "patterns", ("patterns", "neurons"))  # type: ignore[arg-type]
            self.weights = _native.classical_weights(stored, rule)

    def __repr__(self) -> str:
        return f"Hopfield(neurons={self.neurons})"

    @property
    def neurons(self) -> int:
        """How many."""
        return len(self.weights)

    def recall(self, cues: ArrayLike, *, order: str = "sweeps", seed: int = 1) -> Recalled:
        """Updates neurons until none changes.

        Parameters
        ----------
        cues
            Shape ``(cues, neurons)``, or one cue; the sign of a level counts, and a level of 0 is unknown until its
            turn comes.
        order
            One after the other in ``"sweeps"``, in a ``"random"`` order of every sweep (by ``seed``), or all at once
            (``"synchronous"``).
        """
        choice(order, "order", ("sweeps", "random", "synchronous"))
        shown = rows(cues, "cues", ("cues", self.neurons))
        return Recalled(*_native.classical_recall(self.weights, shown, order, whole(seed, "seed")))

    def energy(self, states: ArrayLike) -> Array:
        """``-s W s / 2`` of states, shape ``(states, neurons)`` or one; shape ``(states,)``."""
        return _native.classical_energy(self.weights, rows(states, "states", ("states", self.neurons)))


class _Stored:
    """A memory that keeps its patterns."""

    patterns: Array

    @property
    def neurons(self) -> int:
        """How many."""
        return int(self.patterns.shape[1])

    def _rows(self, value: ArrayLike, name: str) -> Array:
        return rows(value, name, (name, self.neurons))


class DenseHopfield(_Stored):
    """Neurons -1 and 1 with the energy of overlaps to the power ``order`` (Krotov, Hopfield 2016), ``order`` from 2 to 100."""

    def __init__(self, patterns: ArrayLike, order: int = 3) -> None:
        self.patterns = rows(patterns, "patterns", ("patterns", "neurons"))
        self.order = whole(order, "order", 2)
        if self.order > 100:
            raise ValueError(f"order: {order}, expected 2 to 100")

    def __repr__(self) -> str:
        return f"DenseHopfield(neurons={self.neurons}, patterns={len(self.patterns)}, order={self.order})"

    def recall(self, cues: ArrayLike) -> Recalled:
        """Updates neurons one after the other until none changes; cues as for ``Hopfield.recall``."""
        return Recalled(*_native.dense_recall(self.patterns, self.order, self._rows(cues, "cues")))

    def energy(self, states: ArrayLike) -> Array:
        """Energies of states, shape ``(states,)``."""
        return _native.dense_energy(self.patterns, self.order, self._rows(states, "states"))


class ModernHopfield(_Stored):
    """A continuous state that is pulled to the nearest of its patterns (Ramsauer et al. 2021)::

        xi <- X softmax(beta X^T xi)

    Parameters
    ----------
    patterns
        Any levels, shape ``(patterns, neurons)``.
    beta
        Inverse temperature, positive.
    """

    def __init__(self, patterns: ArrayLike, beta: float = 1.0) -> None:
        self.patterns = rows(patterns, "patterns", ("patterns", "neurons"))
        self.beta = positive(beta, "beta")

    def __repr__(self) -> str:
        return f"ModernHopfield(neurons={self.neurons}, patterns={len(self.patterns)}, beta={self.beta:g})"

    def recall(self, cues: ArrayLike) -> Recalled:
        """Updates states, shape ``(cues, neurons)`` or one, until no level changes by more than 1e-10.

        Raises
        ------
        NumericalError
            Where patterns and cues are so large that their overlaps overflow.
        """
        return Recalled(*_native.modern_recall(self.patterns, self.beta, self._rows(cues, "cues")))

    def energy(self, states: ArrayLike) -> Array:
        """``-log(sum exp(beta X^T xi))/beta + |xi|^2/2`` of states, shape ``(states,)``."""
        return _native.modern_energy(self.patterns, self.beta, self._rows(states, "states"))
