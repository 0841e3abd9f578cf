"""Attributes in braces: ``{#id .class key=value key="value"}``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mdit_py_plugins.attrs.parse import ParseError, parse

ID = re.compile(r"[a-z0-9-]{1,64}")
_OPENS = re.compile(r"\{\s*(?:[#.]|[A-Za-z][\w:-]*\s*=|[A-Za-z][\w-]*\s*\}|\})")


@dataclass(frozen=True, slots=True)
class Attributes:
    """Parsed attributes: id, classes and pairs; ``error`` says what is malformed, if anything."""

    id: str = ""
    classes: tuple[str, ...] = ()
    pairs: dict[str, str] = field(default_factory=dict)
    error: str = ""
    offset: int = 0


NONE = Attributes()
_PERCENT = re.compile(r"=(\d+(?:\.\d+)?%)(?=[\s}])")
_LONGEST = 1000


def parse_attributes(text: str) -> Attributes:
    """Parse ``text``, which begins with ``{``; trailing characters are malformed."""
    found = parse_at(text, 0)
    if found is None:
        return Attributes(error="cannot be read")
    attributes, end = found
    if not attributes.error and text[end:].strip():
        return Attributes(error="text after the closing brace", offset=end)
    return attributes


def parse_at(text: str, start: int) -> tuple[Attributes, int] | None:
    """Parse attributes that begin at ``start``; return them and the end, or None."""
    if not _OPENS.match(text, start):
        return None
    piece = text[start : start + _LONGEST]
    quoted = _PERCENT.sub(r'="\1"', piece)  # "width=50%" is common, and "%" opens a comment
    try:
        end, found = parse(quoted)
    except ParseError as error:
        close = piece.find("}")
        end = close + 1 if close >= 0 else len(piece)
        offset = start + min(error.pos, end - 1)
        return Attributes(error=_explain(piece[:end]), offset=offset), start + end
    end += 1 - 2 * len(_PERCENT.findall(piece, 0, end + 1))
    return _of(found, piece[:end]), start + end


def trailing(text: str) -> tuple[str, Attributes]:
    """Split a heading or info string into its text and the attributes at its end."""
    start = _last_brace(text)
    if start < 0 or not _OPENS.match(text, start):
        return text, NONE
    attributes = parse_attributes(text[start:].rstrip())
    if attributes.error:
        shifted = Attributes(error=attributes.error, offset=start + attributes.offset)
        return text[:start].rstrip(), shifted
    return text[:start].rstrip(), attributes


def _last_brace(text: str) -> int:
    start = text.rfind("{")
    if start < 0 or (start > 0 and text[start - 1] in "\\^_}$"):
        return -1
    if start > 0 and not text[start - 1].isspace() and not _OPENS.match(text, start):
        return -1
    closing = text.find("}", start)
    return start if closing < 0 or not text[closing + 1 :].strip() else -1


def _of(found: dict[str, str], text: str) -> Attributes:
    pairs = dict(found)
    identity = pairs.pop("id", "")
    classes = tuple(pairs.pop("class", "").split())
    if not (identity or classes or pairs):
        bare = re.fullmatch(r"\{\s*([A-Za-z][\w-]*)\s*\}", text.strip())
        name = bare[1] if bare else ""
        error = f'"{name}" is neither an id nor a class' if name else "nothing inside the braces"
        return Attributes(error=error)
    return Attributes(id=identity, classes=classes, pairs=pairs)


def _explain(text: str) -> str:
    if "}" not in text:
        return "the closing brace is missing"
    if text.count('"') % 2:
        return "a quotation mark is missing"
    return "cannot be read"
