"""The ledger: what was written is read again, and damage is named, never lost."""

from __future__ import annotations

import json
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.ledger import (
    VERSION,
    Entry,
    Kind,
    Ledger,
    TypeEntry,
    dump,
    dump_entry,
    load,
    merged,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NAMES = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=64)
TIMES = st.integers(0, 2**40)
GAPS = st.dictionaries(st.integers(1, 499), TEXT, max_size=4).map(
    lambda table: tuple(sorted(table.items()))
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    kind: Kind = draw(st.sampled_from(("question", "card", "cloze")))
    return Entry(
        id=draw(NAMES),
        guid=draw(NAMES),
        number=draw(TEXT.filter(bool)),
        type="cloze" if kind == "cloze" else "basic",
        kind=kind,
        deck=draw(TEXT.filter(bool)),
        born=draw(TIMES),
        parent=draw(TEXT),
        named=draw(st.booleans()),
        digest=draw(TEXT),
        mod=draw(TIMES),
        retired=draw(TIMES),
        title=draw(TEXT),
        sketch=draw(TEXT),
        gaps=draw(GAPS),
        lost=draw(GAPS),
    )


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    found = draw(st.lists(entries(), max_size=4, unique_by=(lambda e: e.id, lambda e: e.guid)))
    types = draw(st.booleans())
    return Ledger(
        draw(NAMES),
        {entry.id: entry for entry in found},
        {"basic": TypeEntry("basic", draw(TEXT), draw(TIMES))} if types else {},
    )


SVM = Entry("svm", "guid-svm", "Q001", "basic", "question", "书::章", 1_700_000_000)
GAP = Entry(
    "svm-gap",
    "guid-gap",
    "Q001.1",
    "cloze",
    "cloze",
    "书::章",
    1_700_000_000,
    gaps=((1, "间隔"), (3, "松弛")),
    lost=((2, "核"),),
)
WHOLE = Ledger("book", {e.id: e for e in (SVM, GAP)}, {"basic": TypeEntry("basic", "d", 1)})


def lines(ledger: Ledger = WHOLE) -> list[str]:
    return dump(ledger).decode().splitlines()


def codes(*text: str) -> list[tuple[str, int]]:
    """Return code and line of all that is wrong with a ledger of these lines."""
    _, found = load("\n".join(text).encode(), "source/notes.lock")
    assert all(d.place.file == "source/notes.lock" and d.hint for d in found)
    return [(d.code, d.place.line) for d in found]


@given(ledgers())
def test_what_was_written_is_read_again(ledger: Ledger) -> None:
    data = dump(ledger)

    assert load(data, "notes.lock") == (ledger, ())
    assert dump(load(data, "notes.lock")[0]) == data


@given(ledgers())
def test_a_note_is_a_line_and_order_does_not_matter(ledger: Ledger) -> None:
    backwards = Ledger(ledger.book, dict(reversed([*ledger.entries.items()])), ledger.types)

    assert dump(backwards) == dump(ledger)
    assert dump(ledger).count(b"\n") == 1 + len(ledger.types) + len(ledger.entries)


def test_lines_are_sorted_by_id_so_that_git_merges_them() -> None:
    ids = [json.loads(line)["id"] for line in lines()[2:]]
    assert ids == sorted(ids) == ["svm", "svm-gap"]
    assert json.loads(lines()[0]) == {"bindery": VERSION, "book": "book"}


def test_windows_line_ends_do_no_harm() -> None:
    assert load(dump(WHOLE).replace(b"\n", b"\r\n"), "notes.lock") == (WHOLE, ())


@given(st.data())
def test_damage_is_named_or_harmless_and_never_a_crash(data: st.DataObject) -> None:
    written = bytearray(dump(WHOLE))
    start = data.draw(st.integers(0, len(written) - 1))
    length = data.draw(st.integers(0, 12))
    written[start : start + length] = data.draw(st.binary(max_size=12))

    load(bytes(written), "notes.lock")


@pytest.mark.parametrize(
    "line",
    [
        '{"id":"svm"',
        "[1, 2]",
        "NaN",
        "null",
        '{"id":"svm"}',
        lines()[2].replace('"basic"', '"essay"'),
        lines()[2].replace('"guid-svm"', '""'),
        lines()[2].replace("1700000000", '"yesterday"'),
        lines()[2].replace("1700000000", "Infinity"),
        lines()[3].replace('{"1":"间隔","3":"松弛"}', '["间隔"]'),
        lines()[3].replace('"1":"间隔"', '"one":"间隔"'),
        '{"notetype":"basic"}',
        '{"notetype":"essay","digest":"d","mod":1}',
        "[" * 100_000,
    ],
)
def test_a_damaged_line_is_named(line: str) -> None:
    header, kind, svm, gap = lines()
    assert codes(header, kind, svm, line, gap) == [("damaged-ledger", 4)]
    ledger, _ = load("\n".join((header, kind, svm, line, gap)).encode(), "notes.lock")
    assert ledger == WHOLE, "the lines around it are read"


def test_every_damaged_line_is_named() -> None:
    assert codes(*lines()[:2], "{", *lines()[2:], "}") == [
        ("damaged-ledger", 3),
        ("damaged-ledger", 6),
    ]


def test_a_ledger_without_its_header_is_damaged() -> None:
    assert codes(*lines()[1:]) == [("damaged-ledger", 1)]
    assert codes("") == [("damaged-ledger", 1)]


def test_bytes_that_are_no_text_are_damage() -> None:
    ledger, found = load(dump(WHOLE) + b"\xff\n", "notes.lock")
    assert [d.code for d in found] == ["damaged-ledger"]
    assert ledger.entries == {}


def test_a_newer_ledger_is_refused_and_not_called_damaged() -> None:
    header, *rest = lines()
    newer = header.replace(f'"bindery":{VERSION}', f'"bindery":{VERSION + 1}')

    assert codes(newer, *rest, '{"series":"what this version cannot know"}') == [
        ("newer-ledger", 1)
    ]


def test_merge_conflicts_are_named_line_by_line() -> None:
    header, kind, svm, gap = lines()
    theirs = svm.replace("Q001", "Q002")

    assert codes(
        header, kind, "<<<<<<< HEAD", svm, "||||||| base", "=======", theirs, ">>>>>>> theirs", gap
    ) == [
        ("ledger-conflict", 3),
        ("ledger-conflict", 5),
        ("ledger-conflict", 6),
        ("ledger-conflict", 8),
    ]


def test_the_same_line_twice_is_no_conflict() -> None:
    header, kind, svm, gap = lines()
    assert codes(header, kind, svm, svm, gap) == []


def test_two_lines_of_one_note_are_merged() -> None:
    ours = replace(GAP, mod=GAP.mod + 5, digest="ours", gaps=((1, "甲"), (3, "丙")))
    theirs = replace(GAP, mod=GAP.mod + 9, digest="theirs", gaps=((1, "甲"), (3, "丁")), lost=())
    header, kind, svm, _ = lines()
    for pair in ([dump_entry(ours), dump_entry(theirs)], [dump_entry(theirs), dump_entry(ours)]):
        ledger, found = load("\n".join([header, kind, svm, *pair, ""]).encode(), "notes.lock")
        assert not found
        entry = ledger.entries[GAP.id]
        assert (entry.digest, entry.mod, entry.born) == ("theirs", GAP.mod + 9, GAP.born)
        assert dict(entry.gaps) == {1: "甲", 3: "丁"}


def test_a_gap_of_either_branch_is_remembered() -> None:
    ours = replace(GAP, mod=GAP.mod + 5, gaps=((1, "甲"), (2, "乙")), lost=())
    theirs = replace(GAP, mod=GAP.mod + 9, gaps=((1, "甲"), (3, "丙")), lost=())
    assert {n for n, _ in merged(ours, theirs).lost} == {2}
    assert merged(ours, theirs) == merged(theirs, ours)


def test_two_notes_under_one_id_are_a_conflict() -> None:
    header, kind, svm, gap = lines()
    other = dump_entry(replace(SVM, guid="another"))
    assert codes(header, kind, svm, other, gap) == [("ledger-conflict", 4)]


def test_one_guid_under_two_ids_is_a_conflict() -> None:
    renamed = replace(SVM, id="support-vector-machine")
    ledger = Ledger("book", {**WHOLE.entries, renamed.id: renamed}, WHOLE.types)

    ((code, line),) = codes(*lines(ledger))
    assert (code, line) == ("ledger-conflict", 4)
