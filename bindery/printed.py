"""Which characters the handbook prints of a chapter."""

from __future__ import annotations

from collections.abc import Iterator

from bindery.model import Chapter, Code, CodeBlock, Image, Inline, Math, MathBlock, Text
from bindery.walk import chapter_blocks, chapter_inlines, every_block


def printed_characters(chapter: Chapter) -> str:
    """Return every character that is printed of a chapter, once each, in order."""
    return "".join(sorted(set(chapter.title).union(*_pieces(chapter))))


def _pieces(chapter: Chapter) -> Iterator[str]:
    for blocks in chapter_blocks(chapter):
        for block in every_block(blocks):
            if isinstance(block, CodeBlock):
                yield block.text
                yield block.caption
            elif isinstance(block, MathBlock):
                yield block.tex
    for node in chapter_inlines(chapter):
        yield _text(node)


def _text(node: Inline) -> str:
    match node:
        case Text(text) | Code(text):
            return text
        case Math(tex=tex):
            return tex
        case Image(title=title):
            return title
        case _:
            return ""
