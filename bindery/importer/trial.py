"""The notes of an import as the next check will see them: judged, settled, counted."""

from __future__ import annotations

from dataclasses import dataclass

from bindery.assemble import assemble
from bindery.cache import Cache
from bindery.diagnostics import Diagnostic, has_errors, in_order
from bindery.digest import digest
from bindery.facts import facts_of
from bindery.fonts import missing_characters
from bindery.formulas import judge
from bindery.importer.compose import composed
from bindery.importer.model import Imported
from bindery.importer.settle import settled
from bindery.model import Assets, Chapter, CodeBlock, Image, Math, MathBlock, SourceFile, Table
from bindery.parse import parse
from bindery.walk import chapter_blocks, chapter_inlines, every_block


@dataclass(frozen=True, slots=True)
class Counts:
    """What the notes hold, as the dialect reads them."""

    sections: int = 0
    questions: int = 0
    formulas: int = 0
    listings: int = 0
    tables: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A file of notes to be written: its name in the folder of the notes, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """An import with its files of notes, what they hold, and what a check says of them."""

    imported: Imported
    notes: tuple[Note, ...]
    counts: Counts
    diagnostics: tuple[Diagnostic, ...]


def tried(imported: Imported, assets: Assets, shown: str, cache: Cache) -> Tried:
    """Judge the notes of an import, and settle what a check would refuse.

    ``assets`` is what the folder of the notes will hold, ``shown`` how messages name it.

    Raises:
        MachineError: MathJax cannot be started.
    """

    def said(name: str, text: str) -> tuple[Chapter, tuple[Diagnostic, ...]]:
        file = SourceFile(name, f"{shown}/{name}", text, digest(text))
        tree, found = parse(file, assets)
        facts = facts_of(tree, found)
        _, problems = assemble([facts])
        faults = (*found, *problems, *judge(facts.formulas, {}, cache))
        if not has_errors(faults):  # the fonts are asked last: that takes longer than all the rest
            printed = {file.shown: facts.characters}
            faults += missing_characters(printed, {file.shown: text}, cache)
        return tree, in_order(faults)

    imported = settled(imported, lambda text: said("notes.md", text)[1])
    notes = tuple(Note(f"{c.name}.md", composed(c).text) for c in imported.chapters)
    judged = [said(note.name, note.text) for note in notes]
    diagnostics = in_order(each for _, found in judged for each in found)
    return Tried(imported, notes, _counts(imported, [tree for tree, _ in judged]), diagnostics)


def _counts(imported: Imported, trees: list[Chapter]) -> Counts:
    blocks = [b for tree in trees for each in chapter_blocks(tree) for b in every_block(each)]
    inlines = [node for tree in trees for node in chapter_inlines(tree)]
    entries = sum(len(chapter.entries) for chapter in imported.chapters)
    questions = len(imported.questions)
    formulas = sum(isinstance(n, Math) for n in inlines)
    return Counts(
        sections=len(imported.chapters) + entries - questions,
        questions=questions,
        formulas=formulas + sum(isinstance(b, MathBlock) for b in blocks),
        listings=sum(isinstance(b, CodeBlock) for b in blocks),
        tables=sum(isinstance(b, Table) for b in blocks),
        pictures=sum(isinstance(n, Image) for n in inlines),
    )
