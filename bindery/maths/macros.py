"""Macros: the book's own, and those that LaTeX authors use and Anki's MathJax lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bindery.maths.tokens import Token, tokenise

_PARAMETER = re.compile(r"#([1-9])")


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: its body with ``#1…#9``, how many arguments, and the first one's default.

    With ``default`` not None the first argument is optional and stands in brackets.
    """

    body: str
    arity: int = 0
    default: str | None = None


def macro_of(body: str) -> Macro:
    """Return the macro that a line of ``[macros]`` defines: it takes as many as its highest #n."""
    return Macro(body, max((int(n) for n in _PARAMETER.findall(body)), default=0))


def book_macros(macros: Mapping[str, str]) -> Mapping[str, Macro]:
    """Return the macros of ``book.toml`` by control word, backslash included."""
    return _book_macros(tuple(macros.items()))


@lru_cache(maxsize=8)
def _book_macros(macros: tuple[tuple[str, str], ...]) -> Mapping[str, Macro]:
    return {"\\" + name.lstrip("\\"): macro_of(body) for name, body in macros}


def body_tokens(body: str, at: int) -> list[Token]:
    """Return the tokens of a macro's body; all come from ``at``, where the macro is used."""
    return [Token(token.text, at) for token in tokenise(body)]


def substitute(body: str, arguments: Sequence[Sequence[Token]], at: int) -> list[Token]:
    """Return a body with its #n replaced; arguments keep their own origins."""
    tokens = body_tokens(body, at)
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        number = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.text == "#" and number in tuple("123456789"):
            if int(number) <= len(arguments):
                out.extend(arguments[int(number) - 1])
            index += 2
        else:
            out.append(token)
            index += 1
    return out


BUILT_IN: Mapping[str, Macro] = {
    "\\" + name: macro_of(body)
    for name, body in {
        "bm": r"\boldsymbol{#1}",
        "bold": r"\mathbf{#1}",
        "vb": r"\mathbf{#1}",
        "argmin": r"\operatorname*{arg\,min}",
        "argmax": r"\operatorname*{arg\,max}",
        "abs": r"\left\lvert #1\right\rvert",
        "norm": r"\left\lVert #1\right\rVert",
        "ensuremath": "#1",
        "emph": r"\textit{#1}",
        "textsuperscript": r"{}^{\text{#1}}",
        "textsubscript": r"{}_{\text{#1}}",
        "sfrac": r"{}^{#1}\!/{}_{#2}",
        "nicefrac": r"{}^{#1}\!/{}_{#2}",
        "dag": r"\dagger",
        "ddag": r"\ddagger",
        "P": r"\text{¶}",
        "pounds": r"\text{£}",
        "copyright": r"\text{©}",
        "euro": r"\text{€}",
        "AA": r"\text{Å}",
        "mathds": r"\mathbb{#1}",
        "mathbbm": r"\mathbb{#1}",
        "llbracket": r"[\![",
        "rrbracket": r"]\!]",
        "prescript": r"{}^{#1}_{#2}#3",
        "vcentcolon": r"\mathrel{\vcenter{:}}",
        "raisebox": r"\raise #1 {\text{#2}}",
        "hdots": r"\ldots",
    }.items()
}
"""Faithful expansions into commands that Anki's MathJax 3.2.2 knows.

Measured against the packages that Anki loads (tex-full and mathtools, without textmacros).
"""

STARRED = frozenset({"\\abs", "\\norm"})
"""Macros whose starred form means the same."""

SIZED: Mapping[str, tuple[str, str]] = {
    "\\llbracket": (r"[", r"\!"),
    "\\rrbracket": (r"]", r"\!"),
}
"""Delimiters drawn as two: after ``\\left`` or ``\\big`` each half gets the size."""

ARITY: Mapping[str, int] = {
    **dict.fromkeys("^ _".split(), 1),
    **{
        "\\" + name: 1
        for name in (
            "sqrt hat bar tilde vec dot ddot dddot check breve acute grave mathring widehat "
            "widetilde overline underline overrightarrow overleftarrow overbrace underbrace mathbf "
            "mathrm mathbb mathcal mathfrak mathscr mathsf mathtt mathit boldsymbol pmb "
            "operatorname boxed mathop mathrel mathbin mathord mathopen mathclose mathinner "
            "phantom hphantom vphantom smash cancel bcancel xcancel not substack"
        ).split()
    },
    **{
        "\\" + name: 2
        for name in ("frac dfrac tfrac cfrac binom dbinom tbinom overset underset stackrel").split()
    },
}
"""Commands after which a bare macro is an argument: its expansion needs braces there."""

WITH_OPTION = frozenset({"\\sqrt", "\\cfrac", "\\smash"})
"""Those of them that may have an argument in brackets first."""
