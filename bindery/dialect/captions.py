"""Captions of tables: a line ``: caption {#id}`` right after the table."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock


def use(md: MarkdownIt) -> None:
    """Add the rule for captions to the parser."""
    md.block.ruler.before("fence", "table_caption", _caption, {"alt": ["blockquote", "paragraph"]})


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
