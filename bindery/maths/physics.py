"""Commands of LaTeX's physics package whose arguments take no fixed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from bindery.maths.errors import MathError
from bindery.maths.macros import substitute
from bindery.maths.tokens import Token, argument, group_end, optional_end


class Rewritten(NamedTuple):
    """What stands instead, and the index after what it replaces."""

    tokens: list[Token]
    end: int


Rewrite: TypeAlias = Callable[[Token, Sequence[Token]], Rewritten | MathError]


def _derivative(token: Token, ahead: Sequence[Token]) -> Rewritten | MathError:
    r"""``\dv[n]{f}{x}``, ``\dv{x}``, ``\pdv{f}{x}{y}``."""
    index = 1 if ahead and ahead[0].text == "*" else 0
    order: list[Token] = []
    end = optional_end(ahead, index)
    if end is not None:
        order, index = list(ahead[index + 1 : end - 1]), end
    first = argument(ahead, index)
    if first is None:
        return MathError(f"{token.text} lacks an argument", token.at, "put it in braces")
    groups, index = [first[0]], first[1]
    most = 3 if token.text == "\\pdv" and not order else 2
    while len(groups) < most and index < len(ahead) and ahead[index].text == "{":
        read = argument(ahead, index)
        if read is None:
            break
        groups.append(read[0])
        index = read[1]
    d = r"\partial" if token.text == "\\pdv" else r"\mathrm{d}"
    function, variables = (groups[0], groups[1:]) if groups[1:] else ([], groups)
    if len(variables) == 2:
        body, parts = rf"\frac{{{d}^2#1}}{{{d}#2\,{d}#3}}", [function, *variables]
    elif order:
        body, parts = rf"\frac{{{d}^{{#3}}#1}}{{{d}#2^{{#3}}}}", [function, *variables, order]
    else:
        body, parts = rf"\frac{{{d}#1}}{{{d}#2}}", [function, *variables]
    return Rewritten(substitute(body, parts, token.at), index)


def _differential(token: Token, ahead: Sequence[Token]) -> Rewritten:
    r"""``\dd``, ``\dd{x}``, ``\dd[3]{x}``."""
    end = optional_end(ahead, 0)
    order = list(ahead[1 : end - 1]) if end is not None else []
    body = r"\mathrm{d}^{#1}" if order else r"\mathrm{d}"
    return Rewritten(substitute(body, [order], token.at), end or 0)


def _quantity(token: Token, ahead: Sequence[Token]) -> Rewritten | MathError:
    r"""``\qty(…)``, ``\qty[…]``, ``\qty|…|``, ``\qty{…}``; with two groups it is siunitx's."""
    opening = ahead[0].text if ahead else ""
    end: int | None = None
    left, right = {"{": (r"\{", r"\}"), "(": "()", "[": "[]", "|": "||"}.get(opening, ("", ""))
    if opening == "{":
        end = group_end(ahead, 0)
        if end is not None and end < len(ahead) and ahead[end].text == "{":
            end = None
    elif left:
        end = _closing(ahead, left, right)
    if end is None:
        return MathError(
            r"\qty is not followed by one balanced pair of brackets",
            token.at,
            r"write a number with its unit as 3\,\mathrm{m}",
        )
    body = rf"\left{left} #1 \right{right}"
    return Rewritten(substitute(body, [list(ahead[1 : end - 1])], token.at), end)


def _closing(tokens: Sequence[Token], opening: str, close: str) -> int | None:
    depth = 0
    index = 1
    while index < len(tokens):
        text = tokens[index].text
        if text == "{":
            end = group_end(tokens, index)
            if end is None:
                return None
            index = end
            continue
        if text == close and depth == 0:
            return index + 1
        depth += (text == opening) - (text == close)
        index += 1
    return None


PHYSICS: Mapping[str, Rewrite] = {
    "\\dv": _derivative,
    "\\odv": _derivative,
    "\\pdv": _derivative,
    "\\dd": _differential,
    "\\qty": _quantity,
}
"""How each is written with what every MathJax knows."""
