"""The handbook: a book in, a typeset PDF out."""

from bindery.handbook.breaks import formulas_needed
from bindery.handbook.flashcards import Flashcards, render_flashcards
from bindery.handbook.impose import Booklet, booklet, extracted
from bindery.handbook.render import Rendering, begin, prepare
from bindery.handbook.settings import Handbook, Paper, PrintSettings, Standard

__all__ = [
    "Booklet",
    "Flashcards",
    "Handbook",
    "Paper",
    "PrintSettings",
    "Rendering",
    "Standard",
    "begin",
    "booklet",
    "extracted",
    "formulas_needed",
    "prepare",
    "render_flashcards",
]
