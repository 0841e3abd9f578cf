"""Foreign Markdown becomes questions and answers, however it marks them."""

from bindery.importer.wild.reader import WildReader

__all__ = ["WildReader"]
