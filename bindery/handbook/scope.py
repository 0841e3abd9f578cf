"""What the writers of HTML know while they write one chapter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bindery.diagnostics import Diagnostic, Place
from bindery.handbook.assets import Assets
from bindery.handbook.listing import Setter, listing_html
from bindery.handbook.numbering import Numbering
from bindery.handbook.spacing import Hyphens
from bindery.model import Figure, Footnote, Formula


@dataclass(frozen=True, slots=True)
class TermUse:
    """An entry of the index at one place: its key, and the anchor it is reached by."""

    key: str
    anchor: str


@dataclass(slots=True)
class Scope:
    """The surroundings of what is being written, and what is found on the way.

    ``columns`` is the width of a listing in letters, ``listing`` sets one, ``hyphenated`` gives
    text its soft hyphens; ``problems`` and ``terms`` are filled by the writers. Anchors of terms
    count by question, so that one more changes no other's.
    """

    chapter: str
    numbering: Numbering
    formulas: Mapping[tuple[str, bool], Formula]
    figures: Mapping[str, Figure]
    assets: Assets
    columns: int
    listing: Setter = listing_html
    hyphenated: Hyphens = field(default_factory=Hyphens)
    footnotes: Mapping[str, Footnote] = field(default_factory=dict)
    owner: str = ""
    problems: list[Diagnostic] = field(default_factory=list)
    terms: list[TermUse] = field(default_factory=list)
    _anchored: Counter[str] = field(default_factory=Counter)

    def problem(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Take note of something that cannot be printed."""
        self.problems.append(Diagnostic(place, code, message, hint))

    def term_anchor(self, key: str) -> str:
        """Enter a term in the index and return its anchor."""
        self._anchored[self.owner] += 1
        owner = self.owner or self.numbering.chapters.get(self.chapter, 0)
        anchor = f"term:{owner}-{self._anchored[self.owner]}"
        self.terms.append(TermUse(key, anchor))
        return anchor
