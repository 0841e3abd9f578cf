"""The record of a demo: what it computed, where and with what, kept in git.

A new computation that agrees within the demo's tolerance leaves its record untouched, so that
another machine changes no learner's note.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bindery.demos.values import Encoded, Tolerance, deviation, tolerance_of

FORMAT = 1
LARGEST = 200_000


@dataclass(frozen=True, slots=True)
class Record:
    """A demo's values with their origin. ``script`` is the digest of script and local imports.

    ``values`` are encoded (see ``values``); ``device`` is the kind (``cpu``, ``cuda`` …),
    ``device_name`` what a reader is told.
    """

    demo: str
    script: str
    device: str
    device_name: str
    versions: tuple[tuple[str, str], ...]
    tolerance: Tolerance
    values: Mapping[str, Encoded]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a computation compares with the record.

    ``rows`` are (value, relative deviation, tolerance) in the computation's order; infinity
    stands for a value that only one side has, or of another shape; a tolerance of None is a
    measured value, which is not compared.
    """

    rows: tuple[tuple[str, float, float | None], ...]

    @property
    def within(self) -> bool:
        """Whether every compared value agrees."""
        return all(t is None or d <= t for _, d, t in self.rows)

    @property
    def worst(self) -> tuple[str, float, float]:
        """The compared value nearest to, or farthest beyond, its tolerance."""
        compared = [(name, d, t) for name, d, t in self.rows if t is not None]
        return max(compared, key=lambda row: _strain(row[1], row[2]), default=("", 0.0, 0.0))


def parse_record(data: bytes) -> Record | None:
    """Read a record's file; None when it is damaged or of another format."""
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            return None
        tolerance = raw["tolerance"]
        return Record(
            demo=str(raw["demo"]),
            script=str(raw["script"]),
            device=str(raw["device"]["kind"]),
            device_name=str(raw["device"]["name"]),
            versions=tuple(sorted((str(k), str(v)) for k, v in raw["versions"].items())),
            tolerance=(
                tuple(sorted(tolerance.items())) if isinstance(tolerance, dict) else tolerance
            ),
            values=dict(raw["values"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def dump_record(record: Record) -> bytes:
    """Write a record: stable order, a value a line, a matrix row a line, a newline at the end."""
    tolerance = record.tolerance
    head: dict[str, object] = {
        "format": FORMAT,
        "demo": record.demo,
        "script": record.script,
        "device": {"kind": record.device, "name": record.device_name},
        "versions": dict(record.versions),
        "tolerance": dict(tolerance) if isinstance(tolerance, tuple) else tolerance,
    }
    lines = [f"  {_json(name)}: {_json(value)}" for name, value in head.items()]
    values = [f"    {_json(name)}: {_value(value)}" for name, value in record.values.items()]
    lines.append('  "values": {\n' + ",\n".join(values) + "\n  }")
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def compare(old: Mapping[str, Encoded], new: Mapping[str, Encoded], tol: Tolerance) -> Agreement:
    """Compare a computation with the record's values, each by its own tolerance."""
    names = [*new, *(name for name in old if name not in new)]
    return Agreement(
        tuple(
            (
                name,
                deviation(old[name], new[name]) if name in old and name in new else math.inf,
                tolerance_of(tol, name) if name in old and name in new else 0.0,
            )
            for name in names
        )
    )


def settle(
    old: Record | None, new: Record, *, measured_again: bool = False
) -> tuple[Record, Agreement | None]:
    """Decide which record stands after a computation.

    Args:
        old: the record in git, if any.
        new: what has just been computed.
        measured_again: whether measured values (tolerance None) replace the old ones.

    Returns:
        The record that stands, equal to ``old`` when nothing changed, and the comparison.
        When the values agree but the script was edited, only digest and tolerance are renewed.
    """
    if old is None:
        return new, None
    agreement = compare(old.values, new.values, new.tolerance)
    measured = any(tolerance is None for _, _, tolerance in agreement.rows)
    if not agreement.within or (measured and measured_again):
        return new, agreement
    return replace(old, script=new.script, tolerance=new.tolerance), agreement


def largest_value(record: Record) -> str:
    """Return the name of the value that takes the most room."""
    return max(record.values, key=lambda name: len(_value(record.values[name])), default="")


def _strain(deviation_: float, tolerance: float) -> float:
    if deviation_ == 0:
        return 0.0
    return deviation_ / tolerance if tolerance else math.inf


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _value(value: Encoded) -> str:
    if isinstance(value, dict) and len(value["shape"]) > 1:
        rows: list[Any] = value["data"]
        head = f'{{"dtype": {_json(value["dtype"])}, "shape": {_json(value["shape"])}, "data": ['
        return head + "\n" + ",\n".join(f"      {_json(row)}" for row in rows) + "\n    ]}"
    return _json(value)
