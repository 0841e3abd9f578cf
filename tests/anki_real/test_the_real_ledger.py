"""The committed ledger says what the committed notes give: nothing was edited and not built."""

from __future__ import annotations

import shutil
from pathlib import Path

from bindery import pipeline
from bindery.ledger import FILE
from tests.anki_real.conftest import Edition
from tests.books.workshop import A_DAY, FIRST_BUILD, REAL, Workshop


def test_the_ledger_is_current(tmp_path: Path, cache_folder: Path, real_book: Edition) -> None:
    """If this fails: run ``build.py`` and commit ``source/notes.lock``."""
    assert real_book.deck.is_file(), "its figures are in the cache by now"
    shop = Workshop.copy_of(REAL, tmp_path / "real", cache_folder)
    shutil.copy(REAL / FILE, shop.ledger_file)
    built = pipeline.build(shop.request(locked=True), FIRST_BUILD + 4_000 * A_DAY)
    assert built.report.updated == built.report.added == ()
