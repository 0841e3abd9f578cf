"""CommonMark 0.31.2's own examples, for everything that the dialect leaves as it is.

The parser's tokens are written by markdown-it's stock renderer and compared with the HTML of
the specification, character by character.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bindery.dialect.parser import parser

_DATA = Path(__file__).parents[1] / "data" / "commonmark-0.31.2.json"
EXAMPLES: list[dict[str, Any]] = json.loads(_DATA.read_text("utf-8"))["examples"]

SETEXT = {59, 80, 81, 82, 83, 84, 86, 89, 90, 91, 95, 96, 102, 103, 115, 141, 215, 300}
"""A line of ``---`` or ``===`` under a text makes no heading: it separates a card's sides."""

MATHS = {12}
r"""The example escapes every punctuation sign in a row, and ``\[\\\]`` is a displayed formula."""


def _html(text: str) -> str:
    rendered: str = parser().render(text)
    return rendered.replace("<blockquote></blockquote>", "<blockquote>\n</blockquote>")


def test_the_specification_is_complete() -> None:
    assert [each["example"] for each in EXAMPLES] == list(range(1, 653))


@pytest.mark.parametrize("section", sorted({each["section"] for each in EXAMPLES}))
def test_commonmark(section: str) -> None:
    changed = SETEXT | MATHS
    wrong = {
        each["example"]: (each["markdown"], _html(each["markdown"]))
        for each in EXAMPLES
        if each["section"] == section
        and each["example"] not in changed
        and _html(each["markdown"]) != each["html"]
    }
    assert not wrong


@pytest.mark.parametrize("number", sorted(SETEXT))
def test_only_the_missing_setext_heading_makes_these_differ(number: int) -> None:
    example = EXAMPLES[number - 1]
    with_setext = parser.__wrapped__().enable("lheading")
    assert with_setext.render(example["markdown"]) == example["html"]
    assert _html(example["markdown"]) != example["html"]


@pytest.mark.parametrize("number", sorted(MATHS))
def test_only_the_formula_makes_these_differ(number: int) -> None:
    markdown = EXAMPLES[number - 1]["markdown"]
    without = markdown.replace(r"\[\\\]", "")
    expected = EXAMPLES[number - 1]["html"].replace(r"[\]", "")
    assert _html(without) == expected
