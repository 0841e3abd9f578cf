"""What is said on the command line: what a build did and why, what is wrong, how far it is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from bindery.diagnostics import Diagnostic, MachineError, NotesError, Severity
from bindery.report import FigureReport, Report, as_json, as_record
from bindery.sheets import spans

_MOST = 8
_CLEAR = "\r\x1b[K"
# Options of the command line, by name: "as_json", "explain", "verbose".
Options: TypeAlias = Mapping[str, Any]


def say(*lines: str, err: bool = False) -> None:
    """Write lines, to standard error if told so; a line of progress there gives way."""
    if sys.stderr.isatty():
        _write(sys.stderr, _CLEAR)
    for line in lines:
        _write(sys.stderr if err else sys.stdout, f"{line}\n")


def progress(options: Options) -> Callable[[str], None]:
    """Return what says how far a build is: one line on a terminal, several elsewhere."""
    if options["as_json"]:
        return lambda _: None
    if sys.stderr.isatty():
        return lambda stage: _write(sys.stderr, f"{_CLEAR}{stage} …")
    return lambda stage: _write(sys.stderr, f"{stage} …\n")


@contextmanager
def reported(options: Options) -> Iterator[None]:
    """Show what a build raises as messages, and turn it into the exit status.

    Raises:
        SystemExit: 1 for errors in the notes, 3 when the machine lacks something.
    """
    try:
        yield
    except NotesError as error:
        show(error.diagnostics, options)
        errors = sum(d.severity is Severity.ERROR for d in error.diagnostics)
        what = "error" if errors == 1 else "errors"
        say(f"{errors} {what}; nothing was written", err=True)
        sys.exit(1)
    except MachineError as error:
        say(f"error: {error}", err=True)
        sys.exit(3)


def show(diagnostics: tuple[Diagnostic, ...], options: Options) -> None:
    """Print diagnostics, or a record of them."""
    if options["as_json"]:
        say(as_text({"diagnostics": [as_record(diagnostic) for diagnostic in diagnostics]}))
    else:
        say(*(str(diagnostic) for diagnostic in diagnostics), err=True)


def as_text(record: Mapping[str, Any]) -> str:
    """Return a record as JSON to be printed."""
    return json.dumps(record, ensure_ascii=False, indent=2)


def told(report: Report, out: Path, options: Options) -> Iterator[str]:
    """Yield what a build has done, as the options ask for it; show its diagnostics."""
    if options["as_json"]:
        yield as_text({"nothing_changed": False, **json.loads(as_json(report))})
        return
    show(report.diagnostics, options)
    pages = f", {report.pages} pages" if report.pages else ""
    counts = f"{report.questions} questions, {report.notes} notes, {report.cards} cards{pages}"
    yield f"{counts} → {near(out)}"
    if report.added or report.updated:
        yield f"{len(report.added)} notes new, {len(report.updated)} updated"
    yield from report.news
    if report.retired:
        yield f"{len(report.retired)} retired: retired.apkg tells learners how to delete them"
    for figure in report.figures:
        if figure.how == "computed" or options["verbose"]:
            changed = "; record changed" if figure.record_changed else ""
            yield (
                f"figure {figure.slug}: {figure.how} on {figure.device} "
                f"in {figure.seconds:.1f} s{changed}"
            )
    yield from report.for_print
    if options["explain"]:
        yield from explained(report)
    if options["verbose"]:
        yield from told_times(report.times)


def explained(report: Report) -> Iterator[str]:
    """Yield why each product was built, and what in it was made anew."""
    for product, reasons in report.why.items():
        yield f"{product}: {'; '.join(reasons)}"
    if report.rendered_anew:
        yield f"cards made anew: those of {_few(report.rendered_anew)}"
    elif report.why:
        yield "cards made anew: none"
    if report.pages_changed:
        yield f"pages that the last handbook did not have: {spans(report.pages_changed)}"
    computed = [figure for figure in report.figures if figure.how == "computed"]
    for figure in computed:
        yield f"figure {figure.slug}: {figure.why}"
    kept = [figure for figure in report.figures if figure not in computed]
    for why, slugs in _by_reason(kept).items():
        yield f"figures not computed ({why}): {_few(slugs)}"


def nothing_told(out: Path, options: Options) -> str:
    """Return what is said when everything was there already."""
    if options["as_json"]:
        return as_text({"nothing_changed": True})
    return f"nothing changed; {near(out)} is up to date"


def told_times(times: dict[str, float]) -> Iterator[str]:
    """Yield how long each stage took."""
    for stage, seconds in times.items():
        yield f"{seconds:8.3f} s  {stage}"


def near(path: Path) -> Path:
    """Return the path as seen from here, when it is below."""
    whole, here = path.resolve(), Path.cwd().resolve()
    return whole.relative_to(here) if whole.is_relative_to(here) else path


def _by_reason(figures: list[FigureReport]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for figure in figures:
        found[figure.why] = (*found.get(figure.why, ()), figure.slug)
    return found


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()
