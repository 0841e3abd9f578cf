"""Cards of paper: short questions on one side of a sheet, their answers behind them.

A sheet of A4 holds eight cards; backs are mirrored, so that a sheet printed on both sides
(flipped on the long edge) can be cut along its lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity
from bindery.digest import digest
from bindery.fonts import install
from bindery.handbook.assets import Assets
from bindery.handbook.html import blocks_html
from bindery.handbook.inlines import line_html
from bindery.handbook.numbering import Numbering, number_book
from bindery.handbook.pages import spaced
from bindery.handbook.scope import Scope
from bindery.handbook.settings import PrintSettings
from bindery.handbook.spacing import Hyphens
from bindery.handbook.templates import environment, fill, ready
from bindery.handbook.walk import inlines_in, walk_blocks
from bindery.handbook.work import Work
from bindery.model import (
    Blocks,
    CodeBlock,
    DemoFigure,
    Details,
    Figure,
    FigureBlock,
    FootnoteReference,
    Formula,
    IdentifiedBook,
    Image,
    Table,
)
from bindery.press.weasy import Press

COLUMNS, ROWS = 2, 4
_PAPER = "a4"  # whatever the book's own is
_BULKY = (CodeBlock, Details, FigureBlock, Table)
_COLUMNS_OF_CODE = 48


@dataclass(frozen=True, slots=True)
class PaperCard:
    """One card: what is printed on its two sides, as HTML."""

    id: str
    number: str
    chapter: str
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class Flashcards:
    """Sheets of cards: their bytes and pages, how many cards there are, and how many not.

    ``left_out`` counts the notes that do not go on a card of paper: too long, or with a figure,
    a table, a listing or a footnote.
    """

    pdf: bytes
    page_count: int
    count: int
    left_out: int
    diagnostics: tuple[Diagnostic, ...] = ()


def render_flashcards(
    identified: IdentifiedBook,
    formulas: Mapping[tuple[str, bool], Formula],
    figures: Mapping[str, Figure],
    settings: PrintSettings,
    cache: Cache,
) -> Flashcards:
    """Print the pairs of question and answer that fit on a card; the same bytes every time.

    Raises:
        MachineError: Pango or a package of fonts is missing.
    """
    work = Work(
        identified,
        number_book(identified, figures),
        formulas,
        figures,
        replace(settings, paper=_PAPER),
        environment(settings.templates, Hyphens(cache)),
        install(cache),
    )
    assets = work.assets()
    pairs = list(_cards(work, assets))
    style = work.style() + (settings.templates / "flashcards.css").read_text("utf-8")
    with Press(work.fonts, style, cache) as press:
        heights = press.heights(_sheets(work, pairs), assets.contents, "data-card")
        cards = [card for card in pairs if heights[card.id] <= heights["room"]]
        layout = press.lay_out(_sheets(work, cards), assets.contents)
        name = digest(_sheets(work, cards), style, work.fonts.digest)
        pdf = press.write([layout], [(0, "arabic")], name)
        messages = tuple(dict.fromkeys(press.messages))
    problems = tuple(
        Diagnostic(Place("flashcards"), "typesetting", message, severity=Severity.WARNING)
        for message in messages
    )
    notes = sum(
        bool(question.short) + len(question.cards) for question in identified.book.questions
    )
    return Flashcards(pdf, layout.page_count, len(cards), notes - len(cards), problems)


def places(cards: Sequence[PaperCard]) -> Iterator[tuple[bool, list[tuple[int, int, PaperCard]]]]:
    """Yield each page: whether it is a back, and its cards by row and column.

    The back of a card is in the same row, in the column that lies behind its front.
    """
    per_sheet = COLUMNS * ROWS
    for start in range(0, len(cards), per_sheet):
        sheet = cards[start : start + per_sheet]
        fronts = [(n // COLUMNS, n % COLUMNS, card) for n, card in enumerate(sheet)]
        yield False, fronts
        yield True, [(row, COLUMNS - 1 - column, card) for row, column, card in fronts]


def _sheets(work: Work, cards: Sequence[PaperCard]) -> str:
    pages = [
        {
            "is_back": is_back,
            "number": index // 2 + 1,
            "cells": [
                {
                    "row": row,
                    "column": column,
                    "card": card,
                    "html": ready(card.back if is_back else card.front),
                }
                for row, column, card in found
            ],
        }
        for index, (is_back, found) in enumerate(places(cards))
    ]
    title = spaced(work.book.info.title)
    values = {"pages": pages, "title": title, "rows": ROWS, "columns": COLUMNS}
    body = fill(work.templates, "flashcards.html.j2", values)
    return work.document("flashcards", body)


def _cards(work: Work, assets: Assets) -> Iterator[PaperCard]:
    for chapter in work.book.chapters:
        scope = work.scope(chapter.file, assets)
        scope = Scope(  # references lead nowhere on a card of paper
            chapter.file,
            Numbering(targets=scope.numbering.targets),
            scope.formulas,
            scope.figures,
            assets,
            _COLUMNS_OF_CODE,
        )
        title = spaced(chapter.title)
        for question in chapter.questions:
            scope.owner = question.id
            if _is_small(question.short):
                front = f"<p>{line_html(question.title, scope, hyphenate=False)}</p>"
                back = blocks_html(question.short, scope)
                yield PaperCard(question.id, _number(work, question.id), title, front, back)
            for card in question.cards:
                if _is_small(card.front) and _is_small(card.back):
                    front, back = blocks_html(card.front, scope), blocks_html(card.back, scope)
                    yield PaperCard(card.id, _number(work, card.id), title, front, back)


def _number(work: Work, ident: str) -> str:
    identity = work.identified.identities.get(ident)
    return identity.number if identity else ""


def _is_small(blocks: Blocks) -> bool:
    if not blocks or any(isinstance(block, _BULKY) for block in walk_blocks(blocks)):
        return False
    bulky = (DemoFigure, FootnoteReference, Image)
    return not any(isinstance(inline, bulky) for inline in inlines_in(blocks))
