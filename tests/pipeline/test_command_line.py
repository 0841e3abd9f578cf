"""The command line: what is typed, what is said, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bindery import command_line, printing
from bindery.diagnostics import MachineError
from bindery.request import DECK, HANDBOOK, RETIRED
from tests.books.workshop import A_DAY, FIRST_BUILD, ROOT, SMALL, Workshop

pytestmark = pytest.mark.usefixtures("press")


def say(shop: Workshop, *words: str, **folders: Path) -> Result:
    """Type a command about a book; a word "here" is where its folders are named."""
    places = {"source": shop.source, "out": shop.out, "cache": shop.cache, **folders}
    here = [text for name, path in places.items() for text in (f"--{name}", str(path))]
    typed = [text for word in words for text in (here if word == "here" else [word])]
    return CliRunner().invoke(command_line.cli, typed)


def lines(result: Result) -> list[str]:
    return result.output.splitlines()


# ------------------------------------------------------------------------- 0: built


def test_everything_is_built_and_then_nothing_changed(small: Workshop) -> None:
    first = say(small, "here")
    assert (first.exit_code, first.exception) == (0, None)
    assert lines(first)[-2:] == [
        f"5 questions, 10 notes, 13 cards, 1 pages → {small.out}",
        "10 notes new, 0 updated",
    ]
    products = {p.name for p in small.out.iterdir()}
    assert {"deck.apkg", "handbook.pdf", "report.json"} <= products

    before = small.everything()
    second = say(small, "here")
    assert second.exit_code == 0
    assert lines(second) == [f"nothing changed; {small.out} is up to date"]
    assert small.everything() == before


def test_what_an_edit_does_is_said(small: Workshop) -> None:
    say(small, "deck", "here")
    small.edit("10-probability.md", "后验正比于先验乘以似然：", "后验正比于先验与似然之积：")
    result = say(small, "deck", "here", "--explain")

    assert "0 notes new, 1 updated" in lines(result)
    assert f"deck.apkg: {small.source}/10-probability.md has changed" in lines(result)
    assert f"cards made anew: those of {small.source}/10-probability.md" in lines(result)
    assert "templates/" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("here", "deck"),
        ("deck", "here"),
        ("-v", "deck", "here"),
        ("here", "deck", "-v", "--no-demos"),
    ],
)
def test_options_stand_before_or_after_the_command(small: Workshop, words: tuple[str]) -> None:
    result = say(small, *words)
    assert result.exit_code == 0
    assert (" s  cards" in result.output) == ("-v" in words)
    assert small.deck.is_file()
    assert not (small.out / "handbook.pdf").exists()


def test_what_stands_after_the_command_wins(small: Workshop, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    result = say(small, "here", "deck", "--out", str(elsewhere))
    assert result.exit_code == 0
    assert (elsewhere / "deck.apkg").is_file()
    assert not small.out.exists()


def test_the_report_as_json(small: Workshop) -> None:
    first: dict[str, Any] = json.loads(say(small, "here", "deck", "--json").stdout)
    assert (first["nothing_changed"], first["notes"], first["cards"]) == (False, 10, 13)
    assert sorted(first["added"]) == sorted(small.ledger().entries)
    assert first["diagnostics"] == []

    second: dict[str, Any] = json.loads(say(small, "--json", "here", "deck").stdout)
    assert second["nothing_changed"]


def test_check_writes_nothing(small: Workshop) -> None:
    before = small.everything()
    result = say(small, "check", "here")
    assert (result.exit_code, result.output) == (0, "5 questions, 10 notes: no errors\n")
    assert small.everything() == before


def test_status_tells_and_writes_nothing(small: Workshop) -> None:
    say(small, "deck", "here")
    assert say(small, "status", "here").stdout == "nothing has changed since the last build\n"

    small.edit("20-optimisation.md", "噪声不随步数消失；", "噪声不会随步数消失；")
    small.edit("10-probability.md", "==先验==乘以", "==先验==乘")
    before = small.everything()
    told = say(small, "status", "here")
    assert told.exit_code == 0
    assert "Q001.2  updated  bayes-cloze" in lines(told)
    assert "Q004.1  updated  step-size-decay" in lines(told)
    assert "{+会+}" in told.output
    assert "2 updated" in lines(told)
    assert small.everything() == before

    say(small, "deck", "here")
    assert say(small, "status", "here").stdout == "nothing has changed since the last build\n"


def test_status_knows_a_deck_that_stayed_behind(small: Workshop) -> None:
    say(small, "deck", "here")
    small.edit("20-optimisation.md", "噪声不随步数消失；", "噪声不会随步数消失；")
    small.edit(
        "20-optimisation.md",
        "## Adam 为什么",
        "## 新来的一问？ {#newcomer}\n\n答。\n\n## Adam 为什么",
    )
    say(small, "figures", "here")
    told = say(small, "status", "here")
    assert "Q004.1  updated  step-size-decay" in lines(told)
    assert "{+会+}" in told.output
    assert "1 new" in told.output
    assert "newcomer" in told.output

    say(small, "deck", "here")
    assert say(small, "status", "here").stdout == "nothing has changed since the last build\n"


# ------------------------------------------------------------------------- 1: mistakes

MISTAKES = [
    ("10-probability.md", r"$p(\theta\mid x)\propto", r"$p(\thetaa\mid x)\propto"),
    ("20-optimisation.md", "images/descent.svg", "images/ascent.svg"),
    ("20-optimisation.md", "{#svm difficulty=2", "{#bayes difficulty=2"),
]


@pytest.fixture
def mistaken(small: Workshop) -> Workshop:
    """Return a book that was built once, and then got three mistakes in two files."""
    say(small, "here")
    for mistake in MISTAKES:
        small.edit(*mistake)
    return small


def test_three_mistakes_are_shown_in_one_run(mistaken: Workshop) -> None:
    before = mistaken.everything()
    result = say(mistaken, "here")

    assert result.exit_code == 1
    assert mistaken.everything() == before, "out/ and the ledger are untouched"
    shown = [line.removeprefix(f"{mistaken.source}/") for line in lines(result)]
    errors = [line for line in shown if "error[" in line]
    assert [error.partition(": ")[0] for error in errors] == [
        "10-probability.md:10:16",
        "20-optimisation.md:3:4",
        "20-optimisation.md:15:1",
    ]
    codes = [error.partition("[")[2].partition("]")[0] for error in errors]
    assert codes == ["refused-formula", "duplicate-id", "missing-image"]
    assert sum("hint: " in line for line in shown) == 3
    assert shown[-1] == "3 errors; nothing was written"


def test_check_finds_the_same_mistakes(mistaken: Workshop) -> None:
    built, checked = say(mistaken, "here"), say(mistaken, "check", "here")
    assert checked.exit_code == 1
    assert [x for x in lines(checked) if "[" in x] == [x for x in lines(built) if "[" in x]


def test_mistakes_as_json(mistaken: Workshop) -> None:
    result = say(mistaken, "here", "--json")
    found = json.loads(result.stdout)["diagnostics"]
    assert result.exit_code == 1
    assert [(d["line"], d["column"], d["severity"]) for d in found] == [
        (10, 16, "error"),
        (3, 4, "error"),
        (15, 1, "error"),
    ]
    assert {key for d in found for key in d} == {
        *("file", "line", "column", "severity", "code", "message", "hint")
    }


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: "<<<<<<< HEAD\n" + text, "ledger-conflict"),
        (lambda text: text.replace('"bindery":1', '"bindery":99'), "newer-ledger"),
        (lambda text: text.replace('"guid":', '"gid":', 1), "damaged-ledger"),
        (lambda text: text.replace('"small-book"', '"other-book"'), "other-book"),
        (lambda text: "", "damaged-ledger"),
    ],
)
def test_a_ledger_that_is_not_right_stops_the_build(small: Workshop, spoil: Any, code: str) -> None:
    say(small, "here", "deck")
    small.ledger_file.write_text(spoil(small.ledger_file.read_text("utf-8")), "utf-8")
    before = small.everything()
    result = say(small, "here", "deck")

    assert result.exit_code == 1
    assert f"error[{code}]" in result.output
    assert all(
        line.startswith(f"{small.ledger_file}") for line in lines(result) if "error[" in line
    )
    assert small.everything() == before


def test_locked(small: Workshop) -> None:
    assert say(small, "--locked", "deck", "here").exit_code == 1
    assert not small.ledger_file.exists()
    say(small, "deck", "here")
    assert say(small, "deck", "here", "--locked").exit_code == 0


def test_a_folder_without_a_book(small: Workshop, tmp_path: Path) -> None:
    result = say(small, "here", source=tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "error[no-such-folder]" in result.output


# ------------------------------------------------------------------------- 2: wrong use


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("deck", "--nonsense"),
        ("deck", "--jobs", "0"),
        ("handbook", "--paper", "a3"),
        ("new",),
        ("deck", "too much"),
        ("figures", "--device", "quantum"),
        ("check", "--source", __file__),
    ],
)
def test_wrong_use(small: Workshop, words: tuple[str]) -> None:
    result = say(small, "here", *words)
    assert result.exit_code == 2
    assert "Usage: " in result.output
    assert not small.out.exists()


# ------------------------------------------------------------------------- 3: the machine


def test_what_the_machine_lacks(small: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(*_: object, **__: object) -> None:
        raise MachineError("Pango is missing: apt-get install -y libpango-1.0-0")

    monkeypatch.setattr(printing, "begin", begin)
    result = say(small, "here")
    assert result.exit_code == 3
    assert lines(result)[-1] == "error: Pango is missing: apt-get install -y libpango-1.0-0"


def test_a_place_that_cannot_be_written(small: Workshop) -> None:
    result = say(small, "here", "deck", out=small.source / "book.toml" / "out")
    assert result.exit_code == 3
    assert "error: cannot write" in result.output
    assert not small.ledger_file.exists()

    result = say(small, "new", str(small.source / "book.toml" / "mine"))
    assert result.exit_code == 3
    assert "error: cannot write" in result.output


def test_a_cache_that_cannot_be_written_is_done_without(small: Workshop) -> None:
    result = say(small, "here", "deck", cache=small.source / "book.toml" / "cache")
    assert (result.exit_code, result.exception) == (0, None)
    assert small.deck.is_file()


# ------------------------------------------------------------------------- new


def test_a_book_of_ones_own(small: Workshop, tmp_path: Path) -> None:
    mine = tmp_path / "我的 notes"
    made = say(small, "new", str(mine), "--title", '我的"笔记" \\ 1')
    assert (made.exit_code, made.exception) == (0, None)
    assert {line for line in lines(made) if line.startswith("wrote ")} == {
        f"wrote {mine / 'book.toml'}",
        f"wrote {mine / '10-sample.md'}",
        f"wrote {mine / '.gitignore'}",
    }

    folders = {"source": mine, "out": mine / "out"}
    checked = say(small, "check", "here", **folders)
    assert (checked.exit_code, checked.output) == (0, "1 questions, 3 notes: no errors\n")
    built = say(small, "here", **folders)
    assert built.exit_code == 0
    assert "1 questions, 3 notes, 4 cards, 1 pages" in built.output
    again = say(small, "here", **folders)
    assert lines(again) == [f"nothing changed; {mine / 'out'} is up to date"]


def test_two_new_books_of_one_name_have_their_own_ids(small: Workshop, tmp_path: Path) -> None:
    texts = set()
    for parent in ("a", "b"):
        assert say(small, "new", str(tmp_path / parent / "notes")).exit_code == 0
        text = (tmp_path / parent / "notes" / "book.toml").read_text("utf-8")
        texts.add(next(line for line in text.splitlines() if line.startswith("id = ")))
    assert len(texts) == 2


def test_a_new_book_overwrites_nothing(small: Workshop) -> None:
    before = small.everything()
    result = say(small, "new", str(small.source))
    assert result.exit_code == 2
    assert "exists already; nothing was written" in result.output
    assert small.everything() == before


# ------------------------------------------------------------------------- bytes

SURROUNDINGS = [
    {"TZ": "UTC", "PYTHONHASHSEED": "1", "LANG": "C", "LC_ALL": "C"},
    {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "4242", "LANG": "zh_CN.UTF-8", "PYTHONUTF8": "0"},
]


def test_the_same_ledger_gives_the_same_bytes_anywhere(
    small: Workshop, tmp_path: Path, cache_folder: Path
) -> None:
    """Other processes, folders, days, time zones, locales, numbers of jobs, caches: same bytes."""
    small.build()
    text = (small.source / "20-optimisation.md").read_text("utf-8")
    start = text.index("::: card {#step-size-decay}")
    gone = text[start : text.index(":::\n", start + 4) + 4]
    small.edit("20-optimisation.md", gone, "")
    small.build(FIRST_BUILD + A_DAY)
    products = [{name: (small.out / name).read_bytes() for name in (DECK, RETIRED)}]
    for count, surroundings in enumerate(SURROUNDINGS):
        home = tmp_path / f"别处 {count}"
        shop = Workshop.copy_of(SMALL, home, tmp_path / "fresh" if count else cache_folder)
        shop.edit("20-optimisation.md", gone, "")
        shop.ledger_file.write_bytes(small.ledger_file.read_bytes())
        subprocess.run(
            [
                *(sys.executable, ROOT / "build.py", "--locked", "--cache", shop.cache),
                *("--source", "source", "--out", "out", "--no-demos", "--jobs", str(count + 1)),
            ],
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "HOME": str(home), **surroundings},
            check=True,
            capture_output=True,
        )
        names = (DECK, RETIRED, HANDBOOK)
        products.append({name: (shop.out / name).read_bytes() for name in names})
    assert products[0].items() <= products[1].items()
    assert [name for name in products[1] if products[1][name] != products[2][name]] == []
