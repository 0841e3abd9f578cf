"""Ways out of what MathJax refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_COMMON = tuple(
    "\\" + name
    for name in (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda "
        "mu nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda "
        "Xi Pi Sigma Upsilon Phi Psi Omega frac dfrac tfrac sqrt sum prod int iint oint lim "
        "limits nolimits max min sup inf log ln exp sin cos tan tanh det dim gcd partial "
        "nabla infty forall exists neg land lor in notin subset subseteq supset cup cap "
        "setminus emptyset times div cdot pm mp leq geq neq approx equiv sim simeq cong "
        "propto ll gg to rightarrow leftarrow Rightarrow Leftarrow Leftrightarrow iff implies "
        "mapsto longrightarrow hat bar tilde vec dot ddot widehat widetilde overline "
        "underline overbrace underbrace overset underset stackrel mathbb mathbf mathcal "
        "mathfrak mathit mathrm mathscr mathsf mathtt boldsymbol operatorname text textbf "
        "textit texttt textrm left right middle big Big bigg Bigg langle rangle lfloor rfloor "
        "lceil rceil lvert rvert lVert rVert ldots cdots vdots ddots quad qquad binom "
        "substack begin end displaystyle textstyle color textcolor boxed cancel phantom top "
        "bot perp parallel mid odot otimes oplus circ bullet star dagger prime ell hbar Re Im"
    ).split()
)
_BY_ID = {
    "DoubleExponent": "write {x^2}^3 or x^{2^3}",
    "DoubleSubscripts": "write {x_1}_2 or x_{1_2}",
    "DoubleExponentPrime": "write {x'}^2 or x'^{2}",
    "MissingArgFor": "put the argument in braces",
    "Misplaced": "& stands in aligned, cases, matrix and the like only",
    "CantUseHash1": "write \\#",
    "MissingOrUnrecognizedDelim": "a delimiter follows: ( [ \\{ | \\lVert \\langle or . for none",
    "MissingCloseBracket": "close the optional argument with ]",
    "UnknownEnv": "aligned, cases, matrix, pmatrix, bmatrix, array, gathered are known",
    "MathNotTerminated": "close the $ inside the text",
    "MaxMacroSub1": "a macro must not use itself",
    "MaxBufferSize": "a macro must not use itself",
    "Limit": "make the formula simpler, or divide it",
    "MisplacedLimits": "\\limits follows an operator such as \\sum directly",
    "MissingScript": "put the exponent or index in braces",
    "MissingOpenForSub": "put the index in braces: x_{…}",
    "MissingOpenForSup": "put the exponent in braces: x^{…}",
}
_UNDEFINED = re.compile(r"Undefined control sequence (\\[A-Za-z]+)")


def hint_for(error_id: str, message: str, macros: Iterable[str]) -> str:
    """Return a way out of MathJax's error, "" when there is none to offer."""
    undefined = _UNDEFINED.match(message)
    if undefined is None:
        return _BY_ID.get(error_id, "")
    name = undefined.group(1)
    near = get_close_matches(name, [*("\\" + m.lstrip("\\") for m in macros), *_COMMON], 1, 0.75)
    if near:
        return f"did you mean {near[0]}?"
    return "define it under [macros] in book.toml, or use a command of LaTeX's amsmath"
