"""The sample book, printed once for all tests of the handbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bindery.handbook import Handbook
from tests.handbook.pdf_text import PdfText
from tests.handbook.sample import print_sample


@pytest.fixture(scope="session")
def fonts_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache folder of its own, in which the fonts are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def handbook(tmp_path_factory: pytest.TempPathFactory, fonts_cache: Path) -> Handbook:
    """Return the sample, printed on B5."""
    return print_sample(tmp_path_factory.mktemp("sample"), fonts_cache)


@pytest.fixture(scope="session")
def printed(handbook: Handbook) -> PdfText:
    """Return the text and the links of the printed sample."""
    return PdfText(handbook.pdf)


@pytest.fixture(scope="session")
def papers(
    printed: PdfText, tmp_path_factory: pytest.TempPathFactory, fonts_cache: Path
) -> Mapping[str, PdfText]:
    """Return the sample on every paper; nothing may be complained of on any."""
    found = {"b5": printed}
    for paper in ("a4", "a5"):
        book = print_sample(tmp_path_factory.mktemp(paper), fonts_cache, paper)
        assert book.diagnostics == ()
        found[paper] = PdfText(book.pdf)
    return found
