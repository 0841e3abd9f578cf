"""Which characters the handbook prints of each file of notes."""

from __future__ import annotations

from collections.abc import Iterator

from bindery.model import Book, Chapter, Code, CodeBlock, Image, Inline, Math, MathBlock, Text
from bindery.walk import chapter_blocks, chapter_inlines, every_block


def printed_text(book: Book) -> dict[str, str]:
    """Return, by the name of each file as diagnostics show it, all the text that is printed."""
    return {
        chapter.place.file: chapter.title + "".join(_pieces(chapter)) for chapter in book.chapters
    }


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
