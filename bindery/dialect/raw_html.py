"""Blocks of raw HTML: comments, the fold of an answer, and what the allow-list lets pass."""

from __future__ import annotations

import re

from markdown_it.token import Token

from bindery.dialect import html
from bindery.dialect.context import Context
from bindery.model import Blocks, HtmlBlock

_MORE = re.compile(r"<!--\s*more\s*-->")


def is_more(token: Token) -> bool:
    """Say whether a token is ``<!-- more -->``."""
    return token.type == "html_block" and bool(_MORE.fullmatch(token.content.strip()))


def build(token: Token, context: Context) -> Blocks:
    """Build a block of raw HTML; comments give none."""
    locator = context.locator
    if is_more(token):
        context.error(
            locator.line(token),
            "misplaced-more",
            "<!-- more --> where no answer can be folded",
            "one a question, at the left margin, after the short answer",
        )
    text = html.without_comments(token.content)
    if not text.strip():
        return ()
    if "<!--" in text:
        context.error(
            locator.line(token),
            "unclosed-comment",
            "a comment that is never closed hides the rest",
            "end it with -->",
        )
        return ()
    cleaned, faults = html.clean_block(token.content)
    start = token.map[0] if token.map else 0
    lines = token.content.split("\n")
    for fault in faults:
        source = locator.row_text(start + fault.row)
        column = len(source) - len(lines[fault.row]) + fault.column + 1
        context.error(locator.row(start + fault.row, column), fault.code, fault.message, fault.hint)
    return (HtmlBlock(cleaned),)
