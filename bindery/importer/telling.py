"""What a reader says while it reads: repairs, doubts, what it dropped and what it made."""

from __future__ import annotations

from collections.abc import Iterable

from bindery.importer.model import Doubt, Dropped, Made, Repair, Span
from bindery.importer.traced import Traced


class Telling:
    """Collects what is said; ``at`` is always an offset in the source."""

    def __init__(self, repairs: Iterable[Repair] = ()) -> None:
        self.repairs: list[Repair] = list(repairs)
        self.doubts: list[Doubt] = []
        self.dropped: list[Dropped] = []
        self.made: list[Made] = []

    def repaired(
        self, code: str, what: str, gone: Traced | Iterable[Span], now: str = "", at: int = -1
    ) -> None:
        """Say that characters gave way to ``now``."""
        spans = gone.spans() if isinstance(gone, Traced) else tuple(gone)
        self.repairs.append(Repair(code, what, spans[0][0] if at < 0 and spans else at, spans, now))

    def doubt(self, code: str, at: int, choice: str, alternative: str) -> None:
        """Say that something could be read in another way."""
        self.doubts.append(Doubt(code, max(at, 0), choice, alternative))

    def drop(self, code: str, why: str, text: Traced | Iterable[Traced]) -> None:
        """Say that something was left out."""
        texts = [text] if isinstance(text, Traced) else list(text)
        spans = tuple(span for each in texts for span in each.strip().spans())
        if spans:
            self.dropped.append(Dropped(code, why, spans))

    def make(self, code: str, text: str, at: int) -> None:
        """Say that letters were put where the source has none."""
        self.made.append(Made(code, text, max(at, 0)))
