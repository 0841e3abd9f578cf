"""The pages of the body: one chapter's HTML, a part's opening, the appendix of demos.

``chapter_html`` needs nothing but its chapter and the book's numbering: chapters can be
written, laid out and kept apart from each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from bindery.handbook.html import blocks_html, figure_html, listing_figure
from bindery.handbook.inlines import line_html, page_link
from bindery.handbook.numbering import APPENDIX, DemoNumber, Label, Numbering, chapter_anchor
from bindery.handbook.plain import plain
from bindery.handbook.scope import Scope
from bindery.handbook.spacing import Spacer
from bindery.handbook.templates import fill, ready
from bindery.model import Chapter, Figure, Identity, Paragraph, Question, Section

APPENDIX_ANCHOR = "appendix:demos"
APPENDIX_TITLE = "演示：代码与结果"
_NUMERALS = "零一二三四五六七八九十"
_MOST_DOTS = 5


@dataclass(frozen=True, slots=True)
class PartOpening:
    """A part's own page: its number in words, its title and its anchor."""

    number: str
    title: str
    anchor: str


def part_opening(index: int, title: str) -> PartOpening:
    """Return the opening of the part with this index (from 1)."""
    return PartOpening(f"第{_in_words(index)}部分", spaced(title), f"part:{index}")


def part_html(part: PartOpening, templates: Environment) -> Markup:
    """Return the page that opens a part."""
    values = {"number": part.number, "title": part.title, "anchor": part.anchor}
    return fill(templates, "part.html.j2", values)


def chapter_html(
    chapter: Chapter,
    scope: Scope,
    identities: Mapping[str, Identity],
    templates: Environment,
    *,
    in_part: bool = False,
    items: Sequence[Question | Section] | None = None,
    opens: bool = True,
) -> Markup:
    """Return a chapter as HTML; what is wrong with it is added to ``scope.problems``.

    ``items`` are those of a run, all of them by default; only the first run ``opens``.
    """
    number = scope.numbering.chapters[chapter.file]
    scope.owner = ""
    values = {
        "opens": opens,
        "anchor": chapter_anchor(number),
        "number": number,
        "title": spaced(chapter.title),
        "intro": ready(blocks_html(chapter.intro, scope)) if opens else "",
        "in_part": in_part,
        "items": [
            _question(item, scope, identities)
            if isinstance(item, Question)
            else _section(item, scope)
            for item in (chapter.body if items is None else items)
        ],
    }
    return fill(templates, "chapter.html.j2", values)


def appendix_html(
    demos: Sequence[tuple[DemoNumber, Figure]],
    scope: Scope,
    templates: Environment,
    *,
    opens: bool = True,
) -> Markup:
    """Return the appendix of worked demos as HTML, or a further run of its demos."""
    values = {
        "opens": opens,
        "anchor": APPENDIX_ANCHOR,
        "letter": APPENDIX,
        "title": APPENDIX_TITLE,
        "demos": [_demo(number, figure, scope) for number, figure in demos],
    }
    return fill(templates, "appendix.html.j2", values)


def spaced(text: str) -> str:
    """Return one line of plain text with Han and Latin apart."""
    return Spacer().text(text)


def _question(
    question: Question, scope: Scope, identities: Mapping[str, Identity]
) -> dict[str, Any]:
    scope.owner = question.id

    def number(ident: str) -> str:
        identity = identities.get(ident)
        return identity.number if identity else ""

    values = {
        "is_question": True,
        "anchor": question.id,
        "number": number(question.id),
        "title": ready(line_html(question.title, scope, hyphenate=False)),
        "plain": plain(question.title),
        "difficulty": max(0, min(question.difficulty, _MOST_DOTS)),
        "tags": [spaced(tag) for tag in question.tags],
        "short": ready(blocks_html(question.short, scope)),
        "run_in": bool(question.short) and isinstance(question.short[0], Paragraph),
        "long": ready(blocks_html(question.long, scope)),
        "cards": [
            {
                "anchor": card.id,
                "number": number(card.id),
                "front": ready(blocks_html(card.front, scope)),
                "back": ready(blocks_html(card.back, scope)),
            }
            for card in question.cards
        ],
        "clozes": [
            {
                "anchor": cloze.id,
                "number": number(cloze.id),
                "body": ready(blocks_html(cloze.blocks, scope)),
            }
            for cloze in question.clozes
        ],
    }
    scope.owner = ""
    return values


def _section(section: Section, scope: Scope) -> dict[str, Any]:
    return {
        "is_question": False,
        "anchor": section.id,
        "title": ready(line_html(section.title, scope, hyphenate=False)),
        "plain": plain(section.title),
        "body": ready(blocks_html(section.blocks, scope)),
    }


def _demo(number: DemoNumber, figure: Figure, scope: Scope) -> dict[str, Any]:
    mark = number.number.replace(".", "-")
    url = scope.assets.drawing(figure.slug, ".svg", figure.svg)
    picture = f'<img src="{url}" alt="{Markup.escape(figure.alt or figure.caption)}">'
    label = Label("figure", mark, f"figure:{mark}")
    code = Label("listing", mark, f"listing:{mark}")
    title = spaced(figure.title)
    return {
        "anchor": number.anchor,
        "number": number.number,
        "label": mark,
        "title": title,
        "plain": title,
        "caption": spaced(figure.caption),
        "figure": ready(figure_html(picture, label, str(Markup.escape(title)))),
        "results": [
            {"label": spaced(row.label), "value": spaced(row.value)} for row in figure.results
        ],
        "listing": ready(
            listing_figure(
                scope.listing(figure.listing, "python", scope.columns),
                code,
                str(Markup.escape(title)),
                is_long=True,
            )
        )
        if figure.listing
        else "",
        "computed_on": spaced(figure.computed_on),
        "used_in": [_use(ident, scope.numbering) for ident in number.used_in],
    }


def _use(ident: str, numbering: Numbering) -> dict[str, str]:
    target = numbering.targets[ident]
    return {
        "anchor": target.anchor,
        "number": target.label,
        "title": target.title,
        "page": ready(page_link(target.anchor)),
    }


def _in_words(number: int) -> str:
    if number <= 10:
        return _NUMERALS[number]
    if number < 20:
        return "十" + _NUMERALS[number - 10]
    tens, ones = divmod(number, 10)
    return f"{_NUMERALS[tens]}十{_NUMERALS[ones] if ones else ''}"
