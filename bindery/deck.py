"""Stage 8a, deck: rendered notes become an ``.apkg``. The only module that knows genanki.

The same notes give the same bytes: every time in the package comes from the ledger, media are
sorted, and the zip carries fixed dates and modes.
"""

from __future__ import annotations

import io
import itertools
import json
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import genanki

from bindery.card_templates import Templates
from bindery.digest import digest
from bindery.ledger import Entry, Ledger
from bindery.model import MediaFile, NoteType, RenderedNote
from bindery.note_types import (
    FIELD_IDS,
    FIELDS,
    MODEL_IDS,
    MODEL_NAMES,
    SORT_FIELD,
    TEMPLATE_IDS,
    TEMPLATE_NAMES,
)

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_deck(
    notes: Sequence[RenderedNote],
    media: Sequence[MediaFile],
    ledger: Ledger,
    templates: Templates,
    *,
    with_cards: bool = True,
) -> bytes:
    """Return the bytes of the package; without cards it only updates what a learner has."""
    models = {kind: _Model(kind, templates, ledger.types[kind].mod) for kind in MODEL_IDS}
    decks: dict[str, genanki.Deck] = {}
    for position, note in enumerate(notes, 1):
        entry = ledger.entries[note.id]
        deck = decks.get(entry.deck)
        if deck is None:
            deck = decks[entry.deck] = genanki.Deck(_deck_id(ledger.book, entry.deck), entry.deck)
        deck.add_note(_Note(note, models[note.type], entry, position, with_cards))
    for deck in decks.values():
        for model in models.values():
            deck.add_model(model)
    used = {name for note in notes for name in note.media}
    files = sorted((file for file in media if file.name in used), key=lambda file: file.name)
    first = min((entry.born for entry in ledger.entries.values()), default=0)
    return _zip(_database(list(decks.values()), first), files)


def fields_in(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the fields of each note of a package by guid; none when it cannot be read."""
    try:
        with zipfile.ZipFile(path) as package:
            data = package.read("collection.anki2")
    except (OSError, KeyError, zipfile.BadZipFile):
        return {}
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        rows = connection.execute("select guid, flds from notes").fetchall()
    except sqlite3.DatabaseError:
        return {}
    finally:
        connection.close()
    return {guid: tuple(fields.split("\x1f")) for guid, fields in rows}


def _deck_id(book: str, name: str) -> int:
    return (1 << 40) + int(digest("bindery deck", book, name, length=10), 16)


def _database(decks: Sequence[genanki.Deck], first: int) -> bytes:
    connection = sqlite3.connect(":memory:")
    try:
        ids = itertools.count(first * 1000)
        genanki.Package(decks).write_to_db(connection.cursor(), float(first), ids)
        connection.execute(
            "update col set crt=?, mod=?, scm=?", (first, first * 1000, first * 1000)
        )
        connection.commit()
        connection.execute("vacuum")
        return connection.serialize()
    finally:
        connection.close()


def _zip(database: bytes, media: Sequence[MediaFile]) -> bytes:
    index = json.dumps({str(n): file.name for n, file in enumerate(media)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in _members(database, index, media):
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.external_attr = 0o644 << 16
            info.create_system = 3
            package.writestr(info, data, zipfile.ZIP_DEFLATED, 6)
    return buffer.getvalue()


def _members(
    database: bytes, index: str, media: Sequence[MediaFile]
) -> Iterator[tuple[str, bytes]]:
    yield "collection.anki2", database
    yield "media", index.encode()
    for number, file in enumerate(media):
        yield str(number), file.data


class _Model(genanki.Model):  # type: ignore[misc]
    """A note type with ids on its fields and template, and a ``mod`` of its own."""

    def __init__(self, kind: NoteType, templates: Templates, mod: int) -> None:
        template = {
            "id": TEMPLATE_IDS[kind],
            "name": TEMPLATE_NAMES[kind],
            "qfmt": templates.front[kind],
            "afmt": templates.back[kind],
        }
        fields = [{"name": name, "id": FIELD_IDS[kind] + n} for n, name in enumerate(FIELDS[kind])]
        super().__init__(
            MODEL_IDS[kind],
            MODEL_NAMES[kind],
            fields=fields,
            templates=[template],
            css=templates.css,
            model_type=self.CLOZE if kind == "cloze" else self.FRONT_BACK,
            sort_field_index=SORT_FIELD,
        )
        self._mod = mod

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, Any]:  # noqa: ARG002
        """Return the note type as Anki stores it; the times of the build don't matter."""
        record: dict[str, Any] = super().to_json(self._mod, None)
        return record


class _Note(genanki.Note):  # type: ignore[misc]
    """A note with the ledger's guid and ``mod``."""

    def __init__(
        self, note: RenderedNote, model: _Model, entry: Entry, position: int, with_cards: bool
    ) -> None:
        super().__init__(
            model=model,
            fields=list(note.fields),
            tags=list(note.tags),
            guid=entry.guid,
            due=position,
        )
        self._mod = entry.mod
        self._ordinals = (note.ordinals or (1,)) if with_cards else ()

    @property
    def cards(self) -> list[genanki.Card]:
        """One card, or one for each cloze ordinal."""
        return [genanki.Card(n - 1) for n in self._ordinals]

    def _check_invalid_html_tags_in_fields(self) -> None:
        """All HTML is ours, escaped; genanki's check would warn about legitimate code."""

    def write_to_db(
        self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterator[int]
    ) -> None:
        """Write the note under its own time."""
        del timestamp
        super().write_to_db(cursor, self._mod, deck_id, id_gen)
