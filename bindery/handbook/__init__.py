"""The handbook: a book in, a typeset PDF out."""

from bindery.handbook.breaks import formulas_needed
from bindery.handbook.flashcards import render_flashcards
from bindery.handbook.impose import Changes, booklet, changed_sheets, extracted
from bindery.handbook.render import render
from bindery.handbook.settings import Handbook, Paper, PrintSettings, Standard

__all__ = [
    "Changes",
    "Handbook",
    "Paper",
    "PrintSettings",
    "Standard",
    "booklet",
    "changed_sheets",
    "extracted",
    "formulas_needed",
    "render",
    "render_flashcards",
]
