"""Fenced code: markdown-it's own rule, except where the fence is never closed.

CommonMark lets an unclosed fence swallow the rest of the file. Here it ends before the next
question, marked as unclosed, so that one mistake does not hide the others.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence

from bindery.dialect.containers import is_question


def use(md: MarkdownIt) -> None:
    """Add the rule for fences to the parser."""
    md.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})


def _fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if not fence(state, start_line, end_line, silent):
        return False
    if silent:
        return True
    token = state.tokens[-1]
    last = state.line - 1
    begin = state.bMarks[last] + state.tShift[last]
    line = state.src[begin : state.eMarks[last]].rstrip()
    is_mark = line.startswith(token.markup) and not line.strip(token.markup[0])
    is_closed = is_mark and last > start_line and not state.is_code_block(last)
    token.meta = {"closed": is_closed}
    if is_closed:
        return True
    for stop in range(start_line + 1, state.line):
        if is_question(state, stop) and state.isEmpty(stop - 1):
            state.line = stop
            token.content = state.getLines(start_line + 1, stop, state.sCount[start_line], True)
            token.map = [start_line, stop]
            break
    return True
