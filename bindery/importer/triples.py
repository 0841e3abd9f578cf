r"""Formulas that a page gave out thrice: their MathML text, their TeX, their rendered text.

``x i x_i xi`` is ``$x_i$``. A stretch of a line is taken for the TeX of a formula when it has
balanced braces, and the glyphs before it, and after it, are those that it would be set with:
in the same order before it (MathML keeps the order of the source), in any order after it
(a rendered fraction comes out denominator first). The earliest start wins, then the longest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from bindery.importer.glyphs import glyphs

_SPACED = re.compile(r"\S+")
_HAN = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
_MACRO = re.compile(r"\\[A-Za-z]|[_^]")
_SOLID = re.compile(r"\\[A-Za-z]|[A-Za-z]")
_LONGEST, _LONGEST_PLAIN = 600, 40
_MOST_TRIED = 8_000
_NEAR = {"-": "−", "*": "∗", "|": "∣", "'": "′", "‘": "′", "’": "′"}


class Triple(NamedTuple):
    """A formula in a line: offsets of the whole triple, and of its TeX."""

    start: int
    end: int
    tex_start: int
    tex_end: int


@lru_cache(maxsize=4096)
def triples(line: str) -> tuple[Triple, ...]:
    """Return the formulas of a line that stand there thrice, from left to right."""
    found: list[Triple] = []
    position = 0
    while position < len(line):
        triple = _first(line, position)
        if triple is None:
            break
        found.append(triple)
        position = triple.end
    return tuple(found)


def holds_tex(line: str, triple: Triple) -> bool:
    """Say whether a triple's TeX is more than a letter or a number said thrice."""
    return bool(_MACRO.search(line, triple.tex_start, triple.tex_end))


def _first(line: str, position: int) -> Triple | None:
    best: Triple | None = None
    for tried, (start, end) in enumerate(_stretches(line, position)):
        if tried > _MOST_TRIED:
            break
        if best is not None and start > best.end:
            break
        tex = line[start:end]
        if not _could_be(line, start, end) or not _balanced(tex):
            continue
        want = glyphs(tex)
        begin = _before(line, start, want, position) if want else -1
        close = _after(line, end, want) if begin >= 0 else -1
        if close < 0 or _is_prose(line[begin:start], tex):
            continue
        triple = Triple(begin, close, start, end)
        if best is None or (triple.start, -triple.end) < (best.start, -best.end):
            best = triple
    return best


def _is_numbers(tex: str) -> bool:
    r"""Say whether it is a bracket of numbers, such as ``[0,1]``: a formula without a letter."""
    return tex[0] in "[(" and tex[-1] in "])" and "," in tex


def _could_be(line: str, start: int, end: int) -> bool:
    """Say whether a stretch has what TeX has, and its neighbours what it would be set with."""
    tex = line[start:end]
    if not _SOLID.search(tex) and not _is_numbers(tex):
        return False
    before, after = line[:start].rstrip()[-1:], line[end:].lstrip()[:1]
    return all(char in tex for char in (before, after) if char.isascii() and char.isalnum())


def _is_prose(before: str, tex: str) -> bool:
    """Say whether it is words said three times: MathML would put spaces between letters."""
    return not _MACRO.search(tex) and bool(re.search("[A-Za-z]{2}", before))


def _stretches(line: str, position: int) -> Iterator[tuple[int, int]]:
    """Yield what could be TeX: words in a row without Han, save inside braces."""
    words = [match.span() for match in _SPACED.finditer(line, position)]
    for first, (start, _) in enumerate(words):
        depth = 0
        longest = _LONGEST_PLAIN
        for begin, end in words[first:]:
            word = line[begin:end]
            if _MACRO.search(word):
                longest = _LONGEST
            if end - start > longest or (not depth and "{" not in word and _HAN.search(word)):
                break
            depth += word.count("{") - word.count("}")
            yield start, end


def _balanced(tex: str) -> bool:
    depth = 0
    position = 0
    while position < len(tex):
        char = tex[position]
        if char == "\\":
            position += 2
            continue
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
        position += 1
    return not depth


def _before(line: str, start: int, want: str, floor: int) -> int:
    """Return where the MathML text before the TeX begins, or -1."""
    position = start
    for char in reversed(want):
        position = _back(line, position, floor)
        if position < floor or _near(line[position]) != char:
            return -1
    if position > floor and not line[position - 1].isspace() and line[position - 1].isascii():
        return -1
    return position


def _back(line: str, position: int, floor: int) -> int:
    position -= 1
    while position >= floor and line[position].isspace():
        position -= 1
    return position


def _after(line: str, end: int, want: str) -> int:
    """Return where the rendered text after the TeX ends, or -1."""
    left = Counter(want)
    position = end
    for _ in want:
        while position < len(line) and line[position].isspace():
            position += 1
        if position >= len(line):
            return -1
        char = _near(line[position])
        if not left[char]:
            return -1
        left[char] -= 1
        position += 1
    return position


def _near(char: str) -> str:
    return _NEAR.get(char, char)
