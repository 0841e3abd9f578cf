"""Watching: one build after each burst of edits, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from watchfiles import Change, watch

_DEBOUNCE_MS = 300
_STEP_MS = 40
_OURS = ("notes.lock",)
_NOISE = (".tmp", ".swp", ".swx", "~", ".part")


def edits(folders: Sequence[Path], written: Callable[[Path], bool]) -> Iterator[float]:
    """Yield after each burst of edits: the time (seconds since the epoch) of its last one.

    Args:
        folders: what to watch, with all below.
        written: says whether a path is one that a build of ours writes itself.
    """

    def relevant(_: Change, name: str) -> bool:
        path = Path(name)
        hidden = any(part.startswith(".") for part in path.parts[-2:])
        return not (hidden or name.endswith(_NOISE) or path.name in _OURS or written(path))

    for changes in watch(
        *folders,
        watch_filter=relevant,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        raise_interrupt=False,
    ):
        yield max((_saved(Path(name)) for _, name in changes), default=time.time())


def _saved(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
