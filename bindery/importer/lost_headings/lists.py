"""Lists of a plain text: their items' depth is that of their indentation, however slight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bindery.importer.blocks import Block, Bullets, Item, Para
from bindery.importer.lost_headings.chunks import ITEM, Chunk
from bindery.importer.lost_headings.prose import paragraph
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, made
from bindery.importer.wild.pictures import Pictures


@dataclass(slots=True)
class _Open:
    """An item that is being read."""

    indent: int
    marker: Traced
    lines: list[Traced] = field(default_factory=list)
    inner: list[_Open] = field(default_factory=list)


def lists(chunks: Sequence[Chunk], telling: Telling, pictures: Pictures) -> tuple[Block, ...]:
    """Return the lists of chunks in a row; a numbered one goes on over an empty line."""
    roots: list[_Open] = []
    path: list[_Open] = []
    for chunk in chunks:
        for line in chunk.lines:
            match = ITEM.match(line.text)
            if match is None:
                path[-1].lines.append(line)
                continue
            marker = line[match.start("marker") : match.end("marker")]
            item = _Open(len(match["indent"].expandtabs(4)), marker)
            item.lines.append(line[match.end() :])
            while path and path[-1].indent >= item.indent:
                path.pop()
            (path[-1].inner if path else roots).append(item)
            path.append(item)
    return tuple(_grouped(roots, telling, pictures))


def _grouped(items: Sequence[_Open], telling: Telling, pictures: Pictures) -> list[Block]:
    """Return a list for each run of items with one kind of marker."""
    out: list[Block] = []
    run: list[Item] = []
    kind = ""
    for item in items:
        this = item.marker.text[-1] if item.marker.text[:1].isdigit() else item.marker.text
        if run and this != kind:
            out.append(Bullets(tuple(run)))
            run = []
        kind = this
        run.append(_item(item, telling, pictures))
    if run:
        out.append(Bullets(tuple(run)))
    return out


def _item(item: _Open, telling: Telling, pictures: Pictures) -> Item:
    blocks: list[Block] = [Para(paragraph(item.lines, telling, pictures))]
    if item.inner:
        at = item.inner[0].marker.start
        telling.repaired(
            "list-depth", "indented the items below an item as Markdown wants", (), at=at
        )
        blocks += _grouped(item.inner, telling, pictures)
    marker = item.marker
    if marker.text == "•":
        telling.repaired("bullet", "wrote a bullet as -", marker, "-")
        marker = made("-")
    return Item(marker, tuple(blocks))
