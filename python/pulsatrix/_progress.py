"""How far long work is."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Optional, Union

Callback = Callable[[str, int, int], Any]
Progress = Union[bool, None, Callback]


class _Bar:
    """Stages as bars of tqdm."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None
        self._total = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._bar is None or done < self._bar.n or total != self._total:
            self.close()
            self._bar, self._total = self._tqdm(total=total, desc=what), total
        self._bar.set_description_str(what, refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _Line:
    """Stages as lines on standard error, where tqdm is not installed."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        self._shown = f"{what}: {done}/{total}"
        print(f"\r\x1b[K{self._shown}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._shown:
            print(file=sys.stderr)


@contextmanager
def shown(progress: Progress) -> Iterator[Optional[Callback]]:
    """What the native half calls for a ``progress`` argument; closed at the end."""
    if not progress:
        yield None
        return
    if callable(progress):
        yield progress
        return
    watcher: Any
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]

        watcher = _Bar(tqdm)
    except ImportError:
        watcher = _Line()
    try:
        yield watcher
    finally:
        watcher.close()
