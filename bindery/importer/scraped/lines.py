"""The lines of a scraped answer, each with the part it plays before lines are put together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from bindery.importer.code import Listing, is_code, listings
from bindery.importer.traced import Traced
from bindery.importer.triples import Triple, holds_tex, triples

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
CONTINUES = re.compile("[、，。：；）」』！？:,;)!?]")
ENDS = re.compile("[。！？；.!?;：:，,、]$")
_CHINESE = re.compile("[一二三四五六七八九十]{1,3}、")
_NUMBER = re.compile(r"\d{1,2}\. (?=\S)")
_RULE = re.compile(r"\|?\s*:?-{3,}:?\s*(?:\|\s*:?-{3,}:?\s*)*\|?$")
_MENTION = re.compile("[^\\s\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]{1,60}$")
_CALL = re.compile(r"[\w.]+\([^()]*\)$", re.ASCII)
_LONGEST_HEADING = 45
_LONGEST_LABEL = 30


class Kind(Enum):
    """What a line is, by its own form and its neighbours'."""

    EMPTY = auto()
    DASH = auto()
    ITEM = auto()
    CHINESE = auto()
    NUMBER = auto()
    NUMBERED = auto()
    DISPLAY = auto()
    CODE = auto()
    TABLE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its kind, its text without its marker, the marker, its formulas."""

    kind: Kind
    whole: Traced
    text: Traced
    marker: Traced
    formulas: tuple[Triple, ...]

    @property
    def is_label(self) -> bool:
        """Whether it is short and ends in a colon: what follows belongs to it."""
        return self.text.text.endswith((":", "：")) and len(self.text) <= _LONGEST_LABEL

    @property
    def is_mention(self) -> bool:
        """Whether it is nothing but a name, a call or a literal: inline code left alone."""
        text = self.text.text
        return bool(
            (_MENTION.match(text) and not CONTINUES.match(text[:1]))
            or _CALL.match(text)
            or (is_code(text) and len(text.split()) == 2 and not HAN.search(text))
        )


def classified(lines: Sequence[Traced], with_formulas: bool) -> tuple[list[Line], list[Listing]]:
    """Return the lines with their kinds, and the listings among them."""
    found = [_line(line, with_formulas) for line in lines]
    _tables(found)
    _numbers(found)
    free = [line.kind is Kind.TEXT for line in found]
    texts = [line.whole.text for line in found]
    code = [each for each in listings(texts, free) if not _is_inline(found, each)]
    for each in code:
        for index in range(each.start, each.end):
            found[index] = replace(found[index], kind=Kind.CODE, formulas=())
    return found, code


def _line(line: Traced, with_formulas: bool) -> Line:
    text = line.strip()
    formulas = triples(text.text) if with_formulas else ()
    kind = Kind.TEXT
    size = 0
    if not text:
        kind = Kind.EMPTY
    elif text.text in ("-", "•", "·"):
        kind, size = Kind.DASH, 1
    elif text.text.startswith(("- ", "• ", "* ")):
        kind, size = Kind.ITEM, 2
    elif _CHINESE.match(text.text) and _width(text.text) < _LONGEST_HEADING:
        kind = Kind.CHINESE
    elif _NUMBER.match(text.text):
        kind = Kind.NUMBER
    elif len(formulas) == 1 and _fills(text.text, formulas[0]):
        kind = Kind.DISPLAY
    content = text[size:]
    left = len(content) - len(content.lstrip())
    content = content.lstrip()
    shift = size + left
    moved = tuple(Triple(*(at - shift for at in each)) for each in formulas)
    return Line(kind, text, content, text[:size].strip(), moved)


def _fills(text: str, formula: Triple) -> bool:
    return formula.start == 0 and formula.end == len(text) and holds_tex(text, formula)


def _tables(lines: list[Line]) -> None:
    """Mark tables: a head with ``|``, a rule below it, and the rows after it."""
    for index in range(1, len(lines)):
        rule, head = lines[index].whole.text, lines[index - 1].whole.text
        if "|" not in rule or not _RULE.match(rule) or "|" not in head:
            continue
        end = index + 1
        while end < len(lines) and "|" in lines[end].whole.text:
            end += 1
        for row in range(index - 1, end):
            lines[row] = replace(lines[row], kind=Kind.TABLE, formulas=())


def _numbers(lines: list[Line]) -> None:
    """Tell numbered headings from numbered items: items are long, or come in a row."""
    for index, line in enumerate(lines):
        if line.kind is not Kind.NUMBER:
            continue
        near = [n for n in (index - 1, index + 1) if 0 <= n < len(lines)]
        in_a_row = any(lines[n].kind in (Kind.NUMBER, Kind.NUMBERED) for n in near)
        text = line.whole.text
        if in_a_row or _width(text) >= _LONGEST_HEADING or text.endswith(("。", "；", ";")):
            marker = text.index(" ")
            lines[index] = replace(
                line,
                kind=Kind.NUMBERED,
                marker=line.whole[:marker],
                text=line.whole[marker:].lstrip(),
                formulas=tuple(Triple(*(at - marker - 1 for at in each)) for each in line.formulas),
            )


def _width(text: str) -> float:
    """Return how wide a line is in Han characters: Latin letters are half as wide."""
    narrow = sum(char.isascii() for char in text)
    return len(text) - narrow / 2


def _is_inline(lines: Sequence[Line], code: Listing) -> bool:
    """Say whether a listing of one line is a name inside a sentence that was cut at it."""
    if code.end - code.start > 1 or code.end >= len(lines):
        return False
    line, following = lines[code.start], lines[code.end]
    if not line.is_mention or following.kind is not Kind.TEXT:
        return False
    text = following.text.text
    return bool(CONTINUES.match(text) or (HAN.match(text) and not following.is_label))
