"""Runs: what a chapter's pages hang together by."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bindery.diagnostics import Place
from bindery.handbook.runs import runs
from bindery.model import Chapter, Paragraph, Question, Section, Text

HERE = Place("source/a.md", 1)
LONG, SHORT = "长" * 1200, "短"


def _question(name: str, answer: str) -> Question:
    return Question(name, (Text(name),), HERE, (Paragraph((Text(answer),)),))


def _runs(*items: Question | Section) -> list[str]:
    chapter = Chapter("a.md", "章", HERE, body=items)
    return ["".join("§" if isinstance(i, Section) else i.id for i in run) for run in runs(chapter)]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], [""]),
        ([LONG] * 3, ["a", "b", "c"]),
        ([LONG, SHORT, LONG, SHORT, SHORT, LONG, LONG], ["a", "bc", "def", "g"]),
        ([SHORT] * 25, ["abcdefghijklmnopqrstuvwx", "y"]),
    ],
)
def test_a_long_question_or_short_ones_make_a_run(
    answers: Sequence[str], expected: list[str]
) -> None:
    assert _runs(*(_question(chr(97 + n), text) for n, text in enumerate(answers))) == expected


def test_a_section_stays_with_the_question_behind_it() -> None:
    section = Section((Text("节"),), (), HERE)
    abc = [_question(name, LONG) for name in "abc"]
    assert _runs(*abc, section, _question("d", LONG)) == ["a", "b", "c", "§d"]
    assert _runs(abc[0], section) == ["a", "§"]


def test_a_question_that_grows_moves_no_other() -> None:
    names = "abcdefgh"
    before = _runs(*(_question(name, LONG) for name in names))
    after = _runs(*(_question(name, LONG * (3 if name == "b" else 1)) for name in names))
    assert before == after
