"""Listings: highlighted by Pygments, numbered, long lines wrapped with a mark."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path

from bindery.cache import Cache
from bindery.digest import digest, file_digest
from bindery.versions import version

_KIND = "listing"
_UNNUMBERED = frozenset(
    {"", "text", "txt", "plain", "plaintext", "console", "output", "shell-session"}
)
_HAN_COLUMNS = 5 / 3  # a Han character is 1 em wide, a letter of the mono face 0.6 em
# Quotation marks and dashes are the mono face's own, and narrow.
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\uffef\U00020000-\U0003ffff]")
_BREAK_AFTER = frozenset(" ,;([{")
_HANGING = 4
_INDENT = re.compile(r" *")

Piece = tuple[str, str]
# Text, language and columns in, HTML out.
Setter = Callable[[str, str, int], str]


def listing_html(text: str, language: str, columns: int) -> str:
    """Return the lines of a listing as HTML, at most ``columns`` letters wide.

    Each line is a span ``l`` with its number in ``data-n``; what is wrapped goes on in a
    span ``l more``, which the style sheet marks.
    """
    numbered = language.lower() not in _UNNUMBERED
    out: list[str] = []
    for number, line in enumerate(_lines(text, language), 1):
        first, *rest = _wrap(line, columns)
        attribute = f' data-n="{number}"' if numbered else ""
        out.append(f'<span class="l"{attribute}>{_html(first) or " "}</span>')
        indent = len(_INDENT.match("".join(piece for _, piece in line))[0])  # type: ignore[index]
        hanging = min(indent + _HANGING, columns // 2)
        out += [
            f'<span class="l more"><span style="padding-left:{hanging * 0.6:g}em">{_html(part)}'
            "</span></span>"
            for part in rest
        ]
    kind = "numbered" if numbered else "bare"
    return f'<pre class="{kind}">{"".join(out)}</pre>'


def kept_in(cache: Cache) -> Setter:
    """Return ``listing_html`` with a memory: telling words of a program apart takes long."""
    code = digest(file_digest(Path(__file__)), version("pygments"))

    def setter(text: str, language: str, columns: int) -> str:
        key = digest(code, text, language, columns)
        if (kept := cache.get(_KIND, key)) is not None:
            return kept.decode()
        html = listing_html(text, language, columns)
        cache.put(_KIND, key, html.encode())
        return html

    return setter


def _lines(text: str, language: str) -> list[list[Piece]]:
    from pygments import lex
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers.special import TextLexer
    from pygments.token import STANDARD_TYPES
    from pygments.util import ClassNotFound

    options = {"stripnl": False, "ensurenl": False, "tabsize": 4}
    try:
        lexer = get_lexer_by_name(language, **options) if language else TextLexer(**options)
    except ClassNotFound:
        lexer = TextLexer(**options)
    lines: list[list[Piece]] = [[]]
    for token, value in lex(text.rstrip("\n"), lexer):
        name = STANDARD_TYPES.get(token, "")
        for index, part in enumerate(value.split("\n")):
            if index:
                lines.append([])
            if part:
                lines[-1].append((name, part))
    return lines


def _wrap(line: list[Piece], columns: int) -> list[list[Piece]]:
    text = "".join(piece for _, piece in line)
    indent = len(_INDENT.match(text)[0])  # type: ignore[index]
    rows: list[list[Piece]] = []
    rest, room = line, float(columns)
    while (cut := _cut(rest, room)) is not None:
        head, rest = _split(rest, cut)
        rows.append(head)
        room = columns - min(indent + _HANGING, columns // 2)
    rows.append(rest)
    return rows


def _cut(line: list[Piece], room: float) -> int | None:
    text = "".join(piece for _, piece in line)
    used, best = 0.0, 0
    for index, char in enumerate(text):
        used += _HAN_COLUMNS if _HAN.match(char) else 1
        if used > room + 1e-6:
            return best or max(index, 1)
        if (char in _BREAK_AFTER or _HAN.match(char)) and used > room / 2:
            best = index + 1
    return None


def _split(line: list[Piece], at: int) -> tuple[list[Piece], list[Piece]]:
    head: list[Piece] = []
    for index, (name, piece) in enumerate(line):
        if len(piece) > at:
            return [*head, (name, piece[:at])], [(name, piece[at:]), *line[index + 1 :]]
        head.append((name, piece))
        at -= len(piece)
    return head, []


def _html(line: list[Piece]) -> str:
    return "".join(
        f'<span class="{name}">{escape(piece)}</span>' if name else escape(piece)
        for name, piece in line
    )
