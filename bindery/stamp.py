"""Stage 7, stamp: a note's ``mod`` moves when, and only when, what a learner sees has changed.

Anki updates a note on import when the package's ``mod`` is newer, and then replaces the
learner's own tags and edits; so a ``mod`` that moves without need does harm. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bindery.ledger import Ledger, TypeEntry
from bindery.model import NoteType


@dataclass(frozen=True, slots=True)
class Stamped:
    """The ledger with new digests and mods, and which notes are new or updated by that."""

    ledger: Ledger
    added: tuple[str, ...]
    updated: tuple[str, ...]
    types_updated: tuple[NoteType, ...]


def stamp(
    ledger: Ledger, notes: Mapping[str, str], types: Mapping[NoteType, str], now: int
) -> Stamped:
    """Compare digests of rendered notes (by id) and note types with the ledger's.

    A changed one gets ``mod = now``, or one more than before when the clock went back.
    """
    entries = dict(ledger.entries)
    added: list[str] = []
    updated: list[str] = []
    for name, content in notes.items():
        entry = entries[name]
        if entry.digest == content:
            continue
        (updated if entry.digest else added).append(name)
        entries[name] = replace(entry, digest=content, mod=_next(entry.mod, now))
    kinds = dict(ledger.types)
    types_updated: list[NoteType] = []
    for kind, content in types.items():
        known = kinds.get(kind)
        if known is None or known.digest != content:
            if known is not None:
                types_updated.append(kind)
            kinds[kind] = TypeEntry(kind, content, _next(known.mod if known else 0, now))
    return Stamped(
        Ledger(ledger.book, entries, kinds), tuple(added), tuple(updated), tuple(types_updated)
    )


def _next(before: int, now: int) -> int:
    return max(now, before + 1)
