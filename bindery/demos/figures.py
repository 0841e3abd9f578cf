"""From demos to figures: compute what the cache lacks, settle the records, draw."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from bindery.cache import Cache
from bindery.cores import cores
from bindery.demos.accelerator import accelerator_hint
from bindery.demos.demo import Demo
from bindery.demos.outcome import DemoOutcome, How
from bindery.demos.record import LARGEST, Agreement, Record, dump_record, settle
from bindery.demos.recorded import judge_record, read_record, record_of, too_large
from bindery.demos.tasks import (
    Computed,
    Setting,
    compute,
    draw,
    draw_together,
    inputs_digest,
    script_digest,
)
from bindery.demos.versions import installed as installed_versions
from bindery.demos.versions import relevant, titled
from bindery.diagnostics import Diagnostic, Severity, has_errors
from bindery.digest import digest
from bindery.model import Figure

_KEY_VERSION = 1
# The tensors are small: a second thread gains little, and where cores are shared the two spend
# their time waiting for each other. With one, sums come out alike on any number of cores.
_THREADS = 1
_Item = TypeVar("_Item")
_hint = lru_cache(accelerator_hint)


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How figures are made.

    ``device`` is ``auto`` or a device of PyTorch; ``jobs`` children run at once; ``timeout``
    (seconds) and ``memory`` (bytes of a child with its children) are limits for each child.
    With ``keep_going`` every error is a warning and the figure is simply absent. Without
    ``drawn`` there are records and no figures.
    """

    device: str = "auto"
    recompute: bool = False
    no_demos: bool = False
    keep_going: bool = False
    jobs: int = field(default_factory=cores)
    timeout: float = 120.0
    memory: int = 6_000_000_000
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class FigureRun:
    """All figures, by slug; ``records`` are (path in the source folder, bytes) to be written."""

    figures: tuple[Figure, ...]
    records: tuple[tuple[str, bytes], ...]
    diagnostics: tuple[Diagnostic, ...]
    outcomes: tuple[DemoOutcome, ...]


def key(demo: Demo, device_kind: str, versions: Mapping[str, str]) -> str:
    """Return the key of a computation: script, local imports, inputs, versions, device kind."""
    return digest(
        "demo",
        _KEY_VERSION,
        script_digest(demo),
        inputs_digest(demo),
        relevant(demo.packages, versions),
        device_kind,
    )


def run(
    demos: Sequence[Demo],
    options: FigureOptions,
    cache: Cache,
    source: Path,
    *,
    installed: Mapping[str, str] | None = None,
    progress: Callable[[DemoOutcome], None] | None = None,
) -> FigureRun:
    """Make the figure of every demo; one that fails does not stop the others.

    Args:
        demos: what ``discover`` found.
        options: see ``FigureOptions``.
        cache: holds computed values and drawn figures.
        source: the source folder, whose ``demos/records`` are read; nothing is written there.
        installed: versions by distribution; None asks the installation.
        progress: called in this thread after each demo, in the order they end.
    """
    versions = installed_versions() if installed is None else dict(installed)
    stop = threading.Event()
    jobs = max(1, min(options.jobs, len(demos)))
    setting = Setting(
        source=source,
        cache=cache,
        matplotlib=versions.get("matplotlib", ""),
        timeout=options.timeout,
        memory=options.memory,
        threads=_THREADS,
        stop=stop,
    )
    results: dict[str, _Result] = {}
    with ThreadPoolExecutor(jobs, thread_name_prefix="demo") as pool:
        try:
            recorded = [
                (demo, record.values)
                for demo in demos
                if options.drawn and (record := read_record(demo, source / _record_path(demo))[1])
            ]
            shares = _shares(recorded, jobs)
            drawn: dict[str, bytes] = {}
            for found in pool.map(lambda share: draw_together(share, setting), shares):
                drawn |= found
            futures = [pool.submit(_one, demo, options, setting, versions, drawn) for demo in demos]
            for future in as_completed(futures):
                result = future.result()
                results[result.outcome.slug] = result
                if progress is not None:
                    progress(result.outcome)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    ordered = [results[demo.slug] for demo in demos]
    diagnostics = [each for result in ordered for each in result.diagnostics]
    if options.keep_going:
        diagnostics = [replace(each, severity=Severity.WARNING) for each in diagnostics]
    return FigureRun(
        figures=tuple(result.figure for result in ordered if result.figure is not None),
        records=tuple(result.record for result in ordered if result.record is not None),
        diagnostics=tuple(diagnostics),
        outcomes=tuple(result.outcome for result in ordered),
    )


def _record_path(demo: Demo) -> str:
    return f"demos/records/{demo.slug}.json"


def _shares(items: Sequence[_Item], count: int) -> list[Sequence[_Item]]:
    return [items[start::count] for start in range(count) if items[start::count]]


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: DemoOutcome
    diagnostics: tuple[Diagnostic, ...]
    figure: Figure | None = None
    record: tuple[str, bytes] | None = None


def _one(
    demo: Demo,
    options: FigureOptions,
    setting: Setting,
    versions: Mapping[str, str],
    drawn: Mapping[str, bytes],
) -> _Result:
    path = _record_path(demo)
    old_bytes, old, found = read_record(demo, setting.source / path)
    missing = [name for name in demo.packages if name not in versions]
    agreement: Agreement | None = None
    how: How = "record"
    start = time.monotonic()
    record = old
    device = ""
    if options.no_demos or missing:
        why = "--no-demos" if options.no_demos else f"{', '.join(missing)} is not installed"
        found += judge_record(demo, old, why)
        device = old.device_name if old else ""
    else:
        computed, how, why, problems = _computed(demo, options, setting, versions, old)
        found += problems
        if computed is not None:
            new = record_of(demo, computed, versions)
            record, agreement = settle(old, new, measured_again=options.recompute)
            device = computed.device_name
        else:
            record = None
    changed = record is not None and record != old
    data = dump_record(record) if record is not None and changed else old_bytes
    if record is not None and changed and len(data) > LARGEST:
        found += (too_large(demo, record, len(data)),)
    figure: Figure | None = None
    if record is not None and options.drawn and not has_errors(found):
        drawing, problems = draw(demo, record.values, setting, drawn)
        found += problems
        if drawing is not None:
            figure = Figure(
                slug=demo.slug,
                title=demo.title,
                caption=demo.caption,
                alt=demo.alt,
                svg=drawing.svg,
                png=drawing.png,
                listing=demo.listing,
                results=drawing.results,
                computed_on=record.device_name,
                versions=titled(record.versions),
            )
    changed = changed and (figure is not None or not options.drawn) and not has_errors(found)
    seconds = time.monotonic() - start
    outcome = DemoOutcome(
        demo.slug, how, seconds, device, why, agreement, changed, figure is not None
    )
    return _Result(outcome, found, figure, (path, data) if changed else None)


def _computed(
    demo: Demo,
    options: FigureOptions,
    setting: Setting,
    versions: Mapping[str, str],
    old: Record | None,
) -> tuple[Computed | None, How, str, tuple[Diagnostic, ...]]:
    kind = "cpu"
    if "torch" in demo.packages:
        kind = options.device
        if kind == "auto":
            kind = _hint(versions["torch"])
    name = key(demo, kind, versions)
    if not options.recompute:
        kept = setting.cache.get("demo-values", name)
        if kept is not None and (computed := Computed.parse(kept)) is not None:
            return computed, "cached", "nothing changed", computed.warnings(demo)
    why = "the cache does not hold it"
    if options.recompute:
        why = "--recompute"
    elif old is None:
        why = "it has no record"
    elif old.script != script_digest(demo):
        why = "the script changed"
    computed, problems = compute(demo, options.device, setting)
    if computed is not None:
        setting.cache.put("demo-values", name, computed.dump())
    return computed, "computed", why, problems
