"""Syntax colours: a listing as lines of HTML with Pygments' short class names."""

from __future__ import annotations

from functools import cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import TextLexer, get_all_lexers, get_lexer_by_name

_PLAIN = frozenset({"", "text", "txt", "plain", "plaintext", "none"})


def knows(language: str) -> bool:
    """Say whether Pygments has a lexer of that name; some names mean plain text."""
    return language.lower() in _PLAIN or language.lower() in languages()


@cache
def languages() -> frozenset[str]:
    """Return every name that Pygments knows a language by."""
    return frozenset(name for _, names, _, _ in get_all_lexers(plugins=False) for name in names)


def highlighted_lines(text: str, language: str) -> tuple[str, ...]:
    """Return the listing as one HTML string a line; spans never cross a line's end."""
    html: str = highlight(text.rstrip("\n") + "\n", _lexer(language), HtmlFormatter(nowrap=True))
    return tuple(html.removesuffix("\n").split("\n"))


@cache
def _lexer(language: str) -> Lexer:
    is_plain = language.lower() in _PLAIN or not knows(language)
    options = {"stripnl": False, "ensurenl": True}
    lexer: Lexer = TextLexer(**options) if is_plain else get_lexer_by_name(language, **options)
    return lexer
