"""Small texts of each kind, with the notes and the report that they give.

``UPDATE_GOLDEN=1`` writes the expected files again; look at the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.diagnostics import Severity
from bindery.importer.account import account
from bindery.importer.readers import chosen
from bindery.importer.report import told
from bindery.importer.source import read_source
from bindery.importer.trial import tried
from bindery.model import Assets

CASES = Path(__file__).with_name("cases")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.mark.parametrize("path", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_case(path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    source = read_source(Path(path.name))
    reader, _ = chosen(source)
    found = tried(reader.read(source), Assets(frozenset(), frozenset()), "notes", cache)
    assert account(found.imported) == ()
    assert [d for d in found.diagnostics if d.severity is Severity.ERROR] == []
    said = [f"----- {note.name}\n{note.text}" for note in found.notes]
    text = "".join([*said, "----- report\n", *(f"{line}\n" for line in told(found))])
    golden = path.with_suffix(".golden")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
