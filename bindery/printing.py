"""What goes to paper: handbook, booklet, changed sheets and cards, from one identified book."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import bindery
from bindery.cache import Cache
from bindery.copies import copy_for, to_print
from bindery.diagnostics import Diagnostic, MachineError
from bindery.digest import digest
from bindery.formulas import Drawn, drawing_recipe
from bindery.handbook import (
    Booklet,
    Flashcards,
    Handbook,
    PrintSettings,
    Rendering,
    begin,
    booklet,
    extracted,
    formulas_needed,
    prepare,
    render_flashcards,
)
from bindery.inputs import code_digest
from bindery.judge import Checked
from bindery.model import Figure
from bindery.press.jobs import Workers
from bindery.request import (
    BOOKLET,
    CHANGED,
    FLASHCARDS,
    HANDBOOK,
    PRINTED,
    Request,
)
from bindery.sheets import Pages, changed_sheets, counted
from bindery.versions import version

PACKAGES = ("weasyprint", "genanki", "markdown-it-py", "django-static-mathjax", "matplotlib")
_BOOKLET_PAPER = "a5"


@dataclass(frozen=True, slots=True)
class Printed:
    """Products for paper, in memory.

    ``files`` are the bytes of each product's files, ``counts`` the pages of each file; ``pages``
    give the page of each note, ``sheets`` what stands on each page of a product, and ``news``
    are words to the printer by product.
    """

    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, Pages] = field(default_factory=dict)
    news: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def refuse(request: Request, checked: Checked) -> None:
    """Stop early when what is asked for cannot be printed.

    Raises:
        WrongUseError: no copy on paper is known to compare with.
    """
    if CHANGED in request.products:
        copy_for(request.folders, request.paper or checked.info.paper)


def warm(request: Request, checked: Checked, cache: Cache, workers: Workers) -> None:
    """Let the workers make themselves ready while figures and cards are made."""
    prepare(_settings(request, checked), cache, workers)


class Printing:
    """What is printed for one request; the pages that have changed are laid out from the start.

    Raises:
        MachineError: Pango or a package of fonts is missing, or a process was killed.
    """

    def __init__(
        self,
        request: Request,
        checked: Checked,
        figures: Mapping[str, Figure],
        cache: Cache,
        workers: Workers,
    ) -> None:
        self._request, self._figures = request, figures
        self._cache, self._workers = cache, workers
        self._wanted = request.products & PRINTED
        self._printed = Printed()
        if not self._wanted:
            return
        self._book = checked.book()
        self._formulas = Drawn(dict(checked.info.macros), cache, request.jobs)
        self._settings = _settings(request, checked)
        self._begun: dict[PrintSettings, Rendering] = {}
        self._rendered_so: dict[PrintSettings, Handbook] = {}
        if HANDBOOK in self._wanted:
            self._begin(self._settings)

    def finish(self, progress: Callable[[str], None]) -> Printed:
        """Print what is asked for.

        Raises:
            MachineError: Pango or a package of fonts is missing, or a process was killed.
        """
        if not self._wanted:
            return self._printed
        progress("handbook" if HANDBOOK in self._wanted else "pages")
        if HANDBOOK in self._wanted:
            self._print_handbook()
        if BOOKLET in self._wanted:
            progress("booklet")
            self._print_booklet()
        if FLASHCARDS in self._wanted:
            progress("flashcards")
            self._print_flashcards()
        return self._printed

    def _print_handbook(self) -> None:
        book = self._rendered(self._settings)
        pages = _pages(book, self._settings)
        self._printed = replace(
            self._with(HANDBOOK, book.pdf, book.page_count, book.diagnostics),
            pages=book.pages,
            sheets={HANDBOOK: pages} if pages else {},
        )
        if CHANGED in self._request.products:
            self._print_changed(book, pages)

    def _print_changed(self, book: Handbook, pages: Pages | None) -> None:
        if pages is None:
            raise MachineError(
                "sheets cannot be compared with this version of WeasyPrint: "
                "install the one in requirements.lock"
            )
        copy = copy_for(self._request.folders, pages.paper)
        changes = changed_sheets(copy.pages.digests, pages.digests)
        sheets = {**self._printed.sheets, CHANGED: pages}
        if changes.put_in:
            pdf = extracted(book.pdf, changes.pages)
            self._printed = self._with(CHANGED, pdf, len(changes.pages))
        else:
            self._printed = replace(self._printed, files={**self._printed.files, CHANGED: {}})
        news = (*self._printed.news, *to_print(copy, pages))
        self._printed = replace(self._printed, sheets=sheets, news=news)

    def _print_booklet(self) -> None:
        plain = replace(self._settings, paper=_BOOKLET_PAPER, bleed=False, standard="")
        book = self._rendered(plain)
        made = booklet(book.pdf)
        count = 2 * sum(made.signatures)
        self._printed = self._with(BOOKLET, made.pdf, count, book.diagnostics, _folding(made))

    def _print_flashcards(self) -> None:
        settings = replace(self._settings, bleed=False, standard="")
        self._formulas.ahead(formulas_needed(self._book.book))
        cards = render_flashcards(self._book, self._formulas, self._figures, settings, self._cache)
        news = _cutting(cards)
        self._printed = self._with(FLASHCARDS, cards.pdf, cards.page_count, cards.diagnostics, news)

    def _begin(self, settings: PrintSettings) -> Rendering:
        if settings not in self._begun:
            self._begun[settings] = begin(
                self._book,
                self._formulas,
                self._figures,
                settings,
                self._cache,
                workers=self._workers,
                is_last=BOOKLET not in self._wanted,
                draw_ahead=self._formulas.ahead,
            )
        return self._begun[settings]

    def _rendered(self, settings: PrintSettings) -> Handbook:
        if settings not in self._rendered_so:
            self._rendered_so[settings] = self._begin(settings).finish()
        return self._rendered_so[settings]

    def _with(
        self,
        product: str,
        pdf: bytes,
        count: int,
        diagnostics: tuple[Diagnostic, ...] = (),
        news: str = "",
    ) -> Printed:
        before = self._printed
        return replace(
            before,
            files={**before.files, product: {product: pdf}},
            counts={**before.counts, product: count},
            news=(*before.news, news) if news else before.news,
            diagnostics=(*before.diagnostics, *diagnostics),
        )


def _settings(request: Request, checked: Checked) -> PrintSettings:
    return PrintSettings(
        paper=request.paper or checked.info.paper,
        templates=request.folders.templates / "handbook",
        source=request.folders.source,
        tool_version=bindery.__version__,
        versions=tuple((name, version(name)) for name in PACKAGES if name != "weasyprint"),
        jobs=request.jobs,
        bleed=request.bleed,
        standard=request.standard,  # type: ignore[arg-type]
        recipe=digest(code_digest(), drawing_recipe(dict(checked.info.macros))),
    )


def _pages(book: Handbook, settings: PrintSettings) -> Pages | None:
    if len(book.digests) != book.page_count:
        return None  # laid out in one piece
    return Pages(settings.paper, book.labels, book.digests)


def _folding(made: Booklet) -> str:
    count = sum(made.signatures)
    sheets = (
        f"{BOOKLET}: {counted(count, 'sheet')}, printed on both sides, flipped on the short edge"
    )
    if len(made.signatures) == 1:
        return f"{sheets}; fold them all at once"
    low, high = min(made.signatures), max(made.signatures)
    size = f"{low}" if low == high else f"{low} or {high}"
    return (
        f"{sheets}; fold them in {len(made.signatures)} signatures of {size} sheets, "
        "and gather these so that the bars on their backs make a stair"
    )


def _cutting(cards: Flashcards) -> str:
    sheets = cards.page_count // 2
    left = (
        f"; {cards.left_out} notes are too long for one, or more than text"
        if cards.left_out
        else ""
    )
    return (
        f"{FLASHCARDS}: {counted(cards.count, 'card')} on {counted(sheets, 'sheet')}, "
        f"printed on both sides, flipped on the long edge{left}"
    )
