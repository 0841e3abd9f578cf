"""From a folder of notes to stamped cards: what a build goes on with, and ``status`` tells of.

read → parse → assemble → identify → formulas (``judge``) → stop if anything is wrong → figures →
cards → stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bindery.cache import Cache
from bindery.card_templates import Templates, read_templates
from bindery.cards import media_file
from bindery.collector import paused
from bindery.demos import DemoOutcome, FigureOptions, FigureRun
from bindery.demos import run as make_figures
from bindery.diagnostics import Diagnostic, NotesError, has_errors, in_order
from bindery.judge import Checked, check
from bindery.kept_cards import Cards, render_notes
from bindery.model import Figure, MediaFile, RenderedNote
from bindery.printing import refuse
from bindery.report import StageTimes
from bindery.request import Request
from bindery.retired import retired_notes
from bindery.stamp import Stamped, stamp

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figured:
    """A book whose figures are there, by slug; ``diagnostics`` are all so far."""

    checked: Checked
    run: FigureRun
    figures: Mapping[str, Figure]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Carded:
    """Everything up to the stamped notes: what a build writes and a status tells."""

    figured: Figured
    media: Mapping[str, MediaFile]
    cards: Cards
    gone: tuple[RenderedNote, ...]
    templates: Templates
    stamped: Stamped


def judge(
    request: Request, cache: Cache, now: int, times: StageTimes, progress: Progress
) -> Checked:
    """Judge the notes, and whether what is asked for can be had.

    Raises:
        NotesError: something is wrong in the notes.
        MachineError: the machine lacks something.
        WrongUseError: what is asked for cannot be had.
    """
    progress("notes")
    checked = check(request.folders, cache, now, times, request.jobs)
    stop_if_errors(checked.diagnostics)
    refuse(request, checked)
    return checked


def draw_figures(
    request: Request, checked: Checked, cache: Cache, times: StageTimes, progress: Progress
) -> Figured:
    """Make the figures of the demos.

    Raises:
        NotesError: a figure cannot be made.
        MachineError: the machine lacks something.
    """
    progress("figures")
    with times.stage("figures"):
        options = _figure_options(request)
        told, source = partial(_tell, progress), request.folders.source
        run = make_figures(checked.demos, options, cache, source, progress=told)
        _tell_slowest(progress, run)
    diagnostics = in_order((*checked.diagnostics, *run.diagnostics))
    stop_if_errors(diagnostics)
    return Figured(checked, run, {figure.slug: figure for figure in run.figures}, diagnostics)


def make_cards(
    request: Request,
    figured: Figured,
    cache: Cache,
    now: int,
    *,
    times: StageTimes,
    progress: Progress,
) -> Carded:
    """Make the cards, and stamp what has changed."""
    folders, checked = request.folders, figured.checked
    progress("cards")
    with times.stage("cards"), paused():
        media = _media(checked, figured.figures, folders.source)
        cards = render_notes(checked, media, cache)
        gone = retired_notes(checked.info, checked.identified.ledger)
        templates = read_templates(folders.templates / "anki")
        stamped = stamp(
            checked.identified.ledger,
            {note.id: note.digest for note in (*cards.notes, *gone)},
            templates.digests(),
            now,
        )
    return Carded(figured, media, cards, gone, templates, stamped)


def stop_if_errors(diagnostics: tuple[Diagnostic, ...]) -> None:
    """Raise ``NotesError`` with everything found when there is an error among it."""
    if has_errors(diagnostics):
        raise NotesError(diagnostics)


def _figure_options(request: Request) -> FigureOptions:
    options = FigureOptions(request.device, request.recompute, request.no_demos, request.keep_going)
    return replace(options, jobs=request.jobs) if request.jobs else options


def _tell(progress: Progress, outcome: DemoOutcome) -> None:
    if outcome.how == "computed":
        progress(f"figures: {outcome.slug} in {outcome.seconds:.1f} s")


def _tell_slowest(progress: Progress, run: FigureRun) -> None:
    computed = [outcome for outcome in run.outcomes if outcome.how == "computed"]
    if len(computed) > 1:
        slowest = max(computed, key=lambda outcome: outcome.seconds)
        progress(f"{len(computed)} figures computed, the slowest is {slowest.slug}")


def _media(checked: Checked, figures: Mapping[str, Figure], source: Path) -> dict[str, MediaFile]:
    book = checked.info.id
    images = {src for chapter in checked.facts for src in chapter.images}
    media = {src: media_file(book, src, (source / src).read_bytes()) for src in sorted(images)}
    for slug, figure in sorted(figures.items()):
        media[f"demo:{slug}"] = media_file(book, f"{slug}.svg", figure.svg)
    return media
