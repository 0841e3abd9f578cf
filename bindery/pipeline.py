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
from bindery.cards import CardSetting, decode_notes, encode_notes, media_file, render_cards
from bindery.collector import paused
from bindery.deck import Templates, fields_in, read_templates, write_deck
from bindery.demos import DemoOutcome, FigureOptions, FigureRun
from bindery.demos import run as make_figures
from bindery.diagnostics import Diagnostic, NotesError, Place, has_errors, in_order
from bindery.digest import digest
from bindery.formulas import drawn, tex_for_cards
from bindery.handbook import PrintSettings, formulas_needed, render
from bindery.ids import Written, as_before, written_into
from bindery.inputs import Inputs, Product, State, load_state, mark, save_state
from bindery.judge import Checked, check
from bindery.ledger import FILE as LEDGER
from bindery.ledger import dump
from bindery.model import Figure, MediaFile, RenderedNote
from bindery.products import Staging, sweep, write_if_changed, write_whole
from bindery.report import FigureReport, Report, StageTimes, as_json
from bindery.request import (
    DECK,
    FIGURES,
    HANDBOOK,
    REPORT,
    RETIRED,
    Folders,
    Request,
    inputs_of,
    is_up_to_date,
)
from bindery.retired import retired_notes
from bindery.stamp import Stamped, stamp
from bindery.status import Status, changes_of
from bindery.verify import verify_deck, verify_handbook

_CARDS = "cards"
Progress = Callable[[str], None]
_PACKAGES = ("weasyprint", "genanki", "markdown-it-py", "django-static-mathjax", "matplotlib")


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
    places: Mapping[str, str] = field(default_factory=dict)


def build(request: Request, now: int, progress: Progress = lambda _: None) -> Built:
    """Build the products that are asked for, unless they are up to date.

    Raises:
        NotesError: something is wrong in the notes; nothing was written.
        MachineError: the machine lacks something; the old products are whole.
    """
    folders, times = request.folders, StageTimes()
    with times.stage("inputs"):
        inputs, state = inputs_of(request), load_state(folders.out)
    if is_up_to_date(request, inputs, state):
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
    inputs, state = inputs_of(request), load_state(folders.out)
    if is_up_to_date(request, inputs, state):
        return Built(Report(times=times.seconds()), nothing=True)
    with Cache(folders.cache) as cache, Staging(folders.out) as staging:
        carded = _make_cards(request, cache, now, times, progress)
        checked, notes, stamped = carded.checked, carded.notes, carded.stamped
        ledger = dump(stamped.ledger)
        _refuse_if_locked(request, ledger)
        decks = _write_decks(carded, times)
        rendered = _render(
            request, checked, carded.figures, decks, cache=cache, times=times, progress=progress
        )
        diagnostics = in_order((*carded.diagnostics, *rendered.diagnostics))
        _stop_if_errors(diagnostics)
        with times.stage("verify"):
            sweep(folders.source)
            sweep(folders.out)
            _write_beside(staging, rendered, notes, len(carded.gone))
        report = replace(
            _report(checked, stamped, carded.run.outcomes, notes, rendered),
            changed_inputs=inputs.differences(state.inputs) if state.inputs else (),
            diagnostics=diagnostics,
            times=times.seconds(),
        )
        staging.add(REPORT, as_json(report))
        written = {f"source/{LEDGER}": ledger}
        written |= {f"source/{name}": data for name, data in carded.run.records}
        for name, data in written.items():
            write_if_changed(folders.source / name.removeprefix("source/"), data)
        staging.place()
    _remember(request, inputs.replaced(written), state, rendered)
    return Built(report)


def status(request: Request, now: int) -> Status:
    """Return what the next build would change; writes nothing but the cache.

    Raises:
        NotesError: something is wrong in the notes.
        MachineError: the machine lacks something.
    """
    folders = request.folders
    with Cache(folders.cache) as cache:
        carded = _make_cards(request, cache, now, StageTimes(), lambda _: None)
    stamped = carded.stamped
    changes = changes_of(
        (*stamped.added, *stamped.updated),
        stamped.ledger,
        carded.checked.before,
        notes=carded.notes,
        old_fields=fields_in(folders.out / DECK),
        pages=load_state(folders.out).pages,
    )
    return Status(changes, carded.checked.identified.news, stamped.types_updated)


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
        _stop_if_errors(checked.diagnostics)
        texts = {file.shown: file.text for file in checked.chapters.files}
        edited, written = written_into(checked.facts, checked.identified.ids, texts)
        paths = {file.shown: file.path for file in checked.chapters.files}
        if written:
            write_if_changed(folders.source / LEDGER, dump(checked.identified.ledger))
        for shown, text in edited.items():
            path = folders.source / paths[shown]
            write_whole(path, as_before(path.read_bytes(), text))
    return written


@dataclass(frozen=True, slots=True)
class _Carded:
    """Everything up to the stamped notes: what a build renders and a status tells."""

    checked: Checked
    run: FigureRun
    figures: Mapping[str, Figure]
    media: Mapping[str, MediaFile]
    notes: tuple[RenderedNote, ...]
    gone: tuple[RenderedNote, ...]
    templates: Templates
    stamped: Stamped
    diagnostics: tuple[Diagnostic, ...]


def _make_cards(
    request: Request, cache: Cache, now: int, times: StageTimes, progress: Progress
) -> _Carded:
    folders = request.folders
    progress("notes")
    checked = check(folders, cache, now, times, request.jobs)
    _stop_if_errors(checked.diagnostics)
    progress("figures")
    with times.stage("figures"):
        run = make_figures(checked.demos, _figure_options(request), cache, folders.source)
    diagnostics = in_order((*checked.diagnostics, *run.diagnostics))
    _stop_if_errors(diagnostics)
    figures = {figure.slug: figure for figure in run.figures}
    progress("cards")
    with times.stage("cards"), paused():
        media = _media(checked, figures, folders.source)
        notes = _render_notes(checked, media, cache)
        gone = retired_notes(checked.info, checked.identified.ledger)
        templates = read_templates(folders.templates / "anki")
        stamped = stamp(
            checked.identified.ledger,
            {note.id: note.digest for note in (*notes, *gone)},
            templates.digests(),
            now,
        )
    return _Carded(checked, run, figures, media, notes, gone, templates, stamped, diagnostics)


def _write_decks(carded: _Carded, times: StageTimes) -> dict[str, bytes]:
    ledger, templates = carded.stamped.ledger, carded.templates
    with times.stage("deck"), paused():
        media = tuple(carded.media.values())
        decks = {DECK: write_deck(carded.notes, media, ledger, templates)}
        if carded.gone:
            decks[RETIRED] = write_deck(carded.gone, (), ledger, templates, with_cards=False)
    return decks


def _figure_options(request: Request) -> FigureOptions:
    options = FigureOptions(request.device, request.recompute, request.no_demos, request.keep_going)
    return replace(options, jobs=request.jobs) if request.jobs else options


def _stop_if_errors(diagnostics: tuple[Diagnostic, ...]) -> None:
    if has_errors(diagnostics):
        raise NotesError(diagnostics)


def _media(checked: Checked, figures: Mapping[str, Figure], source: Path) -> dict[str, MediaFile]:
    book = checked.info.id
    images = {src for chapter in checked.facts for src in chapter.images}
    media = {src: media_file(book, src, (source / src).read_bytes()) for src in sorted(images)}
    for slug, figure in sorted(figures.items()):
        media[f"demo:{slug}"] = media_file(book, f"{slug}.svg", figure.svg)
    return media


def _render_notes(
    checked: Checked, media: Mapping[str, MediaFile], cache: Cache
) -> tuple[RenderedNote, ...]:
    known, macros = checked.identified, dict(checked.info.macros)
    titles = {
        name: note.label
        for ids, chapter in zip(known.ids, checked.facts, strict=True)
        for name, note in zip(ids, chapter.notes, strict=True)
    }
    setting = CardSetting(
        checked.info,
        known.identities,
        titles,
        known.gaps,
        {source: file.name for source, file in media.items()},
        lambda tex: tex_for_cards(tex, macros),
    )
    keys = [_cards_key(checked, setting, index) for index in range(len(checked.facts))]
    kept = cache.get_many(_CARDS, keys)
    fresh: dict[str, bytes] = {}
    found: list[RenderedNote] = []
    for index, key in enumerate(keys):
        notes = decode_notes(kept[key]) if key in kept else None
        if notes is None:
            notes = render_cards(checked.tree(index), setting)
            fresh[key] = encode_notes(notes)
        found.extend(notes)
    cache.put_many(_CARDS, fresh)
    return tuple(found)


def _cards_key(checked: Checked, setting: CardSetting, index: int) -> str:
    """Return the key of a chapter's cards: all that they depend on."""
    facts, ids = checked.facts[index], checked.identified.ids[index]
    targets = {checked.former.get(target, target) for target, _ in facts.references}
    referred = [
        (target, setting.titles[target], setting.identities[target].number)
        for target in sorted(targets & setting.identities.keys())
    ]
    names = [*facts.images, *(f"demo:{slug}" for slug in facts.demos)]
    return digest(
        checked.chapters.keys[index],
        [checked.info.id, checked.info.deck, checked.info.macros],
        [(name, setting.identities[name].number, setting.gaps.get(name)) for name in ids],
        [referred, sorted(checked.former.items())],
        [(name, setting.media.get(name)) for name in names],
    )


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
        identified = checked.book()
        wanted = formulas_needed(identified.book)
        formulas = drawn(wanted, dict(checked.info.macros), cache, request.jobs)
        settings = PrintSettings(
            paper=request.paper or checked.info.paper,
            templates=request.folders.templates / "handbook",
            source=request.folders.source,
            tool_version=bindery.__version__,
            versions=tuple((name, version(name)) for name in _PACKAGES if name != "weasyprint"),
            jobs=request.jobs,
        )
        handbook = render(identified, formulas, figures, settings, cache)
    files[HANDBOOK] = {HANDBOOK: handbook.pdf}
    return _Rendered(files, handbook.page_count, handbook.diagnostics, handbook.pages)


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
        questions=sum(chapter.questions for chapter in checked.facts),
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
        marks = {name: mark(out / name, digest(data)) for name, data in files.items()}
        products[product] = Product(request.key(inputs, product), marks)
    save_state(out, State(inputs.digests, products, rendered.places or before.pages))
