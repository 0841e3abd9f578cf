"""``mod`` moves when what a learner sees has changed, only then, and never backwards."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bindery.ledger import Entry, Ledger
from bindery.stamp import Stamped, stamp

NOW = 1_750_000_000
SVM = Entry("svm", "guid", "Q001", "basic", "question", "书::章", NOW)
EMPTY = Ledger("book", {"svm": SVM, "svd": Entry("svd", "g", "Q002", "basic", "question", "d", 1)})


def stamped(before: Ledger, content: str, now: int, style: str = "css") -> Stamped:
    return stamp(before, {"svm": content}, {"basic": style}, now)


def test_a_new_note_is_stamped_with_now() -> None:
    result = stamped(EMPTY, "一", NOW)

    assert (result.added, result.updated, result.types_updated) == (("svm",), (), ())
    assert result.ledger.entries["svm"].mod == NOW
    assert result.ledger.types["basic"].mod == NOW
    assert result.ledger.entries["svd"] == EMPTY.entries["svd"], "not rendered, not touched"


def test_what_did_not_change_keeps_its_stamp() -> None:
    first = stamped(EMPTY, "一", NOW).ledger
    later = stamped(first, "一", NOW + 1000)

    assert later.ledger == first
    assert (later.added, later.updated, later.types_updated) == ((), (), ())


def test_what_changed_is_stamped_anew() -> None:
    first = stamped(EMPTY, "一", NOW).ledger
    later = stamped(first, "二", NOW + 1000, "new css")

    assert (later.added, later.updated, later.types_updated) == ((), ("svm",), ("basic",))
    assert later.ledger.entries["svm"].mod == NOW + 1000
    assert later.ledger.types["basic"].mod == NOW + 1000


def test_a_clock_that_steps_back_still_gives_a_newer_stamp() -> None:
    first = stamped(EMPTY, "一", NOW).ledger
    later = stamped(first, "二", NOW - 1000, "new css").ledger

    assert later.entries["svm"].mod == NOW + 1
    assert later.types["basic"].mod == NOW + 1


def test_two_edits_in_one_second_are_two_stamps() -> None:
    first = stamped(EMPTY, "一", NOW).ledger
    assert stamped(first, "二", NOW).ledger.entries["svm"].mod == NOW + 1


@given(st.lists(st.tuples(st.sampled_from("一二三"), st.integers(1, 2**32)), max_size=12))
def test_stamps_rise_exactly_with_changes(edits: list[tuple[str, int]]) -> None:
    ledger, mod, content, style = EMPTY, 0, "", ""
    for text, now in edits:
        ledger = stamped(ledger, text, now, text).ledger
        entry, kind = ledger.entries["svm"], ledger.types["basic"]
        assert (entry.mod > mod) == (text != content)
        assert (kind.mod > mod) == (text != style)
        assert entry.mod >= now or text == content
        mod, content, style = entry.mod, text, text
        assert kind.mod == mod
