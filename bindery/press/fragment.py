"""A piece of the book laid out by itself: its pages, and all that a linker must know of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from bindery.press.objects import Objects
from bindery.press.patches.fonts import FontUse
from bindery.press.slot import Digits, Line, Slot

FORMAT = 5


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: its level from 1, its text, its page and its point on it."""

    level: int
    label: str
    page: int
    x: float
    y: float


class Link(NamedTuple):
    """An area of a page, in points, that leads to an anchor (``#name``) or to a URL."""

    left: float
    low: float
    right: float
    high: float
    to: str


class PageBoxes(NamedTuple):
    """The boxes of every page, in points: what is seen, what is left when it is cut, its bleed."""

    media: tuple[float, ...]
    trim: tuple[float, ...]
    bleed: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """Pages without fonts, folios, page references and links; counted from 0, points from below.

    All pages are laid out as right-hand ones; ``shifts`` says how far the content of each moves
    to the right, in CSS pixels, when it turns out to be a left-hand one. ``contents`` are the
    compressed streams of the pages, ``marked`` those that hold marks of slots; ``objects`` is
    what they draw with, the resources of all pages last. ``digests`` name what each page shows,
    but for its page numbers. ``packed_fonts`` are the uses of the fonts as ``packed`` gives them:
    a dozen times smaller than as values, which are needed for a moment only.
    """

    contents: tuple[bytes, ...]
    objects: Objects
    boxes: PageBoxes
    anchors: Mapping[str, tuple[int, float, float]]
    bookmarks: tuple[Bookmark, ...]
    links: Mapping[int, tuple[Link, ...]]
    lines: tuple[Line, ...]
    folios: Mapping[int, Slot]
    digits: Digits
    packed_fonts: bytes
    marked: frozenset[int]
    shifts: tuple[float, ...]
    digests: tuple[str, ...]
    messages: tuple[str, ...] = field(default=())

    @property
    def page_count(self) -> int:
        """The number of pages."""
        return len(self.contents)

    @property
    def fonts(self) -> dict[str, FontUse]:
        """The glyphs that are used of each font, by its name in the pages."""
        return {name: _use(use) for name, use in json.loads(self.packed_fonts).items()}

    def to_bytes(self) -> bytes:
        """Return the fragment as bytes for the cache."""
        head: dict[str, Any] = {
            "format": FORMAT,
            "contents": [len(content) for content in self.contents],
            "boxes": self.boxes,
            "anchors": self.anchors,
            "bookmarks": [asdict(bookmark) for bookmark in self.bookmarks],
            "links": {str(page): links for page, links in self.links.items()},
            "lines": [asdict(line) for line in self.lines],
            "folios": {str(page): asdict(slot) for page, slot in self.folios.items()},
            "digits": self.digits,
            "marked": sorted(self.marked),
            "shifts": self.shifts,
            "digests": self.digests,
            "messages": self.messages,
        }
        parts = (_json(head), self.packed_fonts, self.objects.to_bytes())
        sized = (len(part).to_bytes(8, "big") + part for part in parts)
        return b"".join([*sized, *self.contents])

    @classmethod
    def from_bytes(cls, data: bytes) -> Fragment | None:
        """Return the fragment; None when the bytes are none, or of another format."""
        parts: list[bytes] = []
        at = 0
        for _ in range(3):
            size = int.from_bytes(data[at : at + 8], "big")
            parts.append(data[at + 8 : at + 8 + size])
            at += 8 + size
        try:
            head = json.loads(parts[0])
            if head["format"] != FORMAT:
                return None
            sizes = head["contents"]
            ends = list(accumulate(sizes, initial=at))[1:]
            return cls(
                tuple(data[end - size : end] for size, end in zip(sizes, ends, strict=True)),
                Objects.from_bytes(parts[2]),
                PageBoxes(*(tuple(box) for box in head["boxes"])),
                {name: (page, x, y) for name, (page, x, y) in head["anchors"].items()},
                tuple(Bookmark(**bookmark) for bookmark in head["bookmarks"]),
                {int(page): _links(links) for page, links in head["links"].items()},
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


def _links(links: list[tuple[float, float, float, float, str]]) -> tuple[Link, ...]:
    return tuple(Link(*link) for link in links)


def _line(line: dict[str, Any]) -> Line:
    return Line(tuple(_slot(slot) for slot in line["slots"]), line["characters"], line["align"])


def _use(use: dict[str, Any]) -> FontUse:
    glyphs = {int(glyph): (text, width) for glyph, (text, width) in use.pop("glyphs").items()}
    return FontUse(glyphs=glyphs, **use)
