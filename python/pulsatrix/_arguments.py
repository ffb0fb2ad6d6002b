"""Arguments as the native half takes them: float64 in C order, finite, of the shape that is asked for."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Length = Union[int, str, None]

#: Largest whole number that the native half counts with.
MOST = 2**63 - 1


def array(value: ArrayLike, name: str, shape: Sequence[Length], *, finite: bool = True) -> Array:
    """``value`` as float64, if it has this shape, and NaN and infinities only where they are allowed.

    A length in ``shape`` is a number that is asked for, or the name of a length that may be any.
    """
    given = _plain(value, name, shape)
    fits = given.ndim == len(shape) and all(
        not isinstance(wanted, int) or found == wanted for found, wanted in zip(given.shape, shape)
    )
    if not fits:
        raise ValueError(f"{name}: shape {given.shape}, expected {_words(shape)}")
    numbers = np.ascontiguousarray(given, dtype=np.float64)
    if finite and not np.isfinite(numbers).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(numbers))[0])
        where = place[0] if len(place) == 1 else place
        raise ValueError(f"{name}: {numbers[place]} at {where}, expected finite numbers")
    return numbers


def rows(value: ArrayLike, name: str, shape: Sequence[Length]) -> Array:
    """As ``array`` for a table; a single row may stand alone."""
    given = _plain(value, name, shape)
    return array(given[np.newaxis] if given.ndim == 1 else given, name, shape)


def column(value: ArrayLike, name: str, shape: Sequence[Length]) -> Array:
    """As ``array`` for a table; a list is one column."""
    given = _plain(value, name, shape)
    return array(given[:, np.newaxis] if given.ndim == 1 else given, name, shape)


def each(value: ArrayLike, name: str, length: int) -> Array:
    """One number for all, or one for each."""
    if np.ndim(value) == 0:
        return np.full(length, number(value, name))
    return array(value, name, (length,))


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
    if value > MOST:
        raise ValueError(f"{name}: {value}, expected at most {MOST}")
    return int(value)


def number(value: Any, name: str) -> float:
    """A number, which may be infinite."""
    plain = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiu"
    if isinstance(value, bool) or not (plain or isinstance(value, Real)):
        raise TypeError(f"{name}: {value!r} is no number")
    found = float(value)
    if math.isnan(found):
        raise ValueError(f"{name}: nan, expected a number")
    return found


def positive(value: Any, name: str) -> float:
    """A finite number above 0."""
    found = number(value, name)
    if not 0.0 < found < math.inf:
        raise ValueError(f"{name}: {found:g}, expected a finite number above 0")
    return found


def optional(value: Any, name: str) -> Optional[float]:
    """A number, or none."""
    return None if value is None else number(value, name)


def mapping(value: Any, name: str, of: str) -> Mapping[str, Any]:
    """A dictionary; nothing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a dictionary of {of}, found {type(value).__name__}")
    return value


def _plain(value: ArrayLike, name: str, shape: Sequence[Length]) -> NDArray[Any]:
    """An array of real numbers: none that is masked is taken for one that is given."""
    if np.ma.is_masked(value):
        count = np.count_nonzero(getattr(value, "mask"))
        raise ValueError(f"{name}: {count} entries are masked; fill them, or leave their rows out")
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name}: rows of unequal lengths are no array; expected shape {_words(shape)}") from error
    if given.dtype.kind not in "fiub":
        raise TypeError(f"{name}: dtype {given.dtype} holds no real numbers; expected float64 of shape {_words(shape)}")
    return given


def _words(shape: Sequence[Length]) -> str:
    inner = ", ".join(str(length) for length in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
