"""Fenced code: language, caption and id of its info string; formulas in ``math`` fences."""

from __future__ import annotations

import re

from markdown_it.token import Token

from bindery.diagnostics import Place
from bindery.dialect.context import Context
from bindery.highlight import knows, languages
from bindery.model import CodeBlock, MathBlock
from bindery.suggest import did_you_mean

_TITLE = re.compile(r'\btitle\s*=\s*"([^"]*)"|\btitle\s*=\s*(\S+)')
_KEYS = frozenset({"title"})


def build(token: Token, context: Context) -> CodeBlock | MathBlock:
    """Build a fenced or indented block of code, or the formula of a ``math`` fence."""
    place = context.locator.line(token)
    if token.type == "code_block":
        return CodeBlock(token.content, "", "", place)
    if not token.meta["closed"]:
        context.error(
            place,
            "unclosed-fence",
            "a fenced code block that is never closed",
            f"close it with {token.markup}",
        )
    info = token.info.strip()
    info_place = context.info_place(token)
    rest, found = context.attributes(info, info_place, _KEYS)
    match = _TITLE.search(rest)
    caption = (match[1] or match[2] or "") if match else found.pairs.get("title", "")
    words = (_TITLE.sub(" ", rest) if match else rest).split()
    language = "" if match and rest.startswith("title") else (words.pop(0) if words else "")
    if words:
        context.warn(
            info_place,
            "unknown-fence-info",
            f'"{" ".join(words)}" after the language has no meaning here',
            'write ```language title="caption" {#id}',
        )
    if language == "math":
        tex, start, columns = context.locator.block_text(token, 1)
        return MathBlock(tex, start, found.id, columns)
    _check_language(language, info_place, context)
    return CodeBlock(token.content, language, caption, place, found.id)


def _check_language(language: str, place: Place, context: Context) -> None:
    if knows(language):
        return
    context.warn(
        place,
        "unknown-language",
        f'unknown language "{language}": the listing gets no colours',
        did_you_mean(language.lower(), languages()) or "any language that Pygments knows, or text",
    )
