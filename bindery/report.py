"""The report of a build: what went in, what came out, and why; ``out/report.json``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from bindery.diagnostics import Diagnostic


class StageTimes:
    """Seconds of wall time that each stage took, in the order they ran."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block under a name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - start
            self._seconds[name] = self._seconds.get(name, 0.0) + took

    def seconds(self) -> dict[str, float]:
        """Return the times so far, to the millisecond."""
        return {name: round(value, 3) for name, value in self._seconds.items()}


@dataclass(frozen=True, slots=True)
class FigureReport:
    """How one figure came about."""

    slug: str
    how: str
    why: str
    device: str
    seconds: float
    record_changed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Counts, news, times and versions of a build.

    ``why`` says for each product what it was built for, ``rendered_anew`` names the chapters
    whose cards were; ``pages_changed`` are the handbook's pages that the last one did not have,
    ``for_print`` is what somebody at a printer has to know.
    """

    questions: int = 0
    notes: int = 0
    cards: int = 0
    pages: int = 0
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    templates_updated: tuple[str, ...] = ()
    changed_inputs: tuple[str, ...] = ()
    why: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rendered_anew: tuple[str, ...] = ()
    pages_changed: tuple[str, ...] = ()
    for_print: tuple[str, ...] = ()
    figures: tuple[FigureReport, ...] = ()
    products: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def as_json(report: Report) -> bytes:
    """Return the report as JSON."""
    record = asdict(report)
    record["diagnostics"] = [as_record(d) for d in report.diagnostics]
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def as_record(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as plain values, for JSON."""
    return {
        "file": diagnostic.place.file,
        "line": diagnostic.place.line,
        "column": diagnostic.place.column,
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }
