"""The reader of scraped pages: one line a block, headings bare, formulas said three times."""

from __future__ import annotations

from bindery.importer.scraped.reader import ScrapedPage

__all__ = ["ScrapedPage"]
