"""What a handbook is made with, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from bindery.diagnostics import Diagnostic

Paper: TypeAlias = Literal["a4", "a5", "b5"]
Standard: TypeAlias = Literal["", "pdf/a-2u", "pdf/ua-1"]


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """How to print.

    Args:
        paper: The size of the page; each has a style sheet of its own.
        templates: The folder of the Jinja templates and style sheets.
        source: The folder of the notes, which images are found in.
        tool_version: The version that the colophon names.
        versions: More (name, version) pairs for the colophon.
        jobs: Processes at once; None for one a core.
        bleed: Print crop marks and what a cutter needs beyond them.
        standard: A PDF standard to keep: PDF/A-2u for archives, PDF/UA-1 for screen readers.
        recipe: A digest of what decides a chapter's HTML besides what is given to ``begin``:
            our code, and how formulas are drawn. With "" nothing of it is remembered.
    """

    paper: str
    templates: Path
    source: Path
    tool_version: str
    versions: tuple[tuple[str, str], ...] = ()
    jobs: int | None = None
    bleed: bool = False
    standard: Standard = ""
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Handbook:
    """A handbook: its bytes, its number of sheets' sides, and each note's page label.

    ``labels`` are the numbers of all pages, ``digests`` names what is printed on each, to compare
    prints by; both are empty when the book was laid out in one piece.
    """

    pdf: bytes
    page_count: int
    pages: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...] = ()
    digests: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


# How many letters of the mono face fit in a line of a listing.
COLUMNS: Mapping[str, int] = {"a4": 75, "a5": 65, "b5": 71}
# The same in the appendix, whose listings are set smaller, as the style sheets say.
SMALL_COLUMNS: Mapping[str, int] = {"a4": 87, "a5": 69, "b5": 75}
