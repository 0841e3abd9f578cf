r"""Double bars of growing size: MathJax 3 draws ``\left\|x\right\|`` far too small (issue 3029)."""

from __future__ import annotations

from collections.abc import Sequence

from bindery.maths.tokens import Token

_WRITTEN = {"\\left": "\\lVert", "\\right": "\\rVert", "\\middle": "\\rVert"}
BARS = frozenset({"\\|", "\\Vert", "\\lVert", "\\rVert", "‖", "∥"})
"""The names of the double bar."""

_STRUT = "\\mathstrut"


def upright_bars(tokens: Sequence[Token]) -> list[Token]:
    r"""Write growing double bars as ``\lVert`` and ``\rVert``, and make them 1 em at least.

    Around low content MathJax takes a bar of 0.6 em, by whatever name; a strut inside makes it
    take the ordinary one. Nothing else changes: the strut is no higher than that bar.
    """
    if not any(token.text in BARS for token in tokens):
        return list(tokens)
    out: list[Token] = []
    strutted: list[bool] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.text not in _WRITTEN:
            out.append(token)
            index += 1
            continue
        end = index + 1
        while end < len(tokens) and tokens[end].text.isspace():
            end += 1
        delimiter = tokens[end] if end < len(tokens) else Token("", token.at)
        barred = delimiter.text in BARS
        strut = Token(_STRUT, token.at)
        if token.text == "\\right":
            inside = strutted.pop() if strutted else True
            if barred and not inside and _last(out) != _STRUT:
                out.append(strut)
        out += tokens[index:end]
        if barred:
            delimiter = delimiter._replace(text=_WRITTEN[token.text])
        if delimiter.text:
            out.append(delimiter)
        index = end + 1
        if token.text == "\\left":
            strutted.append(barred)
            if barred and _next(tokens, index) != _STRUT:
                out.append(strut)
    return out


def _last(tokens: Sequence[Token]) -> str:
    return next((t.text for t in reversed(tokens) if not t.text.isspace()), "")


def _next(tokens: Sequence[Token], index: int) -> str:
    return next((t.text for t in tokens[index:] if not t.text.isspace()), "")
