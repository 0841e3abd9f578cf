"""Macros that a formula defines for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bindery.maths.macros import Macro
from bindery.maths.tokens import Token, argument, optional_end, skip_space

_NEW = frozenset({"\\newcommand", "\\renewcommand", "\\providecommand"})
_OPERATOR = "\\DeclareMathOperator"
DEFINITIONS = _NEW | {_OPERATOR, "\\def"}
"""The definitions that are understood here; others are left to MathJax."""


class Definition(NamedTuple):
    """A control word, the macro it stands for, and the index after the definition."""

    name: str
    macro: Macro
    end: int


def definition(token: Token, ahead: Sequence[Token]) -> Definition | None:
    r"""Read ``\newcommand``, ``\def`` with plain parameters or ``\DeclareMathOperator``.

    ``ahead`` is what follows ``token``. None when it is incomplete.
    """
    index = skip_space(ahead, 0)
    star = index < len(ahead) and ahead[index].text == "*"
    name = argument(ahead, index + star)
    if name is None or len(name[0]) != 1 or not name[0][0].text.startswith("\\"):
        return None
    arity, default, index = _parameters(token, ahead, name[1])
    body = argument(ahead, index)
    # A \def whose arguments end at a word of their own has that word here.
    delimited = token.text == "\\def" and body and ahead[skip_space(ahead, index)].text != "{"
    if body is None or delimited:
        return None
    text = "".join(t.text for t in body[0])
    if token.text == _OPERATOR:
        text = rf"\operatorname{'*' if star else ''}{{{text}}}"
    return Definition(name[0][0].text, Macro(text, arity, default), body[1])


def _parameters(token: Token, ahead: Sequence[Token], index: int) -> tuple[int, str | None, int]:
    """Return the number of arguments, the first one's default, and the index after them."""
    arity, default = 0, None
    if token.text in _NEW:
        end = optional_end(ahead, index)
        if end is not None:
            digits = _written(ahead, index, end)
            arity = int(digits) if digits in tuple("123456789") else 0
            index = end
            end = optional_end(ahead, index)
            if end is not None:
                default, index = _written(ahead, index, end), end
    elif token.text == "\\def":
        while index + 1 < len(ahead) and ahead[index].text == "#":
            arity, index = arity + 1, index + 2
    return arity, default, index


def _written(tokens: Sequence[Token], start: int, end: int) -> str:
    return "".join(t.text for t in tokens[start + 1 : end - 1]).strip()
