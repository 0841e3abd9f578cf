"""Prose that Markdown would read as code, because it is indented."""

from __future__ import annotations

import re

from bindery.dialect.parser import tokens_of
from bindery.han import HAN
from bindery.importer.telling import Telling
from bindery.importer.traced import Traced, joined

_CODE = re.compile(
    r"[{};]\s*$|^\s*(?:(?:def|class|import|from|for|while|if|return|print)\b|#|//|\$|>>>|@|<|\\begin)"
    r"|\w\(.*\)\s*[:;]?\s*$|^\s*[\w.\[\]]+\s*[-+*/]?=\s*\S"
)
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'|#.*$|//.*$")
_WORD = re.compile(r"[A-Za-z]+")


def unindented(text: Traced, telling: Telling) -> Traced:
    """Return the text with Han prose no longer indented as code."""
    if "    " not in text.text and "\t" not in text.text:
        return text
    rows = list(text.lines())
    for token in tokens_of(text.text, 6).blocks:
        if token.type != "code_block" or token.map is None or token.level:
            continue
        first, last = token.map
        block = joined(rows[first:last], "\n")
        if is_prose(block.text):
            telling.repaired(
                "indented-prose",
                "prose that stood indented, and so read as code, begins at the margin",
                (),
                "",
                block.start,
            )
            rows[first:last] = [row.lstrip() for row in rows[first:last]]
    return joined(rows, "\n")


def is_prose(text: str) -> bool:
    """Say whether indented lines are Chinese sentences: Han outside strings and comments."""
    lines = [line for line in text.split("\n") if line.strip()]
    bare = [_STRING.sub("", line) for line in lines]
    if any(_CODE.search(line) for line in bare):
        return False
    han = sum(len(HAN.findall(line)) for line in bare)
    latin = sum(len(m[0]) for line in bare for m in _WORD.finditer(line))
    return han > 0 and all(HAN.search(line) for line in bare) and han >= latin
