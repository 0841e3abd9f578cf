"""Books that learners import; each edition is built once for all tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bindery.model import NoteType
from tests.books.workshop import A_DAY, FIRST_BUILD, REAL, SMALL, Workshop


@dataclass(frozen=True, slots=True)
class Edition:
    """A package, and what its ledger says is in it."""

    deck: Path
    guids: dict[str, str]
    types: dict[str, NoteType]


def edition(shop: Workshop, name: str, now: int = FIRST_BUILD) -> Edition:
    """Build what is in the workshop now and put the package aside."""
    shop.build(now)
    entries = [entry for entry in shop.ledger().entries.values() if not entry.retired]
    guids = {entry.id: entry.guid for entry in entries}
    return Edition(shop.kept(f"{name}.apkg"), guids, {e.id: e.type for e in entries})


@dataclass(frozen=True, slots=True)
class Editions:
    """The small book before and after one answer was edited."""

    first: Edition
    second: Edition
    edited: str = "step-size-decay"


@pytest.fixture
def small(tmp_path: Path, cache_folder: Path) -> Workshop:
    """Return a copy of the small book, not built yet."""
    return Workshop.copy_of(SMALL, tmp_path / "small", cache_folder)


@pytest.fixture(scope="session")
def editions(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Editions:
    """Return two editions of the small book, a day apart."""
    shop = Workshop.copy_of(SMALL, tmp_path_factory.mktemp("editions"), cache_folder)
    first = edition(shop, "first")
    shop.edit("20-optimisation.md", "噪声不随步数消失；", "梯度的噪声不会随步数消失；")
    return Editions(first, edition(shop, "second", FIRST_BUILD + A_DAY))


@pytest.fixture(scope="session")
def real_book(tmp_path_factory: pytest.TempPathFactory, cache_folder: Path) -> Edition:
    """Return the real book's deck, its figures drawn from the records."""
    shop = Workshop.copy_of(REAL, tmp_path_factory.mktemp("real-book"), cache_folder)
    return edition(shop, "real-book")
