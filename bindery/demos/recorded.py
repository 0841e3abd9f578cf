"""The record of a demo in the source folder: read, judged, and made of a computation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bindery.demos.demo import Demo
from bindery.demos.record import LARGEST, Record, largest_value, parse_record
from bindery.demos.tasks import Computed, script_digest
from bindery.demos.versions import relevant
from bindery.diagnostics import Diagnostic, Severity


def read_record(demo: Demo, path: Path) -> tuple[bytes, Record | None, tuple[Diagnostic, ...]]:
    """Return the file's bytes, and the record unless it is absent or damaged, which is told."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return b"", None, ()
    except OSError as error:
        data, reason = b"", f"cannot be read: {error.strerror}"
    else:
        reason = "is damaged or of another version"
    record = parse_record(data) if data else None
    if record is not None:
        return data, record, ()
    return (
        data,
        None,
        (
            Diagnostic(
                demo.place(),
                "damaged-record",
                f"the record demos/records/{demo.slug}.json {reason}; it counts as absent",
                severity=Severity.WARNING,
            ),
        ),
    )


def judge_record(demo: Demo, record: Record | None, why: str) -> tuple[Diagnostic, ...]:
    """Say what is wrong with drawing from the record where nothing can be computed."""
    if record is None:
        return (
            Diagnostic(
                demo.place(),
                "missing-record",
                f"the demo has no record to draw from, and cannot be computed: {why}",
                "install the demos' packages (torch, scipy, scikit-learn) and build again",
            ),
        )
    if record.script == script_digest(demo):
        return ()
    return (
        Diagnostic(
            demo.place(),
            "stale-record",
            f"the record is older than the script, and cannot be computed again: {why}",
            "the figure is drawn from the old record; build where the demo can be computed",
            Severity.WARNING,
        ),
    )


def record_of(demo: Demo, computed: Computed, versions: Mapping[str, str]) -> Record:
    """Return the record that a computation makes."""
    return Record(
        demo=demo.slug,
        script=script_digest(demo),
        device=computed.device,
        device_name=computed.device_name,
        versions=tuple(sorted(relevant(demo.packages, versions).items())),
        tolerance=demo.tolerance,
        values=computed.values,
    )


def too_large(demo: Demo, record: Record, size: int) -> Diagnostic:
    """Say that a record is too large, where its largest value is named."""
    name = largest_value(record)
    return Diagnostic(
        demo.place(demo.line_of(name)),
        "record-too-large",
        f"the record would take {size:,} bytes; {LARGEST:,} is the most",
        f'keep what the figure shows: "{name}" is the largest',
    )
