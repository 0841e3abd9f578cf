"""Watching: one build after each burst of edits, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from watchfiles import Change, watch

_DEBOUNCE_MS = 200
_STEP_MS = 40
_LOOK_MS = 1_000  # looking again catches what was saved before the watching began


@contextmanager
def until_interrupted() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C sets; what runs meanwhile is broken off, and the block ends.

    The event outlives an exception that is lost, as one raised while Python tidies up is
    (docs.python.org/3/reference/datamodel.html#object.__del__). A second Ctrl-C ends the
    process as it stands.
    """
    stop = threading.Event()

    def interrupt(_: int, __: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        stop.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    if before is signal.SIG_IGN:  # begun in the background: Ctrl-C is meant for something else
        signal.signal(signal.SIGINT, before)
    try:
        with suppress(KeyboardInterrupt):
            yield stop
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if stop.is_set() else before)


def edits(
    folders: Sequence[Path],
    inputs: Callable[[], Mapping[str, str]],
    own: Callable[[str], bool],
    stop: threading.Event,
) -> Iterator[float]:
    """Yield at once, and then after each burst of edits: when its last file was saved.

    Times are in seconds since the epoch.

    Args:
        folders: what to watch, with all below.
        inputs: digest by name of all that a build depends on.
        own: says of a name whether a build writes that itself.
        stop: ends the watching when it is set.
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
        stop_event=stop,
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
