"""Walking the tree of a book in the order in which it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bindery import walk
from bindery.model import (
    Block,
    Blocks,
    Chapter,
    Emphasis,
    Gap,
    Inline,
    Inlines,
    Link,
    Mark,
    Question,
    Reference,
    Strike,
    Strong,
    Table,
    Term,
)
from bindery.walk import every_block as walk_blocks
from bindery.walk import every_inline as walk_inlines

__all__ = [
    "Container",
    "Stretch",
    "inlines_in",
    "own_inlines",
    "stretches",
    "walk_blocks",
    "walk_inlines",
]

Container = Emphasis | Strong | Strike | Mark | Link | Reference | Term | Gap


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of blocks or a title, and what it belongs to.

    ``owner`` is the id of the question ("" in an introduction or a section);
    ``long`` is set inside a long answer, whose displayed formulas are numbered.
    """

    owner: str
    blocks: Blocks = ()
    title: Inlines = ()
    long: bool = False


def stretches(chapter: Chapter) -> Iterator[Stretch]:
    """Yield everything that a chapter prints, except footnotes, in reading order."""
    yield Stretch("", chapter.intro)
    for item in chapter.body:
        if isinstance(item, Question):
            yield Stretch(item.id, title=item.title)
            yield Stretch(item.id, item.short)
            yield Stretch(item.id, item.long, long=True)
            for card in item.cards:
                yield Stretch(item.id, card.front)
                yield Stretch(item.id, card.back)
            for cloze in item.clozes:
                yield Stretch(item.id, cloze.blocks)
        else:
            yield Stretch("", item.blocks, item.title)


def own_inlines(block: Block) -> Iterator[Inlines]:
    """Yield the runs of inlines directly inside a block, as printed: a table's caption first."""
    if isinstance(block, Table):
        yield block.caption
        yield from block.head
        for row in block.rows:
            yield from row
    else:
        yield from walk.own_inlines(block)


def inlines_in(blocks: Blocks) -> Iterator[Inline]:
    """Yield every inline anywhere inside the blocks."""
    for block in walk_blocks(blocks):
        for run in own_inlines(block):
            yield from walk_inlines(run)
