"""Watching: one build after each burst of edits, until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from watchfiles import Change, watch

_DEBOUNCE_MS = 200
_STEP_MS = 40
_LOOK_MS = 1_000  # looking again catches what was saved before the watching began


def edits(
    folders: Sequence[Path], inputs: Callable[[], Mapping[str, str]], own: Callable[[str], bool]
) -> Iterator[float]:
    """Yield at once, and then after each burst of edits: when its last file was saved.

    Times are in seconds since the epoch.

    Args:
        folders: what to watch, with all below.
        inputs: digest by name of all that a build depends on.
        own: says of a name whether a build writes that itself.
    """

    def seen() -> dict[str, str]:
        return {name: value for name, value in inputs().items() if not own(name)}

    built = seen()
    yield time.time()
    for changes in watch(
        *folders,
        watch_filter=_is_edit,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
    ):
        now = seen()
        if now != built:
            built = now
            yield max((_saved(Path(name)) for _, name in changes), default=time.time())


def _is_edit(_: Change, name: str) -> bool:
    return not any(part.startswith(".") for part in Path(name).parts[-2:])


def _saved(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()
