"""Numbers of chapters, equations, figures, tables, listings and footnotes: a pure pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bindery.diagnostics import Place
from bindery.handbook.plain import plain
from bindery.handbook.walk import (
    Stretch,
    inlines_in,
    own_inlines,
    stretches,
    walk_blocks,
    walk_inlines,
)
from bindery.model import (
    Block,
    Card,
    Chapter,
    Cloze,
    CodeBlock,
    DemoFigure,
    Figure,
    FigureBlock,
    FootnoteReference,
    IdentifiedBook,
    Image,
    Inline,
    Math,
    MathBlock,
    Section,
    Table,
)

Kind: TypeAlias = Literal["equation", "figure", "table", "listing"]
NAMES: Mapping[Kind, str] = {"equation": "式", "figure": "图", "table": "表", "listing": "代码"}
APPENDIX = "A"


@dataclass(frozen=True, slots=True)
class Label:
    """The number of an equation, figure, table or listing, and the anchor it is reached by."""

    kind: Kind
    number: str
    anchor: str

    @property
    def text(self) -> str:
        """The label as references print it: ``图 3-1``, ``式 3.2``."""
        return f"{NAMES[self.kind]} {self.number}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a cross-reference can lead to; ``owner`` is the question that it stands in."""

    anchor: str
    label: str
    title: str
    owner: str
    is_note: bool


@dataclass(frozen=True, slots=True)
class DemoNumber:
    """A worked demo's place in the appendix, and the questions whose figures it draws."""

    slug: str
    number: str
    anchor: str
    used_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A footnote's number in its question; only the first call there prints the note."""

    number: int
    first: bool


@dataclass(frozen=True, slots=True)
class Numbering:
    """Every number of the book: labels by place, targets by id, chapters by file."""

    chapters: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[Place, Label] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    calls: Mapping[Place, Call] = field(default_factory=dict)
    demos: Mapping[str, DemoNumber] = field(default_factory=dict)


def chapter_anchor(number: int) -> str:
    """Return the anchor of a chapter's opening; notes' ids never hold a colon."""
    return f"chapter:{number}"


def number_book(identified: IdentifiedBook, figures: Mapping[str, Figure]) -> Numbering:
    """Number everything in a book, in reading order, counting from 1 in each chapter.

    Footnotes count from 1 in each question: one more does not change the pages of the next.
    """
    book = identified.book
    labels: dict[Place, Label] = {}
    targets: dict[str, Target] = {}
    calls: dict[Place, Call] = {}
    used: dict[str, list[str]] = {}
    for number, chapter in enumerate(book.chapters, 1):
        counts: Counter[Kind] = Counter()
        notes: dict[tuple[str, str], int] = {}
        last: Counter[str] = Counter()
        _note_targets(chapter, identified, targets)
        for stretch in stretches(chapter):
            for place, kind, ident in _numbered(stretch):
                counts[kind] += 1
                label = _label(kind, number, counts[kind], ident)
                labels[place] = label
                if ident:
                    targets[ident] = Target(label.anchor, label.text, "", stretch.owner, False)
            for inline in _inlines(stretch):
                if isinstance(inline, FootnoteReference):
                    note = (stretch.owner, inline.label)
                    if first := note not in notes:
                        last[stretch.owner] += 1
                        notes[note] = last[stretch.owner]
                    calls[inline.place] = Call(notes[note], first)
                elif isinstance(inline, DemoFigure) and inline.slug in figures:
                    owners = used.setdefault(inline.slug, [])
                    if stretch.owner and stretch.owner not in owners:
                        owners.append(stretch.owner)
    slugs = [*used, *sorted(set(figures) - set(used))]
    demos = {
        slug: DemoNumber(slug, f"{APPENDIX}.{n}", f"demo:{slug}", tuple(used.get(slug, ())))
        for n, slug in enumerate(slugs, 1)
    }
    files = {chapter.file: n for n, chapter in enumerate(book.chapters, 1)}
    return Numbering(files, labels, targets, calls, demos)


def _label(kind: Kind, chapter: int, count: int, ident: str) -> Label:
    mark = "." if kind == "equation" else "-"
    return Label(kind, f"{chapter}{mark}{count}", ident or f"{kind}:{chapter}-{count}")


def _note_targets(chapter: Chapter, identified: IdentifiedBook, targets: dict[str, Target]) -> None:
    def number(ident: str) -> str:
        identity = identified.identities.get(ident)
        return identity.number if identity else ""

    for item in chapter.body:
        title = plain(item.title)
        if isinstance(item, Section):
            if item.id:
                targets[item.id] = Target(item.id, "", title, "", False)
            continue
        targets[item.id] = Target(item.id, number(item.id), title, item.id, True)
        notes: tuple[Card | Cloze, ...] = (*item.cards, *item.clozes)
        for note in notes:
            targets[note.id] = Target(note.id, number(note.id), title, item.id, True)


def _inlines(stretch: Stretch) -> Iterator[Inline]:
    yield from walk_inlines(stretch.title)
    yield from inlines_in(stretch.blocks)


def _numbered(stretch: Stretch) -> Iterator[tuple[Place, Kind, str]]:
    for block in walk_blocks(stretch.blocks):
        found = _numbered_block(block, stretch.long)
        if found:
            yield found
        if stretch.long:
            for run in own_inlines(block):
                for inline in walk_inlines(run):
                    if isinstance(inline, Math) and inline.display:
                        yield inline.place, "equation", ""


def _numbered_block(block: Block, is_long: bool) -> tuple[Place, Kind, str] | None:
    match block:
        case MathBlock(place=place, id=ident) if is_long or ident:
            return place, "equation", ident
        case FigureBlock(figure=figure, id=ident) if _has_caption(figure) or ident:
            return figure.place, "figure", ident
        case Table(place=place, caption=caption, id=ident) if caption or ident:
            return place, "table", ident
        case CodeBlock(place=place, caption=caption, id=ident) if caption or ident:
            return place, "listing", ident
    return None


def _has_caption(figure: Image | DemoFigure) -> bool:
    return isinstance(figure, DemoFigure) or bool(figure.title or figure.alt)
