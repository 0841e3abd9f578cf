"""The handbook: a book in, a typeset PDF out."""

from bindery.handbook.breaks import formulas_needed
from bindery.handbook.render import render
from bindery.handbook.settings import Handbook, Paper, PrintSettings

__all__ = [
    "Handbook",
    "Paper",
    "PrintSettings",
    "formulas_needed",
    "render",
]
