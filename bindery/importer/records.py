"""What was imported last time: a record beside the notes for each file that an import wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".import"
"""The folder of the records, in that of the notes; hidden, so that it holds no notes."""
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A file of notes as an import wrote it: its name, the name of its source, its text."""

    note: str
    source: str
    text: str

    @property
    def name(self) -> str:
        """The record's own file, from the folder of the notes."""
        return f"{FOLDER}/{self.note}.json"

    def encoded(self) -> bytes:
        """Return the record as it is kept."""
        said = {"version": _VERSION, **asdict(self)}
        return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def load(folder: Path) -> Mapping[str, Record]:
    """Return the records beside the notes in a folder, by the notes' names.

    A record that cannot be read is as good as none: then no note is overwritten.
    """
    found: dict[str, Record] = {}
    for path in sorted((folder / FOLDER).glob("*.json")):
        record = _decoded(path)
        if record is not None:
            found[record.note] = record
    return found


def _decoded(path: Path) -> Record | None:
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("version") != _VERSION:
        return None
    values = [said.get(key) for key in ("note", "source", "text")]
    if not all(isinstance(value, str) for value in values) or path.name != f"{values[0]}.json":
        return None
    return Record(*(str(value) for value in values))
