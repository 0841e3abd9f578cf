"""A demo that breaks, in a whole build: old products stay, and 图缺 only where it was asked for."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bindery import pipeline
from bindery.diagnostics import NotesError, Severity
from bindery.request import DECK, FIGURES, HANDBOOK
from tests.books.workshop import A_DAY, FIRST_BUILD, SMALL, Workshop
from tests.handbook.pdf_text import PdfText

WHOLE = '''"""标题

图题，说明看什么。
"""
import numpy as np
def compute(device):
    return {"x": np.arange(4) / 3}
def draw(values):
    from bindery.demos.style import new_figure
    figure, axes = new_figure(1.2)
    axes.plot(values["x"])
    return figure
'''
BROKEN = WHOLE.replace("np.arange(4) / 3", "np.arange(4)[4]")
PAGE, BEFORE = "20-optimisation.md", "步长太大会在谷底"


@pytest.fixture
def shop(tmp_path: Path, cache_folder: Path) -> Workshop:
    shop = Workshop.copy_of(SMALL, tmp_path, cache_folder)
    shop.edit(PAGE, BEFORE, f"![甲图](demo:first)\n\n![乙图](demo:second)\n\n{BEFORE}")
    (shop.source / "demos").mkdir()
    for name in ("first", "second"):
        (shop.source / f"demos/{name}.py").write_text(WHOLE, "utf-8")
    return shop


def build(shop: Workshop, now: int, *products: str, keep_going: bool = False) -> pipeline.Built:
    request = replace(shop.request(*products), no_demos=False, keep_going=keep_going)
    return pipeline.build(request, now)


def said_on_pages(shop: Workshop) -> str:
    pdf = PdfText((shop.out / HANDBOOK).read_bytes())
    return "".join(pdf.text(page) for page in range(len(pdf.pdf.pages)))


def said_on_cards(shop: Workshop) -> str:
    with zipfile.ZipFile(shop.deck) as deck:
        file = Path(deck.extract("collection.anki2", shop.folder))
    with closing(sqlite3.connect(file)) as collection:
        return "".join(fields for (fields,) in collection.execute("select flds from notes"))


def test_a_broken_demo_leaves_what_was_there(shop: Workshop) -> None:
    build(shop, FIRST_BUILD, DECK, FIGURES)
    (shop.source / "demos/second.py").write_text(BROKEN, "utf-8")
    before = shop.everything()

    with pytest.raises(NotesError) as caught:
        build(shop, FIRST_BUILD + A_DAY, DECK, FIGURES)

    (error,) = [each for each in caught.value.diagnostics if each.severity is Severity.ERROR]
    assert (error.place.file, error.place.line) == ("source/demos/second.py", 7)
    assert "IndexError" in error.message
    assert shop.everything() == before


@pytest.mark.pdf
def test_the_book_says_that_a_figure_is_missing_when_told_to_go_on(shop: Workshop) -> None:
    (shop.source / "demos/second.py").write_text(BROKEN, "utf-8")

    built = build(shop, FIRST_BUILD, DECK, FIGURES, HANDBOOK, keep_going=True)

    found = {each.code: each for each in built.report.diagnostics}
    assert {each.severity for each in found.values()} == {Severity.WARNING}
    assert found["missing-figure"].place.file == f"source/{PAGE}"
    assert found["demo-failed"].place.file == "source/demos/second.py"
    assert {path.name for path in (shop.out / FIGURES).iterdir()} == {"first.svg", "first.png"}
    assert said_on_pages(shop).count("图缺") == 1
    assert said_on_cards(shop).count("图缺") == 1

    (shop.source / "demos/second.py").write_text(WHOLE, "utf-8")
    build(shop, FIRST_BUILD + A_DAY, DECK, FIGURES, HANDBOOK)
    assert "图缺" not in said_on_pages(shop) + said_on_cards(shop)


def test_a_touched_demo_is_the_only_one_computed(shop: Workshop, tmp_path: Path) -> None:
    shop = replace(shop, cache=tmp_path / "cache")
    first = build(shop, FIRST_BUILD, FIGURES)
    assert [each.how for each in first.report.figures] == ["computed", "computed"]
    assert build(shop, FIRST_BUILD + 1, FIGURES).nothing

    (shop.source / "demos/second.py").write_text(f"{WHOLE}# touched\n", "utf-8")
    again = build(shop, FIRST_BUILD + A_DAY, FIGURES)
    assert [each.how for each in again.report.figures] == ["cached", "computed"]
