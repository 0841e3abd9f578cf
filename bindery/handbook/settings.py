"""What a handbook is made with, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from bindery.diagnostics import Diagnostic

Paper: TypeAlias = Literal["a4", "a5", "b5"]


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """How to print.

    Args:
        paper: The size of the page; each has a style sheet of its own.
        templates: The folder of the Jinja templates and style sheets.
        source: The folder of the notes, which images are found in.
        tool_version: The version that the colophon names.
        versions: More (name, version) pairs for the colophon.
    """

    paper: str
    templates: Path
    source: Path
    tool_version: str
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Handbook:
    """A handbook: its bytes, its number of sheets' sides, and each note's page label."""

    pdf: bytes
    page_count: int
    pages: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()


# How many letters of the mono face fit in a line of a listing.
COLUMNS: Mapping[str, int] = {"a4": 75, "a5": 65, "b5": 71}
