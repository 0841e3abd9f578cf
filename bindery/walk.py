"""Walking the tree: every block and every inline, depth first, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindery.model import (
    Admonition,
    Block,
    Blocks,
    Chapter,
    Code,
    DefinitionList,
    DemoFigure,
    Details,
    Emphasis,
    FigureBlock,
    FootnoteReference,
    Gap,
    Image,
    Inline,
    InlineHtml,
    Inlines,
    LineBreak,
    Link,
    List,
    Mark,
    Math,
    Paragraph,
    Question,
    Quote,
    Reference,
    SoftBreak,
    Strike,
    Strong,
    Subheading,
    Table,
    Term,
    Text,
)


def every_block(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield each block and those inside it."""
    for block in blocks:
        yield block
        match block:
            case List(items=items):
                for item in items:
                    yield from every_block(item.blocks)
            case DefinitionList(items=definitions):
                for definition in definitions:
                    for detail in definition.details:
                        yield from every_block(detail)
            case Quote(blocks=inner) | Admonition(blocks=inner) | Details(blocks=inner):
                yield from every_block(inner)
            case _:
                pass


def every_inline(nodes: Iterable[Inline]) -> Iterator[Inline]:
    """Yield each inline and those inside it."""
    for node in nodes:
        yield node
        match node:
            case (
                Emphasis(children)
                | Strong(children)
                | Strike(children)
                | Mark(children)
                | Link(children=children)
                | Reference(children=children)
                | Term(children=children)
                | Gap(children=children)
            ):
                yield from every_inline(children)
            case _:
                pass


def own_inlines(block: Block) -> Iterator[Inlines]:
    """Yield the runs of inlines that belong to this block itself, not to blocks inside it."""
    match block:
        case Paragraph(children) | Subheading(children=children):
            yield children
        case Table(head=head, rows=rows, caption=caption):
            yield from head
            for row in rows:
                yield from row
            yield caption
        case DefinitionList(items=definitions):
            for definition in definitions:
                yield definition.term
        case Admonition(title=title):
            yield title
        case Details(summary=summary):
            yield summary
        case FigureBlock(figure=figure):
            yield (figure,)
        case _:
            pass


def inlines_in(blocks: Iterable[Block]) -> Iterator[Inline]:
    """Yield every inline anywhere in the blocks."""
    for block in every_block(blocks):
        for run in own_inlines(block):
            yield from every_inline(run)


def question_blocks(question: Question) -> Iterator[Blocks]:
    """Yield each run of blocks of a question: answers, follow-ups, clozes."""
    yield question.short
    yield question.long
    for card in question.cards:
        yield card.front
        yield card.back
    for cloze in question.clozes:
        yield cloze.blocks


def chapter_blocks(chapter: Chapter) -> Iterator[Blocks]:
    """Yield each run of blocks of a chapter, footnotes last."""
    yield chapter.intro
    for item in chapter.body:
        if isinstance(item, Question):
            yield from question_blocks(item)
        else:
            yield item.blocks
    for footnote in chapter.footnotes:
        yield footnote.blocks


def chapter_inlines(chapter: Chapter) -> Iterator[Inline]:
    """Yield every inline of a chapter, titles included."""
    for item in chapter.body:
        yield from every_inline(item.title)
    for blocks in chapter_blocks(chapter):
        yield from inlines_in(blocks)


def plain_text(nodes: Inlines) -> str:
    """Return what a reader would read aloud: text, code and TeX without markup."""
    return "".join(_plain(node) for node in nodes)


def _plain(node: Inline) -> str:
    match node:
        case Text(text) | Code(text):
            return text
        case Math(tex=tex):
            return f"${tex}$"
        case Image(alt=alt) | DemoFigure(alt=alt):
            return alt
        case SoftBreak() | LineBreak():
            return " "
        case FootnoteReference() | InlineHtml():
            return ""
        case _:
            return plain_text(node.children)
