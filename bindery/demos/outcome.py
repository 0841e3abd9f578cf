"""What became of each demo, and how its values compare with the records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bindery.demos.record import Agreement

How: TypeAlias = Literal["computed", "cached", "record"]


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What became of one demo.

    ``how`` is ``computed`` (a child ran), ``cached`` (computed before) or ``record`` (not
    computed here); ``seconds`` are this run's, drawing included; ``device`` is where the values
    of this run come from; ``why`` says why it was computed or not; ``agreement`` is None where
    there was nothing to compare.
    """

    slug: str
    how: How
    seconds: float
    device: str
    why: str
    agreement: Agreement | None
    record_changed: bool
    drawn: bool


def agreement_table(outcomes: Iterable[DemoOutcome]) -> str:
    """Return the comparison of this run with the records as aligned lines of plain text."""
    rows = [["demo", "device", "seconds", "worst value", "deviation", "tolerance", ""]]
    for outcome in outcomes:
        row = [outcome.slug, outcome.device, f"{outcome.seconds:.1f}"]
        if outcome.agreement is None:
            row += ["-", "-", "-", "not compared"]
        else:
            name, deviation, tolerance = outcome.agreement.worst
            verdict = "agrees" if outcome.agreement.within else "differs"
            row += [name or "-", f"{deviation:.1e}", f"{tolerance:.1e}", verdict]
        rows.append(row)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
