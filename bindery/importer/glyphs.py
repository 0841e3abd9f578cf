r"""The glyphs that a formula is set with, in the order of its MathML: ``\theta_i^2`` is ``θi2``."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMED = {
    name: char
    for group in """
alpha=α beta=β gamma=γ delta=δ epsilon=ϵ varepsilon=ε zeta=ζ eta=η theta=θ vartheta=ϑ iota=ι
kappa=κ lambda=λ mu=μ nu=ν xi=ξ pi=π varpi=ϖ rho=ρ varrho=ϱ sigma=σ varsigma=ς tau=τ upsilon=υ
phi=ϕ varphi=φ chi=χ psi=ψ omega=ω Gamma=Γ Delta=Δ Theta=Θ Lambda=Λ Xi=Ξ Pi=Π Sigma=Σ Upsilon=Υ
Phi=Φ Psi=Ψ Omega=Ω sum=∑ prod=∏ int=∫ iint=∬ oint=∮ bigcup=⋃ bigcap=⋂ bigoplus=⨁ bigotimes=⨂
partial=∂ nabla=∇ infty=∞ cdot=⋅ times=× div=÷ pm=± mp=∓ ast=∗ star=⋆ circ=∘ bullet=∙ oplus=⊕
otimes=⊗ odot=⊙ cup=∪ cap=∩ wedge=∧ land=∧ vee=∨ lor=∨ neg=¬ lnot=¬ setminus=∖ leq=≤ le=≤ geq=≥
ge=≥ ll=≪ gg=≫ neq= ne= approx=≈ equiv=≡ sim=∼ simeq=≃ cong=≅ propto=∝ prec=≺ succ=≻ in=∈ ni=∋
notin=∉ subset=⊂ supset=⊃ subseteq=⊆ supseteq=⊇ emptyset=∅ varnothing=∅ forall=∀ exists=∃ top=⊤
bot=⊥ perp=⊥ parallel=∥ mid=∣ vert=∣ lvert=∣ rvert=∣ Vert=∥ lVert=∥ rVert=∥ langle=⟨ rangle=⟩
lceil=⌈ rceil=⌉ lfloor=⌊ rfloor=⌋ lbrace={ rbrace=} lbrack=[ rbrack=] to=→ rightarrow=→
leftarrow=← gets=← leftrightarrow=↔ Rightarrow=⇒ Leftarrow=⇐ Leftrightarrow=⇔ implies=⟹ iff=⟺
mapsto=↦ longrightarrow=⟶ uparrow=↑ downarrow=↓ rightharpoonup=⇀ ldots=… dots=… dotsc=… dotsb=⋯
cdots=⋯ vdots=⋮ ddots=⋱ prime=′ hbar=ℏ ell=ℓ Re=ℜ Im=ℑ aleph=ℵ angle=∠ triangle=△ square=□
blacksquare=■ therefore=∴ because=∵ dagger=† ddagger=‡ triangleq=≜ coloneqq=: models=⊨ vdash=⊢
leqslant=⩽ geqslant=⩾ degree=° checkmark=✓ lesssim=≲
gtrsim=≳ hookrightarrow=↪ iiint=∭ coloneq=≔ eqqcolon=≕ oslash=⊘ amalg=⨿ bigvee=⋁ bigwedge=⋀
""".split()
    for name, _, char in [group.partition("=")]
}
_NAMED |= {"neq": "≠", "ne": "≠", "coloneqq": ":=", "bmod": "mod", "backslash": "\\"}
_WORDS = frozenset(
    """sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min sup inf
    det dim ker gcd deg Pr arg hom liminf limsup""".split()
) | {"argmax", "argmin"}
_ACCENTS = {
    **dict.fromkeys(("hat", "widehat"), "^"),
    **dict.fromkeys(("tilde", "widetilde"), "~"),
    **dict.fromkeys(("bar",), "ˉ"),
    **dict.fromkeys(("overline",), "‾"),
    **dict.fromkeys(("vec",), "⃗"),
    **dict.fromkeys(("dot",), "˙"),
    **dict.fromkeys(("ddot",), "¨"),
}
_FENCES = {
    "bmatrix": "[]",
    "pmatrix": "()",
    "vmatrix": "∣∣",
    "Vmatrix": "∥∥",
    "Bmatrix": "{}",
    "cases": "{",
}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
_CHARACTER = {"-": "−", "*": "∗", "|": "∣", "'": "′", "~": "", "&": ""}
_ESCAPED = {"\\{": "{", "\\}": "}", "\\|": "∥", "\\%": "%", "\\_": "_", "\\&": "&", "\\#": "#"}
_SIZES = frozenset(
    """left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr bigm displaystyle
    textstyle limits nolimits quad qquad mathrm mathbf mathit mathcal mathbb mathfrak mathsf
    boldsymbol bm text textbf textit textrm texttt textsf mathtt mathscr mathring cal underline
    substack cfrac tbinom dbinom Biggl Biggr mathbin mathrel mathord pmb operatorname mathop
    underbrace overbrace frac dfrac tfrac sqrt binom boxed rm bf nonumber hline""".split()
)
_SWAPPED = frozenset(("overset", "underset", "stackrel"))
_ARROWS = {"xrightarrow": "→", "xleftarrow": "←", "xRightarrow": "⇒", "xleftrightarrow": "↔"}
_UNSET = frozenset("color textcolor hspace vspace tag label phantom hphantom vphantom".split())
_TOO_DEEP = 40


@lru_cache(maxsize=4096)
def glyphs(tex: str) -> str:
    """Return the glyphs of a formula without spaces, or "" when a command is unknown."""
    try:
        return _Flat(_TOKEN.findall(tex)).group(0)
    except LookupError:
        return ""


class _Flat:
    """Walks the tokens of a formula."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def group(self, depth: int) -> str:
        """Flatten up to the closing brace, or the end."""
        out: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at] != "}":
            out.append(self._scripted(depth))
        self._at += 1
        return "".join(out)

    def _scripted(self, depth: int) -> str:
        base = "" if self._next() in ("^", "_") else self._atom(depth)
        sub = sup = ""
        while self._next() in ("^", "_", "'"):
            mark = self._tokens[self._at]
            self._at += 1
            if mark == "'":
                sup += "′"
            elif mark == "_":
                sub += self._atom(depth)
            else:
                sup += self._atom(depth)
        return base + sub + sup

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _atom(self, depth: int) -> str:
        if depth > _TOO_DEEP:
            raise LookupError
        if self._at >= len(self._tokens):
            return ""
        token = self._tokens[self._at]
        self._at += 1
        if token.startswith("{"):
            return self.group(depth + 1)
        if token[0] != "\\":
            return _CHARACTER.get(token, token)
        name = token[1:]
        if name in ("begin", "end"):
            return self._fence(name)
        if not name.isalpha():
            return _ESCAPED.get(token, "")
        return self._macro(name, depth + 1)

    def _macro(self, name: str, depth: int) -> str:
        if name in _NAMED or name in _WORDS:
            return _NAMED.get(name, name)
        if name in _ACCENTS:
            return self._atom(depth) + _ACCENTS[name]
        if name in _ARROWS:
            return _ARROWS[name] + self._atom(depth)
        if name in _SWAPPED:
            above, base = self._atom(depth), self._atom(depth)
            return base + above
        if name == "sqrt" and self._next() == "[":
            return self._root(depth)
        return self._unseen(name, depth)

    def _unseen(self, name: str, depth: int) -> str:
        """Pass over what sets nothing by itself; an unknown command has unknown glyphs."""
        if name in _UNSET:
            self._atom(depth)
        elif name not in _SIZES:
            raise LookupError(name)
        elif self._next() == "." and name in ("left", "right"):
            self._at += 1
        return ""

    def _root(self, depth: int) -> str:
        """Flatten a root with its index, which stands after it in MathML."""
        self._at += 1
        index: list[str] = []
        while self._next() not in ("]", ""):
            index.append(self._atom(depth))
        self._at += 1
        return self._atom(depth) + "".join(index)

    def _fence(self, name: str) -> str:
        if self._next() != "{":
            return ""
        close = self._tokens.index("}", self._at) if "}" in self._tokens[self._at :] else -1
        if close < 0:
            raise LookupError(name)
        environment = "".join(self._tokens[self._at + 1 : close])
        self._at = close + 1
        sides = _FENCES.get(environment, "")
        if name == "begin" and self._next() == "{" and environment == "array":
            self._at = self._tokens.index("}", self._at) + 1
        return sides[:1] if name == "begin" else sides[1:]
