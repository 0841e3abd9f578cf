"""Which titles of a text are sections, which are questions, and which stand inside an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bindery.importer.lost_headings import titles
from bindery.importer.lost_headings.chunks import Chunk, Kind
from bindery.importer.telling import Telling

_FEWEST_ASKED = 2


@dataclass(frozen=True, slots=True)
class Part:
    """A section and its questions, as indices of chunks; ``head`` is -1 when it has no title."""

    head: int
    questions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts of a text; ``ends`` gives where what a title stands over ends.

    ``lead`` is how many chunks come before the first title, ``inner`` are titles inside answers.
    """

    lead: int
    parts: tuple[Part, ...]
    ends: Mapping[int, int]
    inner: frozenset[int]


def outline(chunks: Sequence[Chunk], telling: Telling) -> Outline:
    """Return the outline of a text; what could be otherwise is doubted."""
    heads = _titles(chunks, telling)
    ends = dict(pairwise([*heads, len(chunks)]))
    sections = [
        n for n in heads if ends[n] == n + 1 < len(chunks) and not titles.asks(chunks[n].text)
    ]
    first = sections[0] if sections else len(chunks)
    alone: list[int] = []
    asked: list[int] = []
    for head in (n for n in heads if n < first):
        body = chunks[head + 1 : ends[head]]
        if sections and titles.is_not_asked(chunks[head].text, body):
            alone.append(head)
            choice = "a chapter of its own, and no question"
            telling.doubt("no-question", _at(chunks[head]), choice, "a question")
        else:
            asked.append(head)
    parts = [Part(head, ()) for head in alone]
    inner: set[int] = set()
    if asked or not (sections or alone):
        parts.append(_untitled(chunks, asked, inner, telling))
    for section, bound in pairwise([*sections, len(chunks)]):
        below = [n for n in heads if section < n < bound]
        parts.append(Part(section, _questions(chunks, below, inner, telling)))
    kept = [n for n in heads if n not in inner]
    lead = heads[0] if heads else len(chunks)
    return Outline(lead, tuple(parts), dict(pairwise([*kept, len(chunks)])), frozenset(inner))


def _titles(chunks: Sequence[Chunk], telling: Telling) -> list[int]:
    heads: list[int] = []
    for index, chunk in enumerate(chunks):
        if chunk.kind is Kind.HEADING:
            heads.append(index)
            continue
        points = titles.score(chunks, index)
        if points >= titles.ENOUGH:
            heads.append(index)
            if points < titles.SURE:
                telling.doubt("bare-line", _at(chunk), "a title", "a line of the text")
        elif points > 0:
            telling.doubt("bare-line", _at(chunk), "a line of the text", "a title")
    return heads


def _untitled(
    chunks: Sequence[Chunk], heads: Sequence[int], inner: set[int], telling: Telling
) -> Part:
    """Return the part before every section; a title before questions that ask is its own."""
    asking = [n for n in heads if titles.asks(chunks[n].text)]
    if len(asking) < _FEWEST_ASKED or asking[0] == heads[0]:
        return Part(-1, _questions(chunks, heads, inner, telling))
    telling.doubt("title", _at(chunks[heads[0]]), "the title of the whole", "a question")
    return Part(heads[0], _questions(chunks, heads[1:], inner, telling))


def _questions(
    chunks: Sequence[Chunk], heads: Sequence[int], inner: set[int], telling: Telling
) -> tuple[int, ...]:
    """Return which titles are questions; after one that asks, of several, the others are not."""
    asking = [n for n in heads if titles.asks(chunks[n].text)]
    if len(asking) < _FEWEST_ASKED:
        return tuple(heads)
    for head in heads:
        if head > asking[0] and head not in asking:
            inner.add(head)
            telling.doubt(
                "inner-heading", _at(chunks[head]), "a heading inside the answer", "a question"
            )
    return tuple(n for n in heads if n not in inner)


def _at(chunk: Chunk) -> int:
    return chunk.lines[0].start
