"""The values that flow through the pipeline: a book as a tree of frozen dataclasses.

Blocks and inlines are plain data without behaviour; the two renderers (cards, handbook)
walk the same tree. Every node that a later stage can find fault with carries its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bindery.diagnostics import Place

# --------------------------------------------------------------------------- inlines


@dataclass(frozen=True, slots=True)
class Text:
    """Plain characters, escapes and entities already resolved."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """``*…*``: italics for Latin, a dotted mark for Han."""

    children: Inlines


@dataclass(frozen=True, slots=True)
class Strong:
    """``**…**``: set in Hei."""

    children: Inlines


@dataclass(frozen=True, slots=True)
class Strike:
    """``~~…~~``."""

    children: Inlines


@dataclass(frozen=True, slots=True)
class Mark:
    """``==…==`` outside a cloze: a highlight."""

    children: Inlines


@dataclass(frozen=True, slots=True)
class Code:
    """Inline code, verbatim."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula inside a line: TeX without its delimiters; ``place`` is its first character.

    ``columns`` are those in which its further lines begin, if it has any.
    """

    tex: str
    place: Place
    display: bool = False
    columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link out of the book."""

    href: str
    children: Inlines


@dataclass(frozen=True, slots=True)
class Reference:
    """``[text](#id)``: a cross-reference to a note, an equation, a table or a figure."""

    target: str
    children: Inlines
    place: Place


@dataclass(frozen=True, slots=True)
class Image:
    """A picture file; ``src`` is its path from the source folder, with forward slashes."""

    src: str
    alt: str
    title: str
    width: str
    place: Place
    id: str = ""


@dataclass(frozen=True, slots=True)
class DemoFigure:
    """``![caption](demo:slug)``: the figure that a worked demo computes."""

    slug: str
    alt: str
    place: Place
    id: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """``[…]{.term}``: an entry of the index."""

    children: Inlines
    key: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A cloze deletion; ``ordinal`` is N of cN where the author wrote it, else 0."""

    children: Inlines
    hint: str
    place: Place
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class FootnoteReference:
    """``[^label]``; the text stands in the question's ``footnotes``."""

    label: str
    place: Place


@dataclass(frozen=True, slots=True)
class LineBreak:
    """A hard line break."""


@dataclass(frozen=True, slots=True)
class SoftBreak:
    """A line end in the source: a space between Latin words, nothing between Han."""


@dataclass(frozen=True, slots=True)
class InlineHtml:
    """Raw HTML inside a line, already through the allow-list."""

    html: str


Inline: TypeAlias = (
    Text
    | Emphasis
    | Strong
    | Strike
    | Mark
    | Code
    | Math
    | Link
    | Reference
    | Image
    | DemoFigure
    | Term
    | Gap
    | FootnoteReference
    | LineBreak
    | SoftBreak
    | InlineHtml
)
Inlines: TypeAlias = tuple[Inline, ...]

# --------------------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    children: Inlines


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading inside an answer; ``level`` counts from 1 below the question's own."""

    level: int
    children: Inlines


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item; ``checked`` is None except in a task list."""

    blocks: Blocks
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A bullet list (``start`` None) or an ordered list that counts from ``start``."""

    items: tuple[ListItem, ...]
    start: int | None
    tight: bool


@dataclass(frozen=True, slots=True)
class Definition:
    """A term with its definitions."""

    term: Inlines
    details: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Terms and their definitions."""

    items: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A listing: verbatim text, language of the info string (may be ""), caption (may be "")."""

    text: str
    language: str
    caption: str
    place: Place
    id: str = ""


@dataclass(frozen=True, slots=True)
class MathBlock:
    """A displayed formula of its own; ``place`` is the first character of ``tex``.

    ``columns`` are those in which its further lines begin, if it has any.
    """

    tex: str
    place: Place
    id: str = ""
    columns: tuple[int, ...] = ()


Align: TypeAlias = Literal["", "left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: a head row, body rows, one alignment a column, a caption (may be empty)."""

    head: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[Align, ...]
    caption: Inlines
    place: Place
    id: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quotation."""

    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Admonition:
    """``::: note|tip|warning|… Title``."""

    kind: str
    title: Inlines
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Details:
    """``<details>``: folded on the card, open in print."""

    summary: Inlines
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """An image or a demo figure that stands alone in its paragraph."""

    figure: Image | DemoFigure
    id: str = ""


@dataclass(frozen=True, slots=True)
class ThematicBreak:
    """``---`` inside an answer."""


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """Raw HTML, already through the allow-list."""

    html: str


Block: TypeAlias = (
    Paragraph
    | Subheading
    | List
    | DefinitionList
    | CodeBlock
    | MathBlock
    | Table
    | Quote
    | Admonition
    | Details
    | FigureBlock
    | ThematicBreak
    | HtmlBlock
)
Blocks: TypeAlias = tuple[Block, ...]

# --------------------------------------------------------------------------- the book


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote of a chapter file."""

    label: str
    blocks: Blocks
    place: Place


@dataclass(frozen=True, slots=True)
class Card:
    """``::: card``: a follow-up, a note of its own (front above ``---``, back below).

    ``exempt``: the house rules leave it alone.
    """

    id: str
    front: Blocks
    back: Blocks
    place: Place
    was: str = ""
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Cloze:
    """``::: cloze``: a note whose gaps are cloze deletions; ``exempt`` from the house rules."""

    id: str
    blocks: Blocks
    place: Place
    was: str = ""
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its short answer, its long answer, follow-ups and clozes.

    ``id`` is "" where the author gave none; ``was`` is the id that this one replaces.
    ``short`` is what stands before ``<!-- more -->`` (the whole answer when there is none).
    ``exempt``: the house rules leave it alone.
    """

    id: str
    title: Inlines
    place: Place
    short: Blocks
    long: Blocks = ()
    cards: tuple[Card, ...] = ()
    clozes: tuple[Cloze, ...] = ()
    difficulty: int = 0
    tags: tuple[str, ...] = ()
    was: str = ""
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with ``{.section}``: it groups questions and is not one."""

    title: Inlines
    blocks: Blocks
    place: Place
    id: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of notes; ``digest`` names all that it was made of, "" when that is not known."""

    file: str
    title: str
    place: Place
    intro: Blocks = ()
    body: tuple[Question | Section, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    tags: tuple[str, ...] = ()
    digest: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of the chapter, in order."""
        return tuple(item for item in self.body if isinstance(item, Question))


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the book: a title and the files of its chapters, in order."""

    title: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookInfo:
    """What ``book.toml`` says. ``id`` is frozen for ever: guids are made from it.

    ``house_rules``: advice on the notes is wanted.
    """

    id: str
    title: str
    authors: tuple[str, ...] = ()
    subtitle: str = ""
    language: str = "zh-CN"
    deck: str = ""
    paper: str = "b5"
    edition: str = ""
    rights: str = ""
    parts: tuple[Part, ...] = ()
    chapters: tuple[str, ...] = ()
    macros: tuple[tuple[str, str], ...] = ()
    house_rules: bool = True


@dataclass(frozen=True, slots=True)
class Book:
    """The whole book, cross-references checked: what the renderers get."""

    info: BookInfo
    chapters: tuple[Chapter, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order of the book."""
        return tuple(q for chapter in self.chapters for q in chapter.questions)


# --------------------------------------------------------------------------- what was read


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of notes: its path from the source folder, the name shown to the user, its text."""

    path: str
    shown: str
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Assets:
    """What notes may refer to: files by their path from the source folder, demos by slug."""

    files: frozenset[str]
    demos: frozenset[str]


@dataclass(frozen=True, slots=True)
class Manuscript:
    """Everything that was read."""

    info: BookInfo
    files: tuple[SourceFile, ...]
    assets: Assets


# --------------------------------------------------------------------------- identity


NoteType: TypeAlias = Literal["basic", "cloze"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a learner's collection knows a note by; settled once, at the note's birth."""

    id: str
    guid: str
    number: str
    type: NoteType
    deck: str


@dataclass(frozen=True, slots=True)
class RenderedNote:
    """A note as it goes into the package; ``digest`` covers all that a learner can see."""

    id: str
    type: NoteType
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    media: tuple[str, ...]
    ordinals: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class IdentifiedBook:
    """A book in which every note has an id, with the identity of each by that id.

    ``gaps`` gives, for a cloze note's id, the ordinal N of cN of each gap in reading order.
    """

    book: Book
    identities: dict[str, Identity]
    gaps: dict[str, tuple[int, ...]] = field(default_factory=dict)


# --------------------------------------------------------------------------- maths and figures


@dataclass(frozen=True, slots=True)
class Formula:
    """A typeset formula: a clean SVG and its extent in em; ``depth`` hangs below the baseline."""

    svg: str
    width: float
    height: float
    depth: float


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One line of a demo's result table: what it is, and the value as text."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A worked demo as the renderers need it.

    ``svg`` has outlined text (no fonts needed) and no date, ``png`` is the same at 2×;
    neither names the device. ``computed_on`` and ``versions`` are for the appendix and colophon.
    """

    slug: str
    title: str
    caption: str
    alt: str
    svg: bytes
    png: bytes
    listing: str
    results: tuple[ResultRow, ...]
    computed_on: str
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that cards use: its name in the package (content hash inside) and its bytes."""

    name: str
    data: bytes
