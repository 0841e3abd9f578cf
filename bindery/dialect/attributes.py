"""Attributes in braces: ``{#id .class key=value key="value"}``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ID = re.compile(r"[a-z0-9-]{1,64}")
_OPENS = re.compile(r"[{｛]\s*(?:[#.＃．]|[A-Za-z][\w:-]*\s*=|[A-Za-z][\w-]*\s*(?:[}｝]|$)|[}｝])")
_BRACED_WORD = re.compile(r"\{[A-Za-z][\w-]*\}")
_BARE_ID = re.compile(r"""#([^\s{}"'=]+)(?=[\s}])""")
_CLASS = re.compile(r"\.([A-Za-z][\w-]*)(?=[\s}])")
_PAIR = re.compile(
    r"""([A-Za-z][\w:-]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s{}"'=]+))(?=[\s}])""", re.DOTALL
)
_WORD = re.compile(r"[^\s{}]+")
_SPACE = re.compile(r"\s*")
_LONGEST = 1000
_FULL_WIDTH = re.compile("[｛｝＃．＝“”]")


@dataclass(frozen=True, slots=True)
class Attributes:
    """Parsed attributes: id, classes and pairs; ``error`` says what is malformed, if anything.

    ``offset`` is where the fault stands, counted from the beginning of the parsed text.
    """

    id: str = ""
    classes: tuple[str, ...] = ()
    pairs: dict[str, str] = field(default_factory=dict)
    error: str = ""
    offset: int = 0


NONE = Attributes()


def parse_at(text: str, start: int, limit: int | None = None) -> tuple[Attributes, int] | None:
    """Parse attributes that begin at ``start``; return them and the end, or None.

    None means that no attributes stand there. Malformed ones end at their closing brace.
    """
    limit = len(text) if limit is None else limit
    if not _OPENS.match(text, start, limit):
        return None
    piece = text[start : min(limit, start + _LONGEST)]
    attributes, end = _parse(piece)
    if attributes.error:
        attributes = Attributes(error=attributes.error, offset=start + attributes.offset)
    return attributes, start + end


def trailing(text: str) -> tuple[str, Attributes]:
    """Split a heading or info string into its text and the attributes at its end."""
    start = _last_brace(text)
    found = parse_at(text, start) if start >= 0 else None
    if found is None:
        return text, NONE
    return text[:start].rstrip(), found[0]


def _last_brace(text: str) -> int:
    start = max(text.rfind("{"), text.rfind("｛"))
    if start < 0 or (start > 0 and text[start - 1] in "\\^_}$"):
        return -1
    if start > 0 and not text[start - 1].isspace() and _BRACED_WORD.match(text, start):
        return -1  # "f{x}" is text, "title {x}" a mistake
    closing = max(text.find("}", start), text.find("｝", start))
    return start if closing < 0 or not text[closing + 1 :].strip() else -1


def _parse(piece: str) -> tuple[Attributes, int]:
    """Parse a piece that begins with a brace; return the attributes and where they end."""
    close = re.search("[}｝\n]", piece)
    end = close.end() if close and close[0] != "\n" else 1
    if wide := _FULL_WIDTH.search(piece, 0, max(end, 2)):
        return _fault(f'full-width "{wide[0]}"', wide.start()), end
    name, classes, pairs = "", list[str](), dict[str, str]()
    position = 1
    while True:
        space = _SPACE.match(piece, position)
        position = space.end() if space else position
        if position >= len(piece):
            return _fault("the closing brace is missing", 0), end
        if piece[position] == "}":
            break
        if match := _BARE_ID.match(piece, position):
            if name:
                return _fault("two ids", position), end
            name = match[1]
        elif match := _CLASS.match(piece, position):
            classes.append(match[1])
        elif match := _PAIR.match(piece, position):
            if match[1] in pairs:
                return _fault(f"{match[1]} stands twice", position), end
            pairs[match[1]] = next(value for value in match.groups()[1:] if value is not None)
        else:
            return _fault(_explain(piece, position, close is not None), position), end
        position = match.end()
    if not (name or classes or pairs):
        return _fault("nothing inside the braces", 0), position + 1
    return Attributes(name, tuple(classes), pairs), position + 1


def _fault(error: str, offset: int) -> Attributes:
    return Attributes(error=error, offset=offset)


def _explain(piece: str, position: int, closed: bool) -> str:
    line = piece[position:].split("\n", 1)[0]
    if not closed:
        return "the closing brace is missing"
    if line.count('"') % 2:
        return "a quotation mark is missing"
    if re.match(r"[\w:-]*\s*=\s", line) or re.match(r"[\w:-]+\s+=", line):
        return "no spaces around ="
    word = _WORD.match(line)
    if word and re.fullmatch(r"[A-Za-z][\w-]*", word[0]):
        return f'"{word[0]}" is neither an id nor a class'
    return f'cannot read "{word[0] if word else line[0]}"'
