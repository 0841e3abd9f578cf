"""From an identified book to the bytes of its handbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity, in_order
from bindery.digest import digest
from bindery.fonts import FontSet, install
from bindery.handbook.assets import Assets
from bindery.handbook.contents import contents, numbers
from bindery.handbook.index import index
from bindery.handbook.numbering import Numbering, number_book
from bindery.handbook.pages import (
    PartOpening,
    appendix_html,
    chapter_html,
    part_html,
    part_opening,
)
from bindery.handbook.scope import Scope, TermUse
from bindery.handbook.settings import COLUMNS, Handbook, PrintSettings
from bindery.handbook.templates import environment, fill, ready
from bindery.handbook.weasy import LabelStyle, Layout, Press, weasyprint_version
from bindery.model import Book, Figure, Formula, IdentifiedBook

_BACK = (("index", "索引"), ("numbers", "编号一览"), ("colophon", "版本说明"))
_WHITE = '<section style="page: white"></section>'


def render(
    identified: IdentifiedBook,
    formulas: Mapping[tuple[str, bool], Formula],
    figures: Mapping[str, Figure],
    settings: PrintSettings,
    cache: Cache,
) -> Handbook:
    """Print a book: the same bytes for the same arguments, at any time and in any folder.

    The body is laid out first; where its anchors fall gives the pages for the index and the
    contents, which are documents of their own, and all are written as one PDF.

    Raises:
        MachineError: Pango or a package of fonts is missing.
    """
    fonts = install(cache)
    work = _Work(
        identified,
        number_book(identified, figures),
        formulas,
        figures,
        settings,
        environment(settings.templates),
        Assets(settings.source),
        fonts,
    )
    body, uses, problems = _body(work)
    with Press(fonts, work.assets.contents, work.style()) as press:
        middle = press.lay_out(work.document("body", body))
        even = middle.page_count + middle.page_count % 2
        body_pages = {anchor: page + 1 for anchor, page in middle.anchors.items()}
        back_html = _back(work, uses, body_pages, even)
        back = press.lay_out(back_html)
        pages = {anchor: str(page) for anchor, page in body_pages.items()}
        pages |= {anchor: str(page + 1 + even) for anchor, page in back.anchors.items()}
        front_html = _front(work, pages)
        front = press.lay_out(front_html)
        layouts = _on_recto(press, work, [front, middle, back])
        start = front.page_count + front.page_count % 2
        labels: list[tuple[int, LabelStyle]] = [(0, "roman"), (start, "arabic")]
        name = digest(body, front_html, back_html, work.style(), fonts.digest, length=32)
        pdf = press.write(layouts, labels, name)
    problems += [
        Diagnostic(Place("handbook"), "typesetting", message, severity=Severity.WARNING)
        for message in dict.fromkeys(press.messages)
    ]
    notes = {i: pages[i] for i in identified.identities if i in pages}
    count = sum(layout.page_count for layout in layouts)
    return Handbook(pdf, count, notes, in_order(problems))


@dataclass(frozen=True, slots=True)
class _Work:
    """What every step of one rendering needs."""

    identified: IdentifiedBook
    numbering: Numbering
    formulas: Mapping[tuple[str, bool], Formula]
    figures: Mapping[str, Figure]
    settings: PrintSettings
    templates: Environment
    assets: Assets
    fonts: FontSet

    @property
    def book(self) -> Book:
        return self.identified.book

    def scope(self, chapter: str = "") -> Scope:
        return Scope(
            chapter,
            self.numbering,
            self.formulas,
            self.figures,
            self.assets,
            COLUMNS[self.settings.paper],
        )

    def document(self, kind: str, body: str, style: str = "") -> str:
        info = self.book.info
        tags = dict.fromkeys(tag for chapter in self.book.chapters for tag in chapter.tags)
        values = {
            "language": info.language,
            "title": info.title,
            "authors": info.authors,
            "subtitle": info.subtitle,
            "keywords": tuple(tags),
            "tool_version": self.settings.tool_version,
            "style": ready(style),
            "kind": kind,
            "body": ready(body),
        }
        return str(fill(self.templates, "document.html.j2", values))

    def style(self) -> str:
        """Return the style sheets: the paper's sizes, then the book's."""
        names = (f"{self.settings.paper}.css", "book.css")
        return "\n".join((self.settings.templates / name).read_text("utf-8") for name in names)

    def parts(self) -> dict[str, PartOpening]:
        """Return the part that opens before a chapter, by the chapter's file."""
        known = {chapter.file for chapter in self.book.chapters}
        openings: dict[str, PartOpening] = {}
        for number, part in enumerate(self.book.info.parts, 1):
            first = next((file for file in part.files if file in known), None)
            if first is not None:
                openings[first] = part_opening(number, part.title)
        return openings


def _body(work: _Work) -> tuple[str, list[TermUse], list[Diagnostic]]:
    html: list[str] = []
    uses: list[TermUse] = []
    problems: list[Diagnostic] = []
    parts, in_part = work.parts(), False
    for chapter in work.book.chapters:
        if part := parts.get(chapter.file):
            html.append(part_html(part, work.templates))
            in_part = True
        scope = work.scope(chapter.file)
        scope.footnotes = {note.label: note for note in chapter.footnotes}
        identities = work.identified.identities
        html.append(chapter_html(chapter, scope, identities, work.templates, in_part=in_part))
        uses += scope.terms
        problems += scope.problems
    if work.numbering.demos:
        demos = [(demo, work.figures[slug]) for slug, demo in work.numbering.demos.items()]
        html.append(appendix_html(demos, work.scope(), work.templates))
    return "\n".join(html), uses, problems


def _back(work: _Work, uses: list[TermUse], pages: Mapping[str, int], start: int) -> str:
    labels = {anchor: str(page) for anchor, page in pages.items()}
    values = {
        "index": index(uses, pages),
        "numbers": numbers(work.identified, work.scope(), labels),
        "facts": _facts(work),
        "tool_version": work.settings.tool_version,
    }
    body = fill(work.templates, "back.html.j2", values)
    return work.document("back", body, f"@page :first {{ counter-reset: page {start + 1} }}")


def _front(work: _Work, pages: Mapping[str, str]) -> str:
    info, templates = work.book.info, work.settings.templates
    back = tuple((anchor, title) for anchor, title in _BACK if anchor in pages)
    values = {
        "title": info.title,
        "subtitle": info.subtitle,
        "authors": info.authors,
        "edition": info.edition,
        "rights": info.rights,
        "ornament": ready((templates / "ornament.svg").read_text("utf-8")),
        "chapter_count": len(work.book.chapters),
        "question_count": len(work.book.questions),
        "demo_count": len(work.numbering.demos),
        "contents": contents(work.identified, work.parts(), work.scope(), pages, back),
    }
    return work.document("front", fill(work.templates, "front.html.j2", values))


def _facts(work: _Work) -> list[tuple[str, str]]:
    """Return what the colophon lists: versions and devices, nothing that changes by the run."""
    facts = [("排版", f"WeasyPrint {weasyprint_version()}"), *work.settings.versions]
    facts += [(family, source) for family, source in work.fonts.credits]
    devices = dict.fromkeys(figure.computed_on for figure in work.figures.values())
    facts += [("演示的计算", device) for device in devices if device]
    versions = dict.fromkeys(v for figure in work.figures.values() for v in figure.versions)
    return facts + list(versions)


def _on_recto(press: Press, work: _Work, layouts: list[Layout]) -> list[Layout]:
    """Return the documents with white pages between, so that each begins on the right."""
    sheets: list[Layout] = []
    for layout in layouts:
        if sum(sheet.page_count for sheet in sheets) % 2:
            sheets.append(press.lay_out(work.document("white", _WHITE)))
        sheets.append(layout)
    return sheets
