"""The values of an import: what was read, what was made of it, and what is said about it.

A reader turns a ``Source`` into an ``Imported``: chapters of questions whose text is ``Traced``,
and four lists that say what happened on the way. ``account.py`` checks them against the source:

* a character **kept** stands in a chapter, traced to its offset;
* a character **repaired** stands in one span of one ``Repair``;
* a character **dropped** stands in one span of one ``Dropped``.

Each non-space character of the source is exactly one of the three. The other way round, each
letter or digit that a chapter has and the source has not is the ``now`` of a ``Repair`` or the
``text`` of a ``Made`` (markup, that is signs without letters, needs no such entry).
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from bindery.diagnostics import Place
from bindery.importer.traced import NOTHING, Traced

Span: TypeAlias = tuple[int, int]
"""A stretch of ``Source.text``: offsets of its first character and one past its last."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is imported: its path, how messages name it, its text as it was decoded.

    ``text`` is raw: byte order mark, carriage returns and all. Everything else counts offsets
    in it, in characters from 0.
    """

    path: Path
    shown: str
    text: str
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = [0]
        for index, char in enumerate(self.text):
            if char == "\n" or (char == "\r" and self.text[index + 1 : index + 2] != "\n"):
                starts.append(index + 1)
        object.__setattr__(self, "_starts", tuple(starts))

    def line(self, offset: int) -> int:
        """Return the line, counted from 1, on which a character stands."""
        return bisect.bisect_right(self._starts, max(offset, 0))

    def place(self, offset: int) -> Place:
        """Return file, line and column of a character."""
        line = self.line(offset)
        return Place(self.shown, line, max(offset, 0) - self._starts[line - 1] + 1)


# --------------------------------------------------------------------------- what was made of it


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its title (a line of Markdown) and its answer (Markdown of the dialect).

    ``body`` holds everything below the heading, ``<!-- more -->`` and ``::: card`` included, and
    begins and ends without an empty line. ``id`` is one that the source gave, if it is one of
    the dialect's, else "". ``line`` is where the question begins in the source.
    """

    title: Traced
    body: Traced
    line: int
    id: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading that is no question, with the text below it (which may be empty)."""

    title: Traced
    body: Traced
    line: int
    id: str = ""


Entry: TypeAlias = Question | Section


@dataclass(frozen=True, slots=True)
class Chapter:
    """A file of notes to be written: its title, its introduction, its questions in order.

    ``name`` is the file's name without ``.md``. A title that the source doesn't have (one made
    of the file's name) is ``made`` text with an entry in ``Imported.made``. ``whole`` is set when
    the file is clean notes already: it is written as it stands, and the rest describes it.
    """

    name: str
    title: Traced
    entries: tuple[Entry, ...]
    intro: Traced = NOTHING
    tags: tuple[str, ...] = ()
    whole: Traced = NOTHING


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file to be copied: ``src`` as the notes will name it (``images/…``)."""

    src: str
    path: Path


# --------------------------------------------------------------------------- what is said about it


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair: the characters of ``spans`` gave way to ``now`` (which may be "").

    Only what does not survive is in ``spans``; a repair that only adds markup has none, and
    ``at`` is then the offset where it stands. ``code`` is stable ("byte-order-mark"), ``what``
    says it to a person.
    """

    code: str
    what: str
    at: int
    spans: tuple[Span, ...] = ()
    now: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A place where the source can be read in two ways: the choice made and the alternative."""

    code: str
    at: int
    choice: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out on purpose (promotion, a table of contents, a repeat), and why."""

    code: str
    why: str
    spans: tuple[Span, ...]

    @property
    def at(self) -> int:
        """Where it begins."""
        return self.spans[0][0] if self.spans else 0


@dataclass(frozen=True, slots=True)
class Made:
    """Letters or digits that the source doesn't have and that no repair accounts for.

    ``text`` is exactly what was put there (a warning, the language of a fence, ``more``).
    """

    code: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What a reader made of a source."""

    source: Source
    reader: str
    chapters: tuple[Chapter, ...]
    repairs: tuple[Repair, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    made: tuple[Made, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in order."""
        return tuple(e for c in self.chapters for e in c.entries if isinstance(e, Question))


class Reader(Protocol):
    """Reads one kind of file. Readers are values: they keep nothing between two files."""

    @property
    def name(self) -> str:
        """What ``--format`` calls it."""

    def evidence(self, source: Source) -> float:
        """Say how much the file looks like this reader's kind: 0 (not at all) to 1 (surely)."""

    def read(self, source: Source) -> Imported:
        """Read the file. Never raises, whatever the file holds."""
