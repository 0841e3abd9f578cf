"""Macro expansion at build time: what a card gets needs no macro, and no formula leaks one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bindery.maths.bars import BARS, upright_bars
from bindery.maths.definitions import DEFINITIONS, definition
from bindery.maths.errors import MathError
from bindery.maths.macros import (
    ARITY,
    BUILT_IN,
    SIZED,
    STARRED,
    WITH_OPTION,
    Macro,
    body_tokens,
    book_macros,
    substitute,
)
from bindery.maths.physics import PHYSICS
from bindery.maths.textmode import as_text
from bindery.maths.tokens import (
    TEXT_COMMANDS,
    Token,
    argument,
    optional_end,
    skip_space,
    tokenise,
)

_MOST_USES = 2_000
_MOST_TOKENS = 100_000
_SPECIAL = frozenset({*TEXT_COMMANDS, *DEFINITIONS, *PHYSICS})
_EXPANDED = frozenset({*BUILT_IN, *_SPECIAL, *BARS})
_DEEPEST_TEXT = 20
_NAMES = re.compile(r"\\(?:[A-Za-z]+|\|)|[‖∥]")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A formula without macros; with ``error`` set, what could not be expanded is left as is."""

    tokens: tuple[Token, ...]
    error: MathError | None = None


def is_plain(tex: str, macros: Mapping[str, str]) -> bool:
    """Say whether expansion would leave the formula as it is, without doing it."""
    names = set(_NAMES.findall(tex))
    return names.isdisjoint(_EXPANDED) and names.isdisjoint(book_macros(macros))


def expand(tex: str, macros: Mapping[str, str]) -> Expansion:
    """Expand the book's macros, the formula's own and the built-in ones, arguments included.

    A macro of the book wins over a built-in one. Text arguments come out in the form that
    MathJax reads without its textmacros package, as on a card.
    """
    tokens = tokenise(tex)
    if is_plain(tex, macros):
        return Expansion(tuple(tokens))
    run = _Run({**BUILT_IN, **book_macros(macros)})
    return Expansion(tuple(upright_bars(run.expand(tokens))), run.error)


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
            self._brace_bare_macros(token, pending)
            return True
        if text[0] != "\\" or self._exhausted(token, pending):
            return False
        if text in TEXT_COMMANDS:
            return self._text(token, pending, out)
        if text in DEFINITIONS:
            return self._define(token, pending)
        if text in self.macros:
            return self._use(token, pending, out)
        return text in PHYSICS and self._physics(token, pending)

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
            pending.push(body_tokens(f"{size.text}{half}{gap}{size.text}{half}", token.at))
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
                arguments.append(body_tokens(macro.default, token.at))
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
        pending.push(substitute(macro.body, arguments, token.at))
        return True

    def _text(self, token: Token, pending: _Pending, out: list[Token]) -> bool:
        read = argument(pending.ahead(), 0)
        if read is None:
            return self._lacks_argument(token)
        if self.depth > _DEEPEST_TEXT:
            self._fail(MathError("text inside text, too deep", token.at))
            return False
        inner, end = read
        pending.drop(end)
        self.depth += 1
        out.extend(as_text(token, inner, self.expand, self.macros.keys()))
        self.depth -= 1
        return True

    def _define(self, token: Token, pending: _Pending) -> bool:
        found = definition(token, pending.ahead())
        if found is None:
            return self._lacks_argument(token)
        self.macros = {**self.macros, found.name: found.macro}
        self.uses += 1
        pending.drop(found.end)
        return True

    def _physics(self, token: Token, pending: _Pending) -> bool:
        rewritten = PHYSICS[token.text](token, pending.ahead())
        if isinstance(rewritten, MathError):
            self._fail(rewritten)
            return False
        self.uses += 1
        pending.drop(rewritten.end)
        pending.push(rewritten.tokens)
        return True

    def _brace_bare_macros(self, command: Token, pending: _Pending) -> None:
        r"""Put braces around a macro that is an argument, so that ``\frac\R2`` stays itself."""
        ahead = pending.ahead()
        index = 0
        if command.text in WITH_OPTION:
            index = optional_end(ahead, skip_space(ahead, 0)) or 0
        rewritten, changed = ahead[:index], False
        for _ in range(ARITY[command.text]):
            start = skip_space(ahead, index)
            read = argument(ahead, start)
            if read is None:
                break
            token, end = ahead[start], read[1]
            if token.text in self.macros:
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


def _sizes(token: Token) -> bool:
    return token.text in ("\\left", "\\right") or token.text.lstrip("\\").rstrip("lrm") in (
        "big",
        "Big",
        "bigg",
        "Bigg",
    )
