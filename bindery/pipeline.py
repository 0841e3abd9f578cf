"""The straight line from notes to products.

read → parse → assemble → identify → formulas (``judge``) → stop if anything is wrong →
figures → render → stamp → write beside → verify → save the ledger → put in place.
Only this module and ``judge``, its first half, put stages together.

The ledger goes before the products: a number that was given away must be known, and a product
that is missing is built again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import bindery
from bindery.alone import alone
from bindery.cache import Cache
from bindery.cards import media_file, render_cards
from bindery.deck import Templates, read_templates, write_deck
from bindery.demos import DemoOutcome, FigureOptions
from bindery.demos import run as make_figures
from bindery.diagnostics import Diagnostic, NotesError, Place, has_errors, in_order
from bindery.digest import digest
from bindery.formulas import drawn, tex_for_cards
from bindery.handbook import PrintSettings, formulas_needed, render
from bindery.inputs import Inputs, Product, State, gather, load_state, save_state
from bindery.judge import Checked, Folders, check
from bindery.ledger import FILE as LEDGER
from bindery.ledger import Ledger, dump
from bindery.model import BookInfo, Figure, Image, MediaFile, RenderedNote
from bindery.products import Staging, sweep, write_if_changed
from bindery.report import FigureReport, Report, StageTimes, as_json
from bindery.retired import retired_notes
from bindery.stamp import Stamped, stamp
from bindery.verify import verify_deck, verify_handbook
from bindery.walk import chapter_inlines

DECK, RETIRED, HANDBOOK = "deck.apkg", "retired.apkg", "handbook.pdf"
FIGURES, REPORT = "figures", "report.json"
ALL = frozenset({DECK, HANDBOOK, FIGURES})
Progress = Callable[[str], None]
_PACKAGES = ("weasyprint", "genanki", "markdown-it-py", "django-static-mathjax", "matplotlib")


@dataclass(frozen=True, slots=True)
class Request:
    """What to build, and how."""

    folders: Folders
    products: frozenset[str] = ALL
    locked: bool = False
    paper: str = ""
    jobs: int | None = None
    figures: FigureOptions = field(default_factory=FigureOptions)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; ``nothing`` when the products were up to date."""

    report: Report
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class _Rendered:
    """Products in memory: the files of each, and what the report says of them."""

    files: Mapping[str, Mapping[str, bytes]]
    pages: int
    diagnostics: tuple[Diagnostic, ...]


def build(request: Request, now: int, progress: Progress = lambda _: None) -> Built:
    """Build the products that are asked for, unless they are up to date.

    Raises:
        NotesError: something is wrong in the notes; nothing was written.
        MachineError: the machine lacks something; the old products are whole.
    """
    folders, times = request.folders, StageTimes()
    with times.stage("inputs"):
        inputs, state = _inputs(request), load_state(folders.out)
    if _up_to_date(request, inputs, state):
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
        return _build(request, now, progress, times)


def _build(request: Request, now: int, progress: Progress, times: StageTimes) -> Built:
    folders = request.folders
    inputs, state = _inputs(request), load_state(folders.out)
    if _up_to_date(request, inputs, state):
        return Built(Report(times=times.seconds()), nothing=True)
    with Cache(folders.cache) as cache, Staging(folders.out) as staging:
        progress("notes")
        checked = check(folders, cache, now, times, request.jobs)
        _stop_if_errors(checked.diagnostics)
        progress("figures")
        with times.stage("figures"):
            run = make_figures(checked.demos, request.figures, cache, folders.source)
        diagnostics = in_order((*checked.diagnostics, *run.diagnostics))
        _stop_if_errors(diagnostics)
        figures = {figure.slug: figure for figure in run.figures}
        progress("cards")
        with times.stage("cards"):
            media = _media(checked, figures, folders.source)
            notes = render_cards(checked.identified.book, media, _card_tex(checked.info))
            gone = retired_notes(checked.info, checked.identified.ledger)
            templates = read_templates(folders.templates / "anki")
            stamped = _stamp(checked.identified.ledger, (*notes, *gone), templates, now)
        ledger = dump(stamped.ledger)
        _refuse_if_locked(request, ledger)
        with times.stage("deck"):
            decks = {DECK: write_deck(notes, tuple(media.values()), stamped.ledger, templates)}
            if gone:
                decks[RETIRED] = write_deck(gone, (), stamped.ledger, templates, with_cards=False)
        rendered = _render(
            request, checked, figures, decks, cache=cache, times=times, progress=progress
        )
        diagnostics = in_order((*diagnostics, *rendered.diagnostics))
        _stop_if_errors(diagnostics)
        with times.stage("verify"):
            sweep(folders.source)
            sweep(folders.out)
            _write_beside(staging, rendered, notes, len(gone))
        report = replace(
            _report(checked, stamped, run.outcomes, notes, rendered),
            changed_inputs=inputs.differences(state.inputs),
            diagnostics=diagnostics,
            times=times.seconds(),
        )
        staging.add(REPORT, as_json(report))
        written = {f"source/{LEDGER}": ledger}
        written |= {f"source/{name}": data for name, data in run.records}
        for name, data in written.items():
            write_if_changed(folders.source / name.removeprefix("source/"), data)
        staging.place()
    _remember(request, inputs.replaced(written), state, rendered)
    return Built(report)


def _inputs(request: Request) -> Inputs:
    folders, figures = request.folders, request.figures
    code = Path(bindery.__file__).parent
    settings = {
        "device": figures.device,
        "no_demos": figures.no_demos,
        "keep_going": figures.keep_going,
    }
    return gather(folders.source, (folders.templates, code), settings, folders.out)


def _up_to_date(request: Request, inputs: Inputs, state: State) -> bool:
    out = request.folders.out
    if request.figures.recompute or not (out / REPORT).is_file():
        return False
    return all(state.has(out, name, _key(request, inputs, name)) for name in request.products)


def _key(request: Request, inputs: Inputs, product: str) -> str:
    return inputs.key(request.paper if product == HANDBOOK else "")


def _stop_if_errors(diagnostics: tuple[Diagnostic, ...]) -> None:
    if has_errors(diagnostics):
        raise NotesError(diagnostics)


def _media(checked: Checked, figures: Mapping[str, Figure], source: Path) -> dict[str, MediaFile]:
    book = checked.info.id
    images = {
        node.src
        for chapter in checked.identified.book.book.chapters
        for node in chapter_inlines(chapter)
        if isinstance(node, Image)
    }
    media = {src: media_file(book, src, (source / src).read_bytes()) for src in sorted(images)}
    for slug, figure in sorted(figures.items()):
        media[f"demo:{slug}"] = media_file(book, f"{slug}.svg", figure.svg)
    return media


def _card_tex(info: BookInfo) -> Callable[[str], str]:
    macros = dict(info.macros)
    return lambda tex: tex_for_cards(tex, macros)


def _stamp(
    ledger: Ledger, notes: tuple[RenderedNote, ...], templates: Templates, now: int
) -> Stamped:
    return stamp(ledger, {note.id: note.digest for note in notes}, templates.digests(), now)


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


def _render(
    request: Request,
    checked: Checked,
    figures: Mapping[str, Figure],
    decks: Mapping[str, bytes],
    *,
    cache: Cache,
    times: StageTimes,
    progress: Progress,
) -> _Rendered:
    files: dict[str, Mapping[str, bytes]] = {}
    if DECK in request.products:
        files[DECK] = decks
    if FIGURES in request.products:
        files[FIGURES] = {
            f"{FIGURES}/{slug}.{kind}": data
            for slug, figure in sorted(figures.items())
            for kind, data in (("svg", figure.svg), ("png", figure.png))
        }
    if HANDBOOK not in request.products:
        return _Rendered(files, 0, ())
    progress("handbook")
    with times.stage("handbook"):
        identified = checked.identified.book
        wanted = formulas_needed(identified.book)
        formulas = drawn(wanted, dict(checked.info.macros), cache, request.jobs)
        settings = PrintSettings(
            paper=request.paper or checked.info.paper,
            templates=request.folders.templates / "handbook",
            source=request.folders.source,
            tool_version=bindery.__version__,
            versions=tuple((name, version(name)) for name in _PACKAGES),
        )
        handbook = render(identified, formulas, figures, settings, cache)
    files[HANDBOOK] = {HANDBOOK: handbook.pdf}
    return _Rendered(files, handbook.page_count, handbook.diagnostics)


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
            elif name == HANDBOOK:
                verify_handbook(path, rendered.pages)


def _card_count(notes: tuple[RenderedNote, ...]) -> int:
    return sum(len(note.ordinals) or 1 for note in notes)


def _report(
    checked: Checked,
    stamped: Stamped,
    outcomes: tuple[DemoOutcome, ...],
    notes: tuple[RenderedNote, ...],
    rendered: _Rendered,
) -> Report:
    return Report(
        questions=len(checked.identified.book.book.questions),
        notes=len(notes),
        cards=_card_count(notes),
        pages=rendered.pages,
        added=stamped.added,
        updated=tuple(n for n in stamped.updated if not stamped.ledger.entries[n].retired),
        retired=tuple(n for n, entry in stamped.ledger.entries.items() if entry.retired),
        news=checked.identified.news,
        templates_updated=stamped.types_updated,
        figures=tuple(
            FigureReport(o.slug, o.how, o.why, o.device, round(o.seconds, 2), o.record_changed)
            for o in outcomes
        ),
        products=tuple(sorted(rendered.files)),
        versions={"bindery": bindery.__version__, **{name: version(name) for name in _PACKAGES}},
    )


def _remember(request: Request, inputs: Inputs, before: State, rendered: _Rendered) -> None:
    out = request.folders.out
    products = dict(before.products)
    for product, files in rendered.files.items():
        stale = products[product].files.keys() - files.keys() if product in products else ()
        for name in stale:
            (out / name).unlink(missing_ok=True)
        digests = {name: digest(data) for name, data in files.items()}
        products[product] = Product(_key(request, inputs, product), digests)
    save_state(out, State(inputs.digests, products))
