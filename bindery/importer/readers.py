"""The readers, and which of them a file is for."""

from __future__ import annotations

from bindery.importer.latex.reader import LatexReader
from bindery.importer.lost_headings import LostHeadings
from bindery.importer.model import Reader, Source
from bindery.importer.scraped import ScrapedPage
from bindery.importer.wild.reader import WildReader

READERS: tuple[Reader, ...] = (LatexReader(), ScrapedPage(), WildReader(), LostHeadings())
"""Every reader; the earlier one is chosen when the evidence is equal."""

NAMES = tuple(reader.name for reader in READERS)


def chosen(source: Source, name: str = "") -> tuple[Reader, float]:
    """Return the reader called ``name``, or the one the file gives most evidence for.

    Without any evidence a file is plain text. Also returns the evidence, from 0 to 1.
    """
    for reader in READERS:
        if reader.name == name:
            return reader, reader.evidence(source)
    weighed = [(reader.evidence(source), reader) for reader in READERS]
    evidence, reader = max(weighed, key=lambda each: each[0])
    return (reader, evidence) if evidence else (READERS[-1], 0.0)
