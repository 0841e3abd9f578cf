"""Containers: ``::: kind …`` to ``:::``, nested by depth, blind to fences inside.

An inner container may use as many colons as the outer one; a line of ``:::`` inside a fenced
code block does not close anything. An unclosed container ends before the next question and is
marked as such, so that one mistake does not hide the others.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

_OPEN = re.compile(r"(:{3,})[ \t]*(?P<info>[^\s:].*)$")
_GLUED = re.compile(r"(?<=^card)(?=\{)|(?<=^cloze)(?=\{)")
_CLOSE = re.compile(r"(:{3,})[ \t]*$")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]|$)")
_DETAILS = re.compile(
    r"<details(?:\s+open(?:=(?:\"[^\"]*\"|'[^']*'))?)?\s*>\s*"
    r"(?:<summary>(?P<summary>.*?)</summary>)?(?P<rest>.*)$",
    re.IGNORECASE,
)
_DETAILS_END = re.compile(r"(?P<rest>.*?)</details>\s*$", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*<summary>(?P<summary>.*?)</summary>(?P<rest>.*)$", re.IGNORECASE)
_INTERRUPTS: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def use(md: MarkdownIt) -> None:
    """Add the rules for containers to the parser."""
    md.block.ruler.before("fence", "container", _container, _INTERRUPTS)
    md.block.ruler.before("html_block", "details", _details, _INTERRUPTS)


def is_question(state: StateBlock, line: int) -> bool:
    """Say whether a line at the left margin is a heading that ends the question before it."""
    begin = state.bMarks[line]
    match = _HEADING.match(state.src, begin, state.eMarks[line])
    in_margin = begin == 0 or state.src[begin - 1] == "\n"
    return in_margin and match is not None and len(match[1]) <= state.env.get("question_level", 2)


def _container(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    text = _line(state, start_line)
    opening = _OPEN.match(text)
    if opening is None:
        return _stray(state, start_line, silent) if _CLOSE.match(text) else False
    if silent:
        return True
    last, is_closed = _closing_line(state, start_line, end_line, len(opening[1]))
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    token = state.push("container_open", "div", 1)
    token.markup, token.block = opening[1], True
    token.info = _GLUED.sub(" ", opening["info"].strip())
    token.map = [start_line, last]
    token.meta = {"closed": is_closed}
    state.md.block.tokenize(state, start_line + 1, last)
    state.push("container_close", "div", -1).block = True
    state.parentType, state.lineMax = parent, line_max
    state.line = last + 1 if is_closed else last
    return True


def _stray(state: StateBlock, line: int, silent: bool) -> bool:
    if not silent:
        token = state.push("container_stray", "", 0)
        token.map = [line, line + 1]
        state.line = line + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int, length: int) -> tuple[int, bool]:
    """Return the line of the closing marker, or the line where an unclosed container ends."""
    depth, line = 0, start + 1
    while line < end:
        text = _line(state, line)
        if (text and state.sCount[line] < state.blkIndent) or is_question(state, line):
            return line, False
        if match := _FENCE.match(text):
            line = _after_fence(state, line, end, match[1])
            continue
        if _OPEN.match(text):
            depth += 1
        elif (match := _CLOSE.match(text)) and (depth or len(match[1]) >= length):
            if not depth:
                return line, True
            depth -= 1
        line += 1
    return end, False


def _after_fence(state: StateBlock, line: int, end: int, mark: str) -> int:
    """Return the line after a fenced block; an unclosed fence hides nothing."""
    for closing in range(line + 1, end):
        text = _line(state, closing).rstrip()
        if text.startswith(mark) and not text.strip(mark[0]):
            return closing + 1
    return line + 1


def _details(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    r"""``<details>``: what stands inside is Markdown, with or without empty lines around it."""
    if state.is_code_block(start_line):
        return False
    opening = _DETAILS.match(_line(state, start_line))
    if opening is None:
        return False
    if silent:
        return True
    last, closing = _details_end(state, start_line, end_line)
    summary, rest, first = opening["summary"], opening["rest"], start_line + 1
    if summary is None and not rest.strip() and first < last:
        match = _SUMMARY.match(_line(state, first))
        if match:
            summary, rest, first = match["summary"], match["rest"], first + 1
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "details", last
    token = state.push("details_open", "details", 1)
    token.content, token.block, token.map = summary or "", True, [first - 1, last]
    token.meta = {"closed": closing is not None}
    if last == start_line:
        ending = _DETAILS_END.match(rest)
        _paragraph(state, ending["rest"] if ending else rest, start_line)
    else:
        _paragraph(state, rest, first - 1)
        if first < last:
            state.md.block.tokenize(state, first, last)
        _paragraph(state, closing or "", last)
    state.push("details_close", "details", -1).block = True
    state.parentType, state.lineMax = parent, line_max
    state.line = last if closing is None else last + 1
    return True


def _details_end(state: StateBlock, start: int, end: int) -> tuple[int, str | None]:
    """Return the line that holds ``</details>`` and the text before it; None when there is none."""
    depth, line = 0, start
    while line < end:
        text = _line(state, line)
        if line > start and (
            (text and state.sCount[line] < state.blkIndent) or is_question(state, line)
        ):
            return line, None
        if line > start and (match := _FENCE.match(text)):
            line = _after_fence(state, line, end, match[1])
            continue
        depth += len(re.findall(r"<details\b", text, re.IGNORECASE))
        depth -= len(re.findall(r"</details>", text, re.IGNORECASE))
        if depth <= 0:
            ending = _DETAILS_END.match(text)
            return line, ending["rest"] if ending and line > start else ""
        line += 1
    return end, None


def _paragraph(state: StateBlock, text: str, line: int) -> None:
    """Push a paragraph of one line, which shares its line with a tag."""
    if not text.strip():
        return
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text.strip(), [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
