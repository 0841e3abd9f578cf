"""Cloze ordinals are cards: a gap keeps its number, and no number changes hands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindery.recognise import GapNumbers, number_gaps

WORDS = ("间隔", "松弛变量", "核函数", "对偶", "支持向量", "超平面", "铰链损失", "拉格朗日乘子")
TEXTS = st.lists(st.sampled_from(WORDS), unique=True, max_size=6)


def numbered(*texts: str, before: GapNumbers | None = None) -> GapNumbers:
    """Number gaps; ``"2:text"`` is a gap whose ordinal the author wrote."""
    found = [
        (text.partition(":")[2], int(text.partition(":")[0])) if ":" in text else (text, 0)
        for text in texts
    ]
    return number_gaps(found, before.gaps if before else (), before.lost if before else ())


@pytest.mark.parametrize(
    ("first", "then", "ordinals"),
    [
        (["间隔", "核"], ["间隔", "核"], (1, 2)),
        (["间隔", "核"], ["核", "间隔"], (2, 1)),
        (["间隔"], ["新", "间隔"], (2, 1)),
        (["间隔", "核"], ["间隔", "新", "核"], (1, 3, 2)),
        (["间隔", "核"], ["核", "新"], (2, 3)),
        (["几何间隔的两倍"], ["几何间隔"], (1,)),
        (["几何间隔的两倍"], ["新", "几何间隔的一半"], (2, 1)),
        (["间隔", "间隔"], ["间隔", "间隔"], (1, 2)),
        (["间隔", "间隔"], ["间隔"], (1,)),
        (["间隔"], [], ()),
        ([], ["间隔"], (1,)),
        (["3:间隔", "核"], ["3:间隔", "核"], (3, 4)),
        (["1:间隔", "1:核"], ["1:间隔", "1:核"], (1, 1)),
        (["间隔", "核"], ["2:间隔", "核"], (2, 3)),
        (["5:间隔"], ["间隔"], (5,)),
        (["5:间隔"], ["间隔", "核"], (5, 6)),
    ],
)
def test_numbers_after_an_edit(first: list[str], then: list[str], ordinals: tuple[int]) -> None:
    assert numbered(*then, before=numbered(*first)).ordinals == ordinals


def test_a_removed_gaps_number_waits_for_it() -> None:
    both = numbered("间隔", "核")
    one = numbered("核", before=both)
    assert (one.gaps, one.lost) == (((2, "核"),), ((1, "间隔"),))

    another = numbered("核", "对偶", before=one)
    assert another.ordinals == (2, 3), "1 was the number of another gap"
    back = numbered("间隔", "核", before=another)
    assert back.ordinals == (1, 2)
    assert back.lost == ((3, "对偶"),)


def test_two_gaps_of_one_text_both_come_back() -> None:
    gone = numbered(before=numbered("间隔", "间隔"))
    assert numbered("间隔", "间隔", before=gone).ordinals == (1, 2)


@given(st.lists(TEXTS, max_size=6))
def test_a_number_never_changes_hands(editions: list[list[str]]) -> None:
    owner: dict[int, str] = {}
    number: dict[str, int] = {}
    state: GapNumbers | None = None
    for texts in editions:
        state = numbered(*texts, before=state)
        assert len(set(state.ordinals)) == len(texts)
        assert [text for _, text in sorted(state.gaps)] == [
            text for _, text in sorted(zip(state.ordinals, texts, strict=True))
        ]
        assert not {n for n, _ in state.gaps} & {n for n, _ in state.lost}
        assert {n for n, _ in (*state.gaps, *state.lost)} >= owner.keys(), "nothing is forgotten"
        for ordinal, text in zip(state.ordinals, texts, strict=True):
            assert owner.setdefault(ordinal, text) == text
            assert number.setdefault(text, ordinal) == ordinal


@given(TEXTS, st.data())
def test_order_does_not_matter(texts: list[str], data: st.DataObject) -> None:
    before = numbered(*texts)
    shuffled = data.draw(st.permutations(texts))
    after = numbered(*shuffled, before=before)

    assert dict(zip(shuffled, after.ordinals, strict=True)) == dict(
        zip(texts, before.ordinals, strict=True)
    )
    assert (after.gaps, after.lost) == (before.gaps, before.lost)
