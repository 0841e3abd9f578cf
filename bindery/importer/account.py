"""The account of an import: every non-space character is kept, repaired or dropped; none is new.

Nothing here trusts a reader. What is written is held against the source, character by
character, before any file is touched; a fault is a mistake of ours, and nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bindery.importer.model import Imported, Span
from bindery.importer.traced import Traced

_EXCERPT = 24
_MOST = 20


def account(imported: Imported) -> tuple[str, ...]:
    """Return what the import cannot answer for, in words; empty when the account is even."""
    text = imported.source.text
    faults: list[str] = []
    kept = bytearray(len(text))
    for traced in _written(imported):
        for char, at in zip(traced.text, traced.at, strict=True):
            if at < 0:
                continue
            if at >= len(text) or text[at] != char:
                faults.append(f"{_where(imported, at)}: {char!r} was not written as it stands")
            elif kept[at] and not char.isspace():
                faults.append(f"{_where(imported, at)}: {char!r} was written twice")
            else:
                kept[at] = 1
    faults += _gone(imported, kept)
    faults += _lost(imported, kept)
    faults += _invented(imported)
    return tuple(faults[:_MOST])


def _written(imported: Imported) -> Iterator[Traced]:
    for chapter in imported.chapters:
        if chapter.whole:
            yield chapter.whole
            continue
        yield chapter.title
        yield chapter.intro
        for entry in chapter.entries:
            yield entry.title
            yield entry.body


def _gone(imported: Imported, kept: bytearray) -> Iterator[str]:
    """Mark in ``kept`` what was repaired or dropped; yield what is told twice."""
    text = imported.source.text
    lists = [(repair.code, repair.spans) for repair in imported.repairs]
    lists += [(dropped.code, dropped.spans) for dropped in imported.dropped]
    for code, spans in lists:
        for start, end in spans:
            if not 0 <= start <= end <= len(text):
                yield f"{code}: no such stretch of the source: {start} to {end}"
                continue
            for at in range(start, end):
                if kept[at] and not text[at].isspace():
                    yield f"{_where(imported, at)}: {text[at]!r} is answered for twice ({code})"
                kept[at] = 2


def _lost(imported: Imported, kept: bytearray) -> Iterator[str]:
    text = imported.source.text
    for start, end in _runs(imported, kept):
        excerpt = " ".join(text[start:end].split())[:_EXCERPT]
        count = sum(not char.isspace() for char in text[start:end])
        yield f"{_where(imported, start)}: {count} characters are lost: {excerpt!r}"


def _runs(imported: Imported, kept: bytearray) -> Iterator[Span]:
    text = imported.source.text
    start = -1
    for at, char in enumerate(text):
        if not kept[at] and not char.isspace():
            start = at if start < 0 else start
        elif start >= 0 and kept[at]:
            yield start, at
            start = -1
    if start >= 0:
        yield start, len(text)


def _invented(imported: Imported) -> Iterator[str]:
    new: Counter[str] = Counter()
    for traced in _written(imported):
        new.update(
            c for c, at in zip(traced.text, traced.at, strict=True) if at < 0 and c.isalnum()
        )
    told: Counter[str] = Counter()
    for repair in imported.repairs:
        told.update(repair.now)
    for made in imported.made:
        told.update(made.text)
    for char in sorted((new - told).elements()):
        yield f"{imported.source.shown}: {char!r} was made up"


def _where(imported: Imported, at: int) -> str:
    return str(imported.source.place(min(at, len(imported.source.text))))
