"""The first half of the straight line: read → parse → assemble → identify → formulas.

Everything that can be wrong with the notes is found here, before the first effect; ``check``
is this half alone, so nothing heavy is imported.
"""

from __future__ import annotations

from dataclasses import dataclass

from bindery.assemble import assemble
from bindery.cache import Cache
from bindery.demos import Demo, discover
from bindery.diagnostics import Diagnostic, in_order
from bindery.fonts import missing_characters
from bindery.formulas import judge
from bindery.identify import Identified, identify
from bindery.ledger import FILE as LEDGER
from bindery.ledger import Ledger, load
from bindery.model import BookInfo, SourceFile
from bindery.parse import parse
from bindery.printed import printed_text
from bindery.read import read
from bindery.report import StageTimes
from bindery.request import Folders


@dataclass(frozen=True, slots=True)
class Checked:
    """The book as far as it was judged: everything before the first effect."""

    info: BookInfo
    files: tuple[SourceFile, ...]
    before: Ledger
    identified: Identified
    demos: tuple[Demo, ...]
    diagnostics: tuple[Diagnostic, ...]


def check(
    folders: Folders, cache: Cache, now: int, times: StageTimes, jobs: int | None = None
) -> Checked:
    """Read and judge the notes; writes nothing, and raises only when the machine fails."""
    with times.stage("read"):
        manuscript, found = read(folders.source, folders.shown)
    with times.stage("parse"):
        parsed = [parse(file, manuscript.assets) for file in manuscript.files]
    with times.stage("assemble"):
        book, problems = assemble(manuscript.info, [chapter for chapter, _ in parsed])
    with times.stage("identify"):
        ledger, damage = _ledger(folders)
        identified, doubts = identify(book, ledger, now)
    with times.stage("formulas"):
        faults = judge(book, cache, jobs)
    with times.stage("characters"):
        texts = {file.shown: file.text for file in manuscript.files}
        faults += missing_characters(printed_text(identified.book.book), texts, cache)
    demos, mistakes = discover(folders.source, folders.source)
    of_files = (diagnostic for _, each in parsed for diagnostic in each)
    diagnostics = in_order((*found, *of_files, *problems, *damage, *doubts, *faults, *mistakes))
    return Checked(manuscript.info, manuscript.files, ledger, identified, demos, diagnostics)


def _ledger(folders: Folders) -> tuple[Ledger, tuple[Diagnostic, ...]]:
    try:
        data = (folders.source / LEDGER).read_bytes()
    except FileNotFoundError:
        return Ledger(""), ()
    return load(data, f"{folders.shown}/{LEDGER}")
