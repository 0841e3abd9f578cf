"""The table of contents, the lists of figures and the like, and that of question numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bindery.diagnostics import Place
from bindery.handbook.inlines import line_html
from bindery.handbook.numbering import APPENDIX, Kind, chapter_anchor
from bindery.handbook.pages import (
    APPENDIX_ANCHOR,
    APPENDIX_TITLE,
    PartOpening,
    spaced,
)
from bindery.handbook.plain import plain
from bindery.handbook.scope import Scope
from bindery.handbook.templates import ready
from bindery.handbook.walk import own_inlines, stretches, walk_blocks
from bindery.model import (
    Block,
    Blocks,
    Book,
    CodeBlock,
    DemoFigure,
    FigureBlock,
    Gap,
    IdentifiedBook,
    Image,
    Inline,
    Inlines,
    Math,
    Reference,
    Table,
    Term,
    Text,
)

_LONGEST = 42
_CUT_WORD = re.compile(r"[A-Za-z-]+$")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line with a page: what it leads to, its number and its text."""

    kind: str
    anchor: str
    number: str
    title: Markup


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of everything of one kind that has a number and a caption."""

    anchor: str
    title: str
    entries: tuple[Entry, ...]


def contents(
    identified: IdentifiedBook,
    parts: Mapping[str, PartOpening],
    scope: Scope,
    back: Sequence[tuple[str, str]],
) -> list[Entry]:
    """Return the lines of the table of contents.

    Args:
        identified: The book.
        parts: The part that opens before a chapter, by the chapter's file.
        scope: For the formulas in titles.
        back: Anchor and title of each section at the back.
    """
    entries: list[Entry] = []
    for number, chapter in enumerate(identified.book.chapters, 1):
        if part := parts.get(chapter.file):
            entries.append(_entry("part", part.anchor, part.number, part.title))
        anchor, title = chapter_anchor(number), spaced(chapter.title)
        entries.append(_entry("chapter", anchor, f"第 {number} 章", title))
        for question in chapter.questions:
            label = scope.numbering.targets[question.id].label
            text = ready(line_html(_bare(question.title), scope, hyphenate=False))
            entries.append(_entry("question", question.id, label, text))
    if scope.numbering.demos:
        label = f"附录 {APPENDIX}"
        entries.append(_entry("chapter", APPENDIX_ANCHOR, label, APPENDIX_TITLE))
        for demo in scope.numbering.demos.values():
            title = spaced(scope.figures[demo.slug].title)
            entries.append(_entry("demo", demo.anchor, demo.number, title))
    entries += [_entry("other", anchor, "", title) for anchor, title in back]
    return entries


def numbers(identified: IdentifiedBook, scope: Scope) -> list[Entry]:
    """Return every note by its number."""
    entries = [
        _entry(
            kind,
            ident,
            identified.identities[ident].number,
            ready(line_html(_bare(title), scope, hyphenate=False)),
        )
        for kind, ident, title in _notes(identified)
        if ident in identified.identities
    ]
    return sorted(entries, key=lambda entry: [int(n) for n in _DIGITS.findall(entry.number)])


def lists(book: Book, scope: Scope) -> tuple[Listed, ...]:
    """Return the lists of figures, tables and listings; those without entries are left out."""
    found: dict[Kind, list[Entry]] = {"figure": [], "table": [], "listing": []}
    for chapter in book.chapters:
        for stretch in stretches(chapter):
            for block in walk_blocks(stretch.blocks):
                place, caption = _caption(block, scope)
                label = scope.numbering.labels.get(place) if place else None
                if label and label.kind in found and caption:
                    text = ready(line_html(_bare(caption), scope, hyphenate=False))
                    found[label.kind].append(_entry("listed", label.anchor, label.text, text))
    for demo in scope.numbering.demos.values():
        figure, mark = scope.figures[demo.slug], demo.number.replace(".", "-")
        title = spaced(figure.title)
        found["figure"].append(_entry("listed", f"figure:{mark}", f"图 {mark}", title))
        if figure.listing:
            found["listing"].append(_entry("listed", f"listing:{mark}", f"代码 {mark}", title))
    titles = {"figure": "插图目录", "table": "表格目录", "listing": "代码目录"}
    return tuple(
        Listed(f"list:{kind}", titles[kind], tuple(entries))
        for kind, entries in found.items()
        if entries
    )


def _caption(block: Block, scope: Scope) -> tuple[Place | None, Inlines]:
    match block:
        case FigureBlock(figure=DemoFigure(slug=slug, alt=alt, place=place)):
            demo = scope.figures.get(slug)
            return place, (Text(alt or (demo.title if demo else slug)),)
        case FigureBlock(figure=Image(title=title, alt=alt, place=place)):
            return place, (Text(title or alt),)
        case CodeBlock(place=place, caption=caption):
            return place, (Text(caption),) if caption else ()
        case Table(place=place, caption=line):
            return place, line
    return None, ()


def _entry(kind: str, anchor: str, number: str, title: str | Markup) -> Entry:
    text = title if isinstance(title, Markup) else Markup.escape(title)
    return Entry(kind, anchor, number, text)


def _notes(identified: IdentifiedBook) -> Iterator[tuple[str, str, Inlines]]:
    for question in identified.book.questions:
        yield "question", question.id, question.title
        for card in question.cards:
            yield "card", card.id, _first_line(card.front)
        for cloze in question.clozes:
            yield "cloze", cloze.id, _clipped(_first_line(cloze.blocks))


def _first_line(blocks: Blocks) -> Inlines:
    block: Block
    for block in walk_blocks(blocks):
        for run in own_inlines(block):
            if run:
                return run
    return ()


def _clipped(inlines: Inlines) -> Inlines:
    """Return the beginning of a cloze sentence, its gaps left open."""
    kept: list[Inline] = []
    used = 0
    for inline in inlines:
        shown: Inline = Text("____") if isinstance(inline, Gap) else inline
        text = plain((shown,))
        if isinstance(shown, Text) and used + len(text) > _LONGEST:
            head = _CUT_WORD.sub("", shown.text[: _LONGEST - used]).rstrip("，、；： ")
            return (*kept, Text(f"{head}……"))
        kept.append(shown)
        used += len(text)
        if used >= _LONGEST:
            return (*kept, Text("……"))
    return tuple(kept)


def _bare(inlines: Inlines) -> Inlines:
    """Return a title without links and index terms: it is printed outside its place."""
    bare: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Reference | Term):
            bare.extend(_bare(inline.children))
        elif not (isinstance(inline, Math) and inline.display):
            bare.append(inline)
    return tuple(bare)
