"""The parts of a system of equations, and events, as the native half takes them."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from ._arguments import Array, array, choice, mapping, number, whole

Formulas = Mapping[str, Union[str, float]]


def formulas(given: Optional[Formulas], name: str) -> list[tuple[str, str]]:
    given = mapping(given, name, "formulas by variable")
    return [(str(key), _formula(formula, f"{name}: {key}")) for key, formula in given.items()]


def _formula(formula: Any, name: str) -> str:
    if isinstance(formula, str):
        return formula
    if np.ndim(formula) == 0 and np.asarray(formula).dtype.kind in "fiu":
        return repr(number(formula, name))
    raise TypeError(f"{name}: expected a formula or a number, found {type(formula).__name__}")


def functions(given: Union[Mapping[str, str], Sequence[str], None]) -> list[tuple[str, str]]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [(str(key), text) for key, text in given.items()]
    if isinstance(given, str):
        given = [given]
    return [(text.split("(")[0].strip(), text) for text in given]


def data(given: Mapping[str, ArrayLike]) -> tuple[list[tuple[str, Array]], list[tuple[str, Array]]]:
    vectors, matrices = [], []
    for name, value in given.items():
        if np.ndim(value) == 1:
            vectors.append((str(name), array(value, f"data: {name}", ("entries",))))
        else:
            matrices.append((str(name), array(value, f"data: {name}", ("rows", "columns"))))
    return vectors, matrices


def course(name: str, value: Any) -> tuple[str, Array, bool]:
    steps = False
    if isinstance(value, Mapping):
        for key in value:
            choice(key, f"inputs: {name}", ("points", "between"))
        steps = choice(value.get("between", "lines"), f"inputs: {name}: between", ("lines", "steps")) == "steps"
        if "points" not in value:
            raise ValueError(f"inputs: {name}: `points` is missing; give rows of a time and one or more values")
        value = value["points"]
    return str(name), array(value, f"inputs: {name}", ("points", "time and values")), steps


TEXT_EVENT = ("when", "at", "every", "set", "emit", "refractory", "stop_after", "terminal")
FUNCTION_EVENT = ("when", "direction", "refractory", "stop_after", "terminal", "change")


def _event(name: str, event: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    for key in event:
        choice(key, f"events: {name}", allowed)
    stop_after = event.get("stop_after", 1 if event.get("terminal") else None)
    return {
        "refractory": number(event.get("refractory", 0.0), f"events: {name}: refractory"),
        "stop_after": None if stop_after is None else whole(stop_after, f"events: {name}: stop_after", 1),
    }


def text_event(name: str, event: Any) -> dict[str, Any]:
    event = {"when": event} if isinstance(event, str) else mapping(event, f"events: {name}", "its parts")
    emit = event.get("emit", [])
    emit = [emit] if emit and isinstance(emit[0], str) else emit
    at, every = event.get("at"), event.get("every")
    return {
        "name": str(name),
        "when": event.get("when"),
        "at": None if at is None else array(np.atleast_1d(at), f"events: {name}: at", ("times",)).tolist(),
        "every": None if every is None else tuple(array(every, f"events: {name}: every", (2,)).tolist()),
        "set": formulas(event.get("set"), f"events: {name}: set"),
        "emit": [
            (str(target), _formula(after, f"events: {name}: emit"), _formula(change, f"events: {name}: emit"))
            for target, after, change in emit
        ],
        **_event(name, event, TEXT_EVENT),
    }


def function_event(name: str, event: Any) -> dict[str, Any]:
    event = {"when": event} if callable(event) else mapping(event, f"events: {name}", "its parts")
    words = ("either", "rising", "falling")
    direction = choice(event.get("direction", "either"), f"events: {name}: direction", words)
    if not callable(event.get("when")):
        raise TypeError(f"events: {name}: expected a function of t and y")
    return {
        "when": event["when"],
        "direction": {"either": 0, "rising": 1, "falling": -1}[direction],
        "change": event.get("change"),
        **_event(name, event, FUNCTION_EVENT),
    }
