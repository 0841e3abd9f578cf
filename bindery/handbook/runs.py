"""What of a chapter is laid out together: a long question, or some short ones, then a fresh page.

Each long question opens a page, and an edit changes the pages of its own run alone: fewer sheets
to exchange in a bound copy, and less to lay out. Runs are told by counting, so that a question
that grows moves no other from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindery.handbook.walk import inlines_in, walk_blocks
from bindery.model import (
    Blocks,
    Chapter,
    CodeBlock,
    FigureBlock,
    Math,
    MathBlock,
    Question,
    Section,
    Table,
    Text,
)

Item = Question | Section
_LONG_TOGETHER, _SHORT_TOGETHER = 1, 24
# A page of B5 holds about 1,100 Han; what else is on it counts as so many of them.
_LONG = 1_000
_DISPLAY, _LINE, _FIGURE, _ROW, _INLINE = 80, 30, 350, 30, 4


def runs(chapter: Chapter) -> Iterator[tuple[Item, ...]]:
    """Yield the questions and sections of a chapter in runs; the first follows its opening.

    A chapter without any gives one empty run.
    """
    run: list[Item] = []
    full = 0.0
    for unit in _units(chapter.body):
        if full > 1 - 1e-6:
            yield tuple(run)
            run, full = [], 0.0
        run += unit
        long = sum(map(weight, unit)) > _LONG
        full += 1 / (_LONG_TOGETHER if long else _SHORT_TOGETHER)
    yield tuple(run)


def _units(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield each question with the sections that stand right in front of it."""
    unit: list[Item] = []
    for item in items:
        unit.append(item)
        if isinstance(item, Question):
            yield unit
            unit = []
    if unit:
        yield unit


def weight(item: Item) -> int:
    """Return about how much room an item takes, in Han characters of text."""
    if isinstance(item, Section):
        return _of_blocks(item.blocks)
    parts: Iterable[Blocks] = (
        *(item.short, item.long),
        *(side for card in item.cards for side in (card.front, card.back)),
        *(cloze.blocks for cloze in item.clozes),
    )
    return sum(_of_blocks(part) for part in parts)


def _of_blocks(blocks: Blocks) -> int:
    total = 0
    for block in walk_blocks(blocks):
        if isinstance(block, MathBlock):
            total += _DISPLAY
        elif isinstance(block, CodeBlock):
            total += _LINE * (block.text.count("\n") + 1)
        elif isinstance(block, FigureBlock):
            total += _FIGURE
        elif isinstance(block, Table):
            total += _ROW * len(block.rows)
    for inline in inlines_in(blocks):
        if isinstance(inline, Text):
            total += len(inline.text)
        elif isinstance(inline, Math):
            total += _DISPLAY if inline.display else _INLINE
    return total
