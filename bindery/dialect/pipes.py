"""Pipes inside maths and code: they do not split a table's row."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from bindery.dialect.maths import close_of_dollar, find_unescaped

PIPE = "\ufdd0"  # a noncharacter, which no text may hold: stands for "|" while rows are split
_SPAN = re.compile(r"`+|\\[([]|\\.|\${1,2}")
_CLOSERS = {r"\(": r"\)", r"\[": r"\]", "$$": "$$"}
_FREE = re.compile(r"(?<!\\)\|")


def use(md: MarkdownIt) -> None:
    """Add the rules that hide pipes while blocks are parsed."""
    md.core.ruler.before("block", "protect_pipes", _protect)
    md.core.ruler.before("inline", "restore_pipes", _restore)


def protected(line: str) -> str:
    """Return a line with the pipes of its formulas and code spans replaced by ``PIPE``."""
    if "|" not in line or not ("$" in line or "`" in line or "\\" in line):
        return line
    out: list[str] = []
    position = 0
    while match := _SPAN.search(line, position):
        end = _end_of_span(line, match)
        out.append(line[position : match.start()])
        span = line[match.start() : end]
        if end > match.end():
            span = _FREE.sub(PIPE, span) if span[0] == "`" else span.replace("|", PIPE)
        out.append(span)
        position = end
    out.append(line[position:])
    return "".join(out)


def _end_of_span(line: str, match: re.Match[str]) -> int:
    """Return where the formula or code ends that begins at the match, or the match's end."""
    mark, end = match[0], match.end()
    if mark[0] == "`":
        close = re.compile(rf"(?<!`){mark}(?!`)").search(line, end)
        return close.end() if close else end
    if mark in _CLOSERS:
        at = find_unescaped(line, _CLOSERS[mark], end, len(line))
        return at + len(_CLOSERS[mark]) if at >= 0 else end
    if mark == "$":
        at = close_of_dollar(line, match.start(), len(line))
        return at + 1 if at >= 0 else end
    return end


def _protect(state: StateCore) -> None:
    if "|" in state.src:
        state.src = "\n".join(protected(line) for line in state.src.split("\n"))


def _restore(state: StateCore) -> None:
    for token in state.tokens:
        if PIPE in token.content:
            token.content = token.content.replace(PIPE, "|")
        if PIPE in token.info:
            token.info = token.info.replace(PIPE, "|")
        if "excess" in token.meta:
            token.meta["excess"] = token.meta["excess"].replace(PIPE, "|")
