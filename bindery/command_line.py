"""The command line: what is typed becomes a request, and what was done is told."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from bindery import __version__
from bindery.diagnostics import NotesError, has_errors
from bindery.request import DEVICES, PRODUCTS, WrongUseError, folders_of, request_of
from bindery.tell import as_text, nothing_told, progress, reported, say, show, told, told_times

ROOT = Path(__file__).resolve().parents[1]
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _flag(name: str, text: str) -> Any:
    return click.option(name, is_flag=True, default=None, help=text)


_OPTIONS = [
    click.option("--source", type=click.Path(path_type=Path), help="Folder of the notes."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder of the products."),
    click.option("--templates", type=click.Path(path_type=Path), help="Folder of the templates."),
    click.option("--cache", type=click.Path(path_type=Path), help="Folder of the cache."),
    click.option("--jobs", type=click.IntRange(1), help="Processes at once."),
    click.option("--json", "as_json", is_flag=True, default=None, help="Print the report as JSON."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Print stage times."),
]
_GENERAL = {"source", "out", "templates", "cache", "jobs", "as_json", "verbose"}
_BUILDING = [
    _flag("--locked", "Fail rather than change the ledger."),
    _flag("--explain", "Say why each thing was built."),
]


def _known_device(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name and name.partition(":")[0] not in DEVICES:
        raise click.BadParameter(f"{name}: one of {', '.join(DEVICES)}")
    return name


_FIGURES = [
    click.option(
        "--device", callback=_known_device, help="auto, cpu, cuda, mps, xpu … (default: auto)."
    ),
    _flag("--recompute", "Compute every demo again."),
    _flag("--no-demos", "Draw figures from the records."),
    _flag("--keep-going", "Leave failed figures out."),
]
_PRINT = [
    click.option("--paper", type=click.Choice(["a4", "a5", "b5"]), help="Size of the page."),
    _flag("--bleed", "Room around the pages, with crop marks."),
    _flag("--booklet", "Also booklet.pdf: A5, two pages up on A4, to fold."),
    _flag("--changed", "Also handbook-changed.pdf: sheets that the copy on paper lacks."),
    _flag("--pdf-a", "Make the handbook PDF/A-2u, for archives."),
    _flag("--pdf-ua", "Make the handbook PDF/UA-1, for screen readers."),
]


def _options(*groups: list[Any]) -> Callable[[_Command], _Command]:
    options = [option for group in groups for option in group]
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


class _Cli(click.Group):
    """Says what was wrong with the use as click does."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WrongUseError as error:
            raise click.UsageError(str(error), ctx) from error


@click.group(
    cls=_Cli,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="bindery")
@_options(_OPTIONS, _BUILDING, _FIGURES, _PRINT)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Turn notes in Markdown and LaTeX into an Anki deck, a handbook and computed figures.

    Without a command: build everything. Options stand before or after the command.
    """
    context.obj = options
    if context.invoked_subcommand is None:
        _build(options, None)


@cli.command()
@_options(_OPTIONS, _BUILDING, _FIGURES)
@click.pass_context
def deck(context: click.Context, /, **options: Any) -> None:
    """Build out/deck.apkg."""
    _build(_merged(context, options), "deck")


@cli.command()
@_options(_OPTIONS, _BUILDING, _FIGURES, _PRINT)
@click.pass_context
def handbook(context: click.Context, /, **options: Any) -> None:
    """Build out/handbook.pdf."""
    _build(_merged(context, options), "handbook")


@cli.command()
@_options(_OPTIONS, _BUILDING, _FIGURES)
@click.pass_context
def figures(context: click.Context, /, **options: Any) -> None:
    """Compute the worked demos and draw out/figures/."""
    _build(_merged(context, options), "figures")


@cli.command()
@_options(_OPTIONS, _BUILDING, _FIGURES)
@click.pass_context
def flashcards(context: click.Context, /, **options: Any) -> None:
    """Build out/flashcards.pdf: cards to print on both sides and cut out."""
    _build(_merged(context, options), "flashcards")


@cli.command()
@click.argument("which", type=click.Choice(["handbook", "changed"]), required=False)
@_options(_OPTIONS)
@click.pass_context
def printed(context: click.Context, /, which: str | None, **options: Any) -> None:
    """Say that out/handbook.pdf, or its changed sheets, are on paper now.

    The next `handbook --changed` compares with this copy.
    """
    from bindery.copies import mark_printed
    from bindery.request import CHANGED, HANDBOOK

    settings = _merged(context, options)
    name = {"handbook": HANDBOOK, "changed": CHANGED}.get(which or "", "")
    with reported(settings):
        copy = mark_printed(folders_of(settings, ROOT), name, int(time.time()))
    paper, pages = copy.pages.paper, len(copy.pages.labels)
    told_so = f"the copy on paper: {paper}, {pages} pages"
    say(as_text({"paper": paper, "pages": pages}) if settings["as_json"] else told_so)


@cli.command()
@_options(_OPTIONS)
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Read and judge the notes; write nothing."""
    from bindery.cache import Cache
    from bindery.judge import check as judge_notes
    from bindery.report import StageTimes

    settings = _merged(context, options)
    folders, times = folders_of(settings, ROOT), StageTimes()
    with reported(settings), Cache(folders.cache) as cache:
        checked = judge_notes(folders, cache, int(time.time()), times, settings["jobs"])
        if has_errors(checked.diagnostics):
            raise NotesError(checked.diagnostics)
        show(checked.diagnostics, settings)
        if settings["as_json"]:
            return
        questions = sum(chapter.questions for chapter in checked.facts)
        notes = len(checked.identified.identities)
        say(f"{questions} questions, {notes} notes: no errors")
        say(*told_times(times.seconds() if settings["verbose"] else {}))


@cli.command()
@_options(_OPTIONS, _FIGURES)
@click.pass_context
def status(context: click.Context, /, **options: Any) -> None:
    """Say what the next build changes for a learner and in print."""
    from bindery.outlook import status as status_of

    settings = _merged(context, options)
    with reported(settings):
        request = request_of(settings, ROOT, "deck")
        found = status_of(request, int(time.time()), progress(settings))
    say(*([as_text(asdict(found))] if settings["as_json"] else found.lines()))


@cli.command()
@click.argument("product", type=click.Choice(["all", *PRODUCTS]), default="all")
@_options(_OPTIONS, _BUILDING, _FIGURES, _PRINT)
@click.pass_context
def watch(context: click.Context, /, product: str, **options: Any) -> None:
    """Build again after each change, until Ctrl-C."""
    from bindery.request import inputs_of
    from bindery.tell import near
    from bindery.watch import edits, until_interrupted

    settings = _merged(context, options)
    name = None if product == "all" else product
    request = request_of(settings, ROOT, name)
    folders = request.folders
    own = ("source/notes.lock", "source/demos/records/")
    with until_interrupted() as stop:
        bursts = edits(
            (folders.source, folders.templates),
            lambda: inputs_of(request).digests,
            lambda file: file.startswith(own),
            stop,
        )
        for number, saved in enumerate(bursts):
            well = _attempt(settings, name)
            if not number:
                say(f"watching {near(folders.source)}; Ctrl-C ends it", err=True)
            elif well:
                say(f"{time.time() - saved:.2f} s from saving to new products")
            gc.collect()


@cli.command()
@_options(_OPTIONS)
@click.pass_context
def ids(context: click.Context, /, **options: Any) -> None:
    """Write {#id} into the headings and containers that lack one; no identity changes."""
    from bindery.pipeline import write_ids

    settings = _merged(context, options)
    with reported(settings):
        written = write_ids(folders_of(settings, ROOT), int(time.time()), progress(settings))
    say(*(f"{each.place}: {{#{each.id}}}" for each in written))
    say(f"{len(written)} ids written" if written else "every note has an id already")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", default="", help="Title of the book.")
@click.pass_context
def new(context: click.Context, /, folder: Path, title: str) -> None:
    """Begin a book of one's own in FOLDER."""
    from bindery.new_book import new_book

    with reported(_merged(context, {})):
        try:
            made = new_book(folder, title)
        except FileExistsError as error:
            raise click.UsageError(f"{error} exists already; nothing was written") from error
    say(*(f"wrote {path}" for path in made))
    say(f"build it:  build.py --source {folder} --out {folder}/out")


@cli.command(name="import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), help="Folder of the notes to be written.")
@click.option("--format", "format_", help="scraped, text, markdown or latex (default: evidence).")
@click.option("--dry-run", is_flag=True, help="Report, and write no notes.")
@click.option("--overwrite", is_flag=True, help="Replace notes that are there already.")
@click.option("--report", type=click.Path(path_type=Path), help="Also write the report (.json).")
@_options(_OPTIONS)
@click.pass_context
def import_(context: click.Context, /, **options: Any) -> None:
    """Turn raw text or foreign Markdown into clean notes, with a report of doubts."""
    from bindery.importer.command import bring

    settings = _merged(context, options)
    with reported(settings):
        say(*bring(settings, folders_of(settings, ROOT)))


def _merged(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options given before the command and after it; the latter win.

    What stands before may be meant for another command: then nothing is done.
    """
    before: dict[str, Any] = context.obj or {}
    for name, value in before.items():
        if value is not None and name not in options and name not in _GENERAL:
            typed = name.replace("_", "-")
            raise click.UsageError(f"'{context.command.name}' has no option --{typed}", context)
    return {**before, **{k: v for k, v in options.items() if v is not None or k not in before}}


def _attempt(options: dict[str, Any], product: str | None) -> bool:
    """Build once and go on after an error; say whether it went well."""
    try:
        _build(options, product)
    except SystemExit as end:
        return not end.code
    return True


def _build(options: dict[str, Any], product: str | None) -> None:
    from bindery.copies import still_to_print
    from bindery.request import CHANGED, PRINTED, standing_of

    with reported(options):
        request = request_of(options, ROOT, product)
        out, standing = request.folders.out, standing_of(request)
        if not standing.is_up_to_date(request):
            from bindery.press.jobs import Workers

            with Workers(request.jobs) as workers:
                if request.products & PRINTED:
                    workers.begin()  # they load what they need while this process does
                from bindery.pipeline import build

                built = build(request, int(time.time()), progress(options), standing, workers)
            if not built.nothing:
                say(*told(built.report, out, options))
                return
        say(nothing_told(out, options))
        if CHANGED in request.products and not options["as_json"]:
            say(*still_to_print(request.folders))


def main() -> None:
    """Do what is typed."""
    gc.disable()  # a build ends before its garbage matters; between builds it is collected
    try:
        cli()
    finally:
        gc.freeze()  # a book is millions of objects: at the end nobody need look through them
