"""Writing ids into the notes: each heading and container that lacks one gets the note's own. Pure.

The id is the one that the ledger has known the note by since its birth, so nothing changes for
a learner.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bindery.diagnostics import Place
from bindery.facts import ChapterFacts

_BRACES = re.compile(r"\{(?P<inside>[^{}]*)\}\s*(?:#+\s*)?$")
_ATTRIBUTES = re.compile(r"\s*(?:\.|[A-Za-z][\w:-]*\s*=)")
_CLOSING_HASHES = re.compile(r"\s+#+\s*$")


@dataclass(frozen=True, slots=True)
class Written:
    """An id that was written: where, and which."""

    place: Place
    id: str


def written_into(
    chapters: Sequence[ChapterFacts], ids: Sequence[Sequence[str]], texts: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Written, ...]]:
    """Return the texts of the files that change, and every id written.

    Args:
        chapters: the chapters' facts; a note without an id has "".
        ids: every note's id, chapter by chapter.
        texts: text of each file, by the name that places have.
    """
    lines: dict[str, list[str]] = {}
    written: list[Written] = []
    for chapter, names in zip(chapters, ids, strict=True):
        for note, name in zip(chapter.notes, names, strict=True):
            if note.id:
                continue
            place = note.place
            rows = lines.setdefault(place.file, texts[place.file].split("\n"))
            rows[place.line - 1] = inserted(rows[place.line - 1], name)
            written.append(Written(place, name))
    return {file: "\n".join(rows) for file, rows in lines.items()}, tuple(written)


def inserted(line: str, name: str) -> str:
    """Return a heading or a ``:::`` line with the id in it."""
    text = line.rstrip()
    match = _BRACES.search(text)
    if match and _ATTRIBUTES.match(match["inside"]):
        return f"{text[: match.start()]}{{#{name} {match['inside'].strip()}}}"
    if text.lstrip().startswith("#"):
        text = _CLOSING_HASHES.sub("", text)
    return f"{text} {{#{name}}}"


def as_before(data: bytes, text: str) -> bytes:
    """Return the text as the file had it: with its byte order mark and its line ends."""
    if b"\r\n" in data:
        text = text.replace("\n", "\r\n")
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()
