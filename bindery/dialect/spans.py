"""Inline pieces of our own: ``{{c1::…::hint}}``, ``[…]{.term}``, ``[^note]`` and attributes."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from bindery.dialect.attributes import Attributes, parse_at
from bindery.dialect.maths import close_of_dollar, find_unescaped

_GAP = re.compile(r"\{\{c(\d+)::")
_NOTE = re.compile(r"\[\^([^\]\s]+)\]")
_SPACED = re.compile(r"\(\s*(?P<src>[^()<>\"\n]*[^()<>\"\s])(?:\s+\"(?P<title>[^\"\n]*)\")?\s*\)")
_TAKES_ATTRIBUTES = ("image", "link_close")


def use(md: MarkdownIt) -> None:
    """Add the rules for spans, gaps, footnote calls and inline attributes."""
    md.inline.ruler.before("escape", "gap", _gap)
    md.inline.ruler.before("link", "footnote_call", _footnote_call)
    md.inline.ruler.after("image", "spaced_image", _spaced_image)
    md.inline.ruler.after("spaced_image", "span", _span)
    md.inline.ruler.after("span", "attributes", _attributes)


def _gap(state: StateInline, silent: bool) -> bool:
    match = _GAP.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    start, limit = match.end(), state.posMax
    is_there = state.html_terminator_last("}}") >= start
    close, hint = _gap_end(state.src, start, limit) if is_there else (-1, 0)
    if close < 0:
        if not silent:
            state.push("stray_gap", "", 0).content = match[0]
        state.pos = start
        return True
    if not silent:
        token = state.push("gap_open", "gap", 1)
        token.meta.update(ordinal=int(match[1]), hint=state.src[hint + 2 : close] if hint else "")
        state.pos, state.posMax = start, hint or close
        state.md.inline.tokenize(state)
        state.push("gap_close", "gap", -1)
        state.posMax = limit
    state.pos = close + 2
    return True


def _gap_end(source: str, start: int, limit: int) -> tuple[int, int]:
    """Find ``}}`` of a gap and the ``::`` of its hint (0: none), passing over maths and code."""
    position, depth, hint = start, 0, 0
    while position < limit:
        char = source[position]
        if char == "\\":
            position = _past_bracket(source, position, limit)
            continue
        if char == "$":
            position = _past_dollars(source, position, limit)
            continue
        if source.startswith("](", position):
            close = source.find(")", position, limit)
            position = close + 1 if close >= 0 else position + 2
            continue
        if char == "`":
            close = source.find("`", position + 1, limit)
            position = close + 1 if close >= 0 else position + 1
            continue
        if source.startswith("{{c", position):
            depth += 1
            position += 3
            continue
        if source.startswith("}}", position):
            if not depth:
                return position, hint
            depth -= 1
            position += 2
            continue
        if source.startswith("::", position) and not depth and not hint:
            hint = position
        position += 1
    return -1, 0


def _past_dollars(source: str, position: int, limit: int) -> int:
    if source.startswith("$$", position):
        close = find_unescaped(source, "$$", position + 2, limit)
        return close + 2 if close >= 0 else position + 2
    close = close_of_dollar(source, position, limit)
    return close + 1 if close >= 0 else position + 1


def _past_bracket(source: str, position: int, limit: int) -> int:
    for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]")):
        if source.startswith(opening, position):
            close = find_unescaped(source, closing, position + 2, limit)
            return close + 2 if close >= 0 else position + 2
    return position + 2


def _footnote_call(state: StateInline, silent: bool) -> bool:
    match = _NOTE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("footnote_call", "", 0).content = match[1]
    state.pos = match.end()
    return True


def _spaced_image(state: StateInline, silent: bool) -> bool:
    """``![…](a file.png "title")``: CommonMark wants angle brackets around such a path."""
    if not state.src.startswith("![", state.pos, state.posMax):
        return False
    end = state.md.helpers.parseLinkLabel(state, state.pos + 1, False)
    match = _SPACED.match(state.src, end + 1, state.posMax) if end >= 0 else None
    if match is None:
        return False
    if not silent:
        alt = state.src[state.pos + 2 : end]
        token = state.push("image", "img", 0)
        token.content, token.children = alt, state.md.inline.parse(alt, state.md, state.env, [])
        token.attrs = {"src": match["src"], "title": match["title"] or ""}
    state.pos = match.end()
    return True


def _span(state: StateInline, silent: bool) -> bool:
    start, limit = state.pos, state.posMax
    if state.src[start] != "[":
        return False
    end = state.md.helpers.parseLinkLabel(state, start)
    if end < 0:
        return False
    found = parse_at(state.src, end + 1, limit)
    if found is None:
        return False
    attributes, after = found
    if not silent:
        token = state.push("span_open", "span", 1)
        token.meta.update(attributes=attributes, opening=end + 1)
        state.pos, state.posMax = start + 1, end
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("span_close", "span", -1)
    state.pos, state.posMax = after, limit
    return True


def _attributes(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "{" or state.pending or not state.tokens:
        return False
    if state.tokens[-1].type not in _TAKES_ATTRIBUTES:
        return False
    found = parse_at(state.src, state.pos, state.posMax)
    if found is None:
        return False
    attributes, after = found
    if not silent:
        target = state.tokens[-1]
        first = _first(target.meta, attributes)
        target.meta = {**target.meta, "attributes": first, "opening": state.pos}
    state.pos = after
    return True


def _first(meta: dict[str, object], attributes: Attributes) -> Attributes:
    earlier = meta.get("attributes")
    return earlier if isinstance(earlier, Attributes) and earlier.error else attributes
