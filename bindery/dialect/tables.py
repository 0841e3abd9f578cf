"""Tables: markdown-it's own, whose cells know their columns, and captions after them.

A caption is a line ``: caption {#id}`` right after the table.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token

_PIPE = re.compile(r"\\?\|")


class Cell(NamedTuple):
    """A cell of a row: where its text begins, and where a backslash before ``|`` was removed."""

    start: int
    text: str
    removed: tuple[int, ...]


def use(md: MarkdownIt) -> None:
    """Add the rules for tables and captions to the parser."""
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("fence", "table_caption", _caption, {"alt": ["blockquote", "paragraph"]})


def cells(line: str) -> list[Cell]:
    """Split a row as GFM does: at unescaped pipes, the outer ones belonging to no cell."""
    found: list[Cell] = []
    start = 0
    escapes: list[int] = []
    for match in _PIPE.finditer(line):
        if match[0] != "|":
            escapes.append(match.start())
            continue
        found.append(_cell(line, start, match.start(), escapes))
        start, escapes = match.end(), []
    found.append(_cell(line, start, len(line), escapes))
    if not line[: found[0].start].strip("| ") and not found[0].text and line.lstrip()[:1] == "|":
        found.pop(0)
    if found and not found[-1].text and line.rstrip()[-1:] == "|":
        found.pop()
    return found


def _cell(line: str, start: int, end: int, escapes: list[int]) -> Cell:
    raw = line[start:end]
    begin = start + len(raw) - len(raw.lstrip())
    removed = tuple(at - begin - count for count, at in enumerate(escapes))
    return Cell(begin, raw.strip().replace("\\|", "|"), removed)


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    first = len(state.tokens)
    if not table(state, start_line, end_line, silent):
        return False
    row: list[Cell] = []
    margin = width = index = 0
    for token in state.tokens[first:]:
        if token.type == "tr_open":
            assert token.map is not None
            begin = state.bMarks[token.map[0]] + state.tShift[token.map[0]]
            margin = begin - state.src.rfind("\n", 0, begin)
            row = cells(state.src[begin : state.eMarks[token.map[0]]])
            width, index = width or len(row), 0
            if len(row) > width:
                token.meta = {"excess": row[width].text, "column": margin + row[width].start}
        elif token.type == "inline":
            _place(token, row, index, margin)
            index += 1
    return True


def _place(token: Token, row: list[Cell], index: int, margin: int) -> None:
    if index < len(row) and row[index].text == token.content:
        cell = row[index]
        token.meta = {"column": margin + cell.start, "removed": cell.removed}


def _caption(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: ARG001
    begin = state.bMarks[start_line] + state.tShift[start_line]
    text = state.src[begin : state.eMarks[start_line]]
    if not text.startswith(": ") or not text[2:].strip():
        return False
    if silent:
        return state.parentType == "table"
    if not state.tokens or state.tokens[-1].type != "table_close":
        return False
    state.line = start_line + 1
    token = state.push("table_caption", "caption", 0)
    token.content = text[2:].strip()
    token.map = [start_line, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = token.content, token.map, []
    return True
