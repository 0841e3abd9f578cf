"""Merging two changed texts line by line over the text that both come from."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple


class Hunk(NamedTuple):
    """Lines that took the place of ``base[start:end]``."""

    start: int
    end: int
    lines: tuple[str, ...]


def merged_lines(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> list[str] | None:
    """Return the lines with both sides' changes, or None where they touch the same lines.

    Changes that are the same on both sides are one. Changes on neighbouring lines touch, as they
    do in diff3: Khanna, Kunal, Pierce. A Formal Investigation of Diff3. 2007.
    """
    ours, yours = _hunks(base, mine), _hunks(base, theirs)
    for one in ours:
        for other in yours:
            if one != other and one.start <= other.end and other.start <= one.end:
                return None
    out: list[str] = []
    position = 0
    for hunk in sorted(set(ours) | set(yours)):
        out += base[position : hunk.start]
        out += hunk.lines
        position = hunk.end
    return [*out, *base[position:]]


def _hunks(base: Sequence[str], changed: Sequence[str]) -> list[Hunk]:
    matcher = SequenceMatcher(None, base, changed, autojunk=False)
    return [
        Hunk(a, b, tuple(changed[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]
