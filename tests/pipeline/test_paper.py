"""Paper on the command line: the copy on the shelf, what is asked for, and what is said of it."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from typing import Any

import pikepdf
import pytest

from bindery import printing
from bindery.handbook import Flashcards, Handbook, PrintSettings
from bindery.inputs import Inputs, gather
from tests.books.workshop import Workshop
from tests.pipeline.conftest import FakeRendering
from tests.pipeline.test_command_line import lines, say


class FakePress:
    """Prints white pages that stand for what a book shows: one letter a page."""

    def __init__(self) -> None:
        self.shown = "abcdefgh"
        self.printed: list[PrintSettings] = []

    def begin(self, *arguments: Any, **_: Any) -> FakeRendering:
        settings: PrintSettings = arguments[3]
        self.printed.append(settings)
        count = len(self.shown)
        digests = () if settings.standard == "pdf/ua-1" else tuple(self.shown)
        labels = ("i", "ii", *map(str, range(1, count - 1))) if digests else ()
        return FakeRendering(Handbook(_white(count), count, {"bayes": "1"}, (), digests, labels))


def _white(count: int) -> bytes:
    """Return white pages: two with roman numbers, then arabic ones."""
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(count):
            pdf.add_blank_page(page_size=(500, 700))
        roman, arabic = pikepdf.Dictionary(S=pikepdf.Name.r), pikepdf.Dictionary(S=pikepdf.Name.D)
        pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array([0, roman, 2, arabic]))
        pdf.save(buffer, static_id=True)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def press(monkeypatch: pytest.MonkeyPatch) -> FakePress:
    """Return what prints here instead of the real one."""
    fake = FakePress()
    monkeypatch.setattr(printing, "begin", fake.begin)
    return fake


@pytest.fixture
def bound(small: Workshop) -> Workshop:
    """Return a book that was printed, bound and marked."""
    assert say(small, "handbook", "here").exit_code == 0
    marked = say(small, "printed", "here")
    assert (marked.exit_code, marked.output) == (0, "the copy on paper: a5, 8 pages\n")
    return small


def edited(shop: Workshop, press: FakePress, shown: str) -> None:
    """Change a word of the notes, which lets the pages show something else."""
    path = shop.source / "20-optimisation.md"
    path.write_text(path.read_text("utf-8") + "改。", "utf-8")
    press.shown = shown


def taken_out(shop: Workshop) -> list[str]:
    """Return the numbers of the pages to print."""
    with pikepdf.open(shop.out / "handbook-changed.pdf") as pdf:
        return [str(page.label) for page in pdf.pages]


# ------------------------------------------------------------------------- the copy on paper


def test_without_a_copy_there_is_nothing_to_compare_with(small: Workshop) -> None:
    result = say(small, "handbook", "here", "--changed")
    assert result.exit_code == 2
    assert "none is marked: print handbook.pdf, then say: build.py printed" in result.output
    assert not small.out.exists()
    assert not small.ledger_file.exists()

    result = say(small, "printed", "here")
    assert result.exit_code == 2
    assert "there is no handbook.pdf to be printed" in result.output


def test_builds_between_two_prints_add_up(bound: Workshop, press: FakePress) -> None:
    for shown in ("abcXefgh", "abcXefgY", "aZcXefgY"):
        edited(bound, press, shown)
        assert say(bound, "handbook", "here").exit_code == 0
    told = say(bound, "handbook", "here", "--changed").stdout
    assert told.endswith(
        "handbook-changed.pdf: 3 sheets of 4 to print, on both sides\n"
        "  replace pages i-ii, 1-2\n"
        "  replace pages 5-6\n"
        "more than half of it has changed: printing 4 sheets anew may be simpler\n"
        "when they are in the copy, say: build.py printed\n"
    )
    assert taken_out(bound) == ["i", "ii", "1", "2", "5", "6"]


def test_sheets_are_owed_until_they_are_marked(bound: Workshop, press: FakePress) -> None:
    edited(bound, press, "abcXefgh")
    first = say(bound, "handbook", "here", "--changed")
    again = say(bound, "handbook", "here", "--changed")
    assert lines(again)[0] == f"nothing changed; {bound.out} is up to date"
    assert lines(again)[1:] == first.stdout.splitlines()[-3:], "what to do is said again"

    edited(bound, press, "abcXefgY")
    say(bound, "handbook", "here", "--changed")
    assert taken_out(bound) == ["1", "2", "5", "6"]

    assert say(bound, "printed", "here").exit_code == 0
    result = say(bound, "handbook", "here", "--changed")
    assert lines(result)[-1] == "the copy on paper is up to date: no sheet differs"
    assert not (bound.out / "handbook-changed.pdf").exists(), "nothing is left to print"


def test_what_was_printed_is_asked_when_it_is_not_clear(bound: Workshop, press: FakePress) -> None:
    edited(bound, press, "abcXefgh")
    say(bound, "handbook", "here", "--changed")
    edited(bound, press, "abcXefgY")
    say(bound, "handbook", "here")
    unclear = say(bound, "printed", "here")
    assert unclear.exit_code == 2
    assert "build.py printed handbook or build.py printed changed" in unclear.output

    # The sheets were taken out before the last edit, and only they are in the copy.
    assert say(bound, "printed", "changed", "here").exit_code == 0
    say(bound, "handbook", "here", "--changed")
    assert taken_out(bound) == ["5", "6"]
    assert say(bound, "printed", "handbook", "here").exit_code == 0
    say(bound, "handbook", "here", "--changed")
    assert not (bound.out / "handbook-changed.pdf").exists()


def test_a_copy_outlives_what_was_built(bound: Workshop, press: FakePress) -> None:
    shutil.rmtree(bound.out)
    edited(bound, press, "abcXefgh")
    assert say(bound, "handbook", "here", "--changed").exit_code == 0
    assert taken_out(bound) == ["1", "2"]


def test_what_is_no_longer_there_was_not_printed(bound: Workshop) -> None:
    (bound.out / "handbook.pdf").write_bytes(b"%PDF something else")
    for words in (("printed",), ("printed", "handbook"), ("printed", "changed")):
        assert say(bound, *words, "here").exit_code == 2


def test_a_book_for_the_screen_is_not_on_paper(small: Workshop) -> None:
    say(small, "handbook", "here", "--pdf-ua")
    result = say(small, "printed", "here")
    assert result.exit_code == 2
    assert "handbook.pdf is made for the screen" in result.output


def test_a_longer_book_is_said_to_be_longer(bound: Workshop, press: FakePress) -> None:
    edited(bound, press, "abcdXYefgh")
    told = lines(say(bound, "handbook", "here", "--changed"))
    assert "  put in pages 3-4 behind page 2" in told
    assert [line for line in told if line.startswith("the book has 10 pages, the copy 8: ")]


def test_marking_changes_no_product(bound: Workshop) -> None:
    assert lines(say(bound, "handbook", "here")) == [f"nothing changed; {bound.out} is up to date"]


def test_each_paper_has_its_copy(bound: Workshop, press: FakePress) -> None:
    other = say(bound, "handbook", "here", "--changed", "--paper", "a4")
    assert other.exit_code == 2
    assert "the copy on paper is of another size: --paper a5" in other.output
    say(bound, "handbook", "here", "--paper", "a4")
    assert lines(say(bound, "printed", "here")) == ["the copy on paper: a4, 8 pages"]
    edited(bound, press, "abcXefgh")
    for paper in ("a4", "a5"):
        assert say(bound, "handbook", "here", "--changed", "--paper", paper).exit_code == 0
        assert taken_out(bound) == ["1", "2"]


def test_a_damaged_mark_is_named(bound: Workshop) -> None:
    (bound.source / ".printed.json").write_text("{}", "utf-8")
    before = bound.everything()
    for words in (("handbook", "--changed"), ("status",)):
        result = say(bound, *words, "here")
        assert result.exit_code == 1
        assert ".printed.json: error[damaged-copy]" in result.output
    assert bound.everything() == before


# ------------------------------------------------------------------------- status


def test_status_names_the_pages_that_change(bound: Workshop, press: FakePress) -> None:
    edited(bound, press, "abcXefgY")
    before = bound.everything()
    told = say(bound, "status", "here", "--no-demos").stdout.splitlines()
    assert told[-2:] == [
        "in print: pages 2, 6 of the handbook change",
        "the copy on paper lacks 2 sheets: build.py handbook --changed",
    ]
    assert bound.everything() == before

    edited(bound, press, "abcXefgYij")
    told = say(bound, "status", "here").stdout.splitlines()
    assert told[-3:-1] == [
        "in print: pages 2, 6-8 of the handbook change",
        "the handbook has then 10 pages instead of 8",
    ]


def test_status_prints_as_the_last_time(small: Workshop, press: FakePress) -> None:
    say(small, "handbook", "here", "--paper", "a4", "--bleed")
    assert "in print" in say(small, "status", "here").stdout
    assert len(press.printed) == 1, "nothing has changed: nothing is laid out"
    edited(small, press, "abcXefgh")
    told = say(small, "status", "here").stdout
    assert (press.printed[-1].paper, press.printed[-1].bleed) == ("a4", True)
    assert "in print: page 2 of the handbook changes" in told


def test_status_without_a_handbook_prints_nothing(small: Workshop, press: FakePress) -> None:
    say(small, "deck", "here")
    edited(small, press, "abcd")
    assert "in print" not in say(small, "status", "here").stdout
    assert press.printed == []


# ------------------------------------------------------------------------- what is asked for


@pytest.mark.parametrize(
    "words",
    [
        ("--pdf-ua", "--booklet"),
        ("--pdf-ua", "--bleed"),
        ("--pdf-ua", "--changed"),
        ("--pdf-ua", "--pdf-a"),
        ("--pdf-a", "--booklet"),
        ("--pdf-a", "--changed"),
        ("--booklet", "--bleed"),
        ("--booklet", "--changed"),
    ],
)
def test_what_does_not_go_together(small: Workshop, words: tuple[str, str]) -> None:
    for typed in (("handbook", *words), (*words, "handbook"), words):
        result = say(small, *typed, "here")
        assert result.exit_code == 2
        for word in words:
            assert word in result.output
        assert "do not go together: " in result.output
    assert not small.out.exists()


def test_a_booklet_is_of_a5(small: Workshop) -> None:
    result = say(small, "handbook", "here", "--booklet", "--paper", "b5")
    assert result.exit_code == 2
    assert "a booklet has pages of A5: leave --paper b5 out" in result.output


@pytest.mark.parametrize(
    ("option", "command"),
    [
        ("--paper=a5", "check"),
        ("--bleed", "deck"),
        ("--booklet", "flashcards"),
        ("--changed", "status"),
        ("--recompute", "ids"),
        ("--locked", "check"),
        ("--explain", "printed"),
        ("--pdf-ua", "figures"),
        ("--no-demos", "new"),
    ],
)
def test_an_option_of_another_command_is_refused(
    small: Workshop, option: str, command: str
) -> None:
    where = [str(small.folder / "new")] if command == "new" else []
    here = [] if command == "new" else ["here"]
    before = say(small, option, *here, command, *where)
    after = say(small, *here, command, option, *where)
    assert before.exit_code == after.exit_code == 2
    name = option.partition("=")[0]
    assert f"'{command}' has no option {name}" in before.output
    assert "No such option" in after.output
    assert not small.out.exists()


def test_settings_of_print_are_part_of_what_is_built(small: Workshop, press: FakePress) -> None:
    runs = [(), ("--bleed",), ("--pdf-a",), ("--pdf-ua",), ("--paper", "a4"), ()]
    for words in runs:
        assert "8 pages" in say(small, "handbook", "here", *words).stdout
        again = say(small, *words, "here", "handbook")
        assert again.stdout == f"nothing changed; {small.out} is up to date\n"
    asked = [(s.paper, s.bleed, s.standard) for s in press.printed]
    assert asked == [
        ("a5", False, ""),
        ("a5", True, ""),
        ("a5", False, "pdf/a-2u"),
        ("a5", False, "pdf/ua-1"),
        ("a4", False, ""),
        ("a5", False, ""),
    ]


def test_a_booklet_stands_beside_the_handbook(small: Workshop, press: FakePress) -> None:
    book = small.source / "book.toml"
    book.write_text(book.read_text("utf-8").replace('paper = "a5"', 'paper = "b5"'), "utf-8")
    told = say(small, "handbook", "here", "--booklet").stdout
    assert [s.paper for s in press.printed] == ["b5", "a5"]
    say(small, "handbook", "here", "--paper", "a5", "--booklet")
    assert [s.paper for s in press.printed[2:]] == ["a5"], "it is laid out once for both"
    assert "booklet.pdf: 2 sheets, printed on both sides, flipped on the short edge" in told
    with pikepdf.open(small.out / "booklet.pdf") as pdf:
        assert len(pdf.pages) == 4
    with pikepdf.open(small.out / "handbook.pdf") as pdf:
        assert len(pdf.pages) == 8
    again = say(small, "handbook", "here", "--paper", "a5", "--booklet")
    assert "nothing changed" in again.stdout
    assert "nothing changed" in say(small, "handbook", "here", "--paper", "a5").stdout

    press.shown = "abcdefghij" * 12
    edited(small, press, press.shown)
    told = say(small, "--booklet", "here", "handbook").stdout
    assert "30 sheets" in told
    assert "fold them in 4 signatures of 7 or 8 sheets" in told


def test_cards_of_paper(small: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = Flashcards(_white(2), 2, 7, 3)
    monkeypatch.setattr(printing, "render_flashcards", lambda *_: cards)
    told = say(small, "flashcards", "here").stdout
    assert "flashcards.pdf: 7 cards on 1 sheet, " in told
    assert "3 notes are too long for one, or more than text" in told
    assert {path.name for path in small.out.iterdir() if path.name[0] != "."} == {
        "flashcards.pdf",
        "report.json",
    }
    assert "nothing changed" in say(small, "flashcards", "here").stdout


# ------------------------------------------------------------------------- why


def why(shop: Workshop, *words: str) -> Mapping[str, list[str]]:
    report = json.loads(say(shop, *words, "here", "--json").stdout)
    found: Mapping[str, list[str]] = report["why"]
    return found


def test_why_each_product_is_built(small: Workshop, press: FakePress) -> None:
    assert why(small) == {
        name: ["it is built for the first time"]
        for name in ("deck.apkg", "figures", "handbook.pdf")
    }
    shown = str(small.source)
    edited(small, press, "abcdefgh")
    edit = f"{shown}/20-optimisation.md has changed"
    assert why(small, "deck") == {"deck.apkg": [edit]}
    # The notes are no news to the deck any more, but they are to the handbook.
    (small.source / "30-more.md").write_text("# 更多\n\n## 为什么？\n\n因为。\n", "utf-8")
    assert why(small, "deck") == {"deck.apkg": [f"{shown}/30-more.md is new"]}
    assert why(small, "handbook", "--paper", "a4")["handbook.pdf"] == [
        edit,
        f"{shown}/30-more.md is new",
        f"{shown}/notes.lock has changed",
        "--paper is a4, it was not given",
    ]
    (small.out / "handbook.pdf").unlink()
    gone = why(small, "handbook", "--paper", "a4")
    assert gone == {"handbook.pdf": ["it is missing, or was changed by another hand"]}
    (small.source / "30-more.md").unlink()
    assert f"{shown}/30-more.md is gone" in why(small, "deck")["deck.apkg"]


def test_explain_tells_what_was_made_anew(small: Workshop, press: FakePress) -> None:
    say(small, "here")
    edited(small, press, "abcXefgh")
    told = lines(say(small, "here", "--explain"))
    assert f"deck.apkg: {small.source}/20-optimisation.md has changed" in told
    assert f"cards made anew: those of {small.source}/20-optimisation.md" in told
    assert "pages that the last handbook did not have: 2" in told


def test_inputs_are_digested_once(small: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Inputs] = []

    def counted(*arguments: Any) -> Inputs:
        calls.append(gather(*arguments))
        return calls[-1]

    monkeypatch.setattr("bindery.request.gather", counted)
    say(small, "here")
    assert len(calls) == 1
    say(small, "here")
    assert len(calls) == 2
