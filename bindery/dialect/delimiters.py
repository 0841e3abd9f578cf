"""Emphasis next to Han: flanking that treats Chinese punctuation like letters.

CommonMark reads ``**重点：**因为`` as text, because a delimiter between punctuation and a
letter does not close. The amendment of markdown-cjk-friendly (Tats-u, 2024) applies the
punctuation clause to non-CJK punctuation only, and lets a CJK neighbour satisfy it.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import Delimiter, Scanned, StateInline
from markdown_it.token import Token

from bindery.han import HAN

_MARK = "="
_WORD = re.compile(r"[A-Za-z0-9_]")
_ENDS = re.compile(r"[A-Za-z0-9_)\]}'\"]")
_BEGINS = re.compile(r"[A-Za-z0-9_(\[{'\"]")


class PlacedState(StateInline):
    """Inline state whose tokens remember where they began, and that knows Han."""

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Push a token; ``meta["pos"]`` is its offset in the inline's content."""
        token = super().push(ttype, tag, nesting)
        if nesting >= 0 and ttype != "text":
            token.meta = {"pos": self.pos}
        return token

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """Scan a run of markers at ``start``; say whether it can open or close emphasis."""
        source = self.src
        end = start
        while end < self.posMax and source[end] == source[start]:
            end += 1
        before = source[start - 1] if start > 0 else " "
        after = source[end] if end < self.posMax else " "
        space_before, space_after = isWhiteSpace(ord(before)), isWhiteSpace(ord(after))
        punct_before, punct_after = _is_punctuation(before), _is_punctuation(after)
        han_before, han_after = bool(HAN.match(before)), bool(HAN.match(after))
        left = not space_after and (
            not punct_after or han_after or space_before or punct_before or han_before
        )
        right = not space_before and (
            not punct_before or han_before or space_after or punct_after or han_after
        )
        return Scanned(
            left and (canSplitWord or not right or punct_before),
            right and (canSplitWord or not left or punct_after),
            end - start,
        )


class HanInline(ParserInline):
    """The inline parser with ``PlacedState``; nothing is patched for other users."""

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        """Parse ``src`` into ``tokens``."""
        state = PlacedState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def mark(state: StateInline, silent: bool) -> bool:
    """``==…==``; between two ASCII words (``x==y``) it stays text.

    After a word or a closing bracket and before an opening one (``f(x)==(y)``) it may close
    a mark, but never opens one.
    """
    if state.src[state.pos] != _MARK or silent:
        return False
    scanned = state.scanDelims(state.pos, True)
    if scanned.length != 2:
        if scanned.length > 2:
            state.append_pending(_MARK * scanned.length)
            state.pos += scanned.length
            return True
        return False
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[state.pos + 2] if state.pos + 2 < state.posMax else " "
    if _WORD.match(before) and _WORD.match(after):
        state.append_pending("==")
        state.pos += 2
        return True
    compares = bool(_ENDS.match(before) and _BEGINS.match(after))
    token = state.push("text", "", 0)
    token.content = "=="
    token.meta = {"pos": state.pos}
    state.delimiters.append(
        Delimiter(
            marker=ord(_MARK),
            length=0,
            token=len(state.tokens) - 1,
            end=-1,
            open=scanned.can_open and not compares,
            close=scanned.can_close or compares,
        )
    )
    state.pos += 2
    return True


def mark_pairs(state: StateInline) -> None:
    """Turn matched ``==`` delimiters into ``mark_open``/``mark_close``."""
    lists = [state.delimiters]
    lists += [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for delimiters in lists:
        for opener in delimiters:
            if opener.marker != ord(_MARK) or opener.end == -1:
                continue
            closer = delimiters[opener.end]
            for index, kind, nesting in ((opener.token, "open", 1), (closer.token, "close", -1)):
                token = state.tokens[index]
                token.type, token.tag, token.markup, token.content = (
                    f"mark_{kind}",
                    "mark",
                    "==",
                    "",
                )
                token.nesting = 1 if nesting > 0 else -1
        for delimiter in delimiters:
            token = state.tokens[delimiter.token]
            if delimiter.marker == ord(_MARK) and token.type == "text":
                token.type = "stray_mark"


def _is_punctuation(char: str) -> bool:
    return bool(isMdAsciiPunct(ord(char)) or isPunctChar(char))
