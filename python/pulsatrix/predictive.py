"""Predictive-coding networks. Samples stand in rows; layer 0 is the class, the last one the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native
from ._arguments import Array, array, choice, number, positive, rows, whole
from ._progress import Progress, shown

ACTIVATIONS = ("identity", "tanh", "logistic", "relu", "softmax", "square", "leaky-relu", "erf", "gelu")
RULES = ("equilibrium", "steps", "incremental", "zero-inference", "fixed-prediction", "backpropagation")


@dataclass
class Relaxed:
    """Where samples have come to rest."""

    #: Values of every layer, class first, shape ``(samples, neurons)`` each.
    values: list[Array]
    #: Errors of every layer, of the same shapes.
    errors: list[Array]
    #: Energy of every sample.
    energy: Array
    #: How far every sample is from a steady state.
    residual: Array
    #: Whether that is within the tolerance.
    converged: NDArray[np.bool_]
    #: Evaluations of energy and gradient that every sample has taken.
    evaluations: NDArray[np.uint64]
    #: How it was relaxed.
    method: Any


class PredictiveNetwork:
    """A predictive-coding network with ``mu_l = M_l sigma(v_{l+1}) + b_l`` (Sun, Orchard 2020).

    Parameters
    ----------
    sizes
        Neurons in every layer, class first, image last.
    activation
        Of every layer above the class: ``"tanh"``, ``"relu"``, ``"logistic"``, ``"identity"``, ...
    feedback
        ``"tied"``: errors travel back through the transposed matrices, or ``"free"``: through matrices of their own.
    seed
        Of the random matrices.
    """

    def __init__(self, sizes: Sequence[int], activation: str = "tanh", *, feedback: str = "tied", seed: int = 1) -> None:
        layers = [whole(size, "sizes", 1) for size in sizes]
        choice(activation, "activation", ACTIVATIONS)
        choice(feedback, "feedback", ("tied", "free"))
        self._native = _native.PredictiveNetwork.random(layers, activation, feedback, whole(seed, "seed"))

    @classmethod
    def from_matrices(
        cls,
        prediction: Sequence[ArrayLike],
        activation: Union[str, Sequence[str]] = "tanh",
        *,
        feedback: Optional[Sequence[ArrayLike]] = None,
        biases: Optional[Sequence[ArrayLike]] = None,
        variances: Optional[ArrayLike] = None,
    ) -> PredictiveNetwork:
        """A network of matrices of one's own, class side first: ``M_l`` has shape ``(neurons of l, neurons of l + 1)``.

        ``feedback`` has the transposed shapes, ``biases`` one vector and ``variances`` one number a layer, the biases
        without the image.
        """
        matrices = [array(m, f"prediction[{layer}]", ("lower", "upper")) for layer, m in enumerate(prediction)]
        names = [activation] * len(matrices) if isinstance(activation, str) else list(activation)
        for name in names:
            choice(name, "activation", ACTIVATIONS)
        network = cls.__new__(cls)
        network._native = _native.PredictiveNetwork.from_matrices(
            matrices,
            names,
            None if feedback is None else [array(m, "feedback", ("upper", "lower")) for m in feedback],
            None if biases is None else [array(b, "biases", ("neurons",)) for b in biases],
            None if variances is None else array(variances, "variances", (len(matrices) + 1,)).tolist(),
        )
        return network

    def __repr__(self) -> str:
        return f"PredictiveNetwork(sizes={self.sizes})"

    @property
    def sizes(self) -> list[int]:
        """Neurons in every layer, class first."""
        return self._native.sizes

    @property
    def prediction(self) -> list[Array]:
        """Copies of the matrices ``M_l``, class side first."""
        return self._native.prediction

    @property
    def feedback(self) -> list[Array]:
        """Copies of the matrices through which errors travel back."""
        return self._native.feedback

    @property
    def biases(self) -> list[Array]:
        """Copies of the biases of every layer but the image."""
        return self._native.biases

    def train(
        self,
        images: ArrayLike,
        classes: ArrayLike,
        *,
        epochs: int = 10,
        batch: int = 100,
        rule: str = "equilibrium",
        tolerance: float = 1e-4,
        steps: int = 20,
        step: float = 0.1,
        optimiser: str = "adam",
        rate: float = 1e-3,
        final_rate: float = 1.0,
        weight_decay: float = 0.0,
        value_decay: float = 0.0,
        biases: bool = False,
        shuffle: bool = True,
        seed: int = 1,
        progress: Progress = None,
    ) -> dict[str, NDArray[Any]]:
        """Learns pairs, in place. An interrupted training leaves the network as it was.

        Parameters
        ----------
        images
            Shape ``(samples, pixels)``.
        classes
            Whole numbers from 0 on, shape ``(samples,)``, or values of the class layer, shape ``(samples, classes)``.
        rule
            ``"equilibrium"`` (values relaxed to ``tolerance``), ``"steps"`` and ``"incremental"`` (so many ``steps`` of
            size ``step``), ``"zero-inference"``, ``"fixed-prediction"``, ``"backpropagation"``.
        optimiser
            ``"adam"``, ``"descent"`` or ``"proximal"`` with the rate of the first epoch; that of the last one is
            ``final_rate`` times it. Its memory begins anew with every call.

        Returns
        -------
        dict
            By epochs: ``energy``, ``evaluations``, ``residual``, ``batches``.
        """
        shown_images = self._images(images)
        learning = {
            "rule": choice(rule, "rule", RULES),
            "steps": whole(steps, "steps", 1),
            "step": positive(step, "step"),
            "tolerance": positive(tolerance, "tolerance"),
            "optimiser": choice(optimiser, "optimiser", ("adam", "descent", "proximal")),
            "rate": number(rate, "rate"),
            "final_rate": number(final_rate, "final_rate"),
            "weight_decay": number(weight_decay, "weight_decay"),
            "value_decay": number(value_decay, "value_decay"),
            "batch": whole(batch, "batch", 1),
            "epochs": whole(epochs, "epochs", 1),
            "biases": bool(biases),
            "shuffle": bool(shuffle),
            "seed": whole(seed, "seed"),
        }
        wanted = self._classes(classes, len(shown_images))
        with shown(progress) as callback:
            reports = self._native.train(shown_images, wanted, learning, callback)
        names = ("energy", "evaluations", "residual", "batches")
        return {name: np.array([report[name] for report in reports]) for name in names}

    def outputs(self, images: ArrayLike) -> Array:
        """The class layer of a forward pass, shape ``(samples, classes)``: the equilibrium with a free class."""
        return self._native.outputs(self._images(images))

    def classify(self, images: ArrayLike) -> NDArray[np.int64]:
        """The class of the largest output, shape ``(samples,)``."""
        largest: NDArray[np.int64] = self.outputs(images).argmax(axis=1)
        return largest

    def generate(
        self,
        classes: ArrayLike,
        *,
        value_decay: float = 0.0,
        tolerance: float = 1e-8,
        max_evaluations: int = 20_000,
    ) -> Array:
        """Images of classes, shape ``(samples, pixels)``: the class is held, everything else relaxes from zero."""
        given = np.asarray(classes)
        wanted = self._classes(given, len(np.atleast_1d(given)))
        relaxed = self.relax(
            classes=wanted, value_decay=value_decay, tolerance=tolerance, max_evaluations=max_evaluations
        )
        return relaxed.values[-1]

    def relax(
        self,
        images: Optional[ArrayLike] = None,
        classes: Optional[ArrayLike] = None,
        *,
        known: Optional[ArrayLike] = None,
        method: str = "automatic",
        value_decay: float = 0.0,
        tolerance: float = 1e-8,
        max_evaluations: int = 20_000,
        keep_unconverged: bool = False,
    ) -> Relaxed:
        """Relaxes samples to equilibrium.

        What is given is held: ``images`` (the last layer is pulled to them), ``classes``, both (as in learning). Of images
        with ``known``, shape ``(pixels,)``, only those pixels are held, and the others are completed.

        Parameters
        ----------
        method
            ``"automatic"``, ``"quasi-newton"``, ``"preconditioned"``, ``"newton"``.
        tolerance
            Euclidean norm of the flow at which a sample has converged.
        keep_unconverged
            Give back samples that have not, flagged, instead of an error.

        Raises
        ------
        NumericalError
            If samples have not converged.
        """
        choice(method, "method", ("automatic", "quasi-newton", "preconditioned", "newton"))
        shown_images = None if images is None else self._images(images)
        samples = 1 if shown_images is None else len(shown_images)
        wanted = None
        if classes is not None:
            samples = samples if shown_images is not None else len(np.atleast_1d(np.asarray(classes)))
            wanted = self._classes(classes, samples)
        mask = None if known is None else (array(known, "known", (self.sizes[-1],)) != 0).tolist()
        held = {
            "images": shown_images,
            "classes": wanted,
            "known": mask,
            "samples": samples,
            "tolerance": positive(tolerance, "tolerance"),
            "most": whole(max_evaluations, "max_evaluations", 1),
            "method": method,
            "value_decay": number(value_decay, "value_decay"),
            "keep_unconverged": bool(keep_unconverged),
        }
        return Relaxed(**self._native.relax(held))

    def _images(self, images: ArrayLike) -> Array:
        return rows(images, "images", ("samples", self.sizes[-1]))

    def _classes(self, classes: ArrayLike, samples: int) -> Array:
        """Values of the class layer; whole numbers stand for one of them."""
        neurons = self.sizes[0]
        given = np.asarray(classes)
        if given.ndim == 2 or given.dtype.kind == "f":
            return rows(given, "classes", (samples, neurons))
        labels = array(np.atleast_1d(given), "classes", (samples,)).astype(int)
        if (labels < 0).any() or (labels >= neurons).any():
            raise ValueError(f"classes: expected whole numbers from 0 to {neurons - 1}")
        one_hot: Array = np.eye(neurons)[labels]
        return one_hot
