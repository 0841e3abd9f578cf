"""The ledger, ``notes.lock``: what learners' collections know of every note ever given away.

JSON Lines: a header, a line for each note type, then a line a note, sorted by id, so that git
merges it well. Reading and writing are pure; the pipeline does the file access.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from bindery.diagnostics import Diagnostic, Place
from bindery.model import NoteType

VERSION = 1
FILE = "notes.lock"
Kind: TypeAlias = Literal["question", "card", "cloze"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One note. Times are seconds since the epoch; 0 means never.

    ``title`` and ``sketch`` are what is needed to recognise the note when it has no id:
    the normalised question and a sketch of the answer. ``gaps`` gives the text of the gap that
    each cloze ordinal belongs to, ``lost`` the same for gaps that are gone.
    """

    id: str
    guid: str
    number: str
    type: NoteType
    kind: Kind
    deck: str
    born: int
    parent: str = ""
    named: bool = True
    digest: str = ""
    mod: int = 0
    retired: int = 0
    title: str = ""
    sketch: str = ""
    gaps: tuple[tuple[int, str], ...] = ()
    lost: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A note type: the digest of its templates and CSS, and when that last changed."""

    type: NoteType
    digest: str
    mod: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries by id, and the note types."""

    book: str
    entries: Mapping[str, Entry] = field(default_factory=dict)
    types: Mapping[str, TypeEntry] = field(default_factory=dict)


class _DamagedError(Exception):
    """A line that is JSON but no entry; the text says what is wrong."""


def dump(ledger: Ledger) -> bytes:
    """Write the ledger: the same ledger always gives the same bytes."""
    lines = [_line({"bindery": VERSION, "book": ledger.book})]
    lines += [
        _line({"notetype": t.type, "digest": t.digest, "mod": t.mod})
        for _, t in sorted(ledger.types.items())
    ]
    lines += [dump_entry(entry) for _, entry in sorted(ledger.entries.items())]
    return ("\n".join(lines) + "\n").encode()


def load(data: bytes, shown: str) -> tuple[Ledger, tuple[Diagnostic, ...]]:
    """Read the ledger; each damaged line is a diagnostic, and then nothing may be written."""
    found: list[Diagnostic] = []
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        problem = Diagnostic(Place(shown), "damaged-ledger", "not UTF-8", _RESTORE)
        return Ledger(""), (problem,)
    reader = _Reader(shown, found.append)
    for number, line in enumerate(lines, 1):
        if line.strip():
            reader.line(number, line)
    return reader.ledger(), tuple(found)


def dump_entry(entry: Entry) -> str:
    """Return the line of one note."""
    return _line(_record(entry))


_RESTORE = "restore it from git: git checkout -- notes.lock; nothing was written"


def merged(one: Entry, other: Entry) -> Entry:
    """Return one note as two branches know it: the newer content, the older birth, every gap.

    Where both gave one ordinal to different gaps, it stays with the newer content; the other gap
    takes a new ordinal when it is next identified.
    """
    newer, older = sorted((one, other), key=lambda entry: (entry.mod, dump_entry(entry)))[::-1]
    first = min((one, other), key=lambda entry: (entry.born, entry.number))
    gaps = dict(newer.gaps)
    lost = {
        number: text
        for number, text in (*older.lost, *older.gaps, *newer.lost)
        if number not in gaps
    }
    return replace(
        newer,
        number=first.number,
        deck=first.deck,
        born=first.born,
        named=newer.named or older.named,
        retired=newer.retired and older.retired,
        lost=tuple(sorted(lost.items())),
    )


class _Reader:
    def __init__(self, shown: str, report: Callable[[Diagnostic], None]) -> None:
        self._shown = shown
        self._report = report
        self._book = ""
        self._version: int | None = None
        self._entries: dict[str, Entry] = {}
        self._holders: dict[str, str] = {}
        self._types: dict[str, TypeEntry] = {}

    def line(self, number: int, text: str) -> None:
        place = Place(self._shown, number)
        if self._version is not None and self._version > VERSION:
            return
        if text.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            hint = "keep the lines of both sides and remove the marker lines"
            self._conflict(place, "a merge conflict", hint)
            return
        try:
            self._take(json.loads(text), place)
        except KeyError as error:
            self._damaged(place, f"no {error}")
        except (ValueError, TypeError, OverflowError, RecursionError, _DamagedError) as error:
            self._damaged(place, f"cannot be read: {error}")

    def ledger(self) -> Ledger:
        if self._version is None:
            self._damaged(Place(self._shown, 1), "no header line")
        return Ledger(self._book, self._entries, self._types)

    def _damaged(self, place: Place, message: str) -> None:
        self._report(Diagnostic(place, "damaged-ledger", message, _RESTORE))

    def _conflict(self, place: Place, message: str, hint: str) -> None:
        self._report(Diagnostic(place, "ledger-conflict", message, hint))

    def _take(self, record: Any, place: Place) -> None:
        if not isinstance(record, dict):
            raise _DamagedError("not an object")
        if "bindery" in record:
            self._header(record, place)
        elif "notetype" in record:
            if record["notetype"] not in ("basic", "cloze"):
                raise _DamagedError("unknown note type")
            entry = TypeEntry(record["notetype"], str(record["digest"]), int(record["mod"]))
            known = self._types.get(entry.type, entry)
            self._types[entry.type] = max(known, entry, key=lambda each: each.mod)
        else:
            self._note(_entry(record), place)

    def _note(self, note: Entry, place: Place) -> None:
        known = self._entries.get(note.id, note)
        if (known.guid, known.type) != (note.guid, note.type):
            hint = "keep the line whose born is smaller"
            self._conflict(place, f'"{note.id}" stands twice, as two notes', hint)
            return
        holder = self._holders.setdefault(note.guid, note.id)
        if holder != note.id:
            hint = "both sides of a merge renamed one note: keep one of the two lines"
            self._conflict(place, f'"{holder}" and "{note.id}" have one guid', hint)
            return
        self._entries[note.id] = note if known is note else merged(known, note)

    def _header(self, record: dict[str, Any], place: Place) -> None:
        self._version = int(record["bindery"])
        self._book = str(record["book"])
        if self._version > VERSION:
            self._report(
                Diagnostic(
                    place,
                    "newer-ledger",
                    f"written by a newer Bindery (format {self._version}, this one knows "
                    f"{VERSION})",
                    "update Bindery; nothing was written",
                )
            )


def _record(entry: Entry) -> dict[str, object]:
    record: dict[str, object] = {
        "id": entry.id,
        "guid": entry.guid,
        "number": entry.number,
        "type": entry.type,
        "kind": entry.kind,
        "deck": entry.deck,
        "born": entry.born,
        "parent": entry.parent,
        "named": entry.named,
        "digest": entry.digest,
        "mod": entry.mod,
        "retired": entry.retired,
        "title": entry.title,
        "sketch": entry.sketch,
        "gaps": {str(n): text for n, text in entry.gaps},
        "lost": {str(n): text for n, text in entry.lost},
    }
    optional = ("parent", "retired", "gaps", "lost")
    return {key: value for key, value in record.items() if value or key not in optional}


def _entry(record: dict[str, Any]) -> Entry:
    if record["type"] not in ("basic", "cloze") or record["kind"] not in (
        "question",
        "card",
        "cloze",
    ):
        raise _DamagedError("unknown type or kind")
    return Entry(
        id=_text(record, "id"),
        guid=_text(record, "guid"),
        number=_text(record, "number"),
        type=record["type"],
        kind=record["kind"],
        deck=_text(record, "deck"),
        born=int(record["born"]),
        parent=str(record.get("parent", "")),
        named=bool(record.get("named", True)),
        digest=str(record.get("digest", "")),
        mod=int(record.get("mod", 0)),
        retired=int(record.get("retired", 0)),
        title=str(record.get("title", "")),
        sketch=str(record.get("sketch", "")),
        gaps=_gaps(record.get("gaps", {})),
        lost=_gaps(record.get("lost", {})),
    )


def _text(record: dict[str, Any], key: str) -> str:
    value = record[key]
    if not isinstance(value, str) or not value:
        raise _DamagedError(f"{key} is missing")
    return value


def _gaps(table: Any) -> tuple[tuple[int, str], ...]:
    if not isinstance(table, dict):
        raise _DamagedError("gaps are not a table")
    return tuple(sorted((int(number), str(text)) for number, text in table.items()))


def _line(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))
