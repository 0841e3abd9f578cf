"""The front matter of other programs: title and tags are taken over, the rest is listed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, joined

_KEY = re.compile(r"(?P<key>[A-Za-z][\w-]*)\s*:(?:\s+(?P<value>.*))?$")
_ITEM = re.compile(r"\s*-\s+(?P<value>.*)$")
_TAGS = ("tags", "tag", "categories", "category", "keywords")
_LONGEST = 200
_QUOTES = "\"' \t"


@dataclass(frozen=True, slots=True)
class Matter:
    """What front matter gives: a title (may be empty) and tags; the text without it."""

    title: Traced
    tags: tuple[str, ...]
    rest: Traced


def split(text: Traced, telling: Telling) -> Matter:
    """Split front matter off a text."""
    lines = text.lines()
    first = next((n for n, line in enumerate(lines) if line.text.strip()), 0)
    if lines[first].text.rstrip() != "---":
        return Matter(NOTHING, (), text)
    limit = min(len(lines), first + _LONGEST)
    end = next((n for n in range(first + 1, limit) if lines[n].text.rstrip() in ("---", "...")), 0)
    inside = lines[first + 1 : end]
    if not end or not _looks_like_yaml(inside):
        return Matter(NOTHING, (), text)
    title, tags = _values(inside, telling)
    for mark in (lines[first], lines[end]):
        telling.repaired("front-matter", "the marks of the front matter left out", mark)
    return Matter(title, tags, joined(lines[end + 1 :], "\n"))


def _looks_like_yaml(lines: tuple[Traced, ...]) -> bool:
    known = [line.text for line in lines if line.text.strip()]
    return bool(known) and all(
        _KEY.match(line) or _ITEM.match(line) or line[:1] in " \t#" for line in known
    )


def _values(lines: tuple[Traced, ...], telling: Telling) -> tuple[Traced, tuple[str, ...]]:
    title = NOTHING
    tags: list[str] = []
    key = ""
    for line in lines:
        match = _KEY.match(line.text)
        if match:
            key = match["key"].lower()
        start = match.start("value") if match and match["value"] else -1
        if key == "title" and match and start >= 0 and not title:
            title = line[start:].strip(_QUOTES)
            cut = start + line.text[start:].find(title.text)
            _mark(telling, "title", line[:cut] + line[cut + len(title) :], "")
        elif key in _TAGS:
            item = _ITEM.match(line.text)
            value = line.text[start:] if start >= 0 else (item["value"] if item else "")
            found = [t for piece in _pieces(value) if (t := _tag(piece))]
            tags += found
            _mark(telling, key, line, " ".join(found))
        else:
            why = f'front matter that notes do not have: "{key}"' if key else "front matter"
            telling.drop("front-matter", why, line)
    return title, tuple(dict.fromkeys(tags))


def _mark(telling: Telling, key: str, gone: Traced, now: str) -> None:
    if gone.text.strip():
        telling.repaired("front-matter", f"{key} of the front matter taken over", gone, now)


def _pieces(value: str) -> list[str]:
    return re.split(r"[,，;；]", value.strip().strip("[]"))


def _tag(piece: str) -> str:
    return "-".join(re.sub(r"[\[\]{}\"'#:]", " ", piece).split())
