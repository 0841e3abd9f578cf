"""The places inside a file that its own links lead to, and the ids that notes get for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from bindery.dialect.attributes import ID, trailing
from bindery.digest import digest
from bindery.importer.wild import titles
from bindery.importer.wild.lines import Page
from bindery.importer.wild.outline import Outline, Part

_LINK = re.compile(r"\]\(#([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)|href\s*=\s*[\"']?#([^\"'\s>]+)")
_PLACE = re.compile(r"""<[A-Za-z][^>]*?\b(?:id|name)\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?:^:[ ].*|\$\$[ ]*|\][ ]*|\)|^ {0,3}[`~]{3,}.*)"
    r"\{[^{}]*#([a-z0-9-]{1,64})(?=[\s}])[^{}]*\}\s*$"
)
_GITHUB = re.compile(r"[^\w\- ]")
_POSITION = re.compile(
    r"(?:(?:q|question|item|heading|header|section|sec|h|ch|chapter|id|toc|no|t|a)?[-_]?)?[\d._-]*",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[a-z][a-z0-9]*")
_SLUG = 40


@dataclass(frozen=True, slots=True)
class Anchors:
    """``ids`` gives the id of the note that a name leads to, ``own`` a part's id by its line.

    ``made`` are those lines whose id is ours, because a link needs one.
    """

    ids: Mapping[str, str]
    own: Mapping[int, str]
    made: frozenset[int]


def anchors_of(page: Page, outline: Outline) -> Anchors:
    """Find out which notes need ids, and which the source gives them."""
    wanted = set(_wanted(page))
    holders = [part for part in outline.parts if part.role in ("question", "section")]
    names: dict[str, int] = {}
    for name, row in (*_named(outline), *_places(page)):
        names.setdefault(name, row)
    own: dict[int, str] = {}
    made: set[int] = set()
    taken: set[str] = set()
    ids: dict[str, str] = {}
    for part in holders:
        written = _given(part)
        if written and written not in taken:
            own[part.marker.first] = written
            taken.add(written)
    for name in _numbered(page):
        ids.setdefault(name, name)
        taken.add(name)
    for name in sorted((wanted & names.keys()) - ids.keys(), key=lambda name: (names[name], name)):
        holder = _holder(holders, names[name])
        if holder is None:
            continue
        first = holder.marker.first
        if first not in own:
            own[first] = _new(holder, taken)
            taken.add(own[first])
            made.add(first)
        ids[name] = own[first]
    return Anchors(ids, own, frozenset(made))


def _wanted(page: Page) -> Iterator[str]:
    for line in page.lines:
        if line.kind != "code":
            for match in _LINK.finditer(line.text.text):
                yield unquote(match[1] or match[2]).lower()


def _named(outline: Outline) -> Iterator[tuple[str, int]]:
    seen: dict[str, int] = {}
    for part in outline.parts:
        marker = part.marker
        if marker.id:
            yield unquote(marker.id).lower(), marker.first
        text, found = trailing(marker.title.text)
        if found.id:
            yield found.id, marker.first
        slug = github_slug(text)
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield (f"{slug}-{count}" if count else slug), marker.first
        yield titles.visible(text).lower(), marker.first


def _places(page: Page) -> Iterator[tuple[str, int]]:
    for row, line in enumerate(page.lines):
        if line.kind != "code":
            for match in _PLACE.finditer(line.text.text):
                yield unquote(match[1]).lower(), row


def _numbered(page: Page) -> Iterator[str]:
    """Yield the ids of equations, tables, figures and listings."""
    for line in page.lines:
        if line.kind != "heading" and (match := _NUMBERED.search(line.text.text)):
            yield match[1]


def github_slug(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return _GITHUB.sub("", titles.visible(title).lower()).strip().replace(" ", "-")


def _given(part: Part) -> str:
    """Return the id that the source gives a note, unless it only says the note's position."""
    found = trailing(part.marker.title.text)[1].id
    if found and ID.fullmatch(found):
        return found
    name = part.marker.id
    return name if ID.fullmatch(name) and not _POSITION.fullmatch(name) else ""


def _holder(holders: list[Part], row: int) -> Part | None:
    return next((part for part in reversed(holders) if part.marker.first <= row), None)


def _new(part: Part, taken: set[str]) -> str:
    """Return an id of a title's Latin words, or of its digest when it has none."""
    title = titles.visible(trailing(part.marker.title.text)[0])
    words = _WORDS.findall(title[len(titles.number_of(title)) :].lower())
    slug = "-".join(words)[:_SLUG].strip("-")
    if len(slug) > 2 and slug not in taken:
        return slug
    salt = 0
    while (name := f"q-{digest(title, salt, length=6)}") in taken:
        salt += 1
    return name
