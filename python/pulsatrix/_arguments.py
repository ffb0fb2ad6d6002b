"""Arguments as the native half takes them: float64 in C order, of the shape that is asked for."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Length = Union[int, str, None]


def array(value: ArrayLike, name: str, shape: Sequence[Length]) -> Array:
    """``value`` as float64, if it has this shape.

    A length in ``shape`` is a number that is asked for, or the name of a length that may be any.
    """
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: rows of unequal lengths are no array; expected shape {_words(shape)}") from error
    if given.dtype.kind not in "fiub":
        raise TypeError(f"{name}: dtype {given.dtype} holds no real numbers; expected float64 of shape {_words(shape)}")
    fits = given.ndim == len(shape) and all(
        not isinstance(wanted, int) or found == wanted for found, wanted in zip(given.shape, shape)
    )
    if not fits:
        raise ValueError(f"{name}: shape {given.shape}, expected {_words(shape)}")
    return np.ascontiguousarray(given, dtype=np.float64)


def rows(value: ArrayLike, name: str, shape: Sequence[Length]) -> Array:
    """As ``array`` for a table; a single row may stand alone."""
    given = np.asarray(value)
    if given.ndim == 1 and given.dtype.kind in "fiub":
        return array(given[np.newaxis], name, shape)
    return array(value, name, shape)


def column(value: ArrayLike, name: str, shape: Sequence[Length]) -> Array:
    """As ``array`` for a table; a list is one column."""
    given = np.asarray(value)
    if given.ndim == 1 and given.dtype.kind in "fiub":
        return array(given[:, np.newaxis], name, shape)
    return array(value, name, shape)


def each(value: ArrayLike, name: str, length: int, of: str) -> Array:
    """One number for all, or one for each."""
    if np.ndim(value) == 0:
        return np.full(length, float(value))  # type: ignore[arg-type]
    return array(value, name, (length,)) if length else array(value, name, (of,))


def choice(value: str, name: str, allowed: Sequence[str]) -> str:
    """One of some words."""
    if value not in allowed:
        words = ", ".join(f"`{word}`" for word in allowed)
        raise ValueError(f"{name}: `{value}`, expected one of {words}")
    return value


def whole(value: Any, name: str, least: int = 0) -> int:
    """A whole number."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: {value!r} is no whole number")
    if value < least:
        raise ValueError(f"{name}: {value}, expected {least} or more")
    return int(value)


def optional(value: Optional[float]) -> Optional[float]:
    """A number, or none."""
    return None if value is None else float(value)


def _words(shape: Sequence[Length]) -> str:
    inner = ", ".join(str(length) for length in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
