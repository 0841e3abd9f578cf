"""What the next build would change: everything up to the pages is made, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

from bindery.cache import Cache
from bindery.carding import Progress, draw_figures, judge, make_cards
from bindery.copies import load_copies
from bindery.deck import fields_in
from bindery.press.jobs import Workers
from bindery.printing import Printing
from bindery.report import StageTimes
from bindery.request import DECK, HANDBOOK, Request, standing_of
from bindery.status import Status, changes_of, print_news


def status(request: Request, now: int, progress: Progress = lambda _: None) -> Status:
    """Return what the next build would change; writes nothing but the cache.

    Pages are compared when a handbook was built before: with that one, printed as it was.

    Raises:
        NotesError: something is wrong in the notes.
        MachineError: the machine lacks something.
    """
    folders, standing = request.folders, standing_of(request)
    state, last = standing.state, standing.state.products.get(HANDBOOK)
    with Cache(folders.cache) as cache, Workers(request.jobs) as workers:
        times = StageTimes()
        checked = judge(request, cache, now, times, progress)
        figured = draw_figures(request, checked, cache, times, progress)
        carded = make_cards(request, figured, cache, now, times=times, progress=progress)
        before = after = state.sheets.get(HANDBOOK)
        if last is not None and before is not None:
            again = replace(
                request,
                products=frozenset({HANDBOOK}),
                paper=last.settings.get("paper", ""),
                bleed=bool(last.settings.get("bleed")),
            )
            if again.key(standing.inputs, HANDBOOK) != last.key:
                printing = Printing(again, checked, figured.figures, cache, workers)
                after = printing.finish(progress).sheets.get(HANDBOOK, before)
    stamped = carded.stamped
    old_fields = fields_in(folders.out / DECK)
    # The ledger may be ahead of the deck: whoever builds another product saves it too.
    behind = [
        note.id
        for note in carded.cards.notes
        if old_fields and old_fields.get(stamped.ledger.entries[note.id].guid) != note.fields
    ]
    changes = changes_of(
        tuple(dict.fromkeys((*stamped.added, *stamped.updated, *behind))),
        stamped.ledger,
        checked.before,
        notes=carded.cards.notes,
        old_fields=old_fields,
        pages=state.pages,
    )
    copies = {paper: copy.pages for paper, copy in load_copies(folders).items()}
    return Status(
        changes,
        checked.identified.news,
        stamped.types_updated,
        print_news(before, after, copies.get(after.paper)) if before and after else (),
    )
