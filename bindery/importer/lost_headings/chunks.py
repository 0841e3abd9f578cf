"""The blocks of a plain text, parted by empty lines, each with its kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from bindery.importer.traced import Traced

FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
ITEM = re.compile(r"(?P<indent>\s*)(?P<marker>[-*+•]|\d{1,3}[.)])\s+(?=\S)")
_DISPLAY = re.compile(r"\s*(?:\$\$|\\\[)")
_HEADING = re.compile(r"#{1,6}\s+\S")
_TABLE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$")


class Kind(Enum):
    """What a chunk is by its form."""

    TEXT = auto()
    LIST = auto()
    FENCE = auto()
    DISPLAY = auto()
    HEADING = auto()
    TABLE = auto()
    QUOTE = auto()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines between two empty lines; ``first`` is the index of the first."""

    kind: Kind
    lines: tuple[Traced, ...]
    first: int

    @property
    def text(self) -> str:
        """The characters of the chunk, its lines joined."""
        return "\n".join(line.text for line in self.lines).strip()


def chunks(lines: Sequence[Traced]) -> tuple[Chunk, ...]:
    """Return the chunks of a text."""
    found: list[Chunk] = []
    index = 0
    while index < len(lines):
        if not lines[index].text.strip():
            index += 1
            continue
        end = _end(lines, index)
        found.append(Chunk(_kind(lines, index, end), tuple(lines[index:end]), index))
        index = end
    return tuple(found)


def _end(lines: Sequence[Traced], start: int) -> int:
    text = lines[start].text
    if fence := FENCE.match(text):
        close = re.compile(rf" {{0,3}}{re.escape(fence['fence'][0])}{{{len(fence['fence'])},}}\s*$")
        after = (n for n in range(start + 1, len(lines)) if close.match(lines[n].text))
        closing = next(after, -1)
        if closing >= 0:
            return closing + 1
    if _DISPLAY.match(text):
        closing = _closing(lines, start)
        if closing >= 0:
            return closing + 1
    if _HEADING.match(text):
        return start + 1
    end = start + 1
    while end < len(lines) and lines[end].text.strip():
        opens = FENCE.match(lines[end].text) or _HEADING.match(lines[end].text)
        if opens or (_DISPLAY.match(lines[end].text) and _closing(lines, end) >= 0):
            break
        end += 1
    return end


def _closing(lines: Sequence[Traced], start: int) -> int:
    """Return the line on which a displayed formula closes, or -1."""
    text = lines[start].text.strip()
    closing = "$$" if text.startswith("$$") else "\\]"
    for index in range(start, min(len(lines), start + 60)):
        line = lines[index].text.strip()
        line = line[2:] if index == start else line
        if line.endswith(closing):
            return index
        if closing in line or (index > start and not line):
            return -1
    return -1


def _kind(lines: Sequence[Traced], start: int, end: int) -> Kind:
    text = lines[start].text
    if FENCE.match(text) and end - start > 1 and FENCE.match(lines[end - 1].text):
        return Kind.FENCE
    if _DISPLAY.match(text) and _closing(lines, start) == end - 1:
        return Kind.DISPLAY
    if _HEADING.match(text):
        return Kind.HEADING
    if ITEM.match(text):
        return Kind.LIST
    if end - start > 1 and "|" in text and _TABLE.match(lines[start + 1].text.strip()):
        return Kind.TABLE
    if text.startswith(">"):
        return Kind.QUOTE
    return Kind.TEXT
