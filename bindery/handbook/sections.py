"""The sections of a book as documents of their own, each begun on a fresh page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from bindery.diagnostics import Diagnostic
from bindery.handbook.assets import Assets
from bindery.handbook.contents import Listed, contents, lists, numbers
from bindery.handbook.glossary import GlossaryEntry, glossary
from bindery.handbook.index import index
from bindery.handbook.inlines import page_link
from bindery.handbook.pages import PartOpening, appendix_html, chapter_html, part_html
from bindery.handbook.runs import Item, runs
from bindery.handbook.scope import TermUse
from bindery.handbook.templates import fill, ready
from bindery.handbook.work import Work
from bindery.model import Chapter
from bindery.press.jobs import Document
from bindery.press.links import SEPARATOR
from bindery.press.weasy import weasyprint_version

_DEMOS_TOGETHER = 3
_LISTED_TOGETHER = 480  # about fifteen pages
_NUMBERS_TOGETHER = 480  # about a dozen pages


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the body: its HTML, its pictures, and what was found while writing it.

    ``on_recto`` says whether it begins on a right-hand page, or on any; ``images`` are the URLs
    of the notes' own pictures by their paths.
    """

    html: str
    assets: Mapping[str, bytes]
    on_recto: bool = True
    terms: tuple[TermUse, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    images: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """What of a chapter is laid out together; the first one opens it, with the part before it.

    ``number`` counts the runs of a chapter from 0.
    """

    chapter: Chapter
    number: int
    items: tuple[Item, ...]
    part: PartOpening | None
    in_part: bool

    @property
    def opens(self) -> bool:
        """Whether the chapter begins with it."""
        return self.number == 0


def body_runs(work: Work) -> Iterator[Run]:
    """Yield the runs of all chapters."""
    parts, in_part = work.parts(), False
    for chapter in work.book.chapters:
        part = parts.get(chapter.file)
        in_part = in_part or part is not None
        for number, items in enumerate(runs(chapter)):
            yield Run(chapter, number, items, part if number == 0 else None, in_part)


def run_section(work: Work, run: Run) -> Section:
    """Return a run of a chapter."""
    assets = work.assets()
    scope = work.scope(run.chapter.file, assets)
    scope.footnotes = {note.label: note for note in run.chapter.footnotes}
    html = chapter_html(
        run.chapter,
        scope,
        work.identified.identities,
        work.templates,
        in_part=run.in_part,
        items=run.items,
        opens=run.opens,
    )
    if run.part:
        html = part_html(run.part, work.templates) + "\n" + html
    terms, problems = tuple(scope.terms), tuple(scope.problems)
    return Section(html, assets.contents, run.opens, terms, problems, assets.images)


def body(work: Work) -> Iterator[Section]:
    """Yield the runs of the chapters, then those of the appendix."""
    for run in body_runs(work):
        yield run_section(work, run)
    yield from appendix(work)


def front(work: Work, back_titles: Sequence[tuple[str, str]]) -> tuple[Section, ...]:
    """Return title page, imprint, contents and the lists of figures, tables and listings.

    Long lists are sections of their own: laid out in one piece they take too much memory.
    """
    info, assets = work.book.info, work.assets()
    scope = work.scope("", assets)
    entries = contents(work.identified, work.parts(), scope, back_titles)
    numbered = [entry.number for entry in entries if entry.kind == "question"]
    listed = lists(work.book, scope)
    is_long = sum(len(each.entries) for each in listed) > _LISTED_TOGETHER
    ornament = (work.settings.templates / "ornament.svg").read_bytes()
    values = {
        "title": info.title,
        "subtitle": info.subtitle,
        "authors": info.authors,
        "edition": info.edition,
        "rights": info.rights,
        "ornament": assets.drawing("ornament", ".svg", ornament),
        "chapter_count": len(work.book.chapters),
        "question_count": len(work.book.questions),
        "demo_count": len(work.numbering.demos),
        "contents": entries,
        "out_of_order": numbered != sorted(numbered),
        "numbers_page": ready(page_link("numbers")),
        "lists": () if is_long else listed,
    }
    first = Section(fill(work.templates, "front.html.j2", values), assets.contents)
    pieces = tuple(_pieces(listed)) if is_long else ()
    htmls = (fill(work.templates, "lists.html.j2", {"lists": (piece,)}) for piece in pieces)
    return (first, *(Section(html, {}) for html in htmls))


def _pieces(listed: Sequence[Listed]) -> Iterator[Listed]:
    """Yield lists in parts; only the first part of a list has its anchor, and its title."""
    for each in listed:
        for start in range(0, len(each.entries), _LISTED_TOGETHER):
            entries = each.entries[start : start + _LISTED_TOGETHER]
            yield Listed("" if start else each.anchor, each.title, entries)


def glossary_entries(work: Work, terms: Sequence[TermUse]) -> tuple[GlossaryEntry, ...]:
    """Return what the glossary lists."""
    return glossary(work.book, terms, work.sorting_key)


def back_titles(
    terms: Sequence[TermUse], entries: Sequence[GlossaryEntry]
) -> tuple[tuple[str, str], ...]:
    """Return anchor and title of each section at the back, in order."""
    found = [("numbers", "编号一览"), ("colophon", "版本说明")]
    if terms:
        found.insert(0, ("index", "索引"))
    if entries:
        found.insert(0, ("glossary", "术语对照"))
    return tuple(found)


def glossary_section(work: Work, entries: Sequence[GlossaryEntry]) -> Section:
    """Return the glossary."""
    return _back(work, "glossary.html.j2", {"entries": entries})


def index_section(
    work: Work, terms: Sequence[TermUse], pages: Mapping[str, int], *, apart: bool = False
) -> Section:
    """Return the index; its layout depends on the pages of the body.

    ``apart`` is for a fragment, whose links are found where they are printed: see ``press.links``.
    """
    groups = index(terms, pages, work.sorting_key)
    return _back(work, "index.html.j2", {"groups": groups, "apart": apart, "comma": SEPARATOR})


def numbers_sections(work: Work) -> Iterator[Section]:
    """Yield the list of question numbers in runs that are laid out apart, then the colophon."""
    assets = work.assets()
    entries = numbers(work.identified, work.scope("", assets))
    for start in range(0, len(entries), _NUMBERS_TOGETHER):
        values = {
            "numbers": entries[start : start + _NUMBERS_TOGETHER],
            "opens": start == 0,
            "long": len(entries) > _NUMBERS_TOGETHER,
        }
        yield _back(work, "numbers.html.j2", values, assets)
    values = {"facts": _facts(work), "tool_version": work.settings.tool_version}
    yield _back(work, "colophon.html.j2", values)


def as_document(work: Work, kind: str, section: Section, closer: str = "") -> Document:
    """Return a section as a document that can be laid out by itself; see ``Document``."""
    return Document(work.document(kind, section.html, described=False), section.assets, closer)


def appendix(work: Work) -> Iterator[Section]:
    """Yield the runs of the appendix."""
    demos = [(demo, work.figures[slug]) for slug, demo in work.numbering.demos.items()]
    for start in range(0, len(demos), _DEMOS_TOGETHER):
        group, opens = demos[start : start + _DEMOS_TOGETHER], start == 0
        assets = work.assets()
        scope = work.scope("", assets, small=True)
        html = appendix_html(group, scope, work.templates, opens=opens)
        yield Section(html, assets.contents, opens, (), tuple(scope.problems))


def _back(
    work: Work, template: str, values: Mapping[str, Any], assets: Assets | None = None
) -> Section:
    html: Markup = fill(work.templates, template, values)
    return Section(html, (assets or work.assets()).contents)


def _facts(work: Work) -> list[tuple[str, str]]:
    """Return what the colophon lists: versions and devices, nothing that changes by the run."""
    facts = [("排版", f"WeasyPrint {weasyprint_version()}"), *work.settings.versions]
    facts += [(family, source) for family, source in work.fonts.credits]
    devices = dict.fromkeys(figure.computed_on for figure in work.figures.values())
    facts += [("演示的计算", device) for device in devices if device]
    versions = dict.fromkeys(v for figure in work.figures.values() for v in figure.versions)
    return facts + list(versions)
