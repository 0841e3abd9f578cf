"""The account itself: a reader that loses, doubles, changes or makes up text is found out."""

from __future__ import annotations

import pytest

from bindery.importer.account import account
from bindery.importer.model import Chapter, Dropped, Imported, Made, Question, Repair
from bindery.importer.traced import NOTHING, Traced, joined, made, taken
from tests.importer.importing import source_of

TEXT = "标题\n答案 abc\n广告"


def an_import(body: Traced, **said: object) -> Imported:
    """Return an import of ``TEXT`` with a body, the last line dropped unless told otherwise."""
    question = Question(taken("标题", 0), body, 1)
    chapter = Chapter("notes", NOTHING, (question,))
    start = TEXT.index("广告")
    lists: dict[str, object] = {
        "dropped": (Dropped("promotion", "advertising", ((start, start + 2),)),),
        **said,
    }
    return Imported(source_of(TEXT), "test", (chapter,), **lists)  # type: ignore[arg-type]


BODY = taken("答案 abc", 3)


def test_an_even_account_has_no_faults() -> None:
    assert account(an_import(BODY)) == ()


def test_markup_needs_no_word_of_explanation() -> None:
    assert account(an_import(joined(["- **", BODY, "**"]))) == ()


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (an_import(BODY[:4]), "notes.txt:2:5: 2 characters are lost: 'bc'"),
        (an_import(BODY + BODY[3:4]), "notes.txt:2:4: 'a' was written twice"),
        (an_import(Traced("答案 abd", BODY.at)), "notes.txt:2:6: 'd' was not written as it stands"),
        (an_import(BODY + "x"), "notes.txt: 'x' was made up"),
        (an_import(BODY, dropped=()), "notes.txt:3:1: 2 characters are lost: '广告'"),
        (
            an_import(BODY, repairs=(Repair("r", "", 3, ((3, 4),)),)),
            "notes.txt:2:1: '答' is answered for twice (r)",
        ),
        (
            an_import(BODY, repairs=(Repair("r", "", 9, ((9, 99),)),)),
            "r: no such stretch of the source: 9 to 99",
        ),
    ],
)
def test_what_is_not_even_is_named(found: Imported, fault: str) -> None:
    assert fault in account(found)


def test_what_a_repair_or_a_notice_put_there_is_known() -> None:
    body = BODY + made(" z Q")
    repair = Repair("r", "", 0, (), "z")
    assert account(an_import(body, repairs=(repair,), made=(Made("m", "Q", 0),))) == ()
    assert account(an_import(body, repairs=(repair,))) == ("notes.txt: 'Q' was made up",)
