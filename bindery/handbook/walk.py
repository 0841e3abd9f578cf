"""Walking the tree of a book in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bindery.model import (
    Admonition,
    Block,
    Blocks,
    Chapter,
    DefinitionList,
    Details,
    Emphasis,
    FigureBlock,
    Gap,
    Inline,
    Inlines,
    Link,
    List,
    Mark,
    Paragraph,
    Question,
    Quote,
    Reference,
    Strike,
    Strong,
    Subheading,
    Table,
    Term,
)

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


def walk_blocks(blocks: Blocks) -> Iterator[Block]:
    """Yield every block, outer before inner, in reading order."""
    for block in blocks:
        yield block
        for inner in inner_blocks(block):
            yield from walk_blocks(inner)


def inner_blocks(block: Block) -> Iterator[Blocks]:
    """Yield the runs of blocks directly inside a block."""
    if isinstance(block, List):
        yield from (item.blocks for item in block.items)
    elif isinstance(block, DefinitionList):
        for definition in block.items:
            yield from definition.details
    elif isinstance(block, Quote | Admonition | Details):
        yield block.blocks


def own_inlines(block: Block) -> Iterator[Inlines]:
    """Yield the runs of inlines directly inside a block."""
    if isinstance(block, Paragraph | Subheading):
        yield block.children
    elif isinstance(block, DefinitionList):
        yield from (definition.term for definition in block.items)
    elif isinstance(block, Table):
        yield block.caption
        yield from block.head
        for row in block.rows:
            yield from row
    elif isinstance(block, Admonition):
        yield block.title
    elif isinstance(block, Details):
        yield block.summary
    elif isinstance(block, FigureBlock):
        yield (block.figure,)


def walk_inlines(inlines: Inlines) -> Iterator[Inline]:
    """Yield every inline, outer before inner."""
    for inline in inlines:
        yield inline
        if isinstance(inline, Container):
            yield from walk_inlines(inline.children)


def inlines_in(blocks: Blocks) -> Iterator[Inline]:
    """Yield every inline anywhere inside the blocks."""
    for block in walk_blocks(blocks):
        for run in own_inlines(block):
            yield from walk_inlines(run)
