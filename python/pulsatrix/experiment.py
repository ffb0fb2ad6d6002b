"""Model files: run, checked, and run at many values of their keys."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._arguments import mapping, whole
from ._progress import Progress, shown

Model = Union[str, "os.PathLike[str]"]
Overrides = Optional[Mapping[str, Any]]
#: A column of numbers or of truth is an array, one of words a list, with ``None`` where nothing is said.
Columns = Dict[str, Any]


@dataclass
class Check:
    """A model that could run."""

    title: str
    #: Kind of experiment.
    experiment: str
    #: What would run, in words.
    plan: dict[str, Any]
    #: Every setting, defaults filled in: sections by name.
    settings: dict[str, Any]
    #: The same as the text of a model file, which gives the same report.
    resolved: str = field(repr=False)


@dataclass
class Run:
    """What a run has found.

    ``print(run)`` shows what ``simulate run`` prints at its end.
    """

    title: str
    #: Kind of experiment.
    experiment: str
    #: Results: what ``report.json`` of a run directory holds. Long lists are in ``arrays``.
    report: dict[str, Any] = field(repr=False)
    #: Tables by name, each a dictionary of columns; empty entries of a column of numbers are NaN.
    tables: dict[str, Columns] = field(repr=False)
    #: Arrays by name.
    arrays: dict[str, NDArray[np.float64]] = field(repr=False)
    #: What every axis of an array counts, and what the numbers are, with their unit.
    array_descriptions: dict[str, tuple[list[str], str]] = field(repr=False)
    #: Every setting, defaults and overrides filled in: sections by name.
    settings: dict[str, Any] = field(repr=False)
    #: The same as the text of a model file, which gives the same report.
    resolved: str = field(repr=False)
    #: Cost: steps, evaluations, ...
    statistics: Any = field(repr=False)
    #: The run directory, if it is kept.
    folder: Optional[Path]
    #: Pictures that could not be drawn, and why.
    notes: list[str] = field(repr=False)
    #: Lines, and tables as heads and rows.
    summary: list[Any] = field(repr=False)

    def __str__(self) -> str:
        return _summary(self.title, self.summary)


@dataclass
class Sweep(Mapping[str, Any]):
    """A model at many points: a mapping from the keys and the scalars of the reports to columns."""

    #: One entry a point: ``point``, the keys, every scalar of the report, ``error``.
    columns: Columns = field(repr=False)
    #: Points.
    points: int
    #: Points without a result; the column ``error`` says why.
    failed: int
    #: The run directory, if it is kept.
    folder: Optional[Path]
    #: Lines, and tables as heads and rows.
    summary: list[Any] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]

    def __iter__(self) -> Any:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __str__(self) -> str:
        return _summary("", self.summary)


def models() -> dict[str, str]:
    """Titles of the shipped models, by name."""
    return _native.models()


def check(model: Model, overrides: Overrides = None) -> Check:
    """Reads and validates a model; nothing is computed.

    Raises
    ------
    ModelError
        With all that is wrong with the model, places and remedies.
    """
    return Check(**_native.check(*_model(model), _assignments(overrides)))


def run(
    model: Model,
    overrides: Overrides = None,
    *,
    out: Optional[Union[str, "os.PathLike[str]"]] = None,
    progress: Progress = None,
) -> Run:
    """Runs a model.

    Parameters
    ----------
    model
        A shipped name (``models()``), the path of a model file, or the text of one.
    overrides
        Values by key: ``{"network.b": 0.4, "network.neurons": 5, "seed": 7}``.
    out
        Folder in which everything is kept, pictures too. A used one is never overwritten, but gets ``-2``.
        Parts that are done are kept there, so that an interrupted run can be resumed (``resume``).
    progress
        ``True``, or a callable ``progress(what, done, total)``.

    Raises
    ------
    ModelError
        With all that is wrong with the model, places and remedies.
    NumericalError
        If there is no sound result.

    >>> found = run("group-dominance", {"network.b": 0.4})
    >>> found.report["memories"]["relay"]
    7
    """
    folder = None if out is None else os.fspath(out)
    with shown(progress) as callback:
        found = _native.run(*_model(model), _assignments(overrides), folder, callback)
    return _run(found)


def resume(folder: Union[str, "os.PathLike[str]"], *, progress: Progress = None) -> Run:
    """Goes on with the interrupted run in a folder; parts that are done are not computed again.

    Of a run that is complete nothing is computed: what it has found is read from the folder.
    """
    with shown(progress) as callback:
        return _run(_native.resume(os.fspath(folder), callback))


def sweep(
    model: Model,
    over: Mapping[str, Union[str, Sequence[float], NDArray[Any]]],
    overrides: Overrides = None,
    *,
    random: Optional[int] = None,
    latin: Optional[int] = None,
    seed: int = 1,
    out: Optional[Union[str, "os.PathLike[str]"]] = None,
    progress: Progress = None,
) -> Sweep:
    """Runs a model at every combination of some values of its keys.

    Parameters
    ----------
    over
        Values by key: a list or an array, or words as the command line takes them, ``"0.1:1.0:20"`` (a grid with both
        ends), ``"log:0.1:10:20"``, and ``"0.1:1.0"`` for a range that ``random`` or ``latin`` draws points from.
    random, latin
        So many random points, or points of a Latin hypercube, in the ranges, one of the two; ``seed`` is theirs.
    out
        Folder in which the table and its pictures are kept; rows are appended as they come.

    Returns
    -------
    Sweep
        Columns by name. A point that fails is a row that says so in the column ``error``.

    >>> found = sweep("hutchinson", {"equation.parameters.r": [1.8, 2.0, 2.2]})
    >>> bool((np.diff(found["period.value"]) > 0).all())
    True
    """
    axes = [f"{key}={_values(values)}" for key, values in mapping(over, "over", "values by key").items()]
    if random is not None and latin is not None:
        raise TypeError("latin: points are drawn at random or from a Latin hypercube; give one of the two")
    random, latin = (
        None if count is None else whole(count, name, 1) for name, count in (("random", random), ("latin", latin))
    )
    folder = None if out is None else os.fspath(out)
    with shown(progress) as callback:
        found = _native.sweep(
            *_model(model), _assignments(overrides), axes, random, latin, whole(seed, "seed"), folder, callback
        )
    report = found["report"]
    return Sweep(
        columns=found["tables"]["sweep"],
        points=report["points"],
        failed=report["failed"],
        folder=None if found["folder"] is None else Path(found["folder"]),
        summary=found["summary"],
    )


def _run(found: dict[str, Any]) -> Run:
    folder = found.pop("folder")
    return Run(folder=None if folder is None else Path(folder), **found)


def _model(model: Model) -> tuple[str, bool]:
    """A name or a path, or a text: that has a line break or an assignment in it."""
    if isinstance(model, str):
        if model == "-":
            raise ValueError("model: `-` is standard input for the command line alone; give the text itself")
        return model, "\n" in model or "=" in model
    return os.fspath(model), False


def _assignments(overrides: Overrides) -> list[str]:
    return [f"{key}={_toml(value)}" for key, value in mapping(overrides, "overrides", "values by key").items()]


def _values(values: Any) -> str:
    if isinstance(values, str):
        return values
    return ",".join(_toml(value) for value in np.asarray(values).ravel().tolist())


def _toml(value: Any) -> str:
    """A value as a model file writes it."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (str, os.PathLike)):
        return json.dumps(os.fspath(value), ensure_ascii=False)
    if isinstance(value, Mapping):
        entries = ", ".join(f"{json.dumps(str(key))} = {_toml(entry)}" for key, entry in value.items())
        return "{" + entries + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    raise TypeError(f"overrides: {value!r} is no value of a model file: give a number, a word, a list or a mapping")


def _summary(title: str, blocks: list[Any]) -> str:
    lines = [title] if title else []
    for block in blocks:
        if isinstance(block, str):
            lines.append(block)
            continue
        heads, rows = block
        table = [heads, *([_word(entry) for entry in row] for row in rows)]
        widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
        lines.extend("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in table)
    return "\n".join(lines)


def _word(entry: Any) -> str:
    """An entry of a table, to seven digits."""
    if entry is None:
        return ""
    return f"{entry:.7g}" if isinstance(entry, float) else str(entry)
