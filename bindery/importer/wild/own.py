"""Notes of our own dialect among the files to be imported: they come through as they are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bindery.assemble import assemble
from bindery.diagnostics import Severity
from bindery.facts import facts_of
from bindery.importer.model import Chapter, Entry, Imported, Picture, Question, Section, Source
from bindery.importer.repairs import clean
from bindery.importer.telling import Telling
from bindery.importer.traced import NOTHING, Traced, taken
from bindery.model import Assets, Image, SourceFile
from bindery.model import Chapter as Tree
from bindery.model import Question as Asked
from bindery.model import Section as Group
from bindery.parse import parse
from bindery.walk import chapter_inlines, every_inline

_SIGNS = re.compile(
    r"^#{1,6} .*\{(?:#[a-z0-9-]+|\.section)[^{}\n]*\}\s*$|^::: (?:card|cloze)\b|^<!-- more -->$"
    r"|^question-level: \d$|\]\(demo:",
    re.MULTILINE,
)
_UNFIT = re.compile("[\r\ufeff\x00-\x08\x0b-\x1f]")
_NO_ASSETS = Assets(frozenset(), frozenset())
# What depends on the book that the notes will be part of.
_OF_OTHERS = ("missing-image", "missing-demo", "remote-image", "unknown-reference")


def own_notes(source: Source, reader: str) -> Imported | None:
    """Return a file as it stands when it is notes of the dialect without a fault, else None."""
    if not _SIGNS.search(source.text):
        return None
    telling = Telling()
    text = taken(source.text)
    if _UNFIT.search(source.text):
        cleaned = clean(source)
        text, telling = cleaned.text, Telling(cleaned.repairs)
    tree, found = parse(SourceFile("notes.md", "notes.md", text.text, ""), _NO_ASSETS)
    facts = facts_of(tree, found)
    problems = [d for d in (*found, *assemble([facts])[1]) if d.severity is Severity.ERROR]
    if any(d.code not in _OF_OTHERS for d in problems) or not tree.questions:
        return None
    lines = text.lines()
    entries = tuple(_entry(item, lines) for item in tree.body)
    name = source.path.stem
    chapter = Chapter(name, NOTHING, entries, tags=tree.tags, whole=text)
    return Imported(
        source,
        reader,
        (chapter,),
        tuple(telling.repairs),
        pictures=tuple(_pictures(tree, source)),
    )


def _entry(item: Asked | Group, lines: tuple[Traced, ...]) -> Entry:
    line = item.place.line
    title = lines[line - 1].strip("# ")
    if isinstance(item, Asked):
        return Question(title, NOTHING, line, item.id)
    return Section(title, NOTHING, line, item.id)


def _pictures(tree: Tree, source: Source) -> list[Picture]:
    found: dict[str, Picture] = {}
    for node in every_inline(tuple(chapter_inlines(tree))):
        if not isinstance(node, Image) or "://" in node.src:
            continue
        src = PurePosixPath(node.src.replace("\\", "/"))
        path = source.path.parent / src
        if not src.is_absolute() and ".." not in src.parts and path.is_file():
            found[src.as_posix()] = Picture(src.as_posix(), path)
    return list(found.values())
