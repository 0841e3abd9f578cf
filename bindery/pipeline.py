"""The straight line from notes to products.

read → parse → assemble → identify → formulas → stop if anything is wrong → figures → cards →
stamp (``carding``, and in it ``judge``) → deck → handbook (``printing``; what has changed is laid
out from the figures on) → write beside → verify → save the ledger → put in place. Only the
modules named here, and ``outlook`` for the status, put stages together.

The ledger goes before the products: a number that was given away must be known, and a product
that is missing is built again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

import bindery
from bindery.alone import alone
from bindery.cache import Cache
from bindery.carding import Carded, Progress, draw_figures, judge, make_cards, stop_if_errors
from bindery.collector import paused
from bindery.diagnostics import Diagnostic, NotesError, Place, in_order
from bindery.digest import digest
from bindery.ids import Written, as_before, written_into
from bindery.inputs import Inputs, Product, State, load_state, mark, save_state
from bindery.judge import check
from bindery.ledger import FILE as LEDGER
from bindery.ledger import dump
from bindery.model import RenderedNote
from bindery.press.jobs import Workers
from bindery.printing import PACKAGES, Printed, Printing, warm
from bindery.products import Staging, sweep, write_if_changed, write_whole
from bindery.reasons import changed_inputs, reasons
from bindery.report import FigureReport, Report, StageTimes, as_json
from bindery.request import (
    DECK,
    FIGURES,
    HANDBOOK,
    PRINTED,
    REPORT,
    RETIRED,
    Folders,
    Request,
    Standing,
    standing_of,
)
from bindery.sheets import Pages, changed_pages
from bindery.verify import verify_deck, verify_handbook
from bindery.versions import version


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; ``nothing`` when the products were up to date."""

    report: Report
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class _Rendered:
    """Products in memory: the files of each, and what was printed of them."""

    files: Mapping[str, Mapping[str, bytes]]
    printed: Printed


def build(
    request: Request,
    now: int,
    progress: Progress = lambda _: None,
    standing: Standing | None = None,
    workers: Workers | None = None,
) -> Built:
    """Build the products that are asked for, unless they are up to date.

    Args:
        request: what to build.
        now: seconds since the epoch.
        progress: is told what is being done.
        standing: where things stand, when that was looked at a moment ago.
        workers: processes that lay out pages, where some were begun already.

    Raises:
        NotesError: something is wrong in the notes; nothing was written.
        MachineError: the machine lacks something; the old products are whole.
        WrongUseError: what is asked for cannot be had.
    """
    folders, times = request.folders, StageTimes()
    with times.stage("inputs"):
        standing = standing or standing_of(request)
    if standing.is_up_to_date(request):
        return Built(Report(times=times.seconds()), nothing=True)
    if not folders.source.is_dir():
        raise NotesError(
            [
                Diagnostic(
                    Place(folders.shown),
                    "no-such-folder",
                    "there is no such folder",
                    "name the folder of the notes by --source",
                )
            ]
        )
    with alone(folders.source, progress):
        # Another build may have ended since.
        if load_state(folders.out) != standing.state:
            standing = standing_of(request)
            if standing.is_up_to_date(request):
                return Built(Report(times=times.seconds()), nothing=True)
        with nullcontext(workers) if workers else Workers(request.jobs) as ready:
            return _build(request, standing, now, progress, times, workers=ready)


def _build(
    request: Request,
    standing: Standing,
    now: int,
    progress: Progress,
    times: StageTimes,
    *,
    workers: Workers,
) -> Built:
    folders, state = request.folders, standing.state
    with paused(), Cache(folders.cache) as cache, Staging(folders.out) as staging:
        checked = judge(request, cache, now, times, progress)
        if request.products & PRINTED:
            warm(request, checked, cache, workers)
        figured = draw_figures(request, checked, cache, times, progress)
        with times.stage("handbook"):
            printing = Printing(request, checked, figured.figures, cache, workers)
        # The pages are laid out in the meantime.
        carded = make_cards(request, figured, cache, now, times=times, progress=progress)
        stamped, cards = carded.stamped, carded.cards
        ledger = dump(stamped.ledger)
        _refuse_if_locked(request, ledger)
        files = _files(request, carded, times)
        with times.stage("handbook"):
            printed = printing.finish(progress)
        rendered = _Rendered({**files, **printed.files}, printed)
        diagnostics = in_order((*figured.diagnostics, *printed.diagnostics))
        stop_if_errors(diagnostics)
        with times.stage("verify"):
            sweep(folders.source)
            sweep(folders.out)
            _write_beside(staging, rendered, cards.notes, len(carded.gone))
        report = replace(
            _report(carded, rendered, state.sheets.get(HANDBOOK)),
            changed_inputs=changed_inputs(request, standing),
            why=reasons(request, standing),
            diagnostics=diagnostics,
            times=times.seconds(),
        )
        staging.add(REPORT, as_json(report))
        written = {f"source/{LEDGER}": ledger}
        written |= {f"source/{name}": data for name, data in figured.run.records}
        for name, data in written.items():
            write_if_changed(folders.source / name.removeprefix("source/"), data)
        staging.place()
    _remember(request, standing.inputs.replaced(written), state, rendered)
    return Built(report)


def write_ids(
    folders: Folders, now: int, progress: Progress = lambda _: None
) -> tuple[Written, ...]:
    """Write the id of each note that has none into the notes; return where.

    The ledger is saved first: it knows every id that is written, so nothing changes for a learner.

    Raises:
        NotesError: something is wrong in the notes; nothing was written.
        MachineError: the machine lacks something.
    """
    with alone(folders.source, progress), Cache(folders.cache) as cache:
        checked = check(folders, cache, now, StageTimes())
        stop_if_errors(checked.diagnostics)
        texts = {file.shown: file.text for file in checked.chapters.files}
        edited, written = written_into(checked.facts, checked.identified.ids, texts)
        paths = {file.shown: file.path for file in checked.chapters.files}
        if written:
            write_if_changed(folders.source / LEDGER, dump(checked.identified.ledger))
        for shown, text in edited.items():
            path = folders.source / paths[shown]
            write_whole(path, as_before(path.read_bytes(), text))
    return written


def _files(request: Request, carded: Carded, times: StageTimes) -> dict[str, Mapping[str, bytes]]:
    """Return the files of the deck and the figures, as far as they are asked for."""
    files: dict[str, Mapping[str, bytes]] = {}
    if DECK in request.products:
        files[DECK] = _write_decks(carded, times)
    if FIGURES in request.products:
        files[FIGURES] = {
            f"{FIGURES}/{slug}.{kind}": data
            for slug, figure in sorted(carded.figured.figures.items())
            for kind, data in (("svg", figure.svg), ("png", figure.png))
        }
    return files


def _write_decks(carded: Carded, times: StageTimes) -> dict[str, bytes]:
    from bindery.deck import write_deck

    ledger, templates = carded.stamped.ledger, carded.templates
    with times.stage("deck"):
        media = tuple(carded.media.values())
        decks = {DECK: write_deck(carded.cards.notes, media, ledger, templates)}
        if carded.gone:
            decks[RETIRED] = write_deck(carded.gone, (), ledger, templates, with_cards=False)
    return decks


def _refuse_if_locked(request: Request, ledger: bytes) -> None:
    path = request.folders.source / LEDGER
    if request.locked and (not path.is_file() or path.read_bytes() != ledger):
        raise NotesError(
            [
                Diagnostic(
                    Place(f"{request.folders.shown}/{LEDGER}"),
                    "ledger-would-change",
                    "the notes have changed since the ledger was written",
                    "build without --locked, and commit notes.lock",
                )
            ]
        )


def _write_beside(
    staging: Staging, rendered: _Rendered, notes: tuple[RenderedNote, ...], gone: int
) -> None:
    for files in rendered.files.values():
        for name, data in files.items():
            path = staging.add(name, data)
            if name == DECK:
                verify_deck(path, len(notes), _card_count(notes))
            elif name == RETIRED:
                verify_deck(path, gone, 0)
            elif name in rendered.printed.counts:
                verify_handbook(path, rendered.printed.counts[name])


def _card_count(notes: tuple[RenderedNote, ...]) -> int:
    return sum(len(note.ordinals) or 1 for note in notes)


def _report(carded: Carded, rendered: _Rendered, before: Pages | None) -> Report:
    checked, stamped, printed = carded.figured.checked, carded.stamped, rendered.printed
    after = printed.sheets.get(HANDBOOK)
    return Report(
        questions=sum(chapter.questions for chapter in checked.facts),
        notes=len(carded.cards.notes),
        cards=_card_count(carded.cards.notes),
        pages=printed.counts.get(HANDBOOK, 0),
        added=stamped.added,
        updated=tuple(n for n in stamped.updated if not stamped.ledger.entries[n].retired),
        retired=tuple(n for n, entry in stamped.ledger.entries.items() if entry.retired),
        news=checked.identified.news,
        templates_updated=stamped.types_updated,
        for_print=printed.news,
        rendered_anew=carded.cards.anew,
        pages_changed=changed_pages(before, after) if before and after else (),
        figures=tuple(
            FigureReport(o.slug, o.how, o.why, o.device, round(o.seconds, 2), o.record_changed)
            for o in carded.figured.run.outcomes
        ),
        products=tuple(sorted(rendered.files)),
        versions={"bindery": bindery.__version__, **{name: version(name) for name in PACKAGES}},
    )


def _remember(request: Request, inputs: Inputs, before: State, rendered: _Rendered) -> None:
    out, printed = request.folders.out, rendered.printed
    products, sheets = dict(before.products), {**before.sheets, **printed.sheets}
    for product, files in rendered.files.items():
        stale = products[product].files.keys() - files.keys() if product in products else ()
        for name in stale:
            (out / name).unlink(missing_ok=True)
        marks = {name: mark(out / name, digest(data)) for name, data in files.items()}
        products[product] = Product(
            request.key(inputs, product), marks, inputs.digests, request.settings(product)
        )
        if product not in printed.sheets:
            sheets.pop(product, None)
    save_state(out, State(products, printed.pages or before.pages, sheets))
