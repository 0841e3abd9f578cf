"""Recognising a reworded note: by its question, then by its answer, never by its position."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

_SIZE = 16
_SHINGLE = 3
_NEAR = 0.1
_HEX = 8


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a note is recognised by when its id does not tell; ``parent`` is a question's id."""

    kind: str
    title: str
    sketch: str
    parent: str
    named: bool
    retired: bool = False


def sketch(text: str) -> str:
    """Return a bottom-k sketch: the 16 smallest hashes of the text's shingles, in hex.

    A. Broder, "On the resemblance and containment of documents", 1997.
    """
    shingles = {text[i : i + _SHINGLE] for i in range(max(len(text) - _SHINGLE + 1, 1))}
    hashes = sorted({zlib.crc32(shingle.encode()) for shingle in shingles})
    return "".join(f"{value:08x}" for value in hashes[:_SIZE])


def resemblance(one: str, other: str) -> float:
    """Estimate the Jaccard similarity of two sketched texts, from 0 to 1."""
    first, second = _values(one), _values(other)
    union = sorted(first | second)[:_SIZE]
    return sum(value in first and value in second for value in union) / max(len(union), 1)


def similar(
    notes: Mapping[int, Likeness], known: Mapping[str, Likeness]
) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
    """Find which of the ``known`` each note is, though its words differ.

    The surest pair is taken first. Where another pair with the same note, or the same of the
    known, is nearly as sure, the note is in doubt; returns matches and doubts.
    """
    pairs = sorted(_pairs(notes, known), key=lambda pair: (-pair[0], pair[1], pair[2]))
    matches: dict[int, str] = {}
    doubts: dict[int, tuple[str, ...]] = {}
    taken: set[str] = set()
    for score, index, name in pairs:
        if index in matches or index in doubts or name in taken:
            continue
        rivals = [
            (other_index, other_name)
            for other, other_index, other_name in pairs
            if other >= score - _NEAR
            and (other_index == index) != (other_name == name)
            and other_index not in matches
            and other_name not in taken
        ]
        if not rivals:
            matches[index] = name
            taken.add(name)
            continue
        for each in {index, *(n for n, _ in rivals)}:
            names = [n for _, i, n in pairs if i == each and n not in taken]
            doubts[each] = tuple(dict.fromkeys(names))
    return matches, doubts


def _pairs(
    notes: Mapping[int, Likeness], known: Mapping[str, Likeness]
) -> Iterator[tuple[float, int, str]]:
    """Yield every pair that is alike enough, with how sure it is, from 0 to 1."""
    by_token: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, one in known.items():
        for token in _tokens(one):
            by_token[token].append(name)
    for index, note in notes.items():
        near = {name for token in _tokens(note) for name in by_token.get(token, ())}
        for name in sorted(near):
            if not (note.named and known[name].named):
                score = _score(note, known[name])
                if score:
                    yield score, index, name


def _score(note: Likeness, one: Likeness) -> float:
    title = fuzz.ratio(note.title, one.title) / 100
    if note.kind == "cloze":
        return title if title >= 0.6 else 0.0
    answer = resemblance(note.sketch, one.sketch)
    whole = min(len(note.sketch), len(one.sketch)) == _SIZE * _HEX
    alike = (
        (answer >= 0.8 and (whole or title >= 0.5))
        or (title >= 0.85 and answer >= 0.3)
        or (title >= 0.6 and answer >= 0.5)
    )
    same_parent = 0.1 if note.parent and note.parent == one.parent else 0.0
    return min((title + answer) / 2 + same_parent, 1.0) if alike else 0.0


def _tokens(one: Likeness) -> Iterator[tuple[str, str]]:
    for value in _values(one.sketch):
        yield one.kind, value
    for value in _values(sketch(one.title)):
        yield f"{one.kind} title", value


def _values(text: str) -> set[str]:
    return {text[i : i + _HEX] for i in range(0, len(text), _HEX)}
