"""From an identified book to the bytes of its handbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity, in_order
from bindery.fonts import install
from bindery.handbook.apart import Ordered, order_chapters, presses, print_apart
from bindery.handbook.impose import with_crop_marks
from bindery.handbook.index import kept_keys
from bindery.handbook.listing import kept_in
from bindery.handbook.numbering import number_book
from bindery.handbook.settings import Handbook, PrintSettings
from bindery.handbook.spacing import Hyphens
from bindery.handbook.tagged import mended
from bindery.handbook.templates import environment
from bindery.handbook.whole import print_whole
from bindery.handbook.work import Work
from bindery.model import Figure, Formula, IdentifiedBook
from bindery.press.jobs import Workers
from bindery.press.patches import fit


def prepare(settings: PrintSettings, cache: Cache, workers: Workers) -> None:
    """Let workers that were begun make themselves ready for a book that is printed so."""
    if fit():
        presses(settings, install(cache), cache, workers).warm()


@dataclass(frozen=True, slots=True)
class Rendering:
    """A handbook that is being printed; ``finish`` waits for it."""

    work: Work
    ordered: Ordered | None
    stack: ExitStack

    def finish(self) -> Handbook:
        """Return the handbook.

        Raises:
            MachineError: Pango is missing, or a process was killed.
        """
        work, standard = self.work, self.work.settings.standard
        with self.stack:
            printed = print_apart(self.ordered) if self.ordered else print_whole(work)
        if self.ordered is not None and standard == "pdf/ua-1":
            printed = print_whole(work, printed.pages)
        work.hyphens.keep()
        problems = [
            *printed.problems,
            *(
                Diagnostic(Place("handbook"), "typesetting", message, severity=Severity.WARNING)
                for message in printed.messages
            ),
        ]
        identities = work.identified.identities
        notes = {i: printed.pages[i] for i in identities if i in printed.pages}
        pdf = printed.pdf
        if standard == "pdf/ua-1":
            pdf = mended(pdf, {tex for tex, _ in work.formulas})
        if work.settings.bleed:
            pdf = with_crop_marks(pdf)
        return Handbook(
            pdf, printed.page_count, notes, in_order(problems), printed.digests, printed.labels
        )


def begin(
    identified: IdentifiedBook,
    formulas: Mapping[tuple[str, bool], Formula],
    figures: Mapping[str, Figure],
    settings: PrintSettings,
    cache: Cache,
    *,
    workers: Workers | None = None,
    is_last: bool = False,
    draw_ahead: Callable[[Iterable[tuple[str, bool]]], None] = lambda _: None,
) -> Rendering:
    """Begin to print a book: the same bytes for the same arguments, at any time and anywhere.

    Chapters are laid out apart, kept in the cache and linked. A tagged book, or one printed
    by a WeasyPrint that the patches were not written for, is laid out in one piece.

    Args:
        identified: The book.
        formulas: What it holds of formulas, drawn, by TeX and whether they are displayed.
        figures: Those of the demos, by slug.
        settings: How it is printed.
        cache: Where chapters that were laid out are kept.
        draw_ahead: Draws the formulas that will be asked for, all at once.
        workers: Processes that were begun; otherwise some are begun here, and end with it.
        is_last: The workers have nothing to do after it, and end as soon as they can.

    Raises:
        MachineError: A package of fonts is missing, or formulas cannot be drawn.
    """
    hyphens = Hyphens(cache)
    work = Work(
        identified,
        number_book(identified, figures),
        formulas,
        figures,
        settings,
        environment(settings.templates, hyphens),
        install(cache),
        kept_in(cache),
        kept_keys(cache),
        hyphens,
        draw_ahead,
    )
    with ExitStack() as stack:
        ordered = None
        if fit():
            pool = workers or stack.enter_context(Workers(settings.jobs))
            ordered = order_chapters(work, cache, pool, is_last=is_last)
        return Rendering(work, ordered, stack.pop_all())
