"""Maths: LaTeX formulas judged once, drawn for the page, and written for the cards.

Nothing here starts MathJax before a formula needs it.
"""

from bindery.maths.card import card_tex
from bindery.maths.compute import close
from bindery.maths.engine import engine_version
from bindery.maths.errors import MathError, Request
from bindery.maths.lint import lint
from bindery.maths.normalise import normalise
from bindery.maths.tags import split_tag
from bindery.maths.typeset import check, typeset

__all__ = [
    "MathError",
    "Request",
    "card_tex",
    "check",
    "close",
    "engine_version",
    "lint",
    "normalise",
    "split_tag",
    "typeset",
]
