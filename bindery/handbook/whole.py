"""A book printed in one piece: tagged for screen readers, or with a WeasyPrint not known here.

Page numbers are text: the book is laid out until they are those of the pages they stand for.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Mapping
from itertools import count

from bindery.diagnostics import Diagnostic
from bindery.digest import digest
from bindery.handbook import sections
from bindery.handbook.apart import Printed
from bindery.handbook.breaks import formulas_needed
from bindery.handbook.scope import TermUse
from bindery.handbook.work import Work
from bindery.press.slot import PLACEHOLDER, WIDE_PLACEHOLDER
from bindery.press.weasy import LabelStyle, Layout, Press

# Numbers settle at once but where a longer one moves what it stands for; then once more.
_MOST_ROUNDS = 5
_SLOT = re.compile(rf'(<span class="slot" data-to="([^"]*)">){PLACEHOLDER}(?=</span>)')
_LISTED = re.compile(rf'(data-to="([^"]*)" data-page="){WIDE_PLACEHOLDER}(?=")')
_WHITE = '<section style="page: white"></section>'
_FOLIOS = (
    ":root {{ --number: counter(page{style}) }} @page :first {{ counter-reset: page {before} }}"
)


def print_whole(work: Work, known: Mapping[str, str] | None = None) -> Printed:
    """Print a book in one piece; its pages are nearly those of ``print_apart``.

    Args:
        work: The book.
        known: The page number of each anchor as far as it is known, which saves a round or two.

    Raises:
        MachineError: Pango is missing.
    """
    terms: list[TermUse] = []
    problems: list[Diagnostic] = []
    assets: dict[str, bytes] = {}
    html: list[str] = []
    work.draw_ahead(formulas_needed(work.book))
    for section in sections.body(work):
        html.append(section.html)
        assets |= section.assets
        terms += section.terms
        problems += section.problems
    entries = sections.glossary_entries(work, terms)
    titles = sections.back_titles(terms, entries)
    front = sections.front(work, titles)
    start_html = "\n".join(section.html for section in front)
    numbers = list(sections.numbers_sections(work))
    pictures = {**assets, **front[0].assets, **numbers[0].assets}
    with Press(work.fonts, work.style()) as press:
        printer = _Printer(work, press, pictures)
        layouts: list[Layout] = []
        pages: Mapping[str, str] = known or {}
        for turn in count(1):
            body = printer.lay_out("body", "\n".join(html), pages)
            found = {anchor: page + 1 for anchor, page in body.anchors.items()}
            end = [
                sections.glossary_section(work, entries).html if entries else "",
                sections.index_section(work, terms, found).html if terms else "",
                *(section.html for section in numbers),
            ]
            before = _even(body.page_count)
            back = printer.lay_out("back", "\n".join(end), pages, before=before)
            now = {anchor: str(page) for anchor, page in found.items()}
            now |= {anchor: str(page + 1 + before) for anchor, page in back.anchors.items()}
            start = printer.lay_out("front", start_html, now, roman=True)
            layouts, settled = [start, body, back], now.items() <= pages.items()
            pages = now
            if settled or turn == _MOST_ROUNDS:
                break
            # A whole book of boxes hangs together in circles, and the collector is off.
            del start, body, back
            layouts.clear()
            gc.collect()
        sheets = printer.on_rectos(layouts)
        first = _even(layouts[0].page_count)
        labels: list[tuple[int, LabelStyle]] = [(0, "roman"), (first, "arabic")]
        name = digest(html, start_html, end, work.style(), work.fonts.digest, length=32)
        pdf = press.write(sheets, labels, name, work.settings.standard or None)
        messages = tuple(dict.fromkeys(press.messages))
    total = sum(sheet.page_count for sheet in sheets)
    return Printed(pdf, total, pages, (), tuple(problems), messages)


class _Printer:
    def __init__(self, work: Work, press: Press, assets: Mapping[str, bytes]) -> None:
        self._work, self._press, self._assets = work, press, assets

    def lay_out(
        self,
        kind: str,
        html: str,
        pages: Mapping[str, str],
        *,
        before: int = 0,
        roman: bool = False,
    ) -> Layout:
        """Lay out sections with the page numbers known so far, behind so many pages."""

        def number(match: re.Match[str]) -> str:
            return match[1] + pages.get(match[2], "")

        document = self._work.document(kind, _LISTED.sub(number, _SLOT.sub(number, html)))
        style = _FOLIOS.format(style=", lower-roman" if roman else "", before=before + 1)
        return self._press.lay_out(document, self._assets, style)

    def on_rectos(self, layouts: list[Layout]) -> list[Layout]:
        """Return the documents with white pages between, so that each begins on the right."""
        sheets: list[Layout] = []
        for layout in layouts:
            if sum(sheet.page_count for sheet in sheets) % 2:
                white = self._work.document("white", _WHITE)
                sheets.append(self._press.lay_out(white, {}))
            sheets.append(layout)
        return sheets


def _even(number: int) -> int:
    return number + number % 2
