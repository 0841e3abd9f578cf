"""The lines of foreign Markdown: what kind of block each belongs to, and the lists they stand in.

The dialect's own parser says where code, formulas, tables and lists are; headings that it does
not know (underlined ones, HTML ones) are found later, among the lines it calls text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.dialect.parser import tokens_of
from bindery.importer.traced import Traced

Kind: TypeAlias = Literal["blank", "text", "heading", "code", "maths", "html", "comment", "table"]
_KINDS: dict[str, Kind] = {
    "fence": "code",
    "code_block": "code",
    "math_block": "maths",
    "html_block": "html",
    "heading_open": "heading",
    "table_open": "table",
}
_BULLET = re.compile(r"[ \t]*(?P<mark>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|$)(?P<box>\[[ xX]\][ \t]+)?")
_ALL_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list at the left margin: its lines, where its text begins, how it is marked.

    ``last`` is the line after its own last one; ``indent`` the column at which its text begins.
    """

    first: int
    last: int
    indent: int
    ordered: bool
    box: bool
    list: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its text, its kind, whether a list or a quotation holds it, the item it is in.

    ``item`` is the number of an item at the left margin, or -1.
    """

    text: Traced
    kind: Kind
    nested: bool = False
    item: int = -1


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a text, and the items of its outermost lists."""

    lines: tuple[Line, ...]
    items: tuple[Item, ...]

    def text(self, first: int, last: int) -> str:
        """Return some lines as one string."""
        return "\n".join(line.text.text for line in self.lines[first:last])


def page_of(text: Traced) -> Page:
    """Tell the lines of a text apart."""
    rows = text.lines()
    kinds: list[Kind] = ["text" if row.text.strip() else "blank" for row in rows]
    nested = [False] * len(rows)
    inside = [-1] * len(rows)
    items: list[Item] = []
    lists = 0
    for token in tokens_of(text.text, _ALL_LEVELS).blocks:
        if token.map is None:
            continue
        first, last = token.map[0], min(token.map[1], len(rows))
        if kind := _KINDS.get(token.type):
            if kind == "html" and token.content.lstrip().startswith("<!--"):
                kind = "comment"
            for row in range(first, last):
                if kind != "heading" or row == first:
                    kinds[row] = kind
        elif token.type in ("bullet_list_open", "ordered_list_open", "blockquote_open"):
            lists += token.level == 0
            nested[first:last] = [True] * (last - first)
        elif token.type == "list_item_open" and token.level == 1:
            inside[first:last] = [len(items)] * (last - first)
            items.append(_item(rows[first].text, first, last, lists))
    _trim(kinds, rows)
    lines = (Line(*parts) for parts in zip(rows, kinds, nested, inside, strict=True))
    return Page(tuple(lines), tuple(items))


def _item(text: str, first: int, last: int, number: int) -> Item:
    match = _BULLET.match(text)
    if match is None:
        return Item(first, last, 0, False, False, number)
    width = len(match["gap"])
    indent = match.end("mark") + (width if 1 <= width <= 4 else 1)
    return Item(first, last, indent, match["mark"][0].isdigit(), bool(match["box"]), number)


def _trim(kinds: list[Kind], rows: Sequence[Traced]) -> None:
    """Let the empty lines that end a block of indented code be empty lines again."""
    for row in range(len(rows) - 1, -1, -1):
        after = kinds[row + 1] if row + 1 < len(rows) else "blank"
        if kinds[row] == "code" and after in ("blank",) and not rows[row].text.strip():
            kinds[row] = "blank"


def item_text(line: Traced) -> tuple[Traced, Traced]:
    """Split the first line of an item into its marker (a task's box included) and its text."""
    match = _BULLET.match(line.text)
    end = match.end() if match else 0
    return line[:end], line[end:]
