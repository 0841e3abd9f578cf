"""What tests of the pipeline share."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest

from bindery import printing
from bindery.handbook import Handbook
from tests.books.workshop import SMALL, Workshop


@dataclass(frozen=True)
class FakeRendering:
    """A handbook that was begun, and is there at once."""

    handbook: Handbook

    def finish(self) -> Handbook:
        """Return the handbook."""
        return self.handbook


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Handbook:
    """Print handbooks of one blank page: what is in them is no matter here."""
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(buffer, static_id=True)
    blank = Handbook(buffer.getvalue(), 1, {}, ())
    monkeypatch.setattr(printing, "begin", lambda *_, **__: FakeRendering(blank))
    return blank


@pytest.fixture
def small(tmp_path: Path, cache_folder: Path) -> Workshop:
    """Return a copy of the small book, not built yet."""
    return Workshop.copy_of(SMALL, tmp_path, cache_folder)
