"""One build at a time on a folder of notes: a second one waits, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bindery.diagnostics import MachineError

LOCK = ".build.lock"


@contextmanager
def alone(folder: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a folder; ``waiting`` is told when another build holds it.

    Raises:
        MachineError: the lock cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting("waiting for another build of these notes")
            lock.acquire()
    except OSError as error:
        raise MachineError(f"cannot lock {folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
