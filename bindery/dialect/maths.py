r"""Maths ahead of everything else: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``.

Formulas are recognised before escapes, emphasis, links and table cells, never inside code.
Currency (``$5 和 $10``) and shell variables (``$HOME``) stay text.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

PIPE = "\ufdd0"  # a noncharacter: stands for "|" inside maths while table rows are split
_SHELL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*[/:;,.\-+\"' ]*")
_IDENTIFIED = re.compile(r"(?P<tail>\s*(?P<attributes>\{[^{}]*\})?\s*)$")
_SPAN = re.compile(r"`+|\\[([]|\\.|\${1,2}")


def use(md: MarkdownIt) -> None:
    """Add the rules for maths to the parser."""
    md.core.ruler.before("block", "protect_pipes", _protect_pipes)
    md.core.ruler.before("inline", "restore_pipes", _restore_pipes)
    alternatives: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("code", "math_block", _math_block, alternatives)
    md.inline.ruler.before("escape", "math_dollar", _dollar)
    md.inline.ruler.before("escape", "math_bracket", _bracket)


def close_of_dollar(source: str, start: int, end: int) -> int:
    """Return where the ``$`` opened at ``start`` closes, or -1 when it is only a dollar sign."""
    if start + 1 >= end or source[start + 1].isspace():
        return -1
    position = start + 1
    while position < end:
        char = source[position]
        if char == "\\":
            position += 2
            continue
        if char == "`" or source.startswith("\n\n", position):
            return -1
        if char == "$":
            return position if _can_close(source, start, position, end) else -1
        position += 1
    return -1


def _can_close(source: str, start: int, position: int, end: int) -> bool:
    body = source[start + 1 : position]
    after = source[position + 1] if position + 1 < end else " "
    if not body or body[-1].isspace() or after.isdigit() or after == "$":
        return False
    shell_like = len(body) > 1 and _SHELL.fullmatch(body)
    return not (shell_like and (after.isascii() and (after.isalpha() or after in "_{")))


def _dollar(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    if source.startswith("$$", start):
        return _fenced(state, silent, "$$", "$$")
    close = close_of_dollar(source, start, state.posMax)
    if close < 0:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = source[start + 1 : close]
        token.meta["offset"] = 1
    state.pos = close + 1
    return True


def _bracket(state: StateInline, silent: bool) -> bool:
    for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]")):
        if state.src.startswith(opening, state.pos):
            return _fenced(state, silent, opening, closing)
    return False


def _fenced(state: StateInline, silent: bool, opening: str, closing: str) -> bool:
    start = state.pos + len(opening)
    close = _find(state.src, closing, start, state.posMax)
    body = state.src[start:close] if close >= 0 else ""
    if not body.strip():
        return False
    if not silent:
        display = opening in ("$$", r"\[")
        token = state.push("math_display" if display else "math_inline", "math", 0)
        token.content = body
        token.meta["offset"] = len(opening)
    state.pos = close + len(closing)
    return True


def _find(source: str, closing: str, start: int, end: int) -> int:
    position = start
    while position < end:
        if source.startswith(closing, position):
            return position
        position += 2 if source[position] == "\\" else 1
    return -1


def _math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    opening = state.src[begin : begin + 2]
    closing = {"$$": "$$", r"\[": r"\]"}.get(opening)
    if closing is None:
        return False
    lines: list[str] = []
    for line in range(start_line, end_line):
        at = state.bMarks[line] + (state.tShift[line] if line == start_line else 0)
        if line > start_line and not state.isEmpty(line) and state.sCount[line] < state.blkIndent:
            return False
        text = state.src[at : state.eMarks[line]]
        text = text[len(opening) :] if line == start_line else text
        close = _find(text, closing, 0, len(text))
        if close >= 0:
            tail = text[close + len(closing) :]
            match = _IDENTIFIED.fullmatch(tail)
            if match is None:
                return False
            lines.append(text[:close])
            break
        lines.append(text)
    else:
        return False
    if not "".join(lines).strip():
        return False
    if silent:
        return True
    state.line = line + 1
    token = state.push("math_block", "math", 0)
    token.block = True
    token.content = "\n".join(lines)
    token.info = match["attributes"] or ""
    token.map = [start_line, state.line]
    return True


def _protect_pipes(state: StateCore) -> None:
    if "|" not in state.src or ("$" not in state.src and "\\(" not in state.src):
        return
    state.src = "\n".join(
        _protect_line(line) if "|" in line and ("$" in line or "\\(" in line) else line
        for line in state.src.split("\n")
    )


def _protect_line(line: str) -> str:
    out: list[str] = []
    position = 0
    while match := _SPAN.search(line, position):
        mark, start = match[0], match.start()
        end = match.end()
        if mark[0] == "`":
            close = line.find(mark, end)
            end = close + len(mark) if close >= 0 else end
        elif mark in (r"\(", r"\[", "$$"):
            closing = {r"\(": r"\)", r"\[": r"\]"}.get(mark, "$$")
            close = _find(line, closing, end, len(line))
            end = close + len(closing) if close >= 0 else end
        elif mark == "$":
            close = close_of_dollar(line, start, len(line))
            end = close + 1 if close >= 0 else end
        out.append(line[position:start])
        span = line[start:end]
        out.append(
            span if mark[0] == "`" else span.replace("|", PIPE) if end > match.end() else span
        )
        position = end
    out.append(line[position:])
    return "".join(out)


def _restore_pipes(state: StateCore) -> None:
    for token in state.tokens:
        if PIPE in token.content:
            token.content = token.content.replace(PIPE, "|")
        if PIPE in token.info:
            token.info = token.info.replace(PIPE, "|")
