"""Leaves of a bound copy: what goes out, what comes in, and how it is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.sheets import Pages, changed_pages, changed_sheets, instructions, spans


def pages(digests: str, front: int = 0) -> Pages:
    """Return a print whose pages show these letters; a space is a white page."""
    roman = ("i", "ii", "iii", "iv")[:front]
    arabic = (str(number + 1) for number in range(len(digests) - front))
    return Pages("b5", (*roman, *arabic), tuple(letter.strip() for letter in digests))


@pytest.mark.parametrize(
    ("before", "after", "take_out", "put_in"),
    [
        ("abcdef", "abcdef", (), ()),
        ("abcdef", "abXdef", (1,), (1,)),
        ("abcd", "abcdef", (), (2,)),
        ("abcdef", "abef", (1,), ()),
        ("abc", "abcd", (1,), (1,)),
    ],
)
def test_changed_sheets(
    before: str, after: str, take_out: tuple[int, ...], put_in: tuple[int, ...]
) -> None:
    changes = changed_sheets(before, after)
    assert (changes.take_out, changes.put_in) == (take_out, put_in)
    assert changes.pages == tuple(p for leaf in put_in for p in (2 * leaf, 2 * leaf + 1))


@given(st.text("ab ", max_size=24), st.text("abc ", max_size=24))
def test_a_copy_that_follows_the_steps_is_the_new_book(before: str, after: str) -> None:
    old, new = (pages(text + " " * (len(text) % 2)).digests for text in (before, after))
    copy: list[tuple[str, ...]] = []
    at = 0
    for step in changed_sheets(old, new).steps:
        copy += [old[2 * leaf : 2 * leaf + 2] for leaf in range(at, step.take_out.start)]
        copy += [new[2 * leaf : 2 * leaf + 2] for leaf in step.put_in]
        at = step.take_out.stop
    copy += [old[2 * leaf : 2 * leaf + 2] for leaf in range(at, len(old) // 2)]
    assert tuple(side for leaf in copy for side in leaf) == new


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("abcdef", "abcdef", ["the copy on paper is up to date: no sheet differs"]),
        (
            "abcdefgh",
            "abcdXfgh",
            ["1 sheet of 4 to print, on both sides", "  replace pages 3-4"],
        ),
        (
            "abcdefgh",
            "abcdXYefgh",
            [
                "1 sheet of 5 to print, on both sides",
                "  put in pages 3-4 behind page 2",
                "the book has 10 pages, the copy 8: pages behind the change have other numbers, "
                "and their sheets are among these",
            ],
        ),
        (
            "abcdefgh",
            "abefgh",
            [
                "0 sheets of 3 to print",
                "  take out pages 1-2; nothing comes in their place",
                "the book has 6 pages, the copy 8: pages behind the change have other numbers, "
                "and their sheets are among these",
            ],
        ),
        (
            "abcdef",
            "XYZTef",
            [
                "2 sheets of 3 to print, on both sides",
                "  replace pages i-ii, 1-2",
                "more than half of it has changed: printing 3 sheets anew may be simpler",
            ],
        ),
    ],
)
def test_what_to_do_is_said(before: str, after: str, said: list[str]) -> None:
    old, new = pages(before, 2), pages(after, 2)
    assert list(instructions(old, new, changed_sheets(old.digests, new.digests))) == said


def test_a_single_side_and_the_very_front() -> None:
    old, new = pages("cde"), pages("abcdX")
    said = list(instructions(old, new, changed_sheets(old.digests, new.digests)))
    assert said[1:3] == ["  put in pages 1-2 at the very front", "  replace page 3 by page 5"]


def test_changed_pages_are_named_by_their_labels() -> None:
    assert changed_pages(pages("abcd", 2), pages("aXcdE", 2)) == ("ii", "3")


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ("", ""),
        ("7", "7"),
        ("i ii iii iv 1 2 4", "i-iv, 1-2, 4"),
        ("viii ix x 10 11", "viii-x, 10-11"),
        (
            " ".join(str(n) for n in range(1, 41, 2)),
            "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, and 8 more",
        ),
    ],
)
def test_spans(labels: str, text: str) -> None:
    assert spans(labels.split()) == text
