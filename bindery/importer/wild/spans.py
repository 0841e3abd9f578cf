"""What stands inside the paragraphs of a body: code, formulas, tags and comments; the rest is text.

Repairs of text must leave code and formulas alone, so each asks here where they are. Formulas
are found by the dialect's own rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.dialect.maths import close_of_dollar, find_unescaped
from bindery.dialect.parser import tokens_of
from bindery.importer.traced import Traced, joined

Stuff: TypeAlias = Literal["code", "maths", "display", "comment", "tag"]
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*|\s*/)?>")
_AUTOLINK = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[\w.+-]+@[\w.-]+)>")
_RUNNING = ("inline", "html_block", "details_open", "math_block")
_TICKS = re.compile(r"`+")
_NEXT = re.compile(r"[\\`$<]")
_CLOSERS = {"$$": "$$", r"\(": r"\)", r"\[": r"\]"}


@dataclass(frozen=True, slots=True)
class Region:
    """Rows of a body that are one paragraph, heading, table row or piece of HTML.

    ``start`` and ``end`` are offsets in the text; ``level`` is the depth of blocks around it.
    """

    kind: Literal["inline", "html", "heading", "row", "maths"]
    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a region that is no plain text; ``inner`` is what its delimiters enclose."""

    kind: Stuff
    start: int
    end: int
    inner: tuple[int, int]


def regions(text: str) -> tuple[Region, ...]:
    """Return where running text stands in a body, in order."""
    starts = [0]
    for row in text.split("\n"):
        starts.append(starts[-1] + len(row) + 1)
    found: dict[tuple[int, int], Region] = {}
    around = ""
    for token in tokens_of(text, 6).blocks:
        if token.type in ("heading_open", "tr_open", "paragraph_open"):
            around = token.type
        if token.map is None or token.type not in _RUNNING:
            continue
        first, last = token.map[0], min(token.map[1], len(starts) - 1)
        if token.type == "details_open":
            last = first + 1
        if token.type == "html_block" and token.content.lstrip().startswith("<!--"):
            continue
        kind: Literal["inline", "html", "heading", "row", "maths"] = "inline"
        if token.type != "inline":
            kind = "maths" if token.type == "math_block" else "html"
        elif around != "paragraph_open":
            kind = "heading" if around == "heading_open" else "row"
        start, end = starts[first], max(starts[last] - 1, starts[first])
        found.setdefault((start, end), Region(kind, start, end, token.level))
    ordered = sorted(found.values(), key=lambda region: (region.start, -region.end))
    return tuple(_apart(ordered))


def _apart(ordered: Iterable[Region]) -> Iterator[Region]:
    """Yield the regions without those that begin inside another."""
    end = -1
    for region in ordered:
        if region.start > end:
            yield region
            end = region.end


def spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield what is no plain text between two offsets, in order."""
    position = start
    while (match := _NEXT.search(text, position, end)) is not None:
        at = match.start()
        found = _span(text, at, end)
        if found is None:
            position = at + (2 if match[0] == "\\" else 1)
            if match[0] == "`" and (ticks := _TICKS.match(text, at)):
                position = ticks.end()
            elif text.startswith("$$", at):
                position = at + 2
            continue
        yield found
        position = found.end


def _span(text: str, at: int, end: int) -> Span | None:
    for opening, closing in _CLOSERS.items():
        if text.startswith(opening, at):
            close = find_unescaped(text, closing, at + 2, end)
            if close < 0 or not text[at + 2 : close].strip():
                return None
            kind: Stuff = "maths" if opening == r"\(" else "display"
            return Span(kind, at, close + 2, (at + 2, close))
    match text[at]:
        case "$":
            close = close_of_dollar(text, at, end)
            return Span("maths", at, close + 1, (at + 1, close)) if close >= 0 else None
        case "`":
            return _code(text, at, end)
        case "<":
            if text.startswith("<!--", at):
                close = text.find("-->", at, end)
                return Span("comment", at, close + 3, (at + 4, close)) if close >= 0 else None
            if _AUTOLINK.match(text, at, end):
                return None
            tag = _TAG.match(text, at, end)
            return Span("tag", at, tag.end(), (at + 1, tag.end() - 1)) if tag else None
        case _:
            return None


def _code(text: str, at: int, end: int) -> Span | None:
    opening = _TICKS.match(text, at, end)
    assert opening is not None
    for closing in _TICKS.finditer(text, opening.end(), end):
        if len(closing[0]) == len(opening[0]):
            return Span("code", at, closing.end(), (opening.end(), closing.start()))
    return None


def plain(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of plain text between two offsets, tags being plain too."""
    position = start
    for span in spans(text, start, end):
        if span.kind != "tag":
            yield position, span.start
            position = span.end
    yield position, end


def blanked(text: str, start: int, end: int) -> str:
    """Return the stretch with code, formulas and comments written as NUL, lengths kept."""
    parts: list[str] = []
    position = start
    for first, last in plain(text, start, end):
        parts += ["\0" * (first - position), text[first:last]]
        position = last
    return "".join(parts) + "\0" * (end - position)


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that takes the place of a stretch."""

    start: int
    end: int
    new: Traced | str


def spliced(text: Traced, edits: Iterable[Edit]) -> Traced:
    """Return the text with the edits made; of two that overlap the earlier wins."""
    parts: list[Traced | str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            continue
        parts += [text[position : edit.start], edit.new]
        position = edit.end
    return joined([*parts, text[position:]]) if parts else text
