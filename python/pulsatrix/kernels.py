"""Tangent kernels of fully connected networks, their limits at infinite width, and regression on kernels."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _native
from ._arguments import Array, array, choice, column, number, rows, whole

ACTIVATIONS = ("identity", "tanh", "logistic", "relu", "square", "leaky-relu", "erf", "gelu")


class Kernels(NamedTuple):
    """Kernels of an infinitely wide network, between the rows of the inputs and of the others."""

    #: Covariance of the outputs at initialisation.
    nngp: Array
    #: Neural tangent kernel.
    ntk: Array


def empirical_ntk(
    weights: Sequence[ArrayLike],
    x: ArrayLike,
    other: Optional[ArrayLike] = None,
    *,
    biases: Optional[Sequence[ArrayLike]] = None,
    activation: str = "tanh",
    leak: float = 0.01,
    parameterisation: str = "ntk",
    sigma_w: float = 1.0,
    sigma_b: float = 1.0,
) -> Array:
    """The tangent kernel ``J(x) J(x')^T`` of a fully connected network with a linear read-out, by all its parameters.

    A layer is ``sigma_w/sqrt(n) W a + sigma_b b`` for ``n`` inputs, and ``sigma_w W a + sigma_b b`` where
    ``parameterisation`` is ``"standard"``.

    Parameters
    ----------
    weights
        One matrix a layer, shape ``(outputs, inputs)``, from the input on.
    x, other
        Inputs, shape ``(examples, inputs)``; ``x`` with itself if ``other`` is missing.
    biases
        One vector a layer, shape ``(outputs,)``; none without.
    leak
        Slope below 0 of the activation ``"leaky-relu"``.

    Returns
    -------
    Array
        Shape ``(examples, others)`` for one output, else ``(examples, outputs, others, outputs)``.
    """
    matrices = [array(matrix, f"weights[{layer}]", ("outputs", "inputs")) for layer, matrix in enumerate(weights)]
    for layer, matrix in enumerate(matrices[1:], start=1):
        array(matrix, f"weights[{layer}]", ("outputs", matrices[layer - 1].shape[0]))
    if not matrices:
        raise ValueError("weights: a network needs one matrix at least")
    vectors = [
        array(vector, f"biases[{layer}]", (matrices[layer].shape[0] if layer < len(matrices) else "outputs",))
        for layer, vector in enumerate(biases or [])
    ]
    if biases is not None and len(vectors) != len(matrices):
        raise ValueError(f"biases: {len(vectors)} vectors for {len(matrices)} layers")
    inputs = matrices[0].shape[1]
    left = rows(x, "x", ("examples", inputs))
    right = None if other is None else rows(other, "other", ("others", inputs))
    form = _form(activation, leak, parameterisation, sigma_w, sigma_b if vectors else 0.0)
    kernel = _native.empirical_ntk(matrices, vectors, left, right, form)
    outputs = matrices[-1].shape[0]
    if outputs == 1:
        return kernel
    # the examples of an output stand together
    kernel = kernel.reshape(outputs, len(left), outputs, -1).transpose(1, 0, 3, 2)
    return np.ascontiguousarray(kernel)


def limit_kernels(
    x: ArrayLike,
    other: Optional[ArrayLike] = None,
    *,
    depth: int = 1,
    activation: str = "tanh",
    leak: float = 0.01,
    sigma_w: float = 1.0,
    sigma_b: float = 0.0,
) -> Kernels:
    """Both kernels of an infinitely wide fully connected network of ``depth`` hidden layers and a linear read-out.

    Parameters
    ----------
    x, other
        Inputs, shape ``(examples, inputs)``; ``x`` with itself if ``other`` is missing.

    Returns
    -------
    Kernels
        ``nngp`` and ``ntk``, shape ``(examples, others)`` each.
    """
    left = rows(x, "x", ("examples", "inputs"))
    right = None if other is None else rows(other, "other", ("others", left.shape[1]))
    form = _form(activation, leak, "ntk", sigma_w, sigma_b)
    return Kernels(*_native.limit_kernels(left, right, whole(depth, "depth"), form))


def limit_ntk(
    x: ArrayLike,
    other: Optional[ArrayLike] = None,
    *,
    depth: int = 1,
    activation: str = "tanh",
    leak: float = 0.01,
    sigma_w: float = 1.0,
    sigma_b: float = 0.0,
) -> Array:
    """The tangent kernel alone of ``limit_kernels``."""
    return limit_kernels(
        x, other, depth=depth, activation=activation, leak=leak, sigma_w=sigma_w, sigma_b=sigma_b
    ).ntk


def kernel_regression(kernel: ArrayLike, targets: ArrayLike, cross: ArrayLike, *, ridge: float = 0.0) -> Array:
    """Predictions ``cross (kernel + ridge)^-1 targets``.

    A kernel that differs from its transpose by more than rounding, or has an eigenvalue that is clearly negative where that
    is met, is no kernel, and a ``ValueError``.

    Parameters
    ----------
    kernel
        Kernel of the examples, shape ``(examples, examples)``.
    targets
        Shape ``(examples, outputs)``, or ``(examples,)`` for one output.
    cross
        Kernel of new inputs with the examples, shape ``(others, examples)``.

    Returns
    -------
    Array
        Shape ``(others, outputs)``, or ``(others,)`` for targets that are a list.
    """
    examples = np.shape(kernel)[0] if np.ndim(kernel) else 0
    square = array(kernel, "kernel", (examples, examples) if examples else ("examples", "examples"))
    wanted = column(targets, "targets", (examples, "outputs"))
    mixed = rows(cross, "cross", ("others", examples))
    found = _native.kernel_regression(square, wanted, mixed, number(ridge, "ridge"))
    return found[:, 0] if np.ndim(targets) == 1 else found


def _form(activation: str, leak: float, parameterisation: str, sigma_w: float, sigma_b: float) -> dict[str, Any]:
    return {
        "activation": choice(activation, "activation", ACTIVATIONS),
        "leak": number(leak, "leak"),
        "parameterisation": choice(parameterisation, "parameterisation", ("ntk", "standard")),
        "sigma_w": number(sigma_w, "sigma_w"),
        "sigma_b": number(sigma_b, "sigma_b"),
    }
