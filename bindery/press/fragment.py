"""A piece of the book laid out by itself: its pages, and all that a linker must know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bindery.press.patches.fonts import FontUse
from bindery.press.slot import Digits, Line, Slot

FORMAT = 3


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: its level from 1, its text, its page and its point on it."""

    level: int
    label: str
    page: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Fragment:
    """Pages without fonts, folios and page references; pages count from 0, points from below.

    All pages are laid out as right-hand ones; ``shifts`` says how far the content of each moves
    to the right, in CSS pixels, when it turns out to be a left-hand one. ``marked`` are the pages
    whose content holds marks of slots; ``digests`` name what each page shows, but for its page
    numbers. ``packed_fonts`` are the uses of the fonts as ``packed`` gives them: a dozen times
    smaller than as values, which are needed for a moment only.
    """

    pdf: bytes
    page_count: int
    anchors: Mapping[str, tuple[int, float, float]]
    bookmarks: tuple[Bookmark, ...]
    lines: tuple[Line, ...]
    folios: Mapping[int, Slot]
    digits: Digits
    packed_fonts: bytes
    marked: frozenset[int]
    shifts: tuple[float, ...]
    digests: tuple[str, ...]
    messages: tuple[str, ...] = field(default=())

    @property
    def fonts(self) -> dict[str, FontUse]:
        """The glyphs that are used of each font, by its name in the pages."""
        return {name: _use(use) for name, use in json.loads(self.packed_fonts).items()}

    def to_bytes(self) -> bytes:
        """Return the fragment as bytes for the cache."""
        head: dict[str, Any] = {
            "format": FORMAT,
            "page_count": self.page_count,
            "anchors": self.anchors,
            "bookmarks": [asdict(bookmark) for bookmark in self.bookmarks],
            "lines": [asdict(line) for line in self.lines],
            "folios": {str(page): asdict(slot) for page, slot in self.folios.items()},
            "digits": self.digits,
            "marked": sorted(self.marked),
            "shifts": self.shifts,
            "digests": self.digests,
            "messages": self.messages,
        }
        parts = (_json(head), self.packed_fonts)
        return b"".join(len(part).to_bytes(8, "big") + part for part in parts) + self.pdf

    @classmethod
    def from_bytes(cls, data: bytes) -> Fragment | None:
        """Return the fragment; None when the bytes are none, or of another format."""
        parts: list[bytes] = []
        for _ in range(2):
            size = int.from_bytes(data[:8], "big")
            parts.append(data[8 : 8 + size])
            data = data[8 + size :]
        try:
            head = json.loads(parts[0])
            if head["format"] != FORMAT:
                return None
            return cls(
                data,
                head["page_count"],
                {name: (page, x, y) for name, (page, x, y) in head["anchors"].items()},
                tuple(Bookmark(**bookmark) for bookmark in head["bookmarks"]),
                tuple(_line(line) for line in head["lines"]),
                {int(page): _slot(slot) for page, slot in head["folios"].items()},
                {
                    font: {char: (glyph, width) for char, (glyph, width) in table.items()}
                    for font, table in head["digits"].items()
                },
                parts[1],
                frozenset(head["marked"]),
                tuple(head["shifts"]),
                tuple(head["digests"]),
                tuple(head["messages"]),
            )
        except (ValueError, KeyError, TypeError):
            return None


def packed(fonts: Mapping[str, FontUse]) -> bytes:
    """Return uses of fonts as bytes."""
    return _json({name: asdict(use) for name, use in fonts.items()})


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _slot(slot: dict[str, Any]) -> Slot:
    red, green, blue = slot.pop("color")
    return Slot(color=(red, green, blue), **slot)


def _line(line: dict[str, Any]) -> Line:
    return Line(tuple(_slot(slot) for slot in line["slots"]), line["characters"], line["align"])


def _use(use: dict[str, Any]) -> FontUse:
    glyphs = {int(glyph): (text, width) for glyph, (text, width) in use.pop("glyphs").items()}
    return FontUse(glyphs=glyphs, **use)
