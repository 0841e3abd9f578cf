"""The reader of foreign Markdown: whatever way it marks its questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bindery.importer.model import (
    Chapter,
    Doubt,
    Dropped,
    Entry,
    Imported,
    Question,
    Repair,
    Source,
)
from bindery.importer.names import made_title
from bindery.importer.repairs import clean
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced
from bindery.importer.wild import contents, markers, matter, prose
from bindery.importer.wild.anchors import anchors_of
from bindery.importer.wild.assembly import Assembly
from bindery.importer.wild.html import Html
from bindery.importer.wild.inlines import Inlines, addresses_of
from bindery.importer.wild.lines import Line, Page, page_of
from bindery.importer.wild.markers import Marker
from bindery.importer.wild.matter import Matter
from bindery.importer.wild.outline import Outline, outline_of
from bindery.importer.wild.own import own_notes
from bindery.importer.wild.pictures import Pictures

_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")
# Signs of Markdown, and how much each says when it occurs more than once.
_SIGNS = (
    (0.5, re.compile(r"^#{1,6} \S", re.MULTILINE)),
    (0.3, re.compile(r"^ {0,3}```", re.MULTILINE)),
    (0.2, re.compile(r"[^!]\[[^\]\n]+\]\([^)\s]+\)")),
    (0.3, re.compile(r"!\[[^\]\n]*\]\([^)\n]+\)")),
    (0.45, re.compile(r"<h[1-6]\b|<details>|<summary>|<img\b|</(?:a|font|div|p)>", re.IGNORECASE)),
    (0.55, re.compile(r"^\*\*[^*\n]+\*\*", re.MULTILINE)),
    (0.6, re.compile(r"^(?:\*\*)?(?:Q\d*|问题?\d*)(?:\*\*)?[:：]", re.MULTILINE)),
    (0.5, re.compile(r"^\s*[-*+] \[[ xX]\] ", re.MULTILINE)),
    (0.3, re.compile(r"^\|?[ :-]+\|[ :|-]+$", re.MULTILINE)),
    (0.4, re.compile(r"^(?:={3,}|-{4,})$", re.MULTILINE)),
    (0.4, re.compile(r"^\d{1,3}\. \S.*[?？]\n\n {2,}\S", re.MULTILINE)),
)


class WildReader:
    """Markdown as it is found: any kind of heading, any way of marking questions."""

    name = "markdown"

    def evidence(self, source: Source) -> float:
        """Say how much a file looks like Markdown: by its name, then by its signs."""
        is_named = source.path.suffix.lower() in _MARKDOWN
        signs = sum(weight for weight, sign in _SIGNS if len(sign.findall(source.text)) > 1)
        return min(signs + (0.6 if is_named else 0.0), 0.95)

    def read(self, source: Source) -> Imported:
        """Read a file of Markdown; one of our own dialect comes through as it is."""
        if (own := own_notes(source, self.name)) is not None:
            return own
        cleaned = clean(source)
        telling = Telling(cleaned.repairs)
        return imported_of(source, self.name, matter.split(cleaned.text, telling), telling)


def imported_of(source: Source, name: str, front: Matter, telling: Telling) -> Imported:
    """Find sections, questions and answers in Markdown, whatever it was written as.

    Args:
        source: the file.
        name: the reader's.
        front: the title and tags, and the Markdown after the front matter.
        telling: what has been told so far; more is added.
    """
    page = page_of(prose.unindented(front.rest, telling))
    pictures = Pictures(source, telling)
    page, heads, others = _without_contents(page, telling)
    outline = outline_of(page, heads, others)
    _tell(outline, telling)
    known = anchors_of(page, outline)
    html = Html(telling, pictures)
    inlines = Inlines(telling, pictures, known.ids, addresses_of(front.rest.text))
    assembly = Assembly(page, outline, known, telling=telling, html=html, inlines=inlines)
    entries = tuple(replace(e, line=source.line(e.line)) for e in assembly.entries())
    _tell_twins(entries, telling)
    title = _title(source, front.title, assembly.title, telling)
    chapter = Chapter(source.path.stem, title, entries, assembly.intro, front.tags)
    return Imported(
        source,
        name,
        (chapter,),
        tuple(sorted(telling.repairs, key=_place)),
        tuple(sorted(telling.doubts, key=_place)),
        tuple(sorted(telling.dropped, key=_place)),
        tuple(telling.made),
        tuple(pictures.found),
    )


def _place(told: Repair | Doubt | Dropped) -> int:
    return told.at


def _tell_twins(entries: Sequence[Entry], telling: Telling) -> None:
    """Say which questions have the title of an earlier one: the build tells them apart by ids."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if not isinstance(entry, Question):
            continue
        twin = first.setdefault(entry.title.text, entry)
        if twin is not entry and not (entry.id and twin.id):
            telling.doubt(
                "same-title",
                entry.title.start,
                f'"{entry.title.text}" stands on line {twin.line} too: two questions',
                "one question, with both answers; or an {#id} for each",
            )


def _title(source: Source, matter: Traced, heading: Traced, telling: Telling) -> Traced:
    """Return the title of the chapter: its heading's, its front matter's, or the file's name."""
    if heading:
        telling.drop("title", "the title in the front matter: a heading gives it", matter)
        return heading
    if matter:
        return matter
    return made_title(source, telling)


def _without_contents(
    page: Page, telling: Telling
) -> tuple[Page, list[Marker], list[list[Marker]]]:
    """Drop tables of contents; return the page without them, its headings and its other marks."""
    heads = markers.headings(page)
    lists = [markers.tasks(page), markers.numbers(page)]
    rest = [markers.bold_lines(page), markers.letters(page), markers.brackets(page)]
    others = [list(found) for found in (*rest, markers.folds(page), *lists)]
    named = [*heads, *(marker for found in others[:4] for marker in found)]
    gone: set[int] = set()
    for table in contents.tables(page, named):
        rows = range(table.first, table.last)
        gone.update(rows)
        telling.drop(
            "contents",
            "a table of contents: what it lists stands below",
            [page.lines[row].text for row in rows],
        )
        for text in table.strangers:
            telling.doubt(
                "contents",
                page.lines[table.first].text.start,
                f'left out with its table of contents: "{text}", which is no heading below',
                "keep it",
            )
    for row in contents.marks(page):
        if row not in gone:
            gone.add(row)
            why = "asks for a table of contents, or leads back to it"
            telling.drop("contents", why, page.lines[row].text)
    empty = Line(NOTHING, "blank")
    lines = tuple(empty if row in gone else line for row, line in enumerate(page.lines))
    return (
        Page(lines, page.items),
        [m for m in heads if m.first not in gone],
        [[m for m in found if m.first not in gone] for found in others],
    )


def _tell(outline: Outline, telling: Telling) -> None:
    """Say what was taken for a question where another reading is near, or none is found."""
    chosen, rival = outline.chosen, outline.rival
    if chosen is None:
        telling.doubt(
            "no-questions", 0, "no question was found: all of it is text", "name --format"
        )
    elif rival is not None:
        telling.doubt(
            "questions",
            chosen.markers[0].title.start,
            f"the {len(chosen.markers)} {chosen.name} are the questions",
            f"the {len(rival.markers)} {rival.name}",
        )
    for part in outline.parts:
        if part.alternative:
            what = f'"{_shortened(part.marker.title)}": {part.choice}'
            telling.doubt("heading", part.marker.title.start, what, part.alternative)


def _shortened(title: Traced, limit: int = 40) -> str:
    return title.text if len(title.text) <= limit else title.text[: limit - 1] + "…"
