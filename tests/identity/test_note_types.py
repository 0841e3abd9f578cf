"""The note types are frozen: each id, name and field here stands in learners' collections."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

from bindery.card_templates import read_templates
from bindery.deck import write_deck
from bindery.ledger import Entry, Ledger, TypeEntry
from bindery.model import NoteType, RenderedNote
from bindery.note_types import FIELDS

ROOT = Path(__file__).parents[2]
FROZEN: dict[str, Any] = json.loads(Path(__file__).with_name("note-types.json").read_bytes())
MOD = 1_750_000_000


def shipped() -> dict[str, Any]:
    """Return the note types as they stand in a package."""
    kinds: tuple[NoteType, ...] = ("basic", "cloze")
    notes = [
        RenderedNote(k, k, ("id", "{{c1::x}}", *("",) * (len(FIELDS[k]) - 2)), (), (), (1,), "")
        for k in kinds
    ]
    entries: dict[str, Entry] = {
        "basic": Entry("basic", "guid-1", "Q1", "basic", "question", "书::章", MOD, mod=MOD),
        "cloze": Entry("cloze", "guid-2", "Q1.1", "cloze", "cloze", "书::章", MOD, mod=MOD),
    }
    types: dict[str, TypeEntry] = {k: TypeEntry(k, "", MOD) for k in kinds}
    templates = read_templates(ROOT / "templates" / "anki")
    data = write_deck(notes, (), Ledger("book", entries, types), templates)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        database = package.read("collection.anki2")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(database)
    (models,) = connection.execute("select models from col").fetchone()
    connection.close()
    found: dict[str, Any] = json.loads(models)
    return found


def test_what_is_shipped_is_what_was_frozen() -> None:
    models = shipped()

    assert sorted(models) == sorted(str(frozen["id"]) for frozen in FROZEN.values())
    for frozen in FROZEN.values():
        model = models[str(frozen["id"])]
        assert model["name"] == frozen["name"]
        assert model["sortf"] == frozen["sort_field"] == 1
        assert [{"name": f["name"], "id": f["id"]} for f in model["flds"]] == frozen["fields"]
        assert [f["ord"] for f in model["flds"]] == list(range(len(model["flds"])))
        (template,) = model["tmpls"]
        assert {"id": template["id"], "name": template["name"]} == frozen["template"]
        assert model["mod"] == MOD


def test_the_kinds_are_what_anki_takes_them_for() -> None:
    models = shipped()

    assert models[str(FROZEN["basic"]["id"])]["type"] == 0
    assert models[str(FROZEN["cloze"]["id"])]["type"] == 1


def test_no_id_is_used_twice() -> None:
    ids = [
        number
        for frozen in FROZEN.values()
        for number in (
            frozen["id"],
            frozen["template"]["id"],
            *(field["id"] for field in frozen["fields"]),
        )
    ]
    assert len(set(ids)) == len(ids)


def test_the_fields_are_those_of_the_design() -> None:
    names = {kind: [field["name"] for field in frozen["fields"]] for kind, frozen in FROZEN.items()}
    rest = ["More", "Figure", "Number", "Chapter", "Source", "Retired"]
    spares = [f"Spare{n}" for n in range(1, 5)]

    assert names["basic"] == ["Id", "Front", "Back", *rest, *spares]
    assert names["cloze"] == ["Id", "Text", *rest, *spares]


def test_templates_use_only_fields_that_there_are() -> None:
    for kind, frozen in FROZEN.items():
        names = {field["name"] for field in frozen["fields"]} | {"FrontSide"}
        for side in ("front", "back"):
            text = (ROOT / "templates" / "anki" / f"{kind}-{side}.html").read_text("utf-8")
            used = set(re.findall(r"\{\{[#^/]?(?:cloze:)?(\w+)\}\}", text))
            assert used <= names
            assert text.count("{{") == len(re.findall(r"\{\{[#^/]?(?:cloze:)?\w+\}\}", text))
