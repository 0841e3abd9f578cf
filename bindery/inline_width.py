"""How wide a formula will be, estimated without drawing it."""

from __future__ import annotations

from collections.abc import Sequence

from bindery.han import HAN
from bindery.maths.tokens import Token, argument, is_word, tokenise

_SCRIPT = 0.7
_STACKED = frozenset(
    "\\frac \\tfrac \\dfrac \\cfrac \\binom \\overset \\underset \\stackrel \\overbrace".split()
)
_NAMED = frozenset(
    "\\sin \\cos \\tan \\log \\ln \\exp \\max \\min \\sup \\inf \\lim \\det \\Pr \\arg \\dim \\ker "
    "\\argmin \\argmax \\softmax \\sigma".split()
)
_RELATIONS = frozenset(
    "= < > + - \\le \\ge \\leq \\geq \\ne \\neq \\approx \\equiv \\sim \\in \\to \\times \\cdot "
    "\\pm \\mid \\propto \\rightarrow \\Rightarrow \\mapsto \\subset \\subseteq \\cup "
    "\\cap \\leftarrow \\iff \\implies \\longrightarrow".split()
)
_SPACES = {"\\quad": 1.0, "\\qquad": 2.0, "\\,": 0.17, "\\;": 0.28, "\\:": 0.22, "\\ ": 0.3}
_WIDTHLESS = frozenset(
    "\\left \\right \\big \\Big \\bigl \\bigr \\Bigl \\Bigr { } & \\limits".split()
)
_NAMES = frozenset("\\operatorname \\text \\mathrm \\textbf \\mathtt \\texttt \\mathit".split())
_ALPHABETS = frozenset("\\mathbb \\mathbf \\mathcal \\boldsymbol \\bm \\hat \\bar \\vec".split())


def inline_width(tex: str) -> float:
    """Return a formula's width in em of the text around it, to within a fifth or so."""
    return _width(tokenise(tex))


def _width(tokens: Sequence[Token]) -> float:
    total = scripts = 0.0
    index = 0
    while index < len(tokens):
        text = tokens[index].text
        index += 1
        if text in ("^", "_"):
            found = argument(tokens, index)
            if found is not None:
                width = _SCRIPT * _width(found[0])
                total += max(width - scripts, 0.0)  # a sub- and a superscript share their room
                scripts = max(width, scripts)
                index = found[1]
            continue
        scripts = 0.0
        if text in _STACKED:
            first = argument(tokens, index)
            second = argument(tokens, first[1]) if first else None
            if first and second:
                total += max(_width(first[0]), _width(second[0])) * _SCRIPT + 0.2
                index = second[1]
        elif text in _NAMES or text in _ALPHABETS:
            found = argument(tokens, index)
            if found is not None:
                total += _width(found[0])
                index = found[1]
        else:
            total += _one(tokens[index - 1])
    return total


def _one(token: Token) -> float:
    text = token.text
    if text in _WIDTHLESS or text.isspace():
        return 0.0
    if text in _RELATIONS:
        return 1.3
    if text in _SPACES:
        return _SPACES[text]
    if text in _NAMED:
        return 0.5 * (len(text) - 1)
    if is_word(token):
        return 0.65
    if HAN.match(text):
        return 1.0
    return 0.3 if text in ".,:;|!'()[]" else 0.55
