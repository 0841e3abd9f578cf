"""What the writers of HTML know while they write one chapter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bindery.diagnostics import Diagnostic, Place
from bindery.handbook.assets import Assets
from bindery.handbook.numbering import Numbering
from bindery.model import Figure, Footnote, Formula


@dataclass(frozen=True, slots=True)
class TermUse:
    """An entry of the index at one place: its key, and the anchor it is reached by."""

    key: str
    anchor: str


@dataclass(slots=True)
class Scope:
    """The surroundings of what is being written, and what is found on the way.

    ``columns`` is the width of a listing in letters; ``problems`` and ``terms`` are filled by
    the writers. ``anchored`` counts the terms of a chapter, to name their anchors.
    """

    chapter: str
    numbering: Numbering
    formulas: Mapping[tuple[str, bool], Formula]
    figures: Mapping[str, Figure]
    assets: Assets
    columns: int
    footnotes: Mapping[str, Footnote] = field(default_factory=dict)
    owner: str = ""
    problems: list[Diagnostic] = field(default_factory=list)
    terms: list[TermUse] = field(default_factory=list)

    def problem(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Take note of something that cannot be printed."""
        self.problems.append(Diagnostic(place, code, message, hint))

    def term_anchor(self, key: str) -> str:
        """Enter a term in the index and return its anchor."""
        number = self.numbering.chapters.get(self.chapter, 0)
        anchor = f"term:{number}-{len(self.terms) + 1}"
        self.terms.append(TermUse(key, anchor))
        return anchor
