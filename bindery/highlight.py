"""Syntax colours: a listing as lines of HTML with Pygments' short class names."""

from __future__ import annotations

from functools import cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_lexer_by_name
from pygments.util import ClassNotFound


def knows(language: str) -> bool:
    """Say whether Pygments has a lexer of that name; the empty name is plain text."""
    return not language or _lexer(language) is not None


def highlighted_lines(text: str, language: str) -> tuple[str, ...]:
    """Return the listing as one HTML string a line; spans never cross a line's end."""
    lexer = _lexer(language) or TextLexer(stripnl=False, ensurenl=True)
    html: str = highlight(text.rstrip("\n") + "\n", lexer, HtmlFormatter(nowrap=True))
    return tuple(html.removesuffix("\n").split("\n"))


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=True) if language else None
    except ClassNotFound:
        return None
