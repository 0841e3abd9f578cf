"""Macro expansion at build time: what a card gets needs no macro, and no formula leaks one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bindery.maths.errors import MathError
from bindery.maths.macros import (
    ARITY,
    BUILT_IN,
    DERIVATIVES,
    SIZED,
    STARRED,
    Macro,
    book_macros,
)
from bindery.maths.textmode import as_text
from bindery.maths.tokens import (
    TEXT_COMMANDS,
    Token,
    argument,
    group_end,
    is_word,
    optional_end,
    skip_space,
    tokenise,
)

_MOST_USES = 2_000
_MOST_TOKENS = 100_000
_DEFINE = frozenset({"\\newcommand", "\\renewcommand", "\\providecommand"})
_OPERATOR = "\\DeclareMathOperator"
DEFINITIONS = _DEFINE | {_OPERATOR, "\\def"}
_SPECIAL = frozenset({*TEXT_COMMANDS, *DEFINITIONS, *DERIVATIVES, "\\dd", "\\qty"})
_DEEPEST_TEXT = 20
_BARS = {"\\left": "\\lVert", "\\right": "\\rVert", "\\middle": "\\rVert"}


@dataclass(frozen=True, slots=True)
class Expansion:
    """A formula without macros; with ``error`` set, what could not be expanded is left as is."""

    tokens: tuple[Token, ...]
    error: MathError | None = None


def expand(tex: str, macros: Mapping[str, str]) -> Expansion:
    """Expand the book's macros, the formula's own and the built-in ones, arguments included.

    A macro of the book wins over a built-in one. Text arguments come out in the form that
    MathJax reads without its textmacros package, as on a card.
    """
    tokens = tokenise(tex)
    known = {**BUILT_IN, **book_macros(macros)}
    if any(t.text in known or t.text in _SPECIAL for t in tokens):
        run = _Run(known)
        tokens = run.expand(tokens)
        return Expansion(tuple(_upright_bars(tokens)), run.error)
    return Expansion(tuple(_upright_bars(tokens)))


@dataclass(slots=True)
class _Run:
    """One expansion: the macros known so far, how many were used, the first error."""

    macros: dict[str, Macro]
    error: MathError | None = None
    uses: int = 0
    depth: int = 0

    def expand(self, tokens: Sequence[Token]) -> list[Token]:
        pending = _Pending(tokens)
        out: list[Token] = []
        while pending.left:
            token = pending.pop()
            if not self._step(token, pending, out):
                out.append(token)
        return out

    def _step(self, token: Token, pending: _Pending, out: list[Token]) -> bool:
        """Handle a token that isn't simply copied; say whether it was one."""
        text = token.text
        if text in ARITY:
            out.append(token)
            self._brace_bare_macros(ARITY[text], pending)
            return True
        if text[0] != "\\" or self._exhausted(token, pending):
            return False
        if text in TEXT_COMMANDS:
            return self._text(token, pending, out)
        if text in DEFINITIONS:
            return self._define(token, pending)
        if text in self.macros:
            return self._use(token, pending, out)
        if text in DERIVATIVES:
            return self._derivative(token, pending)
        if text == "\\dd":
            return self._differential(token, pending)
        return text == "\\qty" and self._quantity(token, pending)

    def _exhausted(self, token: Token, pending: _Pending) -> bool:
        if self.uses <= _MOST_USES and len(pending.left) <= _MOST_TOKENS:
            return False
        self._fail(
            MathError(
                "macros expand without end",
                token.at,
                "a macro must not use itself, directly or through another",
            )
        )
        return True

    def _fail(self, error: MathError) -> None:
        self.error = self.error or error

    def _lacks_argument(self, token: Token) -> bool:
        self._fail(MathError(f"{token.text} lacks an argument", token.at, "put it in braces"))
        return False

    def _use(self, token: Token, pending: _Pending, out: list[Token]) -> bool:
        macro = self.macros[token.text]
        ours = BUILT_IN.get(token.text) is macro
        if ours and token.text in SIZED and out and _sizes(out[-1]):
            half, gap = SIZED[token.text]
            size = out.pop()
            pending.push(_body(f"{size.text}{half}{gap}{size.text}{half}", token.at))
            return True
        ahead = pending.ahead()
        index = 0
        if ours and token.text in STARRED and ahead and ahead[0].text == "*":
            index = 1
        arguments: list[list[Token]] = []
        if macro.default is not None:
            start = skip_space(ahead, index)
            end = optional_end(ahead, start)
            if end is None:
                arguments.append(_body(macro.default, token.at))
            else:
                arguments.append(list(ahead[start + 1 : end - 1]))
                index = end
        while len(arguments) < macro.arity:
            read = argument(ahead, index)
            if read is None:
                return self._lacks_argument(token)
            arguments.append(read[0])
            index = read[1]
        self.uses += 1
        pending.drop(index)
        pending.push(_substitute(macro.body, arguments, token.at))
        return True

    def _text(self, token: Token, pending: _Pending, out: list[Token]) -> bool:
        ahead = pending.ahead()
        start = skip_space(ahead, 0)
        end = group_end(ahead, start) if start < len(ahead) and ahead[start].text == "{" else None
        if end is None:
            return False
        if self.depth > _DEEPEST_TEXT:
            self._fail(MathError("text inside text, too deep", token.at))
            return False
        inner = ahead[start + 1 : end - 1]
        pending.drop(end)
        self.depth += 1
        out.extend(as_text(token, inner, self.expand, self.macros.keys()))
        self.depth -= 1
        return True

    def _define(self, token: Token, pending: _Pending) -> bool:
        """Take ``\\newcommand``, a plain ``\\def`` or ``\\DeclareMathOperator`` as a macro."""
        ahead = pending.ahead()
        index = 0
        star = index < len(ahead) and ahead[index].text == "*"
        name = argument(ahead, index + star)
        if name is None or len(name[0]) != 1 or not name[0][0].text.startswith("\\"):
            return self._lacks_argument(token)
        index, arity, default = name[1], 0, None
        if token.text in _DEFINE:
            end = optional_end(ahead, index)
            if end is not None:
                digits = "".join(t.text for t in ahead[index + 1 : end - 1]).strip()
                arity, index = int(digits) if digits in "0123456789" and digits else 0, end
                end = optional_end(ahead, index)
                if end is not None:
                    default = "".join(t.text for t in ahead[index + 1 : end - 1])
                    index = end
        elif token.text == "\\def":
            while index + 1 < len(ahead) and ahead[index].text == "#":
                arity, index = arity + 1, index + 2
        body = argument(ahead, index)
        if body is None:
            return self._lacks_argument(token)
        text = "".join(t.text for t in body[0])
        if token.text == _OPERATOR:
            text = rf"\operatorname{'*' if star else ''}{{{text}}}"
        self.macros = {**self.macros, name[0][0].text: Macro(text, arity, default)}
        self.uses += 1
        pending.drop(body[1])
        return True

    def _derivative(self, token: Token, pending: _Pending) -> bool:
        """``\\dv[n]{f}{x}``, ``\\dv{x}``, ``\\pdv{f}{x}{y}`` of the physics package."""
        ahead = pending.ahead()
        index = 1 if ahead and ahead[0].text == "*" else 0
        order: list[Token] = []
        end = optional_end(ahead, index)
        if end is not None:
            order, index = list(ahead[index + 1 : end - 1]), end
        first = argument(ahead, index)
        if first is None:
            return self._lacks_argument(token)
        groups, index = [first[0]], first[1]
        most = 3 if token.text == "\\pdv" and not order else 2
        while len(groups) < most and index < len(ahead) and ahead[index].text == "{":
            read = argument(ahead, index)
            if read is None:
                break
            groups.append(read[0])
            index = read[1]
        d = DERIVATIVES[token.text]
        function, variables = (groups[0], groups[1:]) if groups[1:] else ([], groups)
        if len(variables) == 2:
            body, parts = rf"\frac{{{d}^2#1}}{{{d}#2\,{d}#3}}", [function, *variables]
        elif order:
            body, parts = rf"\frac{{{d}^{{#3}}#1}}{{{d}#2^{{#3}}}}", [function, *variables, order]
        else:
            body, parts = rf"\frac{{{d}#1}}{{{d}#2}}", [function, *variables]
        self.uses += 1
        pending.drop(index)
        pending.push(_substitute(body, parts, token.at))
        return True

    def _differential(self, token: Token, pending: _Pending) -> bool:
        ahead = pending.ahead()
        end = optional_end(ahead, 0)
        order = list(ahead[1 : end - 1]) if end is not None else []
        pending.drop(end or 0)
        self.uses += 1
        pending.push(_substitute(r"\mathrm{d}^{#1}" if order else r"\mathrm{d}", [order], token.at))
        return True

    def _quantity(self, token: Token, pending: _Pending) -> bool:
        """``\\qty(…)``, ``\\qty[…]``, ``\\qty|…|``, ``\\qty{…}`` of the physics package."""
        ahead = pending.ahead()
        pairs = {"(": (")", "(", ")"), "[": ("]", "[", "]"), "|": ("|", "|", "|")}
        opening = ahead[0].text if ahead else ""
        if opening == "{":
            end = group_end(ahead, 0)
            if end is not None and end < len(ahead) and ahead[end].text == "{":
                end = None
            left, right = "\\{", "\\}"
        elif opening in pairs:
            close, left, right = pairs[opening]
            end = _closing(ahead, opening, close)
        else:
            end = None
        if end is None:
            self._fail(
                MathError(
                    r"\qty is not followed by one balanced pair of brackets",
                    token.at,
                    r"write a number with its unit as 3\,\mathrm{m}",
                )
            )
            return False
        self.uses += 1
        inner = list(ahead[1 : end - 1])
        pending.drop(end)
        pending.push(_substitute(rf"\left{left} #1 \right{right}", [inner], token.at))
        return True

    def _brace_bare_macros(self, count: int, pending: _Pending) -> None:
        r"""Put braces around a macro that is an argument, so that ``\frac\R2`` stays itself."""
        ahead = pending.ahead()
        index, rewritten, changed = 0, list[Token](), False
        for _ in range(count):
            start = skip_space(ahead, index)
            if start == 0 and index == 0 and ahead and ahead[0].text == "[":
                break
            read = argument(ahead, start)
            if read is None:
                break
            token, end = ahead[start], read[1]
            if token.text in self.macros and is_word(token):
                for _ in range(self.macros[token.text].arity):
                    following = argument(ahead, end)
                    if following is None:
                        break
                    end = following[1]
                changed = True
                rewritten += [Token("{", token.at), *ahead[start:end], Token("}", token.at)]
            else:
                rewritten += ahead[index:end]
            index = end
        if changed:
            pending.drop(index)
            pending.push(rewritten)


class _Pending:
    """Tokens still to be read, the next one last."""

    __slots__ = ("left",)

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.left = list(reversed(tokens))

    def pop(self) -> Token:
        return self.left.pop()

    def push(self, tokens: Sequence[Token]) -> None:
        self.left.extend(reversed(tokens))

    def ahead(self) -> list[Token]:
        return self.left[::-1]

    def drop(self, count: int) -> None:
        if count:
            del self.left[-count:]


def _body(text: str, at: int) -> list[Token]:
    return [Token(t.text, at) for t in tokenise(text)]


def _substitute(body: str, arguments: Sequence[Sequence[Token]], at: int) -> list[Token]:
    tokens = _body(body, at)
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


def _sizes(token: Token) -> bool:
    return token.text in ("\\left", "\\right") or token.text.lstrip("\\").rstrip("lrm") in (
        "big",
        "Big",
        "bigg",
        "Bigg",
    )


def _upright_bars(tokens: Sequence[Token]) -> list[Token]:
    r"""Write ``\left\|`` as ``\left\lVert``: MathJax 3 draws tiny bars for the first (issue 3029)."""
    out: list[Token] = []
    last = ""
    for token in tokens:
        if token.text in ("\\|", "\\Vert") and last in _BARS:
            out.append(token._replace(text=_BARS[last]))
        else:
            out.append(token)
        if not token.text.isspace():
            last = token.text
    return out
