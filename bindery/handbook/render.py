"""From an identified book to the bytes of its handbook."""

from __future__ import annotations

from collections.abc import Mapping

from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, Place, Severity, in_order
from bindery.fonts import install
from bindery.handbook.apart import print_apart
from bindery.handbook.numbering import number_book
from bindery.handbook.patches import fit
from bindery.handbook.settings import Handbook, PrintSettings
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
    )
    in_one_piece = settings.standard == "pdf/ua-1" or not fit()
    printed = print_whole(work) if in_one_piece else print_apart(work, cache)
    problems = [
        *printed.problems,
        *(
            Diagnostic(Place("handbook"), "typesetting", message, severity=Severity.WARNING)
            for message in printed.messages
        ),
    ]
    notes = {i: printed.pages[i] for i in identified.identities if i in printed.pages}
    return Handbook(printed.pdf, printed.page_count, notes, in_order(problems), printed.digests)
