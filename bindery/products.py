"""Putting files in place: written beside their goal, then renamed; whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from bindery.diagnostics import MachineError

_PREFIX = ".bindery-"


class Staging:
    """Temporary files in the folder of their goals; ``place`` renames them all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[Path, Path] = {}

    def add(self, name: str, data: bytes) -> Path:
        """Write ``data`` beside ``folder/name`` and return the temporary path.

        Raises:
            MachineError: the folder cannot be written, or the disk is full.
        """
        goal = self._folder / name
        with _explained(goal):
            goal.parent.mkdir(parents=True, exist_ok=True)
            self._waiting[goal] = write_beside(goal, data)
        return self._waiting[goal]

    def place(self) -> None:
        """Rename every file to its goal."""
        for goal, temporary in list(self._waiting.items()):
            with _explained(goal):
                temporary.replace(goal)
            del self._waiting[goal]

    def discard(self) -> None:
        """Remove what was not placed."""
        for temporary in self._waiting.values():
            temporary.unlink(missing_ok=True)
        self._waiting.clear()

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *error: object) -> None:
        self.discard()


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's content in one step; a reader sees the old bytes or the new ones."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = write_beside(path, data)
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def write_if_changed(path: Path, data: bytes) -> None:
    """Replace a file's content, unless it is there already."""
    try:
        same = path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        write_whole(path, data)


def write_beside(goal: Path, data: bytes) -> Path:
    """Write and flush a temporary file in the goal's folder and return its path."""
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=goal.suffix, dir=goal.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed build left behind."""
    for path in folder.rglob(f"{_PREFIX}*"):
        with suppress(OSError):
            path.unlink()


class _explained:  # noqa: N801
    """Turns an ``OSError`` into a message for the user."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise MachineError(
                f"cannot write {self._path}: {reason}; what was there before is untouched"
            ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
