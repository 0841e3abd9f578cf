"""Stage 3, assemble: chapters become one book whose ids are unique and whose references land."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bindery.diagnostics import Diagnostic, Place
from bindery.model import (
    Book,
    BookInfo,
    Chapter,
    CodeBlock,
    FigureBlock,
    MathBlock,
    Question,
    Reference,
    Table,
)
from bindery.redirect import redirected
from bindery.suggest import did_you_mean
from bindery.walk import chapter_blocks, chapter_inlines, every_block


def assemble(info: BookInfo, chapters: Sequence[Chapter]) -> tuple[Book, tuple[Diagnostic, ...]]:
    """Put the chapters together and check what only the whole book can tell.

    References to a former id (``was=``) point to the new one afterwards.
    """
    book = Book(info, tuple(chapters))
    found: list[Diagnostic] = []
    targets = _targets(book, found)
    found.extend(_renames(book, targets))
    former = {
        was: name
        for chapter in book.chapters
        for name, _, was in note_ids(chapter)
        if was and name and was not in targets
    }
    known = sorted(targets)
    whole: list[Chapter] = []
    for chapter in book.chapters:
        if "::" in chapter.title:
            found.append(
                Diagnostic(
                    chapter.place,
                    "bad-chapter-title",
                    f'"::" in the title "{chapter.title}"',
                    "Anki reads :: as a subdeck; use another sign",
                )
            )
        is_outdated = False
        for node in chapter_inlines(chapter):
            if not isinstance(node, Reference) or node.target in targets:
                continue
            if node.target in former:
                is_outdated = True
            else:
                found.append(_unknown(node, known))
        whole.append(redirected(chapter, former) if is_outdated else chapter)
    return Book(info, tuple(whole)), tuple(found)


def note_ids(chapter: Chapter) -> Iterator[tuple[str, Place, str]]:
    """Yield id, place and ``was`` of each question, card and cloze of a chapter."""
    for question in chapter.questions:
        yield question.id, question.place, question.was
        for card in question.cards:
            yield card.id, card.place, card.was
        for cloze in question.clozes:
            yield cloze.id, cloze.place, cloze.was


def labels(chapter: Chapter) -> Iterator[tuple[str, Place]]:
    """Yield id and place of each labelled equation, table, listing, figure and section."""
    for item in chapter.body:
        if not isinstance(item, Question) and item.id:
            yield item.id, item.place
    for blocks in chapter_blocks(chapter):
        for block in every_block(blocks):
            match block:
                case MathBlock(id=name, place=place) | Table(id=name, place=place) if name:
                    yield name, place
                case CodeBlock(id=name, place=place) if name:
                    yield name, place
                case FigureBlock(figure=figure, id=name) if name:
                    yield name, figure.place
                case _:
                    pass


def _targets(book: Book, found: list[Diagnostic]) -> dict[str, Place]:
    targets: dict[str, Place] = {}
    for chapter in book.chapters:
        places = [(name, place) for name, place, _ in note_ids(chapter)]
        for name, place in [*places, *labels(chapter)]:
            if not name:
                continue
            if name in targets:
                found.append(
                    Diagnostic(
                        place,
                        "duplicate-id",
                        f'"{name}" is already the id of {targets[name]}',
                        "a copy is a note of its own: give it another id",
                    )
                )
            targets.setdefault(name, place)
    return targets


def _renames(book: Book, targets: dict[str, Place]) -> Iterator[Diagnostic]:
    claimed: dict[str, Place] = {}
    for chapter in book.chapters:
        for name, place, was in note_ids(chapter):
            if not was:
                continue
            if not name:
                yield Diagnostic(
                    place, "was-without-id", f"was={was} without a new id", f"{{#new was={was}}}"
                )
            elif was in targets:
                yield Diagnostic(
                    place,
                    "was-in-use",
                    f'was={was}, but "{was}" is still the id of {targets[was]}',
                    "remove was=, or rename the other note",
                )
            elif was in claimed:
                yield Diagnostic(
                    place,
                    "was-in-use",
                    f"was={was} also stands at {claimed[was]}",
                    "one note can follow another, not two",
                )
            claimed.setdefault(was, place)


def _unknown(node: Reference, known: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        node.place,
        "unknown-reference",
        f'nothing has the id "{node.target}"',
        did_you_mean(node.target, known) or "give the question that you mean an id: {#…}",
    )
