"""A quarter em between Han and Latin, and soft hyphens: what WeasyPrint does not do itself."""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import Any

from bindery.cache import Cache
from bindery.digest import digest
from bindery.han import LETTERS as _HAN
from bindery.versions import version

_WIDE = "\u2e80-\u3004\u3008-\u303f\uff01-\uffee\u2018\u2019\u201c\u201d\u2026\u2014"
_LATIN = "0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff"
_SIGNED_LATIN = f"[±+−-]?[{_LATIN}]"
# C++, 50%, C# and 3° end as Latin does.
_LATIN_END = f"[{_LATIN}][%‰°+#]*"

_HAN_LATIN = re.compile(f"([{_HAN}])(?={_SIGNED_LATIN})")
_LATIN_HAN = re.compile(f"({_LATIN_END})(?=[{_HAN}])")
_STARTS = re.compile(f"(?P<han>[{_HAN}])|(?P<wide>[{_WIDE}])|(?P<latin>{_SIGNED_LATIN})")
_ENDS = re.compile(f"(?:(?P<han>[{_HAN}])|(?P<wide>[{_WIDE}])|(?P<latin>{_LATIN_END}))$")
_WORD = re.compile(r"(?<![A-Za-z0-9_./@-])[A-Za-z][a-z]{6,}(?![A-Za-z0-9_./@])")
_HUMP = re.compile(r"(?<=[a-z]{4})(?=[A-Z][a-z]{3})")
_SHY = "\u00ad"
_LEFT = _RIGHT = 3  # letters that stay together at the ends of a word
_KIND = "hyphens"
# A ligature would hold the hyphen inside it, and the word could not be copied from the PDF.
_IN_LIGATURE = re.compile(f"(?<=f){_SHY}(?=[fijlt])")


class Edge(Enum):
    """What stands at the edge of a piece of text, as far as spacing goes."""

    NONE = auto()
    HAN = auto()
    WIDE = auto()
    LATIN = auto()
    OTHER = auto()


class Spacer:
    """Puts the spaces of one line of inlines, remembering what was printed last.

    A plain space is what goes between Han and Latin: it is about a quarter em in the book's
    fonts, stretches with the line and vanishes at its end. One that the author typed is not
    doubled.
    """

    def __init__(self) -> None:
        self._last = Edge.NONE
        self._line_end = False

    def text(self, text: str) -> str:
        """Return text with its spaces, those in front of it included."""
        if not text:
            return ""
        spaced = _LATIN_HAN.sub(r"\1 ", _HAN_LATIN.sub(r"\1 ", text))
        before = self.before(first_edge(text))
        found = _ENDS.search(text)
        self._last = Edge[found.lastgroup.upper()] if found and found.lastgroup else Edge.OTHER
        return before + spaced

    def atom(self) -> str:
        """Return the space in front of a formula or a piece of code, which count as Latin."""
        before = self.before(Edge.LATIN)
        self._last = Edge.LATIN
        return before

    def before(self, edge: Edge) -> str:
        """Return the space that belongs in front of what begins so; put it only once."""
        line_end, self._line_end = self._line_end, False
        pair = {self._last, edge}
        if pair == {Edge.HAN, Edge.LATIN}:
            wanted = True
        else:
            wanted = line_end and not pair & {Edge.HAN, Edge.WIDE, Edge.NONE}
        if wanted:
            self._last = Edge.OTHER
        return " " if wanted else ""

    def line_end(self) -> None:
        """Take note of a line's end in the source: a space between Latin words only."""
        self._line_end = True

    def reset(self) -> None:
        """Forget what was printed: a new line begins."""
        self._last, self._line_end = Edge.NONE, False


def first_edge(text: str) -> Edge:
    """Return what a piece of text begins with."""
    found = _STARTS.match(text)
    return Edge[found.lastgroup.upper()] if found and found.lastgroup else Edge.OTHER


class Hyphens:
    """Puts soft hyphens into long Latin words; paths and code are left.

    A compound like FlashAttention may break at its hump only. Words are kept in the cache:
    reading the dictionary takes as long as laying out a page.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._key = digest(version("pyphen"), _LEFT, _RIGHT, _IN_LIGATURE.pattern)
        kept = cache.get(_KIND, self._key) if cache else None
        self._words: dict[str, str] = json.loads(kept) if kept else {}
        self._known = len(self._words)
        self._dictionary: Any = None

    def __call__(self, text: str) -> str:
        """Return text with its soft hyphens."""
        return _HUMP.sub(_SHY, _WORD.sub(lambda match: self._hyphenate(match[0]), text))

    def keep(self) -> None:
        """Put the words that were new into the cache."""
        if self._cache and len(self._words) > self._known:
            self._cache.put(_KIND, self._key, json.dumps(self._words).encode())
            self._known = len(self._words)

    def _hyphenate(self, word: str) -> str:
        if word not in self._words:
            if self._dictionary is None:
                from pyphen import Pyphen  # type: ignore[import-untyped]

                self._dictionary = Pyphen(lang="en_US", left=_LEFT, right=_RIGHT)
            inserted = self._dictionary.inserted(word, _SHY)
            self._words[word] = _IN_LIGATURE.sub("", inserted)
        return self._words[word]
