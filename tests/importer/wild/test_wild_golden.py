"""Each foreign convention, from the file as found to the notes and the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bindery.cache import Cache
from bindery.importer.account import account
from tests.dialect.golden import sections
from tests.importer.wild import golden

# What each convention must give, told apart from the golden files: they were written by a program.
QUESTIONS = {
    "bold-questions": 4,
    "bracket-numbers": 4,
    "clean-dialect": 1,
    "contents-that-repeats": 3,
    "details-questions": 3,
    "dirt": 1,
    "duplicate-headings": 3,
    "folded-answers": 3,
    "foreign-front-matter": 2,
    "html-headings": 4,
    "images": 1,
    "indented-prose": 2,
    "items-tex": 3,
    "lists-as-questions": 3,
    "literal-bold": 2,
    "mixed-habits": 3,
    "maths-in-prose": 3,
    "near-levels": 2,
    "nothing-to-ask": 0,
    "numbered-headings": 4,
    "other-containers": 1,
    "q-and-a": 3,
    "q-number-headings": 4,
    "question-environments-tex": 2,
    "refused-html": 1,
    "sections-tex": 4,
    "setext": 2,
    "task-list": 3,
    "wen-da": 3,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return golden.with_pictures(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    with Cache(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


@pytest.mark.parametrize("path", golden.case_files(), ids=lambda path: path.stem)
def test_a_convention_gives_these_notes_and_this_report(
    path: Path, cache: Cache, folder: Path
) -> None:
    now = golden.outcome(path, cache, folder)
    for name, text in sections(path).items():
        assert now[name].rstrip("\n") == text.rstrip("\n"), name


@pytest.mark.parametrize("path", golden.case_files(), ids=lambda path: path.stem)
def test_a_convention_gives_its_questions_and_no_errors(
    path: Path, cache: Cache, folder: Path
) -> None:
    head, text = next(iter(sections(path).items()))
    done = golden.brought(text, head.removeprefix("input "), cache, folder)
    assert done.counts.questions == QUESTIONS[path.stem]
    assert not [d for d in done.diagnostics if d.severity == "error"]
    assert account(done.imported) == ()


def test_clean_notes_come_through_to_the_byte(cache: Cache, folder: Path) -> None:
    path = golden.CASES / "clean-dialect.txt"
    head, text = next(iter(sections(path).items()))
    done = golden.brought(text, head.removeprefix("input "), cache, folder)
    assert done.notes[0].text == text
    assert not (done.imported.repairs or done.imported.doubts or done.imported.dropped)
