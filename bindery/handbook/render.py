"""From an identified book to the bytes of its handbook."""

from __future__ import annotations

from collections.abc import Mapping

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity, in_order
from bindery.fonts import install
from bindery.handbook.apart import print_apart
from bindery.handbook.impose import with_crop_marks
from bindery.handbook.listing import kept_in
from bindery.handbook.numbering import number_book
from bindery.handbook.patches import fit
from bindery.handbook.settings import Handbook, PrintSettings
from bindery.handbook.tagged import mended
from bindery.handbook.templates import environment
from bindery.handbook.whole import print_whole
from bindery.handbook.work import Work
from bindery.model import Figure, Formula, IdentifiedBook


def render(
    identified: IdentifiedBook,
    formulas: Mapping[tuple[str, bool], Formula],
    figures: Mapping[str, Figure],
    settings: PrintSettings,
    cache: Cache,
) -> Handbook:
    """Print a book: the same bytes for the same arguments, at any time and in any folder.

    Chapters are laid out apart, kept in the cache and linked. A tagged book, or one printed
    by a WeasyPrint that the patches were not written for, is laid out in one piece.

    Raises:
        MachineError: Pango or a package of fonts is missing, or a process was killed.
    """
    work = Work(
        identified,
        number_book(identified, figures),
        formulas,
        figures,
        settings,
        environment(settings.templates),
        install(cache),
        kept_in(cache),
    )
    if not fit():
        printed = print_whole(work)
    elif settings.standard == "pdf/ua-1":
        printed = print_whole(work, print_apart(work, cache).pages)
    else:
        printed = print_apart(work, cache)
    problems = [
        *printed.problems,
        *(
            Diagnostic(Place("handbook"), "typesetting", message, severity=Severity.WARNING)
            for message in printed.messages
        ),
    ]
    notes = {i: printed.pages[i] for i in identified.identities if i in printed.pages}
    pdf = printed.pdf
    if settings.standard == "pdf/ua-1":
        pdf = mended(pdf, {tex for tex, _ in formulas})
    if settings.bleed:
        pdf = with_crop_marks(pdf)
    return Handbook(pdf, printed.page_count, notes, in_order(problems), printed.digests)
