"""Plain text of inlines: for bookmarks, running headers and the search for characters."""

from __future__ import annotations

import re

from bindery.handbook.spacing import Spacer
from bindery.handbook.walk import Container
from bindery.model import (
    Code,
    DemoFigure,
    FootnoteReference,
    Image,
    InlineHtml,
    Inlines,
    LineBreak,
    Math,
    SoftBreak,
    Text,
)

_GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma"
        " tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        strict=True,
    )
)
_SYMBOLS = {
    "sqrt": "√",
    "times": "×",
    "cdot": "·",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "infty": "∞",
    "to": "→",
    "rightarrow": "→",
    "in": "∈",
    "sum": "∑",
    "prod": "∏",
    "int": "∫",
    "partial": "∂",
    "nabla": "∇",
    "ldots": "…",
    "cdots": "…",
    "top": "ᵀ",
    "ell": "l",
    "pm": "±",
    "|": "‖",
    "%": "%",
    "{": "{",
    "}": "}",
    "mid": "|",
    **_GREEK,
}
# Operators named by a word keep it; fonts and spacing vanish.
_WORDS = frozenset("log ln exp max min sin cos tanh det dim ker argmax argmin softmax lim".split())
_PIECE = re.compile(r"\\([A-Za-z]+|.)\s*|[{}&~\s]+")


def plain_math(tex: str) -> str:
    """Return a formula as one line of characters, as near as plain text can come."""

    def spell(match: re.Match[str]) -> str:
        name: str = match[1] or ""  # braces of groups and space say nothing
        return _SYMBOLS.get(name, name if name in _WORDS else "")

    return _PIECE.sub(spell, tex).replace("^ᵀ", "ᵀ")


def plain(inlines: Inlines) -> str:
    """Return the text of inlines in one line, Han and Latin apart, formulas spelt out."""
    spacer = Spacer()
    return "".join(_plain(inlines, spacer)).strip()


def _plain(inlines: Inlines, spacer: Spacer) -> list[str]:
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Text(text=text):
                parts.append(spacer.text(text))
            case Code(text=text):
                parts += [spacer.atom(), text]
            case Math(tex=tex):
                parts += [spacer.atom(), plain_math(tex)]
            case SoftBreak() | LineBreak():
                spacer.line_end()
            case Image(alt=alt) | DemoFigure(alt=alt):
                parts.append(spacer.text(alt))
            case FootnoteReference():
                pass
            case InlineHtml(html=html):
                parts.append(re.sub(r"<[^>]*>", "", html))
            case _ if isinstance(inline, Container):
                parts += _plain(inline.children, spacer)
    return parts
