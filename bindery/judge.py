"""The first half of the straight line: read → parse → assemble → identify → formulas.

Everything that can be wrong with the notes is found here, before the first effect; ``check``
is this half alone, so nothing heavy is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bindery.assemble import assemble
from bindery.cache import Cache
from bindery.chapters import Chapters
from bindery.collector import paused
from bindery.demos import Demo, discover_kept
from bindery.diagnostics import Diagnostic, in_order
from bindery.facts import ChapterFacts
from bindery.fonts import missing_characters
from bindery.house_rules import in_short
from bindery.identify import Identified, identify
from bindery.ledger import FILE as LEDGER
from bindery.ledger import Ledger, load
from bindery.model import Book, BookInfo, Chapter, IdentifiedBook
from bindery.read import read
from bindery.report import StageTimes
from bindery.request import Folders


@dataclass(frozen=True, slots=True)
class Checked:
    """The book as far as it was judged: everything before the first effect.

    ``former`` gives the new id of a former one; ``before`` is the ledger as it was.
    """

    info: BookInfo
    chapters: Chapters
    facts: tuple[ChapterFacts, ...]
    former: dict[str, str]
    before: Ledger
    identified: Identified
    demos: tuple[Demo, ...]
    diagnostics: tuple[Diagnostic, ...]

    def tree(self, index: int) -> Chapter:
        """Return the tree of a chapter, identified."""
        return self.chapters.tree(index, self.identified.ids[index], self.former)

    def book(self) -> IdentifiedBook:
        """Return the whole book, parsed and identified."""
        trees = tuple(self.tree(index) for index in range(len(self.facts)))
        self.chapters.keep()
        known = self.identified
        return IdentifiedBook(Book(self.info, trees), known.identities, known.gaps)


def check(
    folders: Folders, cache: Cache, now: int, times: StageTimes, jobs: int | None = None
) -> Checked:
    """Read and judge the notes; writes nothing, and raises only when the machine fails."""
    with times.stage("read"):
        manuscript, found = read(folders.source, folders.shown)
        info = manuscript.info
    with times.stage("parse"), paused():
        chapters = Chapters(manuscript.files, manuscript.assets, cache)
        facts = chapters.facts()
    with times.stage("assemble"):
        former, problems = assemble(facts)
    with times.stage("identify"):
        ledger, damage = _ledger(folders)
        identified, doubts = identify(info, facts, ledger, now)
        doubts = tuple(_of_ledger(doubt, folders) for doubt in doubts)
    with times.stage("formulas"):
        faults = chapters.judged(facts, dict(info.macros), jobs)
    with times.stage("characters"):
        texts = {file.shown: file.text for file in manuscript.files}
        printed = {chapter.place.file: chapter.characters for chapter in facts}
        faults += missing_characters(printed, texts, cache)
    demos, mistakes = discover_kept(folders.source, folders.shown, cache)
    said = (diagnostic for chapter in facts for diagnostic in chapter.diagnostics)
    of_files = in_short(said, wanted=info.house_rules)
    diagnostics = in_order((*found, *of_files, *problems, *damage, *doubts, *faults, *mistakes))
    return Checked(info, chapters, facts, former, ledger, identified, demos, diagnostics)


def _of_ledger(doubt: Diagnostic, folders: Folders) -> Diagnostic:
    """Name the ledger as the user knows it: identify does not know where it stands."""
    if doubt.place.file != LEDGER:
        return doubt
    return replace(doubt, place=replace(doubt.place, file=f"{folders.shown}/{LEDGER}"))


def _ledger(folders: Folders) -> tuple[Ledger, tuple[Diagnostic, ...]]:
    try:
        data = (folders.source / LEDGER).read_bytes()
    except FileNotFoundError:
        return Ledger(""), ()
    return load(data, f"{folders.shown}/{LEDGER}")
