"""The reader of notes that lost their headings: blocks between empty lines, titles bare."""

from __future__ import annotations

from bindery.importer.lost_headings.reader import LostHeadings

__all__ = ["LostHeadings"]
