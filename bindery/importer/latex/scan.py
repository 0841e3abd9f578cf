"""Finding one's way in LaTeX: groups, arguments, environments, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bindery.importer.traced import Traced, joined

VERBATIM = (
    "verbatim",
    "Verbatim",
    "lstlisting",
    "minted",
    "alltt",
    "code",
    "tcblisting",
    "comment",
)
_VERBATIM = "|".join(VERBATIM)
_COMMENT = re.compile(
    rf"\\begin\{{(?P<env>(?:{_VERBATIM})\*?)\}}.*?\\end\{{(?P=env)\}}"
    r"|\\(?:verb|lstinline)\*?(?P<bar>[^A-Za-z\s*{])[^\n]*?(?P=bar)"
    r"|\\[\\%]|(?P<note>%[^\n]*)",
    re.DOTALL,
)
_ENVIRONMENT = re.compile(r"\\(?P<side>begin|end)[ \t]*\{(?P<name>[^{}\n]*)\}")


@dataclass(frozen=True, slots=True)
class Group:
    """An argument: the offsets of its inside and the offset after it."""

    start: int
    stop: int
    end: int


def without_comments(text: Traced) -> tuple[Traced, tuple[Traced, ...]]:
    """Return the text without its comments, and the comments."""
    parts: list[Traced] = []
    found: list[Traced] = []
    position = 0
    for match in _COMMENT.finditer(text.text):
        if match["note"] is not None:
            parts.append(text[position : match.start()])
            found.append(text[match.start() : match.end()])
            position = match.end()
    return joined([*parts, text[position:]]), tuple(found)


def group(text: str, at: int, opening: str = "{", closing: str = "}") -> Group | None:
    """Return the argument that begins at ``at``, after space; None when there is none."""
    start = at
    while start < len(text) and text[start] in " \t\n":
        start += 1
    if not text.startswith(opening, start) or text[at:start].count("\n") > 1:
        return None
    depth, position = 0, start
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char in {"{", opening}:
            depth += 1
        elif char in {"}", closing}:
            depth -= 1
            if depth == 0:
                return Group(start + 1, position, position + 1)
        position += 1
    return None


def option(text: str, at: int) -> Group | None:
    """Return the optional argument, between brackets, that begins at ``at``."""
    return group(text, at, "[", "]") if text[at : at + 1] == "[" else None


def environment_end(text: str, name: str, at: int) -> tuple[int, int]:
    r"""Return where ``\end{name}`` begins and ends, from ``at`` inside it; (-1, -1): nowhere."""
    if name.rstrip("*") in VERBATIM:
        found = text.find(f"\\end{{{name}}}", at)
        return (found, found + len(f"\\end{{{name}}}")) if found >= 0 else (-1, -1)
    depth = 1
    for match in _ENVIRONMENT.finditer(text, at):
        if match["name"] == name:
            depth += 1 if match["side"] == "begin" else -1
            if depth == 0:
                return match.start(), match.end()
    return -1, -1


def split_top(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield where the pattern matches outside groups, environments, formulas and listings."""
    position = 0
    while position < len(text):
        char = text[position]
        if match := pattern.match(text, position):
            yield match.span()
            position = max(match.end(), position + 1)
        elif char == "\\":
            opened = _ENVIRONMENT.match(text, position)
            if opened and opened["side"] == "begin":
                end = environment_end(text, opened["name"], opened.end())[1]
                position = end if end > 0 else opened.end()
            else:
                position += 2
        elif char == "{":
            inner = group(text, position)
            position = inner.end if inner else position + 1
        elif char == "$":
            close = text.find("$", position + 1)
            position = close + 1 if close > 0 else position + 1
        else:
            position += 1
