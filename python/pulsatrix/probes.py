"""What is seen inside a network, and in its attractors: topology, information, inequality of activations."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Optional, Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _native
from ._arguments import Array, array, choice, column, number, optional, positive, rows, whole

CRITICS = ("mine", "nwj", "info-nce", "smile")


class MutualInformation(NamedTuple):
    """An estimate of a mutual information."""

    #: In nats.
    nats: float
    #: Its standard error, in nats.
    standard_error: float


class Veca(NamedTuple):
    """How unequal the eigenvalues of the covariance of activations are."""

    #: Their population variance.
    variance: float
    #: Their mean.
    mean: float
    #: ``variance / mean**2``, which no scale changes; ``None`` where all activations are constant.
    relative: Optional[float]


def persistent_homology(
    data: ArrayLike,
    dimension: int = 1,
    *,
    of: str = "points",
    threshold: Optional[float] = None,
) -> list[Array]:
    """Classes of the clique complex of a graph whose edges enter one after the other, over Z/2.

    Parameters
    ----------
    data
        ``of="points"``: shape ``(points, coordinates)``, edges enter at their Euclidean length (Vietoris-Rips);
        ``of="distances"``: a symmetric matrix; ``of="weights"``: a symmetric matrix, an edge enters at
        ``-log|weight|``, the strongest first.
    dimension
        Up to which: 0 components, 1 loops, 2 voids.
    threshold
        Where the graph ends; for points and distances by default at the radius within which one point sees all others.

    Returns
    -------
    list of Array
        Births and deaths for every dimension from 0 on, shape ``(classes, 2)``; what never dies does so at infinity.
    """
    choice(of, "of", ("points", "distances", "weights"))
    if of == "points":
        points = column(data, "data", ("points", "coordinates"))
    else:
        # points at an infinite distance are never joined
        points = array(data, "data", _square(data), finite=of == "weights")
    return _native.persistent_homology(points, of, whole(dimension, "dimension"), optional(threshold, "threshold"))


def bottleneck_distance(one: ArrayLike, other: ArrayLike) -> float:
    """The largest step of the best matching of two diagrams, shape ``(classes, 2)`` each."""
    return _native.diagram_distance(_diagram(one, "one"), _diagram(other, "other"), math.inf)


def wasserstein_distance(one: ArrayLike, other: ArrayLike, order: float = 2.0) -> float:
    """``(sum of steps**order)**(1/order)`` of the best matching of two diagrams; a step is the larger of its two parts."""
    return _native.diagram_distance(_diagram(one, "one"), _diagram(other, "other"), number(order, "order"))


def mutual_information(
    x: ArrayLike,
    y: Optional[ArrayLike] = None,
    *,
    labels: Optional[ArrayLike] = None,
    method: str = "ksg",
    neighbours: int = 3,
    bins: int = 16,
    borders: str = "equal-count",
    widths: Sequence[int] = (64, 64),
    steps: int = 2_500,
    batch: int = 512,
    rate: float = 1e-3,
    seed: int = 1,
) -> MutualInformation:
    """What two sides say about each other, from samples.

    Parameters
    ----------
    x, y
        Samples, shape ``(samples, columns)``, or ``(samples,)`` for one column.
    labels
        Whole numbers from 0 on, shape ``(samples,)``, in place of ``y``.
    method
        ``"ksg"``: ``neighbours`` nearest neighbours (Kraskov et al. 2004; with labels Ross 2014); ``"binning"``: ``bins``
        of ``"equal-width"`` or ``"equal-count"``; or a bound from below by a critic that learns: ``"mine"``, ``"nwj"``,
        ``"info-nce"``, ``"smile"``, with ``widths``, ``steps``, ``batch``, ``rate``, ``seed``.
    """
    left = column(x, "x", ("samples", "columns"))
    if (y is None) == (labels is None):
        raise TypeError("y: give either y or labels")
    right = None if y is None else column(y, "y", (len(left), "columns"))
    classes = None
    if labels is not None:
        given = array(labels, "labels", (len(left),))
        if (given < 0).any() or (given % 1 != 0).any():
            raise ValueError("labels: expected whole numbers from 0 on")
        classes = given.astype(int).tolist()
    asked = {
        "method": choice(method, "method", ("ksg", "binning", *CRITICS)),
        "neighbours": whole(neighbours, "neighbours", 1),
        "bins": whole(bins, "bins", 1),
        "borders": choice(borders, "borders", ("equal-width", "equal-count")),
        "widths": [whole(width, "widths", 1) for width in widths],
        "steps": whole(steps, "steps", 1),
        "batch": whole(batch, "batch", 1),
        "rate": positive(rate, "rate"),
        "seed": whole(seed, "seed"),
    }
    return MutualInformation(*_native.mutual_information(left, right, classes, asked))


def veca(activations: ArrayLike) -> Veca:
    """VECA (Ge et al. 2020) of activations, shape ``(examples, units)``."""
    return Veca(*_native.veca(rows(activations, "activations", ("examples", "units"))))


def _diagram(value: ArrayLike, name: str) -> Array:
    # what never dies does so at infinity; that births are finite is looked at below
    return array(np.reshape(value, (0, 2)) if np.size(value) == 0 else value, name, ("classes", 2), finite=False)


def _square(value: ArrayLike) -> tuple[Any, Any]:
    size = np.shape(value)[0] if np.ndim(value) else "points"
    return (size, size)
