"""Characters that no text may hold: controls and noncharacters, left behind by copying."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from bindery.diagnostics import Diagnostic, Place, Severity

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def printable(text: str, shown: str, report: Callable[[Diagnostic], None]) -> str:
    """Return the text with each such character written as a space, so that columns stay."""
    for row, line in enumerate(text.split("\n"), 1):
        if match := _UNPRINTABLE.search(line):
            name = unicodedata.name(match[0], "control character")
            report(
                Diagnostic(
                    Place(shown, row, match.start() + 1),
                    "control-character",
                    f"U+{ord(match[0]):04X} {name}, read as a space",
                    "remove it",
                    Severity.WARNING,
                )
            )
    return _UNPRINTABLE.sub(" ", text)
