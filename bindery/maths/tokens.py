"""TeX as tokens that remember where in the author's formula they come from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_TOKEN = re.compile(r"\\verb\*?([^A-Za-z\s*]).*?\1|\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_WORD = re.compile(r"\\[A-Za-z]+\Z")

TEXT_COMMANDS = frozenset(
    "\\" + name
    for name in (
        "text textrm textbf textit texttt textsf textnormal textup textmd textsl mbox hbox fbox"
    ).split()
)
"""Commands whose argument is text, not maths: spaces count, full-width characters are right."""


class Token(NamedTuple):
    """A control sequence, a run of white space or one character; ``at`` is its origin."""

    text: str
    at: int


def tokenise(tex: str) -> list[Token]:
    """Split TeX; the tokens' texts joined give ``tex`` back."""
    return [Token(m.group(), m.start()) for m in _TOKEN.finditer(tex)]


def is_word(token: Token) -> bool:
    r"""Say whether the token is a control word such as ``\alpha``."""
    return _WORD.match(token.text) is not None


def join(tokens: Iterable[Token]) -> str:
    """Write tokens as TeX; a letter after a control word gets the space it needs."""
    return "".join(_pieces(tokens))


def join_located(tokens: Sequence[Token]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Write tokens as TeX, with the (position written, origin) of each, in order."""
    places: list[tuple[int, int]] = []
    position = 0
    pieces = list(_pieces(tokens))
    for token, piece in zip(tokens, pieces, strict=True):
        position += len(piece) - len(token.text)
        places.append((position, token.at))
        position += len(token.text)
    return "".join(pieces), tuple(places)


def origin(places: Sequence[tuple[int, int]], position: int) -> int | None:
    """Return the origin of what was written at ``position``; None for an empty formula."""
    index = bisect_right(places, (position, float("inf"))) - 1
    return places[index][1] if index >= 0 else None


def skip_space(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the next token that isn't white space."""
    while index < len(tokens) and tokens[index].text.isspace():
        index += 1
    return index


def group_end(tokens: Sequence[Token], index: int) -> int | None:
    """Return the index after the group that opens at ``index``; None when it never closes."""
    depth = 0
    for i in range(index, len(tokens)):
        if tokens[i].text == "{":
            depth += 1
        elif tokens[i].text == "}":
            depth -= 1
            if depth == 0:
                return i + 1
            if depth < 0:
                return None
    return None


def optional_end(tokens: Sequence[Token], index: int) -> int | None:
    """Return the index after the ``[…]`` that opens at ``index``; None when there is none."""
    if index >= len(tokens) or tokens[index].text != "[":
        return None
    depth = 0
    for i in range(index + 1, len(tokens)):
        text = tokens[i].text
        if text == "{":
            depth += 1
        elif text == "}":
            depth -= 1
            if depth < 0:
                return None
        elif text == "]" and depth == 0:
            return i + 1
    return None


def argument(tokens: Sequence[Token], index: int) -> tuple[list[Token], int] | None:
    """Read an argument as TeX does: a group without its braces, or one token.

    Returns the argument and the index after it; None when there is none.
    """
    index = skip_space(tokens, index)
    if index >= len(tokens) or tokens[index].text in ("}", "\\"):
        return None
    if tokens[index].text != "{":
        return [tokens[index]], index + 1
    end = group_end(tokens, index)
    return None if end is None else (list(tokens[index + 1 : end - 1]), end)


def text_groups(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return the (start, end) token ranges that are arguments of text commands, outermost only."""
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(tokens):
        if tokens[index].text in TEXT_COMMANDS:
            start = skip_space(tokens, index + 1)
            if start < len(tokens) and tokens[start].text == "{":
                end = group_end(tokens, start)
                if end is not None:
                    found.append((start + 1, end - 1))
                    index = end
                    continue
        index += 1
    return found


def _pieces(tokens: Iterable[Token]) -> Iterable[str]:
    after_word = False
    for token in tokens:
        letter = token.text[:1].isascii() and token.text[:1].isalpha()
        yield " " + token.text if after_word and letter else token.text
        after_word = is_word(token)
