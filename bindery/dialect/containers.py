"""Containers: ``::: kind …`` to ``:::``, nested by depth, blind to fences inside.

An inner container may use as many colons as the outer one; a line of ``:::`` inside a fenced
code block does not close anything. An unclosed container is kept and marked as such.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

_OPEN = re.compile(r"(:{3,})[ \t]*(?P<info>[^\s:].*)$")
_CLOSE = re.compile(r"(:{3,})[ \t]*$")
_FENCE = re.compile(r"(`{3,}|~{3,})")


def use(md: MarkdownIt) -> None:
    """Add the rule for containers to the parser."""
    alternatives: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "container", _container, alternatives)


def _container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    opening = _OPEN.match(_line(state, start_line))
    if opening is None:
        return False
    if silent:
        return True
    close = _closing_line(state, start_line, end_line, len(opening[1]))
    last = end_line if close is None else close
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    token = state.push("container_open", "div", 1)
    token.markup, token.info, token.block = opening[1], opening["info"].strip(), True
    token.map = [start_line, last]
    token.meta = {"closed": close is not None}
    state.md.block.tokenize(state, start_line + 1, last)
    state.push("container_close", "div", -1).block = True
    state.parentType, state.lineMax = parent, line_max
    state.line = last if close is None else close + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int, length: int) -> int | None:
    depth, fence = 0, ""
    for line in range(start + 1, end):
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return None
        if fence:
            stripped = text.strip()
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
            continue
        if match := _FENCE.match(text):
            fence = match[1]
        elif _OPEN.match(text):
            depth += 1
        elif (match := _CLOSE.match(text)) and (depth or len(match[1]) >= length):
            if not depth:
                return line
            depth -= 1
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
