"""Files are whole or not there; a build that fails leaves everything as it was."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bindery import pipeline
from bindery.alone import alone
from bindery.deck import write_deck
from bindery.diagnostics import MachineError, NotesError
from bindery.handbook import Handbook
from bindery.products import Staging, sweep, write_if_changed, write_whole
from bindery.request import DECK, FIGURES, HANDBOOK
from bindery.verify import BrokenProductError, verify_deck, verify_handbook
from tests.books.workshop import A_DAY, FIRST_BUILD, REAL, ROOT, SMALL, Workshop
from tests.pipeline.conftest import FakeRendering

PRODUCTS = (DECK, HANDBOOK, FIGURES)
EDIT = ("20-optimisation.md", "收敛越==慢==", "收敛得越==慢==")


# ------------------------------------------------------------------------- files


def test_staged_files_appear_when_they_are_placed(tmp_path: Path) -> None:
    with Staging(tmp_path) as staging:
        beside = staging.add("figures/a.svg", b"new")
        assert beside.read_bytes() == b"new"
        assert not (tmp_path / "figures" / "a.svg").exists()
        staging.place()
    assert names(tmp_path) == {"figures/a.svg"}


def test_what_was_not_placed_disappears(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), Staging(tmp_path) as staging:
        staging.add("a", b"new")
        staging.add("b", b"new")
        raise ZeroDivisionError
    assert names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_file_has_the_modes_that_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_what_is_the_same_is_not_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"same")
    before = (tmp_path / "a").stat()
    write_if_changed(tmp_path / "a", b"same")
    after = (tmp_path / "a").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_killed_builds_leftovers_are_swept(tmp_path: Path) -> None:
    for name in (".bindery-1.pdf", "figures/.bindery-2.svg", "figures/a.svg", "mine.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert names(tmp_path) == {"figures/a.svg", "mine.txt"}


def names(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


# ------------------------------------------------------------------------- builds


@pytest.fixture
def workshop(small: Workshop, press: Handbook) -> Workshop:
    """Return a small book that was built, and then edited."""
    small.build(FIRST_BUILD, *PRODUCTS)
    small.edit(*EDIT)
    return small


def test_each_way_to_fail_leaves_things_whole(
    tmp_path: Path, cache_folder: Path, press: Handbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Go through all writes of a build: each in its turn finds the disk full."""
    good = Workshop.copy_of(SMALL, tmp_path / "good", cache_folder)
    good.build(FIRST_BUILD, *PRODUCTS)
    before = good.everything()
    good.edit(*EDIT)
    good.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    after = good.everything()

    # Beside: deck, handbook, report, ledger, state. In place: ledger, the products, state.
    for what, turns in (("flush", 5), ("rename", 5)):
        for turn in range(1, turns + 2):
            shop = Workshop.copy_of(SMALL, tmp_path / f"{what}-{turn}", cache_folder)
            shop.build(FIRST_BUILD, *PRODUCTS)
            shop.edit(*EDIT)
            with monkeypatch.context() as patch:
                _let_fail(patch, what, turn)
                if turn > turns:
                    shop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
                else:
                    with pytest.raises(MachineError, match="No space left on device"):
                        shop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
            _check_whole(shop.everything(), before, after)
            assert not shop.build(FIRST_BUILD + A_DAY, *PRODUCTS).nothing or turn > turns
            assert _stable(shop.everything()) == _stable(after), (what, turn)


def _let_fail(patch: pytest.MonkeyPatch, what: str, turn: int) -> None:
    owner: Any = os if what == "flush" else Path
    name = "fsync" if what == "flush" else "replace"
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def failing(*arguments: Any) -> Any:
        nonlocal calls
        if what == "flush" or ".bindery-" in str(arguments[0]):
            calls += 1
            if calls == turn:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    patch.setattr(owner, name, failing)


def _check_whole(
    now: Mapping[str, bytes], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> None:
    """Each file is the old one or the new one, and no product is ahead of the ledger."""
    assert now.keys() == before.keys() == after.keys(), "nothing is left lying about"
    ledger, deck = "source/notes.lock", f"out/{DECK}"
    for name in (ledger, deck, f"out/{HANDBOOK}"):
        assert now[name] in (before[name], after[name]), name
    assert before[ledger] != after[ledger]
    assert before[deck] != after[deck]
    if now[deck] == after[deck]:
        assert now[ledger] == after[ledger], "a number was given away that nobody knows"


def _stable(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out what tells of one build: how long it took, and when."""
    told = ("report.json", ".state.json")
    return {name: data for name, data in files.items() if not name.endswith(told)}


@pytest.mark.parametrize(
    "stage",
    [
        *("carding.check", "carding.make_figures", "carding.render_notes", "carding.stamp"),
        *("deck.write_deck", "printing.Drawn", "printing.begin", "pipeline.as_json"),
    ],
)
def test_a_stage_that_fails_leaves_everything_untouched(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MachineError("no such luck")

    before = workshop.everything()
    monkeypatch.setattr(f"bindery.{stage}", broken)
    with pytest.raises(MachineError, match="no such luck"):
        workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    assert workshop.everything() == before


@pytest.mark.parametrize("product", ["deck.write_deck", "printing.begin"])
def test_a_broken_product_never_replaces_a_good_one(
    workshop: Workshop, press: Handbook, monkeypatch: pytest.MonkeyPatch, product: str
) -> None:
    cut = {
        "deck.write_deck": lambda *a, **options: write_deck(*a, **options)[:5000],
        "printing.begin": lambda *_, **__: FakeRendering(replace(press, pdf=press.pdf[:100])),
    }
    monkeypatch.setattr(f"bindery.{product}", cut[product])
    before = workshop.everything()
    with pytest.raises(BrokenProductError):
        workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    assert workshop.everything() == before


def test_a_folder_that_cannot_be_written_is_said_so(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    before = workshop.everything()
    monkeypatch.setattr("bindery.products.tempfile.mkstemp", refuse)
    with pytest.raises(MachineError, match=r"cannot write .*deck\.apkg: Permission denied"):
        workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    assert workshop.everything() == before


def test_verify_counts(workshop: Workshop, tmp_path: Path) -> None:
    verify_deck(workshop.deck, 10, 13)
    for notes, cards in ((9, 13), (10, 12)):
        with pytest.raises(BrokenProductError, match="10 notes and 13 cards"):
            verify_deck(workshop.deck, notes, cards)
    verify_handbook(workshop.out / HANDBOOK, 1)
    with pytest.raises(BrokenProductError, match="1 pages, expected 2"):
        verify_handbook(workshop.out / HANDBOOK, 2)


# ------------------------------------------------------------------------- one at a time


def test_a_second_build_waits_for_the_first(workshop: Workshop) -> None:
    said: list[str] = []
    request = workshop.request()
    with ThreadPoolExecutor(1) as pool:
        with alone(workshop.source, said.append):
            second = pool.submit(pipeline.build, request, FIRST_BUILD + A_DAY, said.append)
            while not said:
                assert not second.done()
            assert said == ["waiting for another build of these notes"]
            before = workshop.everything()
        assert not second.result().nothing
    assert workshop.everything() != before


KILLS = [
    pytest.param("deck", 12),
    pytest.param("deck", 170, marks=pytest.mark.torture),
    pytest.param("all", 30, marks=pytest.mark.torture),
]


@pytest.mark.parametrize(("command", "turns"), KILLS)
def test_a_kill_at_any_moment_leaves_things_whole(
    tmp_path: Path, cache_folder: Path, command: str, turns: int
) -> None:
    """Builds killed somewhere leave whole files; the next build gives the bytes of a clean one."""
    wanted = (DECK,) if command == "deck" else PRODUCTS
    good = Workshop.copy_of(SMALL, tmp_path / "good", cache_folder)
    good.build(FIRST_BUILD, *wanted)
    before = good.everything()
    good.edit(*EDIT)
    clock = random.Random(20260101)
    beaten = tmp_path / "cache that was killed"
    shutil.copytree(cache_folder, beaten)
    shop = Workshop.copy_of(SMALL, tmp_path / "whole", beaten)
    shop.build(FIRST_BUILD, *wanted)
    shop.edit(*EDIT)
    began = time.monotonic()
    _start_and_kill(shop, command, None)
    whole = time.monotonic() - began
    for turn in range(turns):
        shop = Workshop.copy_of(SMALL, tmp_path / f"{turn}", beaten)
        shop.build(FIRST_BUILD, *wanted)
        shop.edit(*EDIT)
        _start_and_kill(shop, command, whole * clock.uniform(0.2, 1.1))
        killed = shop.everything()
        deck, ledger = f"out/{DECK}", "source/notes.lock"
        verify_deck(shop.deck, 10, 13)
        assert shop.ledger().entries.keys() == good.ledger().entries.keys()
        if killed[deck] != before[deck]:
            assert killed[ledger] != before[ledger], "the ledger goes first"

        clean = Workshop(tmp_path / f"{turn} clean", cache_folder)
        shutil.copytree(shop.source, clean.source)
        clean.build(FIRST_BUILD + A_DAY, *wanted)
        shop.build(FIRST_BUILD + A_DAY, *wanted)
        assert _stable(shop.everything()) == _stable(clean.everything())


def _start_and_kill(shop: Workshop, command: str, after: float | None) -> None:
    folders = {"source": shop.source, "out": shop.out, "cache": shop.cache}
    words = [text for name, path in folders.items() for text in (f"--{name}", str(path))]
    words += ["deck"] if command == "deck" else ["--no-demos"]
    with subprocess.Popen(
        [sys.executable, ROOT / "build.py", *words],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as build:
        with suppress(subprocess.TimeoutExpired):
            build.wait(after)
        with suppress(ProcessLookupError):
            os.killpg(build.pid, signal.SIGKILL)


# ------------------------------------------------------------------------- nothing to do


def test_the_second_build_finds_nothing_to_do(workshop: Workshop) -> None:
    assert not workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS).nothing
    before = workshop.everything()
    assert workshop.build(FIRST_BUILD + 2 * A_DAY, *PRODUCTS).nothing
    assert workshop.build(FIRST_BUILD + 2 * A_DAY, DECK).nothing
    assert workshop.everything() == before


@pytest.mark.parametrize("name", [DECK, HANDBOOK, "report.json", ".state.json"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PK")])
def test_what_is_missing_or_damaged_is_built_again(
    workshop: Workshop, name: str, damage: Callable[[Path], object]
) -> None:
    workshop.build(FIRST_BUILD, *PRODUCTS)
    before = workshop.everything()
    damage(workshop.out / name)
    built = workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    if name == "report.json" and (workshop.out / name).read_bytes() == b"PK":
        return  # the report is for reading; only its absence is noticed
    assert not built.nothing
    assert (built.report.added, built.report.updated) == ((), ())
    assert _stable(workshop.everything()) == _stable(before)


def test_a_product_that_was_not_asked_for_stays(workshop: Workshop) -> None:
    handbook = workshop.out / HANDBOOK
    handbook_before = handbook.read_bytes()
    workshop.build(FIRST_BUILD + A_DAY, DECK)
    assert handbook.read_bytes() == handbook_before
    assert not workshop.build(FIRST_BUILD + A_DAY, HANDBOOK).nothing, "it is older than the notes"


def test_the_report_says_what_changed(workshop: Workshop) -> None:
    report = workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS).report

    assert (report.questions, report.notes, report.cards, report.pages) == (5, 10, 13, 1)
    assert report.updated == ("step-size-cloze",)
    assert report.added == ()
    assert report.changed_inputs == ("source/20-optimisation.md",)
    assert report.products == (DECK, FIGURES, HANDBOOK)


# ------------------------------------------------------------------------- locked


def test_locked_refuses_a_changed_ledger_and_writes_nothing(workshop: Workshop) -> None:
    before = workshop.everything()
    with pytest.raises(NotesError, match="ledger-would-change"):
        pipeline.build(workshop.request(locked=True), FIRST_BUILD + A_DAY)
    assert workshop.everything() == before


def test_locked_builds_what_the_ledger_knows(workshop: Workshop) -> None:
    workshop.build(FIRST_BUILD + A_DAY, *PRODUCTS)
    ledger = workshop.ledger_file.read_bytes()
    deck = workshop.deck.read_bytes()
    workshop.deck.unlink()
    built = pipeline.build(workshop.request(locked=True), FIRST_BUILD + 9 * A_DAY)

    assert not built.nothing
    assert workshop.ledger_file.read_bytes() == ledger
    assert workshop.deck.read_bytes() == deck


# ------------------------------------------------------------------------- figures


def test_figures_come_and_go_with_their_demos(
    tmp_path: Path, cache_folder: Path, press: Handbook
) -> None:
    shop = Workshop.copy_of(SMALL, tmp_path, cache_folder)
    for name in ("nucleus-sampling.py", "records/nucleus-sampling.json"):
        (shop.source / "demos" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REAL / "demos" / name, shop.source / "demos" / name)
    page, line = "20-optimisation.md", "![核采样](demo:nucleus-sampling)\n\n"
    shop.edit(page, "步长太大会在谷底", f"{line}步长太大会在谷底")
    shop.build(FIRST_BUILD, DECK, FIGURES)
    drawn = names(shop.out / FIGURES)
    assert drawn == {f"nucleus-sampling.{kind}" for kind in ("svg", "png")}

    shop.edit(page, line, "")
    (shop.source / "demos" / "nucleus-sampling.py").unlink()
    shop.build(FIRST_BUILD + A_DAY, DECK, FIGURES)
    assert names(shop.out / FIGURES) == set()
