#!/usr/bin/env python3
"""The command line of Bindery: ``python build.py --help``. Everything else is in ``bindery/``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from bindery import __version__
from bindery.diagnostics import Diagnostic, MachineError, NotesError, Severity

ROOT = Path(__file__).resolve().parent
_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = [
    click.option("--source", type=click.Path(path_type=Path), help="Folder of the notes."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder of the products."),
    click.option("--templates", type=click.Path(path_type=Path), help="Folder of the templates."),
    click.option("--cache", type=click.Path(path_type=Path), help="Folder of the cache."),
    click.option("--jobs", type=click.IntRange(1), help="Processes at once."),
    click.option(
        "--locked", is_flag=True, default=None, help="Fail rather than change the ledger."
    ),
    click.option("--explain", is_flag=True, default=None, help="Say why each thing was built."),
    click.option("--json", "as_json", is_flag=True, default=None, help="Print the report as JSON."),
    click.option("-v", "--verbose", is_flag=True, default=None, help="Print stage times."),
]
_FIGURES = [
    click.option("--device", help="auto, cpu, cuda, mps, xpu … (default: auto)."),
    click.option("--recompute", is_flag=True, default=None, help="Compute every demo again."),
    click.option("--no-demos", is_flag=True, default=None, help="Draw figures from the records."),
    click.option("--keep-going", is_flag=True, default=None, help="Leave failed figures out."),
]
_PRINT = [click.option("--paper", type=click.Choice(["a4", "a5", "b5"]), help="Size of the page.")]


def _options(*groups: list[Any]) -> Callable[[_Command], _Command]:
    def decorate(command: _Command) -> _Command:
        for group in groups:
            for option in reversed(group):
                command = option(command)
        return command

    return decorate


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bindery")
@_options(_OPTIONS, _FIGURES, _PRINT)
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> None:
    """Turn notes in Markdown and LaTeX into an Anki deck, a handbook and computed figures.

    Without a command: build everything.
    """
    context.obj = options
    if context.invoked_subcommand is None:
        _build(options, None)


@cli.command()
@_options(_OPTIONS, _FIGURES)
@click.pass_context
def deck(context: click.Context, /, **options: Any) -> None:
    """Build out/deck.apkg."""
    _build(_merged(context, options), "deck.apkg")


@cli.command()
@_options(_OPTIONS, _FIGURES, _PRINT)
@click.pass_context
def handbook(context: click.Context, /, **options: Any) -> None:
    """Build out/handbook.pdf."""
    _build(_merged(context, options), "handbook.pdf")


@cli.command()
@_options(_OPTIONS, _FIGURES)
@click.pass_context
def figures(context: click.Context, /, **options: Any) -> None:
    """Compute the worked demos and draw out/figures/."""
    _build(_merged(context, options), "figures")


@cli.command()
@_options(_OPTIONS)
@click.pass_context
def check(context: click.Context, /, **options: Any) -> None:
    """Read and judge the notes; write nothing."""
    from bindery.cache import Cache
    from bindery.judge import check as judge_notes
    from bindery.report import StageTimes

    settings = _merged(context, options)
    times = StageTimes()
    with _reported(settings), Cache(_folders(settings).cache) as cache:
        checked = judge_notes(_folders(settings), cache, int(time.time()), times, settings["jobs"])
        errors = [d for d in checked.diagnostics if d.severity is Severity.ERROR]
        if errors:
            raise NotesError(checked.diagnostics)
        _show(checked.diagnostics, settings)
        if not settings["as_json"]:
            questions = sum(chapter.questions for chapter in checked.facts)
            notes = len(checked.identified.identities)
            click.echo(f"{questions} questions, {notes} notes: no errors")
        _show_times(settings, times.seconds())


@cli.command()
@_options(_OPTIONS)
@click.pass_context
def status(context: click.Context, /, **options: Any) -> None:
    """Say what the next build changes for a learner and in print."""
    from bindery.pipeline import status as status_of

    settings = {**_merged(context, options), **dict.fromkeys(["no_demos", "keep_going"], True)}
    with _reported(settings):
        found = status_of(_request(settings, None), int(time.time()))
    if settings["as_json"]:
        click.echo(_json(asdict(found)))
        return
    for line in found.lines():
        click.echo(line)


@cli.command()
@click.argument("product", type=click.Choice(["all", "deck", "handbook", "figures"]), default="all")
@_options(_OPTIONS, _FIGURES, _PRINT)
@click.pass_context
def watch(context: click.Context, /, product: str, **options: Any) -> None:
    """Build again after each change, until Ctrl-C."""
    from bindery.request import inputs_of
    from bindery.watch import edits

    settings = _merged(context, options)
    name = {"deck": "deck.apkg", "handbook": "handbook.pdf", "figures": "figures"}.get(product)
    request = _request(settings, name)
    folders = request.folders
    own = ("source/notes.lock", "source/demos/records/")
    bursts = edits(
        (folders.source, folders.templates),
        lambda: inputs_of(request).digests,
        lambda file: file.startswith(own),
    )
    with suppress(KeyboardInterrupt):
        for number, saved in enumerate(bursts):
            well = _attempt(settings, name)
            if not number:
                click.echo(f"watching {_near(folders.source)}; Ctrl-C ends it", err=True)
            elif well:
                click.echo(f"{time.time() - saved:.2f} s from saving to new products")


@cli.command()
@_options(_OPTIONS)
@click.pass_context
def ids(context: click.Context, /, **options: Any) -> None:
    """Write {#id} into the headings and containers that lack one; no identity changes."""
    from bindery.pipeline import write_ids

    settings = _merged(context, options)
    with _reported(settings):
        written = write_ids(_folders(settings), int(time.time()), _progress(settings))
    for each in written:
        click.echo(f"{each.place}: {{#{each.id}}}")
    click.echo(f"{len(written)} ids written" if written else "every note has an id already")


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", default="", help="Title of the book.")
@click.pass_obj
def new(before: dict[str, Any], /, folder: Path, title: str) -> None:
    """Begin a book of one's own in FOLDER."""
    from bindery.new_book import new_book

    with _reported(before):
        try:
            made = new_book(folder, title)
        except FileExistsError as error:
            raise click.UsageError(f"{error} exists already; nothing was written") from error
    for path in made:
        click.echo(f"wrote {path}")
    click.echo(f"build it:  build.py --source {folder} --out {folder}/out")


def _merged(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    before: dict[str, Any] = context.obj or {}
    return {**before, **{k: v for k, v in options.items() if v is not None or k not in before}}


def _folders(options: dict[str, Any]) -> Any:
    import platformdirs

    from bindery.request import Folders

    source = options["source"] or ROOT / "source"
    shown = options["source"].as_posix() if options["source"] else "source"
    cache = options["cache"] or Path(platformdirs.user_cache_dir("bindery", appauthor=False))
    return Folders(
        source=source,
        out=options["out"] or ROOT / "out",
        templates=options["templates"] or ROOT / "templates",
        cache=cache,
        shown=shown,
    )


def _attempt(options: dict[str, Any], product: str | None) -> bool:
    """Build once and go on after an error; say whether it went well."""
    try:
        _build(options, product)
    except SystemExit as end:
        return not end.code
    return True


def _request(options: dict[str, Any], product: str | None) -> Any:
    from bindery.request import ALL, Request

    return Request(
        folders=_folders(options),
        products=frozenset({product}) if product else ALL,
        locked=bool(options["locked"]),
        paper=options.get("paper") or "",
        jobs=options["jobs"],
        device=options["device"] or "auto",
        recompute=bool(options["recompute"]),
        no_demos=bool(options["no_demos"]),
        keep_going=bool(options["keep_going"]),
    )


def _build(options: dict[str, Any], product: str | None) -> None:
    from bindery.request import nothing_to_do

    request = _request(options, product)
    if nothing_to_do(request):
        _tell_nothing(request, options)
        return
    from bindery.pipeline import build
    from bindery.report import as_json

    with _reported(options):
        built = build(request, int(time.time()), _progress(options))
        if options["as_json"]:
            report = json.loads(as_json(built.report))
            click.echo(_json({"nothing_changed": built.nothing, **report}))
            return
        _show(built.report.diagnostics, options)
        _tell(built, request, options)


class _reported:  # noqa: N801
    """Shows errors as messages and turns them into the exit status."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotesError):
            _show(error.diagnostics, self._options)
            errors = sum(d.severity is Severity.ERROR for d in error.diagnostics)
            what = "error" if errors == 1 else "errors"
            click.echo(f"{errors} {what}; nothing was written", err=True)
            sys.exit(1)
        if isinstance(error, MachineError):
            click.echo(f"error: {error}", err=True)
            sys.exit(3)


def _show(diagnostics: tuple[Diagnostic, ...], options: dict[str, Any]) -> None:
    if options["as_json"]:
        from bindery.report import as_record

        records = [as_record(diagnostic) for diagnostic in diagnostics]
        click.echo(_json({"diagnostics": records}))
        return
    for diagnostic in diagnostics:
        click.echo(str(diagnostic), err=True)


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2)


def _progress(options: dict[str, Any]) -> Callable[[str], None]:
    if options["as_json"]:
        return lambda _: None
    if sys.stderr.isatty():
        return lambda stage: click.echo(f"\r\x1b[K{stage} …", err=True, nl=False)
    return lambda stage: click.echo(f"{stage} …", err=True)


def _tell_nothing(request: Any, options: dict[str, Any]) -> None:
    if options["as_json"]:
        click.echo(_json({"nothing_changed": True}))
    else:
        click.echo(f"nothing changed; {_near(request.folders.out)} is up to date")


def _tell(built: Any, request: Any, options: dict[str, Any]) -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    report, out = built.report, request.folders.out
    if built.nothing:
        _tell_nothing(request, options)
        return
    pages = f", {report.pages} pages" if report.pages else ""
    counts = f"{report.questions} questions, {report.notes} notes, {report.cards} cards{pages}"
    click.echo(f"{counts} → {_near(out)}")
    if report.added or report.updated:
        click.echo(f"{len(report.added)} notes new, {len(report.updated)} updated")
    for line in report.news:
        click.echo(line)
    if report.retired:
        click.echo(f"{len(report.retired)} retired: retired.apkg tells learners how to delete them")
    for figure in report.figures:
        if figure.how == "computed" or options["verbose"]:
            changed = "; record changed" if figure.record_changed else ""
            click.echo(
                f"figure {figure.slug}: {figure.how} on {figure.device} "
                f"in {figure.seconds:.1f} s{changed}"
            )
        if options["explain"]:
            click.echo(f"  why: {figure.why}")
    if options["explain"]:
        for name in report.changed_inputs:
            click.echo(f"changed: {name}")
        if not report.changed_inputs:
            click.echo("there was no earlier build")
    _show_times(options, report.times)


def _near(path: Path) -> Path:
    """Return the path as seen from here, when it is below."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else path


def _show_times(options: dict[str, Any], times: dict[str, float]) -> None:
    if options["verbose"] and not options["as_json"]:
        for stage, seconds in times.items():
            click.echo(f"{seconds:8.3f} s  {stage}")


if __name__ == "__main__":
    cli()
