r"""Maths ahead of everything else: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``, ``$`…`$``.

Formulas are recognised before escapes, emphasis, links and table cells, never inside code.
Currency (``$5 和 $10``) and shell variables (``$HOME``) stay text; a delimiter without its
partner next to something that can only be TeX becomes a ``stray_math`` token.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from bindery.dialect.containers import is_question
from bindery.han import HAN

_CLOSERS = {"$$": "$$", r"\(": r"\)", r"\[": r"\]", "$`": "`$"}
_BLOCK_CLOSERS = {"$$": "$$", r"\[": r"\]"}
_OPENING = re.compile(r"\$\$|\\[(\[]|\\.|\$")
_SIGN = rf"[/:;,.\-+\"' ]|{HAN.pattern}"
_SHELL = re.compile(
    rf"\{{?[A-Za-z_]\w*\}}?(?:{_SIGN})*|[A-Z_]{{2,}}(?:\w|{_SIGN})*",
    re.ASCII,
)
_AMOUNT = re.compile(rf"\d[\d,.]*(?:\s*{HAN.pattern}|\s+[A-Za-z]{{2,}}\s)[^=+*/<>^_\\{{}}|]*")
_VARIABLE = re.compile(
    rf"(?:[#?@*!]|\{{[A-Za-z_]\w*\}})(?:{HAN.pattern}|[\"' ,:;/.])[^\\^_{{}}=+*<>]*", re.ASCII
)
_COMMAND = re.compile(r"\\[A-Za-z]|[\^_]")
_IDENTIFIED = re.compile(r"(?P<tail>\s*(?P<attributes>\{[^{}]*\})?\s*)$")
_TEX = re.compile(
    r"\\[A-Za-z]{2,}|[\^_]\{|[A-Za-z0-9)\]}]\^|(?<![A-Za-z0-9_])[A-Za-z]_[A-Za-z0-9](?![\w])",
    re.ASCII,
)
_FAR = 200
_REGION_END = re.compile(rf"[$`]|{HAN.pattern}")
_NEW_BLOCK = re.compile(r"\s*(?:#{1,6}[ \t]|:{3,}|`{3,}|~{3,}|\$\$.*\S|<!--|[-*+][ \t])")


def use(md: MarkdownIt) -> None:
    """Add the rules for maths to the parser."""
    alternatives: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("code", "math_block", _math_block, alternatives)
    md.inline.ruler.before("escape", "math_dollar", _dollar)
    md.inline.ruler.before("escape", "math_bracket", _bracket)


def close_of_dollar(source: str, start: int, end: int) -> int:
    """Return where the ``$`` opened at ``start`` closes, or -1 when it is only a dollar sign."""
    if start + 1 >= end or source[start + 1].isspace():
        return -1
    close = _next_dollar(source, start + 1, end)
    return close if close >= 0 and _can_close(source, start, close, end) else -1


def first_formula(text: str) -> int:
    """Return where the first formula of a plain text begins, or -1."""
    for match in _OPENING.finditer(text):
        start, end = match.end(), len(text)
        if match[0] == "$" and close_of_dollar(text, match.start(), end) >= 0:
            return match.start()
        if match[0] in _CLOSERS and find_unescaped(text, _CLOSERS[match[0]], start, end) > start:
            return match.start()
    return -1


def find_unescaped(source: str, closing: str, start: int, end: int) -> int:
    """Return where ``closing`` stands without a backslash before it, or -1."""
    position = start
    while (found := source.find(closing[0], position, end)) >= 0:
        slash = source.find("\\", position, found)
        if slash >= 0:
            position = slash + 2
        elif source.startswith(closing, found, end):
            return found
        else:
            position = found + (2 if closing[0] == "\\" else 1)
    return -1


def _next_dollar(source: str, start: int, end: int) -> int:
    position = start
    while position < end:
        char = source[position]
        if char == "\\":
            position += 2
            continue
        if char == "`":
            return -1
        if char == "$":
            return position
        position += 1
    return -1


# A sentence's end, or a shell variable before Chinese punctuation: no formula holds them.
_PROSE = re.compile("。|^[A-Z_]{2,}[，；：！？、]")


def _can_close(source: str, start: int, position: int, end: int) -> bool:
    body = source[start + 1 : position]
    after = source[position + 1] if position + 1 < end else " "
    if not body or _ends_in_space(body) or _AMOUNT.fullmatch(body) or _VARIABLE.fullmatch(body):
        return False
    if _PROSE.search(body):
        return False
    if after.isdigit() and not _COMMAND.search(body):  # "$5 和 $10", but "2$\\times$3"
        return False
    if after == "$":  # "$a$$b$" is two formulas, "$a$$" is none
        return _next_dollar(source, position + 2, end) > position + 2
    shell_like = len(body) > 1 and _SHELL.fullmatch(body)
    return not (shell_like and (after.isascii() and (after.isalpha() or after in "_{")))


def _ends_in_space(body: str) -> bool:
    return body[-1].isspace() and not body[:-1].endswith("\\")


def _dollar(state: StateInline, silent: bool) -> bool:
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    if source.startswith("$$", start, state.posMax):
        return _fenced(state, silent, "$$")
    if source.startswith("$`", start, state.posMax):
        return _fenced(state, silent, "$`")
    close = close_of_dollar(source, start, state.posMax)
    if close < 0:
        return _stray_dollar(state, silent)
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = source[start + 1 : close]
        token.meta["offset"] = 1
    state.pos = close + 1
    return True


def _bracket(state: StateInline, silent: bool) -> bool:
    for opening in (r"\(", r"\["):
        if state.src.startswith(opening, state.pos, state.posMax):
            return _fenced(state, silent, opening)
    if state.src.startswith("\\begin{", state.pos, state.posMax):
        return _stray(state, silent, "environment", "\\begin")
    return False


def _fenced(state: StateInline, silent: bool, opening: str) -> bool:
    closing = _CLOSERS[opening]
    start = state.pos + len(opening)
    is_there = state.html_terminator_last(closing) >= start  # cached: no search is made in vain
    close = find_unescaped(state.src, closing, start, state.posMax) if is_there else -1
    body = state.src[start:close] if close >= 0 else ""
    if not body.strip():
        if opening == "$`":
            return False
        region = _region(state.src, start, state.posMax) if close < 0 else ""
        return bool(_TEX.search(region)) and _stray(state, silent, opening, opening.strip("\\"))
    if not silent:
        display = opening in ("$$", r"\[")
        token = state.push("math_display" if display else "math_inline", "math", 0)
        token.content = body
        token.meta["offset"] = len(opening)
    state.pos = close + len(closing)
    return True


def _stray_dollar(state: StateInline, silent: bool) -> bool:
    """Take a ``$`` for a mistake when TeX stands next to it and no partner is in sight."""
    source, start, end = state.src, state.pos, state.posMax
    close = _next_dollar(source, start + 1, end)
    body = source[start + 1 : close] if close >= 0 else ""
    if body and (body[0].isspace() or _ends_in_space(body)):
        region = _region(body, 0, len(body))
        if len(region) == min(len(body), _FAR) and _TEX.search(body):
            return _stray(state, silent, "spaces", source[start : close + 1], close + 1)
    if _TEX.search(_region(source, start + 1, end)):
        return _stray(state, silent, "$", "$")
    before = re.search(r"[^\s$`]*$", source[max(start - 60, 0) : start])
    if before and _TEX.search(_after_han(before[0])) and "\\)" not in before[0]:
        return _stray(state, silent, "closer", "$")
    return False


def _stray(state: StateInline, silent: bool, kind: str, text: str, end: int = 0) -> bool:
    if not silent:
        token = state.push("stray_math", "", 0)
        token.content = text
        token.meta["kind"] = kind
    state.pos = end or state.pos + max(len(text), len(kind) if kind in _CLOSERS else 1)
    return True


def _region(source: str, start: int, end: int) -> str:
    """Return what follows up to Han, code or a dollar sign: as far as a formula could reach."""
    end = min(end, start + _FAR)
    stop = _REGION_END.search(source, start, end)
    return source[start : stop.start() if stop else end]


def _after_han(text: str) -> str:
    return re.split(HAN.pattern, text)[-1]


def _math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    opening = state.src[begin : begin + 2]
    closing = _BLOCK_CLOSERS.get(opening)
    if closing is None:
        return False
    found = _block_body(state, begin + 2, start_line, end_line, closing)
    if found is None:
        return False
    lines, attributes, line = found
    if silent:
        return True
    state.line = line + 1
    token = state.push("math_block", "math", 0)
    token.block = True
    token.content = "\n".join(lines)
    token.info = attributes
    token.map = [start_line, state.line]
    return True


def _block_body(
    state: StateBlock, begin: int, start: int, end: int, closing: str
) -> tuple[list[str], str, int] | None:
    """Return a block formula's lines, the attributes after it, and its last line."""
    lines: list[str] = []
    is_broken = False
    for line in range(start, end):
        at = begin if line == start else state.bMarks[line]
        text = state.src[at : state.eMarks[line]]
        is_empty = line > start and state.isEmpty(line)
        if line > start and not is_empty and state.sCount[line] < state.blkIndent:
            return None
        close = find_unescaped(text, closing, 0, len(text))
        if close >= 0:
            match = _IDENTIFIED.fullmatch(text, close + len(closing))
            lines.append(text[:close])
            is_formula = match is not None and "".join(lines).strip()
            return (lines, match["attributes"] or "", line) if match and is_formula else None
        is_broken = is_broken or (is_empty and bool("".join(lines).strip()))
        if line > start and (is_question(state, line) or (is_broken and _is_prose(text))):
            return None
        lines.append(text)
    return None


def _is_prose(line: str) -> bool:
    """Say whether a line after an empty one belongs to another block, not to the formula."""
    bare = re.sub(r"\\(?:text|mbox)[a-z]*\s*\{[^{}]*\}", "", line)
    return bool(_NEW_BLOCK.match(line)) or "$" in bare or HAN.search(bare) is not None
