"""Importing again: what was imported last time, what the notes are now, what the source says now.

Each question is one of three texts' affair. What only the source changed is updated, what only
the user changed stays, changes of both that do not touch are merged; where they touch, the
user's text stays in the note and the source's is handed over as a ``Conflict``. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rapidfuzz import fuzz

from bindery.importer.pieces import HEAD, Piece, pieces_of
from bindery.importer.three_way import merged_lines
from bindery.recognise import normalised
from bindery.similar import resemblance, sketch

Reason: TypeAlias = Literal["edited", "removed", "deleted"]
_SURE = 1.0
_ALIKE = 0.55


@dataclass(frozen=True, slots=True)
class Conflict:
    """A question that both sides changed, with its three texts; "" is one that is not there.

    ``reason``: ``edited`` on both sides; ``removed`` from the source, but edited in the notes;
    ``deleted`` from the notes, but changed in the source. ``line`` is its line in the merged text.
    """

    title: str
    reason: Reason
    base: str
    mine: str
    theirs: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged notes, and by title what was updated, added, removed and left as edited."""

    text: str
    conflicts: tuple[Conflict, ...] = ()
    updated: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Merge the notes as they are now with what the source gives now.

    Args:
        base: what was written at the last import.
        mine: the notes as the user has them.
        theirs: what an import would write now.
    """
    if mine == base:
        return _replaced(base, theirs)
    worker = _Merger(pieces_of(base), pieces_of(mine), pieces_of(theirs))
    return worker.merged()


def _replaced(base: str, theirs: str) -> Merge:
    """Return the source's text: nothing was edited."""
    before, after = pieces_of(base), pieces_of(theirs)
    pairs = matched(before, after)
    back = {b: a for a, b in pairs.items()}
    return Merge(
        theirs,
        updated=tuple(
            after[n].words
            for n, m in sorted(back.items())
            if not after[n].says(before[m]) and after[n].words != HEAD
        ),
        added=tuple(piece.words for n, piece in enumerate(after) if n not in back),
        removed=tuple(piece.words for n, piece in enumerate(before) if n not in pairs),
    )


@dataclass(slots=True)
class _Told:
    """What is told of a merge, as it goes."""

    conflicts: list[tuple[int, Conflict]] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class _Merger:
    def __init__(
        self, base: Sequence[Piece], mine: Sequence[Piece], theirs: Sequence[Piece]
    ) -> None:
        self._base, self._mine, self._theirs = base, mine, theirs
        self._to_mine = matched(base, mine)
        self._to_theirs = matched(base, theirs)
        self._told = _Told()

    def merged(self) -> Merge:
        from_base = {m: b for b, m in self._to_mine.items()}
        known = {t: b for b, t in self._to_theirs.items()}
        same = self._added_by_both(from_base, known)
        out: list[str] = []
        placed: dict[int, int] = {}
        for index, piece in enumerate(self._mine):
            at = from_base.get(index)
            text = self._kept(piece, at, len(out))
            if at in self._to_theirs:
                placed[self._to_theirs[at]] = len(out)
            elif index in same:
                placed[same[index]] = len(out)
                if not piece.says(self._theirs[same[index]]):
                    self._conflict(len(out), "edited", None, piece, self._theirs[same[index]])
            out.append(text)
        self._deleted()
        self._insert(out, placed, known)
        return self._result(out)

    def _added_by_both(
        self, from_base: Mapping[int, int], known: Mapping[int, int]
    ) -> dict[int, int]:
        """Return which of the user's own questions the source has now too."""
        new = [n for n in range(len(self._theirs)) if n not in known]
        own = [n for n in range(len(self._mine)) if n not in from_base]
        pairs = matched([self._mine[n] for n in own], [self._theirs[n] for n in new])
        return {own[a]: new[b] for a, b in pairs.items()}

    def _kept(self, mine: Piece, at: int | None, position: int) -> str:
        """Return what becomes of a question that the notes have."""
        if at is None:
            self._told.kept.append(mine.words)
            return mine.raw
        base = self._base[at]
        if at not in self._to_theirs:
            if mine.says(base):
                self._told.removed.append(mine.words)
                return ""
            self._conflict(position, "removed", base, mine, None)
            return mine.raw
        theirs = self._theirs[self._to_theirs[at]]
        if theirs.says(base):
            if not mine.says(base):
                self._told.kept.append(mine.words)
            return mine.raw
        if mine.says(base):
            self._told.updated.append(theirs.words)
            return theirs.with_attributes(mine, base).raw
        return self._both(base, mine, theirs, position)

    def _both(self, base: Piece, mine: Piece, theirs: Piece, position: int) -> str:
        if mine.says(theirs):
            return mine.raw
        body = merged_lines(base.body.split("\n"), mine.body.split("\n"), theirs.body.split("\n"))
        words = _one_of(base.words, mine.words, theirs.words)
        if body is None or words is None:
            self._conflict(position, "edited", base, mine, theirs)
            return mine.raw
        self._told.updated.append(words)
        return theirs.with_attributes(mine, base).saying(words, "\n".join(body)).raw

    def _deleted(self) -> None:
        """Tell of questions that the user took away and the source changed since."""
        for at, base in enumerate(self._base):
            if at in self._to_mine or at not in self._to_theirs:
                continue
            theirs = self._theirs[self._to_theirs[at]]
            if not theirs.says(base):
                self._conflict(-1, "deleted", base, None, theirs)

    def _insert(self, out: list[str], placed: dict[int, int], known: Mapping[int, int]) -> None:
        """Put what is new in the source behind the question that it follows there."""
        for index, piece in enumerate(self._theirs):
            if index in placed or index in known:
                continue
            before = [placed[n] for n in range(index) if n in placed]
            at = before[-1] + 1 if before else min(1, len(out))
            out.insert(at, piece.raw)
            placed = {n: p + (p >= at) for n, p in placed.items()} | {index: at}
            self._told.conflicts = [(p + (p >= at), c) for p, c in self._told.conflicts]
            self._told.added.append(piece.words)

    def _conflict(
        self,
        position: int,
        reason: Reason,
        base: Piece | None,
        mine: Piece | None,
        theirs: Piece | None,
    ) -> None:
        known = mine or theirs
        assert known is not None
        found = Conflict(known.words, reason, _raw(base), _raw(mine), _raw(theirs))
        self._told.conflicts.append((position, found))

    def _result(self, out: list[str]) -> Merge:
        told = self._told
        lines = [1]
        texts: list[str] = []
        for text in out:
            whole = f"{text.strip(chr(10))}\n\n" if text.strip() else ""
            texts.append(whole)
            lines.append(lines[-1] + whole.count("\n"))
        conflicts = tuple(
            Conflict(c.title, c.reason, c.base, c.mine, c.theirs, lines[p] if p >= 0 else 0)
            for p, c in told.conflicts
        )
        return Merge(
            "".join(texts).rstrip("\n") + "\n",
            conflicts,
            updated=_titles(told.updated),
            added=_titles(told.added),
            removed=_titles(told.removed),
            kept=_titles(told.kept),
        )


def _raw(piece: Piece | None) -> str:
    return piece.raw.strip("\n") if piece is not None else ""


def _titles(said: Sequence[str]) -> tuple[str, ...]:
    """Return what is told, without the head of the file, which has no title."""
    return tuple(title for title in said if title != HEAD)


def _one_of(base: str, mine: str, theirs: str) -> str | None:
    if mine in (base, theirs):
        return theirs
    return mine if theirs == base else None


# --------------------------------------------------------------------------- which is which


def matched(before: Sequence[Piece], after: Sequence[Piece]) -> dict[int, int]:
    """Return, for the pieces of one text, which of another's each is; by id, title, likeness."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    keys = (
        lambda p: (p.id,) if p.id else (),
        lambda p: (p.section, normalised(p.words), normalised(p.body)),
        lambda p: (p.section, normalised(p.words)),
        lambda p: (normalised(p.words),),
    )
    for key in keys:
        free: dict[tuple[str, ...], list[int]] = {}
        for n, piece in enumerate(after):
            if n not in taken and (name := key(piece)):
                free.setdefault(name, []).append(n)
        for n, piece in enumerate(before):
            found = free.get(key(piece), []) if n not in pairs else []
            if found and _may_be(piece, after[found[0]]):
                pairs[n] = found.pop(0)
                taken.add(pairs[n])
    for _, n, m in sorted(
        _alike(before, after, pairs, taken), key=lambda each: (-each[0], each[1:])
    ):
        if n not in pairs and m not in taken:
            pairs[n] = m
            taken.add(m)
    return pairs


def _may_be(one: Piece, other: Piece) -> bool:
    """Say whether two pieces may be one: not if both have ids, and other ones."""
    return one.kind == other.kind and (not one.id or not other.id or one.id == other.id)


def _alike(
    before: Sequence[Piece], after: Sequence[Piece], pairs: Mapping[int, int], taken: set[int]
) -> Iterator[tuple[float, int, int]]:
    """Yield pairs that are alike though reworded, and how much, from 0 to 1."""
    rest = [
        (m, piece, sketch(normalised(piece.body)))
        for m, piece in enumerate(after)
        if m not in taken
    ]
    for n, piece in enumerate(before):
        if n in pairs:
            continue
        known = sketch(normalised(piece.body))
        for m, other, drawn in rest:
            if not _may_be(piece, other):
                continue
            title = fuzz.ratio(normalised(piece.words), normalised(other.words)) / 100
            body = resemblance(known, drawn) if piece.body and other.body else title
            score = max((title + body) / 2, body if body > 0.8 else 0.0)
            if min(score, _SURE) >= _ALIKE and (title >= 0.5 or body >= 0.5):
                yield score, n, m
