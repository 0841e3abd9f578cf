"""Chapters are written anew when anything that goes into their HTML has changed, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bindery.cache import Cache
from bindery.handbook import Handbook, PrintSettings, begin, sections
from bindery.model import IdentifiedBook, Text
from bindery.press.jobs import Workers
from tests.handbook.sample import TEMPLATES, sample_book, sample_figures, sample_formulas

pytestmark = pytest.mark.pdf

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 6"><path d="M0 {}h9"/></svg>'


class Printer:
    """Prints the sample from one cache, and tells which chapters were written."""

    def __init__(self, folder: Path, cache: Cache, workers: Workers) -> None:
        self.folder, self.written = folder, list[str]()
        self.settings = PrintSettings("b5", TEMPLATES, folder, "0.0", recipe="r")
        self.cache, self.workers = cache, workers
        self.figures = sample_figures()
        chapters = sample_book().book.chapters
        book = replace(sample_book().book, chapters=tuple(_named(c, "1") for c in chapters))
        self.book = replace(sample_book(), book=book)

    def print(self, book: IdentifiedBook | None = None) -> Handbook:
        self.written.clear()
        book = book or self.book
        formulas = sample_formulas(book.book)
        return begin(
            book, formulas, self.figures, self.settings, self.cache, workers=self.workers
        ).finish()


def _named(chapter: Any, digest: str) -> Any:
    return replace(chapter, digest=digest)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Return processes that all tests here share."""
    with Workers(1) as pool:
        yield pool


@pytest.fixture
def printer(
    tmp_path: Path, fonts_cache: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Printer]:
    """Return a printer whose memory is filled: the sample was printed once."""
    (tmp_path / "flow.svg").write_text(PICTURE.format(1), "utf-8")
    real = sections.run_section
    with Cache(fonts_cache) as cache:
        made = Printer(tmp_path, cache, workers)

        def run_section(work: Any, run: Any) -> Any:
            made.written.append(run.chapter.file)
            return real(work, run)

        # The memory of other tests is none of this one's.
        made.settings = replace(made.settings, recipe=str(tmp_path))
        monkeypatch.setattr(sections, "run_section", run_section)
        made.print()
        yield made


def _edited(printer: Printer, title: str, digest: str) -> IdentifiedBook:
    first, second = printer.book.book.chapters
    question = replace(second.questions[0], title=(Text(title),))
    second = replace(second, body=(question,), digest=digest)
    return replace(printer.book, book=replace(printer.book.book, chapters=(first, second)))


def test_nothing_is_written_twice(printer: Printer) -> None:
    first = printer.print()
    assert printer.written == []
    assert first.pdf == printer.print().pdf


def test_a_chapter_that_changed_is_written_alone(printer: Printer) -> None:
    first, second = printer.book.book.chapters
    book = replace(printer.book.book, chapters=(first, _named(second, "2")))
    again = printer.print(replace(printer.book, book=book))
    assert set(printer.written) == {second.file}
    assert again.pdf == printer.print().pdf


def test_a_title_that_others_may_name_is_printed_everywhere(printer: Printer) -> None:
    edited = printer.print(_edited(printer, "奇异值分解是什么？", "2"))
    assert set(printer.written) == {chapter.file for chapter in printer.book.book.chapters}
    with Cache(printer.folder / "clean") as cache:
        printer.cache = cache
        assert printer.print(_edited(printer, "奇异值分解是什么？", "2")).pdf == edited.pdf


def test_a_picture_of_the_notes_that_changed_is_printed(printer: Printer) -> None:
    before = printer.print()
    (printer.folder / "flow.svg").write_text(PICTURE.format(4), "utf-8")
    assert printer.print().pdf != before.pdf
    assert printer.written
    (printer.folder / "flow.svg").write_text(PICTURE.format(1), "utf-8")
    assert printer.print().pdf == before.pdf


def test_a_figure_that_changed_is_printed(printer: Printer) -> None:
    before = printer.print()
    slug = "dot-variance"
    drawn = replace(printer.figures[slug], svg=printer.figures[slug].svg.replace(b"90", b"80"))
    printer.figures = {**printer.figures, slug: drawn}
    assert printer.print().pdf != before.pdf
    assert printer.written


def test_what_cannot_be_named_is_always_written(printer: Printer) -> None:
    chapters = tuple(_named(chapter, "") for chapter in printer.book.book.chapters)
    printer.book = replace(printer.book, book=replace(printer.book.book, chapters=chapters))
    for _ in range(2):
        printer.print()
        assert set(printer.written) == {chapter.file for chapter in chapters}


def test_what_was_wrong_is_said_again(printer: Printer) -> None:
    (printer.folder / "flow.svg").unlink()
    first = printer.print()
    assert [d.code for d in first.diagnostics] == ["missing-image"] * len(first.diagnostics)
    assert first.diagnostics
    second = printer.print()
    assert printer.written == []
    assert second.diagnostics == first.diagnostics
