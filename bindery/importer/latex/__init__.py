"""LaTeX becomes questions and answers."""

from bindery.importer.latex.reader import LatexReader

__all__ = ["LatexReader"]
