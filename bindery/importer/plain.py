r"""Text that must come out as it stands: what Markdown would read as syntax gets a backslash.

First only where it is needed as a rule; then the line is parsed, and if it still reads
differently, every sign that could mean something is escaped.
"""

from __future__ import annotations

import re

from bindery.dialect.parser import tokens_of
from bindery.importer.traced import NOTHING, Traced, joined

_INSIDE = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)      # a backslash that would escape, or open a formula
      | \\(?=begin\{)
      | [`$]
      | \*(?=\S) | (?<=\S)\*
      | (?<!\w)_(?=\S) | (?<=[^\s\w])_ | _(?![\w\s{])
      | ==(?==*) | ~~
      | \[(?=\^|[^\]\n]*\][({\[:]) | (?<=\])[({\[]
      | <(?=[A-Za-z/!?])
      | &(?=\#?\w+;)
      | \{(?=\{c\d)
    """,
    re.VERBOSE,
)
_BEGINNING = re.compile(
    r"[ ]*(?:(?P<mark>\#(?=\#{0,5}(?:\s|$))|[-+*](?=\s|$)|>|:(?=\s|::)|\||={3,}|-{3,}|`{3,}|~{3,})"
    r"|\d{1,9}(?P<dot>[.)])(?=\s|$))"
)
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_BRACE = re.compile(r"[{｛]")


def literal(text: Traced, *, begins: bool = True, title: bool = False) -> Traced:
    """Return Markdown that reads as ``text``; ``begins``: it stands at a block's beginning."""
    if not _SIGN.search(text.text):
        return text
    mild = text.sub(_INSIDE, lambda m: _escaped(text, m.start(), m.end()))
    if title:
        mild = mild.sub(_BRACE, lambda m: "\\" + mild[m.start() : m.end()])
    if begins:
        mild = joined([_line(line) for line in mild.split("\n")], "\n")
    if reads_as(mild.text, text.text, alone=begins):
        return mild
    return text.sub(_SIGN, lambda m: "\\" + text[m.start() : m.end()])


def reads_as(markdown: str, text: str, *, alone: bool = True) -> bool:
    """Say whether Markdown is one paragraph that reads as ``text``, spaces apart."""
    blocks = tokens_of(markdown if alone else "文" + markdown).blocks
    if [token.type for token in blocks] != ["paragraph_open", "inline", "paragraph_close"]:
        return not text.strip()
    children = blocks[1].children or []
    if any(child.type not in ("text", "softbreak", "text_special") for child in children):
        return False
    read = "".join(child.content for child in children if child.type != "softbreak")
    return _solid(read) == _solid(text if alone else "文" + text)


def _solid(text: str) -> str:
    return "".join(text.split())


def _line(line: Traced) -> Traced:
    match = _BEGINNING.match(line.text)
    if match is None:
        return line
    at = match.start("mark") if match["mark"] else match.start("dot")
    return line[:at] + "\\" + line[at:]


def _escaped(text: Traced, start: int, end: int) -> Traced:
    out = NOTHING
    for at in range(start, end):
        out = out + "\\" + text[at : at + 1]
    return out
