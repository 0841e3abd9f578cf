"""What the tests of the import share: sources, seeds, and what a reader of the notes would see."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bindery.diagnostics import Diagnostic
from bindery.digest import digest
from bindery.importer.compose import composed
from bindery.importer.model import Imported, Source
from bindery.importer.readers import READERS
from bindery.model import (
    Assets,
    Block,
    Chapter,
    CodeBlock,
    FigureBlock,
    Math,
    MathBlock,
    Question,
    SourceFile,
    Table,
)
from bindery.parse import parse
from bindery.walk import chapter_blocks, every_block, every_inline, own_inlines, plain_text

SEEDS = Path(__file__).with_name("seeds")
NAMES = {"000": "000_78b7921c2f0df337.txt", "003": "003_482ce90f0b569709.txt"}


def source_of(text: str, name: str = "notes.txt") -> Source:
    """Return a source that stands in no folder."""
    return Source(Path(name), name, text)


def imported(text: str, reader: str) -> Imported:
    """Return what a reader makes of a text."""
    (found,) = [each for each in READERS if each.name == reader]
    return found.read(source_of(text))


@cache
def seed(number: str) -> Source:
    """Return a seed."""
    path = SEEDS / NAMES[number]
    return Source(path, path.name, path.read_bytes().decode())


@cache
def imported_seed(number: str) -> Imported:
    """Return the import of a seed by the reader that is for it."""
    return imported_by(seed(number), {"000": "text", "003": "scraped"}[number])


def imported_by(source: Source, reader: str) -> Imported:
    """Return what the named reader makes of a source."""
    (found,) = [each for each in READERS if each.name == reader]
    return found.read(source)


def formulas_of(number: str) -> list[dict[str, Any]]:
    """Return the formulas of a seed as they were told beforehand."""
    data = json.loads((SEEDS / f"formulas-{number}.json").read_text("utf-8"))
    return list(data["formulas"])


def questions_of(number: str) -> list[dict[str, str]]:
    """Return the questions of a seed as they were told beforehand."""
    with (SEEDS / "questions.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if row["seed"] == number]


def parsed(found: Imported) -> tuple[tuple[Chapter, ...], tuple[Diagnostic, ...]]:
    """Return the notes of an import as the dialect reads them, and what it says of them."""
    trees: list[Chapter] = []
    said: list[Diagnostic] = []
    pictures = frozenset(picture.src for picture in found.pictures)
    for chapter in found.chapters:
        text = composed(chapter).text
        file = SourceFile(f"{chapter.name}.md", f"{chapter.name}.md", text, digest(text))
        tree, diagnostics = parse(file, Assets(pictures, frozenset()))
        trees.append(tree)
        said += diagnostics
    return tuple(trees), tuple(said)


def formulas(trees: tuple[Chapter, ...]) -> list[tuple[str, bool]]:
    """Return every formula of the notes in reading order: its TeX, and whether it is displayed."""
    return [found for tree in trees for block in _in_order(tree) for found in _formulas(block)]


def listings(trees: tuple[Chapter, ...]) -> list[CodeBlock]:
    """Return every listing in reading order."""
    return [b for tree in trees for b in _in_order(tree) if isinstance(b, CodeBlock)]


def tables(trees: tuple[Chapter, ...]) -> list[Table]:
    """Return every table in reading order."""
    return [b for tree in trees for b in _in_order(tree) if isinstance(b, Table)]


def question(trees: tuple[Chapter, ...], title: str) -> Question:
    """Return the question whose title holds some words."""
    (found,) = [
        each
        for tree in trees
        for each in tree.body
        if isinstance(each, Question) and title in plain_text(each.title)
    ]
    return found


def letters_seen(trees: tuple[Chapter, ...]) -> Counter[str]:
    """Count the letters that somebody sees who reads the notes."""
    seen: Counter[str] = Counter()
    for tree in trees:
        seen.update(tree.title)
        for entry in tree.body:
            seen.update(plain_text(entry.title))
        for block in _in_order(tree):
            seen.update(_text(block))
    return Counter({char: count for char, count in seen.items() if char.isalpha()})


def _in_order(tree: Chapter) -> Iterator[Block]:
    for blocks in chapter_blocks(tree):
        yield from every_block(blocks)


def _formulas(block: Block) -> Iterator[tuple[str, bool]]:
    if isinstance(block, MathBlock):
        yield block.tex.strip(), True
    for run in own_inlines(block):
        for node in every_inline(run):
            if isinstance(node, Math):
                yield node.tex, node.display


def _text(block: Block) -> str:
    if isinstance(block, CodeBlock):
        return block.text
    if isinstance(block, MathBlock):
        return block.tex
    if isinstance(block, FigureBlock):
        return block.figure.alt
    return "".join(plain_text(run) for run in own_inlines(block))
