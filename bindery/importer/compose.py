"""A chapter as the text of a file of notes, still traced to the source."""

from __future__ import annotations

import re

from bindery.importer.model import Chapter, Entry, Section
from bindery.importer.traced import Traced, joined, made

_ATTRIBUTES = re.compile(r"\{#[a-z0-9-]+[^{}]*\}$")


def composed(chapter: Chapter) -> Traced:
    """Return the Markdown of a whole file: front matter if there are tags, title, entries."""
    if chapter.whole:
        return chapter.whole
    parts: list[Traced | str] = []
    if chapter.tags:
        parts.append(f"---\ntags: [{', '.join(chapter.tags)}]\n---")
    parts.append("# " + chapter.title)
    if chapter.intro:
        parts.append(chapter.intro)
    for entry in chapter.entries:
        parts.append(_heading(entry))
        if entry.body:
            parts.append(entry.body)
    return joined(parts, "\n\n") + "\n"


def _heading(entry: Entry) -> Traced:
    said = [f"#{entry.id}"] if entry.id else []
    if isinstance(entry, Section):
        said.append(".section")
    if not said:
        return made("## ") + entry.title
    if _ATTRIBUTES.search(entry.title.text):  # one pair of braces holds them all
        return made("## ") + entry.title[:-1] + f" {' '.join(said)}" + entry.title[-1:]
    return made("## ") + entry.title + f" {{{' '.join(said)}}}"
