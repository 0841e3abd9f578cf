"""The sections of a book as documents of their own, each begun on a recto."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bindery.diagnostics import Diagnostic
from bindery.handbook.assets import Assets
from bindery.handbook.contents import contents, lists, numbers
from bindery.handbook.glossary import glossary
from bindery.handbook.index import index
from bindery.handbook.jobs import Document
from bindery.handbook.pages import appendix_html, chapter_html, part_html
from bindery.handbook.scope import TermUse
from bindery.handbook.slot import WIDE_PLACEHOLDER
from bindery.handbook.templates import fill
from bindery.handbook.weasy import weasyprint_version
from bindery.handbook.work import Work

# So many demos are laid out together: the work of changing one, against white pages.
_DEMOS_TOGETHER = 6
_NUMBERS_TOGETHER = 240  # about six pages


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the body: its HTML, its pictures, and what was found while writing it."""

    html: str
    assets: Mapping[str, bytes]
    terms: tuple[TermUse, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def body(work: Work) -> Iterator[Section]:
    """Yield the chapters, each with the part that opens before it, then the appendix."""
    parts, in_part = work.parts(), False
    for chapter in work.book.chapters:
        html: list[str] = []
        if part := parts.get(chapter.file):
            html.append(part_html(part, work.templates))
            in_part = True
        assets = work.assets()
        scope = work.scope(chapter.file, assets)
        scope.footnotes = {note.label: note for note in chapter.footnotes}
        identities = work.identified.identities
        html.append(chapter_html(chapter, scope, identities, work.templates, in_part=in_part))
        yield Section("\n".join(html), assets.contents, tuple(scope.terms), tuple(scope.problems))
    yield from _appendix(work)


def front(work: Work, back_titles: Sequence[tuple[str, str]]) -> Section:
    """Return title page, imprint, contents and the lists of figures, tables and listings."""
    info, assets = work.book.info, work.assets()
    scope = work.scope("", assets)
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
        "contents": contents(work.identified, work.parts(), scope, back_titles),
        "lists": lists(work.book, scope),
        "wide": WIDE_PLACEHOLDER,
    }
    return Section(fill(work.templates, "front.html.j2", values), assets.contents)


def back_titles(work: Work, terms: Sequence[TermUse]) -> tuple[tuple[str, str], ...]:
    """Return anchor and title of each section at the back, in order."""
    found = [("numbers", "编号一览"), ("colophon", "版本说明")]
    if terms:
        found.insert(0, ("index", "索引"))
    if glossary(work.book, terms):
        found.insert(0, ("glossary", "术语对照"))
    return tuple(found)


def glossary_section(work: Work, terms: Sequence[TermUse]) -> Section:
    """Return the glossary."""
    return _back(work, "glossary.html.j2", {"entries": glossary(work.book, terms)})


def index_section(work: Work, terms: Sequence[TermUse], pages: Mapping[str, int]) -> Section:
    """Return the index; its layout depends on the pages of the body."""
    return _back(work, "index.html.j2", {"groups": index(terms, pages)})


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


def as_document(work: Work, kind: str, section: Section) -> Document:
    """Return a section as a document that can be laid out by itself."""
    return Document(work.document(kind, section.html), section.assets)


def _appendix(work: Work) -> Iterator[Section]:
    demos = [(demo, work.figures[slug]) for slug, demo in work.numbering.demos.items()]
    for start in range(0, len(demos), _DEMOS_TOGETHER):
        group = demos[start : start + _DEMOS_TOGETHER]
        assets = work.assets()
        scope = work.scope("", assets)
        html = appendix_html(group, scope, work.templates, opens=start == 0)
        yield Section(html, assets.contents, (), tuple(scope.problems))


def _back(
    work: Work, template: str, values: Mapping[str, Any], assets: Assets | None = None
) -> Section:
    html: Markup = fill(work.templates, template, {**values, "wide": WIDE_PLACEHOLDER})
    return Section(html, (assets or work.assets()).contents)


def _facts(work: Work) -> list[tuple[str, str]]:
    """Return what the colophon lists: versions and devices, nothing that changes by the run."""
    facts = [("排版", f"WeasyPrint {weasyprint_version()}"), *work.settings.versions]
    facts += [(family, source) for family, source in work.fonts.credits]
    devices = dict.fromkeys(figure.computed_on for figure in work.figures.values())
    facts += [("演示的计算", device) for device in devices if device]
    versions = dict.fromkeys(v for figure in work.figures.values() for v in figure.versions)
    return facts + list(versions)
