"""What the book as a whole needs to know of a chapter, without the chapter itself.

Ids, references, formulas and characters are judged over the whole book at every build; the text
of a chapter that did not change is not needed for that. Facts are small, plain and kept in the
cache as JSON; the tree is parsed again only for what is rendered again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.ledger import Kind
from bindery.model import (
    Blocks,
    Chapter,
    CodeBlock,
    DemoFigure,
    FigureBlock,
    Image,
    Math,
    MathBlock,
    NoteType,
    Question,
    Reference,
    Table,
)
from bindery.printed import printed_characters
from bindery.recognise import gap_texts, normalised, text_of
from bindery.similar import sketch
from bindery.walk import chapter_blocks, chapter_inlines, every_block, plain_text

FORMAT = 1


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A question, card or cloze: what identifies it.

    ``title`` is the normalised question, ``label`` the same as a reader sees it; ``sketch`` stands
    for the answer; ``gaps`` are text and written ordinal of each gap; ``parent`` is the index of
    the question among the chapter's notes, -1 for a question.
    """

    kind: Kind
    id: str
    was: str
    place: Place
    title: str
    label: str
    sketch: str
    gaps: tuple[tuple[str, int], ...] = ()
    parent: int = -1

    @property
    def type(self) -> NoteType:
        """The note type in Anki."""
        return "cloze" if self.kind == "cloze" else "basic"


@dataclass(frozen=True, slots=True)
class FormulaUse:
    """A formula where it stands; ``columns`` are where its further lines begin."""

    tex: str
    display: bool
    place: Place
    columns: tuple[int, ...] = ()

    def at(self, offset: int) -> Place:
        """Return the place of a character of ``tex``."""
        before = self.tex[:offset]
        breaks = before.count("\n")
        if not breaks:
            return Place(self.place.file, self.place.line, self.place.column + offset)
        begins = self.columns[breaks - 1] if breaks <= len(self.columns) else 1
        column = begins + offset - before.rfind("\n") - 1
        return Place(self.place.file, self.place.line + breaks, column)


@dataclass(frozen=True, slots=True)
class ChapterFacts:
    """A chapter as the whole book knows it."""

    file: str
    title: str
    place: Place
    notes: tuple[NoteFacts, ...]
    labels: tuple[tuple[str, Place], ...]
    references: tuple[tuple[str, Place], ...]
    formulas: tuple[FormulaUse, ...]
    characters: str
    images: tuple[str, ...]
    demos: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def questions(self) -> int:
        """How many of the notes are questions."""
        return sum(note.kind == "question" for note in self.notes)


def facts_of(chapter: Chapter, diagnostics: tuple[Diagnostic, ...]) -> ChapterFacts:
    """Gather the facts of a parsed chapter; ``diagnostics`` are what parsing found."""
    nodes = tuple(chapter_inlines(chapter))
    return ChapterFacts(
        file=chapter.file,
        title=chapter.title,
        place=chapter.place,
        notes=tuple(_notes(chapter)),
        labels=tuple(_labels(chapter)),
        references=tuple((n.target, n.place) for n in nodes if isinstance(n, Reference)),
        formulas=(
            *_displayed(chapter),
            *(
                FormulaUse(n.tex, n.display, n.place, n.columns)
                for n in nodes
                if isinstance(n, Math)
            ),
        ),
        characters=printed_characters(chapter),
        images=tuple(sorted({n.src for n in nodes if isinstance(n, Image)})),
        demos=tuple(sorted({n.slug for n in nodes if isinstance(n, DemoFigure)})),
        diagnostics=diagnostics,
    )


def encode(facts: ChapterFacts) -> bytes:
    """Return the facts as JSON; places become line and column, the file is the chapter's."""
    record = {
        "format": FORMAT,
        "file": facts.file,
        "shown": facts.place.file,
        "title": facts.title,
        "place": [facts.place.line, facts.place.column],
        "notes": [
            [n.kind, n.id, n.was, *_spot(n.place), n.title, n.label, n.sketch, n.gaps, n.parent]
            for n in facts.notes
        ],
        "labels": [[name, *_spot(place)] for name, place in facts.labels],
        "references": [[name, *_spot(place)] for name, place in facts.references],
        "formulas": [[f.tex, f.display, *_spot(f.place), f.columns] for f in facts.formulas],
        "characters": facts.characters,
        "images": facts.images,
        "demos": facts.demos,
        "diagnostics": records_of(facts.diagnostics),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes) -> ChapterFacts | None:
    """Return the facts, or None when the data are damaged or of another format."""
    try:
        record = json.loads(data)
        return _decoded(record) if record["format"] == FORMAT else None
    except (ValueError, TypeError, KeyError, IndexError):
        return None


def _decoded(record: dict[str, Any]) -> ChapterFacts:
    shown = record["shown"]
    return ChapterFacts(
        file=record["file"],
        title=record["title"],
        place=Place(shown, *record["place"]),
        notes=tuple(
            NoteFacts(
                kind,
                name,
                was,
                Place(shown, line, column),
                title,
                label,
                digest,
                tuple((text, ordinal) for text, ordinal in gaps),
                parent,
            )
            for kind, name, was, line, column, title, label, digest, gaps, parent in record["notes"]
        ),
        labels=tuple((n, Place(shown, line, column)) for n, line, column in record["labels"]),
        references=tuple(
            (n, Place(shown, line, column)) for n, line, column in record["references"]
        ),
        formulas=tuple(
            FormulaUse(tex, display, Place(shown, line, column), tuple(columns))
            for tex, display, line, column, columns in record["formulas"]
        ),
        characters=record["characters"],
        images=tuple(record["images"]),
        demos=tuple(record["demos"]),
        diagnostics=diagnostics_of(record["diagnostics"]),
    )


def encode_diagnostics(diagnostics: Sequence[Diagnostic]) -> bytes:
    """Return diagnostics as JSON."""
    return json.dumps(records_of(diagnostics), ensure_ascii=False).encode()


def decode_diagnostics(data: bytes) -> tuple[Diagnostic, ...] | None:
    """Return the diagnostics, or None when the data are damaged."""
    try:
        return diagnostics_of(json.loads(data))
    except (ValueError, TypeError):
        return None


def records_of(diagnostics: Sequence[Diagnostic]) -> list[list[object]]:
    """Return diagnostics as values that JSON knows."""
    return [
        [d.place.file, *_spot(d.place), d.code, d.message, d.hint, d.severity] for d in diagnostics
    ]


def diagnostics_of(records: Sequence[Any]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics that ``records_of`` wrote down."""
    return tuple(
        Diagnostic(Place(file, line, column), code, message, hint, Severity(severity))
        for file, line, column, code, message, hint, severity in records
    )


def _spot(place: Place) -> tuple[int, int]:
    return place.line, place.column


def _notes(chapter: Chapter) -> Iterator[NoteFacts]:
    count = 0
    for question in chapter.questions:
        parent, label = count, plain_text(question.title)
        yield NoteFacts(
            "question",
            question.id,
            question.was,
            question.place,
            normalised(label),
            label,
            sketch(text_of((*question.short, *question.long))),
        )
        for card in question.cards:
            front = text_of(card.front)
            yield NoteFacts(
                "card",
                card.id,
                card.was,
                card.place,
                front,
                front,
                sketch(text_of(card.back)),
                parent=parent,
            )
        for cloze in question.clozes:
            yield _cloze(cloze.id, cloze.was, cloze.place, cloze.blocks, parent)
        count += 1 + len(question.cards) + len(question.clozes)


def _cloze(name: str, was: str, place: Place, blocks: Blocks, parent: int) -> NoteFacts:
    text = text_of(blocks)
    return NoteFacts("cloze", name, was, place, text, text, sketch(text), gap_texts(blocks), parent)


def _labels(chapter: Chapter) -> Iterator[tuple[str, Place]]:
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


def _displayed(chapter: Chapter) -> Iterator[FormulaUse]:
    for blocks in chapter_blocks(chapter):
        for block in every_block(blocks):
            if isinstance(block, MathBlock):
                yield FormulaUse(block.tex, True, block.place, block.columns)
