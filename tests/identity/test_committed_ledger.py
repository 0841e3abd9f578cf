"""The book's own ledger, as it is in git: what learners already have must be in it for good."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bindery.digest import digest
from bindery.ledger import FILE, Ledger, dump, load

SOURCE = Path(__file__).parents[2] / "source"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    found, problems = load((SOURCE / FILE).read_bytes(), FILE)
    assert problems == ()
    return found


def test_it_is_this_books_and_written_by_us(ledger: Ledger) -> None:
    info = tomllib.loads((SOURCE / "book.toml").read_text("utf-8"))
    assert ledger.book == info["id"] == "ai-interview"
    assert (SOURCE / FILE).read_bytes() == dump(ledger), "written by hand, or merged and not built"


def test_nothing_in_it_is_given_twice(ledger: Ledger) -> None:
    for name in ("guid", "number"):
        counts = Counter(getattr(entry, name) for entry in ledger.entries.values())
        assert [value for value, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "guid"),
    [
        ("svd", "cdaf88ce1e2c88be68b1"),
        ("rope", "3e6110f105845d43c279"),
        ("nucleus-sampling", "418c80ee8f7fffda0b94"),
    ],
)
def test_the_first_notes_keep_their_guids(ledger: Ledger, name: str, guid: str) -> None:
    assert (
        ledger.entries[name].guid == guid == digest("bindery guid", "ai-interview", name, length=20)
    )


def test_every_note_has_what_a_learner_knows_it_by(ledger: Ledger) -> None:
    for entry in ledger.entries.values():
        assert entry.digest
        assert entry.mod >= entry.born > 1_750_000_000
        assert entry.deck.startswith("AI 面试::")
        assert entry.gaps or entry.type == "basic"


def test_it_knows_every_question_of_the_two_documents(ledger: Ledger) -> None:
    asked = [entry for entry in ledger.entries.values() if entry.kind == "question"]
    assert len(asked) == 55
    assert not [entry.id for entry in ledger.entries.values() if entry.retired]
    assert all(entry.named for entry in ledger.entries.values()), "every note has an id"
