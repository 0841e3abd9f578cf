"""What is wrong with a formula, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Request: TypeAlias = tuple[str, bool]
"""A formula as asked for: its TeX without delimiters, and whether it is displayed."""


@dataclass(frozen=True, slots=True)
class MathError:
    """One fault of a formula.

    ``offset`` counts characters from the start of the formula as the author wrote it (a fault
    inside a macro's expansion is where the macro is used); None when unknown. ``hint`` may be "".
    """

    message: str
    offset: int | None = None
    hint: str = ""
