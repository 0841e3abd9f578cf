"""The author's own macros: found in the source, and written out where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bindery.importer.latex.scan import group, option
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined

_DEFINITION = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|DeclareRobustCommand)\*?[ \t]*"
    r"(?:\{[ \t]*\\(?P<braced>[A-Za-z]+)[ \t]*\}|\\(?P<bare>[A-Za-z]+))[ \t]*(?:\[(?P<count>\d)\])?"
    r"|\\DeclareMathOperator(?P<star>\*?)[ \t]*\{[ \t]*\\(?P<operator>[A-Za-z]+)[ \t]*\}"
    r"|\\def[ \t]*\\(?P<def>[A-Za-z]+)(?P<params>(?:#\d)*)(?=\{)"
)
_PARAMETER = re.compile(r"#(\d)")
_USE = re.compile(r"\\([A-Za-z]+)[ \t]*")
_DEEPEST = 8
_LARGEST = 20_000


@dataclass(frozen=True, slots=True)
class Macro:
    """A macro: how many arguments it takes, what the first is when left out, its body."""

    count: int
    default: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a macro is defined: its name, the macro, and the stretch of the definition."""

    name: str
    macro: Macro
    start: int
    end: int


def definitions(text: str) -> Iterator[Definition]:
    """Yield the macros that a text defines."""
    for match in _DEFINITION.finditer(text):
        name = match["braced"] or match["bare"] or match["operator"] or match["def"]
        first = option(text, match.end()) if match["count"] else None
        body = group(text, first.end if first else match.end())
        if body is None:
            continue
        inside = text[body.start : body.stop]
        if match["operator"]:
            inside = f"\\operatorname{match['star']}{{{inside}}}"
        count = int(match["count"] or 0) or len(match["params"] or "") // 2
        default = text[first.start : first.stop] if first else None
        yield Definition(name, Macro(count, default, inside), match.start(), body.end)


def expanded(text: Traced, macros: Mapping[str, Macro], telling: Telling) -> Traced:
    """Return the text with the author's macros written out, inside each other too."""
    for _ in range(_DEEPEST):
        now = _once(text, macros, telling)
        if now is text or len(now) > len(text) + _LARGEST:
            return text if len(now) > len(text) + _LARGEST else now
        text = now
    return text


def _once(text: Traced, macros: Mapping[str, Macro], telling: Telling) -> Traced:
    parts: list[Traced | str] = []
    position = 0
    told: list[tuple[str, Traced, str]] = []
    for match in _USE.finditer(text.text):
        macro = macros.get(match[1])
        if macro is None or match.start() < position or _is_escaped(text.text, match.start()):
            continue
        name_end = match.start() + 1 + len(match[1])
        found = _arguments(text, macro, name_end)
        if found is None:
            continue
        arguments, end = found
        new = _body(macro, arguments)
        kept = {at for piece in arguments for at in piece.at if at >= 0} & set(new.at)
        whole = text[match.start() : end]
        gone = joined(whole[n : n + 1] for n, at in enumerate(whole.at) if at not in kept)
        letters = "".join(c for c, at in zip(new.text, new.at, strict=True) if at < 0)
        told.append((match[1], gone, letters))
        parts += [text[position : match.start()], new]
        position = end
    if not parts or len(text) + sum(len(p) for p in parts) > len(text) * 2 + _LARGEST:
        return text
    for name, gone, letters in told:
        what = f"the macro \\{name} written out"
        telling.repaired("macro", what, gone, letters, max(gone.start, 0))
    return joined([*parts, text[position:]])


def _is_escaped(text: str, at: int) -> bool:
    slashes = len(text[:at]) - len(text[:at].rstrip("\\"))
    return slashes % 2 == 1


def _arguments(text: Traced, macro: Macro, at: int) -> tuple[list[Traced], int] | None:
    found: list[Traced] = []
    position = at
    if macro.default is not None:
        first = option(text.text, position)
        if first:
            found.append(text[first.start : first.stop])
            position = first.end
        else:
            found.append(Traced(macro.default, (-1,) * len(macro.default)))
    while len(found) < macro.count:
        inner = group(text.text, position)
        if inner is None:
            return None
        found.append(text[inner.start : inner.stop])
        position = inner.end
    return found, position


def _body(macro: Macro, arguments: list[Traced]) -> Traced:
    """Return the macro's body with its arguments; each keeps its place in the source once."""
    parts: list[Traced | str] = []
    used: set[int] = set()
    position = 0
    for match in _PARAMETER.finditer(macro.body):
        index = int(match[1]) - 1
        if index >= len(arguments):
            continue
        parts.append(macro.body[position : match.start()])
        parts.append(arguments[index].text if index in used else arguments[index])
        used.add(index)
        position = match.end()
    return joined([*parts, macro.body[position:]])
