"""A limit to nesting: deeper than anybody reads, but named instead of dropped."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock

DEEPEST = 40
"""Levels of markdown-it's blocks; a list in a list is two."""


def use(md: MarkdownIt) -> None:
    """Add the rule that stops at the limit."""
    never: RuleOptionsType = {"alt": []}
    md.block.ruler.before("table", "too_deep", _too_deep, never)


def _too_deep(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    if silent or state.level < DEEPEST:
        return False
    token = state.push("too_deep", "", 0)
    token.map = [start_line, end_line]
    state.line = end_line
    return True
