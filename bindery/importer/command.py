"""The import as the command line asks for it: folders, report, what is said at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bindery.cache import Cache
from bindery.importer.readers import NAMES
from bindery.importer.report import record, told
from bindery.importer.run import Order, Outcome, prepare, write
from bindery.products import write_whole
from bindery.report import as_record
from bindery.request import Folders, WrongUseError


def bring(options: Mapping[str, Any], folders: Folders) -> Iterator[str]:
    """Import the files that the options name; yield what is to be said.

    Raises:
        WrongUseError: there is no such format.
        NotesError: a file cannot be read, or a note would be overwritten.
        MachineError: the machine lacks something.
    """
    order = _order(options, folders)
    with Cache(folders.cache) as cache:
        found = prepare(order, cache)
    outcome = write(order, found, really=not options["dry_run"])
    if options["report"]:
        write_whole(options["report"], _report(options["report"], outcome).encode())
    if options["as_json"]:
        yield _json(outcome)
        return
    for each in found:
        yield from told(each)
    yield from outcome.news
    yield from map(str, outcome.diagnostics)
    wrote = "would write" if options["dry_run"] else "wrote"
    yield from (f"{wrote} {order.shown}/{name}" for name in outcome.written)
    yield from (f"{order.shown}/{name} is as it was" for name in outcome.unchanged)


def _order(options: Mapping[str, Any], folders: Folders) -> Order:
    name = options["format_"] or ""
    if name and name not in NAMES:
        raise WrongUseError(f'no format "{name}": {", ".join(NAMES)}')
    target: Path = options["to"] or folders.source
    shown = target.as_posix() if options["to"] else folders.shown
    return Order(tuple(options["files"]), target, shown, name, bool(options["overwrite"]))


def _report(path: Path, outcome: Outcome) -> str:
    if path.suffix.lower() == ".json":
        return _json(outcome) + "\n"
    return "".join(f"{line}\n" for each in outcome.tried for line in told(each))


def _json(outcome: Outcome) -> str:
    report = {
        "sources": [record(each) for each in outcome.tried],
        "written": list(outcome.written),
        "unchanged": list(outcome.unchanged),
        "news": list(outcome.news),
        "diagnostics": [as_record(each) for each in outcome.diagnostics],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)
